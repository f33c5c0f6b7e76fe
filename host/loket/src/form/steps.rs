//! The steps from each form of a home to the next. The next one belongs at the end; none that a released host has done ever changes.

use super::step_1;
use std::path::Path;

/// One step.
pub(super) struct Step {
    /// What it does, for the log.
    pub(super) what: &'static str,
    /// The files of the home that it changes: a copy of each is kept. Those that are not there are passed over.
    pub(super) files: &'static [&'static str],
    /// Does it. It may have been done before, wholly or in part, by a host that crashed: then it goes on or changes nothing.
    pub(super) run: fn(&Path) -> Result<(), String>,
}

/// All of them: the first leads from form 0 to form 1.
pub(super) const STEPS: &[Step] =
    &[Step { what: "write the terms of each grant", files: &[step_1::GRANTS], run: step_1::run }];
