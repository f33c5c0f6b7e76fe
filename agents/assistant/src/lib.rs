//! The bundled agent: recalls before it thinks, uses the tools it was granted, and remembers what is worth it.
//!
//! In reading order: [`turn`] is the whole of a turn, and [`pace`] when it must end; [`recollection`] is what it knows beforehand, and
//! [`history`] what was said before, which [`compaction`] puts in short; [`toolbox`] runs what the model asks for, of which
//! [`memory_tools`] are the agent's own, and [`results`] keeps what was too long to show; [`lessons`] is what failures teach; [`bounds`]
//! holds every limit; [`outside`] is the trait behind which all else lies, and `glue` fills it from the contract.

pub mod bounds;
pub mod compaction;
#[cfg(target_family = "wasm")]
mod glue;
pub mod history;
pub mod lessons;
pub mod memory_tools;
pub mod outside;
pub mod pace;
pub mod recollection;
pub mod results;
pub mod toolbox;
pub mod turn;
