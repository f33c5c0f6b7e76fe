//! A long run of episodes gets a summary.

use super::{dream, only, talk};
use crate::support::*;
use loket_brain::{DeedKind, Kind, MemoryId, Query};

#[test]
fn a_long_run_that_is_over_gets_a_summary_of_its_own_sentences() {
    for (count, now, expect) in
        [(11, 3 * DAY, false), (12, 1000 + DAY - 1, false), (12, 1000 + DAY, true), (30, 3 * DAY, true)]
    {
        let brain = brain();
        let ids = talk(&brain, "c", count);
        let dreamt = dream(&brain, now);
        assert_eq!(!dreamt.deeds.is_empty(), expect, "{count} at {now}: {dreamt:?}");
        if !expect {
            continue;
        }
        let deed = only(&dreamt, DeedKind::Summary);
        assert_eq!(deed.memories, ids);
        let summary = entry(&brain, deed.kept.as_ref().expect("written"));
        assert_eq!((summary.kind, summary.conversation.as_deref(), summary.written), (Kind::Episode, Some("c"), now));
        assert_eq!((summary.tags.as_slice(), &summary.text), (&["summary".to_owned()][..], &deed.words));
        assert_eq!(summary.source.turn, "the-dream");
        let sentences: Vec<&str> =
            summary.text.split_inclusive(". ").map(|one| one.trim().trim_end_matches('.')).collect();
        assert!((1..=5).contains(&sentences.len()), "{}", summary.text);
        let texts: Vec<String> = ids.iter().map(|id| entry(&brain, id).text).collect();
        for sentence in sentences {
            assert!(texts.iter().any(|text| text.trim_end_matches('.') == sentence), "{sentence} was never said");
        }
        assert!(ids.iter().all(|id| entry(&brain, id).faded == 1), "the episodes wear by a step");
        assert_eq!(
            names(&brain, &Query { tags: vec!["summary".to_owned()], ..Query::words("roof of the barn") }),
            [summary.id.clone()]
        );
        assert_eq!(dream(&brain, now + DAY).deeds, [], "once");
    }
}

#[test]
fn summaries_are_of_one_conversation_each_and_go_on_where_the_last_ended() {
    let brain = brain();
    let (one, other) = (talk(&brain, "c", 14), talk(&brain, "d", 13));
    talk(&brain, "e", 5);
    for n in 0..20 {
        write(&brain, of(Kind::Episode, &format!("of no conversation {n}")), 1000 + n);
    }
    let dreamt = dream(&brain, 3 * DAY);
    let about: Vec<Vec<MemoryId>> = dreamt.deeds.iter().map(|deed| deed.memories.clone()).collect();
    assert_eq!(about, [one, other]);
    let more: Vec<MemoryId> =
        (0..12).map(|n| write(&brain, said("c", &format!("we go on about the garden, {n}")), 4 * DAY + n)).collect();
    let dreamt = dream(&brain, 6 * DAY);
    assert_eq!(only(&dreamt, DeedKind::Summary).memories, more);
}
