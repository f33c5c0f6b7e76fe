//! Embeddings.

use crate::ABOUT;
use loket_model_adapter::embeddings::{Embedded, Passages};
use loket_model_adapter::{Error, Outside, Settings, exchange, vectors};
use serde_json::{Value, json};

/// Has texts embedded.
///
/// # Errors
/// As `loket:model/embeddings` says.
pub fn embed(outside: &impl Outside, passages: &Passages) -> Result<Embedded, Error> {
    let settings = Settings::read(&ABOUT, &outside.settings()?, passages.model.as_deref())?;
    vectors::check(passages)?;
    let model = vectors::model(&settings)?;
    let body = json!({ "model": model, "input": passages.texts });
    let answer = exchange::json(outside, &settings, &exchange::request(&settings, "/api/embed", Some(&body))?)?;
    let lists: Vec<&Value> = answer["embeddings"].as_array().into_iter().flatten().collect();
    vectors::read(&settings, model, &lists, passages.texts.len())
}
