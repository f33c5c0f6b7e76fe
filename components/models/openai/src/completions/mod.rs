//! Chat completions: [`ask`] an exchange into the server's words, [`hear`] the pieces of a stream into a reply.

pub mod ask;
pub mod hear;
