//! The service under `/api/v1`: every request passes the gate, then a route, then the desk.
//!
//! Files in reading order: [`gate`] who may come in, [`routes`] what there is, `protected` where tokens for `/mcp` are got, `stream` answers
//! that go on, `once` what is sent again, `unchanged` what is known already, `answer` bodies
//! and problems, [`mod@serve`] connections and the way down, [`token`] the owner's token.

pub(crate) mod answer;
pub mod gate;
mod once;
mod protected;
pub mod routes;
pub mod serve;
mod stream;
pub mod token;
mod unchanged;

pub use answer::{Refusal, is_of, status, whole};
pub use gate::{Gate, KEPT, Limits, Peer};
pub use routes::{router, router_with};
pub use serve::serve;
pub use token::OwnerToken;
