//! How a turn comes to its end: by its rounds, its time, its calls, or because nothing works; always with an answer.

use crate::fake::{World, ask, message, say};
use loket_assistant::bounds;
use loket_assistant::outside::{Left, Part, Role, Thought, Trouble};
use loket_assistant::turn::{Event, Reply, handle};

/// A world whose model asks for a tool again and again, as long as it is offered one or not.
fn for_ever(words: &str) -> World {
    let mut world = World::scripted((0..100).map(|_| Thought { text: words.into(), ..ask(&[("one", "{}")]) }));
    world.tools.insert("one".into(), Ok("1".into()));
    world
}

fn turn(world: &mut World, rounds: u32) -> Reply {
    handle(&Event { rounds, ..message("go on for ever") }, world).expect("a turn")
}

/// Whether the newest request offers no tools and says that it is the last.
#[track_caller]
fn is_last(world: &World) {
    let request = world.requests.last().expect("a request");
    assert!(request.tools.is_empty(), "no tools are offered");
    let last = request.messages.last().expect("messages");
    assert_eq!(last.role, Role::Tool);
    assert!(matches!(last.parts.last(), Some(Part::Text(words)) if words.contains("Answer now with what you have")));
}

#[test]
fn the_last_round_offers_no_tools_and_asks_for_an_answer() {
    let mut world = World::scripted([ask(&[("one", "{}")]), ask(&[("one", "{}")]), say("that is what I have")]);
    world.tools.insert("one".into(), Ok("1".into()));
    assert_eq!(turn(&mut world, 3).text, "that is what I have");
    assert!(world.requests[..2].iter().all(|request| !request.tools.is_empty()));
    is_last(&world);
}

#[test]
fn a_model_that_calls_tools_for_ever_ends_with_what_it_said_and_why() {
    let mut world = for_ever("");
    let reply = turn(&mut world, 3);
    assert_eq!((world.requests.len(), world.batches.len()), (3, 2));
    assert_eq!(reply.text, "(I stopped after 3 rounds; still wanted: one)");
    let mut world = for_ever("one more");
    assert!(turn(&mut world, 2).text.starts_with("one more\n\none more\n\n(I stopped after 2 rounds"));
    let mut world = for_ever("");
    turn(&mut world, u32::MAX);
    assert_eq!(world.requests.len(), bounds::ROUNDS as usize, "whatever the profile says");
}

#[test]
fn a_turn_whose_time_is_nearly_over_answers_while_there_is_time() {
    let left = |milliseconds| Left { milliseconds, milliseconds_of: 60_000, calls: 900, calls_of: 1_000 };
    let mut world = for_ever("");
    world.left = [left(58_000), left(56_000), left(9_000)].into();
    let reply = turn(&mut world, 8);
    assert_eq!(world.requests.len(), 4);
    is_last(&world);
    assert!(reply.text.starts_with("(I stopped because my time is nearly over"), "{}", reply.text);
}

#[test]
fn a_turn_that_may_hardly_call_any_more_answers_while_it_may() {
    let mut world = for_ever("");
    world.left = [Left { milliseconds: 59_000, milliseconds_of: 60_000, calls: 20, calls_of: 1_000 }].into();
    assert!(turn(&mut world, 8).text.contains("hardly any more calls"));
    is_last(&world);
}

#[test]
fn a_model_whose_calls_make_no_sense_is_told_so_and_then_asked_for_an_answer() {
    let nonsense = [("one", "{"), ("nothing", "{}"), ("one", "[]")].map(|call| ask(&[call]));
    let mut world = World::scripted(nonsense.into_iter().chain([say("I could not")]));
    world.tools.insert("one".into(), Ok("1".into()));
    assert_eq!(turn(&mut world, 8).text, "I could not");
    assert_eq!(world.requests.len(), bounds::STUCK as usize + 1);
    assert!(world.batches.is_empty());
    is_last(&world);
}

#[test]
fn a_model_that_fails_in_the_last_round_does_not_lose_the_turn() {
    let mut world = World { scripted: true, ..World::default() };
    world.tools.insert("one".into(), Ok("1".into()));
    world.script.push_back(Ok(Thought { text: "Let me look.".into(), ..ask(&[("one", "{}")]) }));
    world.script.push_back(Err(Trouble::Unavailable("gone".into())));
    let reply = turn(&mut world, 2);
    assert!(reply.text.starts_with("Let me look.\n\n(I stopped after 2 rounds, and the model gave no last answer"));
    let mut world = World { scripted: true, ..World::default() };
    world.tools.insert("one".into(), Ok("1".into()));
    world.script.extend([Ok(ask(&[("one", "{}")])), Err(Trouble::Unavailable("gone".into()))]);
    let error = handle(&message("try"), &mut world).expect_err("before the last round it is an error");
    assert_eq!(error, Trouble::Unavailable("the model gave no answer after one tool call had run: gone".into()));
}
