//! What makes no sense is refused before anything is sent.

use crate::{Error, chat, form};

/// The most messages that an exchange may have.
const MESSAGES: usize = 1_000;
/// The most tools that may be on offer.
const TOOLS: usize = 256;
/// The most parts of a message.
const PARTS: usize = 1_000;

/// Looks at a request.
///
/// # Errors
/// `invalid`, with what would be right.
pub fn request(request: &chat::Request) -> Result<(), Error> {
    let invalid = |why: String| Err(Error::Invalid(why));
    match (request.messages.len(), request.tools.len()) {
        (0, _) => return invalid("there is no message: send at least one".into()),
        (many, _) if many > MESSAGES => {
            return invalid(format!("{many} messages are too many: send the last {MESSAGES}"));
        }
        (_, many) if many > TOOLS => return invalid(format!("{many} tools are too many: offer at most {TOOLS}")),
        _ => {}
    }
    if let Some(many) = request.messages.iter().map(|message| message.parts.len()).find(|many| *many > PARTS) {
        return invalid(format!("a message of {many} parts is too much: send at most {PARTS}"));
    }
    request.tools.iter().try_for_each(|tool| form::parameters(tool).map(drop))?;
    form::shape(request).map(drop)
}
