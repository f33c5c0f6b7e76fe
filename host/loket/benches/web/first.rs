//! What a browser transfers for the first page: the page itself, and all that it links to.

use crate::Outcome;
use crate::measure::{Table, Target};
use crate::page::get;
use crate::served::Served;
use std::collections::BTreeSet;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let served = Served::new(1, 0)?;
    let page = get(served.address, "/", &served.cookie)?;
    let mut wanted: Vec<String> = linked(&page.body);
    let (mut bytes, mut seen) = (page.bytes, BTreeSet::new());
    while let Some(path) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let file = get(served.address, &path, &served.cookie)?;
        bytes += file.bytes;
        wanted.extend(linked(&file.body));
    }
    let times = format!("{} files, as they are sent: not compressed", seen.len() + 1);
    table.row("the first page with all that it links to", times, bytes as f64 / 1_000.0, Target::Most(150.0, " KB"));
    served.end();
    Ok(())
}

/// The files that a page or a script names.
fn linked(text: &str) -> Vec<String> {
    let named = text.split(['"', '\'']).filter_map(|word| match word.strip_prefix("./") {
        Some(file) if file.contains('.') => Some(format!("/assets/{file}")),
        _ => word.starts_with("/assets/").then(|| word.to_owned()),
    });
    named.filter(|path| path.bytes().all(|b| b.is_ascii_graphic())).collect()
}
