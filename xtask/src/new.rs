//! `cargo xtask new`: a small component that works, to change from there.

use crate::{guest, workspace};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// A file of a template: where it goes, and its text.
type File = (&'static str, &'static str);

/// A kind of component.
struct Kind {
    name: &'static str,
    /// The folder that its components are in.
    folder: &'static str,
    files: &'static [File],
    /// What to do once it is built.
    then: &'static str,
}

macro_rules! template {
    ($kind:literal: $($to:literal from $file:literal),+) => {
        &[$(($to, include_str!(concat!("../templates/", $kind, "/", $file)))),+]
    };
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "tool",
        folder: "components/tools",
        files: template!("tool": "Cargo.toml" from "manifest.toml", "src/lib.rs" from "lib.rs", "wit/world.wit" from "world.wit", "wit/greeting.wit" from "greeting.wit"),
        then: "loket grant assistant {package}",
    },
    Kind {
        name: "agent",
        folder: "agents",
        files: template!("agent": "Cargo.toml" from "manifest.toml", "src/lib.rs" from "lib.rs", "agent.toml" from "agent.toml", "persona.md" from "persona.md"),
        then: "cargo xtask up",
    },
    Kind {
        name: "model",
        folder: "components/models",
        files: template!("model": "Cargo.toml" from "manifest.toml", "src/lib.rs" from "lib.rs"),
        then: "name it in an `agent.toml`: model = \"{package}\"",
    },
    Kind {
        name: "command",
        folder: "components/commands",
        files: template!("command": "Cargo.toml" from "manifest.toml", "src/lib.rs" from "lib.rs"),
        then: "loket grant assistant {package}",
    },
];

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (kind, name, namespace) = match words[..] {
        [kind, name] => (kind, name, "local"),
        [kind, name, "--namespace", namespace] => (kind, name, namespace),
        _ => bail!("write `cargo xtask new {{tool|agent|model|command}} NAME [--namespace NS]`"),
    };
    let Some(kind) = KINDS.iter().find(|known| known.name == kind) else {
        bail!("`{kind}` is no kind of component; it is `tool`, `agent`, `model` or `command`");
    };
    for word in [name, namespace] {
        well_formed(word)?;
    }
    let package = format!("{namespace}:{name}");
    let folder = workspace::root().join(kind.folder).join(name);
    if folder.exists() {
        bail!("`{}` is there already; choose another name", folder.display());
    }
    if let Some(other) = guest::discover()?.iter().find(|guest| guest.package == package) {
        bail!("the package `{package}` is in `{}` already; choose another name or namespace", other.dir.display());
    }
    // Whole, then in its place: the folder alone makes it a member of the workspace.
    let draft = workspace::target().join("new").join(format!("{name}.{}", std::process::id()));
    for (path, text) in kind.files {
        workspace::publish(&draft.join(path), fill(text, namespace, name).as_bytes())?;
    }
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    place(draft, &folder)?;
    let relative = format!("{}/{name}", kind.folder);
    println!("wrote the {} `{package}` into `{relative}`. Next:\n", kind.name);
    println!("  cargo test -p {namespace}-{name}\n  cargo xtask build\n  {}", kind.then.replace("{package}", &package));
    Ok(())
}

/// Moves a folder, also from one file system to another.
fn place(draft: PathBuf, folder: &std::path::Path) -> Result<()> {
    if std::fs::rename(&draft, folder).is_err() {
        for file in workspace::files(&draft) {
            let relative = file.strip_prefix(&draft)?;
            workspace::publish(&folder.join(relative), &std::fs::read(&file)?)?;
        }
        std::fs::remove_dir_all(&draft)?;
    }
    Ok(())
}

fn fill(template: &str, namespace: &str, name: &str) -> String {
    template
        .replace("{{namespace}}", namespace)
        .replace("{{name}}", name)
        .replace("{{namespace_snake}}", &namespace.replace('-', "_"))
        .replace("{{name_snake}}", &name.replace('-', "_"))
}

/// Words of small letters and digits, joined by `-`: what WIT, cargo and folders all take. Words of WIT itself are out.
fn well_formed(name: &str) -> Result<()> {
    const TAKEN: [&str; 48] = [
        "use",
        "type",
        "func",
        "u8",
        "u16",
        "u32",
        "u64",
        "s8",
        "s16",
        "s32",
        "s64",
        "f32",
        "f64",
        "char",
        "bool",
        "string",
        "option",
        "result",
        "future",
        "stream",
        "list",
        "map",
        "resource",
        "own",
        "borrow",
        "record",
        "flags",
        "variant",
        "enum",
        "tuple",
        "import",
        "export",
        "interface",
        "world",
        "package",
        "constructor",
        "static",
        "include",
        "with",
        "async",
        "from",
        "as",
        "error-context",
        "self",
        "super",
        "crate",
        "test",
        "core",
    ];
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    if name.len() > 40 || !name.split('-').all(word) {
        bail!(
            "`{name}` is no name for a component; take up to 40 small letters and digits, words joined by `-`, for example `word-count`"
        );
    }
    if TAKEN.contains(&name) {
        bail!("`{name}` is a word of WIT or Rust itself; choose another name, for example `my-{name}`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_to_the_end() {
        for (path, text) in KINDS.iter().flat_map(|kind| kind.files) {
            let filled = fill(text, "acme", "word-count");
            assert!(!filled.contains("{{") || path.ends_with(".rs"), "{path}: {filled}");
            assert!(!filled.contains("{{name") && !filled.contains("{{namespace"), "{path}: {filled}");
        }
    }

    #[test]
    fn names_are_those_that_wit_takes() {
        for good in ["a", "calc", "word-count", "x2"] {
            assert!(well_formed(good).is_ok(), "{good}");
        }
        for bad in ["", "2x", "Calc", "a--b", "-a", "a_b", "list", "../x", "a/b", "ä"] {
            assert!(well_formed(bad).is_err(), "{bad}");
        }
    }
}
