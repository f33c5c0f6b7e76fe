//! What the adapter claims, against servers that say what a test writes.

mod asks;
mod fails;
mod hears;
