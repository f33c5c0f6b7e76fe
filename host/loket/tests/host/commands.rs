//! Slash commands: each through the host, granted and not granted, dropped in and taken away; and what is broken off or grows long in a
//! conversation.

use crate::hot_load::until;
use crate::house::{House, built};
use crate::process::{home, loket, says};
use loket_gateways::client::Client;
use loket_gateways::desk::{ChatRequest, CommandRequest, Desk as _, GrantRequest, Problem, StopRequest};
use serde_json::json;
use std::fs;
use tokio::sync::mpsc;

const COMMANDS: &str = "loket:commands";
const ORDERS: &str = "test:orders";

impl House {
    async fn said(&self, text: &str) -> String {
        self.say("assistant", text).await.unwrap_or_else(|problem| panic!("{text}: {problem:?}")).text
    }

    async fn says_no(&self, agent: &str, text: &str) -> Problem {
        self.say(agent, text).await.map_or_else(|problem| problem, |reply| panic!("{text}: {}", reply.text))
    }

    async fn completed(&self, text: &str) -> Vec<String> {
        let request = CommandRequest { agent: "assistant".into(), conversation: None, text: text.into() };
        let completion = self.host.command_complete(request).await.expect("it completes");
        completion.candidates.into_iter().map(|candidate| candidate.text).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bundled_command_answers_through_the_host() {
    let house = House::new().await;
    house.said("where is my bike?").await;
    let remembered = house.said("/remember the door code is 4711").await;
    assert!(remembered.starts_with("Remembered: “the door code is 4711” ("), "{remembered}");
    let id = remembered.rsplit('(').next().expect("an id").trim_end_matches(')').to_owned();
    assert!(house.said("what is the door code?").await.contains("the door code is 4711"), "the agent knows it");
    assert!(house.said("/recall door code").await.contains(&id));
    for (text, told) in [
        ("/help", "/lesson <wrong> <right> — Put something right"),
        ("/help export", "/export [exchanges]"),
        ("/tools", "- /calc_evaluate"),
        ("/grants", "allow loket:commands by loket:commands"),
        ("/model", "thinks with `loket:offline`"),
        ("/stats", " turns and "),
        ("/export", "> where is my bike?"),
        ("/lesson \"the bike is in the shed\" the bike is at the station", "Learned: “the bike is at the station”"),
    ] {
        let answer = house.said(text).await;
        assert!(answer.contains(told), "{text}: {answer}");
    }
    assert!(house.said("where is the bike?").await.contains("station"));
    assert!(house.said(&format!("/forget {id}")).await.contains("Forgotten: “the door code is 4711”"));
    assert!(house.said("/recall door code").await.contains("Nothing is remembered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_calls_through_the_agent_and_its_own_grants_and_stands_in_the_ledger() {
    let house = House::new().await;
    let reply = house.say("assistant", "/remember tea is at four").await.expect("it answers");
    let lines = house.lines("loket:brain/memory", "remember").await;
    let intent = lines.iter().find(|line| line.kind == "intent" && line.turn == reply.turn).expect("it was called");
    assert_eq!(intent.chain, "owner > agent:assistant > package:loket:commands");

    // Without the package's own grant, it has none through the agent either; without the agent's, the package is not reached.
    house.revoke(COMMANDS, "loket:brain/memory").await;
    let problem = house.says_no("assistant", "/recall tea").await;
    assert_eq!(problem.code, "denied", "{problem:?}");
    assert_eq!(problem.hint.as_deref(), Some("loket grant loket:commands loket:brain/memory"));
    house.obey(&problem.hint.expect("a remedy")).await;
    assert!(house.said("/recall tea").await.contains("tea is at four"));
    assert!(house.said("/grants").await.contains("loket:brain/memory"));
    house.revoke(COMMANDS, "loket:agent/about").await;
    assert_eq!(house.says_no("assistant", "/grants").await.code, "denied");
    house.revoke("assistant", COMMANDS).await;
    let problem = house.says_no("assistant", "/recall tea").await;
    assert_eq!(problem.code, "denied", "{problem:?}");
    let before = house.lines("loket:brain/memory", "recall").await.len();
    house.says_no("assistant", "/recall tea").await;
    assert_eq!(house.lines("loket:brain/memory", "recall").await.len(), before, "it never reaches the memory");
    house.obey(&problem.hint.expect("a remedy")).await;
    assert!(house.said("/recall tea").await.contains("tea is at four"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_passes_nothing_on_has_commands_that_can_do_nothing() {
    let house = House::new().await;
    let request = GrantRequest {
        grantee: "bob".into(),
        capability: COMMANDS.into(),
        no_delegation: true,
        ..GrantRequest::default()
    };
    house.grant_as(request).await;
    let problem = house.says_no("bob", "/remember tea is at four").await;
    assert_eq!(problem.code, "denied", "{problem:?}");
    assert_eq!(house.say("bob", "/new").await.expect("it needs nothing").text.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commands_values_are_checked_before_it_runs() {
    let house = House::new().await;
    for (text, why, usage) in [
        ("/remember", "`text` is missing: one statement", "/remember <text>"),
        ("/lesson x", "`right` is missing", "/lesson <wrong> <right>"),
        ("/export many", "`exchanges` is a whole number, and `many` is none", "/export [exchanges]"),
        ("/tools all of them", "`all of them` is more than it takes", "/tools"),
    ] {
        let problem = house.says_no("assistant", text).await;
        assert!(problem.code == "invalid" && problem.message.contains(why), "{text}: {problem:?}");
        assert_eq!(problem.hint.as_deref(), Some(usage));
    }
    assert!(house.lines("loket:roles/commander of loket:commands", "run").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_command_is_for_the_agent_and_its_tools() {
    let house = House::new().await;
    assert_eq!(house.said("/calc 2+2*3").await, "8");
    assert!(house.said("/nothing here").await.contains("There is no command `/nothing`"));
    let run = |text: &str| CommandRequest { agent: "assistant".into(), conversation: None, text: text.into() };
    let problem = house.host.command_run(run("/recal tea")).await.expect_err("there is none");
    assert_eq!((problem.code.as_str(), problem.hint.as_deref()), ("not-found", Some("did you mean `/recall`?")));
    assert_eq!(house.host.command_run(run("recall tea")).await.expect_err("no slash").code, "not-found");
    let nobody = CommandRequest { agent: "nobody".into(), ..run("/help") };
    assert_eq!(house.host.command_run(nobody).await.expect_err("there is none").code, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_conversation_goes_on_under_another_name() {
    let house = House::new().await;
    let reply = house.say("assistant", "/new").await.expect("it answers");
    assert_ne!(reply.conversation, "test");
    assert_eq!(house.say("assistant", "/stats").await.expect("it answers").conversation, "test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_command_is_live_at_once_and_gone_when_it_is_removed() {
    let house = House::new().await;
    house.host.watch();
    let folder = house.folder.path().join("registry/drop/orders");
    fs::create_dir_all(&folder).expect("it can be made");
    let (beside, place) = (folder.join(".beside"), folder.join("1.0.0.wasm"));
    fs::copy(built("LOKET_FIXTURES").join("test/orders/0.1.0.wasm"), &beside).expect("it was built");
    fs::rename(&beside, &place).expect("it can be moved");
    // Not granted: it is there, and the refusal says what would allow it.
    let problem = async || house.say("assistant", "/drop:shout loud !").await.err();
    until("it is asked for", async || problem().await.is_some_and(|problem| problem.code == "denied")).await;
    house.obey(&problem().await.and_then(|problem| problem.hint).expect("a remedy")).await;
    let shouted = async || house.say("assistant", "/shout loud ! tea").await.map(|reply| reply.text);
    until("it answers", async || shouted().await.is_ok()).await;
    assert_eq!(shouted().await.expect("it answers"), "SHOUT FOR ASSISTANT IN TEST: HOW=LOUD, MARK=!, WORDS=TEA");
    fs::remove_file(&place).expect("it can be removed");
    // On the way out nobody answers it any more.
    let gone = async || {
        let said = house.say("assistant", "/drop:shout loud ! tea").await;
        said.is_ok_and(|reply| reply.text.contains("There is no command `/drop:shout`"))
    };
    until("it is gone", gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_commands_of_one_name_the_granted_one_is_meant_and_of_two_granted_the_one_that_is_named() {
    let house = House::new().await;
    assert!(house.said("/help").await.contains("/remember"), "a name is not taken by what is not granted");
    house.grant("assistant", ORDERS).await;
    let problem = house.says_no("assistant", "/help").await;
    assert_eq!(problem.message, "`/help` is a command of `loket:commands` and of `test:orders`");
    assert_eq!(problem.hint.as_deref(), Some("say which you mean: `/loket:commands:help` or `/test:orders:help`"));
    assert!(house.said("/test:help").await.starts_with("HELP FOR ASSISTANT"));
    let all = house.said("/loket:help").await;
    assert!(
        all.contains("/loket:help [command]") && all.contains("/test:help") && all.contains("/shout <loud|louder>"),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_completed_by_names_choices_and_the_command_itself() {
    let house = House::new().await;
    house.grant("assistant", ORDERS).await;
    assert_eq!(house.completed("/re").await, ["/recall", "/remember"]);
    assert!(house.completed("/").await.len() > 10);
    assert_eq!(house.completed("/shout lo").await, ["loud", "louder"]);
    assert_eq!(house.completed("/shout loud \"a b").await, ["\"mark a b\""]);
    assert_eq!(house.completed("/shout loud ! it is").await, ["words it is"]);
    let remembered = house.said("/remember the gate is blue").await;
    let [id] = &house.completed("/forget gate").await[..] else { panic!("one fits") };
    assert!(remembered.contains(id.as_str()), "{remembered} {id}");
    for none in ["", "gate", "/etc/hosts", "/nothing x", "/tools x"] {
        assert!(house.completed(none).await.is_empty(), "{none}");
    }
    house.revoke("assistant", COMMANDS).await;
    assert_eq!(house.completed("/re").await, [""; 0], "what is not granted is not offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_list_run_and_complete_commands() {
    let house = House::new().await;
    let client = Client::in_process(house.host.clone());
    let commands = client.commands("assistant").await.expect("they are listed");
    let help = commands.iter().find(|command| command.call == "/help").expect("it is there");
    assert_eq!((help.state.as_str(), help.takes.as_str()), ("ready", "[command]"));
    let shout = commands.iter().find(|command| command.call == "/test:orders:shout").expect("it is there");
    assert_eq!(shout.remedy.as_deref(), Some("loket grant assistant test:orders"));
    assert_eq!(shout.parameters[0].words, ["loud", "louder"]);
    let request =
        |text: &str| CommandRequest { agent: "assistant".into(), conversation: Some("c".into()), text: text.into() };
    let reply = client.command_run(&request("/remember tea is at four")).await.expect("it runs");
    assert!(reply.text.starts_with("Remembered") && reply.conversation == "c");
    let completion = client.command_complete(&request("  /st")).await.expect("it completes");
    assert_eq!((completion.at, completion.candidates[0].text.as_str()), (2, "/stats"));
    assert_eq!(client.commands("nobody").await.expect_err("there is none").code, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_stopped_is_told_so_and_its_conversation_goes_on_with_what_was_broken_off() {
    let house = House::with("[limits]\nseconds = 60\n").await;
    house.grant("assistant", "test:hostile").await;
    let stop = |conversation: &str| StopRequest {
        agent: "assistant".into(),
        conversation: Some(conversation.into()),
        stream: None,
    };
    assert_eq!(house.host.stop(stop("test")).await.expect("it is no error").stopped, 0);
    let asked = house.say("assistant", "/hostile_spin");
    let stopping = async {
        until("it runs", async || house.host.running.count() > 0).await;
        assert_eq!(house.host.stop(stop("elsewhere")).await.expect("there is none").stopped, 0);
        until("it is stopped", async || house.host.stop(stop("test")).await.expect("it is there").stopped == 1).await;
    };
    let (answer, ()) = tokio::join!(asked, stopping);
    let problem = answer.expect_err("it was stopped");
    assert!(problem.message.contains("the turn was stopped"), "{problem:?}");
    until("it has ended", async || house.host.running.count() == 0).await;
    house.said("hello again").await;
    let exported = house.said("/export").await;
    assert!(exported.contains("> /hostile_spin\n\n(broken off here)"), "{exported}");
    assert!(house.lines("", "").await.iter().any(|line| line.kind == "end"), "its page has an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_whose_watcher_goes_away_is_told_in_the_next_one() {
    let house = House::new().await;
    house.grant("assistant", "test:hostile").await;
    let (events, _) = mpsc::channel(16);
    let request = ChatRequest {
        agent: "assistant".into(),
        conversation: Some("test".into()),
        text: "/hostile_spin".into(),
        files: vec![],
    };
    tokio::select! {
        answer = house.host.chat(request, events) => panic!("it goes on for ever: {answer:?}"),
        () = until("it runs", async || house.host.running.count() > 0) => {}
    }
    house.said("hello again").await;
    assert!(house.said("/export").await.contains("(broken off here)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_has_one_memory_of_its_older_part_which_the_next_turns_begin_with() {
    let house = House::new().await;
    for at in 0..17 {
        house.said(&format!("is number {at} {}?", "a very long question about nothing ".repeat(25))).await;
    }
    let query = json!({ "query": {
        "text": "", "kinds": ["episode"], "tags": ["compaction"], "conversation": "test", "since": null, "until": null,
        "without": [], "tokens": null, "around": 0, "limit": 100,
    } });
    let found = house.call("loket:brain/memory", "recall", query).await.expect("it is recalled");
    let found = found["ok"].as_array().expect("a list").clone();
    assert_eq!(found.len(), 1, "{found:?}");
    let text = found[0]["entry"]["text"].as_str().expect("a text");
    assert!(text.contains("in extracts:\n- is number 0 a very long"), "{text}");
    assert!(found[0]["entry"]["source"]["chain"].as_str().is_some_and(|chain| chain == "owner > agent:assistant"));
    let thoughts = house.lines("loket:model/chat", "complete").await;
    let last = thoughts.iter().rev().find(|line| line.kind == "intent").and_then(|line| line.payload.clone());
    assert!(last.expect("a request").to_string().contains("in extracts"), "the model is shown it");
}

#[test]
fn at_the_command_line_a_slash_is_a_command_and_a_refusal_says_what_would_allow_it() {
    let home = home();
    let remembered = says(home.path(), &["chat", "/remember tea is at four"]);
    assert!(remembered.starts_with("Remembered: “tea is at four” ("), "{remembered}");
    assert!(says(home.path(), &["chat", "when is tea?"]).starts_with("“tea is at four” — fact"));
    assert!(says(home.path(), &["chat", "/help"]).contains("/remember <text> — Remember a fact, word for word.\n"));
    assert_eq!(says(home.path(), &["chat", "/calc 2+2*3"]), "8\n");
    let wrong = loket(home.path(), &["chat", "/lesson tea"]);
    assert_eq!(
        String::from_utf8_lossy(&wrong.stderr),
        "error: `/lesson` cannot be run: `right` is missing: what is right\nhint: /lesson <wrong> <right>\n"
    );
    let refused = loket(home.path(), &["chat", "bob", "/stats"]);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("hint: loket grant bob "), "{told}");
}
