//! The tool `loket:json`: values found in JSON documents.
//!
//! Files in reading order: [`mod@read`] text into a document, [`cost`] whether a path is cheap enough, [`mod@query`] what a path leads to,
//! [`mod@outline`] how a document is built. This file has the border to the component model.

pub mod cost;
pub mod outline;
pub mod query;
pub mod read;

pub use bindings::exports::loket::json::document::{Findings, Found, Layout};
pub use outline::outline;
pub use query::query;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Json;
    wit_bindgen::generate!({ path: "wit", world: "json" });
    #[cfg(target_family = "wasm")]
    export!(Json with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Json;

impl bindings::exports::loket::json::document::Guest for Json {
    fn query(json: String, path: String, start: Option<u32>, limit: Option<u32>) -> Result<Findings, String> {
        query(&json, &path, start.unwrap_or_default(), limit)
    }

    fn outline(json: String, path: Option<String>) -> Result<String, String> {
        outline(&json, path.as_deref().unwrap_or("$"))
    }

    fn format(json: String, layout: Option<Layout>) -> Result<String, String> {
        format(&json, layout.unwrap_or(Layout::Indented))
    }
}

/// Lays a document out anew.
///
/// # Errors
/// For what is no JSON, and for a result that is too long.
pub fn format(json: &str, layout: Layout) -> Result<String, String> {
    /// How long the result may be: indenting what is nested makes it many times longer.
    const MOST: usize = 512 << 10;
    let document = read::read(json)?;
    let text = match layout {
        Layout::Indented => serde_json::to_string_pretty(&document),
        Layout::Compact => serde_json::to_string(&document),
    };
    let text = text.map_err(|e| format!("it cannot be written: {e}"))?;
    match text.len() {
        long if long > MOST => Err(format!(
            "laid out, it has {long} bytes, and at most {MOST} are given: use `compact`, or ask for a part of it with `query`"
        )),
        _ => Ok(text),
    }
}
