//! Whatever was done before: what is forgotten leaves nothing, and each way back leads to what was.

use crate::names::names_are_those_that_are_borne;
use crate::support::*;
use loket_brain::{
    Brain, Draft, Dreaming, Entry, Kind, Labels, MemoryId, Options, Origin, Query, Revision, Source, Standing, Step,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Debug, Clone)]
enum Deed {
    Remember(Kind, usize, Option<usize>, u8),
    /// A value of one of a few attributes.
    Value(usize),
    /// In nearly the words of another, of a memory of its own.
    Nearly(usize),
    /// In the same words.
    Again(usize),
    Correct(usize),
    Edit(usize),
    Pin(usize, bool),
    Use(usize),
    Forget(usize),
    /// After so many days.
    Dream(u64),
    Undo(usize),
    Snapshot,
    Revert(usize),
    Index,
    Purge,
    Reopen,
    Crash,
}

fn deed() -> impl Strategy<Value = Deed> {
    let kind =
        prop_oneof![6 => Just(Kind::Fact), 8 => Just(Kind::Episode), 1 => Just(Kind::Skill), 1 => Just(Kind::Lesson)];
    let which = any::<usize>();
    prop_oneof![
        12 => (kind, 0..6usize, prop::option::weighted(0.9, 0..2usize), 0..4u8)
            .prop_map(|(kind, tag, talk, labels)| Deed::Remember(kind, tag, talk, labels)),
        3 => (0..3usize).prop_map(Deed::Value),
        3 => which.prop_map(Deed::Nearly),
        2 => which.prop_map(Deed::Again),
        4 => which.prop_map(Deed::Correct),
        2 => which.prop_map(Deed::Edit),
        1 => (which, any::<bool>()).prop_map(|(at, pinned)| Deed::Pin(at, pinned)),
        1 => which.prop_map(Deed::Use),
        2 => which.prop_map(Deed::Forget),
        4 => (1..120u64).prop_map(Deed::Dream),
        1 => which.prop_map(Deed::Undo),
        1 => Just(Deed::Snapshot),
        1 => which.prop_map(Deed::Revert),
        1 => Just(Deed::Index),
        1 => Just(Deed::Purge),
        1 => Just(Deed::Reopen),
        1 => Just(Deed::Crash),
    ]
}

fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec(deed(), 10..most)
}

fn options() -> Options {
    Options { index_after: 9, ..Options::default() }
}

/// A brain, and what is known of its past.
struct Life {
    brain: Option<Fixture>,
    now: u64,
    words: usize,
    /// What each memory was told, whenever.
    told: BTreeMap<MemoryId, BTreeSet<String>>,
    forgotten: BTreeSet<MemoryId>,
}

const SEED: &str = "qvzw";

impl Life {
    fn new() -> Life {
        // In memory where that can be: nothing here is about what a disk keeps.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder");
        let brain = Fixture { brain: open_with(dir.path(), options()), dir };
        Life { brain: Some(brain), now: 1000, words: 0, told: BTreeMap::new(), forgotten: BTreeSet::new() }
    }

    fn brain(&self) -> &Fixture {
        self.brain.as_ref().expect("open")
    }

    /// A word of letters that nobody said before.
    fn word(&mut self) -> String {
        self.words += 1;
        let letters = self.words.to_string().bytes().map(|digit| char::from(digit - b'0' + b'k')).collect::<String>();
        format!("{SEED}{letters}x")
    }

    fn tell(&mut self, id: MemoryId, word: &str) -> MemoryId {
        self.told.entry(id.clone()).or_default().insert(word.to_owned());
        id
    }

    /// One of the memories that are there.
    fn pick(&self, at: usize) -> Option<Entry> {
        let all = everything(self.brain());
        let own: Vec<&Entry> = all.iter().filter(|entry| self.told.contains_key(&entry.id)).collect();
        own.get(at % own.len().max(1)).map(|entry| (*entry).clone())
    }

    fn word_in(text: &str) -> Option<String> {
        text.split(|c: char| !c.is_alphanumeric()).find(|word| word.starts_with(SEED)).map(str::to_owned)
    }

    fn live(&mut self, deed: &Deed) {
        self.now += 1000;
        match deed {
            Deed::Remember(kind, tag, talk, labels) => {
                let word = self.word();
                let step = Step { tool: format!("tool-{word}"), arguments: String::new(), outcome: String::new() };
                let draft = Draft {
                    kind: *kind,
                    text: format!("The word {word} was said about the barn and its roof."),
                    tags: vec![format!("tag{tag}")],
                    conversation: talk.map(|talk| format!("talk{talk}")),
                    steps: if *kind == Kind::Skill { vec![step] } else { Vec::new() },
                };
                let labels = match labels {
                    0 => Labels::UNTRUSTED,
                    1 => Labels::PRIVATE,
                    _ => Labels::NONE,
                };
                let id = self.brain().remember(draft, Origin { labels, ..at(self.now) }).expect("remembered");
                self.tell(id, &word);
            }
            Deed::Value(which) => {
                let word = self.word();
                let id = write(self.brain(), draft(&format!("the code of door {which} is {word}")), self.now);
                self.tell(id, &word);
            }
            Deed::Nearly(at) => {
                let Some(word) = self.pick(*at).and_then(|entry| Life::word_in(&entry.text)) else { return };
                for text in
                    [format!("the pump of {word} runs on the roof"), format!("a pump of {word} is running on a roof")]
                {
                    let id = write(self.brain(), draft(&text), self.now);
                    self.tell(id, &word);
                }
            }
            Deed::Again(at) => {
                let Some(entry) = self.pick(*at).filter(|entry| entry.lesson.is_none()) else { return };
                let Some(word) = Life::word_in(&entry.text) else { return };
                let draft = Draft { conversation: entry.conversation, ..of(entry.kind, &entry.text) };
                let id = write(self.brain(), draft, self.now);
                self.tell(id, &word);
            }
            Deed::Correct(pick) => {
                let Some(mistake) = self.pick(*pick) else { return };
                let word = self.word();
                let right = format!("deploy the service with the pipeline and {word}");
                let id =
                    self.brain().correct(correction(Some(&mistake.id), "", &right), at(self.now)).expect("corrected");
                self.tell(id, &word);
            }
            Deed::Edit(at) => {
                let Some(entry) = self.pick(*at) else { return };
                let word = self.word();
                let text = Some(format!("Put right: {word}, and what else there is."));
                self.brain().edit(&entry.id, &Revision { text, ..Revision::default() }).expect("edited");
                self.tell(entry.id, &word);
            }
            Deed::Pin(at, pinned) => {
                let Some(entry) = self.pick(*at) else { return };
                self.brain().pin(&entry.id, *pinned).expect("pinned");
            }
            Deed::Use(at) => {
                let Some(entry) = self.pick(*at) else { return };
                self.brain().used([entry.id], self.now);
            }
            Deed::Forget(at) => {
                let Some(entry) = self.pick(*at) else { return };
                self.forget(&entry.id);
            }
            Deed::Dream(days) => {
                self.now += days * DAY;
                self.dream();
            }
            Deed::Undo(at) => {
                let journal = self.brain().journal(100).expect("read");
                let open: Vec<u64> = journal.iter().filter(|entry| !entry.undone).map(|entry| entry.entry).collect();
                if let Some(entry) = open.get(at % open.len().max(1)) {
                    self.brain().undo(*entry).expect("taken back");
                }
            }
            Deed::Snapshot => {
                let name = format!("s{}", self.now);
                self.brain().snapshot(&name).expect("kept");
            }
            Deed::Revert(at) => {
                let all = self.brain().snapshots().expect("read");
                if let Some(one) = all.get(at % all.len().max(1)) {
                    self.brain().revert(&one.name, self.now).expect("put back");
                }
            }
            Deed::Index => self.brain().index_now().expect("indexed"),
            Deed::Purge => drop(self.brain().purge(false).expect("purged")),
            Deed::Reopen => {
                let Fixture { brain, dir } = self.brain.take().expect("open");
                drop(brain);
                let brain = open_with(dir.path(), options());
                self.brain = Some(Fixture { brain, dir });
            }
            Deed::Crash => {
                let before = held(self.brain());
                let dir = crashed(self.brain());
                self.brain = Some(Fixture { brain: open_with(dir.path(), options()), dir });
                assert_eq!(held(self.brain()), before, "what was acknowledged is there after a crash, as it was");
            }
        }
    }

    fn forget(&mut self, id: &MemoryId) {
        self.brain().forget(id, self.now).expect("forgotten");
        self.forgotten.insert(id.clone());
    }

    fn dream(&self) -> Option<u64> {
        let dreaming = Dreaming { now: self.now, rehearse: false, source: Source::default(), summarise: None };
        self.brain().dream(&dreaming).expect("dreamt").entry
    }
}

fn holding(folder: &Path, words: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_below(folder) {
        // A file of the index may go away meanwhile, and takes its words along.
        let Ok(bytes) = std::fs::read(&file) else { continue };
        for word in words {
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                found.push(format!("{word} in {}", file.file_name().expect("a name").display()));
            }
        }
    }
    found
}

/// All that is held, but for uses.
fn held(brain: &Brain) -> Vec<Entry> {
    everything(brain).into_iter().map(|entry| Entry { used: 0, last_used: None, ..entry }).collect()
}

/// That what is recalled is what is current, by each memory's own words.
fn consistent(life: &Life) {
    let all = everything(life.brain());
    for entry in &all {
        let Some(word) = Life::word_in(&entry.text) else { continue };
        let hits = life.brain().recall(&Query { limit: 100, ..Query::words(word.clone()) }).expect("recalled");
        let there = hits.iter().filter(|hit| hit.entry.id == entry.id).count();
        assert_eq!(there, usize::from(entry.standing == Standing::Current), "{word} of {entry:?}");
    }
    let count = all.iter().filter(|entry| entry.kind == Kind::Fact).count();
    assert_eq!(crate::support::all(life.brain(), &[Kind::Fact], 7).len(), count, "by kind");
    assert_eq!(life.brain().usage().expect("read").memories, all.len() as u64);
    names_are_those_that_are_borne(life.brain(), life.brain().dir.path());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_done_with_what_is_forgotten_nothing_is_left_of_it(
        past in deeds(60),
        gone in prop::collection::vec(any::<usize>(), 1..6),
        future in deeds(12),
    ) {
        let mut life = Life::new();
        past.iter().for_each(|deed| life.live(deed));
        for at in gone {
            if let Some(entry) = life.pick(at) {
                life.forget(&entry.id);
            }
        }
        future.iter().for_each(|deed| life.live(deed));
        for id in &life.forgotten {
            prop_assert_eq!(life.brain().get(id).expect("read"), None, "it came back");
        }
        // What nobody said who is not forgotten.
        let said = |forgotten: bool| -> BTreeSet<String> {
            let of = life.told.iter().filter(|(id, _)| life.forgotten.contains(*id) == forgotten);
            of.flat_map(|(_, words)| words.clone()).collect()
        };
        let words: BTreeSet<String> = said(true).difference(&said(false)).cloned().collect();
        life.brain().purge(true).expect("purged");
        prop_assert_eq!(holding(life.brain().dir.path(), &words), Vec::<String>::new());
        consistent(&life);
        life.live(&Deed::Reopen);
        consistent(&life);
        prop_assert_eq!(holding(life.brain().dir.path(), &words), Vec::<String>::new());
    }

    #[test]
    fn whatever_was_done_since_the_way_back_leads_to_what_was(past in deeds(40), future in deeds(40)) {
        let mut life = Life::new();
        past.iter().for_each(|deed| life.live(deed));
        life.brain().snapshot("here").expect("kept");
        let before = held(life.brain());
        let forgetful = |deed: &Deed| matches!(deed, Deed::Forget(_));
        future.iter().filter(|deed| !forgetful(deed)).for_each(|deed| life.live(deed));
        let name = life.brain().revert("here", life.now + 1).expect("put back");
        prop_assert_eq!(held(life.brain()), before.clone());
        prop_assert_eq!(life.brain().diff("here", None, None, 1000).expect("compared"), vec![]);
        consistent(&life);
        life.live(&Deed::Reopen);
        prop_assert_eq!(held(life.brain()), before);
        consistent(&life);
        life.brain().revert(&name, life.now + 2).expect("put forth");
        consistent(&life);
    }

    #[test]
    fn whatever_a_dream_did_to_take_it_back_leads_to_what_was(past in deeds(60), days in 1..200u64) {
        let mut life = Life::new();
        past.iter().for_each(|deed| life.live(deed));
        life.now += days * DAY;
        let before = held(life.brain());
        let entry = life.dream();
        consistent(&life);
        if let Some(entry) = entry {
            prop_assert_ne!(held(life.brain()), before.clone());
            life.brain().undo(entry).expect("taken back");
        }
        prop_assert_eq!(held(life.brain()), before);
        consistent(&life);
        life.live(&Deed::Reopen);
        consistent(&life);
    }

    #[test]
    fn whatever_was_done_another_brain_takes_it_over_and_forgets_as_deeply(
        past in deeds(60),
        limit in 1..20u32,
        gone in prop::collection::vec(any::<usize>(), 1..6),
    ) {
        let mut life = Life::new();
        past.iter().for_each(|deed| life.live(deed));
        let mut other = Life::new();
        for piece in exported(life.brain(), limit).chunks(7) {
            other.brain().import(piece, &at(life.now)).expect("imported");
        }
        other.told = life.told.clone();
        prop_assert_eq!(held(other.brain()), held(life.brain()));
        consistent(&other);
        for at in gone {
            if let Some(entry) = life.pick(at) {
                life.forget(&entry.id);
                other.forget(&entry.id);
            }
        }
        prop_assert_eq!(held(other.brain()), held(life.brain()));
        consistent(&other);
    }

    #[test]
    fn a_second_dream_never_finds_what_the_first_has_done(past in deeds(60), days in 1..400u64) {
        let mut life = Life::new();
        past.iter().for_each(|deed| life.live(deed));
        life.now += days * DAY;
        // The first may leave something for the next: what it merged may be a habit only then.
        let dreams = (0..5).map_while(|_| life.dream()).count();
        prop_assert!(dreams < 3, "it never comes to rest");
        let before = held(life.brain());
        prop_assert_eq!(life.dream(), None);
        prop_assert_eq!(held(life.brain()), before);
    }
}

/// A lesson that came to be about several mistakes names only the last of them.
#[test]
fn another_brain_forgets_each_mistake_of_a_lesson_about_several_as_deeply() {
    let past = [
        Deed::Remember(Kind::Fact, 0, None, 0),
        Deed::Remember(Kind::Fact, 0, None, 0),
        Deed::Forget(0),
        Deed::Remember(Kind::Fact, 0, None, 0),
        Deed::Correct(96115874461111564),
        Deed::Remember(Kind::Fact, 4, Some(1), 1),
        Deed::Correct(10233683705549858198),
        Deed::Remember(Kind::Fact, 2, Some(0), 0),
        Deed::Value(1),
        Deed::Correct(5799761850466022257),
        Deed::Again(11565603381555385722),
        Deed::Remember(Kind::Episode, 1, Some(1), 1),
    ];
    let mut tried = 0;
    for which in 0.. {
        let (mut here, mut other) = (Life::new(), Life::new());
        past.iter().for_each(|deed| here.live(deed));
        let Some(entry) = held(here.brain()).into_iter().nth(which) else { break };
        other.brain().import(&exported(here.brain(), 7), &at(here.now)).expect("imported");
        other.told = here.told.clone();
        here.forget(&entry.id);
        other.forget(&entry.id);
        assert_eq!(held(other.brain()), held(here.brain()), "without {entry:?}");
        tried = which;
    }
    assert!(tried > 5);
}
