//! The responses interface: [`ask`] an exchange into the server's words, [`hear`] the events of a stream into a reply. Nothing is kept at the
//! server: each request has all that was said.

pub mod ask;
pub mod hear;
