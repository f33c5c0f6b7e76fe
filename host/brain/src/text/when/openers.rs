//! The small words around a time: what opens it, what joins two, what follows it, and what shows that it is none.

/// What the word before a time says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    /// In it.
    In,
    /// On it: of days and feasts, not of months and years.
    On,
    /// From it until now.
    Since,
    /// From its end until now.
    After,
    /// Until it begins.
    Before,
    /// Until it ends.
    Until,
    /// From one to another, and the other has to follow.
    Pair,
}

const OPENERS: &[(Opener, &[&str])] = &[
    (Opener::In, &["in", "during", "within", "im", "während", "tijdens", "pada", "selama", "di"]),
    (Opener::On, &["on", "at", "around", "over", "am", "zu", "op", "met", "rond", "tanggal"]),
    (Opener::Since, &["since", "seit", "sinds", "sejak"]),
    (Opener::After, &["after", "nach", "na", "setelah"]),
    (Opener::Before, &["before", "vor", "voor", "sebelum"]),
    (Opener::Until, &["until", "till", "bis", "tot", "sampai", "hingga"]),
    (Opener::Pair, &["between", "from", "zwischen", "von", "vom", "tussen", "van", "antara", "dari"]),
];

/// Words between two times that make one stretch of both.
const JOINERS: &[&str] = &[
    "and", "or", "to", "until", "till", "through", "thru", "-", "und", "oder", "bis", "en", "tot", "dan", "sampai",
    "hingga", "から", "到", "至",
];

/// Words behind a time that say what those before it say elsewhere.
const CLOSERS: &[(Opener, &[&str])] = &[
    (Opener::Since, &["onwards", "onward", "から", "以来", "以降", "以后", "以後"]),
    (Opener::Before, &["以前", "之前", "より前"]),
];

const ARTICLES: &[&str] = &["the", "den", "dem", "der", "die", "das", "de", "het"];

/// Parts of a time. The whole is taken: a memory that is sought in it is better found once too often.
const PARTS: &[&str] = &["early", "late", "mid", "anfang", "mitte", "ende", "begin", "eind", "awal", "akhir"];

/// Parts with an `of`.
const PARTS_OF: &[&str] = &["beginning", "start", "middle", "end", "course", "rest"];

/// Numbers behind these are no years and no dates.
const NUMBERED: &[&str] = &[
    "version", "versions", "v", "release", "build", "ip", "port", "page", "pages", "chapter", "section", "line",
    "room", "than", "nr", "no", "number", "seite", "pagina", "poort", "halaman",
];

/// A year before these is a count.
const COUNTED: &[&str] = &[
    "words",
    "word",
    "characters",
    "chars",
    "letters",
    "lines",
    "steps",
    "bytes",
    "kb",
    "mb",
    "gb",
    "tokens",
    "euros",
    "euro",
    "dollars",
    "people",
    "users",
    "pieces",
    "items",
    "pages",
    "files",
    "rows",
    "ms",
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "km",
    "m",
    "metres",
    "meters",
    "kg",
    "percent",
    "calories",
    "wörter",
    "wörtern",
    "zeichen",
    "woorden",
    "tekens",
    "kata",
    "字",
];

/// What can follow `may` and `march` in lower case when they are months: as verbs they do not come before these.
const FOLLOWING: &[&str] =
    &["about", "with", "for", "on", "at", "and", "or", "by", "from", "when", "regarding", "did", "was", "were", "that"];

fn find<T: Copy>(table: &[(T, &[&str])], said: &str) -> Option<T> {
    table.iter().find(|(_, words)| words.contains(&said)).map(|(thing, _)| *thing)
}

pub(crate) fn opener(said: &str) -> Option<Opener> {
    find(OPENERS, said)
}

/// Every way to close a time.
pub(crate) fn closers() -> impl Iterator<Item = (Opener, &'static str)> {
    CLOSERS.iter().flat_map(|(opener, words)| words.iter().map(move |word| (*opener, *word)))
}

/// Every way to join two times.
pub(crate) fn joiners() -> impl Iterator<Item = &'static str> {
    JOINERS.iter().copied()
}

pub(crate) fn is_article(said: &str) -> bool {
    ARTICLES.contains(&said)
}

/// Whether this names a part of what follows.
pub(crate) fn is_part(said: &str, after: &str) -> bool {
    PARTS.contains(&said) || (PARTS_OF.contains(&said) && after == "of")
}

pub(crate) fn is_numbered(said: &str) -> bool {
    NUMBERED.contains(&said)
}

pub(crate) fn is_counted(said: &str) -> bool {
    COUNTED.contains(&said)
}

pub(crate) fn may_follow(said: &str) -> bool {
    FOLLOWING.contains(&said)
}
