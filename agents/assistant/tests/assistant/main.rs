//! The agent against a fake world: `turn` with a model that follows a script, `ends` how such a turn comes to its end, `conversation` what
//! goes on from turn to turn, `pictures` what tools show, `with_offline` with the model of a fresh machine.

mod conversation;
mod ends;
mod fake;
mod pictures;
mod turn;
mod with_offline;
