//! A program's settings, with one entry put in: comments, order and spaces of the rest stay as they are.

use crate::desk::Problem;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::Value as Json;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// What the entry is called.
pub(super) const NAME: &str = "loket";
/// The longest settings, in bytes.
const LONGEST: u64 = 64 << 20;

/// Settings as they are.
pub(super) struct Settings {
    /// The file itself, where the name is that of a link.
    file: PathBuf,
    /// It may have others' tokens in it.
    text: Option<Zeroizing<String>>,
}

impl Settings {
    /// Those of a file; none where there is none.
    pub(super) fn read(file: &Path) -> Result<Settings, Problem> {
        let text = match text(file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(file, &error.to_string())),
        };
        Ok(Settings { file: file.canonicalize().unwrap_or_else(|_| file.to_owned()), text })
    }

    /// Their text with the entry in the object `key`, in place of an earlier one.
    pub(super) fn with(&self, key: &str, entry: &Json) -> Result<String, Problem> {
        let text =
            self.text.as_ref().map(|text| text.as_str()).filter(|text| !text.trim().is_empty()).unwrap_or("{}\n");
        let root = CstRootNode::parse(text, &ParseOptions::default())
            .map_err(|error| unusable(&self.file, &format!("it is no JSON: {error}")))?;
        let servers = root
            .object_value()
            .and_then(|all| all.object_value_or_create(key))
            .ok_or_else(|| unusable(&self.file, &format!("it is no object, or its `{key}` is none")))?;
        match servers.get(NAME) {
            Some(earlier) => earlier.set_value(input(entry)),
            None => drop(servers.append(NAME, input(entry))),
        }
        Ok(root.to_string())
    }

    /// Writes a text in their place, whole, for nobody else to read than who could before. Answers with where the earlier one is kept.
    pub(super) fn write(&self, text: &str) -> Result<Option<PathBuf>, Problem> {
        self.replace(text).map_err(|error| {
            Problem::failed(format!("`{}` cannot be written: {error}", self.file.display()))
                .hint("see what would be written with `--dry-run`, and put it there yourself")
        })
    }

    fn replace(&self, text: &str) -> io::Result<Option<PathBuf>> {
        let folder = self.file.parent().ok_or_else(|| io::Error::other("it has no folder"))?;
        std::fs::create_dir_all(folder)?;
        let before = match &self.text {
            None => None,
            Some(_) => {
                let mut name: OsString = self.file.as_os_str().to_owned();
                name.push(".before-loket");
                let before = PathBuf::from(name);
                std::fs::copy(&self.file, &before)?;
                Some(before)
            }
        };
        let mut part = NamedTempFile::new_in(folder)?;
        part.write_all(text.as_bytes())?;
        part.as_file().sync_all()?;
        if before.is_some() {
            part.as_file().set_permissions(std::fs::metadata(&self.file)?.permissions())?;
        }
        part.persist(&self.file)?;
        Ok(before)
    }
}

/// The text of a file of settings.
pub(in crate::cli::mcp) fn text(file: &Path) -> io::Result<Zeroizing<String>> {
    match std::fs::metadata(file)?.len() {
        ..=LONGEST => std::fs::read_to_string(file).map(Zeroizing::new),
        long => Err(io::Error::other(format!("it has {long} bytes, and settings have at most {LONGEST}"))),
    }
}

fn unusable(file: &Path, why: &str) -> Problem {
    Problem::invalid(format!("the settings in `{}` cannot be used: {why}", file.display()))
        .hint("mend the file, or name another with `--file`; nothing was changed")
}

/// A value as it is written into settings.
fn input(value: &Json) -> CstInputValue {
    match value {
        Json::Null => CstInputValue::Null,
        Json::Bool(flag) => CstInputValue::Bool(*flag),
        Json::Number(number) => CstInputValue::Number(number.to_string()),
        Json::String(text) => CstInputValue::String(text.clone()),
        Json::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Json::Object(fields) => {
            CstInputValue::Object(fields.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(text: &str) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        std::fs::write(&file, text).expect("it can be written");
        let read = Settings::read(&file).expect("it can be read");
        (folder, read)
    }

    #[test]
    fn what_else_is_there_stays_with_its_remarks() {
        let before = "{\n  // mine\n  \"theme\": \"dark\", // as ever\n  \"mcpServers\": {\n    \"a\": { \"command\": \"x\" },\n  },\n}\n";
        let (_folder, settings) = settings(before);
        let text = settings.with("mcpServers", &json!({ "command": "loket", "args": ["mcp"] })).expect("it fits");
        for kept in ["// mine", "\"theme\": \"dark\", // as ever", "\"a\": { \"command\": \"x\" },"] {
            assert!(text.contains(kept), "{text}");
        }
        assert!(text.contains("\"loket\"") && text.contains("\"args\": [\"mcp\"]"), "{text}");
    }

    #[test]
    fn an_earlier_entry_is_replaced_and_a_file_that_is_not_there_is_made() {
        let (folder, settings) = settings("{\"servers\":{\"loket\":{\"command\":\"old\"},\"b\":{}}}");
        let text = settings.with("servers", &json!({ "command": "new" })).expect("it fits");
        let read: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, json!({ "servers": { "loket": { "command": "new" }, "b": {} } }));
        let before = settings.write(&text).expect("it can be written").expect("there was one");
        assert!(std::fs::read_to_string(before).expect("it is kept").contains("old"));

        let file = folder.path().join("new/deep/settings.json");
        let none = Settings::read(&file).expect("none is no error");
        let text = none.with("servers", &json!({ "command": "new" })).expect("it fits");
        assert_eq!(none.write(&text).expect("it can be written"), None);
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "there is a token in it");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_left_alone() {
        for text in ["[]", "{", "{\"servers\": 3}", "no"] {
            let (_folder, settings) = settings(text);
            let problem = settings.with("servers", &json!({})).expect_err(text);
            assert!(problem.hint.is_some_and(|hint| hint.contains("nothing was changed")), "{text}");
        }
    }
}
