//! The phrasings that the rules were written with: all of them come out right.

mod judge;

use judge::{Case, Table};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Phrasings that share what they know and what should come of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    class: String,
    expect: String,
    quote: Option<usize>,
    tool: Option<String>,
    home: Option<String>,
    #[serde(default)]
    memories: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    texts: Vec<String>,
}

/// The file: what is remembered in each home, and the groups.
#[derive(Deserialize)]
struct Groups {
    homes: BTreeMap<String, Vec<String>>,
    group: Vec<Group>,
}

#[test]
fn every_known_phrasing_comes_out_right() {
    let groups: Groups = toml::from_str(include_str!("phrasings.toml")).expect("the phrasings parse");
    let homes = groups.homes;
    let cases = groups.group.into_iter().flat_map(|group| {
        let memories = group.home.map_or(group.memories, |home| homes[&home].clone());
        group.texts.into_iter().map(move |text| Case {
            class: group.class.clone(),
            text,
            memories: memories.clone(),
            tools: group.tools.clone(),
            expect: group.expect.clone(),
            quote: group.quote,
            tool: group.tool.clone(),
        })
    });
    let table = Table { cases: cases.collect() };
    let (failures, classes) = judge::judge(&table);
    for case in &failures {
        println!("{}: expected {} {:?}: {}", case.class, case.expect, case.quote, case.outcome());
    }
    assert!(failures.is_empty(), "{} fail; right, of all: {classes:?}", failures.len());
}
