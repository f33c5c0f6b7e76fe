//! Every way out that is known, and beside it what looks like it and is granted.

use crate::ground::{Ground, SECRET, refused};
use serde_json::json;
use std::fs;
use std::time::Duration;

#[tokio::test]
async fn dots_lead_nowhere_and_the_same_file_can_be_read_by_its_name() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for path in [
        "notes/../outside/secret.txt",
        "..",
        "../outside/secret.txt",
        "notes/2024/../../outside/secret.txt",
        "notes/..",
    ] {
        refused(&ground, guest.read(path).await, "denied", "`..`");
        refused(&ground, guest.replace(path, "x").await, "denied", "`..`");
        refused(&ground, guest.one("remove", path).await, "denied", "`..`");
    }
    refused(&ground, guest.read("notes/2024/../plan.md").await, "denied", "`..`");
    assert_eq!(guest.read("notes/plan.md").await.expect("granted"), "first\nsecond\n");
    // Dots in a name are a name.
    guest.create("notes/...", "dots").await.expect("granted");
    guest.create("notes/..hidden", "dots").await.expect("granted");
    assert_eq!(guest.read("notes/...").await.expect("granted"), "dots");
}

#[tokio::test]
async fn a_path_of_the_machine_is_refused_and_the_path_in_the_folder_works() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let inside = ground.at("notes/plan.md");
    for path in
        [inside.to_str().expect("plain"), "/etc/passwd", "C:\\Windows", "C:/Windows", "\\\\host\\share", "~/x", "//x"]
    {
        let error = guest.read(path).await.expect_err("it is refused");
        assert_eq!(error.code(), "denied", "{error:?}");
    }
    refused(&ground, guest.read("outside/secret.txt").await, "denied", "`notes`");
    assert_eq!(guest.read("notes/plan.md").await.expect("granted"), "first\nsecond\n");
}

#[tokio::test]
async fn nul_backslash_and_empty_parts_are_no_names() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for (path, word) in [
        ("notes/plan.md\0.txt", "control"),
        ("notes\\..\\outside", "backslash"),
        ("notes/..\\..\\outside\\secret.txt", "backslash"),
        ("notes//plan.md", "empty"),
        ("notes/./plan.md", "`.`"),
        ("notes/plan.md/", "empty"),
        ("", "empty"),
    ] {
        refused(&ground, guest.read(path).await, "invalid", word);
        refused(&ground, guest.create(path, "x").await, "invalid", word);
    }
    guest.create("notes/nul 0 back slash", "fine").await.expect("granted");
}

#[tokio::test]
async fn a_name_of_255_bytes_works_and_one_more_is_refused_clearly() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let fits = format!("notes/{}", "n".repeat(255));
    guest.create(&fits, "long").await.expect("granted");
    assert_eq!(guest.read(&fits).await.expect("granted"), "long");
    guest.replace(&fits, "longer").await.expect("granted");
    refused(&ground, guest.create(&(fits + "n"), "x").await, "invalid", "255");
    refused(&ground, guest.create(&format!("notes{}", "/d".repeat(65)), "x").await, "invalid", "64");
    guest.create(&format!("notes{}", "/d".repeat(64)), "deep").await.expect("granted");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_never_followed_wherever_they_lead_and_a_folder_in_their_place_is() {
    use std::os::unix::fs::symlink;
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let link = ground.at("notes/link");
    for target in ["outside", "notes/2024", "nowhere", "home/state"] {
        symlink(ground.at(target), &link).expect("it can be linked");
        for path in ["notes/link", "notes/link/secret.txt", "notes/link/deeper/x"] {
            refused(&ground, guest.read(path).await, "denied", "symbolic link");
            refused(&ground, guest.replace(path, "x").await, "denied", "symbolic link");
            refused(&ground, guest.append(path, "x").await, "denied", "symbolic link");
        }
        refused(&ground, guest.create("notes/link/new", "x").await, "denied", "symbolic link");
        refused(&ground, guest.one("make-folder", "notes/link/new").await, "denied", "symbolic link");
        refused(&ground, guest.call("list", json!(["notes/link", null, 10])).await, "denied", "symbolic link");
        refused(&ground, guest.one("watch", "notes/link").await, "denied", "symbolic link");
        refused(
            &ground,
            guest.call("move", json!(["notes/plan.md", "notes/link/plan.md"])).await,
            "denied",
            "symbolic link",
        );
        refused(&ground, guest.call("move", json!(["notes/link", "notes/else"])).await, "denied", "symbolic link");
        refused(&ground, guest.create("notes/link", "x").await, "invalid", "already");
        // It is seen as what it is, and nothing behind it is.
        assert_eq!(guest.one("stat", "notes/link").await.expect("granted")["kind"], "other");
        assert_eq!(guest.paths("tree", "notes").await, ["notes/2024", "notes/link", "notes/plan.md"]);
        // It can be removed: the link alone.
        guest.one("remove", "notes/link").await.expect("granted");
    }
    assert_eq!(fs::read_to_string(ground.at("outside/secret.txt")).expect("still there"), SECRET);
    assert_eq!(fs::read_dir(ground.at("outside")).expect("still there").count(), 1);
    fs::create_dir(&link).expect("it can be made");
    guest.create("notes/link/new", "inside").await.expect("granted");
    assert_eq!(guest.read("notes/link/new").await.expect("granted"), "inside");
}

#[cfg(unix)]
#[tokio::test]
async fn a_granted_folder_that_became_a_link_is_not_followed_and_one_that_came_back_works() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    fs::rename(ground.at("notes"), ground.at("moved")).expect("it can be moved");
    std::os::unix::fs::symlink(ground.at("outside"), ground.at("notes")).expect("it can be linked");
    assert!(guest.read("notes/secret.txt").await.is_err());
    assert!(guest.create("notes/new", "x").await.is_err());
    assert!(!ground.at("outside/new").exists());
    fs::remove_file(ground.at("notes")).expect("it can be removed");
    refused(&ground, guest.read("notes/plan.md").await, "not-found", "`notes`");
    fs::rename(ground.at("moved"), ground.at("notes")).expect("it can be moved");
    assert_eq!(guest.read("notes/plan.md").await.expect("granted"), "first\nsecond\n");
}

#[tokio::test]
async fn a_second_name_of_a_file_outside_is_refused_and_a_copy_works() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    fs::hard_link(ground.at("outside/secret.txt"), ground.at("notes/hard.txt")).expect("it can be linked");
    refused(&ground, guest.read("notes/hard.txt").await, "denied", "hard links");
    refused(&ground, guest.append("notes/hard.txt", "x").await, "denied", "hard links");
    // To replace it leaves the other file as it is.
    guest.replace("notes/hard.txt", "mine").await.expect("granted");
    assert_eq!(fs::read_to_string(ground.at("outside/secret.txt")).expect("still there"), SECRET);
    assert_eq!(guest.read("notes/hard.txt").await.expect("granted"), "mine");
    fs::copy(ground.at("outside/secret.txt"), ground.at("notes/copy.txt")).expect("it can be copied");
    assert_eq!(guest.read("notes/copy.txt").await.expect("granted"), SECRET);
    guest.append("notes/copy.txt", "!").await.expect("granted");
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_does_not_hold_a_call_up_and_a_file_of_its_name_works() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let made = std::process::Command::new("mkfifo").arg(ground.at("notes/pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    let all = async {
        refused(&ground, guest.read("notes/pipe").await, "denied", "pipe");
        refused(&ground, guest.append("notes/pipe", "x").await, "denied", "pipe");
        refused(&ground, guest.replace("notes/pipe", "x").await, "denied", "pipe");
        assert_eq!(guest.one("stat", "notes/pipe").await.expect("granted")["kind"], "other");
        guest.one("remove", "notes/pipe").await.expect("granted");
        guest.create("notes/pipe", "a file").await.expect("granted");
        assert_eq!(guest.read("notes/pipe").await.expect("granted"), "a file");
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("nobody waits for the pipe's other end");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_is_not_opened() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let _listener = std::os::unix::net::UnixListener::bind(ground.at("notes/socket")).expect("it can be bound");
    refused(&ground, guest.read("notes/socket").await, "denied", "socket");
    refused(&ground, guest.append("notes/socket", "x").await, "denied", "socket");
}

#[cfg(unix)]
#[tokio::test]
async fn a_device_is_not_opened_and_its_folder_cannot_be_granted() {
    use loket_kernel::{Provider as _, Terms};
    let ground = Ground::new();
    for folder in ["/dev", "/dev/shm", "/proc/self", "/sys"] {
        if std::path::Path::new(folder).exists() {
            assert!(ground.files.terms(&Terms::new([("folder", folder)])).is_err(), "{folder}");
        }
    }
    let mut guest = ground.guest(&["notes"]);
    guest.terms = [Terms::new([("folder", "/dev")])].into_iter().collect();
    assert_eq!(guest.read("dev/null").await.expect_err("it is refused").code(), "denied");
    // In a folder that can be granted: making a device takes a privilege that tests may not have, and a pipe, which is refused for the same
    // reason, takes none.
    let guest = ground.guest(&["notes"]);
    let make = |program: &str, name: &str, words: &[&str]| {
        let made = std::process::Command::new(program).arg(ground.at(name)).args(words).output();
        made.is_ok_and(|made| made.status.success())
    };
    assert!(make("mkfifo", "notes/pipe", &[]), "a pipe can be made");
    let device = make("mknod", "notes/zero", &["c", "1", "5"]);
    for path in ["notes/pipe"].into_iter().chain(device.then_some("notes/zero")) {
        refused(&ground, guest.read(path).await, "denied", "is a device, a pipe or a socket");
        refused(&ground, guest.append(path, "x").await, "denied", "is a device, a pipe or a socket");
    }
}

#[tokio::test]
async fn another_case_or_composition_is_another_name_or_the_same_file_never_another_folder() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    // The granted folder's name is as it is, on every system.
    refused(&ground, guest.read("NOTES/plan.md").await, "denied", "`notes`");
    guest.create("notes/caf\u{e9}.md", "composed").await.expect("granted");
    for other in ["notes/cafe\u{301}.md", "notes/CAF\u{c9}.md"] {
        match guest.read(other).await {
            Ok(text) => assert_eq!(text, "composed", "the same file"),
            Err(error) => assert_eq!(error.code(), "not-found", "{other}"),
        }
    }
    assert_eq!(guest.read("notes/caf\u{e9}.md").await.expect("granted"), "composed");
}

#[cfg(windows)]
#[tokio::test]
async fn devices_and_streams_of_windows_are_no_names() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for name in ["NUL", "con.txt", "COM1", "plan.md:stream", "plan.md::$DATA", "plan.md.", "plan.md "] {
        refused(&ground, guest.read(&format!("notes/{name}")).await, "invalid", "Windows");
    }
    assert!(guest.read("notes/plan.md").await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn what_has_no_name_for_a_component_is_left_out_of_lists() {
    use std::os::unix::ffi::OsStrExt;
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for name in [&b"back\\slash"[..], b"line\nbreak", b"\xff\xfe"] {
        fs::write(ground.at("notes").join(std::ffi::OsStr::from_bytes(name)), "x").expect("it can be written");
    }
    assert_eq!(guest.paths("list", "notes").await, ["notes/2024", "notes/plan.md"]);
}
