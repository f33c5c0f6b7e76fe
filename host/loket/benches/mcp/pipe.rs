//! A call at a pipe: processor time of `loket mcp`, which has the home itself, and of the Python library's server.

use crate::house::{House, lay_out};
use crate::measure::{Table, Target, median, time};
use crate::python::{self, Process};
use crate::served::{made, text};
use crate::{Outcome, ROUNDS, calls};
use loket_gateways::desk::TokenRequest;
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// A server at a pipe.
struct Server {
    process: Process,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    id: u64,
}

impl Server {
    fn start(mut command: Command) -> Outcome<Server> {
        let mut process = Process(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
        let pipes = process.0.stdin.take().zip(process.0.stdout.take());
        let (to, from) = pipes.ok_or("the server has no pipes")?;
        let mut server = Server { process, to, from: BufReader::new(from), id: 0 };
        let client = json!({ "name": "bench", "version": "1" });
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        server.ask("initialize", &hello)?;
        writeln!(server.to, "{}", json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(server)
    }

    fn ask(&mut self, method: &str, params: &Json) -> Outcome<Json> {
        self.id += 1;
        writeln!(self.to, "{}", json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line)? == 0 {
                return Err("the server went away".into());
            }
            let message: Json = serde_json::from_str(&line)?;
            if message["id"] == self.id {
                return Ok(message);
            }
        }
    }

    /// Nanoseconds of its own for each call.
    fn many(&mut self, calls: u32) -> Outcome<f64> {
        let call = json!({ "name": "calc_evaluate", "arguments": { "expression": "6*7" } });
        let before = self.process.time()?;
        for _ in 0..calls {
            let answer = self.ask("tools/call", &call)?;
            if answer["result"]["content"][0]["text"] != "42" {
                return Err(format!("the tool answered {answer}").into());
            }
        }
        Ok((self.process.time()? - before).as_nanos() as f64 / f64::from(calls))
    }
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (home, token) = runtime.block_on(async {
        let home = Arc::new(tempfile::tempdir()?);
        // Each call is a turn, and there are more of them a minute than anybody has in earnest.
        lay_out(home.path(), "[limits]\nagent_turns_a_minute = 1000000\n");
        let house = House::open(home).await;
        let tools = vec!["loket:calc".to_owned()];
        let request = TokenRequest { name: "bench".into(), tools, ..TokenRequest::default() };
        let token = text(made(&house, request).await);
        Outcome::Ok((house.close().await, token))
    })?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home.path()).arg("mcp").env("LOKET_TOKEN", token);
    let mut ours = Server::start(command)?;
    let mut theirs = Server::start(python::command("stdio")?)?;
    let fewer = calls().div_ceil(4);
    let (mut a, mut b, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (own, other) = (ours.many(calls())?, theirs.many(fewer)?);
        // The first one warms up.
        if round > 0 {
            a.push(own);
            b.push(other);
            ratios.push(other / own);
        }
    }
    let times = format!("{} against {}", time(median(&a)), time(median(&b)));
    table.row("a call at a pipe, cheaper than at a Python server", times, median(&ratios), Target::Least(20.0, "×"));
    Ok(())
}
