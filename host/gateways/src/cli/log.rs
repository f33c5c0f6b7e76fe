//! What the host notes while it runs: on stderr, as much as `LOKET_LOG` says.

use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Begin to note: a service tells what it does, a single command only what is wrong.
pub(crate) fn begin(service: bool) {
    let level = if service { "info" } else { "error" };
    let filter = EnvFilter::try_from_env("LOKET_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // There is one already where this is not the first call in the process, as in tests.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours).try_init();
}
