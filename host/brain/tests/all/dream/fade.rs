//! What is never used fades, and what brings it back.

use super::{SEASON, dream};
use crate::support::*;
use loket_brain::{Deed, DeedKind, Kind, Query};

#[test]
fn what_is_never_used_fades_by_the_season_and_stays_findable() {
    let brain = brain();
    let id = write(&brain, draft("the spare key is under the ficus"), 1000);
    let other = write(&brain, draft("the spare bulb is in the ficus pot as well"), 1000);
    brain.used([other.clone()], 10 * SEASON);
    for (now, faded) in [(SEASON, 0), (SEASON + 1000, 1), (2 * SEASON + 1000, 2), (9 * SEASON, 4), (10 * SEASON, 4)] {
        let before = entry(&brain, &id).faded;
        let dreamt = dream(&brain, now);
        assert_eq!(entry(&brain, &id).faded, faded, "at {now}");
        let deeds: Vec<&Deed> = dreamt.deeds.iter().filter(|deed| deed.kind == DeedKind::Fade).collect();
        assert_eq!(deeds.len(), usize::from(faded != before));
        assert!(deeds.iter().all(|deed| deed.memories == [id.clone()] && deed.kept.is_none()), "{deeds:?}");
    }
    assert_eq!(entry(&brain, &other).faded, 0);
    for _ in ["tail", "index"] {
        assert_eq!(names(&brain, &Query::words("spare ficus")), [other.clone(), id.clone()]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_use_or_a_word_of_it_brings_back_what_faded() {
    for seasons in 1..=4u64 {
        for used in [true, false] {
            let brain = brain();
            let id = write(&brain, draft("the spare key is under the ficus"), 0);
            let now = seasons * SEASON;
            dream(&brain, now);
            assert_eq!(u64::from(entry(&brain, &id).faded), seasons);
            if used {
                brain.used([id.clone()], now);
            } else {
                write(&brain, draft("The spare key is under the ficus!"), now);
                assert_eq!(entry(&brain, &id).faded, 0, "at once");
            }
            dream(&brain, now + DAY);
            assert_eq!(entry(&brain, &id).faded, 0, "{seasons} seasons, used: {used}");
        }
    }
}

#[test]
fn a_use_that_is_a_season_ago_leaves_what_faded_for_that_season_only() {
    let brain = brain();
    let id = write(&brain, draft("the spare key is under the ficus"), 0);
    dream(&brain, 4 * SEASON);
    brain.used([id.clone()], 4 * SEASON);
    dream(&brain, 5 * SEASON + DAY);
    assert_eq!(entry(&brain, &id).faded, 1);
}

#[test]
fn what_lasts_does_not_fade() {
    let brain = brain();
    let pinned = write(&brain, draft("the pinned one"), 1);
    brain.pin(&pinned, true).expect("pinned");
    let lesson = brain.correct(correction(None, "up is down", "up is up"), at(1)).expect("corrected");
    let told = write(&brain, of(Kind::Lesson, "measure twice"), 1);
    let skill = write(&brain, of(Kind::Skill, "restart the router"), 1);
    let confirmed = write(&brain, draft("tea is at four"), 1);
    write(&brain, draft("tea is at four"), 2);
    assert_eq!(dream(&brain, 20 * SEASON).deeds, []);
    for id in [pinned, lesson, told, skill, confirmed] {
        assert_eq!(entry(&brain, &id).faded, 0);
    }
}

#[test]
fn a_pin_brings_back_what_faded_and_keeps_it() {
    let brain = brain();
    let id = write(&brain, draft("the spare key is under the ficus"), 0);
    dream(&brain, 3 * SEASON);
    brain.pin(&id, true).expect("pinned");
    assert_eq!(entry(&brain, &id).faded, 0);
    assert_eq!(dream(&brain, 9 * SEASON).deeds, []);
}
