//! How a host ends: what runs finishes or is recorded, and after a crash the next start says what was cut off.

use crate::house::lay_out;
use crate::process::{Service, loket, says};
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A home whose turns may take `cpu` seconds, and have `stop` seconds when the host is told to end.
fn home(cpu: u32, stop: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), &format!("[limits]\ncpu_seconds = {cpu}\nseconds = 60\nstop_seconds = {stop}\n"));
    folder
}

/// Begins a call that takes all the processor time that it may; answers once it runs.
fn endless(home: &TempDir) -> JoinHandle<Output> {
    let path = home.path().to_owned();
    let call = std::thread::spawn(move || loket(&path, &["call", "test:hostile/acts", "spin", "{}"]));
    let begun = Instant::now();
    while !says(home.path(), &["--json", "ledger"]).contains("spin") {
        assert!(begun.elapsed() < Duration::from_secs(30), "the call is not in the ledger");
        std::thread::sleep(Duration::from_millis(50));
    }
    call
}

/// How the newest page ends.
fn ending(home: &TempDir) -> String {
    let lines = says(home.path(), &["--json", "ledger"]);
    let lines: serde_json::Value = serde_json::from_str(&lines).expect("JSON");
    let ends = lines.as_array().expect("a list").iter().rev().find(|line| line["kind"] == "end");
    ends.expect("a page has ended")["payload"].as_str().unwrap_or_default().to_owned()
}

#[cfg(unix)]
fn signal(service: &Service, name: &str) {
    let sent = Command::new("kill").args([name, &service.pid().to_string()]).stdin(Stdio::null()).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
#[cfg(unix)]
fn a_turn_that_runs_comes_to_its_end_before_the_host_does() {
    let home = home(2, 30);
    let service = Service::start(home.path());
    let call = endless(&home);
    signal(&service, "-TERM");
    let answer = call.join().expect("no panic");
    let told = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(told.contains("`cpu`"), "it ended at its own limit, and was answered: {told}");
    assert!(service.ended());
    assert!(ending(&home).contains("`cpu`"), "{}", ending(&home));
}

#[test]
#[cfg(unix)]
fn a_turn_that_takes_too_long_is_stopped_and_recorded() {
    let home = home(50, 1);
    let service = Service::start(home.path());
    let call = endless(&home);
    let begun = Instant::now();
    signal(&service, "-TERM");
    assert!(service.ended());
    assert!(begun.elapsed() < Duration::from_secs(20), "it did not wait for the turn's own end");
    assert!(!call.join().expect("no panic").status.success());
    assert_eq!(ending(&home), "stopped: the host was told to end");
}

#[test]
#[cfg(unix)]
fn a_second_signal_ends_it_at_once() {
    let home = home(50, 3600);
    let service = Service::start(home.path());
    let call = endless(&home);
    let begun = Instant::now();
    signal(&service, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    signal(&service, "-TERM");
    assert!(!service.ended(), "it says that not everything had ended");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(!call.join().expect("no panic").status.success());
    let verified = says(home.path(), &["ledger", "--verify"]);
    assert!(verified.starts_with("sound"), "{verified}");
}

#[test]
fn a_turn_that_a_kill_cut_off_is_ended_by_the_next_start_which_says_so() {
    let home = home(50, 1);
    let service = Service::start(home.path());
    let call = endless(&home);
    service.kill();
    assert!(!call.join().expect("no panic").status.success());
    // The hostile fixtures are faults in the doctor's eyes: its exit code says nothing here.
    let doctor = || String::from_utf8_lossy(&loket(home.path(), &["doctor"]).stdout).into_owned();
    let found = doctor();
    assert!(found.contains("1 turn was cut off"), "{found}");
    assert!(ending(&home).starts_with("cut off"), "{}", ending(&home));
    // Once: the start after it has nothing to say.
    let found = doctor();
    assert!(found.contains("ledger") && !found.contains("cut off"), "{found}");
    let ends = says(home.path(), &["--json", "ledger"]).matches("cut off").count();
    assert_eq!(ends, 1);
}

#[test]
fn who_finds_a_home_in_use_is_told_by_whom() {
    let home = home(1, 1);
    let service = Service::start(home.path());
    // Without its announcement nobody can ask it.
    std::fs::remove_file(home.path().join("state/host.json")).expect("it is there");
    let second = loket(home.path(), &["agents"]);
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success());
    assert!(text.contains(&format!("process {}", service.pid())) && text.contains("--home"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn its_supervisor_is_told_when_it_is_ready_alive_and_about_to_end() {
    let home = home(2, 30);
    let path = home.path().join("supervisor");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let hear = || {
        let mut told = [0; 512];
        let length = socket.recv(&mut told).expect("the supervisor is told something");
        String::from_utf8_lossy(&told[..length]).into_owned()
    };
    let service = Service::start_supervised(home.path(), &path, 300_000);
    let first = hear();
    assert!(first.contains("READY=1") && first.contains("STATUS=listens at 127.0.0.1:"), "{first}");
    for _ in 0..3 {
        assert_eq!(hear().trim(), "WATCHDOG=1");
    }
    let call = endless(&home);
    signal(&service, "-TERM");
    while !hear().contains("STOPPING=1") {}
    assert_eq!(hear().trim(), "WATCHDOG=1", "it lives until its turns have ended");
    call.join().expect("no panic");
    assert!(service.ended());
}
