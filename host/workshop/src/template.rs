//! The files in this program that projects are made of: text, with a few names in double braces.
//!
//! A project is four folders of `templates/`, one over the other: what all projects have, what those of a role have, what those of a
//! language have, and what is both.

use crate::kind::{Language, Role};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::{self, Read as _};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/templates.tar.gz"));

/// Files by their path, whose parts are divided by `/`.
pub(crate) type Files = BTreeMap<String, String>;

/// All files, unpacked.
pub(crate) fn all() -> io::Result<Files> {
    let mut archive = tar::Archive::new(GzDecoder::new(PACKED));
    let mut files = Files::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().replace('\\', "/");
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        files.insert(path, text);
    }
    Ok(files)
}

/// A project's files, filled in.
pub(crate) fn project(files: &Files, role: Role, language: Language, namespace: &str, name: &str) -> Files {
    let (of_role, of_language) = (role.as_str(), language.as_str());
    let folders = [
        "all/all/".to_owned(),
        format!("all/{of_role}/"),
        format!("{of_language}/all/"),
        format!("{of_language}/{of_role}/"),
    ];
    let mut project = Files::new();
    for folder in &folders {
        for (path, text) in files.iter().filter_map(|(path, text)| Some((path.strip_prefix(folder)?, text))) {
            // Under its own name it would be about the templates.
            let path = if path == "gitignore" { ".gitignore" } else { path };
            project.insert(path.to_owned(), fill(text, role, language, namespace, name));
        }
    }
    project
}

/// Texts first, then the names, which the texts name too.
fn fill(text: &str, role: Role, language: Language, namespace: &str, name: &str) -> String {
    text.replace("{{what}}", role.what())
        .replace("{{call}}", role.call())
        .replace("{{language}}", language.title())
        .replace("{{test}}", language.test())
        .replace("{{map}}", language.map())
        .replace("{{native}}", language.native())
        .replace("{{namespace}}", namespace)
        .replace("{{name}}", name)
        .replace("{{namespace_snake}}", &namespace.replace('-', "_"))
        .replace("{{name_snake}}", &name.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_in_every_language_is_filled_to_the_end() {
        let files = all().expect("they are packed");
        for role in Role::ALL {
            for language in Language::ALL {
                let project = project(&files, role, language, "acme", "word-count");
                for path in ["README.md", ".gitignore", "wit/world.wit"] {
                    assert!(project.contains_key(path), "{role} {language}: {path}");
                }
                assert!(project.keys().any(|path| path.starts_with("src/")), "{role} {language}");
                for (path, text) in project {
                    assert!(!text.contains("{{name"), "{role} {language}: {path}");
                }
            }
        }
    }

    #[test]
    fn every_project_has_a_test() {
        let files = all().expect("they are packed");
        for role in Role::ALL {
            for language in Language::ALL {
                let project = project(&files, role, language, "acme", "word-count");
                let is_test = |(path, text): (&String, &String)| path.contains("test") || text.contains("#[test]");
                assert!(project.iter().any(is_test), "{role} {language}");
            }
        }
    }
}
