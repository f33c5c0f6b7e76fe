//! What a command may not reach, whatever it tries; and what is done where nothing can confine it.

use super::{Ground, TOOL};
use loket_gateways::desk::Desk as _;
use loket_providers::run::launcher::Launcher;
use serde_json::json;
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_reads_neither_the_home_nor_anything_that_was_not_granted() {
    if !confines() {
        return;
    }
    let ground = Ground::new().await;
    ground.grant(&["cat", "sh"], "").await;
    let home = ground.house.folder.path();
    let secret = ground.folder.path().join("secret.txt");
    for path in [
        secret.clone(),
        home.join("loket.toml"),
        home.join("state/grants.json"),
        home.join("agents/assistant/agent.toml"),
        "/etc/passwd".into(),
        "/proc/self/environ".into(),
        "/proc/1/environ".into(),
    ] {
        assert!(path.exists(), "{}", path.display());
        let outcome = ground.run("cat", &[path.to_str().expect("UTF-8")]).await.expect("it runs");
        assert_eq!(
            (&outcome["stdout"], &outcome["ending"]),
            (&json!(""), &json!({ "exited": 1 })),
            "{}",
            path.display()
        );
        assert!(outcome["stderr"].as_str().is_some_and(|said| said.contains("ermission denied")), "{outcome}");
    }
    for (line, word) in [
        (format!("ls {}", home.display()), "ermission denied"),
        (format!("ls {}", ground.folder.path().display()), "ermission denied"),
        (format!("echo x > {}", ground.folder.path().join("made").display()), "ermission denied"),
        (format!("cd {} && cat secret.txt", ground.folder.path().display()), "ermission denied"),
        ("echo x > /usr/made || echo x > /tmp/made-by-a-command".to_owned(), "ermission denied"),
        (format!("cat ../secret.txt; cat {}/../secret.txt", ground.work().display()), "ermission denied"),
    ] {
        let (told, ending) = ground.shell(&line).await;
        assert!(told.contains(word) && !told.contains("noon") && ending != json!({ "exited": 0 }), "`{line}`: {told}");
    }
    assert!(!ground.folder.path().join("made").exists() && !Path::new("/tmp/made-by-a-command").exists());
    assert_eq!(fs::read_to_string(&secret).expect("it is there"), "the vault opens at noon\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_out_of_the_folder() {
    if !confines() {
        return;
    }
    let ground = Ground::new().await;
    ground.grant(&["cat", "sh"], "").await;
    std::os::unix::fs::symlink(ground.folder.path().join("secret.txt"), ground.work().join("link")).expect("a link");
    std::os::unix::fs::symlink(ground.folder.path(), ground.work().join("up")).expect("a link");
    for line in [
        "cat link",
        "cat up/secret.txt",
        "ln -s ../secret.txt own && cat own",
        "ln ../secret.txt hard && cat hard",
        "mv ../secret.txt .",
    ] {
        let (told, ending) = ground.shell(line).await;
        assert!(!told.contains("noon") && ending != json!({ "exited": 0 }), "`{line}`: {told}");
    }
    let why = ground
        .run_with(json!({ "program": "cat", "arguments": [], "folder": "work/up" }))
        .await
        .expect_err("it leads out");
    assert!(why.contains("leads out of the granted folder"), "{why}");
    assert!(ground.folder.path().join("secret.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_only_be_read_is_not_changed() {
    if !confines() {
        return;
    }
    let ground = Ground::new().await;
    ground.grant(&["sh"], ":ro").await;
    for line in [
        "echo x > plan.md",
        "echo x > new",
        "rm plan.md",
        "mkdir new",
        "mv plan.md other",
        "chmod 000 deep; rmdir deep",
    ] {
        let (told, ending) = ground.shell(line).await;
        assert_ne!(ending, json!({ "exited": 0 }), "`{line}`: {told}");
    }
    let (told, _) = ground.shell("cat plan.md; ls").await;
    assert_eq!(told, "oak\ndeep\nplan.md\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_network_and_no_socket_of_this_machine_unless_the_owner_allows_the_first() {
    if !confines() {
        return;
    }
    let ground = Ground::new().await;
    ground.grant(&["sh", "wide"], "").await;
    let server = crate::servers::Server::showing("hello");
    let python = "/usr/bin/python3";
    if !Path::new(python).exists() {
        eprintln!("there is no `{python}` here to open sockets with");
        return;
    }
    let open = |family: &str, rest: &str| {
        format!("{python} -c 'import socket; s = socket.socket(socket.{family}, {rest}); print(\"open\")'")
    };
    let connect = format!(
        "{python} -c 'import socket; socket.create_connection((\"127.0.0.1\", {})); print(\"open\")'",
        server.port()
    );
    for line in [
        open("AF_INET", "socket.SOCK_STREAM"),
        open("AF_INET6", "socket.SOCK_DGRAM"),
        open("AF_UNIX", "socket.SOCK_STREAM"),
        connect.clone(),
    ] {
        let (told, _) = ground.shell(&line).await;
        assert!(told.contains("PermissionError") && !told.contains("open\n"), "`{line}`: {told}");
    }
    assert_eq!(server.connections(), 0);
    let wide = async |line: &str| {
        ground.run("wide", &[line]).await.expect("it runs")["stdout"].as_str().expect("text").to_owned()
    };
    assert_eq!(wide(&connect).await, "open\n");
    assert_eq!(wide(&open("AF_UNIX", "socket.SOCK_STREAM")).await, "", "the session's services are no network");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_gains_no_privileges_and_has_no_terminal_and_no_open_files_of_the_host() {
    if !confines() {
        return;
    }
    let ground = Ground::new().await;
    ground.grant(&["sh"], "").await;
    let (told, _) = ground.shell("for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ( : <&$n ) 2>/dev/null && echo open $n; done; echo x > /dev/tty").await;
    assert!(!told.contains("open "), "{told}");
    let (told, _) = ground.shell("kill -9 $PPID; echo $?").await;
    assert!(told.contains('1') || told.contains("not permitted"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_confine_a_command_it_does_not_run_unless_it_is_trusted_fully_and_everybody_says_so() {
    let ground = Ground::with(Launcher::of(env!("CARGO_BIN_EXE_loket")).without_confinement()).await;
    let refused = ground.house.host.grant(ground.request(&["cat"], "")).await.expect_err("it cannot be confined");
    assert!(
        refused.message.contains("trust = \"full\"") && refused.message.contains("all that the host's own user may"),
        "{refused:?}"
    );
    let granted = ground.grant(&["trusted"], "").await;
    assert_eq!(
        granted.terms.get("trust").map(Vec::as_slice),
        Some(&["full".to_owned()][..]),
        "the grant's answer says so"
    );
    let inspection = ground.house.host.inspect(TOOL).await.expect("it is there");
    assert!(inspection.imports.iter().any(|import| import.terms.contains("trust full")), "{:?}", inspection.imports);
    let checks = ground.house.host.doctor().await.expect("it looks");
    let state = |name: &str| {
        checks.iter().find(|check| check.name == name).map(|check| (check.state.clone(), check.detail.clone()))
    };
    assert!(state("command trusted").is_some_and(|(state, told)| state == "warning" && told.contains("*full trust*")));
    assert!(state("command cat").is_some_and(|(state, told)| state == "warning" && told.contains("is not run")));

    let secret = ground.folder.path().join("secret.txt");
    let outcome = ground.run("trusted", &[secret.to_str().expect("UTF-8")]).await.expect("it is trusted");
    assert_eq!(outcome["stdout"], "the vault opens at noon\n", "nothing confines it");
    // Granted where it could be confined, and the kernel is another now.
    ground.house.host.launch.set(Launcher::of(env!("CARGO_BIN_EXE_loket")));
    if confines() {
        ground.grant(&["cat", "trusted"], "").await;
        let outcome = ground.run("trusted", &[secret.to_str().expect("UTF-8")]).await.expect("it runs");
        assert_eq!(outcome["stdout"], "", "what can be confined is, however far it is trusted");
    }
    ground.house.host.launch.set(Launcher::of(env!("CARGO_BIN_EXE_loket")).without_confinement());
    let why = ground.run("cat", &["plan.md"]).await.expect_err("it cannot be confined any more");
    assert!(why.contains("cannot confine it"), "{why}");
}

/// Whether this system can confine; where it cannot, what is said of that is tested by others here.
fn confines() -> bool {
    let can = Launcher::of("/bin/true").confines();
    if !can {
        eprintln!("this kernel cannot confine: what it would forbid is not tested here");
    }
    can
}
