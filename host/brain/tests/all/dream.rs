//! What an idle brain does with what it learnt, and the way back from it.

use crate::support::*;
use loket_brain::{
    Brain, BrainError, Deed, DeedKind, Draft, Dream, Dreaming, Entry, Kind, Labels, Language, MemoryId, Options,
    Origin, Query, Revision, Source, Standing, SummaryTask,
};
use std::cell::RefCell;

const SEASON: u64 = 90 * DAY;

fn dreaming(now: u64) -> Dreaming<'static> {
    let source = Source { agent: "scout".to_owned(), turn: "the-dream".to_owned(), ..Source::default() };
    Dreaming { now, rehearse: false, source, summarise: None }
}

#[track_caller]
fn dream(brain: &Brain, now: u64) -> Dream {
    brain.dream(&dreaming(now)).expect("dreamt")
}

#[track_caller]
fn only(dream: &Dream, kind: DeedKind) -> &Deed {
    let found: Vec<&Deed> = dream.deeds.iter().filter(|deed| deed.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind:?} in {dream:?}");
    found[0]
}

/// The long one with other words in place of some of it.
fn long(words: &str, others: &str) -> String {
    LONG.replace(words, others)
}

/// Whether a dream makes one of two memories.
fn merged(language: &str, one: Draft, other: Draft) -> bool {
    let language: Language = language.parse().expect("known");
    let brain = brain_with(Options { language, ..Options::default() });
    let ids = [write(&brain, one, 1), write(&brain, other, 2)];
    assert_ne!(ids[0], ids[1], "they were one before any dream");
    let dreamt = dream(&brain, DAY);
    let merges = dreamt.deeds.iter().filter(|deed| deed.kind == DeedKind::Merge).count();
    let current = ids.iter().filter(|id| entry(&brain, id).standing == Standing::Current).count();
    assert_eq!(merges, 2 - current);
    merges == 1
}

const LONG: &str = "the quarterly report about sales in the northern region must reach the office of the director, printed and \
                    signed, together with all invoices and contracts";

#[test]
fn what_says_nearly_the_same_becomes_one() {
    for (one, other) in [
        ("the backup runs on the NAS", "The backup is running on a NAS"),
        ("Anna likes green tea", "Anna likes green teas"),
        ("we deploy Fridays", "We deployed, Friday"),
        (LONG, &long("printed and", "neatly printed and")),
        (LONG, &long("must reach", "has to reach")),
    ] {
        assert!(merged("en", draft(one), draft(other)), "{one} / {other}");
    }
    for (language, one, other) in [
        ("de", "Die Schulen haben alte Häuser", "die Schule hat ein altes Haus"),
        ("nl", "de stoelen zijn bij de huizen", "Een stoel is bij een huis"),
    ] {
        assert!(merged(language, draft(one), draft(other)), "{one} / {other}");
    }
    let skill = |text: &str| of(Kind::Skill, text);
    assert!(merged("en", skill("restart the router by its button"), skill("restarting a router, by its buttons")));
}

#[test]
fn what_says_something_else_stays_two() {
    let pairs = [
        // A number, a name, a negation.
        ("the bus number four stops at the market", "the bus number nine stops at the market"),
        ("version 1.2 broke the build", "version 1.3 broke the build"),
        ("Ann likes green tea", "Bob likes green tea"),
        ("the tap in the kitchen drips", "the tap in the kitchen never drips"),
        ("the tap drips", "the tap does not drip"),
        (LONG, &long("sales", "2024 sales")),
        (LONG, &long("must reach", "must not reach")),
        (LONG, &long("contracts", "contracts for Maria")),
        (LONG, &long("director", "director Boris")),
        // Numbers in words, and words that mean another thing.
        (LONG, &long("invoices", "three invoices")),
        (&long("invoices", "two invoices"), &long("invoices", "three invoices")),
        (LONG, &long("northern", "southern")),
        (LONG, &long("signed", "unsigned")),
        // Order, tense, place, whose.
        ("Ann met Bob", "Bob met Ann"),
        ("the train leaves before the bus", "the train leaves after the bus"),
        ("the ladder is in the barn", "the ladder is under the barn"),
        ("my password is stored upstairs", "your password is stored upstairs"),
        ("the door is open", "the door was open"),
        ("the door is open?", "a door is open"),
        ("all doors are open", "most doors are open"),
    ];
    let lost: Vec<_> = pairs.iter().filter(|(one, other)| merged("en", draft(one), draft(other))).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(!merged("en", of(Kind::Skill, "tea in the garden"), of(Kind::Fact, "the tea in a garden")), "of two kinds");
    for (one, other) in [("tea in the garden", "the tea, in a garden"), (LONG, &long("must", "shall"))] {
        assert!(!merged("en", said("c", one), said("d", other)), "episodes happened each for itself");
    }
}

#[test]
fn without_spaces_what_says_something_else_stays_two() {
    let pairs = [
        ("我的猫喜欢吃鱼", "我的狗喜欢散步"),
        ("我的服务器在地下室", "我的生日在三月"),
        ("会议在星期三", "会议在星期五"),
        ("妹妹喜欢苹果", "妹妹不喜欢苹果"),
        ("私の猫は魚が好き", "私の犬は散歩が好き"),
        ("東京に住んでいる", "東京タワーに登った"),
        (
            "这份关于北方地区销售情况的季度报告必须在星期五之前交给主任办公室，并附上所有发票和合同",
            "这份关于南方地区销售情况的季度报告必须在星期五之前交给主任办公室，并附上所有发票和合同",
        ),
    ];
    for language in ["zh", "ja", "en"] {
        let lost: Vec<_> = pairs.iter().filter(|(one, other)| merged(language, draft(one), draft(other))).collect();
        assert!(lost.is_empty(), "{language}: {lost:#?}");
    }
}

#[test]
fn lessons_about_other_situations_stay_two() {
    let brain = brain();
    let told = |wrong: &str, applies: &str| {
        let words = loket_brain::Correction {
            mistake: None,
            wrong: wrong.to_owned(),
            right: "ask the owner first".to_owned(),
            applies: applies.to_owned(),
        };
        brain.correct(words, at(1)).expect("corrected")
    };
    let ids = [told("answered by itself", "a bill comes"), told("answering by itself", "a letter comes")];
    let alike = told("answers by itself", "a bill comes");
    dream(&brain, DAY);
    let current = |id: &MemoryId| entry(&brain, id).standing == Standing::Current;
    assert!(current(&ids[1]));
    assert!(current(&ids[0]) != current(&alike), "those about one situation become one");
}

#[test]
fn the_one_that_is_kept_takes_in_what_the_others_know() {
    for indexed in [false, true] {
        let brain = brain();
        let strong = write(&brain, tagged("the backup runs on the NAS", &["it"]), 5000);
        write(&brain, draft("the backup runs on the NAS"), 6000);
        let origin = Origin { labels: Labels::PRIVATE, ..at(1000) };
        let weak = brain.remember(tagged("a backup is running on a NAS", &["It", "home"]), origin).expect("remembered");
        if indexed {
            brain.index_now().expect("indexed");
        }
        let dreamt = dream(&brain, DAY);
        let deed = only(&dreamt, DeedKind::Merge);
        assert_eq!((&deed.kept, &deed.memories), (&Some(strong.clone()), &vec![strong.clone(), weak.clone()]));
        assert_eq!(deed.words, "the backup runs on the NAS");
        let kept = entry(&brain, &strong);
        assert_eq!((kept.strength, kept.written, kept.labels), (3, 1000, Labels::PRIVATE));
        assert_eq!(kept.tags, ["it", "home"]);
        assert_eq!(kept.also.iter().map(|source| source.turn.as_str()).collect::<Vec<_>>(), ["turn-6000", "turn-1000"]);
        assert_eq!(entry(&brain, &weak).standing, Standing::Superseded(strong.clone()));
        for _ in ["tail", "index"] {
            assert_eq!(names(&brain, &Query::words("backup")), [strong.clone()]);
            assert_eq!(names(&brain, &Query::words("home")), [strong.clone()], "by the other's tag");
            brain.index_now().expect("indexed");
        }
    }
}

#[test]
fn many_that_say_the_same_become_one() {
    let brain = brain();
    let wordings = [
        "the backup runs on the NAS",
        "a backup is running on a NAS",
        "backups run on the NAS",
        "The backup: it is running on its NAS",
    ];
    wordings.iter().for_each(|wording| drop(remember(&brain, wording)));
    assert_eq!(only(&dream(&brain, DAY), DeedKind::Merge).memories.len(), 4);
    let hits = recall(&brain, "backup");
    assert_eq!((hits.len(), hits[0].entry.strength), (1, 4));
}

/// Corrections of one sort of mistake.
fn habit(brain: &Brain, what: &[&str]) -> Vec<MemoryId> {
    let correct = |what: &&str| {
        let right = format!("deploy the {what} service with the pipeline");
        brain.correct(correction(None, &format!("{what} went out by hand"), &right), at(1000)).expect("corrected")
    };
    what.iter().map(correct).collect()
}

#[test]
fn mistakes_that_recur_become_an_insight_which_grows() {
    let brain = brain();
    let mut lessons = habit(&brain, &["billing", "payroll", "mail"]);
    brain.correct(correction(None, "fed the cat twice", "the cat is fed by Anna"), at(1)).expect("corrected");
    assert_eq!(dream(&brain, DAY).deeds, [], "three are no habit");
    lessons.extend(habit(&brain, &["search"]));
    let dreamt = dream(&brain, 2 * DAY);
    let deed = only(&dreamt, DeedKind::Insight);
    let mut about = deed.memories.clone();
    about.sort();
    assert_eq!(about, lessons);
    let insight = deed.kept.clone().expect("written");
    let written = entry(&brain, &insight);
    assert_eq!((written.kind, &written.text, written.written), (Kind::Lesson, &deed.words, 2 * DAY));
    assert_eq!(written.source.turn, "the-dream");
    assert!(
        written.text.contains("4 times") && written.text.contains("deploy the payroll service"),
        "{}",
        written.text
    );
    assert!(!written.text.contains("cat"), "{}", written.text);
    let found = |brain: &Brain| names(brain, &Query { limit: 50, ..Query::words("deploy a service") });
    assert!(found(&brain).contains(&insight));
    assert_eq!(dream(&brain, 3 * DAY).deeds, [], "it is drawn already");

    lessons.extend(habit(&brain, &["chat"]));
    let dreamt = dream(&brain, 4 * DAY);
    let grown = only(&dreamt, DeedKind::Insight).kept.clone().expect("written");
    assert_eq!(entry(&brain, &insight).standing, Standing::Superseded(grown.clone()));
    assert!(entry(&brain, &grown).text.contains("5 times"));
    for _ in ["tail", "index"] {
        assert!(found(&brain).contains(&grown) && !found(&brain).contains(&insight));
        brain.index_now().expect("indexed");
    }
    assert!(lessons.iter().all(|id| entry(&brain, id).standing == Standing::Current), "the lessons themselves stay");
}

#[test]
fn one_mistake_that_struck_often_is_a_habit_too() {
    let brain = brain();
    let wrong = remember(&brain, "the standup is held upstairs");
    for time in 1..=4 {
        brain.correct(correction(Some(&wrong), "", "the standup is held in the cellar"), at(time)).expect("corrected");
    }
    let dreamt = dream(&brain, DAY);
    assert!(only(&dreamt, DeedKind::Insight).words.contains("4 times"));
}

#[test]
fn an_insight_bears_the_labels_of_what_it_was_drawn_from() {
    let brain = brain();
    habit(&brain, &["billing", "payroll", "mail"]);
    let origin = Origin { labels: Labels::UNTRUSTED, ..at(1000) };
    let right = "deploy the search service with the pipeline";
    brain.correct(correction(None, "search went out by hand", right), origin).expect("corrected");
    let insight = only(&dream(&brain, DAY), DeedKind::Insight).kept.clone().expect("written");
    assert_eq!(entry(&brain, &insight).labels, Labels::UNTRUSTED);
}

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

#[test]
fn what_is_pinned_is_not_merged() {
    let brain = brain();
    let ids = ["the backup runs on the NAS", "a backup is running on a NAS"].map(|text| remember(&brain, text));
    brain.pin(&ids[0], true).expect("pinned");
    assert_eq!(dream(&brain, DAY).deeds, []);
    assert!(ids.iter().all(|id| entry(&brain, id).standing == Standing::Current));
}

/// Episodes of a conversation, the last at 1000.
fn talk(brain: &Brain, conversation: &str, count: u64) -> Vec<MemoryId> {
    let text = |n: u64| match n % 3 {
        0 => format!("The owner asked how the roof of the barn can be repaired before winter, question {n}."),
        1 => format!("The roof of the barn needs forty new tiles and a carpenter, we said in part {n}"),
        _ => format!("Small talk {n}"),
    };
    (0..count).map(|n| write(brain, said(conversation, &text(n)), 1000 - count + n + 1)).collect()
}

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

#[test]
fn a_model_is_asked_for_summaries_and_insights() {
    let brain = brain();
    talk(&brain, "c", 12);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    let asked = RefCell::new(Vec::new());
    let model = |task: SummaryTask, texts: &[String]| {
        asked.borrow_mut().push((task, texts.to_vec()));
        Some(format!("words of a model about {} things", texts.len()))
    };
    let with = |rehearse| Dreaming { rehearse, summarise: Some(&model), ..dreaming(3 * DAY) };
    brain.dream(&with(true)).expect("rehearsed");
    assert!(asked.borrow().is_empty(), "a rehearsal asks nobody");
    let dreamt = brain.dream(&with(false)).expect("dreamt");
    for (kind, words) in [
        (DeedKind::Summary, "words of a model about 12 things"),
        (DeedKind::Insight, "words of a model about 4 things"),
    ] {
        let deed = only(&dreamt, kind);
        assert_eq!(
            (deed.words.as_str(), entry(&brain, deed.kept.as_ref().expect("written")).text.as_str()),
            (words, words)
        );
    }
    let asked = asked.borrow();
    let of = |task| asked.iter().filter(|one| one.0 == task).flat_map(|one| &one.1).collect::<Vec<_>>();
    assert_eq!((of(SummaryTask::Episodes).len(), of(SummaryTask::Lessons).len()), (12, 4));
    assert!(of(SummaryTask::Lessons)[0].contains("\nWrong was: "), "with what was wrong");
}

#[test]
fn a_model_that_says_nothing_or_too_much_does_no_harm() {
    for answer in [None, Some(String::new()), Some(" \n ".to_owned()), Some("é".repeat(1 << 20))] {
        let brain = brain();
        talk(&brain, "c", 12);
        habit(&brain, &["billing", "payroll", "mail", "search"]);
        let model = |_: SummaryTask, _: &[String]| answer.clone();
        let dreamt = brain.dream(&Dreaming { summarise: Some(&model), ..dreaming(3 * DAY) }).expect("dreamt");
        only(&dreamt, DeedKind::Summary);
        only(&dreamt, DeedKind::Insight);
        for entry in everything(&brain) {
            assert!(!entry.text.trim().is_empty() && entry.text.len() <= 64 << 10, "{} bytes", entry.text.len());
        }
        assert!(dreamt.deeds.iter().all(|deed| !deed.words.is_empty()));
        // It can be moved, as anything can.
        let other = crate::support::brain();
        other.import(&exported(&brain, 1000), &at(1)).expect("imported");
    }
}

/// A brain with something to do of every sort.
fn restless() -> Fixture {
    let brain = brain();
    for text in ["the backup runs on the NAS", "a backup is running on a NAS", "the spare key is under the ficus"] {
        remember(&brain, text);
    }
    talk(&brain, "c", 14);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    brain
}

/// All that anybody can see of a brain.
fn seen(brain: &Brain) -> (Vec<Entry>, usize, Vec<Vec<MemoryId>>) {
    let questions = ["backup", "key", "roof", "deploy", ""];
    let found = questions.map(|text| names(brain, &Query { limit: 100, ..Query::words(text) }));
    (everything(brain), brain.journal(100).expect("read").len(), found.to_vec())
}

#[test]
fn a_rehearsal_says_what_would_be_done_and_does_nothing() {
    let brain = restless();
    let before = seen(&brain);
    let rehearsed = brain.dream(&Dreaming { rehearse: true, ..dreaming(SEASON + DAY) }).expect("rehearsed");
    assert_eq!(rehearsed.entry, None);
    assert_eq!(seen(&brain), before);
    assert!(!brain.stale().expect("read"));
    let dreamt = dream(&brain, SEASON + DAY);
    let told = |dream: &Dream| {
        dream.deeds.iter().map(|deed| (deed.kind, deed.memories.clone(), deed.words.clone())).collect::<Vec<_>>()
    };
    for kind in [DeedKind::Merge, DeedKind::Insight, DeedKind::Summary, DeedKind::Fade] {
        assert!(rehearsed.deeds.iter().any(|deed| deed.kind == kind), "{kind:?} in {rehearsed:?}");
    }
    assert_eq!(told(&dreamt), told(&rehearsed), "the same as is done then");
    for (deed, done) in rehearsed.deeds.iter().zip(&dreamt.deeds) {
        let expect = if deed.kind == DeedKind::Merge { done.kept.clone() } else { None };
        assert_eq!(deed.kept, expect, "what is not written yet has no name");
    }
}

#[test]
fn a_second_dream_right_after_finds_nothing_to_do() {
    for now in [3 * DAY, SEASON + DAY, 3 * SEASON, 9 * SEASON] {
        let brain = restless();
        let dreamt = dream(&brain, now);
        assert!(dreamt.entry.is_some() && dreamt.deeds.len() >= 3, "{dreamt:?}");
        let before = seen(&brain);
        let again = dream(&brain, now);
        assert_eq!((again.entry, again.deeds), (None, Vec::new()), "at {now}");
        assert_eq!(seen(&brain), before);
    }
    let empty = brain();
    assert_eq!(dream(&empty, DAY), Dream::default());
}

#[test]
fn a_dream_that_is_taken_back_leaves_everything_as_it_was() {
    for indexed in [false, true] {
        for now in [3 * DAY, 2 * SEASON] {
            let brain = restless();
            if indexed {
                brain.index_now().expect("indexed");
            }
            let (before, _, found) = seen(&brain);
            let dreamt = dream(&brain, now);
            if indexed {
                brain.index_now().expect("indexed");
            }
            assert_ne!(everything(&brain), before);
            let entry = dreamt.entry.expect("an entry");
            let undone = brain.undo(entry).expect("taken back");
            assert!(undone >= 18, "{undone}");
            for place in ["tail", "index"] {
                let (now, _, now_found) = seen(&brain);
                assert_eq!((&now, &now_found), (&before, &found), "in the {place}");
                brain.index_now().expect("indexed");
            }
            assert!(brain.journal(10).expect("read")[0].undone);
            match brain.undo(entry) {
                Err(BrainError::Invalid(message)) => assert!(message.contains("taken back already"), "{message}"),
                other => panic!("{other:?}"),
            }
            let brain = brain.reopened(|_| {});
            assert_eq!(everything(&brain), before);
            // It learns as if it had never dreamt.
            let count = brain.count().expect("counted");
            write(&brain, draft("a backup is running on a NAS"), now + DAY);
            write(&brain, draft("the backup runs on the NAS"), now + DAY);
            assert_eq!(brain.count().expect("counted"), count);
        }
    }
}

#[test]
fn what_others_changed_since_stays_when_a_dream_is_taken_back() {
    let brain = restless();
    let ids: Vec<MemoryId> = ["ficus", "question 3"].map(|word| recall(&brain, word)[0].entry.id.clone()).to_vec();
    let before = everything(&brain);
    let dreamt = dream(&brain, SEASON + DAY);
    let merge = only(&dreamt, DeedKind::Merge).clone();
    let summary = only(&dreamt, DeedKind::Summary).kept.clone().expect("written");
    // One is said again, one is edited, one is forgotten; a summary is pinned.
    write(&brain, draft("the spare key is under the ficus"), SEASON + 2 * DAY);
    let text = Some("put right".to_owned());
    brain.edit(&merge.memories[1], &Revision { text, ..Revision::default() }).expect("edited");
    brain.forget(&ids[1], SEASON + 2 * DAY).expect("forgotten");
    assert_eq!(brain.get(&summary).expect("read"), None, "it was drawn from what is forgotten");
    let expect: Vec<Entry> = [&ids[0], &merge.memories[1]].map(|id| entry(&brain, id)).to_vec();

    brain.undo(dreamt.entry.expect("an entry")).expect("taken back");
    let after = everything(&brain);
    for old in &before {
        let now = after.iter().find(|entry| entry.id == old.id);
        if old.id == ids[1] {
            assert_eq!(now, None);
        } else if let Some(changed) = expect.iter().find(|entry| entry.id == old.id) {
            assert_eq!(now, Some(changed));
        } else {
            assert_eq!(now, Some(old));
        }
    }
    assert_eq!(after.len(), before.len() - 1, "what the dream wrote is gone");
}

#[test]
fn what_is_changed_while_a_model_thinks_is_left_alone() {
    let brain = restless();
    let ids: Vec<MemoryId> = ["question 3", "running"].map(|word| recall(&brain, word)[0].entry.id.clone()).to_vec();
    let text = || Some("put right meanwhile".to_owned());
    let model = |task: SummaryTask, _: &[String]| {
        if task == SummaryTask::Episodes {
            for id in &ids {
                brain.edit(id, &Revision { text: text(), ..Revision::default() }).expect("edited");
            }
        }
        Some("words of a model".to_owned())
    };
    let dreamt = brain.dream(&Dreaming { summarise: Some(&model), ..dreaming(3 * DAY) }).expect("dreamt");
    let kinds: Vec<DeedKind> = dreamt.deeds.iter().map(|deed| deed.kind).collect();
    assert_eq!(kinds, [DeedKind::Insight], "neither the summary nor the merge, whose memories are others now");
    for id in &ids {
        let entry = entry(&brain, id);
        assert_eq!((entry.text.as_str(), entry.faded, entry.standing), ("put right meanwhile", 0, Standing::Current));
    }
}

#[test]
fn the_journal_tells_dreams_newest_first() {
    let brain = restless();
    assert_eq!(brain.journal(10).expect("read"), []);
    let first = dream(&brain, 3 * DAY);
    write(&brain, draft("the new backup runs on the NAS"), 4 * DAY);
    write(&brain, draft("a new backup is running on a NAS"), 4 * DAY);
    let second = dream(&brain, 5 * DAY);
    let brain = brain.reopened(|_| {});
    let journal = brain.journal(10).expect("read");
    let told: Vec<_> =
        journal.iter().map(|entry| (Some(entry.entry), entry.time, entry.undone, &entry.deeds)).collect();
    assert_eq!(told, [(second.entry, 5 * DAY, false, &second.deeds), (first.entry, 3 * DAY, false, &first.deeds)]);
    assert_eq!(brain.journal(1).expect("read"), journal[..1]);
    for limit in [0, 101] {
        assert!(matches!(brain.journal(limit), Err(BrainError::Invalid(_))));
    }
    match brain.undo(4711) {
        Err(BrainError::NotFound(message)) => assert!(message.contains("4711"), "{message}"),
        other => panic!("{other:?}"),
    }
    // Taken back in any order.
    brain.undo(first.entry.expect("an entry")).expect("taken back");
    brain.undo(second.entry.expect("an entry")).expect("taken back");
    assert!(brain.journal(10).expect("read").iter().all(|entry| entry.undone));
    assert!(everything(&brain).iter().all(|entry| entry.faded == 0 && entry.standing == Standing::Current));
}

#[test]
fn the_last_two_hundred_dreams_can_be_taken_back() {
    let brain = brain();
    let id = write(&brain, draft("the spare key is under the ficus"), 0);
    let mut entries = Vec::new();
    for n in 0..210u64 {
        let now = (n + 1) * SEASON;
        entries.extend(dream(&brain, now).entry);
        write(&brain, draft(&format!("note {n}")), now);
        brain.used([id.clone()], now);
        entries.extend(dream(&brain, now + 1).entry);
        if entries.len() > 205 {
            break;
        }
    }
    assert!(entries.len() > 205, "{}", entries.len());
    let kept: Vec<u64> = {
        let mut all = brain.journal(100).expect("read");
        assert_eq!(all.len(), 100);
        all.truncate(1);
        all.iter().map(|entry| entry.entry).collect()
    };
    assert_eq!(kept.first(), entries.last());
    assert!(matches!(brain.undo(entries[0]), Err(BrainError::NotFound(_))));
    brain.undo(entries[entries.len() - 200]).expect("the oldest that is kept");
}

#[test]
fn a_full_brain_dreams_not_at_all_rather_than_by_half() {
    let brain = brain_with(Options { max_memories: Some(18), ..Options::default() });
    for text in ["the backup runs on the NAS", "a backup is running on a NAS"] {
        remember(&brain, text);
    }
    talk(&brain, "c", 12);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    let before = seen(&brain);
    brain.dream(&dreaming(3 * DAY)).expect_err("no room for a summary");
    assert_eq!(seen(&brain), before);
}

#[test]
fn a_dream_survives_a_reopening() {
    let brain = restless();
    dream(&brain, SEASON + DAY);
    let before = seen(&brain);
    let brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"));
    assert_eq!(seen(&brain), before);
}
