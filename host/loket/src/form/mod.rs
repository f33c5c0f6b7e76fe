//! The form of a home: a number in `state/form.toml`, looked at before anything else of the home is read or written.
//!
//! A home of a later form is refused and stays as it is. One of an earlier form is brought into this one, step by step: each step first keeps a copy of
//! what it changes, and its number is written when it is done; after a crash the next start goes on where it ended. A home without a
//! number is new, or was made before homes had one: form 0. Files in reading order: this one, `steps` the table of steps, `copies` what is
//! kept of each, and one file for each step.

mod copies;
mod step_1;
mod steps;

use crate::home::write_whole;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use steps::{STEPS, Step};

/// The form that this host reads and writes.
pub const FORM: u32 = STEPS.len() as u32;
/// Where the number is, in the home.
pub(crate) const FILE: &str = "state/form.toml";
/// What only a home has that was opened before.
const USED: [&str; 2] = ["state/ledger.redb", "state/grants.json"];
/// The longest such file, in bytes.
const LONGEST: u64 = 64 << 10;

/// Why a home is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// A later host made it what it is.
    #[error("the home `{}` has form {found}, and this host knows forms up to {FORM}; nothing in it was changed", root.display())]
    Later {
        /// The home.
        root: PathBuf,
        /// Its form.
        found: u32,
        /// The version of the host that brought it into that form, when the file says so.
        by: String,
    },
    /// The file does not say which form it has.
    #[error("`{}` does not say which form the home has: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A step could not be done.
    #[error("the home cannot be brought into form {to} ({step}): {what}; what it was is in `{}`", copies.display())]
    Step {
        /// The form that it would have had.
        to: u32,
        /// What the step does.
        step: &'static str,
        /// Why it was not done.
        what: String,
        /// Where the copies are.
        copies: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FormError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> FormError + use<> {
        let path = path.to_owned();
        move |source| FormError::Io { path, source }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            FormError::Later { by, .. } if !by.is_empty() => {
                format!("use loket {by} or a later one, or name another home with `--home`")
            }
            FormError::Later { .. } => "use a later loket, or name another home with `--home`".into(),
            FormError::Damaged { .. } => {
                "put back the file from a backup; the line that counts is `form = ` and the form's number".into()
            }
            FormError::Step { .. } => "put right what is wrong and start again: it goes on where it ended".into(),
            FormError::Io { .. } => "check the path, its permissions and the disk's space".into(),
        }
    }
}

/// The form of a home that may be opened; nothing when it has no number. Reads one file, and writes nothing.
///
/// # Errors
/// When it has a later form, or does not say which.
pub fn check(root: &Path) -> Result<Option<u32>, FormError> {
    known(root, FORM)
}

/// Brings a home into this host's form. The caller has its lock. Blocks.
pub(crate) fn settle(root: &Path) -> Result<(), FormError> {
    migrate(root, STEPS)
}

/// Whether a home would be brought into another form when it is opened.
pub(crate) fn is_earlier(root: &Path) -> bool {
    check(root).is_ok_and(|form| form.is_some_and(|form| form < FORM) || (form.is_none() && is_used(root)))
}

fn migrate(root: &Path, steps: &'static [Step]) -> Result<(), FormError> {
    let last = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let found = match known(root, last)? {
        Some(form) => form,
        None if is_used(root) => 0,
        None => return write(root, last),
    };
    for (step, to) in steps.iter().zip(1..).skip(found as usize) {
        let copies = copies::folder(root, to);
        tracing::info!(to, of = last, step = step.what, "loket.home.form.step");
        copies::keep(root, &copies, step.files)?;
        (step.run)(root).map_err(|what| FormError::Step { to, step: step.what, what, copies: copies.clone() })?;
        write(root, to)?;
        tracing::info!(form = to, kept = %copies.display(), "loket.home.form.done");
    }
    Ok(())
}

fn is_used(root: &Path) -> bool {
    USED.iter().any(|file| root.join(file).exists())
}

fn known(root: &Path, last: u32) -> Result<Option<u32>, FormError> {
    let path = root.join(FILE);
    let mut text = String::new();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(FormError::io(&path)(e)),
    };
    let damaged = |what: String| FormError::Damaged { path: path.clone(), what };
    match file.take(LONGEST + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 > LONGEST => return Err(damaged(format!("it is longer than {LONGEST} bytes"))),
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::InvalidData => return Err(damaged("it is no text".into())),
        Err(e) => return Err(FormError::io(&path)(e)),
    }
    let says: toml_edit::DocumentMut =
        text.parse().map_err(|e: toml_edit::TomlError| damaged(e.message().to_owned()))?;
    let form = says.get("form").and_then(toml_edit::Item::as_integer);
    let form = form.and_then(|form| u32::try_from(form).ok()).filter(|form| *form > 0);
    let form = form.ok_or_else(|| damaged("it has no line such as `form = 1`".into()))?;
    if form > last {
        let by = says.get("by").and_then(toml_edit::Item::as_str).unwrap_or_default();
        // It becomes part of a sentence.
        let by = by.chars().filter(|c| c.is_ascii_alphanumeric() || ".-+".contains(*c)).take(32).collect();
        return Err(FormError::Later { root: root.to_owned(), found: form, by });
    }
    Ok(Some(form))
}

fn write(root: &Path, form: u32) -> Result<(), FormError> {
    let path = root.join(FILE);
    let by = env!("CARGO_PKG_VERSION");
    let text = format!(
        "# The form of this home, by which a host knows whether it can read it.\nform = {form}\nby = \"{by}\"\n"
    );
    write_whole(&path, text.as_bytes()).map_err(FormError::io(&path))
}

#[cfg(test)]
mod tests;
