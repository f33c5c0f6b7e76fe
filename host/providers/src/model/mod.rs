//! `loket:model/*`: the way from an agent to the models that its manifest names, and what they took.
//!
//! The router answers for the host; a model itself is a package behind the counter, and the agent needs a grant for it too: which model sees
//! an agent's words is the owner's decision.
//!
//! Files in reading order: [`choice`] who thinks with what, [`router`] the models in their order, `attempt` one of them asked, `race`
//! several at once, [`health`] those that failed lately, `pins` those that answered last; [`meter`] what each call takes, [`day`] what
//! was taken on one, [`days`] on those before, [`spending`] what was taken today and what may be, `terms` what a grant says of it.

mod attempt;
pub mod choice;
pub mod day;
pub mod days;
pub mod health;
pub mod meter;
mod pins;
mod race;
pub mod router;
pub mod spending;
mod terms;

pub use attempt::in_band;
pub use choice::{Choice, Chosen};
pub use meter::Metered;
pub use router::Router;
pub use terms::narrowest as granted;

use health::Health;
use pins::Pins;
use spending::Spending;
use std::sync::Arc;

/// What is known of models while a host runs.
#[derive(Default)]
pub struct Models {
    /// Which of them rest.
    pub health: Health,
    /// What they took today.
    pub spending: Arc<Spending>,
    pins: Pins,
}
