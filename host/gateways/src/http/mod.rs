//! The service under `/api/v1`: every request passes the gate, then a route, then the desk.
//!
//! Files in reading order: [`gate`] who may come in, [`pace`] how often, `places` how many at once, by `shares` of each, [`routes`] what there is, `protected` where tokens for `/mcp` are got, `stream` answers
//! that go on, [`talk`] of turns and [`news`] of changes, `page` lists a page at a time, `once` what is sent again, `unchanged` what is known already, `answer` bodies
//! and problems, [`mod@serve`] connections and the way down, [`tls`] how they are encrypted, `stalled` those whose other end takes nothing,
//! [`token`] the owner's token, `own_file` files for the owner alone.

pub(crate) mod answer;
pub mod gate;
pub mod news;
mod once;
mod own_file;
pub mod pace;
pub(crate) mod page;
mod places;
mod protected;
pub mod routes;
pub mod serve;
mod shares;
mod stalled;
mod stream;
pub mod talk;
pub mod tls;
pub mod token;
mod unchanged;

pub use answer::{Refusal, is_of, status, whole};
pub use gate::{Gate, KEPT, Limits, Peer};
pub use pace::{Pace, Rates};
pub use routes::{router, router_with};
pub use serve::{serve, serve_over};
pub(crate) use talk::LAST_EVENT;
pub use tls::Tls;
pub use token::OwnerToken;
