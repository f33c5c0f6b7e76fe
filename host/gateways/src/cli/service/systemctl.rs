//! `systemctl`: the program with which systemd is told and asked. Every command that changes something is shown.

use crate::cli::screen::{DIM, Screen};
use crate::desk::Problem;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// systemd's own instance, or that of a user.
pub(super) struct Systemctl {
    program: PathBuf,
    is_user: bool,
}

impl Systemctl {
    pub(super) fn new(program: &Path, is_user: bool) -> Systemctl {
        Systemctl { program: program.to_owned(), is_user }
    }

    /// Whether systemd can be told anything here.
    pub(super) fn reaches(&self) -> Result<(), Problem> {
        // Answers with a version where it reaches systemd, also when a unit has failed.
        let asked = self.output(&["show", "--property=Version"]);
        let why = match asked {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "there is no `systemctl`".to_owned(),
            Err(error) => error.to_string(),
        };
        let whose = if self.is_user { "systemd for this user" } else { "systemd" };
        let hint = match self.is_user {
            true => {
                "log in as this user itself, not by `su` or `sudo`; or see it with `--print`, or run `loket serve` under another supervisor"
            }
            false => {
                "see the unit with `--print` and put it where systemd runs, or run `loket serve` under another supervisor"
            }
        };
        Err(Problem::unavailable(format!("{whose} cannot be reached: {why}\nnothing was changed")).hint(hint))
    }

    /// Runs what changes something, and shows it.
    pub(super) fn run(&self, arguments: &[&str], screen: &mut Screen) -> Result<(), Problem> {
        let shown = self.shown(arguments);
        if !screen.is_json() {
            let _ = screen.styled(DIM, &format!("  $ {shown}"));
        }
        let user = if self.is_user { " --user" } else { "" };
        let failed = |why: String| {
            Problem::failed(format!("`{shown}` did not succeed: {why}"))
                .hint(format!("loket service status\njournalctl{user} -e"))
        };
        let output = self.output(arguments).map_err(|error| failed(error.to_string()))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    }

    /// A property of a unit; empty when it has none.
    pub(super) fn property(&self, unit: &str, property: &str) -> String {
        let output = self.output(&["show", "--value", &format!("--property={property}"), unit]);
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// A command as it can be typed.
    pub(super) fn shown(&self, arguments: &[&str]) -> String {
        let user = if self.is_user { " --user" } else { "" };
        format!("systemctl{user} {}", arguments.join(" "))
    }

    fn output(&self, arguments: &[&str]) -> io::Result<Output> {
        let mut command = Command::new(&self.program);
        if self.is_user {
            command.arg("--user");
        }
        command.args(["--no-pager", "--no-ask-password"]).args(arguments).stdin(Stdio::null()).output()
    }
}
