//! The models that are there: which, how large, which of them in memory, and what they can do.

use crate::ABOUT;
use loket_model_adapter::models::{Features, Model, State};
use loket_model_adapter::{Error, Outside, Settings, exchange, listing};
use serde_json::{Value, json};

/// Of how many models is asked what they can do: it takes a request for each.
const SHOWN: usize = 32;

/// Lists the models of a server.
///
/// # Errors
/// As `loket:model/models` says.
pub fn list(outside: &impl Outside, model: Option<&str>) -> Result<Vec<Model>, Error> {
    let settings = Settings::read(&ABOUT, &outside.settings()?, model)?;
    let get = |path: &str| exchange::json(outside, &settings, &exchange::request(&settings, path, None)?);
    let there = get("/api/tags")?;
    // What is in memory, an old server does not tell.
    let loaded = get("/api/ps").unwrap_or_default();
    let name = |item: &Value| item["model"].as_str().or(item["name"].as_str()).map(str::to_owned);
    let loaded: Vec<String> = loaded["models"].as_array().into_iter().flatten().filter_map(name).collect();
    let models = there["models"].as_array().into_iter().flatten().filter_map(|item| {
        let name = name(item)?;
        let state = if loaded.contains(&name) { State::Loaded } else { State::Ready };
        Some(Model { size: item["size"].as_u64(), state, ..listing::model(&name) })
    });
    let mut models = listing::sorted(&settings, models.collect());
    for model in models.iter_mut().filter(|model| model.state != State::Missing).take(SHOWN) {
        let request = exchange::request(&settings, "/api/show", Some(&json!({ "model": model.name })))?;
        // One model that cannot be described hides none of the others.
        if let Ok(about) = exchange::json(outside, &settings, &request) {
            describe(model, &about);
        }
    }
    Ok(models)
}

fn describe(model: &mut Model, about: &Value) {
    for word in about["capabilities"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        model.features |= match word {
            "tools" => Features::TOOLS,
            "vision" => Features::IMAGES,
            "audio" => Features::AUDIO,
            "embedding" => Features::EMBEDDINGS,
            "thinking" => Features::THINKING,
            _ => Features::empty(),
        };
    }
    // `llama.context_length`, `qwen3.context_length`: named after the family.
    let mut info = about["model_info"].as_object().into_iter().flatten();
    model.context = info.find(|(key, _)| key.ends_with(".context_length")).and_then(|(_, number)| number.as_u64());
}
