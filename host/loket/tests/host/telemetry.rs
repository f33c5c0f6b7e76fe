//! What monitoring is told, read by programs that are not ours: a collector with OpenTelemetry's own messages, and the reader of metrics by the
//! makers of Prometheus.

use crate::house::{House, built};
use crate::process::{Service, home, says};
use loket_gateways::desk::{Desk as _, GrantRequest};
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const MOST: Duration = Duration::from_secs(20);

fn python(script: &str) -> Command {
    let mut command = Command::new(built("LOKET_PEERS").join("telemetry/python/bin/python"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/telemetry").join(script));
    command
}

/// A collector, and what it tells.
struct Collector {
    process: Child,
    port: u64,
    told: Receiver<Json>,
}

impl Collector {
    fn start() -> Collector {
        let mut process = python("collector.py").stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if tell.send(serde_json::from_str(&line).expect("a line of JSON")).is_err() {
                    return;
                }
            }
        });
        let first: Json = told.recv_timeout(MOST).expect("it says where it listens");
        Collector { process, port: first["port"].as_u64().expect("a port"), told }
    }

    fn settings(&self, more: &str) -> String {
        format!("[telemetry]\notlp = \"http://127.0.0.1:{}\"\nseconds = 1\n{more}", self.port)
    }

    /// What it tells, until this is among it.
    fn until(&self, is_last: impl Fn(&Json) -> bool) -> Vec<Json> {
        let (begun, mut all) = (Instant::now(), Vec::new());
        while begun.elapsed() < MOST {
            let Ok(told) = self.told.recv_timeout(MOST) else { break };
            all.push(told);
            if all.last().is_some_and(&is_last) {
                return all;
            }
        }
        panic!("it was not told that: {all:#?}");
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_turn_of(told: &Json, agent: &str) -> bool {
    told["name"] == format!("invoke_agent {agent}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_a_trace_by_the_conventions_and_has_no_word_of_what_was_said() {
    let collector = Collector::start();
    let house = House::with(&collector.settings("")).await;
    house.host.measure();
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    let told = collector.until(|told| is_turn_of(told, "assistant"));
    let (requests, spans): (Vec<&Json>, Vec<&Json>) = told.iter().partition(|told| told.get("request").is_some());
    assert_eq!(requests[0]["request"], "/v1/traces");
    let turn = spans.iter().find(|span| is_turn_of(span, "assistant")).expect("a turn");
    assert_eq!(turn["attributes"]["gen_ai.operation.name"], "invoke_agent");
    assert_eq!(turn["attributes"]["gen_ai.agent.name"], "assistant");
    assert_eq!((&turn["parent"], &turn["resource"]["service.name"]), (&json!(""), &json!("loket")));
    // The turn's name in the ledger is the trace's.
    let named = turn["attributes"]["loket.turn"].as_str().expect("a name");
    let lines = house.ledger().await;
    assert!(lines.iter().any(|line| line.turn == named), "{named}");
    let chat = spans.iter().find(|span| span["attributes"]["gen_ai.operation.name"] == "chat").expect("a model's call");
    assert_eq!(chat["attributes"]["gen_ai.provider.name"], "loket:offline");
    assert_eq!(chat["kind"], 3, "a client's");
    assert!(chat["attributes"]["gen_ai.usage.input_tokens"].is_u64(), "{chat}");
    for span in &spans {
        assert!(span["ended"].as_u64() >= span["begun"].as_u64(), "{span}");
        if span["trace"] == turn["trace"] && span != turn {
            assert!(spans.iter().any(|other| other["id"] == span["parent"]), "whose child is it? {span}");
        }
    }
    let everything = serde_json::to_string(&told).expect("JSON");
    assert!(!everything.contains("10.0.0.5"), "{everything}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_told_with_its_code_and_a_collector_with_a_secret_is_shown_it() {
    let collector = Collector::start();
    let house =
        House::with(&collector.settings("secret = \"bees\"\nheader = \"x-team\"\n[approvals]\nseconds = 1\n")).await;
    let host = format!("127.0.0.1:{}", collector.port);
    let request = json!({ "name": "bees", "value": "s3cr3t-of-the-hive", "hosts": [host], "replace": false });
    house.host.secret_set(serde_json::from_value(request).expect("a request")).await.expect("it is kept");
    // Nobody says yes in time.
    let capability = "test:echo".to_owned();
    let grant = GrantRequest {
        grantee: "assistant".into(),
        capability,
        verdict: Some("ask".into()),
        ..GrantRequest::default()
    };
    house.grant_as(grant).await;
    house.host.measure();
    house.say("assistant", "/echo_echo hello").await.expect("it answers");
    let told = collector.until(|told| is_turn_of(told, "assistant"));
    let header = |told: &Json| told["headers"].as_object().and_then(|all| all.get("x-team").cloned());
    assert_eq!(told.iter().find_map(header), Some(json!("s3cr3t-of-the-hive")));
    let refused = told.iter().find(|told| told["attributes"]["loket.outcome"] == "refused").expect("a refusal");
    let code = refused["attributes"]["error.type"].as_str().expect("a code");
    assert!(["denied", "needs-approval"].contains(&code) && refused["status"] == 2, "{refused}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_whom_the_owner_did_not_name_and_whoever_is_taken_out_hears_no_more() {
    let collector = Collector::start();
    let house = House::with(&collector.settings("")).await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"] {
        house.grant("bob", capability).await;
    }
    house.host.watch();
    house.host.measure();
    house.say("assistant", "hello").await.expect("it answers");
    collector.until(|told| is_turn_of(told, "assistant"));
    let file = house.folder.path().join("loket.toml");
    let text = std::fs::read_to_string(&file).expect("settings");
    let without = text.split("[telemetry]").next().expect("a beginning").to_owned();
    std::fs::write(&file, without).expect("it can be written");
    let begun = Instant::now();
    while !house
        .ledger()
        .await
        .iter()
        .any(|line| line.kind == "act" && format!("{:?}", line.payload).contains("telemetry"))
    {
        assert!(begun.elapsed() < MOST, "the settings are not taken up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.say("bob", "hello").await.expect("it answers");
    std::thread::sleep(Duration::from_millis(2_500));
    let late: Vec<Json> = collector.told.try_iter().collect();
    assert!(!late.iter().any(|told| is_turn_of(told, "bob")), "{late:#?}");
    house.close().await;
}

/// Every sample of a host that serves.
fn samples_of(home: &Path, token: &str) -> Result<Vec<Json>, String> {
    let about: Json =
        serde_json::from_str(&std::fs::read_to_string(home.join("state/host.json")).expect("it serves")).expect("JSON");
    let url = format!("http://{}/metrics", about["listen"].as_str().expect("an address"));
    let output = python("metrics.py").args([&url, token]).output().expect("it runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn value(samples: &[Json], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let is_meant = |sample: &&Json| {
        sample["name"] == name && labels.iter().all(|(label, value)| sample["labels"][*label] == *value)
    };
    samples.iter().find(is_meant)?["value"].as_f64()
}

#[test]
fn prometheus_reads_what_is_counted_with_a_token_for_that_and_with_no_other_clients() {
    let home = home();
    let service = Service::start(home.path());
    says(home.path(), &["chat", "assistant", "hello"]);
    let made = |name: &str, options: &[&str]| {
        let text = says(home.path(), &[&["--json", "token", "create", name], options].concat());
        let made: Json = serde_json::from_str(&text).expect("JSON");
        made["secret"].as_str().expect("a token").to_owned()
    };
    let token = made("prometheus", &["--metrics"]);
    let begun = Instant::now();
    let samples = loop {
        let samples = samples_of(home.path(), &token).expect("it is let in");
        // What is counted is behind what happens by a moment.
        match value(&samples, "loket_turns_total", &[("agent", "assistant"), ("outcome", "done")]) {
            Some(_) => break samples,
            None => assert!(begun.elapsed() < MOST, "{samples:#?}"),
        }
    };
    assert_eq!(value(&samples, "loket_turns_total", &[("agent", "assistant"), ("outcome", "done")]), Some(1.0));
    assert!(value(&samples, "loket_calls_total", &[("capability", "loket:brain/memory")]) >= Some(1.0));
    assert!(value(&samples, "loket_model_tokens_total", &[("package", "loket:offline"), ("kind", "output")]).is_some());
    assert!(value(&samples, "process_resident_memory_bytes", &[]) > Some(1e6));
    assert_eq!(value(&samples, "loket_safe_mode", &[]), Some(0.0));
    let other = made("desktop", &["--agent", "assistant"]);
    for wrong in [other.as_str(), "loket_none"] {
        let why = samples_of(home.path(), wrong).expect_err("it is not let in");
        assert!(why.contains("403") || why.contains("401"), "{why}");
    }
    service.kill();
}
