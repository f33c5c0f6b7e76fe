//! A call to the same tool on a server made with the official Python SDK for MCP, over its standard input and output.
//!
//! Only the server's own CPU time counts there; here everything does.

use crate::Outcome;
use crate::calls;
use crate::measure::{Table, Target, median, time};
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const SERVER: &str = include_str!("echo_server.py");
/// Calls in one round: the system counts a process's time in hundredths of a second.
const CALLS: u32 = 500;
const ROUNDS: usize = 7;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let mut server = Server::start()?;
    server.many()?;
    let stage = calls::stage()?;
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        theirs.push(server.many()?);
    }
    let theirs = median(&theirs);
    let fresh = calls::ours(&stage, "test:echo")?;
    let native = calls::ours(&stage, "native:echo")?;
    for (what, ours) in [
        ("tool call, times cheaper than at a Python MCP server (a fresh instance each)", fresh),
        ("the same tool in the host's own code (no instance), likewise", native),
    ] {
        let times = format!("{} against {}", time(ours), time(theirs));
        table.row(what, times, theirs / ours, Target::Least(300.0, "×"));
    }
    Ok(())
}

/// The server, and the pipes to it.
struct Server {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    id: u64,
}

impl Server {
    fn start() -> Outcome<Server> {
        let python = std::env::var_os("LOKET_BENCH_PYTHON").ok_or(
            "there is no Python with the package `mcp` 2.3.0: `cargo xtask bench` sets one up where `python3 -m venv` works",
        )?;
        let mut process = Command::new(python)
            .args(["-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (to, from) = pipes.ok_or("the server has no pipes")?;
        let mut server = Server { process, to, from: BufReader::new(from), id: 0 };
        let client = json!({ "name": "bench", "version": "1" });
        let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        server.ask("initialize", hello)?;
        server.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(server)
    }

    /// CPU time of one call, in nanoseconds.
    fn many(&mut self) -> Outcome<f64> {
        let before = self.time()?;
        for _ in 0..CALLS {
            let arguments = json!({ "text": calls::TEXT });
            let answer = self.ask("tools/call", json!({ "name": "echo", "arguments": arguments }))?;
            if answer["result"]["content"][0]["text"] != calls::TEXT {
                return Err(format!("the echo was wrong: {answer}").into());
            }
        }
        Ok((self.time()? - before) * 1e9 / f64::from(CALLS))
    }

    /// CPU time of the server so far, in seconds.
    fn time(&self) -> Outcome<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // Behind the name, which may hold anything: user and system time are the 12th and 13th.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace()).ok_or("a strange `stat`")?;
        let ticks = fields.skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        let second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?.unwrap_or(100);
        Ok(ticks / second as f64)
    }

    fn ask(&mut self, method: &str, params: Json) -> Outcome<Json> {
        self.id += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }))?;
        let mut line = String::new();
        while self.from.read_line(&mut line)? > 0 {
            let answer: Json = serde_json::from_str(&line)?;
            if answer["id"] == self.id {
                return if answer["error"].is_null() {
                    Ok(answer)
                } else {
                    Err(format!("the server says {answer}").into())
                };
            }
            line.clear();
        }
        Err("the server ended".into())
    }

    fn say(&mut self, message: &Json) -> Outcome<()> {
        writeln!(self.to, "{message}")?;
        Ok(self.to.flush()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
