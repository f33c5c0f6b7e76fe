//! What many memories bear, who wrote them, conversations and tags, is kept once, and goes with the last of them.

use crate::support::*;
use loket_brain::{Brain, Draft, Entry, Kind, Labels, MemoryId, Options, Origin, Query, Revision, Source};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A name as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Name {
    Who(String, String, Option<String>),
    Conversation(String),
    Tag(String),
}

/// How often each name is borne, as the tables of a brain say.
fn counted(database: &Path) -> BTreeMap<Name, u64> {
    let database = Database::open(database).expect("opens");
    let transaction = database.begin_read().expect("begins");
    let names: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("names");
    let numbers: TableDefinition<'_, u128, (u32, u64)> = TableDefinition::new("numbers");
    let names = transaction.open_table(names).expect("a table");
    let numbers = transaction.open_table(numbers).expect("a table");
    let mut counted = BTreeMap::new();
    for row in numbers.iter().expect("read") {
        let (number, count) = row.expect("read").1.value();
        let name = names.get(number).expect("read").expect("a number has a name");
        counted.insert(postcard::from_bytes(name.value()).expect("a name"), count);
    }
    let many = names.iter().expect("read").count();
    assert_eq!(many, counted.len(), "each name has one number");
    counted
}

/// How often each name must be borne: by a memory itself, and by the ways that lead along memories.
fn borne(entries: &[Entry]) -> BTreeMap<Name, u64> {
    let mut borne = BTreeMap::new();
    let mut bears = |name: Name, times: u64| *borne.entry(name).or_default() += times;
    let who = |source: &Source| Name::Who(source.agent.clone(), source.chain.clone(), source.package.clone());
    for entry in entries {
        if who(&entry.source) != who(&Source::default()) {
            bears(who(&entry.source), 1);
        }
        entry.also.iter().for_each(|source| bears(who(source), 1));
        entry.conversation.iter().for_each(|conversation| bears(Name::Conversation(conversation.clone()), 2));
        for tag in &entry.tags {
            bears(Name::Tag(tag.clone()), 1);
            bears(Name::Tag(tag.to_lowercase()), 1);
        }
    }
    borne
}

/// That a brain has the names that its memories bear, and no others.
#[track_caller]
pub(crate) fn names_are_those_that_are_borne(brain: &Brain, dir: &Path) {
    let file = dir.join("copy-for-names.redb");
    brain.copy_to(&file).expect("copied");
    let counted = counted(&file);
    fs::remove_file(file).expect("removed");
    assert_eq!(counted, borne(&everything(brain)));
}

fn by(agent: &str, time: u64) -> Origin {
    let source = Source {
        agent: agent.to_owned(),
        turn: format!("01HF{time:022}"),
        chain: format!("owner > agent:{agent}"),
        package: Some(format!("acme:{agent}@1.0.0 sha256:{}", "0123456789abcdef".repeat(4))),
    };
    Origin { source, labels: Labels::NONE, time }
}

/// The files of a brain that hold this word.
fn holding(folder: &Path, word: &str) -> usize {
    let files = files_below(folder);
    let holds = |file: &&std::path::PathBuf| {
        fs::read(file).expect("read").windows(word.len()).any(|window| window == word.as_bytes())
    };
    files.iter().filter(holds).count()
}

const WORDS: [&str; 4] = ["Zanzibarquux", "zanzibarquux", "thurnby", "grimwold"];

/// Two memories that share their names, beside others.
fn shared(brain: &Brain) -> [MemoryId; 2] {
    for n in 0..20 {
        write(brain, tagged(&format!("another note {n}"), &["garden"]), n);
    }
    [1, 2].map(|n| {
        let draft = said("thurnby", &format!("the {n}th word about it"));
        let draft = Draft { tags: vec!["Zanzibarquux".to_owned(), "garden".to_owned()], ..draft };
        brain.remember(draft, by("grimwold", 100 + n)).expect("remembered")
    })
}

#[test]
fn a_name_stays_as_long_as_a_memory_bears_it_and_then_is_in_no_file() {
    for by_editing in [false, true] {
        let brain = brain();
        let [one, other] = shared(&brain);
        brain.snapshot("before").expect("kept");
        names_are_those_that_are_borne(&brain, brain.dir.path());
        brain.forget(&one, 200).expect("forgotten");
        brain.purge(true).expect("purged");
        let left = entry(&brain, &other);
        assert_eq!(left.tags, ["Zanzibarquux", "garden"]);
        assert_eq!((left.conversation.as_deref(), left.source), (Some("thurnby"), by("grimwold", 102).source));
        let tag = Query { tags: vec!["ZANZIBARQUUX".to_owned()], ..Query::words("") };
        assert_eq!(names(&brain, &tag), [other.clone()]);
        assert!(WORDS.iter().all(|word| holding(brain.dir.path(), word) > 0));
        names_are_those_that_are_borne(&brain, brain.dir.path());
        if by_editing {
            let revision = Revision { tags: Some(vec!["garden".to_owned()]), ..Revision::default() };
            brain.edit(&other, &revision).expect("edited");
            // The snapshot is of a day when it had the tag.
            brain.drop_snapshot("before").expect("dropped");
        } else {
            brain.forget(&other, 201).expect("forgotten");
        }
        assert!(brain.stale().expect("read"));
        assert!(names(&brain, &tag).is_empty());
        brain.index_now().expect("indexed");
        brain.purge(true).expect("purged");
        for word in &WORDS[..if by_editing { 2 } else { 4 }] {
            assert_eq!(holding(brain.dir.path(), word), 0, "{word}");
        }
        names_are_those_that_are_borne(&brain, brain.dir.path());
        // What comes later gets names of its own.
        let again = brain.remember(tagged("it is back", &["Zanzibarquux"]), by("scout", 300)).expect("remembered");
        assert_eq!(names(&brain, &tag), [again]);
        let brain = brain.reopened(|_| {});
        names_are_those_that_are_borne(&brain, brain.dir.path());
    }
}

#[test]
fn who_said_the_same_is_kept_in_full_and_goes_when_it_is_too_long_ago() {
    let brain = brain();
    let id = write(&brain, draft("the kettle is blue"), 1);
    for n in 0..20 {
        let again = brain.remember(draft("the kettle is blue"), by(&format!("other{n}"), 10 + n)).expect("said");
        assert_eq!(again, id);
    }
    let also = entry(&brain, &id).also;
    let expected: Vec<Source> = (4..20).map(|n| by(&format!("other{n}"), 10 + n).source).collect();
    assert_eq!(also, expected);
    names_are_those_that_are_borne(&brain, brain.dir.path());
    let brain = brain.reopened(|_| {});
    assert_eq!(entry(&brain, &id).also, expected);
    // Nobody bears the names of those who are not kept.
    brain.purge(false).expect("purged");
    assert_eq!(holding(brain.dir.path(), "agent:other3"), 0);
    assert!(holding(brain.dir.path(), "agent:other4") > 0);
}

#[test]
fn strange_names_are_what_they_were() {
    let brain = brain();
    let mut told = Vec::new();
    for (n, name) in ["", "0", "01HF0000ZT4J9M2QW8Y3XK6RBC", "01hf0000zt4j9m2qw8y3xk6rbc", "ünï ☃", &"x".repeat(5000)]
        .iter()
        .enumerate()
    {
        let source = Source {
            agent: (*name).to_owned(),
            turn: (*name).to_owned(),
            chain: (*name).to_owned(),
            package: (n % 2 == 0).then(|| (*name).to_owned()),
        };
        let tag = if name.is_empty() { "-".to_owned() } else { name.chars().take(100).collect() };
        let draft = Draft { tags: vec![tag.clone()], conversation: Some(tag), ..of(Kind::Episode, &format!("no {n}")) };
        let origin = Origin { source: source.clone(), labels: Labels::NONE, time: n as u64 };
        told.push((brain.remember(draft.clone(), origin).expect("remembered"), draft, source));
    }
    let is_as_told = |brain: &Brain| {
        for (id, draft, source) in &told {
            let entry = entry(brain, id);
            assert_eq!((&entry.source, &entry.tags, &entry.conversation), (source, &draft.tags, &draft.conversation));
        }
    };
    is_as_told(&brain);
    is_as_told(&brain.reopened(|_| {}));
}

/// That a memory takes little besides its words, whoever wrote it.
#[test]
fn what_memories_share_takes_no_room_in_each_of_them() {
    let brain = brain_with(Options { index_after: 1_000_000, ..Options::default() });
    let many = 4000;
    let text = |n: u64| {
        format!("a note of one hundred bytes, more or less, which says that its number is {n:>8} and no other")
    };
    let drafts = (0..many).map(|n| {
        let draft =
            Draft { conversation: Some(format!("a talk with a long name {}", n / 50)), ..of(Kind::Episode, &text(n)) };
        (Draft { tags: vec!["a tag of some length".to_owned()], ..draft }, by("scout", 1_700_000_000_000 + n))
    });
    brain.remember_all(drafts.collect()).expect("remembered");
    let file = brain.dir.path().join("copy.redb");
    brain.copy_to(&file).expect("copied");
    let each = fs::metadata(&file).expect("there").len() / many;
    let words = text(0).len() as u64;
    // Its id five times, its turn, what its words are compared by, and the tables' own.
    assert!(each < words + 170, "{each} bytes for {words} of words");
}
