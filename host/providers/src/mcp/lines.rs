//! What a child writes, bounded: a line that never ends, and a stream that never rests, end the connection instead of filling the memory.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// The longest line, in bytes: one message.
pub(super) const LONGEST_LINE: usize = 24 << 20;
/// How much may come between two requests, in bytes.
const MOST_UNASKED: u64 = 64 << 20;

/// What was read since it was asked last, and why nothing more is.
#[derive(Debug, Default)]
pub(super) struct Watch {
    unasked: AtomicU64,
    broken: OnceLock<String>,
}

impl Watch {
    /// A request is about to be sent.
    pub(super) fn asked(&self) {
        self.unasked.store(0, Ordering::Relaxed);
    }

    /// Why the stream was broken off, if it was.
    pub(super) fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }
}

/// A child's output.
pub(super) struct Lines<R> {
    inner: R,
    most: usize,
    line: usize,
    watch: Arc<Watch>,
}

impl<R> Lines<R> {
    /// Lines of at most so many bytes.
    pub(super) fn new(inner: R, most: usize, watch: Arc<Watch>) -> Lines<R> {
        Lines { inner, most: most.min(LONGEST_LINE), line: 0, watch }
    }

    fn broken(&self, why: String) -> io::Error {
        let _ = self.watch.broken.set(why.clone());
        io::Error::other(why)
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Lines<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let mut longest = 0;
        let read = &buf.filled()[before..];
        for (number, piece) in read.split(|byte| *byte == b'\n').enumerate() {
            self.line = if number == 0 { self.line + piece.len() } else { piece.len() };
            longest = longest.max(self.line);
        }
        if longest > self.most {
            let why = format!("it wrote a line of more than {} KiB", self.most >> 10);
            // With an error goes nothing that was read.
            buf.set_filled(before);
            return Poll::Ready(Err(self.broken(why)));
        }
        let read = read.len() as u64;
        if self.watch.unasked.fetch_add(read, Ordering::Relaxed) + read > MOST_UNASKED {
            let why = format!("it wrote more than {} MiB without being asked again", MOST_UNASKED >> 20);
            buf.set_filled(before);
            return Poll::Ready(Err(self.broken(why)));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    async fn read(text: &str, most: usize) -> Result<String, String> {
        let watch = Arc::new(Watch::default());
        let mut out = String::new();
        let mut lines = Lines::new(text.as_bytes(), most, watch.clone());
        match lines.read_to_string(&mut out).await {
            Ok(_) => Ok(out),
            Err(_) => Err(watch.broken().expect("it says why").to_owned()),
        }
    }

    #[tokio::test]
    async fn a_line_may_be_so_long_and_there_may_be_many() {
        let text = "x".repeat(2_048) + "\n";
        let many = text.repeat(50);
        assert_eq!(read(&many, 2_048).await.as_deref(), Ok(many.as_str()));
        assert!(read(&many, 2_047).await.expect_err("too long").contains("a line of more than 1 KiB"));
    }

    #[tokio::test]
    async fn a_line_that_never_ends_is_broken_off() {
        let watch = Arc::new(Watch::default());
        let mut lines = Lines::new(tokio::io::repeat(b'x'), 1 << 20, watch.clone());
        let copied = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
        assert!(copied.is_err() && watch.broken().is_some());
    }

    #[tokio::test]
    async fn a_stream_that_never_rests_is_broken_off() {
        let watch = Arc::new(Watch::default());
        let mut lines = Lines::new(tokio::io::repeat(b'\n'), 1 << 20, watch.clone());
        let copied = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
        assert!(copied.is_err() && watch.broken().expect("it says why").contains("without being asked"));
    }
}
