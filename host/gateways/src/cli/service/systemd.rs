//! A unit put in its place, asked about, and taken away.

use super::InstallArgs;
use super::systemctl::Systemctl;
use super::unit::{Unit, home_of};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::screen::{BOLD, DIM, Screen, state};
use crate::client::discover;
use crate::desk::Problem;
use anstyle::Style;
use etcetera::BaseStrategy;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest unit that is read, in bytes; ours are much shorter.
const LONGEST: u64 = 64 << 10;

/// Where units of this user belong, and who is told of them.
pub(super) struct Systemd {
    folder: PathBuf,
    systemctl: Systemctl,
    is_user: bool,
}

impl Systemd {
    /// For root the system's, for anybody else their own.
    pub(super) fn here() -> Result<Systemd, Problem> {
        // The process's own user, without a system call of ours.
        let is_user = fs::metadata("/proc/self").map_or(true, |about| about.uid() != 0);
        let folder = match is_user {
            false => PathBuf::from("/etc/systemd/system"),
            true => etcetera::choose_base_strategy()
                .map_err(|error| Problem::failed(format!("there is no user folder for units: {error}")))?
                .config_dir()
                .join("systemd/user"),
        };
        Ok(Systemd::at(folder, Path::new("systemctl"), is_user))
    }

    fn at(folder: PathBuf, systemctl: &Path, is_user: bool) -> Systemd {
        Systemd { folder, systemctl: Systemctl::new(systemctl, is_user), is_user }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.service"))
    }

    /// Writes the unit, and starts it.
    pub(super) fn install(&self, home: &Path, args: &InstallArgs, stop: Duration, screen: &mut Screen) -> Outcome {
        let program = std::env::current_exe()
            .map_err(|error| Problem::failed(format!("this program does not know where it lies: {error}")))?;
        self.install_program(&program, home, args, stop, screen)
    }

    fn install_program(
        &self,
        program: &Path,
        home: &Path,
        args: &InstallArgs,
        stop: Duration,
        screen: &mut Screen,
    ) -> Outcome {
        let home = home.canonicalize().map_err(|error| {
            Problem::invalid(format!("the home `{}` cannot be used: {error}", home.display()))
                .hint("make it first, as the user to whom it should belong: loket agents --home DIR")
        })?;
        let run_as = self.run_as(&home, args)?;
        let text = Unit { program, home: &home, stop, run_as: run_as.as_deref() }.text()?;
        if args.print {
            let printed = match screen.is_json() {
                true => screen.document(&serde_json::json!({ "unit": text })),
                false => screen.text(text.trim_end()),
            };
            return Ok(printed?);
        }
        self.systemctl.reaches()?;
        let (path, unit) = (self.path(&args.name), format!("{}.service", args.name));
        let before = self.read(&path, &unit)?;
        if let Some(other) = before.as_deref().and_then(home_of).filter(|other| Path::new(other) != home) {
            return Err(Problem::invalid(format!("the unit `{unit}` is for another home, `{other}`"))
                .hint("give this one a name of its own with `--name`, or uninstall that one first")
                .into());
        }
        let is_news = before.as_deref() != Some(&text);
        if is_news {
            self.write(&path, &text)?;
        }
        if !screen.is_json() {
            let word = match before {
                None => "installed",
                Some(_) if is_news => "updated",
                Some(_) => "as it was",
            };
            screen.parts(&[(BOLD, word), (Style::new(), &format!("  {}", path.display()))])?;
        }
        for arguments in [&["daemon-reload"][..], &["enable", &unit]] {
            self.systemctl.run(arguments, screen)?;
        }
        // Starts what does not run; what runs goes on unless it has changed.
        self.systemctl.run(&[if is_news { "restart" } else { "start" }, &unit], screen)?;
        let notes = self.notes(&home, run_as.as_deref());
        if screen.is_json() {
            let told = serde_json::json!({ "unit": path, "home": home, "changed": is_news, "notes": notes });
            return Ok(screen.document(&told)?);
        }
        for note in notes {
            screen.wrapped(2, &note)?;
        }
        let whose = if self.is_user { " --user" } else { "" };
        Ok(screen.styled(DIM, &format!("  what it notes: journalctl{whose} -u {unit} -f"))?)
    }

    /// Whom a unit of the system runs as. Units of a user run as that user.
    fn run_as(&self, home: &Path, args: &InstallArgs) -> Result<Option<String>, Problem> {
        match (self.is_user, &args.run_as) {
            (true, None) => Ok(None),
            (true, Some(user)) => Err(Problem::invalid(format!(
                "`--run-as {user}` is for units of the system, and only root installs those"
            ))
            .hint("leave it out, or run this as root")),
            (false, Some(user)) => Ok(Some(user.clone())),
            // By number: it means the same wherever names are kept.
            (false, None) => fs::metadata(home)
                .map(|about| Some(about.uid().to_string()))
                .map_err(|error| Problem::failed(format!("`{}` cannot be read: {error}", home.display()))),
        }
    }

    /// What the owner should know.
    fn notes(&self, home: &Path, run_as: Option<&str>) -> Vec<String> {
        let mut notes = vec![format!("home: {}", home.display())];
        if let Some(user) = run_as.filter(|user| !matches!(*user, "0" | "root")) {
            notes.push(format!(
                "it runs as user {user}: use the home as that user too, since what root writes there it cannot read"
            ));
        } else if run_as.is_some() {
            notes.push("it runs as root, because the home is root's; give the home to a user of its own (chown -R), and install it again".into());
        }
        let user = std::env::var("USER").unwrap_or_default();
        if self.is_user && !Path::new("/var/lib/systemd/linger").join(&user).exists() {
            notes.push("it ends when you log out; to have it run always: loginctl enable-linger".into());
        }
        notes
    }

    /// Whether it runs, and how the service is.
    pub(super) async fn status(&self, home: &Path, name: &str, screen: &mut Screen) -> Outcome {
        let (path, unit) = (self.path(name), format!("{name}.service"));
        let text = self.read(&path, &unit)?.ok_or_else(|| self.missing(&path))?;
        self.systemctl.reaches()?;
        let home = home_of(&text).map_or_else(|| home.to_owned(), PathBuf::from);
        let ask = |property| self.systemctl.property(&unit, property);
        let (active, sub, pid, restarts) = (ask("ActiveState"), ask("SubState"), ask("MainPID"), ask("NRestarts"));
        let (enabled, result) = (ask("UnitFileState"), ask("Result"));
        // A service whose token this user may not read can still be running.
        let health = discover::find(&home).await;
        let is_well = active == "active" && matches!(health, Ok(Some(_)));
        let word = match &health {
            Ok(Some((_, health))) => format!("answers: loket {}", health.version),
            Ok(None) => "does not answer".to_owned(),
            Err(problem) => format!("cannot be asked: {}", problem.message),
        };
        if screen.is_json() {
            screen.document(&serde_json::json!({
                "unit": path, "home": home, "active": active, "sub": sub, "enabled": enabled, "result": result,
                "pid": pid, "restarts": restarts, "answers": matches!(health, Ok(Some(_))), "health": word,
            }))?;
        } else {
            let colour = state(if active == "active" { "ok" } else { "fault" });
            screen.parts(&[(BOLD, &unit), (colour, &format!("  {active} ({sub})")), (DIM, &format!("  {enabled}"))])?;
            screen.text(&format!("  home     {}", home.display()))?;
            screen.text(&format!("  process  {pid}, restarted {restarts} times, last result: {result}"))?;
            screen.text(&format!("  service  {word}"))?;
        }
        if is_well { Ok(()) } else { Err(Failure::Found) }
    }

    /// Stops it and removes it.
    pub(super) fn uninstall(&self, name: &str, screen: &mut Screen) -> Outcome {
        let (path, unit) = (self.path(name), format!("{name}.service"));
        let text = self.read(&path, &unit)?.ok_or_else(|| self.missing(&path))?;
        self.systemctl.reaches()?;
        self.systemctl.run(&["disable", "--now", &unit], screen)?;
        fs::remove_file(&path).map_err(|error| self.failed(&path, &error))?;
        self.systemctl.run(&["daemon-reload"], screen)?;
        let home = home_of(&text).unwrap_or_default();
        if screen.is_json() {
            return Ok(screen.document(&serde_json::json!({ "removed": path, "home": home }))?);
        }
        screen.parts(&[(BOLD, "removed"), (Style::new(), &format!("  {}", path.display()))])?;
        Ok(screen.wrapped(2, &format!("the home `{home}` is as it was, with all that is in it"))?)
    }

    /// A unit that is there, and ours.
    fn read(&self, path: &Path, unit: &str) -> Result<Option<String>, Problem> {
        match fs::metadata(path) {
            Ok(about) if about.len() <= LONGEST => {}
            Ok(_) => return Err(foreign(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(path, &error)),
        }
        let text = fs::read_to_string(path).map_err(|error| self.failed(path, &error))?;
        match home_of(&text) {
            Some(_) => Ok(Some(text)),
            None => {
                tracing::debug!(unit, "loket.service.foreign");
                Err(foreign(path))
            }
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Problem> {
        let draft = path.with_extension("service.new");
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&draft, text))
            .and_then(|()| fs::rename(&draft, path))
            .map_err(|error| self.failed(path, &error))
    }

    fn missing(&self, path: &Path) -> Problem {
        let other = if self.is_user { "; units of the system are root's" } else { "; units of users are theirs" };
        Problem::not_found(format!("there is no unit at `{}`{other}", path.display())).hint("loket service install")
    }

    fn failed(&self, path: &Path, error: &std::io::Error) -> Problem {
        Problem::failed(format!("`{}` cannot be used: {error}", path.display()))
            .hint("check the folder's permissions and the disk's space")
    }
}

/// Somebody else's.
fn foreign(path: &Path) -> Problem {
    Problem::invalid(format!("`{}` was not written by `loket service install`, and is left as it is", path.display()))
        .hint("choose another name with `--name`, or remove that unit yourself")
}

#[cfg(test)]
mod tests;
