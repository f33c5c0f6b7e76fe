//! The slash commands of every conversation.
//!
//! In reading order: [`menu`] is what there is and what it takes; [`run`] what each does, of which [`memories`] are those about the memory,
//! [`tellings`] those that tell of the agent, and [`complete`] what could be meant by what is typed; [`outside`] is the trait behind which
//! all else lies, and `glue` fills it from the contract.

pub mod complete;
#[cfg(target_family = "wasm")]
mod glue;
pub mod memories;
pub mod menu;
pub mod outside;
pub mod run;
pub mod tellings;
pub mod words;
