//! What a component of each role is asked, and what it must answer: the same in each language.

use crate::house::{House, lay_out};
use crate::project::Project;
use loket_gateways::desk::{CallRequest, Desk as _, Inspection, PublishRequest};
use loket_gateways::scan::ScanRequest;
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A role.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    Tool,
    Agent,
    Scanner,
    Channel,
    Command,
    Model,
    App,
}

impl Asked {
    /// From an empty folder to an answer.
    pub(crate) async fn answers(self, language: &str) {
        let role = format!("{self:?}").to_lowercase();
        let begun = Instant::now();
        let project = Project::new(&role, language);
        project.test();
        let tested = begun.elapsed();
        let component = project.build();
        let built = begun.elapsed();
        self.is_answered(&project, component).await;
        let [tested, built, asked] = [tested, built - tested, begun.elapsed() - built].map(|took| took.as_secs_f64());
        // Past what hides the words of tests that pass: the sum of these is what a change of the templates waits for.
        let line =
            format!("{language} {role}: tested in {tested:.1} s, built in {built:.1} s, asked in {asked:.1} s\n");
        std::io::stderr().write_all(line.as_bytes()).expect("it can be told");
    }

    /// What the project came to is admitted, and does what its role is for.
    pub(crate) async fn is_answered(self, project: &Project, component: Vec<u8>) {
        match self {
            Asked::Tool => tool(project, component).await,
            Asked::Agent => agent(project, component).await,
            Asked::Scanner => scanner(project, component).await,
            Asked::Channel => channel(project, component).await,
            Asked::Command => command(project, component).await,
            Asked::Model => model(project, component).await,
            Asked::App => app(project, component).await,
        }
    }
}

/// A home with the component in it, granted what is named, and what there is to know of it.
async fn admitted(project: &Project, component: Vec<u8>, grants: &[&str]) -> (House, Inspection) {
    let house = House::new().await;
    let package = format!("{}@0.1.0", project.package());
    let request = PublishRequest { package, signature: None, from: None };
    house.host.publish(request, component).await.unwrap_or_else(|problem| panic!("it is published: {problem:?}"));
    for capability in grants {
        house.grant(&project.package(), capability).await;
    }
    let found = house.host.inspect(&project.package()).await.expect("it is there");
    assert_eq!(found.state, "ready");
    // Beside what was granted nothing is asked for, and of WASI nothing is there.
    let asked: Vec<&str> = found.imports.iter().map(|import| import.capability.as_str()).collect();
    let expected =
        |name: &&str| grants.iter().any(|grant| name.starts_with(grant)) || name.starts_with("loket:events/emit");
    assert!(asked.iter().all(expected) && found.sealed.is_empty(), "{asked:?} {:?}", found.sealed);
    (house, found)
}

async fn call(house: &House, project: &Project, capability: &str, function: &str, arguments: Json) -> Json {
    let (capability, function) = (capability.to_owned(), function.to_owned());
    let package = Some(project.package());
    let request = CallRequest { capability, package, function, arguments, agent: None };
    house.host.call(request).await.unwrap_or_else(|problem| panic!("it is called: {problem:?}"))
}

#[track_caller]
fn is_an_error(answer: &Json, words: &str) {
    assert!(answer["err"].to_string().contains(words), "{answer}");
}

async fn tool(project: &Project, component: Vec<u8>) {
    let (house, found) = admitted(project, component, &[]).await;
    assert_eq!(found.role, "tool");
    let greeting = format!("{}/greeting", project.package());
    assert_eq!(
        call(&house, project, &greeting, "greet", json!({ "name": " Ada " })).await,
        json!({ "ok": "Hello, Ada!" })
    );
    is_an_error(&call(&house, project, &greeting, "greet", json!([""])).await, "the name is empty");
    // What a model reads of it are the lines that its author wrote.
    house.grant("assistant", &project.package()).await;
    let tools = house.call("loket:tools/catalog", "list", json!([])).await.expect("they can be listed").to_string();
    assert!(tools.contains("Greet somebody by name."), "{tools}");
    let name = tools.split('"').find(|word| word.ends_with("greet") && !word.contains('#')).expect("it has a name");
    let said = house.say("assistant", &format!("/{name} {{\"name\": \"Ada\"}}")).await.expect("it answers");
    assert!(said.text.contains("Hello, Ada!"), "{}", said.text);
}

async fn agent(project: &Project, component: Vec<u8>) {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    put(folder.path(), project, &component);
    let own = folder.path().join("agents").join(&project.name);
    std::fs::create_dir_all(&own).expect("it can be made");
    for file in ["agent.toml", "persona.md"] {
        std::fs::copy(project.folder.join(file), own.join(file)).expect("the project has it");
    }
    let house = House::open(folder).await;
    // Not granted, it is refused; granted, it remembers.
    let refused = house.say(&project.name, "my server is at 10.0.0.5").await.expect_err("nothing is granted");
    assert!(refused.message.contains("loket:brain/memory"), "{refused:?}");
    house.grant(&project.name, "loket:brain/memory").await;
    let first = house.say(&project.name, "my server is at 10.0.0.5").await.expect("it answers");
    assert_eq!((first.text.as_str(), first.learned.len()), ("I will remember that.", 1));
    let second = house.say(&project.name, "where is my server?").await.expect("it answers");
    assert!(second.text.starts_with("I remember:\n- my server is at 10.0.0.5"), "{}", second.text);
    assert_eq!(second.used[0].excerpt, "my server is at 10.0.0.5");
    assert_eq!(second.used[0].id, first.learned[0]);
}

async fn scanner(project: &Project, component: Vec<u8>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    put(folder.path(), project, &component);
    let rule = format!("{}/large", project.name);
    for (name, padding, found) in [("large.wasm", 2 << 20, true), ("small.wasm", 1, false)] {
        let file = folder.path().join(name);
        std::fs::write(&file, padded(padding)).expect("it can be written");
        let request = ScanRequest { home: folder.path().to_owned(), file, against: None, advisories: None };
        let report = loket::scan::alone::scan(request).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert!(report.scanners.iter().any(|name| name.starts_with(&project.package())), "{:?}", report.scanners);
        assert!(report.findings.iter().all(|finding| finding.id != "host/scanner-failed"), "{:?}", report.findings);
        assert_eq!(report.findings.iter().any(|finding| finding.id == rule), found, "{name}: {:?}", report.findings);
    }
}

async fn channel(project: &Project, component: Vec<u8>) {
    let (house, found) = admitted(project, component, &[]).await;
    assert_eq!(found.role, "channel");
    let parcel = |text: &str| json!([{ "conversation": "garden", "text": text }]);
    let answer = call(&house, project, "loket:roles/carrier", "deliver", parcel("it rains")).await;
    assert_eq!(answer, json!({ "ok": null }));
    let emitted = house.lines("loket:events/emit", "emit").await;
    assert!(emitted.iter().any(|line| format!("{:?}", line.payload).contains("to garden: it rains")), "{emitted:?}");
    is_an_error(&call(&house, project, "loket:roles/carrier", "deliver", parcel(" ")).await, "nothing to say");
}

async fn command(project: &Project, component: Vec<u8>) {
    let (house, found) = admitted(project, component, &[]).await;
    assert_eq!(found.role, "command");
    let commands = call(&house, project, "loket:roles/commander", "describe", json!([])).await;
    assert_eq!((&commands[0]["name"], commands.as_array().map(Vec::len)), (&project.name.as_str().into(), Some(1)));
    let run = |words: &str| {
        let arguments = json!([{ "name": "words", "value": words }]);
        json!([{ "name": project.name, "arguments": arguments, "agent": "assistant", "conversation": "c", "now": 0 }])
    };
    let answer = call(&house, project, "loket:roles/commander", "run", run(" one two  three ")).await;
    assert_eq!(answer["ok"]["text"], "three two one", "{answer}");
    is_an_error(&call(&house, project, "loket:roles/commander", "run", run(" ")).await, "no words");
}

async fn model(project: &Project, component: Vec<u8>) {
    let (house, found) = admitted(project, component, &[]).await;
    assert_eq!(found.role, "model");
    let request = |messages: Json| json!([{ "model": null, "messages": messages, "tools": [], "max-tokens": null, "temperature": null, "shape": null, "now": 0 }]);
    let said = json!([
        { "role": "user", "parts": [{ "text": "one" }] },
        { "role": "user", "parts": [{ "other": "{}" }, { "text": "two" }] },
        { "role": "assistant", "parts": [{ "text": "three" }] },
    ]);
    let answer = call(&house, project, "loket:model/chat", "complete", request(said)).await;
    assert_eq!(answer["ok"]["text"], "You said: two", "{answer}");
    assert_eq!(answer["ok"]["model"], project.package().as_str());
    is_an_error(&call(&house, project, "loket:model/chat", "complete", request(json!([]))).await, "no message");
}

/// The host knows it for an app, serves none yet, and says so to whoever looks at it or calls it.
async fn app(project: &Project, component: Vec<u8>) {
    let house = House::new().await;
    let package = format!("{}@0.1.0", project.package());
    let request = PublishRequest { package, signature: None, from: None };
    house.host.publish(request, component).await.unwrap_or_else(|problem| panic!("it is published: {problem:?}"));
    let found = house.host.inspect(&project.package()).await.expect("it is there");
    assert_eq!((found.role.as_str(), found.state.as_str()), ("app", "ready"));
    assert!(found.notes.iter().any(|note| note.contains("this host serves none to it yet")), "{:?}", found.notes);
    // The way to it is its name, or that of what it offers.
    for capability in [project.package(), "wasi:http/incoming-handler".to_owned()] {
        let request =
            CallRequest { capability, package: None, function: "handle".to_owned(), arguments: json!([]), agent: None };
        let refused = house.host.call(request).await.expect_err("it is no function of values");
        assert!(refused.message.contains("cannot be called: it uses resource `incoming-request`"), "{refused:?}");
        assert!(refused.hint.as_ref().is_some_and(|hint| hint.contains("it is an app")), "{refused:?}");
    }
}

/// Puts the component where the home takes it up when it is opened.
fn put(home: &Path, project: &Project, component: &[u8]) {
    let folder = home.join("registry/local").join(&project.name);
    std::fs::create_dir_all(&folder).expect("it can be made");
    std::fs::write(folder.join("0.1.0.wasm"), component).expect("it can be written");
}

/// An empty component with so many bytes in a section that nobody reads.
fn padded(bytes: u32) -> Vec<u8> {
    let mut component = b"\0asm\x0d\0\x01\0\0".to_vec();
    let mut size = bytes + 4;
    while size > 0x7f {
        component.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    component.push(size as u8);
    component.extend(b"\x03pad");
    component.resize(component.len() + bytes as usize, 0);
    component
}
