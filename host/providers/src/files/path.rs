//! Paths as components write them, taken apart. Nothing here touches a disk.
//!
//! The rules are the same on every system, so that a component does not work on one and break on another; only names that Windows gives
//! another meaning are refused there alone, as files elsewhere have them.

use super::error::{Fault, shown};

/// The longest path, in bytes.
const LONGEST: usize = 4096;
/// The longest part, in bytes: what file systems take.
const LONGEST_PART: usize = 255;
/// The most parts below a granted folder.
pub(super) const DEEPEST: usize = 64;

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// The granted folder's name.
    pub(super) root: &'a str,
    /// What comes below it.
    pub(super) parts: Vec<&'a str>,
}

/// Takes a path apart.
pub(super) fn read(path: &str) -> Result<Wanted<'_>, Fault> {
    read_for(path, cfg!(windows))
}

fn read_for(path: &str, windows: bool) -> Result<Wanted<'_>, Fault> {
    if path.is_empty() {
        return Err(Fault::Invalid(
            "the path is empty; it begins with the name of a granted folder, as `roots` gives it".into(),
        ));
    }
    if path.len() > LONGEST {
        return Err(Fault::Invalid(format!("the path has {} bytes, and {LONGEST} are the most", path.len())));
    }
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with(['/', '\\']) || drive || path == "~" || path.starts_with("~/") {
        let why = "is a path of the machine; begin with the name of a granted folder, as `roots` gives it";
        return Err(Fault::Outside(format!("{} {why}", shown(path))));
    }
    let mut parts = path.split('/');
    // What a name must not be is the same for a granted folder as for what is in it.
    let root = parts.next().unwrap_or_default();
    let parts: Vec<&str> = parts.collect();
    if parts.len() > DEEPEST {
        return Err(Fault::Invalid(format!("the path has {} parts, and {DEEPEST} are the most", parts.len())));
    }
    for part in [&root].into_iter().chain(&parts) {
        if *part == ".." {
            return Err(Fault::Outside(format!(
                "{} has `..`, which leads out of a folder; write where it is",
                shown(path)
            )));
        }
        if let Some(why) = wrong(part, windows) {
            return Err(Fault::Invalid(format!("{} {why}", shown(path))));
        }
    }
    Ok(Wanted { root, parts })
}

/// Whether something of that name can be named by a component.
pub(super) fn is_name(name: &str) -> bool {
    name != ".." && wrong(name, cfg!(windows)).is_none()
}

/// What is wrong with a part, if anything is.
fn wrong(part: &str, windows: bool) -> Option<String> {
    if part.is_empty() {
        return Some("has an empty part: write one `/` between two parts, and none at the end".into());
    }
    if part == "." {
        return Some("has `.` as a part: leave it out".into());
    }
    if part.len() > LONGEST_PART {
        return Some(format!("has a part of {} bytes, and {LONGEST_PART} are the most", part.len()));
    }
    if part.contains('\\') {
        return Some("has a backslash: write `/` between parts".into());
    }
    if part.chars().any(char::is_control) {
        return Some("has a control character in it: no name has one".into());
    }
    (windows && means_more(part))
        .then(|| "has a part that is no plain name on Windows: a device, a stream, or with a dot at its end".into())
}

/// Whether Windows takes the name for something else: a device, a stream of a file, a pattern, or a shorter name.
fn means_more(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device).map(|rest| rest.chars().collect::<Vec<_>>());
        number.is_some_and(|n| matches!(n[..], ['0'..='9' | '¹' | '²' | '³']))
    };
    let device =
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*stem) || numbered("COM") || numbered("LPT");
    device || part.ends_with(['.', ' ']) || part.contains(['<', '>', ':', '"', '|', '?', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(path: &str, windows: bool) -> Fault {
        read_for(path, windows).expect_err(path)
    }

    #[test]
    fn a_path_is_a_granted_folder_and_what_is_below_it() {
        assert_eq!(read_for("notes", true).expect("a folder"), Wanted { root: "notes", parts: vec![] });
        let wanted = read_for("notes/2024/a b…é.md", true).expect("a file");
        assert_eq!(wanted, Wanted { root: "notes", parts: vec!["2024", "a b…é.md"] });
    }

    #[test]
    fn a_way_out_is_told_from_a_mistake() {
        for path in [
            "..",
            "notes/..",
            "notes/../../etc/passwd",
            "/etc/passwd",
            "/",
            "C:/Windows",
            "c:x",
            "\\\\host\\share",
            "~/x",
        ] {
            assert!(matches!(refused(path, false), Fault::Outside(_)), "{path}");
        }
        for path in
            ["", "notes/", "notes//a", "./notes", "notes/.", "notes/a\0b", "notes/a\nb", "notes\\a", "notes/..\\..\\x"]
        {
            assert!(matches!(refused(path, false), Fault::Invalid(_)), "{path:?}");
        }
    }

    #[test]
    fn long_names_and_deep_paths_are_refused() {
        assert!(read_for(&format!("notes/{}", "a".repeat(255)), false).is_ok());
        refused(&format!("notes/{}", "a".repeat(256)), false);
        refused(&format!("notes/{}", "é".repeat(128)), false);
        assert!(read_for(&format!("notes{}", "/a".repeat(64)), false).is_ok());
        refused(&format!("notes{}", "/a".repeat(65)), false);
        refused(&format!("notes{}", "/aaaaaaaaaaaaaaaaaaa".repeat(250)), false);
    }

    #[test]
    fn on_windows_a_device_or_stream_is_no_name() {
        let names = [
            "NUL",
            "nul",
            "con",
            "Aux.txt",
            "COM1",
            "lpt9.log",
            "COM²",
            "a.txt:stream",
            "a.txt::$DATA",
            "a.",
            "a ",
            "a?b",
            "CONIN$",
            "nul .txt",
        ];
        for name in names {
            let path = format!("notes/{name}");
            assert!(matches!(refused(&path, true), Fault::Invalid(_)), "{name}");
            assert!(read_for(&path, false).is_ok(), "{name} is a name elsewhere");
        }
        for name in ["console", "com", "com10", "null", "a.b", ".hidden", "CONIN"] {
            assert!(read_for(&format!("notes/{name}"), true).is_ok(), "{name}");
        }
    }
}
