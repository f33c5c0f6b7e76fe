//! Systems without systemd: what to do by hand. `loket serve` runs in the foreground and ends when it is told to, which is all
//! that launchd wants. A service of Windows would have to speak with its service manager; a task of its scheduler need not.

use crate::desk::Problem;
use std::path::Path;

/// What to do instead.
pub(super) fn by_hand(home: &Path, name: &str) -> Problem {
    let program = std::env::current_exe().map_or_else(|_| "loket".to_owned(), |path| path.display().to_string());
    let hint = hint(std::env::consts::OS, &program, &home.display().to_string(), name);
    Problem::unavailable("`loket service` writes units for systemd, and this system has none").hint(hint)
}

fn hint(system: &str, program: &str, home: &str, name: &str) -> String {
    match system {
        "macos" => format!(
            "write ~/Library/LaunchAgents/{name}.plist with Label `{name}`, KeepAlive, RunAtLoad, and as ProgramArguments:\n\
             {program}, --home, {home}, serve\n\
             then: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{name}.plist"
        ),
        "windows" => format!(
            "let the task scheduler start it when you log in:\n\
             schtasks /Create /TN {name} /SC ONLOGON /TR \"\\\"{program}\\\" --home \\\"{home}\\\" serve\""
        ),
        _ => format!("let the system's supervisor run, in the foreground: {program} --home {home} serve"),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn each_system_is_told_what_to_run() {
        for system in ["macos", "windows", "freebsd"] {
            let hint = hint(system, "/opt/loket", "/srv/home", "loket");
            assert!(["/opt/loket", "/srv/home", "serve"].iter().all(|part| hint.contains(part)), "{hint}");
        }
    }
}
