//! The tool `loket:search`: the web, searched through a SearXNG server.
//!
//! Files in reading order: [`settings`] which server, [`mod@ask`] a question as an address, [`exchange`] that address asked, [`answer`] what
//! came back. This file has the border to the component model.

pub mod answer;
pub mod ask;
pub mod exchange;
pub mod settings;

pub use bindings::exports::loket::search::web::{Age, Category, Findings, Hit};
pub use bindings::loket::http::client;
pub use bindings::loket::types::types::{Error, Exhaustion};

use ask::Question;
use bindings::wasi::config::store;
use exchange::Http;
use settings::Settings;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Search;
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/http", "../../../wit/deps/config.wit", "wit"],
        world: "loket:search/search",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Search with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Search;

/// The imported client.
struct Imported;

impl Http for Imported {
    fn send(&self, request: &client::Request) -> Result<client::Response, Error> {
        client::send(request)
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        client::read(id, limit)
    }

    fn close(&self, id: u32) {
        client::close(id);
    }
}

impl bindings::exports::loket::search::web::Guest for Search {
    fn search(
        query: String,
        category: Option<Category>,
        language: Option<String>,
        age: Option<Age>,
        page: Option<u32>,
    ) -> Result<Findings, Error> {
        let pairs =
            store::get_all().map_err(|error| Error::Unavailable(format!("the settings cannot be read: {error:?}")))?;
        search(&Imported, &pairs, &Question { query, category, language, age, page })
    }
}

/// Searches.
///
/// # Errors
/// As the contract says.
pub fn search(http: &impl Http, settings: &[(String, String)], question: &Question) -> Result<Findings, Error> {
    let settings = Settings::read(settings)?;
    let url = ask::url(&settings, question)?;
    let body = exchange::get(http, &settings, &url)?;
    answer::read(&body, question.page.unwrap_or(1))
}
