//! Units in a folder of the test's, and a `systemctl` that writes down what it is told.

use super::*;
use tempfile::TempDir;

struct Stage {
    folder: TempDir,
    systemd: Systemd,
}

impl Stage {
    fn new(is_user: bool, answers: &str) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("systemctl");
        let script = format!("#!/bin/sh\necho \"$@\" >> '{}'\n{answers}\n", folder.path().join("told").display());
        let text = folder.path().join("systemctl.sh");
        fs::write(&text, script).expect("it can be written");
        // Written by another process: what this one has open for writing may be open in a child of another test still, and is not run then.
        let installed = std::process::Command::new("install").args(["-m", "755"]).args([&text, &program]).status();
        assert!(installed.expect("`install` is there").success());
        fs::create_dir(folder.path().join("home")).expect("a home");
        let systemd = Systemd::at(folder.path().join("units"), &program, is_user);
        Stage { folder, systemd }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home").canonicalize().expect("it is there")
    }

    fn install(&self, args: &InstallArgs) -> Outcome {
        let home = self.home();
        let mut screen = Screen::test(std::io::sink(), false, false);
        self.systemd.install_program(Path::new("/opt/loket"), &home, args, Duration::from_secs(20), &mut screen)
    }

    /// What changes something, of all that was told since the last time.
    fn told(&self) -> Vec<String> {
        let path = self.folder.path().join("told");
        let told = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        let told = told.lines().map(|line| line.replace("--no-pager --no-ask-password ", ""));
        told.filter(|line| !line.contains("show")).collect()
    }
}

fn args(name: &str) -> InstallArgs {
    InstallArgs { name: name.into(), run_as: None, print: false }
}

#[track_caller]
fn why(outcome: Outcome) -> String {
    match outcome {
        Err(Failure::Problem(problem)) => format!("{} / {}", problem.message, problem.hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn installing_writes_enables_and_starts_and_a_second_time_changes_nothing() {
    let stage = Stage::new(true, "");
    stage.install(&args("loket")).expect("it is installed");
    let unit = stage.systemd.path("loket");
    let text = fs::read_to_string(&unit).expect("a unit");
    assert_eq!(home_of(&text).map(PathBuf::from), Some(stage.home()));
    assert_eq!(stage.told(), ["--user daemon-reload", "--user enable loket.service", "--user restart loket.service"]);
    stage.install(&args("loket")).expect("it is there");
    assert_eq!(stage.told().last().map(String::as_str), Some("--user start loket.service"), "what runs goes on");
    // Of an earlier loket.
    fs::write(&unit, text.replace("WatchdogSec=60", "WatchdogSec=50")).expect("it can be written");
    stage.install(&args("loket")).expect("it is updated");
    assert_eq!(fs::read_to_string(&unit).expect("a unit"), text);
    assert_eq!(stage.told().last().map(String::as_str), Some("--user restart loket.service"));
}

#[test]
fn printing_changes_nothing() {
    let stage = Stage::new(true, "exit 1");
    stage.install(&InstallArgs { print: true, ..args("loket") }).expect("it is printed");
    assert!(!stage.systemd.path("loket").exists() && stage.told().is_empty());
}

#[test]
fn where_systemd_is_not_nothing_is_changed_and_it_says_what_to_do() {
    let stage = Stage::new(true, "echo 'no bus' >&2; exit 1");
    let told = why(stage.install(&args("loket")));
    assert!(told.contains("no bus") && told.contains("nothing was changed") && told.contains("--print"), "{told}");
    assert!(!stage.systemd.path("loket").exists());
    let absent = Systemd::at(stage.folder.path().join("units"), &stage.folder.path().join("none"), false);
    let home = stage.home();
    let mut screen = Screen::test(std::io::sink(), false, false);
    let told = why(absent.install_program(Path::new("/opt/loket"), &home, &args("loket"), Duration::ZERO, &mut screen));
    assert!(told.contains("no `systemctl`") && told.contains("supervisor"), "{told}");
}

#[test]
fn what_others_wrote_and_other_homes_units_are_left_alone() {
    let stage = Stage::new(true, "");
    let unit = stage.systemd.path("theirs");
    fs::create_dir_all(&stage.systemd.folder).expect("a folder");
    fs::write(&unit, "[Service]\nExecStart=/bin/true\n").expect("it can be written");
    let mut screen = Screen::test(std::io::sink(), false, false);
    assert!(why(stage.install(&args("theirs"))).contains("was not written by"));
    assert!(why(stage.systemd.uninstall("theirs", &mut screen)).contains("was not written by"));
    assert!(unit.exists());
    stage.install(&args("loket")).expect("it is installed");
    let ours = fs::read_to_string(stage.systemd.path("loket")).expect("a unit");
    let other = ours.replace(stage.home().to_str().expect("a plain path"), "/srv/other");
    fs::write(stage.systemd.path("loket"), &other).expect("it can be written");
    assert!(why(stage.install(&args("loket"))).contains("/srv/other"));
    assert_eq!(fs::read_to_string(stage.systemd.path("loket")).expect("a unit"), other);
    assert!(stage.told().iter().all(|line| !line.contains("theirs")));
}

#[test]
fn uninstalling_stops_and_removes_the_unit_and_leaves_the_home() {
    let stage = Stage::new(true, "");
    fs::write(stage.home().join("mine"), "mine").expect("it can be written");
    stage.install(&args("loket")).expect("it is installed");
    stage.told();
    let mut screen = Screen::test(std::io::sink(), false, false);
    stage.systemd.uninstall("loket", &mut screen).expect("it is removed");
    assert_eq!(stage.told(), ["--user disable --now loket.service", "--user daemon-reload"]);
    assert!(!stage.systemd.path("loket").exists() && stage.home().join("mine").exists());
    assert!(why(stage.systemd.uninstall("loket", &mut screen)).contains("loket service install"));
}

#[test]
fn a_unit_of_the_system_runs_as_whom_the_home_belongs_to() {
    let stage = Stage::new(false, "");
    stage.install(&args("loket")).expect("it is installed");
    let text = fs::read_to_string(stage.systemd.path("loket")).expect("a unit");
    let owner = fs::metadata(stage.home()).expect("it is there").uid();
    assert!(text.contains(&format!("\nUser={owner}\n")), "{text}");
    assert_eq!(stage.told().first().map(String::as_str), Some("daemon-reload"));
    stage.install(&InstallArgs { run_as: Some("loket".into()), ..args("loket") }).expect("it is updated");
    let text = fs::read_to_string(stage.systemd.path("loket")).expect("a unit");
    assert!(text.contains("\nUser=loket\n"), "{text}");
    let user = Stage::new(true, "");
    let told = why(user.install(&InstallArgs { run_as: Some("loket".into()), ..args("loket") }));
    assert!(told.contains("only root"), "{told}");
}

#[tokio::test]
async fn the_status_is_the_units_and_the_services() {
    let stage = Stage::new(true, "case \"$*\" in *ActiveState*) echo active;; *SubState*) echo running;; esac");
    stage.install(&args("loket")).expect("it is installed");
    let printed = tempfile::NamedTempFile::new().expect("a file");
    let mut screen = Screen::test(printed.reopen().expect("it opens"), false, false);
    let outcome = stage.systemd.status(Path::new("/none"), "loket", &mut screen).await;
    assert!(matches!(outcome, Err(Failure::Found)), "the unit runs, and the service does not answer");
    let text = fs::read_to_string(printed.path()).expect("text");
    assert!(text.contains("active (running)") && text.contains("does not answer"), "{text}");
}
