//! Turns against a model that follows a script: what is recalled, run, remembered and said.

use crate::fake::{World, ask, denied, message, message_in, say};
use loket_assistant::bounds;
use loket_assistant::outside::{Document, Kind, Outcome, Part, Returned, Role, Sign, Stop, Thought, Trouble};
use loket_assistant::turn::{Event, Occasion, handle};

fn results(world: &World, request: usize) -> Vec<Returned> {
    let messages = &world.requests[request].messages;
    let last = messages.last().expect("a request has messages");
    assert_eq!(last.role, Role::Tool);
    last.parts
        .iter()
        .filter_map(|part| if let Part::Returned(result) = part { Some(result.clone()) } else { None })
        .collect()
}

fn documents(world: &World, request: usize) -> Vec<Document> {
    let parts = world.requests[request].messages.iter().flat_map(|message| &message.parts);
    parts.filter_map(|part| if let Part::Document(document) = part { Some(document.clone()) } else { None }).collect()
}

#[test]
fn it_recalls_lessons_first_and_gives_them_first() {
    let mut world = World::scripted([say("hi")]);
    world.put(Kind::Fact, "the gate is red");
    world.put(Kind::Lesson, "the gate is blue, not red");
    handle(&message("which colour is the gate?"), &mut world).expect("a turn");
    assert_eq!(world.queries[0].kinds, [Kind::Lesson]);
    assert!(world.queries[1].kinds.is_empty());
    assert_eq!(world.queries[2].text, "");
    assert_eq!(world.queries[2].conversation.as_deref(), Some("home"));
    let kinds: Vec<_> = documents(&world, 0).iter().map(|document| document.kind).collect();
    assert_eq!(kinds, ["lesson", "fact"]);
}

#[test]
fn what_it_asks_of_its_memory_fits_into_what_it_shows_of_it() {
    let mut world = World::scripted([ask(&[("memory_recall", r#"{"text":"gate"}"#)]), say("ok")]);
    handle(&message("the gate?"), &mut world).expect("a turn");
    let [lessons, all, exchanges, more] = &world.queries[..] else { panic!("{:?}", world.queries) };
    for query in [lessons, all, more] {
        assert_eq!(query.tokens, Some(bounds::TOKENS));
    }
    assert_eq!([lessons.around, all.around, exchanges.around, more.around], [0, 1, 0, 1]);
}

#[test]
fn what_was_said_beside_a_memory_is_shown_after_what_fits() {
    let mut world = World::scripted([say("noted"), say("noted"), say("blue")]);
    let there = |text: &str| message_in("elsewhere", text);
    handle(&there("the shed is locked"), &mut world).expect("a turn");
    handle(&there("the gate is blue"), &mut world).expect("a turn");
    handle(&message("which colour is the gate?"), &mut world).expect("a turn");
    let shown: Vec<_> = documents(&world, 2).into_iter().map(|document| document.text).collect();
    assert_eq!(shown, ["asked: the gate is blue\nanswered: noted", "asked: the shed is locked\nanswered: noted"]);
}

#[test]
fn a_skill_keeps_the_calls_that_worked_and_no_others() {
    let skill = ask(&[("memory_remember", r#"{"text":"how to fetch","kind":"skill"}"#)]);
    let mut world = World::scripted([
        ask(&[("web", r#"{"input":"a"}"#), ("bad", "{}"), ("broken", "{}")]),
        ask(&[("web", r#"{"input":"a"}"#), ("long", "{}")]),
        skill,
        ask(&[("memory_remember", r#"{"text":"the page is long","kind":"fact"}"#)]),
        say("done"),
    ]);
    world.tools.insert("web".into(), Ok("the page".into()));
    world.tools.insert("long".into(), Ok("x".repeat(100_000)));
    world.tools.insert("bad".into(), Ok(r#"{"err":"no"}"#.into()));
    world.tools.insert("broken".into(), Err(Trouble::Failed("broken".into())));
    handle(&message("fetch it"), &mut world).expect("a turn");
    let of = |kind| &world.memories.iter().find(|(memory, _)| memory.kind == kind).expect("it was written").0;
    let steps = &of(Kind::Skill).steps;
    let told: Vec<_> = steps.iter().map(|step| (step.tool.as_str(), step.arguments.as_str())).collect();
    assert_eq!(told, [("web", r#"{"input":"a"}"#), ("long", "{}")]);
    assert_eq!(steps[0].outcome, "the page");
    assert!(steps[1].outcome.len() <= bounds::OUTCOME && steps[1].outcome.ends_with('…'));
    assert!(of(Kind::Fact).steps.is_empty());
}

#[test]
fn of_many_calls_a_skill_keeps_the_newest_within_the_contracts_bounds() {
    let calls: Vec<(String, String)> =
        (0..40).map(|at| ("one".to_owned(), format!(r#"{{"input":"{at} {}"}}"#, "é".repeat(9_000)))).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|(name, arguments)| (name.as_str(), arguments.as_str())).collect();
    let mut world =
        World::scripted([ask(&calls), ask(&[("memory_remember", r#"{"text":"much","kind":"skill"}"#)]), say("done")]);
    world.tools.insert("one".into(), Ok("1".into()));
    handle(&message("do much"), &mut world).expect("a turn");
    let skill = world.memories.iter().find(|(memory, _)| memory.kind == Kind::Skill).expect("it was written");
    assert_eq!(skill.0.steps.len(), bounds::STEPS);
    assert!(skill.0.steps[0].arguments.starts_with(r#"{"input":"8 "#));
    assert!(skill.0.steps.iter().all(|step| step.arguments.len() <= bounds::STEP));
}

#[test]
fn the_conversation_goes_on_where_it_stopped() {
    let mut world = World::scripted([say("the first answer"), say("the second answer")]);
    handle(&message("the first question"), &mut world).expect("a turn");
    handle(&message("something else"), &mut world).expect("a turn");
    let texts: Vec<_> =
        world.requests[1].messages[1..3].iter().map(|message| (message.role, message.parts.clone())).collect();
    assert_eq!(texts[0], (Role::User, vec![Part::Text("the first question".into())]));
    assert_eq!(texts[1], (Role::Assistant, vec![Part::Text("the first answer".into())]));
}

#[test]
fn tools_of_one_round_are_called_at_once_and_answered_in_order() {
    let mut world = World::scripted([
        ask(&[("one", r#"{"input":"a"}"#), ("memory_recall", r#"{"text":"x"}"#), ("two", "{}")]),
        say("ok"),
    ]);
    world.tools.insert("one".into(), Ok("1".into()));
    world.tools.insert("two".into(), Ok("2".into()));
    let reply = handle(&message("do both"), &mut world).expect("a turn");
    assert_eq!(reply.text, "ok");
    assert_eq!(world.batches.len(), 1);
    assert_eq!(world.batches[0].len(), 2);
    let texts: Vec<_> = results(&world, 1).into_iter().map(|result| result.text).collect();
    assert_eq!(texts, ["1", "[]", "2"]);
    assert!(world.signs.contains(&Sign::Tool("two".into())));
}

#[test]
fn a_refusal_becomes_one_lesson_with_its_remedy() {
    let call = ask(&[("web", r#"{"input":"a"}"#)]);
    let mut world = World::scripted([call.clone(), ask(&[("web", r#"{"input":"b"}"#)]), say("refused")]);
    world.tools.insert("web".into(), Err(denied("acme:web")));
    let reply = handle(&message("fetch it"), &mut world).expect("a turn");
    assert_eq!(world.corrections.len(), 1);
    assert_eq!(world.corrections[0].wrong, "calling the tool `web`");
    assert!(world.corrections[0].right.contains("loket grant assistant acme:web"));
    assert_eq!(results(&world, 1)[0].outcome, Outcome::Refused);
    assert!(reply.learned.contains(&"M000".to_owned()));
}

#[test]
fn the_same_failing_call_is_tried_twice_at_most() {
    let call = ask(&[("web", r#"{"input":"a", "n": 1}"#)]);
    let same = ask(&[("web", r#"{"n":1,"input":"a"}"#)]);
    let mut world = World::scripted([call.clone(), same.clone(), call, same, say("gave up")]);
    world.tools.insert("web".into(), Err(Trouble::Failed("broken".into())));
    handle(&message("fetch it"), &mut world).expect("a turn");
    assert_eq!(world.batches.len(), bounds::TRIES as usize);
    assert!(results(&world, 4)[0].text.contains("was not tried again"));
}

#[test]
fn a_long_result_is_cut_and_the_model_reads_on_to_its_end() {
    let text: String = (0..40_000).map(|at| char::from(b'a' + u8::try_from(at % 26).expect("small"))).collect();
    let on = |offset: usize| ask(&[("result_continue", &format!(r#"{{"id":"r1","offset":{offset}}}"#))]);
    let cut = bounds::RESULT;
    let mut world = World::scripted([ask(&[("one", "{}")]), on(cut), on(2 * cut), on(3 * cut), say("ok")]);
    world.tools.insert("one".into(), Ok(text.clone()));
    handle(&message("much"), &mut world).expect("a turn");
    let shown: Vec<Returned> = (1..5).map(|request| results(&world, request).remove(0)).collect();
    let parts: Vec<&str> = shown[..3].iter().map(|result| result.text.rsplit_once("\n[").expect("a note").0).collect();
    assert_eq!(parts.concat(), text);
    assert!(shown[0].text.contains(r#"of 40000 bytes; read on with result_continue {"id": "r1", "offset": 16384}"#));
    assert!(shown[2].text.ends_with("this is its end]"));
    assert_eq!(shown[3].outcome, Outcome::Failed);
    assert_eq!(world.batches.len(), 1, "the tool ran once");
}

#[test]
fn an_unknown_tool_and_broken_arguments_are_answered_in_words() {
    let mut world = World::scripted([ask(&[("none", "{}"), ("one", "{"), ("one", "[]")]), say("ok")]);
    world.tools.insert("one".into(), Ok("1".into()));
    handle(&message("try"), &mut world).expect("a turn");
    let texts: Vec<_> = results(&world, 1).into_iter().map(|result| result.text).collect();
    assert!(texts[0].contains("no tool is called `none`; there are: memory_remember"), "{}", texts[0]);
    assert!(texts[1].contains("not JSON"));
    assert!(texts[2].contains("not a JSON object"));
    assert!(world.batches.is_empty());
}

#[test]
fn without_its_memory_it_goes_on_and_says_so() {
    let mut world = World::scripted([say("I can still think.")]);
    world.memory_trouble = Some(denied("loket:brain/memory"));
    let reply = handle(&message("hello"), &mut world).expect("a turn");
    assert!(reply.text.starts_with("I can still think."));
    assert!(reply.text.contains("loket grant assistant loket:brain/memory"), "{}", reply.text);
    assert!(reply.learned.is_empty());
}

#[test]
fn a_model_that_is_not_there_is_a_clear_error_and_the_message_is_kept() {
    let mut world = World { scripted: true, ..World::default() };
    world.script.push_back(Err(Trouble::Unavailable("connection refused".into())));
    let error = handle(&message("are you there"), &mut world).expect_err("no answer");
    assert_eq!(error, Trouble::Unavailable("the model gave no answer: connection refused".into()));
    assert!(world.words(Kind::Episode)[0].starts_with("asked: are you there"));
}

#[test]
fn a_reply_cites_what_the_model_used_and_only_what_there_is() {
    let mut world =
        World::scripted([Thought { used: vec!["memory:M000".into(), "memory:nope".into(), "x".into()], ..say("red") }]);
    world.put(Kind::Fact, &format!("the gate is red {}", "é".repeat(300)));
    let reply = handle(&message("the gate?"), &mut world).expect("a turn");
    assert_eq!(reply.used.len(), 1);
    assert_eq!(reply.used[0].id, "M000");
    assert!(reply.used[0].excerpt.len() <= bounds::EXCERPT);
}

#[test]
fn what_the_last_answer_used_is_at_hand_in_the_next_turn() {
    let mut world = World::scripted([Thought { used: vec!["memory:M000".into()], ..say("red") }, say("ok")]);
    world.put(Kind::Fact, "the gate is red");
    handle(&message("the gate?"), &mut world).expect("a turn");
    handle(&message("no, blue"), &mut world).expect("a turn");
    assert!(documents(&world, 1).iter().any(|document| document.uri == "memory:M000"));
}

#[test]
fn a_timer_and_an_unknown_event_are_thought_about() {
    for (occasion, words) in
        [(Occasion::Timer("tea".into()), "timer tea went off"), (Occasion::Other("{\"a\":1}".into()), "{\"a\":1}")]
    {
        let mut world = World::scripted([say("ok")]);
        handle(&Event { occasion, ..message("") }, &mut world).expect("a turn");
        let last = world.requests[0].messages.last().expect("messages").parts.last().cloned();
        assert!(matches!(last, Some(Part::Text(text)) if text.contains(words)));
    }
}

#[test]
fn an_empty_message_is_refused_with_a_hint() {
    assert!(matches!(handle(&message("  "), &mut World::default()), Err(Trouble::Invalid(_))));
}

#[test]
fn an_answer_that_was_cut_off_says_so() {
    let mut world = World::scripted([Thought { stop: Stop::Length, ..say("and then") }]);
    let reply = handle(&message("tell"), &mut world).expect("a turn");
    assert!(reply.text.contains("cut off"));
}

#[test]
fn the_manifest_and_the_persona_are_there() {
    let manifest: toml::Table = include_str!("../../agent.toml").parse().expect("the manifest parses");
    assert_eq!(manifest["package"].as_str(), Some("loket:assistant"));
    assert_eq!(manifest["persona"].as_str(), Some("persona.md"));
    assert!(!include_str!("../../persona.md").trim().is_empty());
}
