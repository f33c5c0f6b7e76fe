//! The model adapter for servers that speak OpenAI's interfaces.
//!
//! Files in reading order: [`completions`] chat completions, which most servers speak, [`responses`] what OpenAI has in their place,
//! [`vectors`] embeddings, [`listing`] the models of a server. What all adapters share is in `loket-model-adapter`. Here, the border to
//! the contract.

pub mod completions;
pub mod listing;
pub mod responses;
pub mod vectors;

use loket_model_adapter::chat::{self, Reply, Request};
use loket_model_adapter::embeddings::{self, Embedded, Passages};
use loket_model_adapter::models::{self, Model};
use loket_model_adapter::{About, Ask, Error, Imported, Listen, Protocol, Settings, complete};

/// What is particular to this adapter's settings.
pub static ABOUT: About = About {
    package: "loket:openai",
    url: "http://127.0.0.1:8080/v1",
    model: "smollm2",
    header: "authorization",
    apis: &["chat", "responses"],
    forms: true,
};

/// What these servers speak: one of two, as the settings say.
#[derive(Debug, Clone, Copy)]
pub struct OpenAi;

impl Protocol for OpenAi {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn ask(&self, settings: &Settings, request: &Request) -> Result<Ask, Error> {
        match settings.api.as_str() {
            "responses" => responses::ask::body(settings, request),
            _ => completions::ask::body(settings, request),
        }
    }

    fn listener(&self, settings: &Settings) -> Box<dyn Listen> {
        match settings.api.as_str() {
            "responses" => Box::new(responses::hear::Listener::new(settings)),
            _ => Box::new(completions::hear::Listener::new(settings)),
        }
    }
}

/// The component.
#[derive(Debug)]
pub struct Adapter;

impl chat::Guest for Adapter {
    fn complete(request: Request) -> Result<Reply, Error> {
        complete(&Imported, &OpenAi, &request)
    }
}

impl embeddings::Guest for Adapter {
    fn embed(passages: Passages) -> Result<Embedded, Error> {
        vectors::embed(&Imported, &passages)
    }
}

impl models::Guest for Adapter {
    fn list(model: Option<String>) -> Result<Vec<Model>, Error> {
        listing::list(&Imported, model.as_deref())
    }
}

/// Its world, and what it exports.
#[cfg(target_family = "wasm")]
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the contract")]
mod world {
    use super::Adapter;
    wit_bindgen::generate!({
        path: [
            "../../../wit/types",
            "../../../wit/model",
            "../../../wit/events",
            "../../../wit/http",
            "../../../wit/deps/config.wit",
            "wit",
        ],
        world: "loket:openai/openai",
        generate_all,
    });
    loket_model_adapter::export!(Adapter: chat, embeddings, models);
}
