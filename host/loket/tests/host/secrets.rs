//! A secret goes where it is for, and nowhere else: not into a component's memory, a ledger, a log, a brain, a child.

use crate::house::lay_out;
use crate::process::{Service, loket, says};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

const VALUE: &str = "tk_5eC-r3t.0f-7HE~owner";

/// A server that says back all that it hears: plainly, in base 64, in its headers. Answers with what it heard.
fn parrot() -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = Arc::new(Mutex::new(String::new()));
    let hears = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut bytes = [0; 8192];
            let read = stream.read(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let key = text.lines().find_map(|line| line.strip_prefix("x-key: ")).unwrap_or("none").to_owned();
            let body = format!("{text}{}\n{key}the end here", STANDARD.encode(format!("user:{key}")));
            let head = format!("HTTP/1.1 200 OK\r\nx-key: {key}\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
            hears.lock().expect("nobody panics with it").push_str(&text);
        }
    });
    (address, heard)
}

/// Whether the value is anywhere in these bytes, plainly or in base 64.
fn has(bytes: &[u8]) -> bool {
    let encoded = STANDARD.encode(VALUE);
    let forms = [VALUE.as_bytes(), &encoded.as_bytes()[..encoded.len() - 4]];
    forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == *form))
}

/// The files below a folder that have the value in them.
fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(leaks(&path)),
            false if has(&fs::read(&path).unwrap_or_default()) => found.push(path.display().to_string()),
            false => {}
        }
    }
    found
}

fn set(home: &Path, host: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loket"))
        .arg("--home")
        .arg(home)
        .args(["secret", "set", "token", "--host", host])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("it is piped").write_all(VALUE.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && !has(&output.stdout) && !has(&output.stderr), "{output:?}");
}

fn present(home: &Path, address: SocketAddr, piece: usize) -> std::process::Output {
    let masked: Vec<u8> = VALUE.bytes().map(|byte| byte + 1).collect();
    let arguments =
        serde_json::json!([format!("http://{address}/"), "token", piece, STANDARD.encode(masked)]).to_string();
    loket(home, &["--json", "call", "test:bearer/acts", "present", &arguments])
}

#[test]
fn a_secret_reaches_its_host_and_is_nowhere_else() {
    live("text");
}

#[test]
fn a_secret_is_not_in_a_log_of_objects() {
    for line in live("json").lines() {
        let note: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:.300}"));
        assert!(note["time"].is_string() && note["level"].is_string() && note["message"].is_string(), "{note}");
    }
}

#[test]
fn a_secret_is_not_in_a_log_for_the_journal() {
    let log = live("journal");
    let has_priority = |line: &str| ["<3>", "<4>", "<6>", "<7>"].iter().any(|priority| line.starts_with(priority));
    assert!(log.lines().all(has_priority), "{log:.2000}");
}

/// A home with a secret that is used, refused and let slip, while all is noted in this form; the log.
fn live(form: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("a folder");
    lay_out(&home, "[secrets]\nkey = \"file\"\n");
    let log = folder.path().join("log");
    let service = Service::start_noting(&home, &log, form);
    let (address, heard) = parrot();
    let host = address.to_string();
    set(&home, &host);
    says(&home, &["grant", "test:bearer", "loket:secrets/secrets", "--secret", "token"]);

    // Granted the host, and not the secret: nothing is sent.
    says(&home, &["grant", "test:bearer", "loket:http/client", "--host", &host]);
    let refused = present(&home, address, 64);
    let told = String::from_utf8_lossy(&refused.stdout).into_owned() + &String::from_utf8_lossy(&refused.stderr);
    assert!(heard.lock().expect("nobody panics with it").is_empty() && told.contains("token"), "{told}");
    says(&home, &["revoke", "test:bearer", "loket:http/client"]);

    says(&home, &["grant", "test:bearer", "loket:http/client", "--host", &host, "--secret", "token"]);
    for piece in [1_000_000, 7] {
        let output = present(&home, address, piece);
        assert!(output.status.success(), "{output:?}");
        assert!(!has(&output.stdout) && !has(&output.stderr), "what is answered, in pieces of {piece} bytes");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = &answer["ok"];
        assert_eq!(found["found"], 0, "the component's memory, in pieces of {piece} bytes: {found}");
        assert!(found["marks"].as_u64() >= Some(1) && found["searched"].as_u64() > Some(65_536), "{found}");
        assert!(found["heard"].as_str().is_some_and(|heard| heard.contains("[secret token]")), "{found}");
    }
    assert!(has(heard.lock().expect("nobody panics with it").as_bytes()), "its host has received it");

    // The owner lets it slip.
    says(&home, &["chat", "assistant", &format!("my token is {VALUE}, remember that")]);
    says(&home, &["chat", "assistant", "what is my token?"]);
    for arguments in [
        &["secret", "list"][..],
        &["--json", "ledger", "--limit", "1000"],
        &["doctor"],
        &["brain", "list", "assistant"],
    ] {
        let output = loket(&home, arguments);
        assert!(!has(&output.stdout) && !has(&output.stderr), "{arguments:?}");
    }
    #[cfg(target_os = "linux")]
    for process in family(service.pid()) {
        for what in ["environ", "cmdline"] {
            let bytes = fs::read(format!("/proc/{process}/{what}")).unwrap_or_default();
            assert!(!has(&bytes), "{what} of {process}");
        }
    }
    assert_eq!(leaks(&home), Vec::<String>::new(), "on disk while it runs");
    service.kill();
    assert_eq!(leaks(folder.path()), Vec::<String>::new(), "on disk and in the log, once it has ended");
    let noted = fs::read_to_string(&log).expect("a log");
    assert!(noted.len() > 10_000, "the log tells all that it can: {} bytes", noted.len());
    noted
}

/// A process and its children.
#[cfg(target_os = "linux")]
fn family(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux has it").flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |process: &u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok()) == Some(parent)
    };
    std::iter::once(parent).chain(processes.filter(is_child)).collect()
}
