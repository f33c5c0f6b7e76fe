//! Commands that are shown to be copied.

/// A word, such as a path, as it can be pasted into a shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    let simple = |c: char| c.is_alphanumeric() || "/\\:._-+@".contains(c);
    if !word.is_empty() && word.chars().all(simple) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_stays_one_in_a_shell() {
        for (word, pasted) in [
            ("/srv/loket", "/srv/loket"),
            ("C:\\loket", "C:\\loket"),
            ("/my home", "'/my home'"),
            ("it's", "'it'\\''s'"),
            ("/x; rm -rf ~", "'/x; rm -rf ~'"),
            ("$(x)", "'$(x)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), pasted);
        }
    }
}
