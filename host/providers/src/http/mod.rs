//! `loket:http/client`: requests to the hosts that a grant names.
//!
//! Files in reading order: [`target`] where a request goes, [`pattern`] hosts as a grant names them, [`address`] what is public and
//! what is not.

pub mod address;
pub mod pattern;
pub mod target;
