//! Embeddings: what may be asked, and what must come back.

use crate::embeddings::{Embedded, Passages};
use crate::settings::Settings;
use crate::{Error, refusal};
use serde_json::Value;

/// The most texts.
const TEXTS: usize = 256;
/// The longest text, in bytes.
const LONGEST: usize = 8 << 10;
/// The longest vector.
const NUMBERS: usize = 16 << 10;

/// Looks at what is to be embedded.
///
/// # Errors
/// `invalid`, with what would be right.
pub fn check(passages: &Passages) -> Result<(), Error> {
    let many = passages.texts.len();
    if !(1..=TEXTS).contains(&many) {
        return Err(Error::Invalid(format!("{many} texts cannot be embedded: send 1 to {TEXTS}")));
    }
    match passages.texts.iter().find(|text| text.len() > LONGEST) {
        Some(text) => Err(Error::Invalid(format!("a text has {} bytes, and may have {LONGEST}: cut it", text.len()))),
        None => Ok(()),
    }
}

/// What the server calls the model that makes vectors.
///
/// # Errors
/// `invalid` where the owner names none.
pub fn model(settings: &Settings) -> Result<&str, Error> {
    settings.embed.as_deref().map_or_else(|| settings.model(), Ok)
}

/// The vectors of a server's answer: as many as there were texts, all of one length, of numbers.
///
/// # Errors
/// `failed` for anything else.
pub fn read(settings: &Settings, model: &str, lists: &[&Value], texts: usize) -> Result<Embedded, Error> {
    let wrong = |what: String| {
        Err(Error::Failed(format!(
            "the model server at `{}` answered {what}, and no vectors: check `embed` of `[models.{}]` in `loket.toml`",
            settings.url, settings.name
        )))
    };
    if lists.len() != texts {
        return wrong(format!("with {} vectors for {texts} texts", lists.len()));
    }
    let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(texts);
    for list in lists {
        let numbers = list.as_array().map_or(&[][..], Vec::as_slice);
        let vector: Vec<f32> =
            numbers.iter().take(NUMBERS + 1).filter_map(Value::as_f64).map(|number| number as f32).collect();
        let is_whole =
            vector.len() == numbers.len() && !vector.is_empty() && vector.iter().all(|number| number.is_finite());
        if !is_whole || vectors.first().is_some_and(|first| first.len() != vector.len()) {
            return wrong(format!("with {}", refusal::begins(&list.to_string())));
        }
        vectors.push(vector);
    }
    Ok(Embedded { model: model.to_owned(), vectors })
}
