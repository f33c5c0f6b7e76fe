//! Five hundred that follow the ledger at once: how many events are lost, and what they take of memory.

use crate::measure::{Table, Target};
use crate::served::{Served, write};
use crate::{Outcome, usage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TABS: usize = 500;
/// Lines that are written while they listen, in groups with a pause between them.
const GROUPS: usize = 20;
const GROUP: usize = 50;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let served = Served::new(1, 0)?;
    let before = usage::memory();
    let heard = Arc::new(AtomicU64::new(0));
    let mut listening = 0;
    for _ in 0..TABS {
        match served.runtime.block_on(listen(&served, heard.clone())) {
            Ok(()) => listening += 1,
            Err(error) => {
                eprintln!("    no. {} is not let listen: {error}", listening + 1);
                break;
            }
        }
    }
    usage::forget_peak();
    let begun = Instant::now();
    for _ in 0..GROUPS {
        write(&served.house, 1, GROUP)?;
        std::thread::sleep(Duration::from_millis(50));
    }
    let wanted = (TABS * GROUPS * GROUP) as u64;
    while heard.load(Ordering::Relaxed) < wanted && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (heard, took) = (heard.load(Ordering::Relaxed), begun.elapsed());
    let lost = 100.0 * wanted.saturating_sub(heard) as f64 / wanted as f64;
    let words = format!("{heard} events to {listening} of {TABS} tabs in {:.1} s", took.as_secs_f64());
    table.row("events that are lost on the way to 500 tabs", words, lost, Target::Most(1.0, " %"));
    let memory = usage::peak().saturating_sub(before) as f64 * 1_024.0 / TABS as f64;
    table.row("memory for each tab, at most", "resident".into(), memory, Target::Most(200.0, " KiB"));
    served.end();
    Ok(())
}

/// Opens one, and counts what it hears.
async fn listen(served: &Served, heard: Arc<AtomicU64>) -> Outcome<()> {
    let mut stream = TcpStream::connect(served.address).await?;
    let (address, token) = (served.address, &served.token);
    let request =
        format!("GET /api/v1/ledger/follow HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; 4_096];
    let first = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await??;
    let head = String::from_utf8_lossy(&buffer[..first]).into_owned();
    if !head.starts_with("HTTP/1.1 200") {
        return Err(head.lines().next().unwrap_or_default().to_owned().into());
    }
    tokio::spawn(async move {
        // An event begins with its data; the mark may lie across two reads.
        const MARK: &[u8] = b"data:";
        let mut rest: Vec<u8> = Vec::new();
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            rest.extend_from_slice(&buffer[..read]);
            let found = rest.windows(MARK.len()).filter(|window| *window == MARK).count();
            heard.fetch_add(found as u64, Ordering::Relaxed);
            rest.drain(..rest.len().saturating_sub(MARK.len() - 1));
        }
    });
    Ok(())
}
