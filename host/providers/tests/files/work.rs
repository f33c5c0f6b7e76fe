//! Reading, writing and naming, as the contract has it.

use crate::ground::{Ground, refused, to_base64};
use serde_json::json;
use std::fs;

#[tokio::test]
async fn a_file_is_read_in_ranges_up_to_its_end() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let read = async |offset: u64, limit: u32| {
        let (value, _) = guest.call("read", json!(["notes/plan.md", offset, limit])).await.expect("granted");
        value.as_str().expect("bytes").to_owned()
    };
    assert_eq!(read(6, 6).await, "c2Vjb25k", "base64 of `second`");
    assert_eq!(read(0, u32::MAX).await.len(), 20);
    for end in [13, 14, u64::MAX] {
        assert_eq!(read(end, 1).await, "");
    }
    refused(&ground, guest.call("read", json!(["notes/plan.md", 0, 0])).await, "invalid", "limit");
    refused(&ground, guest.read("notes/2024").await, "invalid", "folder");
    refused(&ground, guest.read("notes").await, "invalid", "folder");
    refused(&ground, guest.read("notes/none").await, "not-found", "none");
    refused(&ground, guest.read("notes/plan.md/deeper").await, "invalid", "no folder");
    fs::write(ground.at("notes/big"), vec![7; (1 << 20) + 5]).expect("it can be written");
    let (value, _) = guest.call("read", json!(["notes/big", 0, u32::MAX])).await.expect("granted");
    assert_eq!(value.as_str().expect("bytes").len(), (1_usize << 20).div_ceil(3) * 4, "a mebibyte in base64");
}

#[tokio::test]
async fn a_list_is_paged_by_name_and_a_tree_by_path() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for path in ["b/x", "b/y/z", "a", "c", "b-c"] {
        guest.create(&format!("notes/{path}"), "").await.expect("granted");
    }
    for (function, all) in [
        ("list", vec!["2024", "a", "b", "b-c", "c", "plan.md"]),
        ("tree", vec!["2024", "a", "b", "b/x", "b/y", "b/y/z", "b-c", "c", "plan.md"]),
    ] {
        let all: Vec<String> = all.into_iter().map(|path| format!("notes/{path}")).collect();
        assert_eq!(guest.paths(function, "notes").await, all);
        for limit in 1..4 {
            let (mut paged, mut after) = (Vec::new(), json!(null));
            loop {
                let (page, _) = guest.call(function, json!(["notes", after, limit])).await.expect("granted");
                let page: Vec<_> = page.as_array().expect("a list").iter().map(|e| e["path"].clone()).collect();
                assert!(page.len() <= limit);
                let Some(last) = page.last().and_then(|p| p.as_str()) else { break };
                after = if function == "list" { json!(last.rsplit('/').next()) } else { json!(last) };
                paged.extend(page);
            }
            assert_eq!(json!(paged), json!(all), "{function} by {limit}");
        }
    }
    refused(&ground, guest.call("tree", json!(["notes/b", "notes/a", 1])).await, "invalid", "below");
    refused(&ground, guest.call("list", json!(["notes/a", null, 1])).await, "invalid", "no folder");
    refused(&ground, guest.call("list", json!(["notes/none", null, 1])).await, "not-found", "none");
    // One that was the last of its page and is gone.
    let (page, _) = guest.call("tree", json!(["notes", "notes/b/w/gone", 1])).await.expect("granted");
    assert_eq!(page[0]["path"], "notes/b/x");
}

#[tokio::test]
async fn no_list_has_more_than_a_thousand_entries() {
    let ground = Ground::new();
    for n in 0..1100 {
        fs::write(ground.at(&format!("notes/2024/{n:04}")), "").expect("it can be written");
    }
    let guest = ground.guest(&["notes"]);
    for function in ["list", "tree"] {
        let (page, _) = guest.call(function, json!(["notes/2024", null, u32::MAX])).await.expect("granted");
        let page = page.as_array().expect("a list").clone();
        assert_eq!((page.len(), &page[999]["path"]), (1000, &json!("notes/2024/0999")));
    }
}

#[tokio::test]
async fn an_entry_tells_its_kind_size_and_time() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let file = guest.one("stat", "notes/plan.md").await.expect("granted");
    assert_eq!((&file["kind"], &file["size"], &file["path"]), (&json!("file"), &json!(13), &json!("notes/plan.md")));
    assert!(file["modified"].as_u64().expect("a time") > 1_600_000_000_000);
    for path in ["notes", "notes/2024"] {
        let folder = guest.one("stat", path).await.expect("granted");
        assert_eq!((&folder["kind"], &folder["size"]), (&json!("folder"), &json!(0)));
    }
    refused(&ground, guest.one("stat", "notes/none").await, "not-found", "none");
}

#[tokio::test]
async fn creating_takes_nobodys_place_and_replacing_does() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    guest.create("notes/new/deep/a.txt", "one").await.expect("granted");
    refused(&ground, guest.create("notes/new/deep/a.txt", "two").await, "invalid", "already");
    refused(&ground, guest.create("notes/new", "two").await, "invalid", "already");
    refused(&ground, guest.replace("notes/new", "two").await, "invalid", "folder");
    refused(&ground, guest.replace("notes", "two").await, "invalid", "itself");
    refused(&ground, guest.create("notes/plan.md/x", "two").await, "invalid", "no folder");
    guest.replace("notes/new/deep/a.txt", "three").await.expect("granted");
    assert_eq!(guest.read("notes/new/deep/a.txt").await.expect("granted"), "three");
    guest.replace("notes/new/b.txt", "new too").await.expect("granted");
    let big = "x".repeat((1 << 20) + 1);
    for function in ["create", "replace", "append"] {
        refused(&ground, guest.put(function, "notes/big", &big).await, "invalid", "1048576");
    }
    assert!(!ground.at("notes/big").exists());
    guest.create("notes/big", &big[1..]).await.expect("granted");
}

#[tokio::test]
async fn appending_makes_the_file_or_makes_it_longer() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    for text in ["one\n", "two\n"] {
        guest.append("notes/log/today", text).await.expect("granted");
    }
    assert_eq!(guest.read("notes/log/today").await.expect("granted"), "one\ntwo\n");
    refused(&ground, guest.append("notes/log", "x").await, "invalid", "folder");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_keeps_its_modes_when_it_is_replaced_and_a_protected_one_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let mode = |mode| {
        fs::set_permissions(ground.at("notes/plan.md"), fs::Permissions::from_mode(mode)).expect("it can be set")
    };
    for kept in [0o700, 0o640, 0o600] {
        mode(kept);
        guest.replace("notes/plan.md", "new").await.expect("granted");
        assert_eq!(fs::metadata(ground.at("notes/plan.md")).expect("it is there").permissions().mode() & 0o777, kept);
    }
    mode(0o444);
    refused(&ground, guest.replace("notes/plan.md", "newer").await, "failed", "protected");
    assert_eq!(guest.read("notes/plan.md").await.expect("granted"), "new");
}

#[tokio::test]
async fn moving_goes_to_a_free_path_in_any_granted_folder() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes", "outside"]);
    let to = async |from: &str, to: &str| guest.call("move", json!([from, to])).await;
    to("notes/plan.md", "outside/plans/2025.md").await.expect("granted");
    assert_eq!(guest.read("outside/plans/2025.md").await.expect("granted"), "first\nsecond\n");
    refused(&ground, to("notes/plan.md", "notes/x").await, "not-found", "plan.md");
    refused(&ground, to("outside/secret.txt", "outside/plans/2025.md").await, "invalid", "already");
    refused(&ground, to("outside/plans", "notes/2024").await, "invalid", "already");
    refused(&ground, to("outside/plans", "outside/plans/in/itself").await, "invalid", "itself");
    refused(&ground, to("outside", "notes/x").await, "invalid", "itself");
    refused(&ground, to("notes/2024", "notes").await, "invalid", "");
    to("outside/plans", "notes/plans").await.expect("granted");
    assert_eq!(guest.paths("tree", "notes").await, ["notes/2024", "notes/plans", "notes/plans/2025.md"]);
    let narrow = ground.guest(&["notes"]);
    refused(&ground, narrow.call("move", json!(["notes/plans", "outside/x"])).await, "denied", "`notes`");
}

#[tokio::test]
async fn removing_takes_files_and_empty_folders_and_what_is_gone_is_no_error() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    guest.one("make-folder", "notes/a/b").await.expect("granted");
    guest.one("make-folder", "notes/a/b").await.expect("it is there already");
    refused(&ground, guest.one("make-folder", "notes/plan.md").await, "invalid", "no folder");
    refused(&ground, guest.one("remove", "notes/a").await, "invalid", "not empty");
    refused(&ground, guest.one("remove", "notes").await, "invalid", "itself");
    for path in ["notes/a/b", "notes/a", "notes/plan.md", "notes/plan.md", "notes/none/deep"] {
        guest.one("remove", path).await.expect("granted");
    }
    assert_eq!(guest.paths("tree", "notes").await, ["notes/2024"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_and_leaves_the_old_file() {
    let ground = Ground::new();
    let small = ground.at("small");
    fs::create_dir(&small).expect("it can be made");
    let mounted =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&small).output();
    // It takes a privilege; without it, there is no small disk to fill.
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        return;
    }
    let guest = ground.guest(&["small"]);
    guest.create("small/a", "kept").await.expect("granted");
    let answer = guest.replace("small/a", &"x".repeat(1 << 18)).await;
    let (kept, left) = (guest.read("small/a").await, guest.paths("list", "small").await);
    let _ = std::process::Command::new("umount").arg(&small).status();
    refused(&ground, answer, "exhausted", "no room");
    assert_eq!((kept.expect("granted").as_str(), left), ("kept", vec!["small/a".to_owned()]));
}

#[tokio::test]
async fn bytes_are_changed_where_they_are_what_the_patches_say_and_only_then() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    guest.replace("notes/a", "one two three").await.expect("it is written");
    let edit = async |patches: serde_json::Value| guest.call("edit", json!(["notes/a", patches])).await.map(drop);
    let patch =
        |offset: u64, old: &str, new: &str| json!({ "offset": offset, "old": to_base64(old), "new": to_base64(new) });
    edit(json!([patch(0, "one", "1"), patch(4, "two", "second"), patch(13, "", "!")])).await.expect("it is edited");
    assert_eq!(guest.read("notes/a").await.expect("it reads"), "1 second three!");
    for (patches, code) in [
        (json!([patch(0, "one", "x")]), "unavailable"),
        (json!([patch(0, "1", "x"), patch(99, "", "y")]), "unavailable"),
        (json!([patch(u64::MAX, "1", "x")]), "unavailable"),
        (json!([patch(2, "second", "x"), patch(0, "1", "y")]), "invalid"),
        (json!([patch(0, "1 s", "x"), patch(2, "s", "y")]), "invalid"),
        (json!([patch(0, "1", &"x".repeat(1 << 20))]), "exhausted"),
    ] {
        let refused = edit(patches.clone()).await.expect_err("it is refused");
        assert_eq!(refused.code(), code, "{patches:.200}: {refused}");
        assert_eq!(guest.read("notes/a").await.expect("it reads"), "1 second three!", "nothing is changed");
    }
    let missing = guest.call("edit", json!(["notes/none", []])).await.expect_err("it is not there");
    assert_eq!(missing.code(), "not-found");
    let reader = ground.guest(&["notes:ro"]);
    assert_eq!(reader.call("edit", json!(["notes/a", []])).await.expect_err("it may only read").code(), "denied");
}
