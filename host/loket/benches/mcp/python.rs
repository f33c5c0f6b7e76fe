//! A server on the official Python library, as a process of its own.

use crate::Outcome;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/mcp/server.py");

/// A process, ended with this.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Processor time of it so far.
    pub(crate) fn time(&self) -> Outcome<Duration> {
        let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(self.0.id())?))?;
        Ok(clock_gettime(clock)?.into())
    }
}

/// The Python server, with its arguments.
pub(crate) fn command(argument: &str) -> Outcome<Command> {
    let python = std::env::var_os("LOKET_BENCH_PYTHON").ok_or(
        "there is no Python with the package `mcp` 2.3.0: `cargo xtask bench` sets one up where `python3 -m venv` works",
    )?;
    let mut command = Command::new(python);
    command.args([SERVER, argument]).stderr(Stdio::null());
    Ok(command)
}

/// It at a port.
pub(crate) fn listening() -> Outcome<(Process, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let process = command(&address.port().to_string())?.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let process = Process(process);
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("the Python server does not listen".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok((process, address))
}
