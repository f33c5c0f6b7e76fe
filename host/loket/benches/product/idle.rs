//! What a service takes that has nothing to do: resident memory, of the process as its owner starts it.

use crate::Outcome;
use crate::crowd;
use crate::measure::{Table, Target};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const AGENTS: usize = 10;
/// How long it is left alone before it is looked at.
const REST: Duration = Duration::from_secs(3);

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let home = crowd::laid_out(AGENTS, "");
    // The first start compiles; what that took is not all given back.
    for which in ["first start, which compiles", "every later start"] {
        let service = Service::start(home.path())?;
        std::thread::sleep(REST);
        let idle = service.resident()?;
        table.row(&format!("idle with {AGENTS} agents, {which}"), "resident".into(), idle, Target::Most(80.0, " MiB"));
        for agent in 0..AGENTS {
            service.say(home.path(), &crowd::name(agent))?;
        }
        std::thread::sleep(REST);
        let spoken = service.resident()?;
        table.row("  and after a turn of each of them", "resident".into(), spoken, Target::None);
    }
    Ok(())
}

/// Ended however the measurement ends.
struct Service(Child);

impl Service {
    fn start(home: &Path) -> Outcome<Service> {
        let announced = home.join("state/host.json");
        let _ = fs::remove_file(&announced);
        let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
        command.arg("--home").arg(home).args(["serve", "--listen", "127.0.0.1:0"]);
        let service = Service(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let begun = Instant::now();
        while !announced.is_file() {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("the service does not say where it listens".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(service)
    }

    fn say(&self, home: &Path, agent: &str) -> Outcome<()> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
        command.arg("--home").arg(home).args(["chat", agent, "my server is at 10.0.0.5"]);
        let said = command.stdin(Stdio::null()).output()?;
        if said.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said.stderr).into_owned().into()) }
    }

    /// Resident memory, in MiB.
    fn resident(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in its status")?;
        let kib: f64 = line.split_whitespace().next().unwrap_or_default().parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let asked = i32::try_from(self.0.id()).map(|id| kill(Pid::from_raw(id), Signal::SIGTERM));
        if !matches!(asked, Ok(Ok(()))) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}
