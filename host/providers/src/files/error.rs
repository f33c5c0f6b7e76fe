//! Why something could not be done with a file, in words that name no place outside of the granted folders.

use loket_kernel::fault::Refusal;
use loket_kernel::grants::remedy;
use loket_kernel::{Call, CallError};
use std::io::{self, ErrorKind};

/// How work with files ends badly.
#[derive(Debug)]
pub(super) enum Fault {
    /// The arguments make no sense.
    Invalid(String),
    /// No grant could allow it: the way out of a folder.
    Outside(String),
    /// The folder may only be read, or there is none of that name among the granted ones: by these of the terms along the chain, or by
    /// what they have in common when none is named.
    NotGranted(String, Vec<usize>),
    /// It is not there.
    Missing(String),
    /// A limit was reached.
    Exhausted(&'static str, String),
    /// Trying later may work.
    Busy(String),
    /// The system did not do it.
    Failed(String),
}

impl Fault {
    /// What the system said about a path, named as the component knows it.
    pub(super) fn of(error: &io::Error, path: &str) -> Fault {
        let path = shown(path);
        match error.kind() {
            ErrorKind::NotFound => Fault::Missing(format!("{path}: there is no such file or folder")),
            ErrorKind::AlreadyExists => Fault::Invalid(format!("{path}: there is something of that name already")),
            ErrorKind::NotADirectory => Fault::Invalid(format!("{path}: it is no folder")),
            ErrorKind::IsADirectory => Fault::Invalid(format!("{path}: it is a folder")),
            ErrorKind::DirectoryNotEmpty => Fault::Invalid(format!("{path}: the folder is not empty; empty it first")),
            ErrorKind::InvalidFilename => {
                Fault::Invalid(format!("{path}: the disk takes no such name; a shorter one may do"))
            }
            ErrorKind::InvalidInput => Fault::Invalid(format!("{path}: the system takes no such path")),
            ErrorKind::CrossesDevices => {
                Fault::Failed(format!("{path}: it lies on another disk; write it anew there, then remove it here"))
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Fault::Exhausted("disk", format!("{path}: there is no room for it; remove something first"))
            }
            ErrorKind::WouldBlock | ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => {
                Fault::Busy(format!("{path}: another program holds it; try again later"))
            }
            ErrorKind::PermissionDenied => Fault::Failed(format!(
                "{path}: the system does not let the host do that; the owner can change its permissions"
            )),
            _ => Fault::Failed(format!("{path}: {error}")),
        }
    }

    /// As the component gets it.
    pub(super) fn answer(self, call: &Call) -> CallError {
        let denied = |reason: String, remedy: String| {
            let (capability, function) = (call.capability.to_string(), call.function.to_string());
            CallError::Denied(Refusal { capability, function, reason, remedy })
        };
        match self {
            Fault::Invalid(what) => CallError::Invalid(what),
            Fault::Outside(why) => denied(why, String::new()),
            Fault::NotGranted(why, lacking) => denied(why, commands(call, &lacking)),
            Fault::Missing(what) => CallError::NotFound(what),
            Fault::Exhausted(limit, detail) => CallError::exhausted(limit, detail),
            Fault::Busy(what) => CallError::Unavailable(what),
            Fault::Failed(what) => CallError::Failed(what),
        }
    }
}

/// The commands by which the owner could allow it: one for each whose grant does not. The path is for the owner to fill in: a component does
/// not learn where a folder lies.
fn commands(call: &Call, lacking: &[usize]) -> String {
    let all: Vec<usize> = (0..call.terms.len()).collect();
    let lacking = if lacking.is_empty() { &all } else { lacking };
    let mut commands: Vec<String> = Vec::new();
    for (who, what) in lacking.iter().filter_map(|terms| call.holder(*terms)) {
        let command = format!("{} --folder PATH", remedy(who, what));
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands.join(" && ")
}

/// A path in backticks: as it was written, cut where it is long, with signs in place of what would not show.
pub(super) fn shown(path: &str) -> String {
    const MOST: usize = 160;
    let mut text: String = path.chars().take(MOST).flat_map(char::escape_debug).collect();
    if path.chars().nth(MOST).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}
