//! From the moment a tool is in its place in the registry to its first answer, in a host that serves.

use crate::Outcome;
use crate::house::{House, built};
use crate::measure::{Table, Target, median, quantile, time};
use loket_gateways::desk::{CallRequest, Desk as _};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;

/// A tool to drop in: its file, and a call of it.
struct Tool {
    what: &'static str,
    file: std::path::PathBuf,
    capability: &'static str,
    function: &'static str,
    arguments: Json,
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let newest = |folder: &str| -> Outcome<std::path::PathBuf> {
        let files = fs::read_dir(built("LOKET_REGISTRY").join(folder))?.flatten().map(|entry| entry.path());
        files.max().ok_or_else(|| format!("`{folder}` is empty").into())
    };
    let tools = [
        Tool {
            what: "a small tool",
            file: built("LOKET_FIXTURES").join("test/echo/0.1.0.wasm"),
            capability: "test:echo/acts",
            function: "echo",
            arguments: json!({ "text": "here" }),
        },
        Tool {
            what: "a large tool, with a time zone database",
            file: newest("loket/clock")?,
            capability: "loket:clock/calendar",
            function: "now",
            arguments: json!({ "zone": "Europe/Amsterdam" }),
        },
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let house = House::new().await;
        house.host.watch();
        for tool in &tools {
            let bytes = fs::read(&tool.file)?;
            let size = format!("{}, {} KiB", tool.what, bytes.len() / 1024);
            let (mut compiled, mut known) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                // Other bytes each time, so that nobody has compiled them.
                let mut bytes = bytes.clone();
                bytes.extend([0, 6, 4, b'n', b'e', b'w', b'-', u8::try_from(round)?]);
                compiled.push(dropped(&house, tool, &bytes).await?);
                known.push(dropped(&house, tool, &bytes).await?);
            }
            for (what, times, most) in [("compiled", compiled, 1000.0), ("known by its digest", known, 100.0)] {
                let told = format!("median {}, slowest {}", time(median(&times)), time(quantile(&times, 1.0)));
                let what = format!("drop of {size}, until it answers: {what}");
                table.row(&what, told, median(&times) / 1e6, Target::Most(most, " ms"));
            }
        }
        house.host.close().await;
        Ok(())
    })
}

/// Drops it in, calls it until it answers, and takes it away. Answers with the nanoseconds until then.
async fn dropped(house: &House, tool: &Tool, bytes: &[u8]) -> Outcome<f64> {
    let folder = house.folder.path().join("registry/bench/dropped");
    fs::create_dir_all(&folder)?;
    let place = folder.join("1.0.0.wasm");
    let beside = folder.join(".1.0.0.wasm");
    fs::write(&beside, bytes)?;
    let begun = Instant::now();
    fs::rename(&beside, &place)?;
    let request = CallRequest {
        capability: tool.capability.into(),
        package: Some("bench:dropped".into()),
        function: tool.function.into(),
        arguments: tool.arguments.clone(),
        agent: None,
    };
    let took = loop {
        match house.host.call(request.clone()).await {
            Ok(_) => break begun.elapsed(),
            Err(problem) if begun.elapsed() > Duration::from_secs(30) => return Err(problem.message.into()),
            Err(_) => tokio::time::sleep(Duration::from_micros(500)).await,
        }
    };
    gone(house, &place).await?;
    Ok(took.as_nanos() as f64)
}

async fn gone(house: &House, place: &Path) -> Outcome<()> {
    fs::remove_file(place)?;
    let begun = Instant::now();
    loop {
        let packages = house.host.packages().await.map_err(|problem| problem.message)?;
        if !packages.iter().any(|package| package.name == "bench:dropped") {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(30) {
            return Err("what was taken away is there still".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
