//! `wasi:filesystem`: ripgrep, and a component that tries what ripgrep would not.

use crate::house::House;
use loket_gateways::desk::{Desk as _, GrantRequest};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const FILES: &str = "wasi:filesystem/preopens";

/// A folder `notes` with a file, and a secret beside it.
fn ground() -> (TempDir, String) {
    let ground = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(ground.path().join("notes")).expect("a folder");
    fs::write(ground.path().join("notes/one.txt"), "the needle is here\n").expect("a file");
    fs::write(ground.path().join("secret.txt"), "the needle is secret\n").expect("a file");
    let notes = ground.path().join("notes").to_str().expect("UTF-8").to_owned();
    (ground, notes)
}

#[tokio::test(flavor = "multi_thread")]
async fn ripgrep_searches_the_folder_that_it_was_granted_and_no_other() {
    let (_ground, notes) = ground();
    let house = House::new().await;
    let (code, output, _) = house.run("foreign:ripgrep", &["needle", "/notes"]).await.expect("it runs");
    assert!(code != 0 && output.is_empty(), "without a grant there is no folder: {code} {output}");
    assert_eq!(house.lines(FILES, "link").await.len(), 0, "where nothing is granted, nothing is linked");

    house.grant_on("foreign:ripgrep", FILES, "folder", &[&format!("{notes}:ro")]).await;
    let (code, output, errors) = house.run("foreign:ripgrep", &["needle", "/notes"]).await.expect("it runs");
    assert_eq!((code, output.trim()), (0, "/notes/one.txt:the needle is here"), "{errors}");
    let lines = house.lines(FILES, "link").await;
    let chain = "owner > package:foreign:ripgrep";
    let lines: Vec<_> = lines.iter().map(|line| (line.kind.as_str(), line.chain.as_str())).collect();
    assert_eq!(lines, [("intent", chain), ("outcome", chain)]);

    for outside in ["/notes/../secret.txt", "/secret.txt", "/etc/passwd", "/proc/self/environ"] {
        let (code, output, _) = house.run("foreign:ripgrep", &["needle|root", outside]).await.expect("it runs");
        assert!(code != 0 && output.is_empty(), "{outside}: {code} {output}");
    }

    house.revoke("foreign:ripgrep", FILES).await;
    let (code, output, _) = house.run("foreign:ripgrep", &["needle", "/notes"]).await.expect("it runs");
    assert!(code != 0 && output.is_empty(), "a grant that was taken back opens nothing: {code} {output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_to_read_is_not_written_and_a_folder_to_write_is() {
    let (_ground, notes) = ground();
    let house = House::new().await;
    let write = json!(["/notes/two.txt", "new"]);
    for (access, works) in [(":ro", false), ("", true)] {
        house.grant_on("test:wasi-reach", FILES, "folder", &[&format!("{notes}{access}")]).await;
        let read = house.act("test:wasi-reach", "read-file", json!(["/notes/one.txt"])).await.expect("it answers");
        assert_eq!(read["ok"], "the needle is here\n", "{read}");
        let wrote = house.act("test:wasi-reach", "write-file", write.clone()).await.expect("it answers");
        assert_eq!((wrote.get("err").is_none(), Path::new(&notes).join("two.txt").exists()), (works, works), "{wrote}");
        house.revoke("test:wasi-reach", FILES).await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_out_of_a_granted_folder() {
    let (ground, notes) = ground();
    let notes = Path::new(&notes);
    let secret = ground.path().join("secret.txt");
    std::os::unix::fs::symlink(&secret, notes.join("absolute")).expect("a link");
    std::os::unix::fs::symlink("../secret.txt", notes.join("relative")).expect("a link");
    std::os::unix::fs::symlink("one.txt", notes.join("inside")).expect("a link");
    let house = House::new().await;
    house.grant_on("test:wasi-reach", FILES, "folder", &[notes.to_str().expect("UTF-8")]).await;
    let reach =
        async |function: &str, arguments| house.act("test:wasi-reach", function, arguments).await.expect("it answers");
    for path in ["/notes/absolute", "/notes/relative", "/notes/../secret.txt"] {
        assert!(reach("read-file", json!([path])).await["err"].is_string(), "{path}");
        assert!(reach("write-file", json!([path, "x"])).await["err"].is_string(), "{path}");
    }
    assert_eq!(reach("read-file", json!(["/notes/inside"])).await["ok"], "the needle is here\n", "its granted twin");
    // A link that the component makes itself, after its folder was opened.
    let made = reach("symlink", json!(["../secret.txt", "/notes/own"])).await;
    let read = reach("read-file", json!(["/notes/own"])).await;
    assert!(read["err"].is_string(), "{made} {read}");
    let hard = reach("link", json!(["/notes/../secret.txt", "/notes/hard"])).await;
    assert!(hard["err"].is_string() && !notes.join("hard").exists(), "{hard}");
    assert_eq!(fs::read_to_string(secret).expect("it is there"), "the needle is secret\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_ends_an_instance_that_has_the_folder_open() {
    let (_ground, notes) = ground();
    let house = House::new().await;
    house.grant_on("test:wasi-reach", FILES, "folder", &[&notes]).await;
    let begun = Instant::now();
    let (ended, ()) = tokio::join!(house.act("test:wasi-reach", "keep-reading", json!(["/notes/one.txt"])), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        house.revoke("test:wasi-reach", FILES).await;
    });
    let problem = ended.expect_err("it is ended");
    assert!(problem.code == "denied" && begun.elapsed() < Duration::from_secs(10), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_is_no_folder_to_grant() {
    let (_ground, notes) = ground();
    let house = House::new().await;
    let home = house.folder.path().to_str().expect("UTF-8").to_owned();
    let request = |folder: &str| GrantRequest {
        grantee: "test:wasi-reach".into(),
        capability: FILES.into(),
        terms: [("folder".to_owned(), vec![folder.to_owned()])].into(),
        ..GrantRequest::default()
    };
    let read = async |path: &str| house.act("test:wasi-reach", "read-file", json!([path])).await.expect("it answers");
    let name = Path::new(&home).file_name().expect("a name").to_string_lossy();
    for (folder, inside) in [
        (home.clone(), format!("/{name}/loket.toml")),
        (format!("{home}/state"), "/state/grants.json".to_owned()),
        ("/".to_owned(), format!("{home}/loket.toml")),
    ] {
        let problem = house.host.grant(request(&folder)).await.expect_err("it cannot be granted");
        assert!(problem.code == "invalid" && problem.message.contains("cannot be granted"), "{folder}: {problem:?}");
        let answer = read(&inside).await;
        assert!(answer["err"].is_string(), "{folder}: {answer}");
    }
    assert_eq!(house.host.grants(Some("test:wasi-reach")).await.expect("they can be listed").len(), 0);
    house.host.grant(request(&notes)).await.expect("its twin beside the home");
    assert_eq!(read("/notes/one.txt").await["ok"], "the needle is here\n");
}
