//! `loket dev`, as its author meets it: built, served, built again on a save, and ended.

use crate::house::{self, built};
use crate::project::{Project, loket, well};
use serde_json::Value as Json;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a build and what follows may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A `loket dev` that runs; ended when the test does.
struct Dev {
    child: Child,
    out: Receiver<Json>,
    err: Receiver<Json>,
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<Json> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            // What tools say is among what is told, and is no JSON.
            if let Ok(said) = serde_json::from_str(&line) {
                let _ = sender.send(said);
            }
        }
    });
    receiver
}

impl Dev {
    fn start(project: &Path, options: &[&str]) -> Dev {
        let mut command = loket(project, &["dev", "--json"]);
        if !options.contains(&"--home") && !project.join(".loket").exists() {
            // A scratch home as it would be made, but that it shares compiled code with the homes of other tests.
            let home = project.join(".loket");
            std::fs::create_dir(&home).expect("it can be made");
            std::fs::write(home.join("made-by-loket-dev"), "").expect("it can be written");
            house::share(&home);
        }
        command.args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let dev = Dev { child, out: lines(out), err: lines(err) };
        assert!(dev.next()["home"].is_string(), "it says where");
        dev
    }

    fn next(&self) -> Json {
        self.out.recv_timeout(PATIENCE).expect("it says something")
    }

    fn interrupt(mut self) -> i32 {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().expect("a process id"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it is there");
        let status = self.child.wait().expect("it ends");
        status.code().expect("it ends by itself")
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn says(folder: &Path, arguments: &[&str]) -> String {
    well(loket(folder, arguments).output().expect("it runs"))
}

#[test]
fn a_save_is_built_and_runs_and_a_mistake_is_told_and_ends_nothing() {
    let project = Project::new("tool", "c");
    let registry = built("LOKET_REGISTRY");
    let dev = Dev::start(&project.folder, &["--registry", registry.to_str().expect("plain")]);
    let first = dev.next();
    assert_eq!((&first["built"]["role"], &first["inspection"]["state"]), (&"tool".into(), &"ready".into()), "{first}");
    // Whoever types in the project's folder means its home.
    let greeting = format!("{}/greeting", project.package());
    let greet = || says(&project.folder, &["call", &greeting, "greet", "[\"Ada\"]"]);
    assert_eq!(greet().trim(), "Hello, Ada!");

    let source = project.folder.join("src/greet.c");
    let text = std::fs::read_to_string(&source).expect("it is there");
    std::fs::write(&source, text.replace("Hello, ", "Hi, ")).expect("it can be written");
    let second = dev.next();
    assert_eq!(second["inspection"]["state"], "ready", "{second}");
    assert_eq!(greet().trim(), "Hi, Ada!");

    std::fs::write(&source, "int broken(").expect("it can be written");
    let told = dev.err.recv_timeout(PATIENCE).expect("it is told");
    assert!(told["error"]["message"].as_str().is_some_and(|words| words.contains("clang")), "{told}");
    assert_eq!(greet().trim(), "Hi, Ada!", "what ran before goes on");

    std::fs::write(&source, text.replace("Hello, ", "Hey, ")).expect("it can be written");
    dev.next();
    assert_eq!(greet().trim(), "Hey, Ada!");
    let tried =
        std::fs::read_dir(project.folder.join(".loket/registry/local").join(&project.name)).expect("it is there");
    let tried = tried.flatten().filter(|file| file.path().extension().is_some_and(|extension| extension == "wasm"));
    assert_eq!(tried.count(), 1, "of what was tried only the last is there");
    assert_eq!(dev.interrupt(), 0);
    assert!(!project.folder.join(".loket/state/host.json").exists(), "it ended in order");
}

#[test]
fn in_its_scratch_home_an_agent_is_granted_what_it_asks_for_and_in_another_it_is_not() {
    let project = Project::new("agent", "c");
    let dev = Dev::start(&project.folder, &[]);
    let found = dev.next();
    assert_eq!(found["built"]["role"], "agent", "{found}");
    let said = says(&project.folder, &["chat", &project.name, "my server is at 10.0.0.5"]);
    assert!(said.starts_with("I will remember that."), "{said}");
    assert_eq!(dev.interrupt(), 0);

    let other = tempfile::tempdir().expect("a temporary folder");
    let home = other.path().to_str().expect("plain");
    let dev = Dev::start(&project.folder, &["--home", home]);
    let found = dev.next();
    assert_eq!(found["inspection"]["imports"][0]["state"], "missing", "{found}");
    let grants: Json =
        serde_json::from_str(&says(&project.folder, &["--home", home, "--json", "grants"])).expect("JSON");
    assert!(!grants.to_string().contains(&project.name), "{grants}");
    assert_eq!(dev.interrupt(), 0);
}
