//! The tool `loket:hash`: digests of text and bytes.
//!
//! Files in reading order: [`mod@input`] what is written into bytes, [`mod@digest`] bytes into a digest. This file has the border to the
//! component model.

pub mod digest;
pub mod input;

pub use bindings::exports::loket::hash::digests::{Algorithm, Encoding};
pub use digest::{check, digest};

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Hash;
    wit_bindgen::generate!({ path: "wit", world: "hash" });
    #[cfg(target_family = "wasm")]
    export!(Hash with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Hash;

impl bindings::exports::loket::hash::digests::Guest for Hash {
    fn digest(input: String, algorithm: Option<Algorithm>, encoding: Option<Encoding>) -> Result<String, String> {
        let bytes = input::bytes(input, encoding.unwrap_or(Encoding::Text))?;
        Ok(digest(&bytes, algorithm.unwrap_or(Algorithm::Sha256)))
    }

    fn check(
        input: String,
        digest: String,
        algorithm: Option<Algorithm>,
        encoding: Option<Encoding>,
    ) -> Result<Option<Algorithm>, String> {
        check(&input::bytes(input, encoding.unwrap_or(Encoding::Text))?, &digest, algorithm)
    }
}
