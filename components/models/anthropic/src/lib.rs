//! The model adapter for servers that speak the messages interface of Anthropic.
//!
//! Files in reading order: [`ask`] an exchange into the server's words, [`cache`] what of it the server keeps, [`hear`] the events of a
//! stream into a reply, [`listing`] the models of a server. What all adapters share is in `loket-model-adapter`. Here, the border to the
//! contract.

pub mod ask;
pub mod cache;
pub mod hear;
pub mod listing;

use loket_model_adapter::chat::{self, Reply, Request};
use loket_model_adapter::models::{self, Model};
use loket_model_adapter::{About, Ask, Error, Imported, Listen, Protocol, Settings, complete};

/// What is particular to this adapter's settings.
pub static ABOUT: About = About {
    package: "loket:anthropic",
    url: "https://api.anthropic.com/v1",
    model: "claude-sonnet-4-5",
    header: "x-api-key",
    apis: &[],
    forms: false,
};

/// The interface that is spoken: servers of other makers look at it too.
pub const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// What these servers speak.
#[derive(Debug, Clone, Copy)]
pub struct Anthropic;

impl Protocol for Anthropic {
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
        complete(&Imported, &Anthropic, &request)
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
        world: "loket:anthropic/anthropic",
        generate_all,
    });
    loket_model_adapter::export!(Adapter: chat, models);
}
