//! Commands of the machine, with real programs: what is listed, granted and allowed runs, confined by the kernel; nothing else does.

use crate::house::{House, lay_out};
use loket_gateways::desk::{Desk as _, GrantRequest};
use loket_providers::run::launcher::Launcher;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TOOL: &str = "loket:runner";
const RUN: &str = "loket:run/commands";

/// What the owner of these tests listed.
const LISTED: &str = r#"
[run.echo]
program = "/usr/bin/printf"
args = ["%s|"]
allow = ["(?s).*"]

[run.cat]
program = "/bin/cat"
allow = ["[^-].*"]

[run.sh]
program = "/bin/sh"
args = ["-c"]
allow = ["(?s).*"]
seconds = 20
output_kib = 8
memory_mib = 128

[run.short]
program = "/bin/sh"
args = ["-c"]
allow = ["(?s).*"]
seconds = 4

[run.trusted]
program = "/bin/cat"
allow = [".*"]
trust = "full"

[run.env]
program = "/usr/bin/env"

[run.named-env]
program = "/usr/bin/env"
env = { GREETING = "hello there" }

[run.wide]
program = "/bin/sh"
args = ["-c"]
allow = ["(?s).*"]
network = "allow"
"#;

/// A house with these commands, and a folder `work` beside a secret.
struct Ground {
    house: House,
    folder: TempDir,
}

impl Ground {
    async fn new() -> Ground {
        Ground::with(Launcher::of(env!("CARGO_BIN_EXE_loket"))).await
    }

    async fn with(launcher: Launcher) -> Ground {
        let home = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        lay_out(home.path(), LISTED);
        let house = House::open(home).await;
        house.host.launch.set(launcher);
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("work/deep")).expect("a folder");
        fs::write(folder.path().join("work/plan.md"), "oak\n").expect("a file");
        fs::write(folder.path().join("secret.txt"), "the vault opens at noon\n").expect("a file");
        Ground { house, folder }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work").canonicalize().expect("it is there")
    }

    /// Grants the tool these commands, in the folder `work`; `access` may be `:ro`.
    async fn grant(&self, commands: &[&str], access: &str) -> loket_gateways::desk::GrantInfo {
        self.house.grant_as(self.request(commands, access)).await
    }

    fn request(&self, commands: &[&str], access: &str) -> GrantRequest {
        let folder = format!("{}{access}", self.work().display());
        let commands = commands.iter().map(|command| (*command).to_owned()).collect();
        let terms = [("command".to_owned(), commands), ("folder".to_owned(), vec![folder])].into();
        GrantRequest { grantee: TOOL.into(), capability: RUN.into(), terms, ..GrantRequest::default() }
    }

    /// Runs a program through the tool, by its name.
    async fn run(&self, program: &str, arguments: &[&str]) -> Result<Json, String> {
        self.run_with(json!({ "program": program, "arguments": arguments })).await
    }

    async fn run_with(&self, arguments: Json) -> Result<Json, String> {
        self.house.tool("runner_run", &arguments).await.map(|answer| answer["ok"].clone())
    }

    /// What a line for the shell writes, and how it ends.
    async fn shell(&self, line: &str) -> (String, Json) {
        let outcome = self.run("sh", &[line]).await.unwrap_or_else(|why| panic!("`{line}`: {why}"));
        let text = |key: &str| outcome[key].as_str().expect("text").to_owned();
        (text("stdout") + &text("stderr"), outcome["ending"].clone())
    }

    /// How often a call reached the provider.
    async fn reached(&self) -> usize {
        self.house.lines(RUN, "run").await.iter().filter(|line| line.kind == "outcome").count()
    }
}

/// Whether a process of this number is there and alive.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn wait_for(what: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_granted_runs_and_one_that_is_not_is_refused() {
    let ground = Ground::new().await;
    let state = ground.house.state(TOOL).await;
    assert!(state.contains("loket grant loket:runner loket:run/commands"), "nothing is granted by default: {state}");
    ground.grant(&["cat"], ":ro").await;
    assert_eq!(ground.house.state(TOOL).await, "ready");
    let outcome = ground.run("cat", &["plan.md"]).await.expect("granted works");
    assert_eq!(outcome, json!({ "ending": { "exited": 0 }, "stdout": "oak\n", "stderr": "" }));
    let kinds: Vec<_> = ground.house.lines(RUN, "run").await.into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["intent", "outcome"], "what it does outside is in the ledger before");

    let why = ground.run("sh", &["echo hello"]).await.expect_err("it is listed and not granted");
    assert!(why.contains("loket grant loket:runner loket:run/commands --term command=sh"), "{why}");
    let why = ground.run("rm", &["plan.md"]).await.expect_err("it is not listed");
    assert!(why.contains("listed no command `rm`; granted are `cat`"), "{why}");
    let why = ground.run("/bin/cat", &["plan.md"]).await.expect_err("a path is no name");
    assert!(why.contains("listed no command"), "{why}");
    assert_eq!(ground.reached().await, 1);

    ground.house.revoke(TOOL, RUN).await;
    let why = ground.run("cat", &["plan.md"]).await.expect_err("it was taken back");
    assert!(why.contains("denied"), "{why}");
    assert_eq!(ground.reached().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_runs_what_was_granted_to_it_and_to_the_tool_both() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "echo"], ":ro").await;
    let ask = async || {
        ground
            .house
            .say("assistant", r#"/runner_run {"program":"cat","arguments":["plan.md"]}"#)
            .await
            .expect("it answers")
            .text
    };
    let told = ask().await;
    assert!(!told.contains("oak") && ground.reached().await == 0, "the tool was not granted to the agent: {told}");
    let narrowed = GrantRequest {
        grantee: "assistant".into(),
        capability: TOOL.into(),
        terms: [("command".to_owned(), vec!["echo".to_owned()])].into(),
        ..GrantRequest::default()
    };
    ground.house.grant_as(narrowed).await;
    let told = ask().await;
    assert!(!told.contains("oak") && ground.reached().await == 0, "only another command was passed on: {told}");
    ground.house.grant("assistant", TOOL).await;
    let told = ask().await;
    assert!(told.contains("oak") && ground.reached().await == 1, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_mean_what_they_say_and_nothing_reads_them_before_the_program() {
    let ground = Ground::new().await;
    ground.grant(&["echo", "cat"], "").await;
    let odd = [
        "a; touch owned",
        "$(touch owned)",
        "`touch owned`",
        "line\nbreak",
        "*",
        "",
        "'\"\\",
        "| tee owned",
        "-n",
        "größe",
    ];
    let outcome = ground.run("echo", &odd).await.expect("they are allowed");
    assert_eq!(outcome["stdout"], format!("{}|", odd.join("|")));
    assert!(!ground.work().join("owned").exists());
    let why = ground.run("echo", &["a\0b"]).await.expect_err("no program can be given that");
    assert!(why.contains("a\\\\0b") || why.contains("a\\0b"), "{why}");
    // Only what the owner allowed, each argument as a whole.
    let why = ground.run("cat", &["plan.md", "--show-all"]).await.expect_err("it is not allowed");
    assert!(why.contains("no argument `--show-all` of `cat`") && why.contains("`[^-].*`"), "{why}");
    let why = ground.run("cat", &["plan\n.md"]).await.expect_err("a line break is not allowed");
    assert!(why.contains("no argument"), "{why}");
    let many = vec!["a"; 101];
    assert!(ground.run("echo", &many).await.expect_err("too many").contains("100 are the most"));
    let long = "a".repeat(70_000);
    assert!(ground.run("echo", &[&long]).await.expect_err("too long").contains("65536 are the most"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_reads_its_input_and_works_where_it_is_told_to() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "sh"], "").await;
    let text = "größe\n".repeat(50_000);
    let outcome =
        ground.run_with(json!({ "program": "sh", "arguments": ["wc -c"], "input": text })).await.expect("it reads");
    assert_eq!(outcome["stdout"].as_str().map(str::trim), Some(&*text.len().to_string()));
    let (told, _) = ground.shell("cat; pwd").await;
    assert_eq!(told, format!("{}\n", ground.work().display()), "without input there is none");
    let outcome = ground
        .run_with(json!({ "program": "sh", "arguments": ["pwd; touch made; exit 7"], "folder": "work/deep" }))
        .await
        .expect("it runs");
    assert_eq!(
        (&outcome["stdout"], &outcome["ending"]),
        (&json!(format!("{}/deep\n", ground.work().display())), &json!({ "exited": 7 }))
    );
    assert!(ground.work().join("deep/made").exists(), "what may be changed can be");
    for (folder, word) in [
        ("elsewhere", "is in no granted folder; there are `work`"),
        ("work/none", "is no folder"),
        ("work/../..", "leads out"),
    ] {
        let why =
            ground.run_with(json!({ "program": "cat", "arguments": [], "folder": folder })).await.expect_err(folder);
        assert!(why.contains(word), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_no_environment_but_what_the_owner_wrote() {
    let ground = Ground::new().await;
    ground.grant(&["env", "named-env"], "").await;
    assert_eq!(ground.run("env", &[]).await.expect("it runs")["stdout"], "");
    assert_eq!(ground.run("named-env", &[]).await.expect("it runs")["stdout"], "GREETING=hello there\n");
    let why = ground.run("env", &["x"]).await.expect_err("it takes none");
    assert!(why.contains("it takes none"), "{why}");
}

/// Whether this system can confine; where it cannot, what is said of that is tested by others here.
fn confines() -> bool {
    let can = Launcher::of("/bin/true").confines();
    if !can {
        eprintln!("this kernel cannot confine: what it would forbid is not tested here");
    }
    can
}

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
async fn a_flood_is_kept_to_the_bound_and_the_time_ends_it() {
    let ground = Ground::new().await;
    ground.grant(&["sh", "short"], "").await;
    let (told, _) = ground.shell("i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done").await;
    assert!(told.contains("[24808 bytes that came after this are lost"), "{told}");
    let begun = Instant::now();
    let outcome = ground.run("short", &["while :; do echo flood; echo flood >&2; done"]).await.expect("it runs");
    assert_eq!(outcome["ending"], "timed-out");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let long = |key: &str| outcome[key].as_str().map_or(0, str::len);
    assert!(
        long("stdout") > 1_000 && long("stdout") < 70_000 && long("stderr") < 70_000,
        "{} {}",
        long("stdout"),
        long("stderr")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_command_started_ends_with_it() {
    let ground = Ground::new().await;
    ground.grant(&["sh", "short"], "").await;
    // Its child, a grandchild in a session of its own whose parent is gone, and one that ignores to be asked.
    let line = "sleep 300 & echo $! > child; ( setsid sh -c 'echo $$ > orphan; exec sleep 300' & ); \
                sh -c 'trap \"\" TERM HUP INT; echo $$ > deaf; while :; do sleep 1; done' & \
                while [ ! -s orphan ] || [ ! -s deaf ]; do :; done; ";
    let pids = || {
        ["child", "orphan", "deaf"].map(|name| fs::read_to_string(ground.work().join(name)).expect("it was written"))
    };
    let begun = Instant::now();
    let outcome = ground.run("sh", &[line]).await.expect("it runs");
    assert_eq!(outcome["ending"], json!({ "exited": 0 }), "{outcome}");
    assert!(begun.elapsed() < Duration::from_secs(15), "nobody waits for what is left behind");
    assert!(pids().iter().all(|pid| !is_alive(pid)), "{:?}", pids());
    for name in ["child", "orphan", "deaf"] {
        fs::remove_file(ground.work().join(name)).expect("it is there");
    }
    let outcome = ground.run("short", &[&format!("{line} sleep 300")]).await.expect("it runs");
    assert_eq!(outcome["ending"], "timed-out");
    assert!(pids().iter().all(|pid| !is_alive(pid)), "{:?}", pids());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_when_its_grant_is_taken_back() {
    let ground = Arc::new(Ground::new().await);
    ground.grant(&["sh"], "").await;
    let pid = ground.work().join("pid");
    let running = tokio::spawn({
        let ground = ground.clone();
        async move { ground.run("sh", &["echo $$ > pid; exec sleep 300"]).await }
    });
    assert!(wait_for(|| fs::read_to_string(&pid).is_ok_and(|pid| !pid.trim().is_empty())));
    let process = fs::read_to_string(&pid).expect("it was written");
    assert!(is_alive(&process));
    ground.house.revoke(TOOL, RUN).await;
    let why = tokio::time::timeout(Duration::from_secs(10), running)
        .await
        .expect("it ends")
        .expect("no panic")
        .expect_err("it was taken back");
    assert!(why.contains("denied"), "{why}");
    assert!(!is_alive(&process), "it is gone when the answer is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_with_its_turn() {
    let ground = Arc::new(Ground::new().await);
    ground.grant(&["sh"], "").await;
    ground.house.grant("assistant", TOOL).await;
    let pid = ground.work().join("pid");
    let turn = tokio::spawn({
        let ground = ground.clone();
        let line = json!({ "program": "sh", "arguments": ["echo $$ > pid; exec sleep 300"] });
        async move { ground.house.say("assistant", &format!("/runner_run {line}")).await }
    });
    assert!(wait_for(|| fs::read_to_string(&pid).is_ok_and(|pid| !pid.trim().is_empty())));
    let process = fs::read_to_string(&pid).expect("it was written");
    assert!(is_alive(&process));
    ground.house.host.close().await;
    let _ = tokio::time::timeout(Duration::from_secs(10), turn).await.expect("the turn ends");
    assert!(wait_for(|| !is_alive(&process)), "the command goes on without its turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_starts_too_many_and_one_that_takes_too_much_end_themselves_alone() {
    let ground = Ground::new().await;
    ground.grant(&["sh"], "").await;
    let (_, ending) = ground.shell("i=0; while [ $i -lt 300 ]; do sleep 100 & i=$((i+1)); done; wait").await;
    assert_ne!(ending, json!({ "exited": 0 }), "{ending}");
    let (told, ending) = ground.shell("x=a; while :; do x=$x$x; done").await;
    assert_ne!(ending, json!({ "exited": 0 }), "{told}");
    let (told, _) = ground.shell("echo well").await;
    assert_eq!(told, "well\n");
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

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_run_is_told_and_a_grant_that_makes_no_sense_is_refused() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "env"], ":ro").await;
    let told =
        ground.house.tool("runner_list", &json!({})).await.expect("it lists")["ok"].as_str().expect("text").to_owned();
    assert!(
        told.contains("cat\n  each argument matches one of `[^-].*`\n") && told.contains("env\n  takes no arguments\n"),
        "{told}"
    );
    assert!(
        !told.contains("sh\n")
            && told.contains(&format!("work may be read; programs see it as {}", ground.work().display())),
        "{told}"
    );
    for (terms, word) in [
        (json!({ "command": ["no-such"] }), "has no command `[run.no-such]`; it has `cat`, `echo`"),
        (json!({ "folder": [ground.work()] }), "names no command"),
        (json!({ "command": ["cat"], "folder": [ground.house.folder.path().join("state")] }), "the host's own files"),
        (json!({ "command": ["cat"], "shell": ["yes"] }), "knows no `shell`"),
    ] {
        let request =
            GrantRequest { terms: serde_json::from_value(terms).expect("terms"), ..ground.request(&["cat"], "") };
        let refused = ground.house.host.grant(request).await.expect_err(word);
        assert!(refused.message.contains(word), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_granted_folder_a_command_works_in_an_empty_one_that_goes_with_it() {
    let ground = Ground::new().await;
    let request =
        GrantRequest { terms: [("command".to_owned(), vec!["sh".to_owned()])].into(), ..ground.request(&[], "") };
    ground.house.grant_as(request).await;
    let (told, ending) = ground.shell("ls -a | wc -l; echo x > made && pwd").await;
    let place = told.lines().nth(1).expect("it says where");
    assert!(told.starts_with('2') && ending == json!({ "exited": 0 }), "{told}");
    assert!(!Path::new(place).exists(), "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_saw_marks_the_turn_and_what_it_wrote() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "wide"], "").await;
    ground.run("cat", &["plan.md"]).await.expect("it runs");
    let labels = async || {
        ground
            .house
            .lines(RUN, "run")
            .await
            .into_iter()
            .rev()
            .find(|line| line.kind == "outcome")
            .expect("it ran")
            .labels
    };
    let private = labels().await;
    ground.run("wide", &["echo x > from-outside"]).await.expect("it runs");
    assert_ne!(labels().await, private, "what can come from the network is marked as well");
}
