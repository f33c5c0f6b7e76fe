//! Agents and tools in several languages, each built from source by the tools of its own people: they work together in one turn, and what
//! they did can be run again to the byte.

use crate::house::{House, built, lay_out};
use loket_gateways::desk::{ChatReply, Desk as _, ReplayReport, ReplayRequest};
use loket_kernel::Page;
use loket_ledger::{Entry, Kind};
use std::sync::Arc;

/// The tools: in C, Rust, JavaScript and Python; by their packages, the functions that the scribes call, and what those say.
const TOOLS: [(&str, &str, &str); 4] = [
    ("loket:text", "reverse", r#""eert nogard eert""#),
    ("loket:calc", "evaluate", r#"{"ok":"42"}"#),
    ("test:numbers", "sort", "[1.0,2.0,3.0]"),
    ("test:words", "count", r#"[["tree",2],["dragon",1]]"#),
];

const WORDS: &str = "tree dragon tree";

/// A home with an agent of this package, who has all that a scribe asks for.
async fn house(agent: &str) -> House {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    // What is made of scripts is large, and lies apart.
    let fixtures = built("LOKET_FIXTURES");
    let registries = [built("LOKET_REGISTRY"), fixtures.with_file_name("fixtures-script"), fixtures];
    let registries: Vec<_> = registries.iter().map(|r| format!("{:?}", r.to_str().expect("a plain path"))).collect();
    let settings = format!("registry = [\"registry\", {}]\n", registries.join(", "));
    std::fs::write(folder.path().join("loket.toml"), settings).expect("it can be written");
    let place = folder.path().join("agents/scribe");
    std::fs::create_dir_all(&place).expect("it can be made");
    let manifest = format!("package = \"{agent}\"\nmodel = \"test:thinker\"\npersona = \"persona.md\"\n");
    std::fs::write(place.join("agent.toml"), manifest).expect("it can be written");
    std::fs::write(place.join("persona.md"), "You write down what you are told.\n").expect("it can be written");
    let house = House::open(folder).await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog"] {
        house.grant("scribe", capability).await;
    }
    house.grant("scribe", "test:thinker").await;
    for (tool, ..) in TOOLS {
        house.grant("scribe", tool).await;
    }
    house
}

async fn replay(house: &House, turn: &str) -> ReplayReport {
    let request = ReplayRequest { turn: turn.into(), ..ReplayRequest::default() };
    house.host.replay(request).await.unwrap_or_else(|p| panic!("it runs again: {p:?}"))
}

fn page(house: &House, turn: &str) -> Vec<Entry> {
    house.host.counter.ledger.turn(turn.parse().expect("a turn")).expect("the page reads")
}

/// What a scribe drew, and when.
fn drawn(reply: &ChatReply) -> (u64, u64) {
    let line = reply.text.lines().last().expect("it says so last");
    let words: Vec<&str> = line.split(' ').collect();
    let ["drew", number, "at", moment] = words[..] else { panic!("{line}") };
    (number.parse().expect("a number"), moment.parse().expect("a moment"))
}

/// An agent of this package uses all that a turn can use, and its turns run again to the byte.
async fn check(agent: &str) {
    let house = house(agent).await;
    let agents = house.host.agents().await.expect("they can be listed");
    let scribe = agents.iter().find(|agent| agent.name == "scribe").expect("it is there");
    assert_eq!(scribe.state, "ready");

    let first = house.say("scribe", WORDS).await.unwrap_or_else(|p| panic!("{agent} answers: {p:?}"));
    let second = house.say("scribe", WORDS).await.unwrap_or_else(|p| panic!("{agent} answers again: {p:?}"));
    assert!(
        first.text.starts_with("recalled 0") && second.text.starts_with("recalled 1"),
        "{}\n{}",
        first.text,
        second.text
    );
    assert!(
        second.text.contains("In short, 1 documents"),
        "the model was asked with what it recalled: {}",
        second.text
    );
    assert_eq!(second.learned.len(), 1, "it remembered");
    let (drawn, lines) = ([drawn(&first), drawn(&second)], house.ledger().await.len());
    assert_ne!(drawn[0].0, drawn[1].0, "each turn draws a number of its own");

    for (said, (_, moment)) in [&first, &second].into_iter().zip(drawn) {
        let page = page(&house, &said.turn);
        let begun = page[0].time;
        assert!(begun.abs_diff(moment) < 60_000, "it knows the time: {moment}, and not {begun}");
        let report = replay(&house, &said.turn).await;
        assert_eq!((report.verdict.as_str(), &report.divergence), ("equal", &None), "{agent}");
        assert_eq!(report.answer.as_ref().expect("it answers")["ok"]["ok"]["text"], said.text, "{agent}: to the byte");
        // What its model says, the model emits.
        let own = |line: &&Entry| *line.function == *"emit" && line.kind == Kind::Intent && line.parent == 1;
        let emitted = page.iter().filter(own).count();
        assert!(emitted > TOOLS.len(), "its events are calls like others, and were compared: {emitted}");
        assert!(report.calls as usize >= emitted + 5, "{report:?}");
    }
    assert_eq!(house.ledger().await.len(), lines, "nothing was written");

    // Another seed, and what it draws is another: the comparison can fail.
    house.host.counter.ledger.flush().await.expect("it is written");
    let mut changed = Page::read(&house.host.counter.ledger, second.turn.parse().expect("a turn")).expect("it reads");
    changed.seed ^= 1;
    let (_, replayed) = house.host.replay_page(changed).await.expect("it runs again");
    let diverged = replayed.diverged.unwrap_or_else(|| panic!("{agent} draws from the turn's seed"));
    assert!(diverged.to_string().contains("memory#remember"), "{diverged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_in_rust_runs_again_to_the_byte() {
    check("test:scribe-rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_in_javascript_runs_again_to_the_byte() {
    check("test:scribe-js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_in_python_runs_again_to_the_byte() {
    check("test:scribe-python").await;
}

/// The line of a call in a page, the last of its name.
fn line<'p>(page: &'p [Entry], function: &str, kind: Kind) -> &'p Entry {
    let line = page.iter().rfind(|line| *line.function == *function && line.kind == kind);
    line.unwrap_or_else(|| panic!("`{function}` has no line of that kind"))
}

#[tokio::test(flavor = "multi_thread")]
async fn four_tools_in_four_languages_answer_in_one_parallel_batch() {
    let house = house("test:scribe-rust").await;
    // Once before, so that nothing is compiled or read from the disk while it counts.
    house.say("scribe", WORDS).await.expect("it answers");
    let said = house.say("scribe", WORDS).await.expect("it answers");
    for (tool, function, answer) in TOOLS {
        let name = format!("{}_{function} ", tool.split(':').next_back().unwrap_or_default());
        let told = said.text.lines().find(|line| line.starts_with(&name)).unwrap_or_else(|| panic!("{}", said.text));
        assert!(told.ends_with(&format!("says {answer}")), "{tool}: {told}");
    }
    let page = page(&house, &said.turn);
    let batch = line(&page, "call-all", Kind::Intent);
    assert_eq!(page.iter().filter(|line| *line.function == *"call-all" && line.kind == Kind::Intent).count(), 1);
    for (tool, function, _) in TOOLS {
        // Two of the tools have a `count`.
        let own = |line: &&Entry| *line.function == *function && line.capability.starts_with(tool);
        let lines: Vec<&Entry> = page.iter().filter(own).collect();
        let [intent, outcome] = lines[..] else { panic!("{tool}: {lines:?}") };
        assert_eq!((intent.kind, outcome.kind), (Kind::Intent, Kind::Outcome), "{tool}");
        assert_eq!(intent.parent, batch.call, "`{tool}` was called in the batch");
        assert!(outcome.seq < line(&page, "call-all", Kind::Outcome).seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_components_in_javascript_and_python_import_what_their_worlds_say() {
    let house = house("test:scribe-rust").await;
    let packages =
        [("test:numbers", false), ("test:words", false), ("test:scribe-js", true), ("test:scribe-python", true)];
    for (package, agent) in packages {
        let inspected = house.host.inspect(package).await.unwrap_or_else(|p| panic!("{package}: {p:?}"));
        let imports: Vec<&str> = inspected.imports.iter().map(|import| import.capability.as_str()).collect();
        assert!(
            !imports.iter().any(|import| import.contains("wasi:http") || import.contains("wasi:sockets")),
            "{imports:?}"
        );
        assert_eq!(!imports.is_empty(), agent, "{package}: {imports:?}");
        let docs: String = inspected
            .exports
            .iter()
            .flat_map(|export| export.functions.iter().chain([&export.docs]))
            .cloned()
            .collect();
        assert!(!docs.is_empty(), "{package} is documented");
    }
    // Of WASI a component in Python has what its world names, and nothing of what its interpreter would have.
    for (package, named) in
        [("test:words", &[][..]), ("test:scribe-python", &["wasi:clocks/wall-clock", "wasi:random/random"][..])]
    {
        let inspected = house.host.inspect(package).await.unwrap_or_else(|p| panic!("{package}: {p:?}"));
        let sealed: Vec<&str> = inspected.sealed.iter().filter_map(|name| name.split('@').next()).collect();
        assert_eq!(sealed, named, "{package}");
    }
}
