//! Nothing is here: the tests are the crate.
