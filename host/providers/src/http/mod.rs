//! `loket:http/client`: requests to the hosts that a grant names.
//!
//! Files in reading order: [`target`] where a request goes, [`pattern`] hosts as a grant names them, [`address`] what is public and what is
//! not, [`terms`] what a grant says, [`gate`] grants and addresses checked before anything is connected, [`own`] where the host itself
//! listens, [`resolve`] names to addresses, [`connect`] connections to what was checked, `pool` those that idle, [`tls`] whom to believe,
//! [`headers`] what may be in them, [`secret`] secrets put into them, `redirect` where an answer leads, [`client`] a request to the head of
//! its answer, [`retry`] when to try again, [`body`] the rest, `decode` decompressed, `open` what an instance has open, [`limits`], [`error`], `refusal`; here, the calls.

pub mod address;
pub mod body;
pub mod client;
pub mod connect;
mod decode;
pub mod error;
pub mod gate;
pub mod headers;
pub mod limits;
mod open;
pub mod own;
pub mod pattern;
mod pool;
mod redirect;
pub mod refusal;
pub mod resolve;
pub mod retry;
pub mod secret;
pub mod target;
pub mod terms;
pub mod tls;

use crate::native::Answers;
use async_trait::async_trait;
use client::{Ask, Behalf, Client, Head};
use error::HttpError;
use limits::LONGEST_PIECE;
use loket_kernel::{Call, CallError, Capability, Effect, Labels, Provider, Reply, Terms};
use loket_values::{Interface, Value};
use open::{Answer, Open};

/// Requests, as components send them.
pub struct Http {
    answers: Answers,
    client: Client,
}

impl Http {
    /// Answers `interface` by sending requests with `client`.
    pub fn new(interface: &Interface, client: Client) -> Http {
        Http { answers: Answers::new(interface), client }
    }

    async fn send(&self, call: &Call) -> Result<Reply, CallError> {
        let (ask,): (Ask,) = self.answers.args(call)?;
        let most = self.client.limits().open;
        if call.held.with(|open: &mut Open| open.count()) >= most {
            let detail = format!("{most} answers may be open at once; read one to its end, or close it");
            return Err(CallError::exhausted("open-answers", detail));
        }
        let (grants, deadline) = (&call.terms[..], call.turn.deadline());
        let behalf = Behalf { grants, asker: call.chain.text().clone(), deadline };
        let (head, body) = self.client.send(ask, behalf).await.map_err(|e| refusal::told(call, e))?;
        let id = call.held.with(|open: &mut Open| open.add(body));
        Ok(outside(response(id, head)))
    }

    async fn read(&self, call: &Call) -> Result<Reply, CallError> {
        let (id, limit): (u32, u32) = self.answers.args(call)?;
        if limit == 0 {
            return Err(CallError::Invalid("a `limit` of 0 bytes reads nothing; ask for 1 to 1048576".to_owned()));
        }
        let mut body = match call.held.with(|open: &mut Open| open.take(id)) {
            None => return Err(CallError::NotFound(format!("no answer {id} is open"))),
            Some(Answer::Reading(body)) => body,
            Some(Answer::Over) => {
                call.held.with(|open: &mut Open| open.put_over(id));
                return Ok(outside(Value::Bytes(Vec::new())));
            }
        };
        // What was granted when it was sent may have been taken back.
        let permitted = gate::permit(&call.terms, &body.target, &body.method);
        permitted.map(drop).map_err(|e: HttpError| refusal::told(call, e))?;
        let most = LONGEST_PIECE.min(limit as usize);
        let piece = body.read(most).await.map_err(|e| refusal::told(call, e))?;
        call.held.with(|open: &mut Open| open.put(id, body));
        Ok(outside(Value::Bytes(piece)))
    }
}

#[async_trait]
impl Provider for Http {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn effect(&self, function: &str) -> Effect {
        match function {
            "send" => Effect::Outside,
            _ => Effect::Inside,
        }
    }

    fn term_keys(&self) -> &'static [&'static str] {
        &terms::KEYS
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        terms::read(terms)
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        match &*call.function {
            "send" => self.send(&call).await,
            "read" => self.read(&call).await,
            "close" => {
                let (id,): (u32,) = self.answers.args(&call)?;
                call.held.with(|open: &mut Open| open.close(id));
                self.answers.reply(&call, &(), Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("HTTP has no function `{other}`"))),
        }
    }
}

/// A result that is `Ok`, from outside.
fn outside(value: Value) -> Reply {
    Reply { value: Some(Value::Result(Ok(Some(Box::new(value))))), labels: Labels::UNTRUSTED }
}

fn response(id: u32, head: Head) -> Value {
    let field = |name: &str, value: Value| (name.to_owned(), value);
    let header = |header: headers::Header| {
        Value::Record(vec![field("name", Value::String(header.name)), field("value", Value::String(header.value))])
    };
    Value::Record(vec![
        field("id", Value::U32(id)),
        field("status", Value::U16(head.status)),
        field("headers", Value::List(head.headers.into_iter().map(header).collect())),
        field("url", Value::String(head.url)),
    ])
}
