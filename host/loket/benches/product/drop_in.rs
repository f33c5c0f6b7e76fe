//! From the moment a tool is in its place in the registry to its first answer, in a host that serves; and what of that is admission.

use crate::Outcome;
use crate::house::{House, built};
use crate::measure::{Table, Target, median, quantile, time};
use loket::refresh::Look;
use loket_gateways::desk::{CallRequest, Desk as _};
use loket_registry::Digest;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// How large a component is whose admission is measured.
const LARGE: usize = 1 << 20;

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
        admission(table, fs::read(&tools[1].file)?).await
    })
}

/// How long it takes to let a component of a MiB in whose code and findings are kept: to find it in the registry, read and digest it, ask what
/// scanners said, judge its imports, load its code and link it. Beside it stands what nobody could leave out: to read and digest it.
async fn admission(table: &mut Table, mut bytes: Vec<u8>) -> Outcome<()> {
    let padding = LARGE.checked_sub(bytes.len() + 10).ok_or("the tool is larger than a MiB")?;
    // A section of this size, whose name is one letter.
    let mut size = u32::try_from(padding + 2)?;
    bytes.push(0);
    while size > 0x7f {
        bytes.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    bytes.extend([size as u8, 1, b'x']);
    bytes.resize(bytes.len() + padding, 0);
    let house = House::new().await;
    let folder = house.folder.path().join("registry/bench/admitted");
    fs::create_dir_all(&folder)?;
    let (place, beside) = (folder.join("1.0.0.wasm"), folder.join(".1.0.0.wasm"));
    let refresh = || tokio::task::block_in_place(|| house.host.refresh(&Look::default()));
    let (mut admitted, mut read) = (Vec::new(), Vec::new());
    // The first time compiles it and asks the scanners.
    for round in 0..=ROUNDS {
        fs::write(&beside, &bytes)?;
        fs::rename(&beside, &place)?;
        let begun = Instant::now();
        std::hint::black_box(Digest::of(&fs::read(&place)?));
        let alone = begun.elapsed();
        let begun = Instant::now();
        refresh();
        let took = begun.elapsed();
        let packages = house.host.packages().await.map_err(|problem| problem.message)?;
        let package = packages.iter().find(|package| package.name == "bench:admitted").ok_or("it is not there")?;
        if package.state != "ready" {
            return Err(package.state.clone().into());
        }
        fs::remove_file(&place)?;
        refresh();
        if round > 0 {
            admitted.push(took.as_nanos() as f64);
            read.push(alone.as_nanos() as f64);
        }
    }
    let times = |all: &[f64]| format!("median {}, slowest {}", time(median(all)), time(quantile(all, 1.0)));
    let told = format!("{}; of that to read and digest it {}", times(&admitted), time(median(&read)));
    let what = format!("admission of a tool of {} KiB, code and findings kept", bytes.len() / 1024);
    table.row(&what, told, median(&admitted) / 1e6, Target::Most(20.0, " ms"));
    house.host.close().await;
    Ok(())
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
