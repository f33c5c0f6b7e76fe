//! The body of an answer: read in pieces, within its limits, without secrets.

use super::connect::Line;
use super::decode::{Coding, Decoder};
use super::error::{HttpError, seconds};
use super::gate::Gate;
use super::limits::Limits;
use super::target::Target;
use crate::secrets::redact::Stream as Cleaner;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::Incoming;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _};
use tokio_util::io::StreamReader;

/// How much is read from a connection at once.
const STEP: usize = 64 << 10;
/// How long a piece that is not full waits for more: a connection is slower than whoever reads it.
const LINGER: Duration = Duration::from_millis(2);

type Raw = StreamReader<Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>, Bytes>;

/// An answer whose body is being read. Dropping it closes the connection, unless the body came to its end.
pub struct Body {
    /// Who answered.
    pub target: Target,
    /// What was asked.
    pub method: Method,
    flow: Option<Flow>,
    /// What was read and is not given yet.
    ready: Vec<u8>,
    cleaner: Cleaner,
    /// Decoded bytes so far.
    read: u64,
    limits: Limits,
    /// When all must be read.
    until: Instant,
}

/// What the bytes come from.
struct Flow {
    decoder: Decoder<Raw>,
    /// Whether there is a body at all is only known when it begins: a compressed nothing is nothing, too.
    begun: bool,
    line: Line,
    gate: Arc<Gate>,
}

/// What a body is made from.
pub(super) struct Start {
    pub(super) target: Target,
    pub(super) method: Method,
    pub(super) incoming: Incoming,
    pub(super) coding: Option<Coding>,
    pub(super) line: Line,
    pub(super) gate: Arc<Gate>,
    pub(super) cleaner: Cleaner,
    pub(super) limits: Limits,
    pub(super) until: Instant,
}

impl Body {
    pub(super) fn new(start: Start) -> Result<Body, HttpError> {
        let Start { target, method, incoming, coding, line, gate, cleaner, limits, until } = start;
        let most = limits.body;
        let mut size = 0;
        let bytes = incoming.into_data_stream().map(move |piece| {
            let piece = piece.map_err(io::Error::other)?;
            size += piece.len() as u64;
            match size > most {
                true => Err(io::Error::other(TooLarge)),
                false => Ok(piece),
            }
        });
        let raw = StreamReader::new(Box::pin(bytes) as Pin<Box<dyn Stream<Item = _> + Send>>);
        let flow = Some(Flow { decoder: Decoder::new(raw, coding)?, begun: false, line, gate });
        Ok(Body { target, method, flow, ready: Vec::new(), cleaner, read: 0, limits, until })
    }

    /// Whether all of it was given.
    pub fn is_over(&self) -> bool {
        self.flow.is_none() && self.ready.is_empty()
    }

    /// The next piece: at least a byte, at most so many; nothing at the end. Waits for the first byte, and hardly for more.
    ///
    /// # Errors
    /// When it is too large or takes too long, or the connection broke. The body is over then.
    pub async fn read(&mut self, most: usize) -> Result<Vec<u8>, HttpError> {
        let result = self.fill(most).await;
        if result.is_err() {
            self.flow = None;
            self.ready.clear();
        }
        result?;
        let rest = self.ready.split_off(most.min(self.ready.len()));
        Ok(std::mem::replace(&mut self.ready, rest))
    }

    async fn fill(&mut self, most: usize) -> Result<(), HttpError> {
        while self.flow.is_some() && self.ready.len() < most {
            let step = STEP.min(most - self.ready.len()).max(1);
            if self.ready.is_empty() {
                self.step(step).await?;
            } else if let Ok(step) = tokio::time::timeout(LINGER, self.step(step)).await {
                step?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Reads something, or notices the end. Given up halfway, nothing is lost.
    async fn step(&mut self, most: usize) -> Result<(), HttpError> {
        let Some(flow) = &mut self.flow else { return Ok(()) };
        let left = self.until.saturating_duration_since(Instant::now());
        let wait = left.min(self.limits.idle);
        let late = || {
            let said = match wait < self.limits.idle {
                true => "its body was not over in time".to_owned(),
                false => format!("nothing came for {}", seconds(self.limits.idle)),
            };
            HttpError::exhausted("time", format!("`{}` answered too slowly: {said}", self.target))
        };
        let mut piece = Vec::with_capacity(most);
        let read = tokio::time::timeout(wait, flow.next(&mut piece)).await.map_err(|_| late())?;
        read.map_err(|e| broken(&self.target, &self.limits, &e))?;
        self.read += piece.len() as u64;
        if self.read > self.limits.body {
            return Err(too_large(&self.target, &self.limits));
        }
        if !piece.is_empty() {
            self.ready.extend(self.cleaner.push(piece));
            return Ok(());
        }
        self.ready.extend(self.cleaner.finish());
        if let Some(flow) = self.flow.take() {
            flow.end().await;
        }
        Ok(())
    }
}

impl Flow {
    /// Reads into a buffer that is empty as long as it has room; it stays empty at the end.
    async fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        if !self.begun {
            if self.decoder.raw().fill_buf().await?.is_empty() {
                return Ok(());
            }
            self.begun = true;
        }
        self.decoder.read_buf(piece).await.map(|_| ())
    }

    /// Gives the connection back, if it came to the end of this answer and not only the decoder did.
    async fn end(mut self) {
        let rest = tokio::time::timeout(LINGER, self.decoder.raw().fill_buf()).await;
        if matches!(rest, Ok(Ok(rest)) if rest.is_empty()) {
            self.gate.give_back(self.line);
        }
    }
}

/// More came than may.
#[derive(Debug, thiserror::Error)]
#[error("it is too large")]
struct TooLarge;

fn too_large(target: &Target, limits: &Limits) -> HttpError {
    HttpError::exhausted("body-size", format!("`{target}` answered with more than {} bytes", limits.body))
}

fn broken(target: &Target, limits: &Limits, error: &io::Error) -> HttpError {
    if error.get_ref().is_some_and(|inner| inner.is::<TooLarge>()) {
        return too_large(target, limits);
    }
    HttpError::Broken(format!("the answer of `{target}` broke off: {}", because(error)))
}

/// An error with what caused it.
pub(super) fn because(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    for _ in 0..8 {
        let Some(inner) = cause else { break };
        let said = inner.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        cause = inner.source();
    }
    words
}
