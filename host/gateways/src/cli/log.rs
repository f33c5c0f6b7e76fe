//! What the host notes while it runs: on stderr, as much as `LOKET_LOG` says, and without the values of secrets.

use crate::desk::Desk;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock, Weak};
use tracing_subscriber::EnvFilter;

/// Who knows what must not be noted.
static HOST: OnceLock<Weak<dyn Desk>> = OnceLock::new();

/// Begin to note: a service tells what it does, a single command only what is wrong.
pub(crate) fn begin(service: bool) {
    let level = if service { "info" } else { "error" };
    let filter = EnvFilter::try_from_env("LOKET_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let writer = || Cleansed { desk: HOST.get().and_then(Weak::upgrade), to: io::stderr() };
    // There is one already where this is not the first call in the process, as in tests.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(colours).try_init();
}

/// From now on this host says what must not be noted; there is one in a process.
pub(crate) fn redact_by(desk: &Arc<dyn Desk>) {
    let _ = HOST.set(Arc::downgrade(desk));
}

/// Where notes go, each in one piece.
struct Cleansed<W> {
    desk: Option<Arc<dyn Desk>>,
    to: W,
}

impl<W: Write> Write for Cleansed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.desk.as_ref().and_then(|desk| desk.redact(bytes)) {
            Some(clean) => self.to.write_all(&clean)?,
            None => self.to.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::Cleansed;
    use crate::cli::tests::fake::{Fake, HIDDEN};
    use std::io::Write;
    use std::sync::Arc;

    #[test]
    fn a_note_is_without_the_values_of_secrets() {
        for desk in [true, false] {
            let desk = desk.then(|| Arc::new(Fake) as _);
            let is_cleansed = desk.is_some();
            let mut notes = Cleansed { desk, to: Vec::new() };
            writeln!(notes, "it sent {HIDDEN} there").expect("a buffer");
            let noted = String::from_utf8(notes.to).expect("text");
            assert_eq!(noted.contains(HIDDEN), !is_cleansed, "{noted}");
        }
    }
}
