//! What is found, and in which order.

use crate::support::*;
use loket_brain::{Brain, BrainError, Draft, Hit, Kind, Labels, Options, Origin, Query};

/// Each question, asked of all texts together, must be answered by the text that follows it first, in the tail and in
/// the index.
#[track_caller]
fn finds(texts: &[&str], questions: &[(&str, &str)]) {
    let brain = brain();
    for text in texts {
        remember(&brain, text);
    }
    for place in ["tail", "index"] {
        for (question, answer) in questions {
            let found = crate::support::texts(&brain, question);
            assert_eq!(found.first().map(String::as_str), Some(*answer), "{question} in the {place}: {found:?}");
        }
        brain.index_now().expect("indexed");
    }
}

const NOTES: [&str; 10] = [
    "my server is at 10.0.0.5",
    "the printer is at 10.0.0.50, port 9100",
    "mail anna.smith@mail.example.org about invoices",
    "the staging host is build-07.internal.example.net:8443",
    "we deploy loket v1.12.3-rc.2 on Fridays",
    "the function getUserName lives in src/users/lookup_table.rs",
    "Zoë's café in Orléans opens at nine",
    "私の猫は魚が好きです",
    "ключ от дачи лежит под ёлкой",
    "I like C++ more than C#",
];

#[test]
fn a_question_finds_the_statement() {
    finds(
        &NOTES,
        &[
            ("where is my server?", NOTES[0]),
            ("Where are my servers", NOTES[0]),
            ("what's the printer's address", NOTES[1]),
            ("when do we deploy", NOTES[4]),
            ("what was it that I like?", NOTES[9]),
        ],
    );
}

#[test]
fn addresses_versions_and_identifiers_are_found_whole_and_by_parts() {
    finds(
        &NOTES,
        &[
            ("10.0.0.5", NOTES[0]),
            ("what is 10.0.0.50", NOTES[1]),
            ("9100", NOTES[1]),
            ("anna.smith@mail.example.org", NOTES[2]),
            ("anna.smith", NOTES[2]),
            ("mail.example.org", NOTES[2]),
            ("Smith", NOTES[2]),
            ("build-07.internal.example.net", NOTES[3]),
            ("build-07", NOTES[3]),
            ("staging 8443", NOTES[3]),
            ("v1.12.3-rc.2", NOTES[4]),
            ("which rc", NOTES[4]),
            ("getUserName", NOTES[5]),
            ("get user name", NOTES[5]),
            ("get_user_name", NOTES[5]),
            ("lookup_table.rs", NOTES[5]),
            ("src/users/lookup_table.rs", NOTES[5]),
            ("lookup table", NOTES[5]),
            ("c++", NOTES[9]),
        ],
    );
}

#[test]
fn accents_case_and_scripts_do_not_hide_a_word() {
    finds(
        &NOTES,
        &[
            ("zoe", NOTES[6]),
            ("CAFE orleans", NOTES[6]),
            ("cafe\u{301}", NOTES[6]),
            ("ｃａｆé", NOTES[6]),
            ("猫", NOTES[7]),
            ("魚が好き", NOTES[7]),
            ("Ключ", NOTES[8]),
            ("елкой", NOTES[8]),
        ],
    );
}

#[test]
fn stop_words_do_not_decide() {
    let brain = brain();
    for n in 0..20 {
        remember(&brain, &format!("where is my {n} and what is it that I was to do with my {n}"));
    }
    let id = remember(
        &brain,
        "server: 10.0.0.5, rack four, on the left, behind the big grey box that hums all day long and all night too",
    );
    let hits = recall(&brain, "where is my server");
    assert_eq!((hits.len(), hits[0].entry.id.clone()), (1, id));
    assert!(!recall(&brain, "what is it").is_empty(), "a question of nothing but stop words still finds");
}

#[test]
fn query_syntax_is_only_words() {
    let brain = brain();
    remember(&brain, "a plain note");
    remember(&brain, "text AND conversation");
    for hostile in [
        "text:* AND (",
        "kind:0",
        "\"plain",
        "+plain -note",
        "*",
        "[a TO z]",
        "^~\\",
        "text:\"plain note\"~2^5",
        "NOT plain",
        "((((",
        "/.*/",
    ] {
        let hits = recall(&brain, hostile);
        assert!(hits.len() <= 2, "{hostile}");
    }
    assert_eq!(recall(&brain, "NOT plain").len(), 1, "NOT is a word");
    assert_eq!(recall(&brain, "text:* AND (")[0].entry.text, "text AND conversation");
}

#[test]
fn hostile_text_is_harmless() {
    let nested = "e\u{301}\u{302}\u{303}".repeat(3000);
    let marks = "\u{301}".repeat(20_000);
    let rtl = "\u{202e}gnorw\u{202c} \u{200b}\u{feff}zero\u{200d}width";
    let joined = "a.".repeat(30_000);
    let humps = "aB".repeat(30_000);
    let slashes = "/x@y:z".repeat(10_000);
    let one_word = "q".repeat(65_536);
    let texts = [
        "\0\u{1}\u{1b}[31m red\u{7f}\u{85}",
        &nested,
        &marks,
        rtl,
        &joined,
        &humps,
        &slashes,
        &one_word,
        "👩‍👩‍👧‍👦🏳️‍🌈 family",
        "\u{10ffff}\u{e000}",
        "...",
        "ﷺ½①㍿",
        "กำลังเรียนภาษาไทย",
        "हिन्दी में लिखा",
        "ၾမန္မာ",
        "𒀀𒁀 cuneiform",
    ];
    let brain = brain();
    for indexed in [false, true] {
        for text in texts {
            let id = remember(&brain, text);
            assert_eq!(brain.get(&id).expect("read").expect("there").text, text);
            let question: String = text.chars().take(1500).collect();
            let hits = recall(&brain, &question);
            assert!(hits.iter().all(|hit| hit.score.is_finite()), "{text:?}");
        }
        for (question, at) in [("red", 0), ("family", 8), ("👩", 8), ("เรียน", 12), ("हिन्दी", 13), ("cuneiform", 15)]
        {
            assert_eq!(recall(&brain, question)[0].entry.text, texts[at], "{question}, indexed: {indexed}");
        }
        brain.index_now().expect("indexed");
    }
    let id = remember(&brain, &format!("{}end", "q".repeat(5000)));
    assert_eq!(recall(&brain, &format!("{}end", "q".repeat(5000)))[0].entry.id, id, "long words are told apart");
}

#[test]
fn limits_of_a_query_are_told() {
    let brain = brain();
    let refused = |query: Query, expect: &str| match brain.recall(&query) {
        Err(BrainError::Invalid(message)) => assert!(message.contains(expect), "{message}"),
        other => panic!("{other:?}"),
    };
    refused(Query { limit: 0, ..Query::words("x") }, "ask for 1 to 100");
    refused(Query { limit: 101, ..Query::words("x") }, "ask for 1 to 100");
    refused(Query::words("x".repeat(8193)), "8193 bytes, and at most 8192");
    assert!(brain.recall(&Query::words("word ".repeat(1600))).expect("long, but allowed").is_empty());
}

#[test]
fn filters_hold_in_tail_and_index_with_and_without_words() {
    let brain = brain();
    let put = |text: &str, kind, tags: &[&str], conversation: Option<&str>| {
        let draft = Draft { kind, conversation: conversation.map(str::to_owned), ..tagged(text, tags) };
        brain.remember(draft, at(1)).expect("remembered")
    };
    let a = put("apple one", Kind::Fact, &["Red Fruit", "big"], Some("c1"));
    let b = put("apple two", Kind::Episode, &["red fruit"], Some("c1"));
    let c = put("apple three", Kind::Skill, &["big"], Some("c2"));
    let d = put("apple four", Kind::Fact, &[], None);
    let check = |kinds: &[Kind], tags: &[&str], conversation: Option<&str>, expect: &[&loket_brain::MemoryId]| {
        for text in ["apple", ""] {
            let query = Query {
                kinds: kinds.to_vec(),
                tags: tags.iter().map(|tag| tag.to_string()).collect(),
                conversation: conversation.map(str::to_owned),
                ..Query::words(text)
            };
            let mut found: Vec<_> =
                brain.recall(&query).expect("recalled").into_iter().map(|hit| hit.entry.id).collect();
            if text.is_empty() {
                assert!(found.is_sorted_by(|one, other| one > other), "newest first");
            }
            found.sort();
            assert_eq!(found.iter().collect::<Vec<_>>(), expect, "{text:?} {kinds:?} {tags:?} {conversation:?}");
        }
    };
    for _ in ["tail", "index"] {
        check(&[], &[], None, &[&a, &b, &c, &d]);
        check(&[Kind::Fact], &[], None, &[&a, &d]);
        check(&[Kind::Skill, Kind::Episode, Kind::Skill], &[], None, &[&b, &c]);
        check(&[Kind::Lesson], &[], None, &[]);
        check(&[], &["RED  fruit"], None, &[&a, &b]);
        check(&[], &["red fruit", "big"], None, &[&a]);
        check(&[], &["red"], None, &[]);
        check(&[], &[], Some("c1"), &[&a, &b]);
        check(&[], &[], Some("C1"), &[]);
        check(&[Kind::Fact], &["big"], Some("c1"), &[&a]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn without_words_the_newest_come_first() {
    let brain = brain();
    for n in 0..300 {
        brain.remember(draft(&format!("note {n}")), at(n)).expect("remembered");
    }
    for text in ["", "  \n", "?!"] {
        let hits = brain.recall(&Query { limit: 3, ..Query::words(text) }).expect("recalled");
        let found: Vec<&str> = hits.iter().map(|hit| hit.entry.text.as_str()).collect();
        assert_eq!(found, ["note 299", "note 298", "note 297"]);
        assert!(hits.is_sorted_by(|one, other| one.score > other.score));
    }
    assert!(recall(&brain, "unheard-of").is_empty(), "unknown words find nothing");
}

#[test]
fn the_newest_of_equals_comes_first_even_among_thousands() {
    let brain = brain();
    for n in 0..3000u64 {
        let conversation = Some(format!("c{n}"));
        brain
            .remember(Draft { conversation, ..of(Kind::Episode, "the owner said hello") }, at(n * 60_000))
            .expect("remembered");
    }
    brain.index_now().expect("indexed");
    let hits = recall(&brain, "owner hello");
    let written: Vec<u64> = hits.iter().map(|hit| hit.entry.written / 60_000).collect();
    assert_eq!(written, (2990..3000).rev().collect::<Vec<_>>());
}

#[test]
fn relevance_counts_before_recency_and_strength() {
    let brain = brain();
    let best = brain.remember(draft("backup password hint: grandmother"), at(0)).expect("remembered");
    for n in 0..30 {
        brain.remember(draft("backup runs nightly"), at(1_000_000_000_000 + n)).expect("remembered");
    }
    assert_eq!(recall(&brain, "backup password")[0].entry.id, best);
}

#[test]
fn of_equals_the_one_confirmed_more_often_comes_first() {
    let brain = brain();
    let often = remember(&brain, "soup for lunch");
    remember(&brain, "rice for lunch");
    remember(&brain, "soup for lunch");
    assert_eq!(recall(&brain, "lunch")[0].entry.id, often);
}

#[test]
fn a_memory_has_the_same_score_in_the_tail_and_in_the_index() {
    let brain = brain();
    for n in 0..50 {
        remember(&brain, &format!("note {n} about {} and {}", ["rain", "sun", "wind"][n % 3], "snow ".repeat(n % 7)));
    }
    let scores = |brain: &Brain| -> Vec<(String, String)> {
        let query = Query { limit: 100, ..Query::words("rain snow 17") };
        let hits = brain.recall(&query).expect("recalled");
        hits.iter().map(|hit| (hit.entry.text.clone(), format!("{:.4}", hit.score))).collect()
    };
    let in_tail = scores(&brain);
    brain.index_now().expect("indexed");
    assert_eq!(scores(&brain), in_tail);
}

#[test]
fn hits_bring_their_labels() {
    let brain = brain();
    brain.remember(draft("safe word"), at(1)).expect("remembered");
    assert_eq!(Hit::labels(&recall(&brain, "word")), Labels::NONE);
    brain.remember(draft("private word"), Origin { labels: Labels::PRIVATE, ..at(1) }).expect("remembered");
    brain.remember(draft("strange word"), Origin { labels: Labels::UNTRUSTED, ..at(1) }).expect("remembered");
    assert_eq!(Hit::labels(&recall(&brain, "word")), Labels::PRIVATE.join(Labels::UNTRUSTED));
}

#[test]
fn pages_walk_all_memories_newest_first() {
    let brain = brain();
    for n in 0..25 {
        brain
            .remember(of([Kind::Fact, Kind::Episode, Kind::Skill][n % 3], &format!("n{n}")), at(n as u64))
            .expect("remembered");
    }
    let listed =
        |kinds: &[Kind], page| all(&brain, kinds, page).into_iter().map(|entry| entry.text).collect::<Vec<_>>();
    assert_eq!(listed(&[], 7), (0..25).rev().map(|n| format!("n{n}")).collect::<Vec<_>>());
    let two: Vec<String> = (0..25).rev().filter(|n| n % 3 != 1).map(|n| format!("n{n}")).collect();
    assert_eq!(listed(&[Kind::Skill, Kind::Fact, Kind::Fact], 4), two);
    for (cursor, limit) in [(Some("nonsense"), 5), (Some(""), 5), (None, 0), (None, 101)] {
        assert!(matches!(brain.list(&[], cursor, limit), Err(BrainError::Invalid(_))), "{cursor:?} {limit}");
    }
}

#[test]
fn recalls_go_on_while_the_index_takes_memories_in() {
    let brain = brain_with(Options { index_after: 20, ..Options::default() });
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..600 {
                remember(&brain, &format!("common unique{n}"));
                // Neither lost nor doubled, at whatever point of a flush.
                let hits = recall(&brain, &format!("unique{n}"));
                assert_eq!(hits.len(), 1, "unique{n}");
            }
        });
        while !writer.is_finished() {
            let hits = brain.recall(&Query { limit: 100, ..Query::words("common") }).expect("recalled");
            let mut ids: Vec<_> = hits.iter().map(|hit| &hit.entry.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), hits.len(), "none twice");
        }
    });
    for n in 0..600 {
        assert_eq!(recall(&brain, &format!("unique{n}")).len(), 1, "unique{n}");
    }
}
