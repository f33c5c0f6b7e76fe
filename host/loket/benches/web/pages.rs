//! Each page of a home with a thousand agents and a ledger of a hundred thousand lines, beside an empty file from the same server.

use crate::Outcome;
use crate::crowd;
use crate::measure::{Table, Target, median, quantile};
use crate::page::get;
use crate::served::Served;

const AGENTS: usize = 1_000;
const LINES: usize = 100_000;
/// How often each is asked for.
const ROUNDS: usize = 11;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let served = Served::new(AGENTS, LINES)?;
    let icon = times(&served, "/api/v1/health")?;
    table.row("an answer of some bytes, to compare", "median".into(), median(&icon), Target::None);
    for path in paths() {
        let path = path.replace("{agent}", &crowd::name(7)).replace("{name}", &crowd::name(7));
        let page = get(served.address, &path, &served.cookie)?;
        if page.status != 200 {
            eprintln!("    {path} answers with {}", page.status);
            continue;
        }
        let took = times(&served, &path)?;
        let words = format!("median {:.1} ms, {} KB", median(&took), page.bytes / 1_000);
        table.row(&format!("`{path}`, slowest of {ROUNDS}"), words, quantile(&took, 1.0), Target::Most(300.0, " ms"));
    }
    served.end();
    Ok(())
}

fn times(served: &Served, path: &str) -> Outcome<Vec<f64>> {
    (0..ROUNDS).map(|_| Ok(get(served.address, path, &served.cookie)?.took.as_secs_f64() * 1_000.0)).collect()
}

/// Every page that can be looked at by whoever is in.
fn paths() -> Vec<String> {
    let left_out = |path: &str| {
        path == "/login" || path.starts_with("/welcome") || path.starts_with("/assets") || path.ends_with("live")
    };
    let mut paths: Vec<String> = loket_web::routes::list()
        .into_iter()
        .filter(|(method, path)| method.as_str() == "GET" && !left_out(path))
        .map(|(_, path)| path.to_owned())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}
