//! The bundled tools as a model has them: by name, with JSON, through the catalog; which of them an assistant has from the first day, and what
//! a model is told of each.

use crate::house::House;
use crate::servers::{Server, page};
use loket_gateways::desk::{Desk as _, GrantRequest, Problem};
use serde_json::{Value as Json, json};

/// The tools that reach nothing outside: granted by default.
const DEFAULT: [&str; 9] = [
    "loket:calc",
    "loket:clock",
    "loket:hash",
    "loket:json",
    "loket:strings",
    "loket:table",
    "loket:text",
    "loket:todo",
    "loket:uuid",
];
/// Those that do: granted by the owner alone.
const OUTSIDE: [&str; 4] = ["loket:documents", "loket:fetch", "loket:runner", "loket:search"];

impl House {
    /// Calls a tool by its name, as the owner, for the assistant.
    pub(crate) async fn tool(&self, name: &str, arguments: &Json) -> Result<Json, String> {
        let invocation = json!({ "invocation": { "name": name, "arguments": arguments.to_string() } });
        let told =
            |problem: Problem| format!("{}: {} {}", problem.code, problem.message, problem.hint.unwrap_or_default());
        let answer = self.call("loket:tools/catalog", "call", invocation).await.map_err(told)?;
        match answer["ok"].as_str() {
            Some(text) => {
                Ok(serde_json::from_str(text).unwrap_or_else(|e| panic!("`{name}` answers in JSON: {e}: {text}")))
            }
            None => Err(answer["err"].to_string()),
        }
    }
}

/// What a tool answers to some arguments: a part of its answer by a JSON Pointer, or words of its error.
struct Case(&'static str, Json, Result<(&'static str, Json), &'static str>);

fn cases() -> Vec<Case> {
    let csv = "city,price\nDelft,0.1\nGhent,3\nDelft,0.2\n";
    let where_ = json!([{ "column": "city", "operator": "equal", "value": "Delft" }]);
    let sum = json!([{ "measure": "sum", "column": "price" }]);
    vec![
        Case("calc_evaluate", json!({ "expression": "0.1 + 0.2" }), Ok(("/ok", json!("0.3")))),
        Case("calc_evaluate", json!({ "expression": "2 +" }), Err("ends here")),
        Case(
            "clock_add",
            json!({ "time": "2026-01-31", "span": "1 month" }),
            Ok(("/ok/time", json!("2026-02-28T00:00:00+00:00"))),
        ),
        Case("clock_convert", json!({ "time": "2026-06-01 12:00", "zone": "Nowhere" }), Err("Nowhere")),
        Case("text_count", json!({ "text": "größer\nals" }), Ok(("/words", json!(2)))),
        Case(
            "json_query",
            json!({ "json": "{\"a\":[1,{\"b\":2}]}", "path": "$..b" }),
            Ok(("/ok/values/0", json!({ "path": "$['a'][1]['b']", "value": "2" }))),
        ),
        Case(
            "json_outline",
            json!({ "json": "{\"a\":[1,2]}" }),
            Ok(("/ok", json!("$: object with 1 members\n  .a: list of 2\n    [*]: whole number"))),
        ),
        Case("json_format", json!({ "json": "{ \"a\" : 1 }", "layout": "compact" }), Ok(("/ok", json!("{\"a\":1}")))),
        Case("json_query", json!({ "json": "{", "path": "$" }), Err("no JSON")),
        Case("json_query", json!({ "json": "[".repeat(100_000), "path": "$" }), Err("recursion limit")),
        Case("strings_find", json!({ "text": "a1\nb22", "pattern": "\\d+" }), Ok(("/ok/hits/1/text", json!("22")))),
        Case(
            "strings_replace",
            json!({ "text": "a-b", "pattern": "(\\w)-(\\w)", "replacement": "$2-$1" }),
            Ok(("/ok/text", json!("b-a"))),
        ),
        Case(
            "strings_diff",
            json!({ "before": "a\n", "after": "b\n" }),
            Ok(("/ok/changes", json!("@@ -1 +1 @@\n-a\n+b\n"))),
        ),
        Case("strings_find", json!({ "text": "a", "pattern": "(((a{100}){100}){100})" }), Err("smaller counts")),
        Case(
            "hash_digest",
            json!({ "input": "abc", "algorithm": "md5" }),
            Ok(("/ok", json!("900150983cd24fb0d6963f7d28e17f72"))),
        ),
        Case("hash_check", json!({ "input": "abc", "digest": "352441c2" }), Ok(("/ok", json!("crc32")))),
        Case("hash_digest", json!({ "input": "xyz", "encoding": "hex" }), Err("no hex")),
        Case("uuid_read", json!({ "uuid": "018bcfe5-6800-7000-8000-000000000000" }), Ok(("/ok/version", json!(7)))),
        Case("uuid_make", json!({ "count": 5000 }), Err("1 to 1000")),
        Case(
            "table_query",
            json!({ "csv": csv, "where": where_, "aggregates": sum }),
            Ok(("/ok/rows", json!("sum(price)\n0.3\n"))),
        ),
        Case("table_describe", json!({ "csv": csv }), Ok(("/ok/columns/1/numbers", json!(3)))),
        Case("table_query", json!({ "csv": csv, "select": ["town"] }), Err("has no column `town`")),
        Case("todo_add", json!({ "steps": ["pack", "go"] }), Ok(("/ok/1/number", json!(2)))),
        Case("todo_mark", json!({ "number": 1, "state": "done" }), Ok(("/ok/state", json!("done")))),
        Case("todo_show", json!({}), Ok(("/ok/0", json!({ "number": 1, "state": "done", "text": "pack" })))),
        Case("todo_plans", json!({}), Ok(("/ok/0", json!({ "plan": "plan", "steps": 2, "left": 1 })))),
        Case("todo_mark", json!({ "number": 9, "state": "done" }), Err("it has 1, 2")),
        Case("todo_clear", json!({}), Ok(("/ok", json!(2)))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_harmless_tool_answers_by_its_name_in_a_new_home() {
    let house = House::new().await;
    let cases = cases();
    for Case(name, arguments, expect) in &cases {
        let answer = house.tool(name, arguments).await;
        match (expect, answer) {
            (Ok((pointer, expect)), Ok(answer)) => {
                // What a function answers without a `result` has no `ok` around it.
                assert_eq!(answer.pointer(pointer), Some(expect), "`{name}` answers {answer}");
            }
            (Err(word), Err(why)) => assert!(why.contains(word), "`{name}` says {why}"),
            (_, answer) => panic!("`{name}` with {arguments} answers {answer:?}"),
        }
    }
    let listed = house.call("loket:tools/catalog", "list", json!({})).await.expect("it lists");
    let listed = listed["ok"].as_array().expect("a list").iter();
    let ours = listed.filter(|tool| tool["origin"].as_str().is_some_and(|origin| origin.starts_with("loket:")));
    let names: Vec<&str> = ours.filter_map(|tool| tool["name"].as_str()).collect();
    let bundled =
        |name: &&&str| DEFAULT.iter().any(|package| name.starts_with(&format!("{}_", &package["loket:".len()..])));
    let untried: Vec<_> =
        names.iter().filter(bundled).filter(|name| cases.iter().all(|case| case.0 != **name)).collect();
    // What these do beside is tested natively, or elsewhere in this binary.
    let known =
        ["clock_between", "clock_now", "clock_read", "clock_zones", "text_excerpt", "text_positions", "text_reverse"];
    assert!(untried.iter().all(|name| known.contains(*name)), "no case for {untried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_has_the_harmless_tools_from_the_first_day_and_no_other() {
    let house = House::new().await;
    let granted = house.host.grants(Some("assistant")).await.expect("they can be listed");
    let granted: Vec<&str> = granted.iter().map(|grant| grant.capability.as_str()).collect();
    for package in DEFAULT {
        assert!(granted.contains(&package), "{package} is granted");
        assert_eq!(house.state(package).await, "ready");
        let inspection = house.host.inspect(package).await.expect("it is there");
        let asked: Vec<_> =
            inspection.imports.iter().map(|import| import.capability.split('@').next().unwrap_or_default()).collect();
        assert!(asked.iter().all(|import| import.starts_with("wasi:keyvalue/")), "{package} asks for {asked:?}");
    }
    for package in OUTSIDE {
        assert!(!granted.contains(&package), "{package} is not granted");
        let state = house.state(package).await;
        assert!(state.contains("loket grant"), "{package}: {state}");
    }
    let told = house.say("assistant", r#"/json_query {"json":"[7]","path":"$[0]"}"#).await.expect("it answers").text;
    assert!(told.contains('7'), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_kept_apart_for_each_agent_and_survive_a_restart() {
    let house = House::new().await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline", "loket:todo"] {
        house.grant("bob", capability).await;
    }
    let add = |text: &str| format!(r#"/todo_add {{"steps":["{text}"]}}"#);
    for (agent, text) in [("assistant", "water the oak"), ("bob", "feed the cat")] {
        let told = house.say(agent, &add(text)).await.expect("it answers").text;
        assert!(told.contains(text), "{told}");
    }
    let house = house.restart().await;
    for (agent, own, other) in
        [("assistant", "water the oak", "feed the cat"), ("bob", "feed the cat", "water the oak")]
    {
        let told = house.say(agent, "/todo_show {}").await.expect("it answers").text;
        assert!(told.contains(own) && !told.contains(other), "{agent}: {told}");
    }
    // Not granted is refused: the tool's own grant, and the passing on of it.
    house.revoke("loket:todo", "wasi:keyvalue/store").await;
    let told = house.say("assistant", "/todo_show {}").await.expect("it answers").text;
    assert!(!told.contains("water the oak"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_are_added_side_by_side_are_all_kept() {
    let house = House::new().await;
    let invocations: Vec<Json> = (0..12)
        .map(|n| json!({ "name": "todo_add", "arguments": json!({ "steps": [format!("step {n}")] }).to_string() }))
        .collect();
    let answers =
        house.call("loket:tools/catalog", "call-all", json!({ "invocations": invocations })).await.expect("it answers");
    assert!(answers.as_array().expect("a list").iter().all(|answer| answer.get("ok").is_some()), "{answers}");
    let shown = house.tool("todo_show", &json!({})).await.expect("it shows");
    assert_eq!(shown["ok"].as_array().map(Vec::len), Some(12), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn uuids_of_two_turns_differ_and_tell_when_they_were_made() {
    let house = House::new().await;
    let arguments = json!({ "version": "timed", "count": 2 });
    let mut made = Vec::new();
    for _ in 0..2 {
        let answer = house.tool("uuid_make", &arguments).await.expect("it makes them");
        made.extend(
            answer["ok"].as_array().expect("a list").iter().map(|uuid| uuid.as_str().expect("text").to_owned()),
        );
    }
    assert!(made.len() == 4 && made.is_sorted(), "{made:?}");
    let about = house.tool("uuid_read", &json!({ "uuid": made[0] })).await.expect("it reads");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let age = now - u128::from(about["ok"]["made"].as_u64().expect("it was made"));
    assert!(age < 600_000, "{age}");
}

const FOUND: &str =
    r#"{ "results": [ { "title": "Oak", "url": "https://example.org/oak", "content": "A tree." } ], "answers": [] }"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_web_is_searched_through_the_server_that_the_owner_named_and_granted() {
    let server = Server::answering(|_| page("application/json", FOUND.as_bytes()));
    let house = House::with(&format!("[config.\"loket:search\"]\nurl = \"{}\"\n", server.url("/searx"))).await;
    let search = json!({ "query": "oak tree" });
    assert!(
        house.tool("search_search", &search).await.is_err() && server.connections() == 0,
        "nothing is granted by default"
    );
    house.grant_on("loket:search", "loket:http/client", "host", &["searx.example.org"]).await;
    let why = house.tool("search_search", &search).await.expect_err("another host was granted");
    assert!(why.contains("loket grant loket:search loket:http/client") && server.connections() == 0, "{why}");
    house.grant_on("loket:search", "loket:http/client", "host", &[&server.host()]).await;
    let found = house.tool("search_search", &search).await.expect("granted works");
    assert_eq!(found["ok"]["hits"][0]["url"], "https://example.org/oak", "{found}");
    assert!(
        server.heard()[0].starts_with("GET /searx/search?q=oak+tree&format=json&pageno=1 "),
        "{:?}",
        server.heard()
    );
    // The assistant has it when it is granted, with the server that the tool has.
    let told = house.say("assistant", r#"/search_search {"query":"oak"}"#).await.expect("it answers").text;
    assert!(!told.contains("example.org/oak"), "{told}");
    house.grant("assistant", "loket:search").await;
    let told = house.say("assistant", r#"/search_search {"query":"oak"}"#).await.expect("it answers").text;
    assert!(told.contains("example.org/oak"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_a_server_says_what_the_owner_can_write() {
    let house = House::new().await;
    house.grant_on("loket:search", "loket:http/client", "host", &["searx.example.org"]).await;
    let why = house.tool("search_search", &json!({ "query": "oak" })).await.expect_err("no server is named");
    assert!(why.contains("loket.toml") && why.contains("loket:search"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_is_told_of_the_bundled_tools_is_this() {
    let house = House::new().await;
    house.grant_on("loket:documents", "loket:files/folders", "folder", &["workspace"]).await;
    for package in ["loket:fetch", "loket:search"] {
        house.grant_on(package, "loket:http/client", "host", &["example.org"]).await;
    }
    house
        .grant_as(GrantRequest {
            grantee: "loket:runner".into(),
            capability: "loket:run/commands".into(),
            ..GrantRequest::default()
        })
        .await;
    let listed = house.call("loket:tools/catalog", "list", json!({})).await.expect("it lists");
    let mut text = String::new();
    for tool in listed["ok"].as_array().expect("a list") {
        let word = |key: &str| tool[key].as_str().unwrap_or_default();
        if !word("origin").starts_with("loket:") {
            continue;
        }
        let parameters: Json = serde_json::from_str(word("parameters")).expect("a schema is JSON");
        assert!(!word("description").is_empty(), "{} says what it does", word("name"));
        text += &format!(
            "{}\n{}\n{}\n\n",
            word("name"),
            word("description"),
            serde_json::to_string_pretty(&parameters).expect("JSON")
        );
    }
    for package in DEFAULT.iter().chain(&OUTSIDE) {
        let name = package.replace("loket:", "");
        assert!(text.contains(&format!("\n{name}_")) || text.starts_with(&format!("{name}_")), "{package} is told of");
    }
    insta::with_settings!({ prepend_module_to_snapshot => false }, { insta::assert_snapshot!("bundled_tools", text) });
}
