//! The service and its clients, over a desk that only counts.
//!
//! Files in reading order: `fake` the desk, `door` its entrance, `stand` the gate before it and how to ask, `gate` who is refused, `answers` what is answered and under which
//! status, `description` what is said of it, `lists` page by page, `resuming` turns and their readers, `changes` what changes meanwhile, `often` who asks too often, `tls` other machines, `again` what is sent or asked again, `ways` that a socket and a call are the same, `life`
//! beginning, discovery and end.

mod again;
mod answers;
mod changes;
mod description;
#[expect(dead_code, reason = "the tests of the pages need more of it")]
mod door;
mod fake;
mod gate;
mod life;
mod lists;
mod often;
mod resuming;
mod stand;
mod tls;
mod ways;
