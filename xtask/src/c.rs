//! Not yet.
use anyhow::{Result, bail};
pub(crate) fn command(_: &[String]) -> Result<()> { bail!("not yet") }
pub(crate) fn compile(_: &crate::toolchain::C, _: &crate::guest::Guest, _: &str) -> Result<Vec<u8>> { bail!("not yet") }
