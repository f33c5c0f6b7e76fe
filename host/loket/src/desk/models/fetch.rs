//! The owner's own requests to model servers: a page, by the counter like every other request, so that it is in the ledger and no request of
//! any kind goes another way.

use crate::host::Host;
use crate::turns::first;
use loket_kernel::counter::now;
use loket_kernel::{CallError, Capability, Chain, Held, Labels, Limits, Principal, Turn};
use loket_providers::model::in_band;
use loket_values::{Field, Type, Value};
use std::sync::Arc;
use std::time::Duration;

/// What sends requests.
const HTTP: &str = "loket:http/client";
/// How much of a page is read, in bytes.
const MOST: usize = 1 << 20;
/// How much at once.
const PIECE: u32 = 256 << 10;

/// The status of a page, and as much of it as is read.
///
/// # Errors
/// When nobody answers in time, or the page is too large.
pub(super) async fn get(host: &Host, url: &str, patience: Duration) -> Result<(u16, Vec<u8>), CallError> {
    let limits = Limits { wall: patience, ..Limits::clone(&host.counter.limits()) };
    let turn = Turn::new(None, now(), rand::random(), &limits, Labels::NONE, None);
    let (_, page) = host.work_in(turn, |turn| read(host, turn, url, patience)).await?;
    Ok(page)
}

async fn read(host: &Host, turn: Arc<Turn>, url: &str, patience: Duration) -> Result<(u16, Vec<u8>), CallError> {
    let held: Arc<Held> = Arc::default();
    let ask = async |function: &str, args: Vec<Value>| {
        let mut call = first(turn.clone(), Chain::new(Principal::Owner), Capability::host(HTTP), function, args);
        // The answer belongs to whoever asked for it.
        call.held = held.clone();
        match in_band(host.counter.call(call).await)? {
            Some(Value::Result(Ok(Some(value)))) => Ok(*value),
            _ => Err(CallError::Failed("a request was answered with nothing".into())),
        }
    };
    let Value::Record(head) = ask("send", vec![request(host, url, patience)?]).await? else {
        return Err(CallError::Failed("a request was answered without a head".into()));
    };
    let find = |wanted: &str| head.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let (Some(Value::U32(id)), Some(Value::U16(status))) = (find("id"), find("status")) else {
        return Err(CallError::Failed("a request was answered without a status".into()));
    };
    let mut page = Vec::new();
    while let Value::Bytes(piece) = ask("read", vec![Value::U32(*id), Value::U32(PIECE)]).await? {
        if piece.is_empty() {
            break;
        }
        page.extend(piece);
        if page.len() > MOST {
            return Err(CallError::exhausted("body-size", format!("a page may have {MOST} bytes")));
        }
    }
    Ok((*status, page))
}

/// A plain GET, in the form that the contract has: what is not said here is absent.
fn request(host: &Host, url: &str, patience: Duration) -> Result<Value, CallError> {
    let wrong = || CallError::Failed("this build cannot send requests: build the host again".into());
    let send = host.contract.interface(HTTP).and_then(|interface| interface.function("send")).ok_or_else(wrong)?;
    let Some(Type::Record(fields)) = send.params.first().map(|param| &param.ty) else { return Err(wrong()) };
    let timeout = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    let value = |field: &Field| {
        let value = match field.name.as_str() {
            "method" => Value::String("GET".into()),
            "url" => Value::String(url.to_owned()),
            "headers" => Value::List(Vec::new()),
            "body" => Value::Bytes(Vec::new()),
            "timeout" => Value::Option(Some(Box::new(Value::U32(timeout)))),
            _ => Value::Option(None),
        };
        (field.name.clone(), value)
    };
    Ok(Value::Record(fields.iter().map(value).collect()))
}
