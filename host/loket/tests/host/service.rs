//! The unit that `loket service install` writes, as systemd itself reads it.
//!
//! The checks need systemd's own `systemd-analyze`, which `cargo xtask test` installs where it can. It reads units without a running systemd.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What means something to systemd, and what it takes in the path of a program.
const PROGRAM: &str = "a b%h$HOME/loket";
/// The same for a path that is an argument.
const HOME: &str = "ho me%h$HOME\"q\"'s'\\n";
/// Nobody in particular.
const OTHER: u32 = 65_534;

/// A folder with the program and an empty home in it, under names that are hard to write.
fn stage() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    let (program, home) = (folder.path().join(PROGRAM), folder.path().join(HOME));
    fs::create_dir_all(program.parent().expect("a folder")).and_then(|()| fs::create_dir(&home)).expect("folders");
    let built = env!("CARGO_BIN_EXE_loket");
    fs::hard_link(built, &program).or_else(|_| fs::copy(built, &program).map(drop)).expect("the program");
    (folder, program, home)
}

fn service(program: &Path, home: &Path, user: Option<u32>, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.arg("--home").arg(home).arg("service").args(arguments).stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user).gid(user).env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME");
    }
    command.output().expect("the program runs")
}

/// The unit that would be written.
fn unit(program: &Path, home: &Path, user: Option<u32>) -> String {
    let output = service(program, home, user, &["install", "--print"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn analyze(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("systemd-analyze");
    command.args(arguments).current_dir(folder).env("XDG_RUNTIME_DIR", folder).stdin(Stdio::null());
    command
        .output()
        .unwrap_or_else(|e| panic!("systemd-analyze: {e}; `cargo xtask test` installs it, or install systemd"))
}

/// What systemd finds wrong with a unit; nothing when it would run it.
fn faults(folder: &Path, text: &str, of_user: bool) -> String {
    fs::write(folder.join("loket.service"), text).expect("it can be written");
    let scope = if of_user { "--user" } else { "--system" };
    let output = analyze(folder, &["verify", "--man=no", scope, "./loket.service"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // Warnings do not count for its exit code; other units on this machine are not ours.
    let ours: String = told.lines().filter(|line| line.contains("loket")).map(|line| format!("{line}\n")).collect();
    if ours.is_empty() && !output.status.success() { told } else { ours }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("Linux has it").uid() == 0
}

#[test]
fn systemd_finds_no_fault_in_the_unit_whatever_the_paths_are_called() {
    let (folder, program, home) = stage();
    let all: &[Option<u32>] = if is_root() { &[None, Some(OTHER)] } else { &[None] };
    for user in all {
        let of_user = user.is_some() || !is_root();
        let text = unit(&program, &home, *user);
        assert_eq!(text.contains("\nUser="), !of_user, "{text}");
        assert_eq!(faults(folder.path(), &text, of_user), "", "{text}");
        // It would have been told, were there one.
        for (right, wrong) in [("WatchdogSec=60", "WatchdogSec=x"), ("/loket\"", "/none\""), ("Lock", "Look")] {
            assert!(text.contains(right), "{right}");
            assert_ne!(faults(folder.path(), &text.replace(right, wrong), of_user), "", "{wrong}");
        }
    }
}

#[test]
fn the_unit_leaves_little_open() {
    let (folder, program, home) = stage();
    // What is left open of 10. A unit of a user has no view of the file system of its own, and counts for more.
    let all: &[(Option<u32>, f32)] = if is_root() { &[(None, 3.0), (Some(OTHER), 6.5)] } else { &[(None, 6.5)] };
    for (user, most) in all {
        fs::write(folder.path().join("loket.service"), unit(&program, &home, *user)).expect("it can be written");
        let output = analyze(folder.path(), &["security", "--offline=true", "./loket.service"]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let figure = told.rsplit_once("exposure level for loket.service: ").map(|(_, rest)| rest);
        let figure: f32 =
            figure.and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{told}"));
        assert!(figure <= *most, "{figure}, and it may be {most}: {told}");
    }
}

#[test]
fn where_no_systemd_runs_nothing_is_written() {
    let (_folder, program, home) = stage();
    let config = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(&program);
    // Without the way to a systemd, whether there is one or not.
    command.arg("--home").arg(&home).args(["service", "install"]).env("PATH", "").stdin(Stdio::null());
    command.env("XDG_CONFIG_HOME", config.path());
    let output = command.output().expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("no `systemctl`") && told.contains("nothing was changed") && told.contains("hint: "),
        "{told}"
    );
    assert_eq!(fs::read_dir(config.path()).expect("a folder").count(), 0);
}

#[test]
fn a_home_that_is_not_there_gets_no_unit() {
    let (folder, program, _) = stage();
    let output = service(&program, &folder.path().join("none"), None, &["install", "--print"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("make it first") && output.stdout.is_empty(), "{told}");
}
