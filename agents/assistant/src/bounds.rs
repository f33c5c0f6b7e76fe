//! Every bound of a turn in one place, and how text is cut to it.

/// Of a message, so much is asked of the memory (the contract's limit of a query).
pub const QUERY: usize = 8 * 1024;
/// Lessons recalled for a message.
pub const LESSONS: u32 = 6;
/// Memories of any kind recalled for a message.
pub const MEMORIES: u32 = 12;
/// Tokens of what is recalled for a message, as the memory counts them. The longest memory there can be has 21,851, and is shown in part.
pub const TOKENS: u32 = 22_000;
/// Neighbours of each memory in its conversation that come with it, on either side.
pub const AROUND: u32 = 1;
/// Exchanges of the conversation that are asked of the memory (the contract's limit of a query).
pub const EXCHANGES: u32 = 100;
/// Tokens of exchanges that are asked of the memory, and shown at most: more than `LONG`, so that all since the last compaction are there.
pub const HISTORY: u32 = 10_000;
/// Tokens from which on a conversation is long, and its older part is put in short.
pub const LONG: usize = 6_000;
/// Exchanges from which on a conversation is long.
pub const MANY: usize = 80;
/// Tokens of the newest exchanges that stay as they were said.
pub const RECENT: usize = 2_000;
/// Bytes of a conversation's older part in short.
pub const COMPACTION: usize = 4 * 1024;
/// Bytes of one document.
pub const DOCUMENT: usize = 4 * 1024;
/// Bytes of all documents.
pub const DOCUMENTS: usize = 48 * 1024;
/// Bytes of each half of an episode.
pub const EPISODE: usize = 2 * 1024;
/// Bytes of one tool result.
pub const RESULT: usize = 16 * 1024;
/// Bytes of all tool results of a turn; beyond, each is cut to `LATE_RESULT`.
pub const RESULTS: usize = 256 * 1024;
/// Bytes of a tool result once `RESULTS` is spent.
pub const LATE_RESULT: usize = 1024;
/// Bytes of long results that are kept to be read on, until the turn ends.
pub const KEPT_RESULTS: usize = 4 * 1024 * 1024;
/// Long results that are kept.
pub const KEPT: usize = 64;
/// Bytes of the pictures that a request has (as many as the contract's `see-all` gives at once); the oldest are left out.
pub const PICTURES: usize = 512 * 1024;
/// Calls in one round (the contract's limit of `see-all`).
pub const CALLS: usize = 64;
/// Bytes of a call's arguments (the contract's limit).
pub const ARGUMENTS: usize = 1024 * 1024;
/// Tools on offer (the contract's limit).
pub const TOOLS: usize = 256;
/// Rounds of thinking, whatever the profile says.
pub const ROUNDS: u32 = 64;
/// Rounds one after the other in which nothing could be run: after them the model is asked for its answer.
pub const STUCK: u32 = 3;
/// Milliseconds that are kept for the last answer, where the turn has four times as many.
pub const LAST_ANSWER: u64 = 10_000;
/// Calls at the counter that are kept for the last answer, where the turn has four times as many.
pub const LAST_CALLS: u32 = 64;
/// How often the same failing call is tried.
pub const TRIES: u32 = 2;
/// Lessons written in one turn.
pub const LESSONS_WRITTEN: usize = 16;
/// Bytes of each half of a lesson.
pub const LESSON: usize = 2 * 1024;
/// Bytes of a citation's excerpt (the contract's limit).
pub const EXCERPT: usize = 256;
/// Citations in a reply.
pub const CITATIONS: usize = 32;
/// Bytes of the text that a memory may hold (the contract's limit).
pub const MEMORY: usize = 64 * 1024;
/// Bytes of one event (below the contract's 64 KiB, with room for its frame).
pub const SIGN: usize = 60 * 1024;
/// Tool calls that are kept with a skill (the contract's limit).
pub const STEPS: usize = 32;
/// Bytes of such a call's arguments (the contract's limit).
pub const STEP: usize = 8 * 1024;
/// Bytes of what came of such a call.
pub const OUTCOME: usize = 1024;
/// Memories that a lesson corrected, one after the other, which are forgotten with it.
pub const CORRECTED: usize = 32;
/// Bytes of the name of a conversation (the contract's limit).
pub const CONVERSATION: usize = 128;

/// The longest beginning of `text` that has at most `bytes` bytes.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `text` in at most `bytes` bytes, with an ellipsis when something is missing.
pub fn shorten(text: &str, bytes: usize) -> String {
    let text = text.trim();
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", cut(text, bytes.saturating_sub('…'.len_utf8())).trim_end())
}

/// How many tokens of a prompt a text takes, by a careful estimate: a token is counted as three bytes, and each text has a frame.
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(3) + 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("aéé", 2), "a");
        assert_eq!(cut("aéé", 3), "aé");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_shortened_text_keeps_the_bound() {
        assert_eq!(shorten("hello world", 8), "hello…");
        assert!(shorten(&"é".repeat(500), EXCERPT).len() <= EXCERPT);
        assert_eq!(shorten(" x ", 8), "x");
    }
}
