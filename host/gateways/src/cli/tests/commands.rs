//! Each command but the talking ones: what it prints for people, what for programs, and how it ends.

use super::fake::{HIDDEN, PUBLIC_KEY};
use super::run;
use crate::cli::failure::Failure;
use serde_json::Value as Json;

/// The commands whose text a snapshot holds, each under a name.
const SHOWN: &[(&str, &[&str])] = &[
    ("agents", &["agents"]),
    ("packages", &["packages"]),
    ("schedules", &["schedules"]),
    ("schedules-none", &["schedules", "nobody"]),
    ("schedules-run", &["schedules", "run", "assistant", "morning"]),
    ("schedules-run-none", &["schedules", "run", "assistant", "nothing"]),
    ("doctor", &["doctor"]),
    ("inspect", &["inspect", "assistant"]),
    ("inspect-bare", &["inspect", "bare"]),
    ("grants", &["grants"]),
    ("grants-none", &["grants", "nobody"]),
    ("grant", &["grant", "assistant", "loket:calc", "--function", "evaluate", "--per-turn", "3", "--per-day", "9"]),
    ("grant-ask", &["grant", "assistant", "loket:calc", "--ask", "--no-delegation", "--provider", "acme:calc"]),
    ("grant-deny", &["grant", "assistant", "loket:calc", "--deny"]),
    ("revoke", &["revoke", "scout"]),
    ("revoke-none", &["revoke", "nobody", "loket:calc"]),
    ("ledger", &["ledger"]),
    ("ledger-none", &["ledger", "--turn", "none"]),
    ("ledger-follow", &["ledger", "--follow", "--turn", "T2"]),
    ("ledger-verify", &["ledger", "--verify"]),
    ("replay", &["replay", "T1"]),
    ("replay-other", &["replay", "other"]),
    ("replay-without", &["replay", "T1", "--without", "loket:http/client", "--of", "acme:web"]),
    ("call", &["call", "acme:abacus", "add", "[1, 2]"]),
    ("call-text", &["call", "acme:abacus", "text"]),
    ("call-nothing", &["call", "acme:abacus", "nothing"]),
    ("call-err", &["call", "acme:abacus", "fail"]),
    ("call-refused", &["call", "acme:abacus", "refuse"]),
    ("call-no-json", &["call", "acme:abacus", "add", "{a: 1}"]),
    ("call-echo", &["call", "acme:abacus", "echo"]),
    ("models", &["models"]),
    ("models-spend", &["models", "spend"]),
    ("models-spend-agent", &["models", "spend", "--agent", "assistant", "--days", "90"]),
    ("models-spend-none", &["models", "spend", "--days", "1"]),
    ("models-probe", &["models", "--probe"]),
    ("models-probe-port", &["models", "--probe", "--port", "8081"]),
    ("models-probe-none", &["models", "--probe", "--port", "1", "--port", "2"]),
    ("models-add", &["models", "add", "local", "--url", "http://127.0.0.1:11434/v1", "--model", "llama3.2"]),
    ("models-add-grant", &["models", "add", "local", "--url", "http://127.0.0.1:11434/v1", "--grant"]),
    ("models-add-key", &["models", "add", "far", "--url", "https://api.example.org/v1", "--key", "far", "--grant"]),
    ("models-add-again", &["models", "add", "large", "--url", "http://127.0.0.1:1/v1"]),
    ("models-use", &["models", "use", "local"]),
    ("models-use-grant", &["models", "use", "local", "--agent", "scout", "--grant"]),
    ("models-use-offline", &["models", "use", "loket:offline"]),
    ("mcp-list", &["mcp", "list"]),
    ("mcp-show", &["mcp", "show", "files"]),
    ("mcp-show-none", &["mcp", "show", "nothing"]),
    ("mcp-add", &["mcp", "add", "files", "--folder", "/notes", "--", "mcp-server-filesystem", "/notes"]),
    ("mcp-add-far", &["mcp", "add", "far", "https://mcp.example.org/mcp", "--secret", "far"]),
    ("mcp-accept-unasked", &["mcp", "accept", "files"]),
    ("mcp-accept", &["mcp", "accept", "files", "--digest", "ab12"]),
    ("mcp-show-open", &["mcp", "show", "open"]),
    ("mcp-login", &["mcp", "login", "open"]),
    ("mcp-login-refused", &["mcp", "login", "refused"]),
    ("mcp-login-machine", &["mcp", "login", "machine"]),
    ("mcp-logout", &["mcp", "logout", "open"]),
    ("mcp-logout-none", &["mcp", "logout", "files"]),
    ("mcp-remove", &["mcp", "remove", "files"]),
    ("mcp-remove-none", &["mcp", "remove", "nothing"]),
    ("secret-list", &["secret", "list"]),
    ("secret-remove", &["secret", "remove", "github"]),
    ("secret-remove-none", &["secret", "remove", "nothing"]),
    ("secret-set-nothing", &["secret", "set", "github", "--host", "api.github.com"]),
    ("secret-set-hostless", &["secret", "set", "github"]),
    ("token-list", &["token", "list"]),
    ("token-create", &["token", "create", "desktop", "--tools", "loket:calc", "--expires", "30d"]),
    ("token-create-nothing", &["token", "create", "desktop"]),
    ("token-revoke", &["token", "revoke", "desktop"]),
    ("token-revoke-none", &["token", "revoke", "nobody"]),
    ("keys-list", &["keys", "list"]),
    ("keys-trust", &["keys", "trust", "anna", PUBLIC_KEY]),
    ("keys-trust-none", &["keys", "trust", "anna", "no-such-file.pub"]),
    ("keys-revoke", &["keys", "revoke", "anna"]),
    ("keys-remove", &["keys", "remove", "anna"]),
    ("keys-remove-none", &["keys", "remove", "nobody"]),
    ("keys-make-public", &["keys", "make", "anna.pub"]),
    ("guardian-status", &["guardian", "status"]),
    ("guardian-verify", &["guardian", "verify"]),
    ("guardian-verify-key", &["guardian", "verify", "--key", PUBLIC_KEY]),
    ("approvals", &["approvals"]),
    ("approvals-show", &["approvals", "show", "5WXVNQ2B"]),
    ("approvals-show-done", &["approvals", "show", "DONE"]),
    ("approvals-show-none", &["approvals", "show", "none"]),
    ("approvals-yes", &["approvals", "yes", "5WXVNQ2B"]),
    ("approvals-yes-all", &["approvals", "yes", "5WXVNQ2B", "--all", "--always"]),
    ("approvals-yes-args", &["approvals", "yes", "5WXVNQ2B", "--args", "[1]"]),
    ("approvals-show-form", &["approvals", "show", "FORM"]),
    ("approvals-show-page", &["approvals", "show", "PAGE"]),
    ("approvals-yes-set", &["approvals", "yes", "FORM", "--set", "name=Anna", "--set", "age=36"]),
    ("approvals-yes-set-unknown", &["approvals", "yes", "FORM", "--set", "nmae=Anna"]),
    ("approvals-yes-set-plain", &["approvals", "yes", "5WXVNQ2B", "--set", "to=eve"]),
    ("mcp-wit", &["mcp", "wit", "files"]),
    ("approvals-no", &["approvals", "no", "5WXVNQ2B", "--for-this-turn"]),
    ("approve", &["approve", "acme:calc@1.1.0"]),
    ("approve-nothing", &["approve", "acme:nothing@1.0.0"]),
    ("reject", &["reject", "acme:calc@1.1.0"]),
    ("yank", &["yank", "acme:calc@1.2.0"]),
    ("yank-again", &["yank", "acme:yanked@1.2.0"]),
    ("unyank", &["unyank", "acme:yanked@1.2.0"]),
    ("unyank-again", &["unyank", "acme:calc@1.2.0"]),
    ("registry-gc", &["registry", "gc"]),
    ("registry-gc-dry", &["registry", "gc", "--dry-run"]),
    ("publish-none", &["publish", "no-such-file.wasm"]),
    ("backup", &["backup", "/srv/loket.tar.gz"]),
    ("usage-both", &["grant", "a", "b", "--ask", "--deny"]),
    ("usage-unknown", &["frobnicate"]),
];

#[tokio::test]
async fn each_command_prints_for_people() {
    for (name, line) in SHOWN {
        insta::assert_snapshot!(format!("shown-{name}"), run(line, "").await.transcript());
    }
}

#[tokio::test]
async fn nothing_printed_steers_a_terminal_or_is_wider_than_it() {
    for (name, line) in SHOWN {
        for json in [&[] as &[&str], &["--json"]] {
            let run = run(&[line, json].concat(), "").await;
            let steers = |c: char| c.is_control() && c != '\n';
            assert!(!run.printed.contains(steers) && !run.errors.contains(steers), "{name}: {}", run.transcript());
            if json.is_empty() {
                let wide: Vec<_> = run.printed.lines().filter(|line| line.chars().count() > 80).collect();
                assert!(wide.is_empty(), "{name}: {wide:#?}");
            }
        }
    }
}

#[tokio::test]
async fn for_programs_there_is_one_document_and_the_same_exit_code() {
    for (name, line) in SHOWN {
        let shown = run(line, "").await;
        let json = run(&[&["--json"] as &[&str], line].concat(), "").await;
        assert_eq!(shown.code, json.code, "{name}");
        // A login tells what to open before it knows what comes of that: a line each.
        let documents = match name.starts_with("mcp-login") {
            true => json.printed.lines().collect(),
            false => Vec::from_iter((!json.printed.is_empty()).then_some(json.printed.as_str())),
        };
        for document in documents {
            serde_json::from_str::<Json>(document).unwrap_or_else(|error| panic!("{name}: {error}\n{document}"));
        }
        // Wrong usage that the parser finds is told by the program itself: `process.rs` tests that.
        if !json.errors.is_empty() && json.code != 2 {
            let told: Json = serde_json::from_str(&json.errors).expect("JSON");
            assert!(told["error"]["code"].is_string() && told["error"]["message"].is_string(), "{name}: {told}");
        }
    }
}

#[tokio::test]
async fn what_has_no_end_is_one_document_a_line() {
    let run = run(&["ledger", "--follow", "--json"], "").await;
    let seqs: Vec<u64> = run
        .printed
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).expect("JSON")["seq"].as_u64().expect("a number"))
        .collect();
    assert_eq!(seqs, [9, 10, 11]);
}

#[tokio::test]
async fn options_that_exclude_each_other_are_wrong_usage() {
    for line in [
        &["ledger", "--follow", "--verify"] as &[&str],
        &["ledger", "--verify", "--turn", "T"],
        &["ledger", "--follow", "--from", "1"],
        &["models", "--port", "80"],
        &["models", "--probe", "--port", "0"],
        &["models", "--probe", "use", "local"],
        &["models", "spend", "--days", "0"],
        &["models", "spend", "--days", "91"],
        &["ledger", "--limit", "0"],
        &["ledger", "--limit", "1001"],
        &["grant", "assistant"],
        &["brain", "assistant"],
        &["call", "acme:abacus", "add", "7"],
    ] {
        assert_eq!(run(line, "").await.code, 2, "{line:?}");
    }
}

#[tokio::test]
async fn a_secrets_value_is_piped_in_and_never_printed() {
    for (end, name) in [("", "plain"), ("\n", "line"), ("\r\n", "line of another system")] {
        for json in [&[] as &[&str], &["--json"]] {
            let line = [&["secret", "set", "news", "--host", "api.example.org"], json].concat();
            let run = run(&line, &format!("{HIDDEN}{end}")).await;
            assert_eq!(run.code, 0, "{name}: {}", run.transcript());
            assert!(!run.transcript().contains(HIDDEN), "{name}");
        }
    }
    let set = ["secret", "set", "github", "--host", "api.github.com"];
    insta::assert_snapshot!("shown-secret-set-again", run(&set, HIDDEN).await.transcript());
    let replace = [&set[..], &["--replace"]].concat();
    insta::assert_snapshot!("shown-secret-set", run(&replace, HIDDEN).await.transcript());
}

#[tokio::test]
async fn a_secrets_value_is_no_argument() {
    let run = run(&["secret", "set", "news", HIDDEN, "--host", "api.example.org"], "").await;
    assert_eq!(run.code, 2);
}

#[tokio::test]
async fn what_a_host_lets_slip_is_not_printed() {
    let printed = run(&["call", "acme:abacus", "echo", "--json"], "").await.printed;
    assert!(printed.contains("Bearer [secret github]") && !printed.contains(HIDDEN), "{printed}");
}

#[tokio::test]
async fn what_other_machines_can_reach_is_listened_at_only_encrypted() {
    use crate::cli::outside::is_outside;
    for own in ["127.0.0.1:1987", "127.8.0.1:0", "[::1]:80", "[::ffff:127.0.0.1]:1987"] {
        let own = own.parse().expect("an address");
        assert!(
            [false, true].map(|encrypts| is_outside(own, "`--listen`", encrypts)).iter().all(|is| *is == Ok(false))
        );
    }
    for outside in ["0.0.0.0:1987", "192.0.2.1:1987", "[::]:1987", "[2001:db8::1]:80"] {
        is_outside(outside.parse().expect("an address"), "`--listen`", false).expect_err(outside);
        assert_eq!(is_outside(outside.parse().expect("an address"), "`--listen`", true), Ok(true));
    }
    let mut errors = anstream::StripStream::new(Vec::new());
    let refused = is_outside("0.0.0.0:1987".parse().expect("an address"), "`listen` in loket.toml", false);
    Failure::from(refused.expect_err("not loopback")).tell(false, &mut errors).expect("a buffer");
    insta::assert_snapshot!("shown-serve-refused", String::from_utf8(errors.into_inner()).expect("UTF-8"));
}
