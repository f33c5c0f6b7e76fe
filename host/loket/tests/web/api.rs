//! The API as a program meets that knows nothing but its description: `schemathesis` makes requests of it, right and wrong ones, at a service
//! that is really started, and holds each answer against what the description promises.

use crate::house::built;
use crate::service::{Running, Service};
use loket_gateways::http::routes::described;
use serde_json::Value as Json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is not tried, and why.
const LEFT_OUT: [(&str, &str); 4] = [
    ("/api/v1/chat", "a stream: it goes on while an agent thinks"),
    ("/api/v1/chat/events", "a stream of the same"),
    ("/api/v1/ledger/follow", "a stream: it ends with the host"),
    ("/api/v1/events", "a stream: it ends with the host"),
];

/// What is held against the description. Not whether all that fits a shape is done: a name of nothing fits, and is refused.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,ignored_auth";

/// By when all that is asked is answered; what hangs is ended then.
const MOST_TIME: Duration = Duration::from_secs(20 * 60);

/// Who shows a wrong token, or one that does not do, is a stranger here, and comes again and again.
const MANY_STRANGERS: &str = "[server]\nstrangers_a_minute = 1000000\n";

/// Whom a token is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Owner,
    /// A client, who is refused nearly everywhere: `hooks.py` looks that it is.
    Client,
}

impl Service {
    fn owners_token(&self) -> String {
        let text = std::fs::read_to_string(self.home.path().join("state/token")).expect("there is one");
        text.trim().to_owned()
    }

    /// A token of a client's, which opens `/mcp` alone.
    fn narrow_token(&self) -> String {
        let said = self.says(&["--json", "token", "create", "desktop", "--tools", "loket:calc"]);
        let told: Json = serde_json::from_str(&said).expect("JSON");
        told["secret"].as_str().expect("the token").to_owned()
    }

    /// Everything that the description describes is asked for, so often each; nothing of what came of it is against the description.
    #[track_caller]
    fn holds(&self, holder: Holder, examples: u32) {
        let document = self.home.path().join("openapi.json");
        let text = serde_json::to_vec(&described()).expect("JSON");
        std::fs::write(&document, text).expect("it can be written");
        let (token, checks) = match holder {
            Holder::Owner => (self.owners_token(), CHECKS.to_owned()),
            Holder::Client => (self.narrow_token(), format!("{CHECKS},refused")),
        };
        let mut command = Command::new(schemathesis());
        command.arg("run").arg(document).args(["--url", &format!("http://{}", self.listen)]);
        command.args(["--header", &format!("Authorization: Bearer {token}"), "--checks", &checks]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &examples.to_string()]);
        // What is found once is found again, and everything that there is to find.
        command.args(["--generation-deterministic", "--continue-on-failure"]);
        command.args(["--request-timeout", "40", "--workers", "1", "--no-color", "--warnings", "off"]);
        for (path, _) in LEFT_OUT {
            command.args(["--exclude-path", path]);
        }
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/api");
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", own).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env_remove("LOKET_NARROW");
        if holder == Holder::Client {
            command.env("LOKET_NARROW", "1");
        }
        // Nobody reads along while it runs, so that what it says goes to a file.
        let told = self.home.path().join("told");
        let file = File::create(&told).expect("it can be made");
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("it can be shared")).stderr(file);
        let mut running = Running(command.current_dir(self.home.path()).spawn().expect("schemathesis runs"));
        let begun = Instant::now();
        let status = loop {
            let ended = running.0.try_wait().expect("it can be asked");
            if ended.is_some() || begun.elapsed() >= MOST_TIME {
                break ended;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let told = std::fs::read(&told).unwrap_or_default();
        let told = String::from_utf8_lossy(&told);
        let status = status.unwrap_or_else(|| panic!("it has not ended in {} s: {told}", MOST_TIME.as_secs()));
        assert!(status.success(), "{told}");
        // It did what it was asked for: nearly everything is described and tried.
        assert!(told.contains("No issues found") || told.contains("passed"), "{told}");
    }
}

fn schemathesis() -> PathBuf {
    let environment = built("LOKET_PEERS").join("api/python");
    let program = environment.join(if cfg!(windows) { "Scripts/schemathesis.exe" } else { "bin/schemathesis" });
    assert!(Path::is_file(&program), "`{}` is not there: run `cargo xtask test`", program.display());
    program
}

#[test]
fn whoever_shows_the_owners_token_gets_what_the_description_promises_and_never_a_fault() {
    Service::alone(MANY_STRANGERS).holds(Holder::Owner, 20);
}

#[test]
fn whoever_shows_a_narrow_token_is_refused_as_the_description_says() {
    Service::alone(MANY_STRANGERS).holds(Holder::Client, 2);
}
