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
/// Exchanges of the conversation that are shown to the model.
pub const EXCHANGES: u32 = 6;
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
/// Calls in one round (the contract's limit of `call-all`).
pub const CALLS: usize = 64;
/// Bytes of a call's arguments (the contract's limit).
pub const ARGUMENTS: usize = 1024 * 1024;
/// Tools on offer (the contract's limit).
pub const TOOLS: usize = 256;
/// Rounds of thinking, whatever the profile says.
pub const ROUNDS: u32 = 64;
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

/// A tool's result in about `bytes` bytes; what is missing is said.
pub fn shorten_result(text: String, bytes: usize) -> String {
    if text.len() <= bytes {
        return text;
    }
    let kept = cut(&text, bytes);
    format!(
        "{kept}\n[shortened: the first {} of {} bytes; ask for less at once to see the rest]",
        kept.len(),
        text.len()
    )
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

    #[test]
    fn a_shortened_result_says_so() {
        assert!(shorten_result("x".repeat(100), 10).contains("first 10 of 100 bytes"));
        assert_eq!(shorten_result("x".into(), 10), "x");
    }
}
