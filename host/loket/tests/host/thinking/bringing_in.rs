//! `loket models`: servers that are found, a model that is brought in, and an agent that thinks with it.

use super::folder;
use super::server::{Act, Server};
use crate::house::House;
use loket_gateways::desk::{Desk as _, ModelAddRequest, ModelUseRequest, ProbeRequest};

fn add(name: &str, server: &Server, grant: bool) -> ModelAddRequest {
    let url = format!("http://{}/v1", server.address);
    ModelAddRequest { name: name.into(), url, model: Some("m-local".into()), grant, ..ModelAddRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_bring_a_model_in_and_an_agent_thinks_with_it() {
    let server = Server::new(&[Act::Say("Here I am.")]).await;
    let house = House::open(folder(&[], "# mine\n[limits] # and this\nseconds = 30", "")).await;
    let added = house.host.model_add(add("local", &server, true)).await.expect("it is added");
    assert!(added.changed && added.todo.is_empty() && added.granted.len() == 1, "{added:?}");
    let choice = ModelUseRequest { name: "local".into(), grant: true, ..ModelUseRequest::default() };
    let chosen = house.host.model_use(choice.clone()).await.expect("it is chosen");
    assert!(chosen.changed && chosen.todo.is_empty() && chosen.granted.len() == 1, "{chosen:?}");
    assert_eq!(house.ask().await, "Here I am.");
    let text = std::fs::read_to_string(house.folder.path().join("loket.toml")).expect("it is there");
    assert!(text.contains("# mine\n[limits] # and this\n") && text.contains("[models.local]"), "{text}");
    let once_more = house.host.model_use(choice).await.expect("it is chosen already");
    assert!(!once_more.changed && once_more.granted.is_empty(), "{once_more:?}");
    let house = house.restart().await;
    assert_eq!(house.ask().await, "Here I am.", "it stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_the_model_is_written_and_the_commands_are_told() {
    let server = Server::new(&[Act::Say("Here I am.")]).await;
    let house = House::open(folder(&[], "", "")).await;
    let added = house.host.model_add(add("local", &server, false)).await.expect("it is added");
    let reach = format!("loket grant loket:openai loket:http/client --host {}", server.address);
    assert_eq!(added.todo, [reach.as_str()]);
    let choice = ModelUseRequest { name: "local".into(), ..ModelUseRequest::default() };
    let chosen = house.host.model_use(choice).await.expect("it is chosen");
    assert_eq!(chosen.todo, [reach.as_str(), "loket grant assistant loket:openai"]);
    assert_eq!(house.refused().await.code, "denied");
    assert_eq!(server.asked(), 0, "nothing reached the server");
    house.obey(&chosen.todo.join(" && ")).await;
    assert_eq!(house.ask().await, "Here I am.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_model_of_an_adapter_takes_nothing_from_the_first() {
    let (one, two) = (Server::new(&[Act::Say("One.")]).await, Server::new(&[Act::Say("Two.")]).await);
    let house = House::open(folder(&[], "", "")).await;
    for (name, server) in [("one", &one), ("two", &two)] {
        house.host.model_add(add(name, server, true)).await.expect("it is added");
        let (name, grant) = (name.to_owned(), true);
        house.host.model_use(ModelUseRequest { name, agent: None, grant }).await.expect("it is chosen");
    }
    assert_eq!(house.ask().await, "Two.");
    let choice = ModelUseRequest { name: "one".into(), ..ModelUseRequest::default() };
    assert_eq!(house.host.model_use(choice).await.expect("it is chosen").todo, Vec::<String>::new());
    assert_eq!(house.ask().await, "One.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_told_and_leaves_the_files_as_they_were() {
    let house = House::open(folder(&[], "", "")).await;
    let files = ["loket.toml", "agents/assistant/agent.toml"].map(|file| house.folder.path().join(file));
    let texts = || files.each_ref().map(|file| std::fs::read_to_string(file).expect("it is there"));
    let before = texts();
    let wrong = |change: &dyn Fn(&mut ModelAddRequest)| {
        let url = "http://127.0.0.1:1/v1".to_owned();
        let mut request = ModelAddRequest { name: "local".into(), url, ..ModelAddRequest::default() };
        change(&mut request);
        request
    };
    for (request, word) in [
        (wrong(&|request| request.name = "My Model".into()), "My Model"),
        (wrong(&|request| request.url = "ftp://x".into()), "ftp://x"),
        (wrong(&|request| request.url = "http://x\n[limits]".into()), "single lines"),
        (wrong(&|request| request.adapter = Some("acme:nothing".into())), "acme:nothing"),
        (wrong(&|request| request.adapter = Some("nothing".into())), "nothing"),
    ] {
        let problem = house.host.model_add(request).await.expect_err(word);
        assert!(problem.message.contains(word) && problem.hint.is_some(), "{problem:?}");
    }
    for (name, agent, word) in
        [("nothing", "assistant", "nothing"), ("loket:offline", "../x", "../x"), ("a b", "assistant", "a b")]
    {
        let request = ModelUseRequest { name: name.into(), agent: Some(agent.into()), grant: true };
        let problem = house.host.model_use(request).await.expect_err(word);
        assert!(problem.message.contains(word) && problem.hint.is_some(), "{problem:?}");
    }
    assert_eq!(texts(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_on_this_machine_are_found_where_they_are_looked_for() {
    let server = Server::new(&[]).await;
    let stranger = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let ports = vec![stranger.local_addr().expect("it has one").port(), server.address.port(), nobody.port()];
    let house = House::open(folder(&[], "", "")).await;
    let found = house.host.models_probe(ProbeRequest { ports: ports.clone() }).await.expect("it looks");
    assert_eq!(found.len(), 1, "one that says nothing is none, and one that is not there: {found:?}");
    assert_eq!((found[0].kind.as_str(), found[0].models.len(), &found[0].known), ("Ollama", 3, &None));
    assert_eq!(found[0].url, format!("http://{}/v1", server.address));
    let asked = house.lines("loket:http/client", "send").await;
    assert!(asked.iter().any(|line| line.chain == "owner" && line.kind == "intent"), "it is in the ledger: {asked:?}");
    house.host.model_add(add("local", &server, false)).await.expect("it is added");
    let found = house.host.models_probe(ProbeRequest { ports }).await.expect("it looks");
    assert_eq!(found[0].known.as_deref(), Some("local"));
    for ports in [vec![0], (1..=17).collect()] {
        house.host.models_probe(ProbeRequest { ports }).await.expect_err("too many, or none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_model_says_how_it_is() {
    let server = Server::new(&[]).await;
    let home = folder(&[("one", &server), ("two", &server)], "", "");
    let path = home.path().join("loket.toml");
    let more = "[models.down]\nadapter = \"loket:openai\"\nurl = \"http://127.0.0.1:9/v1\"\n\
                [models.gone]\nadapter = \"acme:gone\"\nurl = \"http://127.0.0.1:9/v1\"\n\
                [models.far]\nadapter = \"loket:openai\"\nurl = \"http://192.0.2.1/v1\"\n";
    let text = std::fs::read_to_string(&path).expect("it is there").replace("\"m-two\"", "\"m-three\"");
    std::fs::write(&path, text + more).expect("it can be written");
    let house = House::open(home).await;
    house.grant_on("loket:openai", "loket:http/client", "host", &[&server.address.to_string(), "127.0.0.1:9"]).await;
    house.grant("assistant", "loket:openai").await;
    let models = house.host.models().await.expect("they can be listed").models;
    let states: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.state.as_str())).collect();
    let expect = [
        ("down", "unreachable"),
        ("far", "not-granted"),
        ("gone", "no-adapter"),
        ("one", "ready"),
        ("two", "missing"),
        ("loket:offline", "ready"),
    ];
    assert_eq!(states, expect, "{models:?}");
    assert!(models.iter().all(|model| (model.state == "ready") == model.hint.is_none()), "{models:?}");
    assert_eq!(models[3].agents, ["assistant"]);
}
