//! The models of a server. What they can do is told by some servers, each in its way.

use crate::ABOUT;
use loket_model_adapter::models::{Features, Model, State};
use loket_model_adapter::{Error, Outside, Settings, exchange, listing};
use serde_json::Value;

/// Lists the models of a server.
///
/// # Errors
/// As `loket:model/models` says.
pub fn list(outside: &impl Outside, model: Option<&str>) -> Result<Vec<Model>, Error> {
    let settings = Settings::read(&ABOUT, &outside.settings()?, model)?;
    let answer = exchange::json(outside, &settings, &exchange::request(&settings, "/models", None)?)?;
    let items = answer["data"].as_array().into_iter().flatten();
    // llama.cpp says the same twice, and only once what the model can do.
    let also = answer["models"].as_array().map_or(&[][..], Vec::as_slice);
    let models = items.filter_map(|item| {
        let id = item["id"].as_str()?;
        let twin = also.iter().find(|other| other["name"] == id || other["model"] == id).unwrap_or(&Value::Null);
        Some(described(id, item, twin))
    });
    Ok(listing::sorted(&settings, models.collect()))
}

fn described(id: &str, item: &Value, twin: &Value) -> Model {
    let number = |places: &[&Value]| places.iter().find_map(|place| place.as_u64());
    let mut features = Features::empty();
    let told = [
        &item["capabilities"],
        &twin["capabilities"],
        &item["supported_parameters"],
        &item["architecture"]["input_modalities"],
    ];
    for word in told.iter().filter_map(|list| list.as_array()).flatten().filter_map(Value::as_str) {
        features |= match word {
            "tools" | "tool_use" | "tool_calling" => Features::TOOLS,
            "vision" | "image" | "multimodal" => Features::IMAGES,
            "audio" => Features::AUDIO,
            "embedding" | "embeddings" => Features::EMBEDDINGS,
            "thinking" | "reasoning" => Features::THINKING,
            _ => Features::empty(),
        };
    }
    let state = match (item["state"].as_str(), item["status"]["value"].as_str()) {
        (Some("loaded"), _) | (_, Some("loaded")) => State::Loaded,
        // A server of one model has it in memory.
        (None, None) if item["meta"].is_object() => State::Loaded,
        _ => State::Ready,
    };
    Model {
        context: number(&[
            &item["max_model_len"],
            &item["context_length"],
            &item["max_context_length"],
            &item["context_window"],
            &item["meta"]["n_ctx"],
            &item["meta"]["n_ctx_train"],
        ]),
        size: number(&[&item["meta"]["size"]]),
        features,
        state,
        ..listing::model(id)
    }
}
