//! Why something could not be done with a file, in words that name no place outside of the granted folders.

use loket_kernel::fault::Refusal;
use loket_kernel::grants::remedy;
use loket_kernel::{Call, CallError, Capability, Principal};
use std::io::{self, ErrorKind};

/// How work with files ends badly.
#[derive(Debug)]
pub(super) enum Fault {
    /// The arguments make no sense.
    Invalid(String),
    /// No grant could allow it: the way out of a folder.
    Outside(String),
    /// The folder may only be read.
    ReadOnly(String),
    /// There is no folder of that name among the granted ones, or none at all.
    NotGranted(String),
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
            Fault::ReadOnly(why) | Fault::NotGranted(why) => denied(why, commands(call)),
            Fault::Missing(what) => CallError::NotFound(what),
            Fault::Exhausted(limit, detail) => CallError::exhausted(limit, detail),
            Fault::Busy(what) => CallError::Unavailable(what),
            Fault::Failed(what) => CallError::Failed(what),
        }
    }
}

/// The commands by which the owner could allow it. Where the last one of the chain has folders of its own, it is the others, on whose behalf
/// it asks, who lack one. The path is for the owner to fill in: a component does not learn where a folder lies.
fn commands(call: &Call) -> String {
    let command = |who: &Principal, what: &Capability| format!("{} --folder PATH", remedy(who, what));
    let mut links = call.chain.backwards();
    let Some(last) = links.next().filter(|last| last.principal != Principal::Owner) else {
        return String::new();
    };
    let own = call.terms.first().is_none_or(|terms| terms.values(super::terms::KEY).next().is_none());
    let mut via = last.via.as_ref();
    let mut others = Vec::new();
    for link in links {
        if let (Some((onward, _)), true) = (via, link.principal != Principal::Owner) {
            others.push(command(&link.principal, onward));
        }
        via = link.via.as_ref();
    }
    match own || others.is_empty() {
        true => command(&last.principal, &call.capability),
        false => others.join(" && "),
    }
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
