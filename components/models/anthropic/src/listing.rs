//! The models of a server.

use crate::{ABOUT, VERSION};
use loket_model_adapter::client::Header;
use loket_model_adapter::models::{Features, Model};
use loket_model_adapter::{Error, Outside, Settings, exchange, listing};
use serde_json::Value;

/// Lists the models of a server.
///
/// # Errors
/// As `loket:model/models` says.
pub fn list(outside: &impl Outside, model: Option<&str>) -> Result<Vec<Model>, Error> {
    let settings = Settings::read(&ABOUT, &outside.settings()?, model)?;
    let mut request = exchange::request(&settings, "/models?limit=1000", None)?;
    request.headers.push(Header { name: VERSION.0.into(), value: VERSION.1.into() });
    let answer = exchange::json(outside, &settings, &request)?;
    let models = answer["data"].as_array().into_iter().flatten().filter_map(described);
    Ok(listing::sorted(&settings, models.collect()))
}

fn described(item: &Value) -> Option<Model> {
    let id = item["id"].as_str()?;
    let context =
        [&item["max_input_tokens"], &item["context_window"], &item["meta"]["n_ctx"], &item["meta"]["n_ctx_train"]];
    // The server does not say, and the maker does: all of this family take tools and pictures.
    let features = if id.starts_with("claude-") { Features::TOOLS | Features::IMAGES } else { Features::empty() };
    let context = context.iter().find_map(|place| place.as_u64());
    Some(Model { context, size: item["meta"]["size"].as_u64(), features, ..listing::model(id) })
}
