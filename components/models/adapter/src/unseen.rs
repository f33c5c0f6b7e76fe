//! Models that take no pictures: words stand in their place, and the exchange goes on.

use crate::chat::{Part, Request};
use crate::{Error, words};

/// Whether a request has pictures.
pub fn has_pictures(request: &Request) -> bool {
    request.messages.iter().flat_map(|message| &message.parts).any(|part| matches!(part, Part::Image(_)))
}

/// The same request with words in the place of its pictures, which say why.
pub fn without_pictures(request: &Request, why: &str) -> Request {
    let mut request = request.clone();
    for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::Image(media) = part {
            let (kind, size) = (words::kind(media), media.data.len().div_ceil(1024));
            *part = Part::Text(format!("[picture, {kind}, {size} KiB: {why}]"));
        }
    }
    request
}

/// Whether pictures may be why a server refuses a request. There is no one way to say so: some do not take the request, some call it an
/// error of their own, and some have a door that is too small. Who asks again without them will see.
pub fn may_be_why(error: &Error) -> bool {
    match error {
        Error::Invalid(_) => true,
        Error::Exhausted(why) => ["context", "request-size"].contains(&why.limit.as_str()),
        Error::Unavailable(why) | Error::Failed(why) | Error::NotFound(why) => {
            let why = why.to_lowercase();
            ["image", "picture", "vision", "multimodal", "multi-modal"].iter().any(|word| why.contains(word))
        }
        _ => false,
    }
}
