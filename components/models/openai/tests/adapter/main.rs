//! What the adapter claims, against servers that say what a test writes: requests, streams, tools, and everything that goes wrong.

mod asks;
mod fails;
mod fake;
mod hears;
mod lists;
mod repairs;
mod responds;
mod shapes;
mod unseen;
