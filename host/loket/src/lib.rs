//! The host: what a home needs to run, wired together.
//!
//! Files in reading order: [`home`] the folder, [`form`] its form and the steps to it, [`settings`] its `loket.toml`, `bundle` what is in
//! the program itself, `trusted` whose signatures count, [`stock`] the packages that are there, [`roster`] the agents that are there, [`grants_file`] the grants on disk, `guard` whether all is as its owner sealed it,
//! [`scope`] names as the owner writes them, `served` what the host itself answers, `natives` what of WASI it links natively,
//! `asks` what waits at the counter for its owner, [`scan`] what those who look at packages find, [`admission`] who may run, `typed_tools` what is imported of servers, `admitted` who did last, `pins` as which bytes, [`waiting`] what waits for the owner, [`world`] what runs, [`refresh`] brought in line with what is there, [`mod@watch`]
//! as soon as that changes, `budget` and `spent` what is left of a day, [`host`] all of it, opened and closed, [`lanes`] who may begin a turn now,
//! [`running`] those that run and how they end, [`cut_off`] those that a crash ended, [`turns`] the frame around every call, [`replay`] one that is run again from its page, `resume` one that goes on from there, `quiet` since
//! when nobody speaks to whom, `dreams` what is done then, `schedule` what agents are told by themselves, `erase` what was forgotten leaves the record too, [`backup`] a home in one file,
//! [`commands`] what is said with a slash, `talks` what is being answered, `tokens` by which clients come in, `issuer` whose others are taken for them, `telemetry` what monitoring is told, `entrance` by which the owner does, [`desk`] what gateways are answered, [`signing`] what whoever publishes does without a home, `sealing` what the owner
//! does with the key of the seal, [`oci`] packages that lie elsewhere,
//! [`workshop`] components from their sources.

pub mod admission;
mod admitted;
mod asks;
pub mod backup;
mod budget;
mod bundle;
pub mod commands;
pub mod cut_off;
pub mod desk;
mod dreams;
mod entrance;
mod erase;
pub mod form;
pub mod grants_file;
mod guard;
pub mod home;
pub mod host;
mod issuer;
pub mod lanes;
mod natives;
pub mod oci;
mod pins;
mod quiet;
pub mod refresh;
pub mod replay;
mod resume;
pub mod roster;
pub mod running;
pub mod scan;
mod schedule;
pub mod scope;
mod sealing;
mod served;
pub mod settings;
pub mod signing;
mod spent;
pub mod stock;
mod talks;
mod telemetry;
mod tokens;
mod trusted;
pub mod turns;
mod typed_tools;
pub mod waiting;
pub mod watch;
pub mod workshop;
pub mod world;

pub use host::Host;
