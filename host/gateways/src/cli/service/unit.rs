//! The text of a unit, in the syntax of systemd.syntax(7), systemd.unit(5) and systemd.service(5).

use crate::desk::Problem;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// What is left for closing the stores after the turns that run have had their time.
const MARGIN: u64 = 30;
/// In its own section, which systemd passes over: which home the unit is for, as JSON.
const HOME: &str = "X-LoketHome=";

/// What a unit says.
pub(super) struct Unit<'a> {
    /// This program.
    pub(super) program: &'a Path,
    /// The home.
    pub(super) home: &'a Path,
    /// How long turns may take to end.
    pub(super) stop: Duration,
    /// Whom it runs as, when it is a unit of the system.
    pub(super) run_as: Option<&'a str>,
}

/// What a unit of the system closes off besides: this takes a view of the file system of its own.
const OF_THE_SYSTEM: &str = "\
# /usr, /boot and /etc can be read only. Not `strict`, and neither ProtectHome nor PrivateTmp: folders that you grant to
# agents may lie anywhere else, in your home and below /tmp too. Which ones they are is checked at each call.
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
PrivateDevices=yes
# It may do nothing that only root may, whoever runs it.
CapabilityBoundingSet=
";

/// What every unit closes off: this works for units of users, too.
const ALWAYS: &str = "\
NoNewPrivileges=yes
# Requests, names, this machine's own services; no raw packets.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
# What services of the system call; the rest is an error, not the end.
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Components are compiled to native code, so there is no MemoryDenyWriteExecute.
";

impl Unit<'_> {
    /// The unit.
    pub(super) fn text(&self) -> Result<String, Problem> {
        let (program, home) = (program(self.program)?, plain(self.home)?);
        let is_system = self.run_as.is_some();
        let mut text = String::from(
            "# Written by `loket service install`, which writes it anew. Settings of your own belong into a file beside it, which\n\
             # `systemctl edit` makes.\n\
             [Unit]\nDescription=Loket, a home for AI agents\n",
        );
        if is_system {
            let _ = writeln!(text, "After=network.target\nRequiresMountsFor={}", quoted(home, false));
        }
        let _ = write!(
            text,
            "# One that ends at once each time is left alone after a while.\n\
             StartLimitIntervalSec=120\nStartLimitBurst=5\n\n\
             [Service]\n\
             # It says when it can be reached, that it is alive, and that it ends.\n\
             Type=notify\nNotifyAccess=main\n\
             ExecStart={} --home {} serve\n",
            quoted(program, false),
            quoted(home, true),
        );
        if let Some(user) = self.run_as {
            let _ = writeln!(text, "User={user}");
        }
        let _ = write!(
            text,
            "Restart=on-failure\nRestartSec=2\n\
             # The first start compiles what is in the registry.\n\
             TimeoutStartSec=600\n\
             # `stop_seconds` in loket.toml is {}; install anew when it changes.\n\
             TimeoutStopSec={}\n\
             WatchdogSec=60\n\
             # Each open brain and each connection is a file.\n\
             LimitNOFILE=65536\n\
             UMask=0077\n\n",
            self.stop.as_secs(),
            self.stop.as_secs() + MARGIN,
        );
        text += ALWAYS;
        if is_system {
            text += OF_THE_SYSTEM;
        }
        let target = if is_system { "multi-user.target" } else { "default.target" };
        let _ = write!(text, "\n[Install]\nWantedBy={target}\n\n[X-Loket]\n{HOME}{}\n", serde_json::json!(home));
        Ok(text)
    }
}

/// The home that a unit is for; nothing when it is none of ours.
pub(super) fn home_of(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(HOME))?;
    serde_json::from_str(line).ok()
}

/// A path that can stand in a unit.
fn plain(path: &Path) -> Result<&str, Problem> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control) && path.is_absolute());
    text.ok_or_else(|| {
        let path = path.to_string_lossy().escape_debug().to_string();
        Problem::invalid(format!("the path `{path}` cannot stand in a unit"))
            .hint("move it to a whole path in UTF-8 without control characters")
    })
}

/// A path of which systemd runs a program: it takes none with quotes or backslashes, however they are written.
fn program(path: &Path) -> Result<&str, Problem> {
    let text = plain(path)?;
    if text.contains(['"', '\'', '\\']) {
        return Err(Problem::invalid(format!(
            "systemd runs no program whose path has quotes or backslashes in it: `{text}`"
        ))
        .hint("move the program to another path, such as /usr/local/bin/loket"));
    }
    Ok(text)
}

/// A word between quotes, in which nothing has a meaning of its own. `$` has one only in the arguments of a command.
fn quoted(word: &str, is_argument: bool) -> String {
    let mut text = String::from("\"");
    for character in word.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '%' => text.push_str("%%"),
            '$' if is_argument => text.push_str("$$"),
            _ => text.push(character),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(run_as: Option<&str>) -> String {
        let (program, home) = (Path::new("/usr/local/bin/loket"), Path::new("/srv/loket"));
        Unit { program, home, stop: Duration::from_secs(20), run_as }.text().expect("plain paths")
    }

    #[test]
    fn a_unit_of_the_system() {
        insta::assert_snapshot!("unit-system", unit(Some("loket")));
    }

    #[test]
    fn a_unit_of_a_user() {
        insta::assert_snapshot!("unit-user", unit(None));
    }

    #[test]
    fn a_path_keeps_its_meaning() {
        assert_eq!(quoted(r#"/a b/%h/"q"/$x/\n/'s'"#, true), r#""/a b/%%h/\"q\"/$$x/\\n/'s'""#);
        assert_eq!(quoted("/a/$x", false), "\"/a/$x\"");
        assert!(["/a\"b", "/a'b", "/a\\b"].iter().all(|bad| program(Path::new(bad)).is_err()));
        assert!(program(Path::new("/a b/%h/$x/loket")).is_ok());
        for bad in ["/a\nb", "/a\u{7}", "a/b"] {
            assert!(plain(Path::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_unit_says_whose_it_is() {
        let (program, home) = (Path::new("/loket"), Path::new("/srv/a \"b\\"));
        let text = Unit { program, home, stop: Duration::ZERO, run_as: None }.text().expect("a path");
        assert_eq!(home_of(&text).as_deref(), home.to_str());
        assert_eq!(home_of("[Service]\nExecStart=/bin/true\n"), None);
    }
}
