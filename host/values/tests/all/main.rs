//! All tests of this crate that need no private parts, in one binary.

mod any;
mod fixture;
mod hostile;
mod json;
mod names;
mod native;
mod round_trip;
mod schema;
mod surface;
