//! The pages over a desk that only counts, behind the real gate.
//!
//! Files in reading order: `stand` a browser and what it asks, `entry` who is refused, `login` in and out, `shown` what pages say, `world` what is in the
//! home, `hostile` what others wrote there, `install` a file that is sent. The desk
//! and its entrance are those of the gateways' tests.

#[path = "../../../gateways/tests/http/door.rs"]
mod door;
mod entry;
#[path = "../../../gateways/tests/http/fake/mod.rs"]
#[expect(dead_code, reason = "the gateways' tests need more of it")]
mod fake;
mod hostile;
mod install;
mod login;
mod shown;
mod stand;
mod world;
