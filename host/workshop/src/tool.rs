//! The programs that are run for a build: found, or said to be missing with what to do about it; and run where their author sees them.
//!
//! What is installed for one is said, and where: in the project's own folder, or in one of the user's cache that projects share.

use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not on this machine.
    #[error("{what} cannot be built here: there is no {tool}")]
    Missing {
        /// What needs it.
        what: &'static str,
        /// What it is.
        tool: String,
        /// How to get it.
        get: String,
    },
    /// It did not end well; it has said why.
    #[error("`{0}` failed: its own words are above")]
    Failed(String),
    /// It cannot be run.
    #[error("`{line}` cannot be run: {source}")]
    Run {
        /// The command line.
        line: String,
        /// What the system says.
        source: io::Error,
    },
}

impl ToolError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            ToolError::Missing { get, .. } => get.clone(),
            ToolError::Failed(_) => "mend what they say, and build again".to_owned(),
            ToolError::Run { .. } => "check that it can be run by itself".to_owned(),
        }
    }
}

/// Whether a program answers when it is asked for its version.
pub fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program prints, where it ends well.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program to its end. All that it says goes to standard error: standard output is for what we answer.
///
/// # Errors
/// When it cannot be run, or does not end well.
pub fn run(command: &mut Command) -> Result<(), ToolError> {
    let line = line(command);
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ToolError::Failed(line)),
        Err(source) => Err(ToolError::Run { line, source }),
    }
}

/// The same, with each line that it prints given to `heard` instead.
///
/// # Errors
/// As [`run`].
pub fn run_heard(command: &mut Command, mut heard: impl FnMut(&str)) -> Result<(), ToolError> {
    let line = line(command);
    let failed = |source| ToolError::Run { line: line.clone(), source };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(printed) = child.stdout.take() {
        // To its end also where a line is no text: it would wait for a reader otherwise.
        for said in io::BufReader::new(printed).split(b'\n').map_while(Result::ok) {
            heard(&String::from_utf8_lossy(&said));
        }
    }
    match child.wait().map_err(failed)?.success() {
        true => Ok(()),
        false => Err(ToolError::Failed(line)),
    }
}

/// A command line for people: the program without its folder, then its arguments.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    command.get_args().fold(program, |line, argument| format!("{line} {}", argument.to_string_lossy()))
}

/// A linker for WebAssembly.
pub struct Linker {
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Linker {
    /// The linker's command, without its inputs.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.arguments);
        command
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }
}

/// A clang that knows wasm32: that which `CLANG` names, else one on the path, else one where package managers keep it.
pub fn clang() -> Option<PathBuf> {
    let named = ["clang", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16"].map(PathBuf::from);
    // Where package managers put it that keep it off the path.
    let kept = ["/opt/homebrew/opt/llvm/bin/clang", "/usr/local/opt/llvm/bin/clang"].map(PathBuf::from);
    std::env::var_os("CLANG").map(PathBuf::from).into_iter().chain(named).chain(kept).find(|clang| {
        output(Command::new(clang).arg("--print-targets")).is_some_and(|targets| targets.contains("wasm32"))
    })
}

/// A linker for wasm32: one on the path, else that of the Rust toolchain.
pub fn wasm_ld() -> Option<Linker> {
    let named = ["wasm-ld", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19", "wasm-ld-18", "wasm-ld-17", "wasm-ld-16"];
    let mut linkers: Vec<Linker> = named.map(|name| Linker { program: name.into(), arguments: &[] }).into();
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]));
    let hosts = sysroot.and_then(|sysroot| std::fs::read_dir(Path::new(sysroot.trim()).join("lib/rustlib")).ok());
    for host in hosts.into_iter().flatten().flatten().map(|entry| entry.path()) {
        linkers.push(Linker { program: host.join("bin/gcc-ld/wasm-ld"), arguments: &[] });
        linkers.push(Linker { program: host.join("bin/rust-lld"), arguments: &["-flavor", "wasm"] });
    }
    linkers.into_iter().find(|linker| works(linker.command().arg("--version")))
}
