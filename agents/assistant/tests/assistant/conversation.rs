//! What goes on from turn to turn: the history, how it grows, how it is put in short, and what was broken off.

use crate::fake::{World, message, message_in, say};
use loket_assistant::bounds;
use loket_assistant::outside::{Kind, Memory, Part, Request, Role, Thought, Trouble};
use loket_assistant::turn::{Event, Interruption, Occasion, handle};

/// A request as a server would read it, without what was recalled for its newest words: those come last.
fn bytes(request: &Request) -> String {
    let mut text: String = request.tools.iter().map(|tool| format!("{tool:?}\n")).collect();
    for (at, message) in request.messages.iter().enumerate() {
        let newest = at + 1 == request.messages.len();
        let parts = message.parts.iter().take_while(|part| !newest || !matches!(part, Part::Document(_)));
        text.push_str(&format!("{:?}\n", message.role));
        parts.for_each(|part| text.push_str(&format!("{part:?}\n")));
    }
    text
}

fn compactions(world: &World) -> Vec<&Memory> {
    let all = world.memories.iter().map(|(memory, _)| memory);
    all.filter(|memory| memory.tags.iter().any(|tag| tag == "compaction")).collect()
}

fn long(at: usize) -> String {
    format!("number {at} {}", "is said at length ".repeat(60))
}

#[test]
fn each_turn_begins_with_what_the_turn_before_began_with() {
    let mut world = World::scripted((0..6).map(|at| say(&format!("answer {at}"))));
    world.tools.insert("web".into(), Ok("1".into()));
    world.put(Kind::Fact, "number five is green");
    world.put(Kind::Lesson, "number five is no bus");
    for at in 0..6 {
        handle(&message(&format!("  what is number {at}? ")), &mut world).expect("a turn");
    }
    let newest = world.requests.last().and_then(|request| request.messages.last()).expect("messages");
    assert!(matches!(newest.parts[..], [Part::Text(_), Part::Document(_), ..]), "what is recalled comes last");
    for pair in world.requests.windows(2) {
        let (before, after) = (bytes(&pair[0]), bytes(&pair[1]));
        assert!(after.starts_with(&before), "{before}\n---\n{after}");
        assert!(after.len() > before.len());
    }
}

#[test]
fn a_conversation_is_shown_whole_as_long_as_it_is_short() {
    let mut world = World::scripted((0..30).map(|at| say(&format!("answer {at}"))));
    for at in 0..30 {
        handle(&message(&format!("question {at}")), &mut world).expect("a turn");
    }
    assert_eq!(world.requests[29].messages.len(), 1 + 2 * 29 + 1);
    assert!(compactions(&world).is_empty());
}

#[test]
fn a_long_conversation_is_put_in_short_by_the_model_and_goes_on_from_that() {
    let mut world = World { scripted: true, ..World::default() };
    (0..16).for_each(|at| drop(world.put_in("home", &format!("asked: {}\nanswered: yes", long(at)))));
    let summary = Thought { text: r#"{"summary":"They count."}"#.into(), ..say("") };
    world.script.extend([Ok(say("first")), Ok(summary), Ok(say("second")), Ok(say("third"))]);
    handle(&message(&long(50)), &mut world).expect("a turn");
    let asked = &world.requests[1];
    assert!(asked.tools.is_empty() && asked.shape.is_some(), "it is asked for a form, so nothing of it streams");
    assert!(matches!(&asked.messages[1].parts[..], [Part::Text(said)] if said.starts_with("asked: number 0 ")));
    assert!(compactions(&world)[0].text.ends_with("as a model put it:\nThey count."));
    let before = world.requests[0].messages.len();
    handle(&message("and now?"), &mut world).expect("a turn");
    let after = &world.requests[2].messages;
    assert!(after.len() < before, "{} and {before}", after.len());
    let Part::Document(short) = &after[1].parts[0] else { panic!("{:?}", after[1]) };
    assert!(short.text.contains("They count."));
    let newest = &after[after.len() - 3].parts;
    assert_eq!(newest[..], [Part::Text(long(50).trim().into())], "the newest stays as it was said");
    handle(&message("go on"), &mut world).expect("a turn");
    assert!(bytes(&world.requests[3]).starts_with(&bytes(&world.requests[2])), "and it grows at its end again");
    assert_eq!(world.words(Kind::Episode).iter().filter(|text| text.starts_with("asked: number 0 ")).count(), 1);
}

#[test]
fn where_no_model_can_it_is_put_in_short_by_extracts() {
    for (model, summary) in [
        ("loket:offline", None),
        ("scripted", Some(Err(Trouble::Unavailable("gone".into())))),
        ("scripted", Some(Ok(say("no JSON")))),
        ("scripted", Some(Ok(say(r#"{"summary":"  "}"#)))),
    ] {
        let mut world = World { scripted: true, ..World::default() };
        (0..20).for_each(|at| drop(world.put_in("home", &format!("asked: {}\nanswered: yes", long(at)))));
        world.script.push_back(Ok(Thought { model: model.into(), ..say("an answer") }));
        world.script.extend(summary);
        let reply = handle(&message("and now?"), &mut world).expect("a turn");
        assert_eq!(reply.text, "an answer", "the answer is not touched by it");
        let text = &compactions(&world)[0].text;
        assert!(
            text.starts_with("What was said before in this conversation, in extracts:\n- number 0 is said"),
            "{text}"
        );
        assert!(text.contains("→ yes"));
    }
}

#[test]
fn it_is_put_in_short_again_and_again_and_there_is_one_compaction() {
    let mut world = World { scripted: true, ..World::default() };
    let mut most = 0;
    for at in 0..120 {
        world.script.push_back(Ok(Thought { model: "loket:offline".into(), ..say(&format!("answer {at}")) }));
        handle(&message(&long(at)), &mut world).expect("a turn");
        let request = world.requests.last().expect("a request");
        most = most.max(bytes(request).len());
        assert!(compactions(&world).len() <= 1);
    }
    let compaction = compactions(&world)[0];
    assert!(compaction.text.len() <= bounds::COMPACTION + 256, "{}", compaction.text.len());
    assert!(compaction.text.contains("answer 9"), "the newest of what is old is in it");
    assert!(most < 120_000, "{most} bytes at most");
    assert_eq!(world.words(Kind::Episode).len(), 121, "what was said stays in the brain");
}

#[test]
fn a_conversation_of_its_own_has_a_history_of_its_own() {
    let mut world = World::scripted([say("one"), say("two")]);
    handle(&message_in("home", "hello"), &mut world).expect("a turn");
    handle(&message_in("away", "good day"), &mut world).expect("a turn");
    assert_eq!(world.requests[1].messages.len(), 2);
}

#[test]
fn what_was_broken_off_is_said_in_the_next_turn_and_stays() {
    for (said, answered) in [("The first step", "The first step\n(broken off here)"), ("", "(broken off here)")] {
        let mut world = World::scripted([say("ok"), say("ok")]);
        let before = Interruption { asked: "how do I bake?".into(), said: said.into() };
        let occasion =
            Occasion::Message { conversation: "home".into(), text: "shorter".into(), interrupted: Some(before) };
        handle(&Event { occasion, ..message("") }, &mut world).expect("a turn");
        let history = &world.requests[0].messages[1..3];
        assert_eq!((history[0].role, &history[0].parts[..]), (Role::User, &[Part::Text("how do I bake?".into())][..]));
        assert_eq!(history[1].parts, [Part::Text(answered.into())]);
        handle(&message("and then?"), &mut world).expect("a turn");
        assert_eq!(world.requests[1].messages.len(), 6);
    }
}
