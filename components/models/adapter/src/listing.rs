//! The models of a server: bounded, and the one that the settings name first.

use crate::models::{Features, Model, State};
use crate::settings::Settings;

/// The most models.
const MOST: usize = 1_000;
/// The longest name, in bytes.
const LONGEST: usize = 512;

/// A model of which nothing is known but its name.
pub fn model(name: &str) -> Model {
    Model { name: name.to_owned(), context: None, size: None, features: Features::empty(), state: State::Ready }
}

/// In order: the one that the settings name, which may be missing, then the others by name.
pub fn sorted(settings: &Settings, mut models: Vec<Model>) -> Vec<Model> {
    models.retain(|model| !model.name.is_empty() && model.name.len() <= LONGEST);
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models.dedup_by(|a, b| a.name == b.name);
    if !settings.model.is_empty() {
        // Where a tag is left out, the newest is meant.
        let newest = format!("{}:latest", settings.model);
        let at = models.iter().position(|model| model.name == settings.model);
        let at = at.or_else(|| models.iter().position(|model| model.name == newest));
        let first = match at {
            Some(at) => models.remove(at),
            None => Model { state: State::Missing, ..model(&settings.model) },
        };
        models.insert(0, first);
    }
    models.truncate(MOST);
    models
}
