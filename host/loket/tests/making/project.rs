//! Projects as their authors have them: in a folder of their own, with the tools of their languages at hand.

use crate::house::built;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const LOKET: &str = env!("CARGO_BIN_EXE_loket");

/// A project in a folder that is gone with it.
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    language: String,
    _parent: TempDir,
}

/// A folder in which projects can be made.
pub(crate) fn workshop() -> TempDir {
    let parent = tempfile::tempdir().expect("a temporary folder");
    // Where Node looks for what it was installed with, if not in the project itself.
    let modules = built("LOKET_PEERS").join("componentize-js/node_modules");
    std::os::unix::fs::symlink(modules, parent.path().join("node_modules")).expect("it can be linked");
    parent
}

/// The program, in a folder, with the languages' tools.
pub(crate) fn loket(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(LOKET);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    with_tools(&mut command);
    command
}

/// The languages' tools, where they are: one environment for all that is in Python, one folder for what all that is in Rust is built of.
pub(crate) fn with_tools(command: &mut Command) {
    command.env_remove("LOKET_HOME");
    // Where the projects' own settings would have it in the user's folder.
    command.env("CARGO_BUILD_BUILD_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("made"));
    command.env("VIRTUAL_ENV", built("LOKET_PEERS").join("componentize-py/python"));
    // Set by the cargo that runs these tests, or for it.
    for variable in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(variable);
    }
}

#[track_caller]
pub(crate) fn well(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}

impl Project {
    /// `loket new`, in an empty folder.
    pub(crate) fn new(role: &str, language: &str) -> Project {
        let parent = workshop();
        let name = format!("my-{role}-{language}");
        let made = loket(parent.path(), &["new", role, &name, "--lang", language, "--json"]).output().expect("it runs");
        let made: Json = serde_json::from_str(&well(made)).expect("JSON");
        assert_eq!(made["package"], format!("local:{name}"));
        Project { folder: parent.path().join(&name), language: language.to_owned(), name, _parent: parent }
    }

    pub(crate) fn package(&self) -> String {
        format!("local:{}", self.name)
    }

    /// The project's own tests, by its language's own means.
    #[track_caller]
    pub(crate) fn test(&self) {
        let line: &[&str] = match &*self.language {
            "rust" => &["cargo", "test", "--quiet"],
            "js" => &["npm", "test"],
            "python" => &["python3", "-m", "unittest", "discover", "src"],
            _ => &["make", "test"],
        };
        let mut command = Command::new(line[0]);
        with_tools(command.args(&line[1..]).current_dir(&self.folder).env("PYTHONDONTWRITEBYTECODE", "1"));
        let output = command.output().expect("the tool is there");
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{said}");
        let ran = ["passed", "# pass", "OK", "all tests pass"].iter().any(|word| said.contains(word));
        assert!(ran && !said.contains("0 passed") && !said.contains("Ran 0"), "{said}");
    }

    /// `loket build`: the component, as it would be published.
    #[track_caller]
    pub(crate) fn build(&self) -> Vec<u8> {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made-slowly").join(format!("{}.wasm", self.digest()));
        let slow = matches!(&*self.language, "js" | "python");
        if let (true, Ok(component)) = (slow, std::fs::read(&kept)) {
            return component;
        }
        let report = well(loket(&self.folder, &["build", "--json"]).output().expect("it runs"));
        let report: Json = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["package"], self.package());
        let component = std::fs::read(report["file"].as_str().expect("a path")).expect("it is there");
        if slow {
            std::fs::create_dir_all(kept.parent().expect("it has one")).expect("it can be made");
            let draft = kept.with_extension(std::process::id().to_string());
            std::fs::write(&draft, &component).and_then(|()| std::fs::rename(&draft, &kept)).expect("it can be kept");
        }
        component
    }

    /// What goes into a build: the project, and what of this checkout makes components.
    fn digest(&self) -> String {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut digest = Sha256::new();
        for top in [&self.folder, &checkout.join("workshop/src"), &checkout.join("values/src")] {
            let mut folders = vec![top.clone()];
            let mut files = Vec::new();
            while let Some(folder) = folders.pop() {
                for path in std::fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.path()) {
                    match path.is_dir() {
                        true => folders.push(path),
                        false => files.push(path),
                    }
                }
            }
            files.sort();
            for file in files {
                digest.update(file.strip_prefix(top).expect("it is below").as_os_str().as_encoded_bytes());
                digest.update(std::fs::read(&file).expect("it reads"));
            }
        }
        hex::encode(digest.finalize())
    }
}
