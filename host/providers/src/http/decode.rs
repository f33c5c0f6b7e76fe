//! Compressed bodies. They are decoded as far as they are read and no further, so a small answer cannot become a large one unseen.

use super::error::HttpError;
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder};
use hyper::header::{self, HeaderMap};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Brotli's window may have 16 MiB, whatever the answer's size: so only so many answers are decoded at once.
static BROTLI: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(16)));

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    /// How the body behind these headers is compressed; nothing when it is not, or in a way that was not asked for.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Coding>, HttpError> {
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let (Some(value), more) = (values.next(), values.next()) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        if more.is_some() || text.contains(',') {
            return Err(HttpError::Broken(
                "the answer is compressed several times over, which nobody asked for".to_owned(),
            ));
        }
        Ok(match text.as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            "br" => Some(Coding::Brotli),
            _ => None,
        })
    }
}

/// Decodes what it reads.
pub(super) enum Decoder<R> {
    Plain(R),
    Gzip(GzipDecoder<R>),
    Deflate(ZlibDecoder<R>),
    Brotli(BrotliDecoder<R>, #[expect(dead_code, reason = "given back when it is dropped")] OwnedSemaphorePermit),
}

impl<R: AsyncBufRead> Decoder<R> {
    pub(super) fn new(raw: R, coding: Option<Coding>) -> Result<Decoder<R>, HttpError> {
        Ok(match coding {
            None => Decoder::Plain(raw),
            Some(Coding::Gzip) => Decoder::Gzip(GzipDecoder::new(raw)),
            Some(Coding::Deflate) => Decoder::Deflate(ZlibDecoder::new(raw)),
            Some(Coding::Brotli) => {
                let place = BROTLI.clone().try_acquire_owned().map_err(|_| {
                    HttpError::exhausted("brotli", "many answers are being decompressed; read or close others first")
                })?;
                Decoder::Brotli(BrotliDecoder::new(raw), place)
            }
        })
    }

    /// What the bytes come from.
    pub(super) fn raw(&mut self) -> &mut R {
        match self {
            Decoder::Plain(raw) => raw,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Deflate(decoder) => decoder.get_mut(),
            Decoder::Brotli(decoder, _) => decoder.get_mut(),
        }
    }
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Decoder<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Decoder::Plain(raw) => Pin::new(raw).poll_read(cx, buffer),
            Decoder::Gzip(decoder) => Pin::new(decoder).poll_read(cx, buffer),
            Decoder::Deflate(decoder) => Pin::new(decoder).poll_read(cx, buffer),
            Decoder::Brotli(decoder, _) => Pin::new(decoder).poll_read(cx, buffer),
        }
    }
}
