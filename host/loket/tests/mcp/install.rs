//! `loket mcp install`: each of the programs that are known is let in by one line, and what it starts then works; and `loket mcp` in all its
//! forms where a token is in the environment.

use crate::house::{House, lay_out};
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

/// The programs, where each keeps its settings on this system, and under which key.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("claude-desktop", ".config/Claude/claude_desktop_config.json", "mcpServers"),
    ("claude-code", ".claude.json", "mcpServers"),
    ("cursor", ".cursor/mcp.json", "mcpServers"),
    ("vscode", ".config/Code/User/mcp.json", "servers"),
    ("zed", ".config/zed/settings.json", "context_servers"),
];

/// Settings as somebody has them: in the programs that let them have any, with remarks and commas at the end.
fn before(key: &str) -> String {
    if key == "mcpServers" {
        return format!(
            "{{\n  \"theme\": \"dark\",\n  \"{key}\": {{\n    \"other\": {{ \"command\": \"x\" }}\n  }}\n}}\n"
        );
    }
    format!(
        "{{\n  // mine: do not touch\n  \"theme\": \"dark\",\n  \"{key}\": {{\n    \"other\": {{ \"command\": \"x\" }}, // theirs\n  }},\n}}\n"
    )
}

fn loket(home: &Path, user: &Path, arguments: &[&str], token: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home).args(arguments).env("HOME", user).env_remove("XDG_CONFIG_HOME");
    command.env_remove("LOKET_TOKEN").envs(token.map(|token| ("LOKET_TOKEN", token)));
    command.stdin(Stdio::null()).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Settings without remarks, and without commas at the end.
fn strict(text: &str) -> String {
    let plain: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim()).collect();
    let mut plain = plain.concat();
    while let Some(at) = plain.find(",}") {
        plain.remove(at);
    }
    plain
}

/// Files beside the settings.
fn beside(file: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(file.parent().expect("a folder")).expect("it can be read");
    let all = folder.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file() && path != file);
    all.collect()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn each_known_program_is_let_in_by_one_line_and_its_own_settings_stay() {
    let home = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(home.path(), "");
    let home = House::open(home).await.close().await;
    let user = tempfile::tempdir().expect("a temporary folder");
    for (name, file, key) in PROGRAMS {
        let file = user.path().join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
        std::fs::write(&file, before(key)).expect("it can be written");
        let dry =
            loket(home.path(), user.path(), &["mcp", "install", name, "--tools", "loket:calc", "--dry-run"], None);
        assert!(dry.status.success() && said(&dry).contains(key), "{name}: {}", said(&dry));
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), before(key), "{name}: nothing is written yet");
        let done = loket(home.path(), user.path(), &["mcp", "install", name, "--tools", "loket:calc"], None);
        assert!(done.status.success(), "{name}: {}", said(&done));
        let after = std::fs::read_to_string(&file).expect("it is there");
        let remarks = if key == "mcpServers" { &[][..] } else { &["// mine: do not touch", "// theirs"] };
        for kept in remarks.iter().chain(&["\"theme\": \"dark\"", "\"other\": { \"command\": \"x\" }"]) {
            assert!(after.contains(kept), "{name} keeps {kept}: {after}");
        }
        let kept: Vec<String> = beside(&file).iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        assert!(kept.contains(&before(key)), "{name}: what was there before is kept beside it: {:?}", beside(&file));
        // What it starts, answers.
        let read = if key == "mcpServers" { after.clone() } else { strict(&after) };
        let all: Json = serde_json::from_str(&read).unwrap_or_else(|e| panic!("{name} can read it: {e}: {after}"));
        assert_eq!(all[key]["other"]["command"], "x", "{name}");
        let entry = &all[key]["loket"];
        let tools = started(entry);
        assert!(tools.contains("calc_evaluate") && !tools.contains("uuid_make"), "{name}: {tools}");
        // A second time there is such a token already, and nothing is changed.
        let again = loket(home.path(), user.path(), &["mcp", "install", name, "--tools", "loket:calc"], None);
        assert!(!again.status.success() && said(&again).contains("loket token revoke"), "{name}: {}", said(&again));
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), after);
    }
}

/// Starts what an entry says, as the program would; answers with what it says to a list of tools.
fn started(entry: &Json) -> String {
    let arguments = entry["args"].as_array().expect("a list").iter().map(|part| part.as_str().expect("text"));
    let mut command = Command::new(entry["command"].as_str().expect("a program"));
    command.args(arguments).env("LOKET_TOKEN", entry["env"]["LOKET_TOKEN"].as_str().expect("a token"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
    let mut input = child.stdin.take().expect("a pipe");
    writeln!(input, "{list}").expect("it reads");
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    std::io::BufRead::read_line(&mut output, &mut line).expect("it answers");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_environment_is_in_no_commands_way() {
    let home = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(home.path(), "");
    let home = House::open(home).await.close().await;
    let user = tempfile::tempdir().expect("a temporary folder");
    for arguments in [
        &["mcp", "list"][..],
        &["mcp", "install", "cursor", "--tools", "loket:calc", "--dry-run"],
        &["mcp", "show", "nothing"],
        &["mcp", "accept", "nothing", "--yes"],
        &["mcp", "remove", "nothing"],
        &["mcp", "import", "/no/such/file"],
        &["mcp", "add", "nothing", "--", "/no/such/program"],
    ] {
        let output = loket(home.path(), user.path(), arguments, Some("loket_0"));
        let said = said(&output);
        assert!(!said.contains("cannot be used with") && !said.contains("Usage:"), "{arguments:?}: {said}");
        // Those that make sense work.
        assert!(output.status.success() || arguments.len() != 2, "{arguments:?}: {said}");
    }
}
