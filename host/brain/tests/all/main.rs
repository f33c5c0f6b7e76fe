//! What a brain promises, one file a promise.

#![expect(clippy::cloned_ref_to_slice_refs, reason = "a list of one that is expected reads best as a list")]

mod around;
mod bench;
mod copy;
mod correct;
mod crash;
mod damage;
mod dream;
mod failing;
mod forget;
mod form_2;
mod full;
mod history;
mod keep;
mod language;
mod learn;
mod lines;
mod log;
mod meaning;
mod migrate;
mod model;
mod moved;
mod names;
mod period;
mod power;
mod purge;
mod recall;
mod remember;
mod sample;
mod support;
mod tidy;
mod uses;
mod why;
