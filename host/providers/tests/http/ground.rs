//! What each test stands on: a provider whose names, secrets, limits and trust are the test's, and who asks it.

use crate::servers::Server;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loket_kernel::fault::Refusal;
use loket_kernel::{
    AllTerms, Call, CallError, Capability, Chain, Held, Labels, Limits as CallLimits, Principal, Provider, Terms, Turn,
};
use loket_providers::contract::Contract;
use loket_providers::http::Http;
use loket_providers::http::client::Client;
use loket_providers::http::connect::Connector;
use loket_providers::http::gate::Gate;
use loket_providers::http::limits::Limits;
use loket_providers::http::own::Own;
use loket_providers::http::pattern::HostPattern;
use loket_providers::http::resolve::Resolver;
use loket_providers::http::tls::Trust;
use loket_providers::secrets::redact::Redactor;
use loket_providers::secrets::source::{Secret, SecretSource};
use loket_values::Value;
use loket_values::json::{arguments, to_json};
use serde_json::{Value as Json, json};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers for names as a test says: each time with the next of several answers, the last one for ever.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, VecDeque<Vec<SocketAddr>>>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn say(&self, name: &str, answers: &[&[&str]]) {
        let address = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 0);
        let answers = answers.iter().map(|all| all.iter().map(address).collect()).collect();
        self.answers.lock().expect("no test broke off").insert(name.to_owned(), answers);
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut all = self.answers.lock().expect("no test broke off");
        let answers = all.get_mut(name).ok_or_else(|| io::Error::other("no such name"))?;
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default().into_iter().map(|a| SocketAddr::new(a.ip(), port)).collect())
    }
}

/// The secrets of a test.
#[derive(Default)]
pub(crate) struct Vault(HashMap<String, Arc<Secret>>, Arc<Redactor>);

impl SecretSource for Vault {
    fn get(&self, name: &str) -> Option<Arc<Secret>> {
        self.0.get(name).cloned()
    }

    fn redactor(&self) -> Arc<Redactor> {
        self.1.clone()
    }
}

/// What a provider is made from.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    pub(crate) trust: Trust,
    /// Name, value, hosts.
    pub(crate) secrets: Vec<(&'static str, &'static str, Vec<String>)>,
}

/// A provider, and what it knows.
pub(crate) struct Ground {
    pub(crate) names: Arc<Names>,
    pub(crate) own: Own,
    pub(crate) http: Http,
}

impl Ground {
    pub(crate) fn new() -> Ground {
        Ground::with(Plan::default())
    }

    pub(crate) fn with(plan: Plan) -> Ground {
        let Plan { limits, trust, secrets } = plan;
        let (names, own) = (Arc::new(Names::default()), Own::default());
        let gate = Gate::new(names.clone(), own.clone(), Connector::new(trust, limits.connect));
        let redactor = Redactor::new(secrets.iter().map(|(name, value, _)| (*name, *value)));
        let secret = |(name, value, hosts): (&str, &str, Vec<String>)| {
            let hosts = hosts.iter().map(|host| HostPattern::parse(host).expect("a host")).collect();
            (name.to_owned(), Arc::new(Secret::new(name, value.to_owned().into(), hosts)))
        };
        let vault = Arc::new(Vault(secrets.into_iter().map(secret).collect(), Arc::new(redactor)));
        let contract = Contract::read().expect("the contract reads");
        let interface = contract.interface("loket:http/client").expect("it has HTTP");
        Ground { names, own, http: Http::new(interface, Client::new(gate, vault, limits)) }
    }

    /// A component with this grant, called by an agent to which it was delegated.
    pub(crate) fn guest(&self, terms: &[(&str, &str)]) -> Guest<'_> {
        self.chained(&[terms, terms])
    }

    /// A component with the first grant, called by an agent to whom as much as the second says was delegated.
    pub(crate) fn chained(&self, all: &[&[(&str, &str)]]) -> Guest<'_> {
        let terms = all.iter().map(|pairs| Terms::new(pairs.iter().copied())).collect();
        Guest { ground: self, terms, held: Arc::default(), tool: "acme:tool", time: Duration::from_secs(60) }
    }

    /// The owner.
    pub(crate) fn owner(&self) -> Guest<'_> {
        self.chained(&[])
    }
}

/// An instance that asks.
#[derive(Clone)]
pub(crate) struct Guest<'a> {
    ground: &'a Ground,
    pub(crate) terms: AllTerms,
    pub(crate) held: Arc<Held>,
    pub(crate) tool: &'static str,
    /// How long its turn may take.
    pub(crate) time: Duration,
}

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) id: u32,
    pub(crate) status: u16,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Guest<'_> {
    /// Calls a function; answers with its result and the labels that the turn gets by it.
    pub(crate) async fn call(&self, function: &str, args: Json) -> Result<(Value, Labels), CallError> {
        let http = &self.ground.http;
        let function_type = http.interface().function(function).expect("there is such a function");
        let args = arguments(&args, function_type).expect("the test's arguments fit");
        let chain = Chain::new(Principal::Owner);
        let chain = match self.terms.is_empty() {
            true => chain,
            false => chain
                .then(
                    Capability::of("agent:ann", "loket:roles/handler"),
                    "handle".into(),
                    Principal::Agent("ann".into()),
                )
                .then(Capability::of(self.tool, "acme:tool/acts"), "act".into(), Principal::Package(self.tool.into())),
        };
        let limits = CallLimits { wall: self.time, ..CallLimits::default() };
        let reply = http
            .call(Call {
                chain,
                capability: http.capability().clone(),
                function: function.into(),
                args,
                turn: Arc::new(Turn::new(Some("ann".into()), 0, 0, &limits, Labels::NONE, None)),
                parent: 0,
                terms: self.terms.clone(),
                held: self.held.clone(),
                number: 1,
            })
            .await?;
        match reply.value {
            Some(Value::Result(Ok(Some(value)))) => Ok((*value, reply.labels)),
            None => Ok((Value::Bool(true), reply.labels)),
            other => panic!("`{function}` answers a result: {other:?}"),
        }
    }

    pub(crate) async fn request(&self, request: Json) -> Result<Answer, CallError> {
        let mut all = json!({ "method": "GET", "headers": [], "body": "", "timeout": null, "retry": null });
        for (key, value) in request.as_object().expect("an object") {
            all[key] = value.clone();
        }
        let head = to_json(&self.call("send", json!([all])).await?.0);
        let text = |json: &Json| json.as_str().expect("text").to_owned();
        let headers = head["headers"].as_array().expect("headers").iter();
        Ok(Answer {
            id: head["id"].as_u64().and_then(|id| id.try_into().ok()).expect("a number"),
            status: head["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            url: text(&head["url"]),
            headers: headers.map(|h| (text(&h["name"]), text(&h["value"]))).collect(),
        })
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Answer, CallError> {
        self.request(json!({ "url": url })).await
    }

    /// Sends a header along.
    pub(crate) async fn get_with(&self, url: &str, name: &str, value: &str) -> Result<Answer, CallError> {
        self.request(json!({ "url": url, "headers": [{ "name": name, "value": value }] })).await
    }

    pub(crate) async fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, CallError> {
        match self.call("read", json!([id, limit])).await?.0 {
            Value::Bytes(bytes) => Ok(bytes),
            other => panic!("a piece is bytes: {other:?}"),
        }
    }

    /// All that is left of an answer.
    pub(crate) async fn rest(&self, id: u32) -> Result<Vec<u8>, CallError> {
        let mut all = Vec::new();
        loop {
            let piece = self.read(id, 1 << 20).await?;
            if piece.is_empty() {
                return Ok(all);
            }
            all.extend(piece);
        }
    }

    /// The body of what is at an address.
    pub(crate) async fn body(&self, url: &str) -> Result<String, CallError> {
        let answer = self.get(url).await?;
        self.rest(answer.id).await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) async fn close(&self, id: u32) {
        self.call("close", json!([id])).await.expect("closing is no error");
    }
}

/// The same host, over and over: what a grant says for a server of the test's.
pub(crate) fn granted(server: &Server) -> String {
    server.address.to_string()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What a refusal says.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, CallError>, word: &str) -> Refusal {
    match answer {
        Err(CallError::Denied(refusal)) => {
            assert!(refusal.reason.contains(word), "`{word}` in: {}", refusal.reason);
            refusal
        }
        other => panic!("it is refused, `{word}`: {other:?}"),
    }
}

/// What an error of this code says.
#[track_caller]
pub(crate) fn error<T: std::fmt::Debug>(answer: Result<T, CallError>, code: &str, word: &str) {
    let error = answer.expect_err("it is an error");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(word), "`{word}` in: {error}");
}
