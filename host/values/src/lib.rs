//! Values of the component model, their types, and their JSON form.
//!
//! Files in reading order: [`value`] what passes the counter, [`types`] what it may look like,
//! [`surface`] what a component imports and exports, [`json`] values ⇄ JSON by type, [`schema`] JSON Schema by type,
//! [`names`] tool names that models accept, [`docs`] the `package-docs` section.

pub mod docs;
pub mod json;
pub mod names;
pub mod schema;
pub mod surface;
pub mod types;
pub mod value;

pub use surface::{Interface, InterfaceName, Surface};
pub use types::{Case, Docs, Field, Function, Type};
pub use value::Value;
