//! The model adapter for servers that speak OpenAI's chat completions.
//!
//! Files in reading order: [`settings`] which server and which model, [`ask`] an exchange into the server's words, [`words`] how parts
//! of a message are written, [`schema`] tools for models that know of none, [`converse`] the request and its stream, [`sse`] bytes into
//! events, [`answer`] events into a reply, [`fault`] what servers say when it goes wrong. This file has the border to the contract.

pub mod answer;
pub mod ask;
pub mod converse;
pub mod fault;
pub mod schema;
pub mod settings;
pub mod sse;
pub mod words;

pub use bindings::exports::loket::model::chat;
pub use bindings::loket::http::client;
pub use bindings::loket::types::types::{Error, Exhaustion, Refusal};

/// What the component's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the contract")]
mod bindings {
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
        additional_derives: [PartialEq],
    });
    #[cfg(target_family = "wasm")]
    export!(Adapter with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Adapter;

impl chat::Guest for Adapter {
    fn complete(request: chat::Request) -> Result<chat::Reply, Error> {
        converse::complete(&Imported, &request)
    }
}

/// The imports.
struct Imported;

impl converse::Outside for Imported {
    fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        use bindings::wasi::config::store;
        store::get_all().map_err(|error| {
            let (store::Error::Upstream(why) | store::Error::Io(why)) = error;
            Error::Failed(format!("the settings in `loket.toml` cannot be read: {why}"))
        })
    }

    fn send(&self, request: &client::Request) -> Result<client::Response, Error> {
        client::send(request)
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        client::read(id, limit)
    }

    fn close(&self, id: u32) {
        client::close(id);
    }

    fn say(&self, text: &str) {
        use bindings::loket::events::emit;
        // Nobody may be watching; the reply is whole either way.
        let _ = emit::emit(&emit::Event::Text(text.to_owned()));
    }
}
