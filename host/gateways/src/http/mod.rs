//! The service under `/api/v1`: every request passes the gate, then a route, then the desk.
//!
//! Files in reading order: [`gate`] who may come in, [`routes`] what there is, `stream` answers that go on, `answer` bodies
//! and problems, [`mod@serve`] connections and the way down, [`token`] the owner's token.

pub(crate) mod answer;
pub mod gate;
pub mod routes;
pub mod serve;
mod stream;
pub mod token;

pub use gate::{Gate, Limits, Peer};
pub use routes::router;
pub use serve::serve;
pub use token::OwnerToken;
