//! The program itself as a service: started, killed, and started again at the same address.

use crate::house::{built, lay_out};
use serde_json::Value as Json;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LOKET: &str = env!("CARGO_BIN_EXE_loket");

/// A program that was started: it is gone in the end, whatever happens meanwhile.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A service, and the home that it serves; both are gone in the end.
pub(crate) struct Service {
    child: Running,
    pub(crate) home: TempDir,
    pub(crate) listen: String,
}

impl Service {
    /// Serves a home with all there is to try.
    pub(crate) fn start() -> Service {
        let home = tempfile::tempdir().expect("a folder");
        lay_out(home.path(), "");
        Service::of(home)
    }

    /// Serves a home that has packages of its own, for who does whatever comes to mind: yanking them, too.
    pub(crate) fn alone(settings: &str) -> Service {
        let home = tempfile::tempdir().expect("a folder");
        lay_out(home.path(), "");
        std::fs::write(home.path().join("loket.toml"), settings).expect("it can be written");
        copy(&built("LOKET_REGISTRY"), &home.path().join("registry"));
        Service::of(home)
    }

    fn of(home: TempDir) -> Service {
        let (child, listen) = served(&home, "127.0.0.1:0");
        Service { child, home, listen }
    }

    /// Ends it as a failing machine does, and starts it again.
    pub(crate) fn restart(&mut self) {
        let _ = self.child.0.kill();
        let _ = self.child.0.wait();
        (self.child, self.listen) = served(&self.home, &self.listen.clone());
    }

    /// What a command of the program's says, of this home.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(LOKET);
        let output = command.arg("--home").arg(self.home.path()).args(arguments).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("it can be made");
    for entry in std::fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("it can be read");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("it can be copied");
        }
    }
}

fn served(home: &TempDir, listen: &str) -> (Running, String) {
    let announced = home.path().join("state/host.json");
    let _ = std::fs::remove_file(&announced);
    let mut command = Command::new(LOKET);
    command.arg("--home").arg(home.path()).args(["serve", "--listen", listen]);
    // What is asked for by a path that is not absolute is asked for in the home.
    command.current_dir(home.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = Running(command.spawn().expect("the program runs"));
    let begun = Instant::now();
    loop {
        let told = std::fs::read(&announced).unwrap_or_default();
        let told: Json = serde_json::from_slice(&told).unwrap_or_default();
        if let Some(listen) = told["listen"].as_str() {
            return (child, listen.to_owned());
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "the service does not say where it listens");
        std::thread::sleep(Duration::from_millis(20));
    }
}
