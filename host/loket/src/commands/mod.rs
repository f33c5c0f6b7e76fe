//! Slash commands: `/name words` in a conversation runs a command of a package, through the agent that is spoken to.
//!
//! Files in reading order: `line` a line read by what a command takes, `check` what a package may say of its commands, `offered` which
//! commands there are, `giver` whoever gives one, `run` running one and completing what is typed.

pub mod check;
mod giver;
pub mod line;
mod offered;
mod run;

pub(crate) use giver::Giver;
pub(crate) use offered::Known;
pub(crate) use run::{MOST_TEXT, Said, candidates, complete, list, run, run_one, said};
