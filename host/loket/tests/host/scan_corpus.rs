//! How good the scanners are, held against how good they were: the corpus of `cargo xtask bench scan`.

#[path = "../../benches/scan/corpus.rs"]
mod corpus;
#[path = "../../benches/scan/tally.rs"]
mod tally;

use crate::house::lay_out;
use loket::scan::alone::Alone;

#[tokio::test(flavor = "multi_thread")]
async fn the_scanners_are_as_good_as_they_were() {
    let home = tempfile::tempdir().expect("a temporary folder");
    lay_out(home.path(), "");
    corpus::lay_out_advisories(home.path());
    let alone = Alone::open(home.path(), None, None).unwrap_or_else(|problem| panic!("{problem:?}"));
    let tally = tally::Tally::of(&alone, corpus::read()).await;
    alone.end().await;
    let (hostile, benign) = tally.sizes();
    assert!(hostile >= 40 && benign >= 40, "{hostile} attacks and {benign} look-alikes");
    // What is missed and what is wrongly flagged, by name. Where that is meant: `INSTA_UPDATE=always`, and look at what changes.
    insta::assert_snapshot!(tally);
}
