//! The first time: a passphrase, a model to think with, a word to the assistant, and one tool.

pub(crate) mod hello;
pub(crate) mod model;
pub(crate) mod passphrase;
pub(crate) mod tool;

use crate::texts::t;
use maud::{Markup, html};

/// The steps, in their order.
const STEPS: [&str; 4] = ["welcome.step-passphrase", "welcome.step-model", "welcome.step-hello", "welcome.step-tool"];

/// The agent that there is in every home.
const ASSISTANT: &str = "assistant";

/// Where somebody is on the way.
fn steps(at: usize) -> Markup {
    html! {
        ol.steps aria-label=(t("welcome.steps")) {
            @for (step, name) in STEPS.into_iter().enumerate() {
                li .past[step < at] aria-current=[(step == at).then_some("step")] { (t(name)) }
            }
        }
    }
}
