//! A turn or a call as a span of OpenTelemetry, by its semantic conventions for generative AI.
//!
//! A turn is a trace: its id has the 128 bits that a trace's has. So whoever has one finds the other, and a span's number can be read from its id.
//!
//! Source: OpenTelemetry semantic conventions, "GenAI agent and framework spans" and "GenAI client spans".

use crate::done::{Done, Outcome};
use loket_ledger::TurnId;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest chain that is told, in characters.
const LONGEST_CHAIN: usize = 1_000;

/// The span of what is over.
pub(crate) fn span(done: &Done, scope: &InstrumentationScope) -> SpanData {
    let parent = if done.is_turn() { SpanId::INVALID } else { id(done.turn, done.parent) };
    let context = SpanContext::new(
        TraceId::from(done.turn.0),
        id(done.turn, done.call),
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    );
    let (name, kind, mut attributes) = about(done);
    attributes.push(KeyValue::new("loket.turn", done.turn.to_string()));
    if !done.is_turn() {
        attributes.push(KeyValue::new("loket.call", i64::from(done.call)));
        attributes.push(KeyValue::new("loket.chain", done.chain.chars().take(LONGEST_CHAIN).collect::<String>()));
        attributes.push(KeyValue::new("loket.capability", done.capability.to_string()));
        attributes.push(KeyValue::new("loket.function", done.function.to_string()));
    }
    attributes.push(KeyValue::new("loket.outcome", done.outcome.word()));
    let status = match &done.outcome {
        Outcome::Done => Status::Unset,
        Outcome::Refused(code) | Outcome::Failed(code) => {
            attributes.push(KeyValue::new("error.type", code.clone()));
            Status::error(code.clone())
        }
    };
    SpanData {
        span_context: context,
        parent_span_id: parent,
        parent_span_is_remote: false,
        span_kind: kind,
        name: name.into(),
        start_time: time(done.begun),
        end_time: time(done.begun + done.took()),
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status,
        instrumentation_scope: scope.clone(),
    }
}

/// What it is called, on which side of a border it is, and what the conventions say of it.
fn about(done: &Done) -> (String, SpanKind, Vec<KeyValue>) {
    if done.is_turn() {
        return match &*done.agent {
            "" => ("turn".to_owned(), SpanKind::Internal, Vec::new()),
            agent => (
                format!("invoke_agent {agent}"),
                SpanKind::Internal,
                vec![
                    KeyValue::new("gen_ai.operation.name", "invoke_agent"),
                    KeyValue::new("gen_ai.agent.name", agent.to_owned()),
                ],
            ),
        };
    }
    if let Some(package) = done.model_package() {
        let mut attributes = vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", package.to_owned()),
        ];
        let mut name = "chat".to_owned();
        if let Some(usage) = &done.usage {
            name = format!("chat {}", usage.model);
            let tokens = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new("gen_ai.response.model", usage.model.clone()));
            attributes.push(KeyValue::new("gen_ai.usage.input_tokens", tokens(usage.input)));
            attributes.push(KeyValue::new("gen_ai.usage.cache_read.input_tokens", tokens(usage.cached)));
            attributes.push(KeyValue::new("gen_ai.usage.output_tokens", tokens(usage.output)));
            let stop = opentelemetry::StringValue::from(usage.stop.clone());
            attributes.push(KeyValue::new(
                "gen_ai.response.finish_reasons",
                opentelemetry::Value::Array(opentelemetry::Array::String(vec![stop])),
            ));
        }
        return (name, SpanKind::Client, attributes);
    }
    let called = format!("{}#{}", done.capability, done.function);
    match is_hosts_own(&done.capability) {
        true => (called, SpanKind::Internal, Vec::new()),
        false => {
            let attributes = vec![
                KeyValue::new("gen_ai.operation.name", "execute_tool"),
                KeyValue::new("gen_ai.tool.name", called.clone()),
            ];
            (format!("execute_tool {called}"), SpanKind::Internal, attributes)
        }
    }
}

/// Whether the host itself answers, or an agent: all else is a tool to whoever calls it.
fn is_hosts_own(capability: &str) -> bool {
    let interface = capability.split(" of ").next().unwrap_or_default();
    let own = ["agent", "brain", "events", "model", "scan", "secrets", "types"];
    interface.strip_prefix("loket:").and_then(|rest| rest.split('/').next()).is_some_and(|name| own.contains(&name))
        || interface.starts_with("wasi:")
}

/// The id of a call in its turn, and of the turn itself, which is call 0: the turn's random bits, turned by the number. Never nothing.
fn id(turn: TurnId, call: u32) -> SpanId {
    let random = u64::try_from(turn.0 & u128::from(u64::MAX)).unwrap_or_default();
    let id = random ^ u64::from(call);
    // 0 would be no id: one turn in 2^64 has it.
    SpanId::from(if id == 0 { u64::MAX } else { id })
}

fn time(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}
