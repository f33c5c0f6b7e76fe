//! The tool `loket:strings`: texts compared and rewritten.
//!
//! Files in reading order: [`pattern`] a regular expression and what it may cost, [`mod@find`] and [`mod@replace`] what is done with one,
//! [`mod@diff`] two texts compared. This file has the border to the component model.

pub mod diff;
pub mod find;
pub mod pattern;
pub mod replace;

pub use bindings::exports::loket::strings::revision::{Casing, Difference, Extent, Hit, Hits, Revised};
pub use diff::diff;
pub use find::find;
pub use replace::replace;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Strings;
    wit_bindgen::generate!({ path: "wit", world: "strings" });
    #[cfg(target_family = "wasm")]
    export!(Strings with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Strings;

impl bindings::exports::loket::strings::revision::Guest for Strings {
    fn find(
        text: String,
        pattern: String,
        casing: Option<Casing>,
        start: Option<u32>,
        limit: Option<u32>,
    ) -> Result<Hits, String> {
        find(&text, &pattern, casing.unwrap_or(Casing::Exact), start.unwrap_or_default(), limit)
    }

    fn replace(
        text: String,
        pattern: String,
        replacement: String,
        casing: Option<Casing>,
        extent: Option<Extent>,
    ) -> Result<Revised, String> {
        let extent = extent.unwrap_or(Extent::All);
        replace(&text, &pattern, &replacement, casing.unwrap_or(Casing::Exact), extent)
    }

    fn diff(before: String, after: String, context: Option<u32>, start: Option<u32>) -> Result<Difference, String> {
        diff(&before, &after, context, start.unwrap_or_default())
    }
}

/// How long a text may be, in bytes.
pub const LONGEST_TEXT: usize = 256 << 10;

/// Checks a text's length.
///
/// # Errors
/// For one that is too long.
pub fn measured(text: &str) -> Result<&str, String> {
    match text.len() {
        long if long > LONGEST_TEXT => {
            Err(format!("the text has {long} bytes, and at most {LONGEST_TEXT} are read: pass it in parts"))
        }
        _ => Ok(text),
    }
}
