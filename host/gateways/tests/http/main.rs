//! The service and its clients, over a desk that only counts.
//!
//! Files in reading order: `fake` the desk and how to ask it, `door` its entrance, `gate` who is refused, `answers` what is answered and under which
//! status, `description` what is said of it, `again` what is sent or asked again, `ways` that a socket and a call are the same, `life`
//! beginning, discovery and end.

mod again;
mod answers;
mod description;
#[expect(dead_code, reason = "the tests of the pages need more of it")]
mod door;
mod fake;
mod gate;
mod life;
mod ways;
