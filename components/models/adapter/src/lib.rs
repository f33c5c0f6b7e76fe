//! What model adapters share. All that comes from a server is hostile: every buffer, list and loop has a bound, and nothing panics.
//!
//! Files in reading order: [`settings`] which server and which model, [`outside`] the imports, [`mod@complete`] a request to its reply,
//! [`check`] what makes sense, [`form`] answers in the form of a schema, and tools for models that know of none, [`reading`] such an
//! answer while it comes, [`fit`] whether JSON fits a schema, [`words`] how parts of a message are written, [`exchange`] requests and
//! what comes back, [`sse`] and [`lines`] bytes into events, [`draft`] events into a reply, [`faults`] calls and answers that cannot be
//! read, [`refusal`] what servers say when it goes wrong, [`unseen`] models that
//! take no pictures, [`vectors`] embeddings, [`listing`] models of a server. [`export!`] makes a
//! component of an adapter.

pub mod check;
pub mod complete;
pub mod draft;
pub mod exchange;
pub mod faults;
pub mod fit;
pub mod form;
pub mod lines;
pub mod listing;
pub mod outside;
pub mod reading;
pub mod refusal;
pub mod settings;
pub mod sse;
pub mod unseen;
pub mod vectors;
pub mod words;

pub use bindings::exports::loket::model::{chat, embeddings, library, models};
pub use bindings::loket::http::client;
pub use bindings::loket::types::types::{Error, Exhaustion, Refusal};
pub use complete::{Ask, Listen, Protocol, complete};
pub use draft::Draft;
pub use outside::{Imported, Outside};
pub use settings::{About, Settings, Tools};

/// What the common world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the contract")]
pub mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../../wit/types",
            "../../../wit/model",
            "../../../wit/events",
            "../../../wit/http",
            "../../../wit/deps/config.wit",
            "wit",
        ],
        world: "loket:model-adapter/adapter",
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_all",
        default_bindings_module: "loket_model_adapter::bindings",
    });
}

/// Exports what an adapter has: `export!(Adapter: chat, models)`. The types are those of this crate; which interfaces a component imports
/// and exports, its own world says.
#[macro_export]
macro_rules! export {
    ($adapter:ident: $($interface:ident),+) => {
        $($crate::export!(@ $interface $adapter);)+
    };
    (@ chat $adapter:ident) => {
        $crate::__export_loket_model_chat_0_1_0_cabi!($adapter with_types_in $crate::bindings::exports::loket::model::chat);
    };
    (@ embeddings $adapter:ident) => {
        $crate::__export_loket_model_embeddings_0_1_0_cabi!($adapter with_types_in $crate::bindings::exports::loket::model::embeddings);
    };
    (@ models $adapter:ident) => {
        $crate::__export_loket_model_models_0_1_0_cabi!($adapter with_types_in $crate::bindings::exports::loket::model::models);
    };
    (@ library $adapter:ident) => {
        $crate::__export_loket_model_library_0_1_0_cabi!($adapter with_types_in $crate::bindings::exports::loket::model::library);
    };
}
