//! The shape of a request over HTTP and of the head of its answer, as `loket:http/client.send` has it: the request's body is bytes.

use super::native::Native;
use crate::fault::CallError;
use loket_values::{Docs, Field, Type, Value};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A header.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct Header {
    name: String,
    value: String,
}

/// How often to try again.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct Retry {
    times: u32,
    within: u32,
}

/// A request.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct Request {
    method: String,
    url: String,
    headers: Vec<Header>,
    body: Vec<u8>,
    timeout: Option<u32>,
    retry: Option<Retry>,
}

/// The head of an answer.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct Response {
    id: u32,
    status: u16,
    headers: Vec<Header>,
    url: String,
}

impl Native for Header {
    fn ty() -> Type {
        record([("name", Type::String), ("value", Type::String)])
    }

    fn into_value(self) -> Value {
        fields([("name", self.name.into_value()), ("value", self.value.into_value())])
    }

    fn from_value(value: Value) -> Option<Self> {
        let [name, value] = named(value, ["name", "value"])?;
        Some(Header { name: String::from_value(name)?, value: String::from_value(value)? })
    }
}

impl Native for Retry {
    fn ty() -> Type {
        record([("times", Type::U32), ("within", Type::U32)])
    }

    fn into_value(self) -> Value {
        fields([("times", self.times.into_value()), ("within", self.within.into_value())])
    }

    fn from_value(value: Value) -> Option<Self> {
        let [times, within] = named(value, ["times", "within"])?;
        Some(Retry { times: u32::from_value(times)?, within: u32::from_value(within)? })
    }
}

impl Native for Request {
    fn ty() -> Type {
        record([
            ("method", Type::String),
            ("url", Type::String),
            ("headers", Type::List(Box::new(Header::ty()))),
            ("body", Vec::<u8>::ty()),
            ("timeout", Option::<u32>::ty()),
            ("retry", Option::<Retry>::ty()),
        ])
    }

    fn into_value(self) -> Value {
        fields([
            ("method", self.method.into_value()),
            ("url", self.url.into_value()),
            ("headers", headers(self.headers)),
            ("body", self.body.into_value()),
            ("timeout", self.timeout.into_value()),
            ("retry", self.retry.into_value()),
        ])
    }

    fn from_value(value: Value) -> Option<Self> {
        let names = ["method", "url", "headers", "body", "timeout", "retry"];
        let [method, url, headers, body, timeout, retry] = named(value, names)?;
        Some(Request {
            method: String::from_value(method)?,
            url: String::from_value(url)?,
            headers: read_headers(headers)?,
            body: Vec::from_value(body)?,
            timeout: Option::from_value(timeout)?,
            retry: Option::from_value(retry)?,
        })
    }
}

impl Native for Result<Response, CallError> {
    fn ty() -> Type {
        let response = record([
            ("id", Type::U32),
            ("status", Type::U16),
            ("headers", Type::List(Box::new(Header::ty()))),
            ("url", Type::String),
        ]);
        Type::Result { ok: Some(Box::new(response)), err: Some(Box::new(CallError::ty().clone())) }
    }

    fn into_value(self) -> Value {
        Value::Result(match self {
            Ok(response) => Ok(Some(Box::new(fields([
                ("id", Value::U32(response.id)),
                ("status", Value::U16(response.status)),
                ("headers", headers(response.headers)),
                ("url", Value::String(response.url)),
            ])))),
            Err(error) => Err(Some(Box::new(error.to_value()))),
        })
    }

    fn from_value(value: Value) -> Option<Self> {
        let response = match value {
            Value::Result(Ok(Some(response))) => response,
            Value::Result(Err(Some(error))) => return CallError::from_value(&error).map(Err),
            _ => return None,
        };
        let [id, status, headers, url] = named(*response, ["id", "status", "headers", "url"])?;
        let Value::U16(status) = status else { return None };
        Some(Ok(Response {
            id: u32::from_value(id)?,
            status,
            headers: read_headers(headers)?,
            url: String::from_value(url)?,
        }))
    }
}

fn headers(headers: Vec<Header>) -> Value {
    Value::List(headers.into_iter().map(Native::into_value).collect())
}

fn read_headers(value: Value) -> Option<Vec<Header>> {
    match value {
        Value::List(headers) => headers.into_iter().map(Header::from_value).collect(),
        _ => None,
    }
}

fn record<const N: usize>(fields: [(&str, Type); N]) -> Type {
    Type::Record(fields.into_iter().map(|(name, ty)| Field { name: name.into(), ty, docs: Docs::default() }).collect())
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The values of a record that has exactly these fields.
fn named<const N: usize>(value: Value, names: [&str; N]) -> Option<[Value; N]> {
    let Value::Record(fields) = value else { return None };
    if !fields.iter().map(|(name, _)| name.as_str()).eq(names) {
        return None;
    }
    let values: Vec<Value> = fields.into_iter().map(|(_, value)| value).collect();
    values.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_answer_survive_the_way_through_values() {
        let header = || fields([("name", Value::String("a".into())), ("value", Value::String("b".into()))]);
        let request = fields([
            ("method", Value::String("POST".into())),
            ("url", Value::String("https://example.org/".into())),
            ("headers", Value::List(vec![header()])),
            ("body", Value::Bytes(vec![1, 2, 3])),
            ("timeout", Value::Option(Some(Box::new(Value::U32(7))))),
            ("retry", Value::Option(Some(Box::new(fields([("times", Value::U32(3)), ("within", Value::U32(500))]))))),
        ]);
        assert_eq!(Request::from_value(request.clone()).map(Native::into_value), Some(request));
        let response = fields([
            ("id", Value::U32(1)),
            ("status", Value::U16(200)),
            ("headers", Value::List(vec![header()])),
            ("url", Value::String("https://example.org/".into())),
        ]);
        type Answer = Result<Response, CallError>;
        for value in [Ok(Some(Box::new(response))), Err(Some(Box::new(CallError::Invalid("no".into()).to_value())))] {
            let value = Value::Result(value);
            assert_eq!(Answer::from_value(value.clone()).map(Native::into_value), Some(value));
        }
        assert!(Request::from_value(Value::Record(vec![])).is_none());
    }
}
