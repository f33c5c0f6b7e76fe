//! What host and attendant say to each other: one order on the attendant's input, one report on its output, each a line of JSON.
//!
//! The input stays open while the command may run. When it ends, so does the command. The attendant of a server reports nothing: what comes
//! after its order is the server's own input, and what it writes the server's own output.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The word by which this program is started as an attendant of a command.
pub const WORD: &str = "--attend-a-command";
/// The word by which it is started as one of a server: a program that is spoken to for as long as the host wants.
pub const SERVER_WORD: &str = "--attend-a-server";
/// How long an order or a report may be, in bytes.
pub const LONGEST: u64 = 16 << 20;

/// What of the system every command may read and execute: programs and libraries.
pub const SYSTEM: [&str; 10] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/run/current-system/sw",
];

/// What is to be run, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The program.
    pub program: PathBuf,
    /// All of its arguments.
    pub arguments: Vec<String>,
    /// All of its environment.
    pub environment: BTreeMap<String, String>,
    /// What it reads.
    pub input: String,
    /// Where it works.
    pub folder: PathBuf,
    /// What it may read and change.
    pub change: Vec<PathBuf>,
    /// What it may read.
    pub read: Vec<PathBuf>,
    /// Whether it may use the network.
    pub network: bool,
    /// Whether the kernel is to hold it to all that; where it is not, only time, output and number are bounded.
    pub confined: bool,
    /// After how long it is ended; a server never is.
    pub milliseconds: u64,
    /// How much of each stream is kept, in bytes.
    pub output: usize,
    /// How much memory each process may take, in bytes. For a command it is that of its addresses; for a server, whose runtime may reserve far
    /// more than it ever uses, that of its data.
    pub memory: u64,
    /// How many processes there may be.
    pub processes: u32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// It ran.
    Ended {
        /// How it ended.
        ending: Ending,
        /// What it wrote.
        stdout: Output,
        /// What it wrote of errors.
        stderr: Output,
    },
    /// It did not run, and why.
    Not(String),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// By itself.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
    /// Its time was over.
    TimedOut,
}

/// What was written to a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// What is kept of it.
    pub text: String,
    /// How many bytes came after it.
    pub dropped: u64,
}
