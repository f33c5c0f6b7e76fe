//! What a component may be called: what WIT, folders and its language all take.

use crate::kind::Language;
use loket_values::wit;

/// How many letters a name may have: of it tools, files and functions are named.
pub const MAX_NAME: usize = 40;

/// Why a word is no name for a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not small letters and digits.
    #[error("`{}` is no name for a component: up to {MAX_NAME} small letters and digits, words joined by `-`", shown(.0))]
    Form(String),
    /// It means something in WIT.
    #[error("`{0}` is a word of WIT itself, and can name no component")]
    Wit(String),
    /// It means something in its language.
    #[error("`{0}` is a word of {1} itself, and can name no component in it")]
    Language(String, Language),
    /// It is too long to be typed behind a slash.
    #[error("`{0}` is no name for a command: it may have up to 32 letters")]
    Command(String),
    /// Somebody else has it.
    #[error("the namespace `{0}` is not yours: components in it are taken for those of its owner")]
    Namespace(String),
}

impl NameError {
    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            NameError::Form(_) => "for example `word-count`".to_owned(),
            NameError::Command(_) => "choose a shorter one".to_owned(),
            NameError::Wit(word) | NameError::Language(word, _) => {
                format!("choose another one, for example `my-{word}`")
            }
            NameError::Namespace(_) => "leave `--namespace` out, or name your own".to_owned(),
        }
    }
}

/// Checks the name of a component or the namespace that it is in.
///
/// # Errors
/// When WIT, a folder or the language would not take it.
pub fn check(name: &str, language: Language) -> Result<(), NameError> {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    if name.len() > MAX_NAME || !name.split('-').all(word) {
        return Err(NameError::Form(name.to_owned()));
    }
    if wit::WORDS.contains(&name) {
        return Err(NameError::Wit(name.to_owned()));
    }
    let words = match language {
        Language::Rust => RUST,
        Language::JavaScript => JAVASCRIPT,
        Language::Python => PYTHON,
        Language::C => C,
    };
    // Joined words are joined by `_` there, which no word of a language is.
    if words.contains(&name) {
        return Err(NameError::Language(name.to_owned(), language));
    }
    Ok(())
}

/// Checks the namespace besides: some are others'.
///
/// # Errors
/// As [`check`], and when it is one of those.
pub fn check_namespace(name: &str, language: Language) -> Result<(), NameError> {
    check(name, language)?;
    match name {
        "loket" | "wasi" => Err(NameError::Namespace(name.to_owned())),
        _ => Ok(()),
    }
}

/// The beginning of a name that may be anything.
fn shown(name: &str) -> String {
    let shown: String = name.chars().take(MAX_NAME).collect();
    let more = if name.chars().count() > MAX_NAME { "…" } else { "" };
    format!("{}{more}", shown.escape_debug())
}

const RUST: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];
const JAVASCRIPT: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];
const PYTHON: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not",
    "or", "pass", "raise", "return", "try", "type", "while", "with", "yield",
];
const C: &[&str] = &[
    "asm", "auto", "bool", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "false", "float", "for", "goto", "if", "inline", "int", "long", "main", "register", "restrict", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "true", "typedef", "union", "unsigned", "void",
    "volatile", "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_wit_and_folders_take() {
        for good in ["a", "calc", "word-count", "x2", "my-class"] {
            assert_eq!(check(good, Language::Python), Ok(()), "{good}");
        }
        let long = "a".repeat(MAX_NAME + 1);
        for bad in [
            "", "2x", "Calc", "a--b", "-a", "a-", "a_b", "../x", "a/b", "a\\b", ".", "ä", "a b", "a\n", "$(x)",
            "--help", &long,
        ] {
            assert!(matches!(check(bad, Language::Rust), Err(NameError::Form(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_shown_of_a_hostile_name_is_short_and_harmless() {
        let told = check(&format!("\x1b[2J{}", "x".repeat(100_000)), Language::C).expect_err("no name").to_string();
        assert!(told.len() < 300 && !told.contains('\x1b'), "{told}");
    }

    #[test]
    fn a_word_of_the_language_is_refused_in_that_language_alone() {
        for (word, refusing) in [
            ("class", vec![Language::JavaScript, Language::Python]),
            ("match", vec![Language::Rust, Language::Python]),
            ("int", vec![Language::C]),
            ("greeter", vec![]),
        ] {
            let refused = Language::ALL.into_iter().filter(|language| check(word, *language).is_err());
            assert_eq!(refused.collect::<Vec<_>>(), refusing, "{word}");
        }
        assert!(
            Language::ALL.into_iter().all(|language| check("list", language) == Err(NameError::Wit("list".into())))
        );
    }

    #[test]
    fn the_namespaces_of_others_are_not_given_away() {
        for namespace in ["loket", "wasi"] {
            assert!(matches!(check_namespace(namespace, Language::Rust), Err(NameError::Namespace(_))), "{namespace}");
        }
        assert_eq!(check_namespace("acme", Language::Rust), Ok(()));
    }
}
