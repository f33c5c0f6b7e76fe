//! What says nearly the same becomes one, and nothing else does.

use super::{dream, only};
use crate::support::*;
use loket_brain::{DeedKind, Draft, Kind, Labels, Language, MemoryId, Options, Origin, Query, Standing};

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

#[test]
fn what_is_pinned_is_not_merged() {
    let brain = brain();
    let ids = ["the backup runs on the NAS", "a backup is running on a NAS"].map(|text| remember(&brain, text));
    brain.pin(&ids[0], true).expect("pinned");
    assert_eq!(dream(&brain, DAY).deeds, []);
    assert!(ids.iter().all(|id| entry(&brain, id).standing == Standing::Current));
}

const LONG: &str = "the quarterly report about sales in the northern region must reach the office of the director, printed and \
                    signed, together with all invoices and contracts";

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
