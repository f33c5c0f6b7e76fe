//! A brain with something of everything, from which the samples of older formats are made.

use crate::support::*;
use flate2::{Compression, write::GzEncoder};
use loket_brain::{Brain, Dreaming, Kind, Labels, Meaning, MemoryId, Options, Origin, Query, Revision, Source, Step};
use std::fs;
use std::path::Path;

/// So many memories it has.
pub(crate) const COUNT: u64 = 145;
/// A moment after all of it.
pub(crate) const NOW: u64 = 1_800_000_000_000;
const START: u64 = 1_700_000_000_000;

/// Who says something, in a turn with a name as hosts give them, by a component.
fn by(n: u64, agent: &str, package: Option<&str>) -> Origin {
    let source = Source {
        agent: agent.to_owned(),
        turn: format!("01HF{n:04}ZT4J9M2QW8Y3XK6RBC").chars().take(26).collect(),
        chain: format!("owner > agent:{agent}"),
        package: package.map(|package| format!("{package} sha256:{}", "0123456789abcdef".repeat(4))),
    };
    let labels = if n.is_multiple_of(3) { Labels::PRIVATE } else { Labels::NONE };
    Origin { source, labels, time: START + n * 3_600_000 }
}

#[track_caller]
fn say(brain: &Brain, draft: loket_brain::Draft, origin: Origin) -> MemoryId {
    brain.remember(draft, origin).expect("remembered")
}

/// Fills a brain; what it was told last is in its log and its tail only.
pub(crate) fn fill(brain: &Brain) {
    for n in 0..100 {
        let package = [None, Some("acme:notes@1.0.0"), Some("agent:scout@")][n as usize % 3];
        let text = format!("note {n} is about {}", n * 7919);
        say(brain, tagged(&text, &["Numbers", &format!("batch {}", n / 25)]), by(n, "scout", package));
    }
    for n in 0..14 {
        let text = match n {
            5 => "The router says armadillo when its lamp is green.".to_owned(),
            n => format!("We spoke of the router and its lamp, for the {n} time today."),
        };
        say(brain, said("telegram:42", &text), by(110 + n, "scout", Some("agent:scout@")));
    }
    let pinned = say(brain, tagged("Anna has two cats", &["Pets", "home"]), by(130, "scout", None));
    brain.pin(&pinned, true).expect("pinned");
    // Said again, by others.
    for n in 0..3 {
        say(brain, tagged("anna has two cats!", &["Home", "cats"]), by(131 + n, &format!("other{n}"), None));
    }
    let server = say(brain, draft("my server is at 10.0.0.5"), by(140, "scout", None));
    brain.correct(correction(Some(&server), "", "my server is at 10.0.0.7"), by(141, "scout", None)).expect("learnt");
    brain
        .correct(
            correction(None, "the release branch was deleted", "archive the release branch"),
            by(142, "scout", None),
        )
        .expect("learnt");
    say(brain, draft("the door code is 4471"), by(143, "scout", None));
    say(brain, draft("the door code is 9020"), by(144, "scout", None));
    let step = Step {
        tool: "acme:mail/send".to_owned(),
        arguments: r#"{"to": "bob"}"#.to_owned(),
        outcome: "sent".to_owned(),
    };
    say(
        brain,
        loket_brain::Draft { steps: vec![step], ..of(Kind::Skill, "how to write to Bob") },
        by(145, "scout", None),
    );
    // Two that say nearly the same, which a dream merges.
    say(brain, tagged("the garden hose is kept in the old shed", &["Garden"]), by(146, "scout", None));
    say(brain, tagged("the garden hose is kept in the old shed now", &["tools"]), by(147, "mail", None));
    let gone = said("wombat talk", "the owner saw an umbrellabird");
    let gone = say(brain, loket_brain::Draft { tags: vec!["numbat".to_owned()], ..gone }, by(148, "zookeeper", None));
    let edited = say(brain, tagged("the spare key is under the ficus", &["secret"]), by(149, "scout", None));
    brain.snapshot("first").expect("kept");
    brain.edit(&edited, &Revision { tags: Some(vec!["Keys".to_owned()]), ..Revision::default() }).expect("edited");
    for (hit, time) in recall(brain, "spare key").iter().zip(NOW - 90_000..) {
        brain.used([hit.entry.id.clone()], time);
    }
    brain.set_vectors("a-model", vec![(edited, vec![0.9, 0.1]), (pinned, vec![0.1, 0.9])]).expect("kept");
    let source = Source { agent: "dreamer".to_owned(), ..Source::default() };
    for time in [START + 200 * DAY, START + 300 * DAY] {
        let dreaming = Dreaming { now: time, rehearse: false, source: source.clone(), summarise: None };
        assert!(!brain.dream(&dreaming).expect("dreamt").deeds.is_empty());
    }
    brain.forget(&gone, START + 301 * DAY).expect("forgotten");
    brain.index_now().expect("indexed");
    for n in 0..20 {
        let draft = said("mail:7", &format!("last words {n}, of the {n}th letter"));
        say(brain, draft, Origin { time: START + 302 * DAY + n, ..by(200 + n, "scout", Some("acme:mail@2.1.0")) });
    }
}

/// Makes the sample of the format that this program writes: name a folder in `LOKET_BRAIN_SAMPLE`, and copy what is in it afterwards to
/// `data`.
#[test]
fn write_the_form() {
    let Some(into) = std::env::var_os("LOKET_BRAIN_SAMPLE") else { return };
    let brain = brain_with(Options { cache_bytes: 1 << 20, ..Options::default() });
    fill(&brain);
    // As a crash leaves it: with a log.
    let crashed = crashed(&brain);
    assert!(fs::metadata(crashed.path().join("brain.log")).expect("there").len() > 1000);
    assert_eq!(brain.count().expect("counted"), COUNT);
    let near = Query { limit: 1, ..Query::words("where is the key?") };
    let meaning = Meaning { model: "a-model".to_owned(), vector: vec![1.0, 0.0] };
    assert_eq!(brain.recall_at(&near, NOW, Some(&meaning)).expect("recalled")[0].why.meaning, Some(1));
    let pack = |name: &str| {
        let file = fs::File::create(Path::new(&into).join(name)).expect("made");
        GzEncoder::new(file, Compression::best())
    };
    let mut tar = tar::Builder::new(pack("format-N.tar.gz"));
    tar.append_dir_all(".", crashed.path()).expect("packed");
    tar.into_inner().expect("packed").finish().expect("written");
    let mut lines = pack("format-N.jsonl.gz");
    for line in exported(&brain, 1000) {
        std::io::Write::write_all(&mut lines, format!("{line}\n").as_bytes()).expect("written");
    }
    lines.finish().expect("written");
}
