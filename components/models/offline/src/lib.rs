//! The embedded default model: deterministic rules, no network, no weights.
//!
//! It remembers statements, answers questions by quoting memories, corrects, forgets, and runs tools by slash command. In reading order:
//! [`answer`] decides what an exchange calls for; [`intent`] is what the user's words are for, found by [`cues`] and [`grammar`];
//! [`fit`] holds documents against questions; [`marks`] tells a correction by its first words and [`correct`] finds what it is about; [`command`] maps slash commands to tools;
//! [`relay`] says what tools came to; [`words`], [`lexicon`], [`phrases`] and [`dates`] are what they rest on; [`exchange`] are the plain types;
//! `glue` is the border to the contract.

pub mod answer;
pub mod command;
pub mod correct;
pub mod cues;
pub mod dates;
pub mod exchange;
pub mod fit;
#[cfg(target_family = "wasm")]
mod glue;
pub mod grammar;
pub mod intent;
pub mod lexicon;
pub mod marks;
pub mod phrases;
pub mod relay;
pub mod words;
