//! What a component prints: to the host's log, a line each, so much in a turn and no more.
//!
//! It is for whoever looks after the component. Nobody else sees it: not the caller, not the ledger.

use crate::counter::Counter;
use crate::turn::Turn;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi_io::bytes::Bytes;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{OutputStream, StreamResult};

/// Bytes of a line; what is longer is several.
const LINE: usize = 1 << 10;
/// Bytes that a guest may write at once.
const PIECE: usize = 64 << 10;

/// Standard output or standard error of one instance. A clone is the same.
#[derive(Clone)]
pub(crate) struct Printed(Arc<Mutex<Lines>>);

impl Printed {
    /// For an instance of `who`; what the counter hides is taken out of each line.
    pub(crate) fn new(stream: &'static str, who: String, turn: &Arc<Turn>, counter: &Arc<Counter>) -> Printed {
        let (turn, counter) = (turn.clone(), counter.clone());
        let log = move |line: &str| {
            let Some(line) = turn.print(line) else { return };
            let clean = counter.hidden().and_then(|hidden| hidden.text(line));
            // As a string it is escaped: a line cannot pass for another, nor steer a terminal.
            tracing::info!(who, turn = %turn.id, stream, line = clean.as_deref().unwrap_or(line), "loket.guest.print");
        };
        Printed(Arc::new(Mutex::new(Lines { begun: Vec::new(), log: Box::new(log) })))
    }
}

/// Bytes to lines.
struct Lines {
    begun: Vec<u8>,
    log: Box<dyn Fn(&str) + Send>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
            for part in text.chunks(LINE) {
                if self.begun.len() + part.len() > LINE {
                    self.end();
                }
                self.begun.extend_from_slice(part);
            }
            if ends {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        let line = std::mem::take(&mut self.begun);
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            (self.log)(line.trim_end());
        }
    }
}

/// What was not ended by a line's end is a line too.
impl Drop for Lines {
    fn drop(&mut self) {
        self.end();
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    // Of WASI 0.3, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PIECE)
    }
}

#[async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[track_caller]
    fn check(pieces: &[&[u8]], expect: &[&str]) {
        let (sender, lines) = mpsc::channel();
        let log = move |line: &str| sender.send(line.to_owned()).expect("somebody listens");
        let mut taken = Lines { begun: Vec::new(), log: Box::new(log) };
        pieces.iter().for_each(|piece| taken.take(piece));
        drop(taken);
        assert_eq!(lines.iter().collect::<Vec<_>>(), expect);
    }

    #[test]
    fn lines_are_told_whole_however_they_come() {
        check(&[b"one\ntwo\n"], &["one", "two"]);
        check(&[b"o", b"ne\ntw", b"o"], &["one", "two"]);
        check(&[b"\n\n  \r\n", b""], &[]);
        check(&[b"caf\xc3", b"\xa9 \xff\n"], &["café \u{fffd}"]);
    }

    #[test]
    fn an_endless_line_is_told_in_parts() {
        let long = vec![b'a'; 3 * LINE];
        let part = "a".repeat(LINE);
        check(&[&long], &[&part, &part, &part]);
    }
}
