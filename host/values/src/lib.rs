//! Values of the component model, their types, and their JSON form.
//!
//! Files in reading order: [`value`] what passes the counter, [`types`] what it may look like, `text` types written as WIT,
//! [`surface`] what a component imports and exports, `interface_name` how interfaces are named and matched,
//! [`mod@describe`] and `lower` reading a surface from bytes, [`mod@label`] what a component calls itself, [`json`] values ⇄ JSON by type, [`schema`] JSON Schema by type,
//! [`wit`] interfaces read from WIT text, [`names`] tool names that models accept, [`docs`] documentation inside components.

pub mod describe;
pub mod docs;
mod interface_name;
pub mod json;
pub mod label;
mod lower;
pub mod names;
pub mod schema;
pub mod surface;
mod text;
pub mod types;
pub mod value;
pub mod wit;

pub use describe::{SurfaceError, describe};
pub use interface_name::NameError;
pub use label::{Label, label};
pub use surface::{Interface, InterfaceName, Mismatch, Surface};
pub use types::{Case, Docs, Field, Function, Type};
pub use value::Value;
