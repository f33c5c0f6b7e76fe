//! All words of the pages, in one place: `texts/en.toml`. Another language is another such file.

use std::collections::HashMap;
use std::sync::LazyLock;

const EN: &str = include_str!("texts/en.toml");

static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| read(EN));

fn read(text: &str) -> HashMap<String, String> {
    // A test reads it: what is in the program can be read.
    let tables: HashMap<String, HashMap<String, String>> = toml::from_str(text).unwrap_or_default();
    let named = tables
        .into_iter()
        .flat_map(|(table, words)| words.into_iter().map(move |(name, words)| (format!("{table}.{name}"), words)));
    named.collect()
}

/// The words of a name. Where there are none, the name: better than nothing, and a test finds it.
pub(crate) fn t(name: &'static str) -> &'static str {
    WORDS.get(name).map_or(name, String::as_str)
}

/// The same with something put in: what stands in braces, by its name.
pub(crate) fn tf(name: &'static str, values: &[(&str, &str)]) -> String {
    // In one pass: what is put in is not looked at again.
    let (mut told, mut rest) = (String::new(), t(name));
    while let Some((before, after)) = rest.split_once('{') {
        told.push_str(before);
        let Some((key, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        told.push_str(values.iter().find(|(name, _)| *name == key).map_or(key, |(_, value)| value));
        rest = behind;
    }
    told + rest
}

/// One or many of something.
pub(crate) fn count(number: u64, one: &'static str, many: &'static str) -> String {
    tf(if number == 1 { one } else { many }, &[("n", &number.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every name in the sources: a string of the form `table.name`, for a table that there is.
    fn named(folder: &Path, tables: &BTreeSet<String>, found: &mut BTreeSet<String>) {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                named(&path, tables, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let names = text.split('"').filter(|part| {
                    let word = |c: char| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit();
                    let is_file = |name: &str| matches!(name, "js" | "css");
                    part.split_once('.')
                        .is_some_and(|(table, name)| tables.contains(table) && !is_file(name) && name.chars().all(word))
                });
                found.extend(names.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_name_has_words_and_all_words_are_used() {
        let words = read(EN);
        assert!(!words.is_empty(), "the words cannot be read");
        let tables: BTreeSet<String> =
            words.keys().filter_map(|k| k.split_once('.')).map(|(t, _)| t.to_owned()).collect();
        let mut found = BTreeSet::new();
        named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &tables, &mut found);
        let known: BTreeSet<String> = words.into_keys().collect();
        assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "without words");
        assert_eq!(known.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "not used");
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        assert_eq!(tf("no {a} and {b}", &[("a", "{b}"), ("b", "x")]), "no {b} and x");
        assert_eq!(tf("open {a", &[("a", "x")]), "open a");
    }
}
