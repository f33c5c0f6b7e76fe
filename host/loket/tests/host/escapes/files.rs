//! Paths and what lies behind them: dots, paths of the machine, case, links, second names, pipes, the home itself.

use super::{End, FOLDERS, TOOL, failed, file, refused};
use crate::house::House;
use loket_gateways::desk::{Desk as _, GrantRequest};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// What is in the file that nobody granted.
const SECRET: &str = "the vault opens at noon\n";
/// What is in the one that was granted.
const PLAN: &str = "first: oak\n";

/// A folder `notes`, which is granted, and a secret beside it.
pub(super) struct Ground {
    folder: TempDir,
    pub(super) house: House,
}

impl Ground {
    pub(super) async fn new() -> Ground {
        let (folder, house) = (tempfile::tempdir().expect("a temporary folder"), House::of_escaper().await);
        let ground = Ground { folder, house };
        fs::create_dir_all(ground.at("notes/2024")).expect("folders");
        fs::write(ground.at("notes/plan.md"), PLAN).expect("a file");
        fs::create_dir(ground.at("outside")).expect("a folder");
        fs::write(ground.at("outside/secret.txt"), SECRET).expect("a file");
        ground.house.grant_on(TOOL, FOLDERS, "folder", &[&ground.text("notes")]).await;
        ground
    }

    /// Where it really is.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join(path)
    }

    fn text(&self, path: &str) -> String {
        self.at(path).to_str().expect("UTF-8").to_owned()
    }

    /// Does this with each path and is refused, and with its twin and is not.
    async fn check(&self, ways: &[Way<'_>]) {
        for Way(deed, path, other, end, (twin, twin_other)) in ways {
            self.house.refuses(&file(deed, path, other), *end).await;
            self.house.permits(&file(deed, twin, twin_other)).await;
            self.unharmed();
        }
    }

    /// Nothing came out of the granted folder, or into another.
    #[track_caller]
    pub(super) fn unharmed(&self) {
        let names = |path: &str| fs::read_dir(self.at(path)).expect("a folder").count();
        assert_eq!((names(""), names("outside")), (2, 1), "nothing was made outside");
        assert_eq!(fs::read_to_string(self.at("outside/secret.txt")).expect("it is there"), SECRET);
    }
}

/// What is done, with which path and what else; how it ends; and the twin: with which path and what else the same works.
struct Way<'a>(&'a str, &'a str, &'a str, End<'a>, (&'a str, &'a str));

#[tokio::test(flavor = "multi_thread")]
async fn dots_lead_nowhere() {
    let ground = Ground::new().await;
    let dots = |deed| refused(deed, "`..`");
    ground
        .check(&[
            Way("read", "notes/../outside/secret.txt", "", dots("read"), ("notes/plan.md", "")),
            Way("read", "notes/2024/../../outside/secret.txt", "", dots("read"), ("notes/plan.md", "")),
            Way("read", "notes/2024/../plan.md", "", dots("read"), ("notes/plan.md", "")),
            Way("read", "../outside/secret.txt", "", dots("read"), ("notes/plan.md", "")),
            Way("stat", "..", "", dots("stat"), ("notes", "")),
            Way("list", "notes/..", "", dots("list"), ("notes", "")),
            Way("tree", "notes/../outside", "", dots("tree"), ("notes", "")),
            Way("watch", "notes/..", "", dots("watch"), ("notes", "")),
            Way("create", "notes/../outside/own", "x", dots("create"), ("notes/own", "x")),
            Way("append", "notes/../outside/secret.txt", "x", dots("append"), ("notes/own", "x")),
            Way("replace", "notes/../outside/secret.txt", "x", dots("replace"), ("notes/own", "y")),
            Way("move", "notes/own", "notes/../outside/own", dots("move"), ("notes/own", "notes/2024/own")),
            Way("move", "notes/../outside/secret.txt", "notes/own", dots("move"), ("notes/2024/own", "notes/own")),
            Way("remove", "notes/../outside/secret.txt", "", dots("remove"), ("notes/own", "")),
            Way("make-folder", "notes/../outside/own", "", dots("make-folder"), ("notes/own", "")),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_of_the_machine_is_none_of_a_components() {
    let ground = Ground::new().await;
    let (plan, secret, new) = (ground.text("notes/plan.md"), ground.text("outside/secret.txt"), ground.text("new"));
    let machine = |deed| refused(deed, "is a path of the machine");
    let plain = ("notes/plan.md", "");
    ground
        .check(&[
            Way("read", &plan, "", machine("read"), plain),
            Way("read", &secret, "", machine("read"), plain),
            Way("read", "/etc/passwd", "", machine("read"), plain),
            Way("read", "//etc/passwd", "", machine("read"), plain),
            Way("read", "C:\\Windows\\win.ini", "", machine("read"), plain),
            Way("read", "C:/Windows/win.ini", "", machine("read"), plain),
            Way("read", "\\\\host\\share", "", machine("read"), plain),
            Way("read", "~/.profile", "", machine("read"), plain),
            Way("list", "/", "", machine("list"), ("notes", "")),
            Way("create", &new, "x", machine("create"), ("notes/new", "x")),
            Way("replace", &secret, "x", machine("replace"), ("notes/new", "y")),
            Way("move", "notes/new", &new, machine("move"), ("notes/new", "notes/newer")),
            Way("remove", &secret, "", machine("remove"), ("notes/newer", "")),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_and_other_tricks_of_spelling_lead_to_no_other_folder() {
    let ground = Ground::new().await;
    let (plain, list) = (("notes/plan.md", ""), ("notes", ""));
    let folder = |deed| refused(deed, "there is no granted folder");
    let (wrong, missing) = (|word| failed("read", "invalid", word), failed("read", "not-found", "no such file"));
    ground
        .check(&[
            // The granted folder's name is as it is, on every system.
            Way("read", "Notes/plan.md", "", folder("read"), plain),
            Way("read", "NOTES/plan.md", "", folder("read"), plain),
            Way("read", "ＮＯＴＥＳ/plan.md", "", folder("read"), plain),
            Way("read", "note\u{17f}/plan.md", "", folder("read"), plain),
            Way("read", "outside/secret.txt", "", folder("read"), plain),
            Way("read", "Outside/secret.txt", "", folder("read"), plain),
            Way("list", "nOTES", "", folder("list"), list),
            Way("replace", "Notes/plan.md", "x", folder("replace"), ("notes/plan.md", PLAN)),
            // What only looks like dots or a border between parts is a name, which is not there.
            Way("read", "notes/%2e%2e/outside/secret.txt", "", missing, plain),
            Way("read", "notes/．．/outside/secret.txt", "", missing, plain),
            Way("read", "notes/‥/outside/secret.txt", "", missing, plain),
            Way("read", "notes/..∕outside∕secret.txt", "", missing, plain),
            // And what is a border elsewhere is no name.
            Way("read", "notes\\..\\outside\\secret.txt", "", wrong("backslash"), plain),
            Way("read", "notes/..\\outside\\secret.txt", "", wrong("backslash"), plain),
            Way("read", "notes/plan.md\0.txt", "", wrong("control"), plain),
            Way("read", "notes//plan.md", "", wrong("empty part"), plain),
            Way("read", "notes/./plan.md", "", wrong("`.` as a part"), plain),
        ])
        .await;
    // In a folder it is as the disk has it: another case is the same file, or none.
    let (answer, _) = ground.house.attempt(&file("read", "notes/PLAN.md", "")).await;
    let told = answer["err"].as_str().unwrap_or("not-found: ");
    assert!(answer["ok"] == PLAN || told.starts_with("not-found: "), "{answer}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_followed_by_nobody_and_what_it_stands_for_is_used_by_its_name() {
    use std::os::unix::fs::symlink;
    let ground = Ground::new().await;
    let home = ground.house.folder.path();
    for (to, name) in [
        (ground.at("outside/secret.txt"), "absolute"),
        ("../outside/secret.txt".into(), "relative"),
        (ground.at("outside"), "out"),
        (home.into(), "home"),
        ("plan.md".into(), "inside"),
        (ground.at("outside/new"), "nowhere"),
    ] {
        symlink(to, ground.at("notes").join(name)).expect("a link");
    }
    let link = |deed| refused(deed, "is a symbolic link");
    let plain = ("notes/plan.md", "");
    ground
        .check(&[
            Way("read", "notes/absolute", "", link("read"), plain),
            Way("read", "notes/relative", "", link("read"), plain),
            Way("read", "notes/inside", "", link("read"), plain),
            Way("read", "notes/out/secret.txt", "", link("read"), plain),
            Way("read", "notes/home/loket.toml", "", link("read"), plain),
            Way("read", "notes/home/state/grants.json", "", link("read"), plain),
            Way("list", "notes/out", "", link("list"), ("notes", "")),
            Way("watch", "notes/home", "", link("watch"), ("notes", "")),
            Way("append", "notes/absolute", "x", link("append"), ("notes/new", "x")),
            Way("replace", "notes/relative", "x", link("replace"), ("notes/new", "y")),
            Way("replace", "notes/nowhere", "x", link("replace"), ("notes/new", "z")),
            Way("create", "notes/out/new", "x", link("create"), ("notes/2024/new", "x")),
            Way("make-folder", "notes/out/new", "", link("make-folder"), ("notes/2024/more", "")),
            Way("move", "notes/new", "notes/out/new", link("move"), ("notes/new", "notes/newer")),
            Way("remove", "notes/out/secret.txt", "", link("remove"), ("notes/newer", "")),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_name_of_a_file_outside_is_not_used_and_a_copy_is() {
    let ground = Ground::new().await;
    fs::hard_link(ground.at("outside/secret.txt"), ground.at("notes/hard")).expect("a hard link");
    fs::copy(ground.at("outside/secret.txt"), ground.at("notes/copy")).expect("a copy");
    ground
        .check(&[
            Way("read", "notes/hard", "", refused("read", "hard links"), ("notes/copy", "")),
            Way("append", "notes/hard", "x", refused("append", "hard links"), ("notes/copy", "x")),
        ])
        .await;
    if cfg!(target_os = "linux") {
        // The system names a file so once it is removed; whether it has other names cannot be told then.
        fs::copy(ground.at("notes/copy"), ground.at("notes/copy (deleted)")).expect("a copy");
        let unclear = failed("read", "invalid", "rename it");
        ground.check(&[Way("read", "notes/copy (deleted)", "", unclear, ("notes/copy", ""))]).await;
    }
    // What takes its place leaves the other file as it is.
    ground.house.permits(&file("replace", "notes/hard", "mine")).await;
    assert_eq!(ground.house.permits(&file("read", "notes/hard", "")).await, "mine");
    ground.unharmed();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_pipe_and_no_socket_is_opened_and_nobody_waits_for_one() {
    let ground = Ground::new().await;
    let made = std::process::Command::new("mkfifo").arg(ground.at("notes/pipe")).status().expect("`mkfifo` runs");
    assert!(made.success());
    let _listener = std::os::unix::net::UnixListener::bind(ground.at("notes/socket")).expect("a socket");
    let special = |deed| refused(deed, "is a device, a pipe or a socket");
    let mut ways = Vec::new();
    for path in ["notes/pipe", "notes/socket"] {
        ways.push(Way("read", path, "", special("read"), ("notes/plan.md", "")));
        ways.push(Way("append", path, "x", special("append"), ("notes/new", "x")));
        ways.push(Way("replace", path, "x", special("replace"), ("notes/new", "y")));
        ways.push(Way("list", path, "", failed("list", "invalid", "is no folder"), ("notes", "")));
    }
    let waiting = tokio::time::timeout(std::time::Duration::from_secs(60), ground.check(&ways)).await;
    waiting.expect("nobody waits for the other end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_cannot_be_granted_nor_is_a_grant_for_it_that_someone_wrote_of_use() {
    let ground = Ground::new().await;
    let home = ground.house.folder.path().canonicalize().expect("it is there");
    let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
    let above = home.parent().expect("it is in a folder").to_owned();
    let mut places = vec![
        (text(home.clone()), "loket.toml"),
        (text(home.join("state")), "grants.json"),
        (text(home.join("agents")), "assistant/persona.md"),
        (text(above), "x"),
    ];
    if cfg!(unix) {
        places.push(("/dev".into(), "null"));
    }
    let Ground { folder, mut house } = ground;
    let notes = folder.path().canonicalize().expect("it is there").join("notes");
    let notes = text(notes);
    for (place, inside) in places {
        let request = GrantRequest {
            grantee: TOOL.into(),
            capability: FOLDERS.into(),
            terms: [("folder".to_owned(), vec![place.clone()])].into(),
            ..GrantRequest::default()
        };
        let problem = house.host.grant(request).await.expect_err("it cannot be granted");
        assert!(problem.code == "invalid" && problem.message.contains("cannot be granted"), "{place}: {problem:?}");

        // Whoever can write the file of the grants can write this.
        let file_of_grants = home.join("state/grants.json");
        let granted = fs::read_to_string(&file_of_grants).expect("it reads");
        assert!(granted.contains(&format!("\"{notes}\"")), "{granted}");
        fs::write(&file_of_grants, granted.replace(&notes, &place)).expect("it can be written");
        house = house.restart().await;
        let name = place.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let end = refused("read", "no folder is granted");
        house.refuses(&file("read", &format!("{name}/{inside}"), ""), end).await;
        fs::write(&file_of_grants, granted).expect("it can be written");
        house = house.restart().await;
        assert_eq!(house.permits(&file("read", "notes/plan.md", "")).await, PLAN, "its twin beside the home");
    }
    // What of the home can be granted is the workspace of the agent whose turn it is.
    house.grant_on(TOOL, FOLDERS, "folder", &["workspace"]).await;
    house.permits(&file("create", "workspace/own", "mine")).await;
    assert_eq!(fs::read_to_string(home.join("agents/assistant/workspace/own")).expect("it is there"), "mine");
    house.refuses(&file("read", "workspace/../persona.md", ""), refused("read", "`..`")).await;
}
