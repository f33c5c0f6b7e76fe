//! Commands of the machine, with real programs: what is listed, granted and allowed runs, confined by the kernel; nothing else does.
//!
//! Files in reading order: here, what the owner listed, and how the tool runs it; [`granted`] who may run what, [`given`] arguments, input,
//! folder and environment, [`confined`] what the kernel forbids, [`ends`] bounds, and what ends a command.

mod confined;
mod ends;
mod given;
mod granted;

use crate::house::{House, lay_out};
use loket_gateways::desk::GrantRequest;
use loket_providers::run::launcher::Launcher;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
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
