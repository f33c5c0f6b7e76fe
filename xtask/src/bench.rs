//! Not yet.
use anyhow::{Result, bail};
pub(crate) fn command(_: &[String]) -> Result<()> { bail!("not yet") }
