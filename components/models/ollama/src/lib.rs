//! The model adapter for Ollama's own interface.
//!
//! Files in reading order: [`ask`] an exchange into the server's words, [`hear`] the lines of a stream into a reply, [`vectors`] embeddings,
//! [`listing`] the models that are there and what they can do, [`fetching`] models that are to come. What all adapters share is in
//! `loket-model-adapter`. Here, the border to the contract.

pub mod ask;
pub mod fetching;
pub mod hear;
pub mod listing;
pub mod vectors;

use loket_model_adapter::chat::{self, Reply, Request};
use loket_model_adapter::embeddings::{self, Embedded, Passages};
use loket_model_adapter::library::{self, Wish};
use loket_model_adapter::models::{self, Model};
use loket_model_adapter::{About, Ask, Error, Imported, Listen, Protocol, Settings, complete};

/// What is particular to this adapter's settings.
pub static ABOUT: About = About {
    package: "loket:ollama",
    url: "http://127.0.0.1:11434",
    model: "qwen3:4b",
    header: "authorization",
    apis: &[],
    forms: true,
};

/// What Ollama speaks.
#[derive(Debug, Clone, Copy)]
pub struct Ollama;

impl Protocol for Ollama {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn ask(&self, settings: &Settings, request: &Request) -> Result<Ask, Error> {
        ask::body(settings, request)
    }

    fn listener(&self, settings: &Settings) -> Box<dyn Listen> {
        Box::new(hear::Listener::new(settings))
    }
}

/// The component.
#[derive(Debug)]
pub struct Adapter;

impl chat::Guest for Adapter {
    fn complete(request: Request) -> Result<Reply, Error> {
        complete(&Imported, &Ollama, &request)
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

impl library::Guest for Adapter {
    fn pull(wish: Wish) -> Result<String, Error> {
        fetching::pull(&Imported, &wish)
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
        world: "loket:ollama/ollama",
        generate_all,
    });
    loket_model_adapter::export!(Adapter: chat, embeddings, models, library);
}
