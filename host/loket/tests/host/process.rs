//! The program itself, as its owner meets it: started, killed, started again.

use crate::house::{built, lay_out};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const LOKET: &str = env!("CARGO_BIN_EXE_loket");

fn home() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    folder
}

pub(crate) fn loket(home: &Path, arguments: &[&str]) -> Output {
    Command::new(LOKET).arg("--home").arg(home).args(arguments).stdin(Stdio::null()).output().expect("the program runs")
}

#[track_caller]
pub(crate) fn says(home: &Path, arguments: &[&str]) -> String {
    let output = loket(home, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// An address at which nobody listens now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").to_string()
}

/// A running service; killed when the test ends, however it ends.
pub(crate) struct Service(Child);

impl Service {
    pub(crate) fn start(home: &Path) -> Service {
        Service::start_with(home, &["--listen", &free_address()])
    }

    /// Everything that it can note goes into a file, in this form.
    pub(crate) fn start_noting(home: &Path, log: &Path, form: &str) -> Service {
        let log = std::fs::File::create(log).expect("a file");
        let mut command = Command::new(LOKET);
        command.env("LOKET_LOG", "trace").env("LOKET_LOG_FORMAT", form).stderr(log);
        Service::begin(command, home, &["--listen", &free_address()])
    }

    /// Its supervisor listens at this socket, and wants to hear of it so often, in microseconds.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_supervised(home: &Path, socket: &Path, watchdog: u32) -> Service {
        let mut command = Command::new(LOKET);
        command.env("NOTIFY_SOCKET", socket).env("WATCHDOG_USEC", watchdog.to_string()).stderr(Stdio::null());
        Service::begin(command, home, &["--listen", &free_address()])
    }

    fn start_with(home: &Path, options: &[&str]) -> Service {
        let mut command = Command::new(LOKET);
        command.stderr(Stdio::null());
        Service::begin(command, home, options)
    }

    fn begin(mut command: Command, home: &Path, options: &[&str]) -> Service {
        command.arg("--home").arg(home).arg("serve").args(options);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the service starts");
        let service = Service(child);
        let begun = Instant::now();
        while !home.join("state/host.json").is_file() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the service does not say where it listens");
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }

    /// Ends it without a word, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it ends");
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it ends; whether it ended well.
    #[cfg(unix)]
    pub(crate) fn ended(mut self) -> bool {
        self.0.wait().expect("it ends").success()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_was_said_before_a_kill_is_known_after_the_next_start() {
    let home = home();
    let service = Service::start(home.path());
    says(home.path(), &["chat", "assistant", "my server is at 10.0.0.5"]);
    service.kill();
    // What a killed service left behind stops nobody.
    assert!(home.path().join("state/host.json").is_file());
    std::fs::remove_file(home.path().join("state/host.json")).expect("it can be removed");
    let service = Service::start(home.path());
    let answer = says(home.path(), &["chat", "assistant", "where is my server?"]);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    assert!(answer.contains("10.0.0.5") && answer.contains(&today), "{answer}");
    let verified = says(home.path(), &["--json", "ledger", "--verify"]);
    assert!(verified.contains("\"sound\": true") || verified.contains("\"sound\":true"), "{verified}");
    service.kill();
}

#[test]
fn commands_work_alone_as_they_do_through_the_service() {
    let home = home();
    let commands: [&[&str]; 4] = [
        &["--json", "grants"],
        &["--json", "packages"],
        &["--json", "inspect", "assistant"],
        &["call", "loket:calc/arithmetic", "evaluate", "{\"expression\": \"0.1 + 0.2\"}"],
    ];
    let alone: Vec<String> = commands.iter().map(|c| says(home.path(), c)).collect();
    let service = Service::start(home.path());
    let through: Vec<String> = commands.iter().map(|c| says(home.path(), c)).collect();
    assert_eq!(alone, through);
    assert!(alone[3].contains("0.3"), "{}", alone[3]);
    service.kill();
}

#[test]
fn a_second_service_on_a_home_gets_a_clear_word() {
    let home = home();
    let service = Service::start(home.path());
    let second = loket(home.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(text.starts_with("error: ") && text.contains("hint: "), "{text}");
    service.kill();
}

#[test]
fn a_service_listens_where_its_settings_say_unless_it_is_told_otherwise() {
    let (settled, told) = (free_address(), free_address());
    let home = tempfile::tempdir().expect("a temporary folder");
    lay_out(home.path(), &format!("listen = \"{settled}\"\n"));
    for (options, address) in [(&[][..], &settled), (&["--listen", &told], &told)] {
        let service = Service::start_with(home.path(), options);
        let text = std::fs::read_to_string(home.path().join("state/host.json")).expect("it says where it listens");
        assert!(text.contains(&format!("\"{address}\"")), "{options:?}: {text}");
        service.kill();
        std::fs::remove_file(home.path().join("state/host.json")).expect("it can be removed");
    }
}

#[test]
fn a_service_that_others_could_reach_is_refused() {
    let home = tempfile::tempdir().expect("a temporary folder");
    lay_out(home.path(), "listen = \"0.0.0.0:1987\"\n");
    let output = loket(home.path(), &["serve"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("error: `listen` in loket.toml is `0.0.0.0:1987`") && text.contains("hint: "), "{text}");
    assert_eq!(loket(home.path(), &["serve", "--listen", "192.0.2.1:1987"]).status.code(), Some(2));
}

#[test]
fn for_programs_an_error_is_a_document_too() {
    let home = home();
    for (arguments, code) in [(&["inspect", "acme:nothing"][..], "not-found"), (&["frobnicate"], "invalid")] {
        let output = loket(home.path(), &[&["--json"], arguments].concat());
        let told: serde_json::Value = serde_json::from_slice(&output.stderr).expect("JSON, and nothing else");
        assert_eq!(told["error"]["code"], code, "{told}");
        assert!(told["error"]["message"].is_string() && told["error"]["hint"].is_string(), "{told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_pipe_is_a_conversation() {
    let home = home();
    let mut child = Command::new(LOKET)
        .arg("--home")
        .arg(home.path())
        .arg("chat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(b"the door code is 4711\nwhat is the door code?\n").expect("it reads");
    drop(input);
    let lines: Vec<String> =
        BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok).collect();
    assert!(child.wait().expect("it ends").success());
    assert!(lines.iter().filter(|l| l.contains("4711")).count() >= 2, "{lines:?}");
}

#[test]
fn bad_input_gets_an_error_that_says_what_to_do() {
    let home = home();
    for (arguments, code, word) in [
        (&["chat", "nobody", "hi"][..], 1, "nobody"),
        (&["inspect", "acme:nothing"], 1, "acme:nothing"),
        (&["grant", "assistant", "acme:nothing/here"], 1, "acme:nothing/here"),
        (&["grant", "nobody", "loket:calc"], 1, "nobody"),
        (&["call", "loket:calc/arithmetic", "evaluate", "{not json"], 2, "JSON"),
        (&["ledger", "--turn", "x"], 1, "`x`"),
        (&["brain", "assistant", "show", "x"], 1, "x"),
        (&["frobnicate"], 2, "frobnicate"),
    ] {
        let output = loket(home.path(), arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.starts_with("error: ") && text.contains(word), "{arguments:?}: {text}");
    }
}

#[test]
#[cfg(unix)]
fn a_service_that_is_asked_to_end_ends_cleanly() {
    let home = home();
    let mut service = Service::start(home.path());
    says(home.path(), &["chat", "assistant", "my server is at 10.0.0.5"]);
    let asked = Command::new("kill").arg(service.0.id().to_string()).status().expect("kill runs");
    assert!(asked.success());
    assert!(service.0.wait().expect("it ends").success());
    assert!(!home.path().join("state/host.json").exists(), "it no longer says that it listens");
    let verified = says(home.path(), &["ledger", "--verify"]);
    assert!(verified.starts_with("sound"), "{verified}");
}

/// Runs a command with the usual mask, under which a file that nobody cared for can be read by everyone.
#[cfg(unix)]
fn with_the_usual_mask(home: &Path, arguments: &[&str]) {
    let script = "umask 022; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", LOKET, "--home"]).arg(home).args(arguments).stdin(Stdio::null());
    let output = command.output().expect("a shell runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[cfg(unix)]
fn what_is_private_is_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| {
        let about = std::fs::metadata(path).unwrap_or_else(|e| panic!("`{}`: {e}", path.display()));
        format!("{:o}", about.permissions().mode() & 0o777)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fresh = folder.path().join("home");
    with_the_usual_mask(&fresh, &["agents"]);
    for made in ["", "agents", "state"] {
        assert_eq!(mode(&fresh.join(made)), "700", "`{made}`");
    }
    let home = home();
    // A brain's folder from before it was made so is closed, too.
    let brain = home.path().join("agents/assistant/brain");
    std::fs::create_dir(&brain).expect("it can be made");
    std::fs::set_permissions(&brain, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    with_the_usual_mask(home.path(), &["chat", "assistant", "the door code is 4711"]);
    assert_eq!(mode(&brain), "700");
    for file in ["agents/assistant/brain/brain.redb", "state/ledger.redb", "state/grants.json", "state/admitted.json"] {
        assert_eq!(mode(&home.path().join(file)), "600", "`{file}`");
    }
}

#[test]
fn a_file_is_inspected_before_the_registry_has_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("my_invoice.wasm");
    std::fs::copy(built("LOKET_FIXTURES").join("acme/invoice/1.0.0.wasm"), &file).expect("it can be copied");
    std::fs::write(folder.path().join("words.wasm"), "no component").expect("it can be written");
    let home = folder.path().join("home");
    // As it is named where it lies, whichever folder the service runs in.
    let look = |name: &str| {
        let mut command = Command::new(LOKET);
        command.current_dir(folder.path()).arg("--home").arg(&home).args(["inspect", name]).stdin(Stdio::null());
        command.output().expect("the program runs")
    };
    let alone = look("./my_invoice.wasm");
    let text = String::from_utf8_lossy(&alone.stdout).into_owned();
    assert!(text.lines().next().is_some_and(|line| line.ends_with("my_invoice.wasm  tool  not admitted")), "{text}");
    for part in ["acme:calc/math@1.0.0  missing", "total: func(", "nothing but compute", "`local:my-invoice`"] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    let service = Service::start(&home);
    assert_eq!(look("my_invoice.wasm").stdout, alone.stdout);
    for (name, why) in [("words.wasm", "not a component"), ("none.wasm", "cannot be read"), (".wasm", "cannot be read")]
    {
        let output = look(name);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(why) && text.contains("hint: "), "{name}: {text}");
    }
    service.kill();
}

#[test]
fn what_a_component_prints_is_in_the_log_and_nowhere_else() {
    let home = home();
    let mut command = Command::new(LOKET);
    command.env("LOKET_LOG", "info").arg("--home").arg(home.path());
    command.args(["call", "test:wasi-reach/acts", "print", "[\"tea is ready\\u001b[2J\\nso is milk\"]"]);
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !out.contains("tea"), "{out}{log}");
    let printed: Vec<&str> = log.lines().filter(|line| line.contains("loket.guest.print")).collect();
    assert_eq!(printed.len(), 4, "{log}");
    for (line, parts) in printed.iter().zip([
        ["package:test:wasi-reach", "stdout", "tea is ready"],
        ["package:test:wasi-reach", "stdout", "so is milk"],
        ["package:test:wasi-reach", "stderr", "to the other stream"],
        ["package:test:wasi-reach", "stderr", "so is milk"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)) && !line.contains('\x1b'), "{line}");
    }
}
