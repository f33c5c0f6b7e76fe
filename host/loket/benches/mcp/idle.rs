//! What a session takes that nobody uses: resident memory of the process, before and after many have begun.

use crate::measure::{Table, Target};
use crate::served::{Client, SESSIONS, Served};
use crate::{Outcome, calls};
use serde_json::json;

/// Sessions that warm up, and those that are measured, of two clients: together about as many as there can be, as what is free already
/// before them takes up some hundreds.
const FIRST: usize = 20;
const MANY: usize = 1_000;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let many = MANY.min(usize::try_from(calls())?);
        let served = Served::new().await;
        let mut clients = Vec::new();
        for name in ["one", "two"] {
            clients.push(served.token(name, &[], &["loket:calc"]).await);
        }
        for at in 0..FIRST {
            begin(&clients[at % 2]).await?;
        }
        let before = resident()?;
        for at in 0..many {
            begin(&clients[at % 2]).await?;
        }
        let each = (resident()? - before) / many as f64;
        table.row("a session that nobody uses", format!("{many} of them"), each / 1024.0, Target::Most(20.0, " KiB"));
        served.house.host.close().await;
        Ok(())
    })
}

/// Begins a session, and goes away.
async fn begin(client: &Client) -> Outcome<()> {
    let headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let params = json!({
        "protocolVersion": SESSIONS, "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" },
    });
    let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string();
    let begun = client.send("POST", "/mcp", &headers, &message).await;
    let session = begun.header("mcp-session-id").ok_or_else(|| format!("no session: {begun:?}"))?;
    let own = [&headers[..], &[("mcp-session-id", session.as_str()), ("mcp-protocol-version", SESSIONS)]].concat();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    let ready = client.send("POST", "/mcp", &own, &ready).await;
    if ready.status == 202 { Ok(()) } else { Err(format!("it is not ready: {ready:?}").into()) }
}

/// Resident memory of this process, in bytes.
fn resident() -> Outcome<f64> {
    let pages: f64 = std::fs::read_to_string("/proc/self/statm")?.split(' ').nth(1).ok_or("no figure")?.parse()?;
    Ok(pages * 4096.0)
}
