//! Names in kebab case, as WIT has them: `get_current_time` is `get-current-time`, and `maxItems` is `max-items`.

/// The longest name that is made.
const LONGEST: usize = 128;

/// A name in kebab case: words of lower-case letters and digits, each of which begins with a letter. What no word can have parts words; a letter
/// of another script is written by its number. Nothing where no word is left, or too much.
pub fn kebab(name: &str) -> Option<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let humps = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        let word = match words.last_mut() {
            Some(word) if !humps || word.is_empty() => word,
            _ => {
                words.push(String::new());
                words.last_mut()?
            }
        };
        match letter {
            letter if letter.is_ascii_alphanumeric() => word.push(letter.to_ascii_lowercase()),
            letter if letter.is_alphanumeric() => *word += &format!("u{:x}", u32::from(letter)),
            _ if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    let mut out = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        match (out.is_empty(), word.starts_with(|letter: char| letter.is_ascii_digit())) {
            (true, true) => out.push('n'),
            (false, false) => out.push('-'),
            // A word that is a number stands with the one before it.
            (true, false) | (false, true) => {}
        }
        out += word;
    }
    (!out.is_empty() && out.len() <= LONGEST).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, expect) in [
            ("get_current_time", Some("get-current-time")),
            ("maxItems", Some("max-items")),
            ("URLPath", Some("url-path")),
            ("a.b/c-d", Some("a-b-c-d")),
            ("__x__", Some("x")),
            ("2d", Some("n2d")),
            ("v_2", Some("v2")),
            ("größe", Some("gruf6udfe")),
            ("!!!", None),
            ("", None),
        ] {
            assert_eq!(kebab(name).as_deref(), expect, "{name}");
        }
        assert_eq!(kebab(&"x".repeat(LONGEST + 1)), None);
    }
}
