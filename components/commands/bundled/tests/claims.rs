//! Each command against a small world.

use loket_commands::complete::complete;
use loket_commands::outside::{Card, Memory, Order as Known, Outside, Permit, Query, Today, Trouble};
use loket_commands::run::{Order, Outcome, run};

const ID: &str = "01M838BY5NCVWN7DQ4ETHS0JX9";
const NOON: u64 = 1_763_856_000_000;

/// A brain, and an agent of which all is known; every call fails when it is said so.
#[derive(Default)]
struct World {
    memories: Vec<Memory>,
    queries: Vec<Query>,
    corrected: Vec<(String, String)>,
    broken: Option<&'static str>,
    bare: bool,
}

impl World {
    fn with(texts: &[(&'static str, &str)]) -> Self {
        let mut world = Self::default();
        for (at, (kind, text)) in texts.iter().enumerate() {
            world.memories.push(Memory {
                id: format!("{}{at}", &ID[..25]),
                kind,
                text: (*text).into(),
                written: NOON,
                superseded: false,
            });
        }
        world
    }

    fn gate<T>(&self, value: T) -> Result<T, &'static str> {
        self.broken.map_or(Ok(value), Err)
    }
}

impl Outside for World {
    type Error = &'static str;

    fn remember(&mut self, text: &str, _: &str) -> Result<String, &'static str> {
        self.gate(())?;
        let memory = Memory { id: ID.into(), kind: "fact", text: text.into(), written: NOON, superseded: false };
        self.memories.push(memory);
        Ok(ID.into())
    }

    fn recall(&mut self, query: &Query) -> Result<Vec<Memory>, &'static str> {
        self.queries.push(query.clone());
        let fits = |memory: &&Memory| {
            (!query.episodes || memory.kind == "episode")
                && query.text.split(' ').all(|word| memory.text.to_lowercase().contains(&word.to_lowercase()))
        };
        let limit = usize::try_from(query.limit).expect("small");
        self.gate(self.memories.iter().rev().filter(fits).take(limit).cloned().collect())
    }

    fn get(&mut self, id: &str) -> Result<Option<Memory>, &'static str> {
        self.gate(self.memories.iter().find(|memory| memory.id == id).cloned())
    }

    fn correct(&mut self, wrong: &str, right: &str) -> Result<String, &'static str> {
        self.gate(())?;
        self.corrected.push((wrong.into(), right.into()));
        Ok(ID.into())
    }

    fn forget(&mut self, id: &str) -> Result<(), &'static str> {
        self.gate(())?;
        self.memories.retain(|memory| memory.id != id);
        Ok(())
    }

    fn card(&mut self) -> Result<Card, &'static str> {
        self.gate(Card { name: "ann".into(), model: "loket:offline".into(), memories: Some(7) })
    }

    fn grants(&mut self) -> Result<Vec<Permit>, &'static str> {
        let permit = |capability: &str, functions: &[&str], terms: &str, through: &[&str]| Permit {
            capability: capability.into(),
            provider: "host".into(),
            verdict: "allow".into(),
            functions: functions.iter().map(|name| (*name).to_owned()).collect(),
            terms: terms.into(),
            through: through.iter().map(|name| (*name).to_owned()).collect(),
        };
        let all = vec![
            permit("loket:brain/memory", &["get", "recall"], "", &[]),
            permit("loket:openai", &[], "20 calls a day", &["loket:http/client by package:loket:openai"]),
        ];
        self.gate(if self.bare { vec![] } else { all })
    }

    fn tools(&mut self) -> Result<Vec<(String, String)>, &'static str> {
        let tools = vec![("calc_evaluate".into(), "Calculate.\nExactly.".into()), ("bare".into(), String::new())];
        self.gate(if self.bare { vec![] } else { tools })
    }

    fn commands(&mut self) -> Result<Vec<Known>, &'static str> {
        let known = |call: &str, takes: &str, summary: &str, package: &str| Known {
            call: call.into(),
            takes: takes.into(),
            summary: summary.into(),
            package: package.into(),
        };
        self.gate(vec![
            known("/help", "[command]", "Help.", "loket:commands"),
            known("/acme:greet", "", "Greet.", "acme:pack"),
        ])
    }

    fn today(&mut self) -> Result<Today, &'static str> {
        self.gate(Today { turns: 3, calls: 40, refused: 1, failed: 0, read: 900, written: 80, whole: true })
    }
}

fn order(name: &str, arguments: &[(&str, &str)]) -> Order {
    Order {
        name: name.into(),
        arguments: arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        agent: "ann".into(),
        conversation: "home".into(),
    }
}

#[track_caller]
fn said(world: &mut World, name: &str, arguments: &[(&str, &str)]) -> String {
    let Outcome { text, fresh } =
        run(world, &order(name, arguments)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert!(!fresh);
    text
}

#[test]
fn remember_keeps_the_very_words_and_says_the_id() {
    let mut world = World::default();
    let text = said(&mut world, "remember", &[("text", " the gate is blue ")]);
    assert_eq!(text, format!("Remembered: “the gate is blue” ({ID})"));
    assert_eq!((world.memories[0].text.as_str(), world.memories[0].kind), ("the gate is blue", "fact"));
    let long = "x".repeat(65 * 1024);
    assert!(matches!(run(&mut world, &order("remember", &[("text", &long)])), Err(Trouble::Invalid(_))));
}

#[test]
fn recall_shows_what_fits_or_what_is_newest() {
    let mut world = World::with(&[("fact", "the gate is blue"), ("lesson", "tea is at five")]);
    let fits = said(&mut world, "recall", &[("words", "gate")]);
    assert_eq!(fits, format!("- fact 2025-11-23 “the gate is blue” ({}0)", &ID[..25]));
    assert_eq!(said(&mut world, "recall", &[]).lines().count(), 2);
    assert!(said(&mut world, "recall", &[("words", "bike")]).contains("Nothing is remembered about “bike”"));
    assert!(said(&mut World::default(), "recall", &[]).contains("Nothing is remembered yet"));
    said(&mut world, "recall", &[("words", &"é".repeat(9_000))]);
    assert!(world.queries.last().is_some_and(|query| query.text.len() <= 8 * 1024));
}

#[test]
fn forget_forgets_by_id_with_its_echoes_and_only_shows_by_words() {
    let texts =
        [("fact", "the code is 4711"), ("episode", "asked: The code is 4711\nanswered: Noted"), ("fact", "tea")];
    let mut world = World::with(&texts);
    let asked = said(&mut world, "forget", &[("what", "code")]);
    assert!(asked.starts_with("Which of these?") && world.memories.len() == 3, "{asked}");
    let id = world.memories[0].id.clone();
    let gone = said(&mut world, "forget", &[("what", &format!("memory:{id}"))]);
    assert_eq!(gone, "Forgotten: “the code is 4711”. With it went one exchange in which it was said.");
    assert_eq!(world.memories.len(), 1);
    assert!(matches!(run(&mut world, &order("forget", &[("what", ID)])), Err(Trouble::NotFound(_))));
    assert!(said(&mut world, "forget", &[("what", "bike")]).contains("nothing to forget"));
}

#[test]
fn a_lesson_has_both_its_halves() {
    let mut world = World::default();
    said(&mut world, "lesson", &[("wrong", "tea is at four"), ("right", "tea is at five")]);
    assert_eq!(world.corrected, [("tea is at four".to_owned(), "tea is at five".to_owned())]);
    for arguments in [vec![], vec![("wrong", "x")], vec![("wrong", " "), ("right", "x")]] {
        assert!(matches!(run(&mut world, &order("lesson", &arguments)), Err(Trouble::Invalid(_))));
    }
}

#[test]
fn an_export_reads_from_the_oldest_to_the_newest() {
    let mut world = World::with(&[
        ("episode", "asked: one\ntwo\nanswered: first"),
        ("fact", "not said"),
        ("episode", "written by another hand"),
    ]);
    assert_eq!(
        said(&mut world, "export", &[]),
        "# A conversation with ann\n\n## 2025-11-23\n\n> one\n> two\n\nfirst\n\n## 2025-11-23\n\nwritten by another hand\n"
    );
    assert_eq!(world.queries[0].conversation.as_deref(), Some("home"));
    assert!(!said(&mut world, "export", &[("exchanges", "1")]).contains("first"));
    for wrong in ["0", "101", "-1"] {
        assert!(matches!(run(&mut world, &order("export", &[("exchanges", wrong)])), Err(Trouble::Invalid(_))));
    }
    assert!(said(&mut World::default(), "export", &[]).contains("Nothing was said"));
}

#[test]
fn help_lists_all_commands_or_tells_of_one() {
    let world = &mut World::default();
    let all = said(world, "help", &[]);
    assert!(all.starts_with("/help [command] — Help.\n/acme:greet — Greet.\n"), "{all}");
    for name in ["greet", "/acme:greet", "acme:greet"] {
        assert_eq!(said(world, "help", &[("command", name)]), "/acme:greet — Greet.\n  of acme:pack");
    }
    assert!(matches!(run(world, &order("help", &[("command", "bike")])), Err(Trouble::NotFound(_))));
}

#[test]
fn what_the_agent_is_may_and_did_is_told() {
    let world = &mut World::default();
    assert_eq!(said(world, "tools", &[]), "- /calc_evaluate — Calculate.\n- /bare");
    assert_eq!(
        said(world, "grants", &[]),
        "- allow loket:brain/memory by host (get, recall)\n- allow loket:openai by host; 20 calls a day\n  \
         through it: loket:http/client by package:loket:openai\nTo take one back: loket revoke ann CAPABILITY"
    );
    assert!(said(world, "model", &[]).starts_with("`ann` thinks with `loket:offline`."));
    assert!(said(world, "model", &[("name", "large")]).contains("write model = \"large\" into agents/ann/agent.toml"));
    assert_eq!(
        said(world, "stats", &[]),
        "ann, with loket:offline\n3 turns and 40 calls since midnight (UTC); 1 refused, 0 failed\n900 tokens read, 80 written\n7 memories"
    );
    let bare = &mut World { bare: true, ..World::default() };
    assert!(said(bare, "tools", &[]).contains("loket grant ann"));
    assert_eq!(said(bare, "grants", &[]), "`ann` is granted nothing.");
}

#[test]
fn new_begins_a_new_conversation() {
    assert!(run(&mut World::default(), &order("new", &[])).is_ok_and(|outcome| outcome.fresh));
}

#[test]
fn what_a_call_came_to_is_handed_on_as_it_is() {
    for (name, arguments) in [
        ("help", vec![]),
        ("remember", vec![("text", "x")]),
        ("recall", vec![]),
        ("forget", vec![("what", ID)]),
        ("lesson", vec![("wrong", "x"), ("right", "y")]),
        ("export", vec![]),
        ("tools", vec![]),
        ("grants", vec![]),
        ("model", vec![]),
        ("stats", vec![]),
    ] {
        let mut world = World { broken: Some("denied"), ..World::default() };
        assert_eq!(run(&mut world, &order(name, &arguments)), Err(Trouble::Call("denied")), "{name}");
    }
    assert!(matches!(run(&mut World::default(), &order("nothing", &[])), Err(Trouble::NotFound(_))));
}

#[test]
fn what_is_typed_is_completed_where_something_is_known() {
    let mut world = World::with(&[("fact", "the gate is blue"), ("episode", "asked: gate\nanswered: blue")]);
    let values = |world: &mut World, command: &str, parameter: &str, typed: &str| -> Vec<String> {
        let found = complete(world, command, parameter, typed).expect("it completes");
        found.into_iter().map(|(value, _)| value).collect()
    };
    assert_eq!(values(&mut world, "help", "command", "/ac"), ["acme:greet"]);
    assert_eq!(values(&mut world, "forget", "what", "gate").len(), 2);
    assert_eq!(values(&mut world, "lesson", "wrong", "gate"), [world.memories[0].id.clone()]);
    assert!(values(&mut world, "forget", "what", ID).is_empty());
    assert!(values(&mut world, "remember", "text", "the").is_empty());
}
