//! The bundled agent: recalls before it thinks, uses the tools it was granted, and remembers what is worth it.
//!
//! In reading order: [`turn`] is the whole of a turn; [`recollection`] is what it knows beforehand; [`toolbox`] runs what the model
//! asks for, of which [`memory_tools`] are the agent's own; [`lessons`] is what failures teach; [`bounds`] holds every limit;
//! [`outside`] is the trait behind which all else lies, and `glue` fills it from the contract.

pub mod bounds;
#[cfg(target_family = "wasm")]
mod glue;
pub mod lessons;
pub mod memory_tools;
pub mod outside;
pub mod recollection;
pub mod toolbox;
pub mod turn;
