//! A request to its reply: asked, heard, looked at, and once more where it cannot be used.

use crate::chat::{Reply, Request};
use crate::client::Header;
use crate::outside::Outside;
use crate::settings::{About, Settings};
use crate::{Draft, Error, check, exchange, faults, unseen};
use serde_json::Value;
use std::borrow::Cow;

/// What is particular to a kind of server.
pub trait Protocol {
    /// What is particular to the adapter's settings.
    fn about(&self) -> &'static About;

    /// A request in the server's words.
    ///
    /// # Errors
    /// `invalid` for what makes no sense.
    fn ask(&self, settings: &Settings, request: &Request) -> Result<Ask, Error>;

    /// Who hears the answer.
    fn listener(&self, settings: &Settings) -> Box<dyn Listen>;
}

/// A request in the server's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Where, below the settings' address.
    pub path: &'static str,
    /// What.
    pub body: Value,
    /// Headers besides those that all have.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// Puts the pieces of a stream into a draft.
pub trait Listen {
    /// Takes one event's data, or a whole answer of a server that does not stream.
    ///
    /// # Errors
    /// For an error that the server tells, for what cannot be read, and for an answer that is too long.
    fn take(&mut self, data: &str, draft: &mut Draft<'_>) -> Result<(), Error>;
}

/// Asks the model for its next message.
///
/// # Errors
/// As `loket:model/chat` says.
pub fn complete(outside: &impl Outside, protocol: &impl Protocol, request: &Request) -> Result<Reply, Error> {
    let settings = Settings::read(protocol.about(), &outside.settings()?, request.model.as_deref())?;
    settings.model()?;
    check::request(request)?;
    let (request, first) = seen(outside, protocol, &settings, request)?;
    let request = &*request;
    let Some(fault) = faults::of(&settings, request, &first)? else { return Ok(first) };
    if request.shape.is_none() && !first.text.is_empty() {
        outside.say("\n\n");
    }
    let second = once(outside, protocol, &settings, &faults::told(request, &first, &fault))?;
    match faults::of(&settings, request, &second)? {
        None => Ok(faults::joined(request, first, second)),
        Some(fault) => Err(faults::given_up(&settings, &fault)),
    }
}

/// The first answer, and what it answers: the request, or the same without pictures where they are refused.
fn seen<'r>(
    outside: &impl Outside,
    protocol: &impl Protocol,
    settings: &Settings,
    request: &'r Request,
) -> Result<(Cow<'r, Request>, Reply), Error> {
    let has_pictures = unseen::has_pictures(request);
    let mut why = "this model takes no pictures";
    if settings.pictures || !has_pictures {
        match once(outside, protocol, settings, request) {
            Err(error) if has_pictures && unseen::may_be_why(&error) => why = "the model's server did not take it",
            answer => return Ok((Cow::Borrowed(request), answer?)),
        }
    }
    let request = unseen::without_pictures(request, why);
    let answer = once(outside, protocol, settings, &request)?;
    Ok((Cow::Owned(request), answer))
}

fn once(
    outside: &impl Outside,
    protocol: &impl Protocol,
    settings: &Settings,
    request: &Request,
) -> Result<Reply, Error> {
    let Ask { path, body, headers } = protocol.ask(settings, request)?;
    let mut sent = exchange::request(settings, path, Some(&body))?;
    sent.headers.extend(headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }));
    let open = exchange::send(outside, settings, &sent)?;
    let mut draft = Draft::new(settings, request);
    open.hear(settings, &mut *protocol.listener(settings), &mut draft)?;
    drop(open);
    let (reply, rest) = draft.close(request);
    outside.say(&rest);
    Ok(reply)
}
