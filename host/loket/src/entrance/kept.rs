//! The file of the entrance: what is kept of the passphrase, and of the sessions.

use super::passphrase::Passphrase;
use super::sessions::{MOST, Row};
use crate::home::bounded_text;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The file's name in the home's state.
pub(crate) const ENTRANCE: &str = "entrance.json";
/// The file's form.
const FORMAT: u32 = 1;
/// The longest file, in bytes.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) passphrase: Option<Passphrase>,
    pub(super) sessions: Vec<Row>,
}

/// What a file has; nothing where there is none.
pub(super) fn read(path: &Path) -> io::Result<File> {
    let Some(text) = bounded_text(path, LONGEST)? else { return Ok(File::default()) };
    let damaged = |why: String| {
        let path = path.display();
        io::Error::other(format!(
            "the owner's entrance `{path}` is damaged: {why}; remove the file, and set a passphrase anew with `loket web link`"
        ))
    };
    let file: File = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
    if file.format != FORMAT {
        return Err(damaged(format!("the file has form {}, this host knows {FORMAT}", file.format)));
    }
    if file.sessions.len() > MOST {
        return Err(damaged(format!("it has {} sessions, and a home has at most {MOST}", file.sessions.len())));
    }
    if let Some(why) = file.passphrase.as_ref().and_then(|passphrase| passphrase.fault()) {
        return Err(damaged(why));
    }
    Ok(file)
}

/// The file's text.
pub(super) fn text(passphrase: Option<&Passphrase>, sessions: &[Row]) -> io::Result<Vec<u8>> {
    let file = File { format: FORMAT, passphrase: passphrase.cloned(), sessions: sessions.to_vec() };
    serde_json::to_vec_pretty(&file).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_what_is_damaged_lets_nobody_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(ENTRANCE);
        assert!(read(&path).expect("no file is no error").sessions.is_empty());
        let row = Row::new("d".repeat(64), "a browser", 7);
        let passphrase = Passphrase::with("correct horse", 8, 1).expect("it works");
        std::fs::write(&path, text(Some(&passphrase), std::slice::from_ref(&row)).expect("a form")).expect("written");
        let file = read(&path).expect("it reads");
        assert_eq!((file.passphrase, file.sessions), (Some(passphrase), vec![row]));
        for damaged in ["", "{}", r#"{"format":2,"sessions":[]}"#, r#"{"format":1,"sessions":[{}]}"#] {
            std::fs::write(&path, damaged).expect("it can be written");
            assert!(read(&path).is_err(), "{damaged}");
        }
    }
}
