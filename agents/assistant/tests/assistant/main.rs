//! The agent against a fake world: `turn` with a model that follows a script, `with_offline` with the model of a fresh machine.

mod fake;
mod turn;
mod with_offline;
