//! What an author waits for: from `loket new tool` to the first answered call, in each language, with a warm toolchain.
//!
//! Warm is: what the tools fetch and compile once for a user is there. So each language is gone through twice, and the second time counts:
//! of a project of another name, in another folder. The home is empty but for the tool.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LOKET: &str = env!("CARGO_BIN_EXE_loket");

fn main() {
    // `cargo test` runs benchmarks, too, to see that they build.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let tools = std::env::var_os("LOKET_BENCH_TEXT").expect("run it by `cargo xtask bench making`");
    let tools = PathBuf::from(tools);
    println!("from `loket new tool` to the first answered call, warm:");
    for language in ["rust", "js", "python", "c"] {
        let parent = tempfile::tempdir().expect("a temporary folder");
        go(parent.path(), &tools, language, "cold");
        let steps = go(parent.path(), &tools, language, "warm");
        let whole: Duration = steps.iter().map(|(_, took)| *took).sum();
        let parts: Vec<String> =
            steps.iter().map(|(name, took)| format!("{name} {:.1} s", took.as_secs_f64())).collect();
        println!("  {language:<8}{:>6.1} s   {}", whole.as_secs_f64(), parts.join(", "));
    }
}

/// Once through all of it; answers with what each step took.
fn go(parent: &Path, tools: &Path, language: &str, name: &str) -> Vec<(&'static str, Duration)> {
    let folder = parent.join(name);
    let home = parent.join(format!("{name}-home"));
    let component = format!("build/{name}.wasm");
    let (greeting, home) = (format!("local:{name}/greeting"), home.display().to_string());
    let steps: [(&'static str, &Path, Vec<&str>); 4] = [
        ("new", parent, vec!["new", "tool", name, "--lang", language]),
        ("build", &folder, vec!["build"]),
        ("publish", &folder, vec!["--home", &home, "publish", &component]),
        ("call", &folder, vec!["--home", &home, "call", &greeting, "greet", "[\"Ada\"]"]),
    ];
    steps
        .into_iter()
        .map(|(step, folder, arguments)| {
            let mut command = Command::new(LOKET);
            command.args(arguments).current_dir(folder).stdin(Stdio::null());
            command.env("VIRTUAL_ENV", tools.join("python"));
            // Set by the cargo that runs this, or for it.
            for variable in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_TARGET_DIR"] {
                command.env_remove(variable);
            }
            let begun = Instant::now();
            let output = command.output().expect("it runs");
            assert!(output.status.success(), "{language} {step}: {}", String::from_utf8_lossy(&output.stderr));
            (step, begun.elapsed())
        })
        .collect()
}
