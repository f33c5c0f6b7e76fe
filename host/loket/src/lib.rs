//! The host: what a home needs to run, wired together.
//!
//! Files in reading order: [`home`] the folder, [`form`] its form and the steps to it, [`settings`] its `loket.toml`, `bundle` what is in the program itself, [`stock`] the packages that are there, [`roster`] the agents that are there,
//! [`grants_file`] the grants on disk, [`scope`] names as the owner writes them, `served` what the host itself answers, `natives` what of WASI it links natively, [`admission`] who may run, `admitted` who did last, `budget` what is left of a day, [`host`] all of it, opened
//! and closed, [`lanes`] who may begin a turn now, [`running`] those that run and how they end, [`cut_off`] those that a crash ended, [`turns`] the frame around every call, [`backup`] a home in one file, [`desk`] what gateways are answered.

pub mod admission;
mod admitted;
pub mod backup;
mod budget;
mod bundle;
pub mod cut_off;
pub mod desk;
pub mod form;
pub mod grants_file;
pub mod home;
pub mod host;
pub mod lanes;
mod natives;
pub mod roster;
pub mod running;
pub mod scope;
mod served;
pub mod settings;
pub mod stock;
pub mod turns;

pub use host::Host;
