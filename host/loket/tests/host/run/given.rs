//! What a command is given: arguments, input, a folder to work in, and no environment.

use super::Ground;
use loket_gateways::desk::GrantRequest;
use serde_json::json;
use std::path::Path;

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
