//! The service and its clients, over a desk that only counts.
//!
//! Files in reading order: `fake` the desk and how to ask it, `gate` who is refused, `answers` what is answered and under which
//! status, `ways` that a socket and a call are the same, `life` beginning, discovery and end.

mod answers;
mod fake;
mod gate;
mod life;
mod ways;
