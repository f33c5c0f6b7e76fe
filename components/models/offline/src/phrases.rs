//! Turns of phrase that the rules go by, in three groups: what begins an utterance, what a sentence is made of, what marks a correction.

/// Openings that say nothing; skipped wherever a sentence begins with one.
#[rustfmt::skip]
pub const OPENINGS: &[&str] = &[
    "good morning", "good afternoon", "good evening", "good day", "good night", "by the way", "excuse me",
    "quick question", "one more thing", "one thing", "nice to meet you", "hi", "hello", "hey", "hiya", "howdy",
    "greetings", "ok", "okay", "oh", "ah", "hmm", "hm", "um", "uh", "erm", "btw", "anyway", "anyways", "also",
    "and", "so", "but", "please", "pls", "plz", "kindly", "alright", "dear", "listen up", "then", "oh well",
    "thank you so much", "thank you very much", "thanks a lot", "many thanks", "if you don't mind",
    "when you have a moment", "if possible", "out of curiosity", "just wondering", "just curious", "for me",
];

/// Openings that say nothing when a pause follows.
#[rustfmt::skip]
pub const PAUSED: &[&str] = &[
    "well", "right", "great", "nice", "cool", "now", "look", "sure", "listen", "perfect", "question", "thanks",
    "thank you", "yes", "yeah", "yep", "sorry", "pardon", "loket", "assistant", "bot", "there", "morning",
    "evening", "just", "first", "second", "finally", "cheers", "buddy", "friend", "my friend", "everyone", "all",
    "team", "i see", "got it", "fine", "awesome", "no problem", "again", "maybe", "honestly", "frankly", "today",
    "sorry to bother you", "sorry to bother",
];

/// Names by which one greets.
#[rustfmt::skip]
pub const ADDRESSED: &[&str] = &[
    "there", "loket", "assistant", "bot", "everyone", "all", "again", "buddy", "friend", "mate", "agent",
];

/// Phrases by which something is to be remembered; what follows is the matter.
#[rustfmt::skip]
pub const REMEMBER: &[&str] = &[
    "remember", "memorize", "memorise", "note", "note down", "keep in mind", "keep a note", "keep note",
    "keep track", "bear in mind", "make a note", "make another note", "make a mental note", "make note",
    "take a note", "take note", "jot down", "jot this down", "jot that down", "jot it down", "write down",
    "write this down", "write that down", "write it down", "note this down", "note that down", "note this", "save",
    "save this", "save that", "store", "store this", "store that", "record", "record this", "record that", "log",
    "log this", "log that", "put down", "put this down", "put that down", "know that", "be aware",
    "make sure to remember", "make sure you remember", "add to my notes", "add this to my notes",
    "add to your memory", "add to memory", "add a note", "learn that", "don't let me forget", "commit to memory",
    "file away", "hold on to this", "hang on to this", "retain", "noting", "remembering", "keeping in mind",
    "making a note", "writing down", "jotting down", "noting down",
];

/// Of these, the ones that also mean other things: they need a `that`, a colon or the like behind them.
pub const REMEMBER_WEAK: &[&str] = &["save", "store", "record", "log", "retain", "note"];

/// Announcements of a fact.
#[rustfmt::skip]
pub const ANNOUNCED: &[&str] = &[
    "note to self", "a note", "fyi", "for the record", "for your information", "for your records", "for your notes",
    "for reference", "for future reference", "for later", "just so you know", "so you know", "so that you know",
    "heads up", "a heads up", "just a heads up", "quick heads up", "reminder", "a reminder", "memo", "todo",
    "to do", "fact", "info", "important", "n.b", "nb", "ps", "p.s", "fun fact", "quick note", "new fact",
    "a fact about me", "about me", "just to let you know", "to let you know", "i wanted to let you know",
    "i want to let you know", "i'd like to let you know", "i want to tell you", "let me tell you",
    "i should mention", "i should tell you", "i have to tell you", "you should know", "you need to know",
    "you might want to know", "i want you to know", "i'd like you to know", "it's worth noting", "worth noting",
    "it's worth knowing", "please be advised", "please know", "something to remember",
    "here is something to remember", "here is a fact", "one thing to know",
];

/// What stands between such a phrase and its matter.
#[rustfmt::skip]
pub const JOINTS: &[&str] = &[
    "that", "this", "the following", "the fact that", "for me", "please", "down", "for later", "for the future",
    "about me", "for future", "somewhere", "in your memory", "as a fact", "a fact",
];

/// Verbs of forgetting.
#[rustfmt::skip]
pub const FORGET: &[&str] = &[
    "forget", "erase", "delete", "unlearn", "unremember", "purge", "wipe", "scrub", "remove", "drop", "discard",
    "strike", "clear",
];

/// Verbs of keeping: denied, they mean to forget.
pub const KEEP: &[&str] = &["remember", "keep", "store", "know", "retain", "save", "remembering", "keeping", "storing"];

/// Words that may stand before the verb of a wish: "could you please …", "I want you to …".
#[rustfmt::skip]
pub const SCAFFOLD: &[&str] = &[
    "can", "could", "would", "will", "you", "please", "just", "kindly", "i", "want", "need", "like", "to", "let",
    "us", "may", "should", "must", "now", "safely", "also", "go", "ahead", "and", "maybe", "might", "feel", "free",
    "it", "time", "better", "do", "never", "always", "be", "able", "sure", "make", "so", "kind", "enough", "mind",
    "have", "actually", "totally", "completely", "longer", "no", "there", "is", "quickly", "that",
];

/// Words that courtesy is made of.
#[rustfmt::skip]
pub const COURTESY: &[&str] = &[
    "hi", "hello", "hey", "hiya", "howdy", "yo", "greetings", "good", "morning", "afternoon", "evening", "day",
    "night", "thanks", "thank", "thx", "ty", "cheers", "bye", "goodbye", "ciao", "later", "see", "soon", "tomorrow",
    "ok", "okay", "cool", "great", "nice", "awesome", "perfect", "excellent", "brilliant", "wonderful", "lovely",
    "fine", "alright", "sure", "yes", "yeah", "yep", "no", "nope", "nah", "lol", "haha", "wow", "sounds", "got",
    "welcome", "pleasure", "sorry", "worries", "problem", "please", "loket", "assistant", "bot", "there",
    "everyone", "friend", "buddy", "mate", "well", "done", "job", "work", "appreciate", "appreciated", "help",
    "helpful", "helped", "helping", "lot", "much", "again", "meet", "love", "amazing", "best", "bless", "hm", "hmm",
    "oh", "ah", "then", "weekend", "talk", "care", "take", "catch", "mind", "nevermind", "never", "forget", "it",
    "right", "indeed", "exactly", "agreed", "understood", "true", "test", "testing", "ping", "kind", "quick",
    "fast", "time", "million", "bunch", "very", "really", "rest", "enough", "stop", "cancel", "wait", "go", "back",
    "today", "neat", "sweet", "super", "fantastic", "all", "so", "far", "now", "answer", "reply", "info",
    "information", "patience",
];

/// Words that a question about the responder is made of.
#[rustfmt::skip]
pub const SELF: &[&str] = &[
    "language", "model", "ai", "llm", "gpt", "chatgpt", "bot", "chatbot", "robot", "human", "person", "real",
    "machine", "computer", "program", "software", "alive", "sentient", "conscious", "name", "called", "call",
    "help", "capable", "able", "doing", "feel", "feeling", "work", "function", "made", "created", "built", "wrote",
    "trained", "intelligence", "artificial", "smart", "assistant", "agent", "kind", "sort", "type", "neural",
    "network", "learn", "think", "thing", "things", "stuff", "purpose", "feature", "features", "skills", "offline",
    "online", "up", "today", "loket", "yourself", "old", "running", "capabilities", "commands", "support",
    "understand", "claude", "responder", "talking", "speaking", "exactly", "based", "powered", "fake", "thinking",
    "internet", "connected", "good", "life",
];

/// How one may feel, and other words that say nothing to keep.
#[rustfmt::skip]
pub const MOODS: &[&str] = &[
    "fine", "good", "ok", "okay", "great", "well", "tired", "bored", "happy", "sad", "sorry", "back", "here",
    "done", "kidding", "joking", "ready", "busy", "confused", "lost", "glad", "impressed", "curious", "right",
    "wrong", "sure", "hungry", "thirsty", "cold", "hot", "excited", "amazed", "better", "late", "leaving", "off",
    "grateful", "thankful", "alright", "surprised", "stuck", "so", "very", "really", "a", "bit", "little", "just",
    "all", "too", "quite", "not", "now", "today", "see", "understand", "agree", "disagree", "think", "guess",
    "suppose", "hope", "know", "that", "it", "this", "you", "love", "like", "do", "can", "am", "is", "are", "was",
    "i", "awesome", "amazing", "cool", "nice", "helpful", "perfect", "funny", "useless", "stupid", "interesting",
    "wonderful", "lovely", "terrible", "bad", "weird", "clear", "useful", "sense", "makes", "make", "works",
    "worked", "for", "me", "much", "lot", "helps", "helped", "thanks", "appreciate", "appreciated", "your", "help",
    "the", "s", "have", "no", "idea", "one", "kind", "of", "sounds", "looks", "feels", "fun", "feel", "feeling",
    "going", "to", "bed", "be", "will", "were", "thank", "job", "how",
];

/// Verbs of asking in the imperative.
#[rustfmt::skip]
pub const ASKING: &[&str] = &[
    "tell", "remind", "show", "give", "list", "find", "recall", "look", "search", "check", "say", "repeat",
    "describe", "know", "hear", "see", "get", "fetch", "retrieve", "quote", "share", "bring",
];

/// Beginnings of an indirect question.
#[rustfmt::skip]
pub const INDIRECT: &[&str] = &[
    "i wonder", "i was wondering", "i am wondering", "i'm wondering", "i forgot", "i forget", "i have forgotten",
    "i've forgotten", "i can't remember", "i can't recall", "i don't remember", "i don't recall", "i don't know",
    "i am not sure", "i'm not sure", "not sure", "no idea", "i have no idea", "any idea", "any clue", "any chance",
    "what about", "how about", "refresh my memory", "help me remember", "help me recall", "let me know",
    "i need to know", "i want to know", "i'd like to know", "i would like to know", "i would love to know",
    "i'd love to know", "i need to find", "i need to remember", "i'm looking for", "i am looking for",
    "looking for", "i'm trying to remember", "i am trying to remember", "trying to remember",
    "i'm trying to recall", "remember what", "remember where", "remember when", "remember who", "remember how",
    "remember which", "remember why", "curious", "i need", "i'm curious", "i am curious", "anything on",
    "anything about", "info on", "info about", "information on", "information about", "details on", "details about",
    "i keep forgetting", "can't remember", "forgot", "do i", "wondering", "would you know", "got any",
    "have you got", "need to know", "i lost track", "i've lost track", "i'm blanking on", "it slipped my mind",
    "i should know",
];

/// Things to be done that need more than rules.
#[rustfmt::skip]
pub const TASKS: &[&str] = &[
    "write", "translate", "summarise", "summarize", "generate", "create", "draw", "compose", "draft", "sing",
    "play", "book", "order", "send", "email", "open", "close", "turn", "switch", "set", "start", "stop", "run",
    "execute", "compute", "calculate", "code", "program", "fix", "build", "plan", "suggest", "recommend", "google",
    "browse", "download", "install", "restart", "reboot", "schedule", "pretend", "act", "ignore", "disregard",
    "imagine", "invent", "make", "do", "solve", "convert", "count", "print", "output", "explain", "define", "help",
    "teach", "wake", "rewrite", "paraphrase", "improve", "test", "try", "guess", "choose", "pick", "roll", "flip",
    "reveal", "text", "ring", "let", "come", "go", "search", "look", "find", "prepare", "buy", "read", "proofread",
    "analyse", "analyze", "compare", "brainstorm", "list",
];

/// What a task may be wrapped in.
#[rustfmt::skip]
pub const WRAPPED: &[&str] = &[
    "can", "could", "would", "will", "you", "please", "just", "now", "kindly", "i", "want", "need", "like", "to",
    "let", "go", "ahead", "and", "for", "me",
];

/// Words of this kind.
#[rustfmt::skip]
pub const PLAIN: &[&str] = &[
    "nope", "nah", "wrong", "incorrect", "false", "untrue", "not quite", "not true", "not right", "not correct",
    "not exactly", "not anymore", "i was wrong", "i was mistaken", "i made a mistake", "i made an error",
    "i made a typo", "i misspoke", "i mistyped", "i meant to say", "i meant to write", "i meant", "i mean",
    "my mistake", "my bad", "scratch that", "strike that", "correction", "small correction", "a correction",
    "one correction", "quick correction", "let me correct that", "let me correct myself", "let me correct you",
    "to correct that", "to correct myself", "correct that", "correct this", "please correct that", "erratum",
    "fix that", "fix this", "that has changed", "that changed", "this has changed", "it has changed", "typo",
    "that was a typo", "that's changed", "you are mistaken", "you're mistaken", "you misremember",
    "you misremembered", "you misunderstood", "you're wrong", "you are wrong", "no no", "not so",
    "i got that wrong", "i got it wrong", "i gave you the wrong one", "please fix that", "please correct this",
    "that is no longer true", "that's no longer true", "no longer true", "that's no longer the case",
    "that is no longer the case", "that's not it", "that isn't it", "i have to correct myself",
    "i have to correct that", "i need to correct that", "i need to correct something", "i need to correct myself",
];

/// Words of this kind.
#[rustfmt::skip]
pub const HINTED: &[&str] = &[
    "actually", "in fact", "wait", "oops", "whoops", "sorry", "rather", "turns out", "it turns out",
    "as it turns out", "hold on", "i said", "i told you", "in reality", "come to think of it", "on second thought",
    "hang on", "oh wait", "no wait", "wait no", "update", "an update", "quick update", "edit", "change of plans",
    "change of plan", "apologies", "my apologies", "ah sorry",
];

/// What may stand between `that is` and `wrong`.
#[rustfmt::skip]
pub const HEDGES: &[&str] = &[
    "not", "all", "still", "totally", "completely", "just", "actually", "now", "quite", "entirely", "no", "longer",
    "a", "an", "bit", "partly", "plain", "simply", "really", "out", "of", "the",
];

/// Words of this kind.
#[rustfmt::skip]
pub const FAULTS: &[&str] = &[
    "wrong", "incorrect", "outdated", "false", "mistaken", "inaccurate", "untrue", "mistake", "error", "date",
    "stale", "old", "nonsense",
];

/// Words of this kind.
#[rustfmt::skip]
pub const VIRTUES: &[&str] = &[
    "right", "correct", "true", "accurate", "current", "valid", "case", "it", "so", "up-to-date",
];

/// Words that say a statement replaces an earlier one.
#[rustfmt::skip]
pub const RENEWED: &[&str] = &[
    "now", "anymore", "longer", "instead", "changed", "moved", "nowadays", "switched", "renamed", "became",
    "updated", "replaced", "postponed", "rescheduled", "went", "rose", "increased", "decreased", "dropped",
    "raised", "moving", "shifted", "new",
];

/// Beginnings of questions about the responder, or about how it is.
#[rustfmt::skip]
pub const OF_RESPONDER: &[&str] = &[
    "what's up", "what is up", "how's it going", "how is it going", "how goes it", "what's new", "who is this",
    "what is this", "how are things", "who's this", "who am i talking to", "what am i talking to",
    "am i talking to", "how are you", "how do you do", "who are you", "what are you", "what can you do",
    "introduce yourself", "what can i ask", "what can i say", "what do you do", "how do i use", "are you there",
    "tell me about yourself", "who made you", "who built you",
];

/// What may stand between the verb of a wish to forget and its matter.
#[rustfmt::skip]
pub const FORGET_JOINTS: &[&str] = &[
    "about", "that", "the fact that", "everything about", "all about", "anything about", "what i said about",
    "what i told you about", "what you know about", "your memory of", "the memory of", "the memory about",
    "the note about", "my note about", "the entry about", "the fact", "please", "remembering", "the part about",
    "the thing about", "when i said", "what i said", "what i told you", "whatever i told you about",
    "the memory that", "the note that", "from your memory", "from memory", "this",
];

/// What may be called wrong.
#[rustfmt::skip]
pub const CLAIMS: &[&str] = &[
    "that answer", "your answer", "this answer", "what you said", "what i said", "what i told you", "the answer",
    "your memory", "your note", "your information", "that information", "this information", "the note", "that",
    "this", "it", "you",
];

/// Beginnings of a reminder, which is kept whole.
#[rustfmt::skip]
pub const REMINDERS: &[&str] = &[
    "remind me to", "remind me that", "remind me on", "remind me in", "remind me at", "remind me tomorrow",
    "remind me every", "can you remind me to", "could you remind me to", "would you remind me to",
    "will you remind me to",
];
