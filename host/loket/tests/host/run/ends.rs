//! How a command ends: by its bounds, its time, its grant or its turn, with all that it started.

use super::{Ground, RUN, TOOL};
use serde_json::json;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
