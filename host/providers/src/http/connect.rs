//! Connections to addresses that were checked, and to no others.

use super::error::{HttpError, seconds};
use super::gate::Checked;
use super::limits::{LONGEST_HEAD, MOST_HEADERS};
use super::own::Own;
use super::pool::{Key, Pool};
use super::target::Scheme;
use super::tls::{Tls, Trust};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

/// How long one address is tried alone before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// Makes connections, and keeps those that may serve again.
pub struct Connector {
    tls: Tls,
    pool: Pool,
    /// Until a connection stands.
    most: Duration,
}

/// A connection that one request at a time can use. Dropping it closes it.
pub struct Line {
    sender: http1::SendRequest<Full<Bytes>>,
    key: Key,
    /// Whether it has served before.
    used: bool,
    _driver: AbortOnDropHandle<()>,
}

impl Line {
    /// Sends a request, and waits for the head of the answer.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, hyper::Error> {
        self.used = true;
        self.sender.send_request(request).await
    }

    /// Whether it has served before: then the other side may just have given it up.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    async fn is_ready(&mut self) -> bool {
        // The end of the last answer may not have been noticed yet; it is a matter of moments.
        tokio::time::timeout(Duration::from_millis(50), self.sender.ready()).await.is_ok_and(|ready| ready.is_ok())
    }
}

impl Connector {
    /// Connections to whoever is trusted, made within this time.
    pub fn new(trust: Trust, most: Duration) -> Connector {
        Connector { tls: Tls::new(trust), pool: Pool::default(), most }
    }

    pub(super) async fn connect(
        &self,
        checked: &Checked,
        asker: &Arc<str>,
        own: &Own,
        fresh: bool,
    ) -> Result<Line, HttpError> {
        while let Some(mut line) = (!fresh).then(|| self.pool.take(checked, asker)).flatten() {
            if line.is_ready().await {
                return Ok(line);
            }
        }
        let late = || {
            let target = checked.target();
            HttpError::Unreachable(format!("no connection to `{target}` came about within {}", seconds(self.most)))
        };
        tokio::time::timeout(self.most, self.open(checked, asker, own)).await.unwrap_or_else(|_| Err(late()))
    }

    pub(super) fn give_back(&self, line: Line) {
        self.pool.put(line);
    }

    async fn open(&self, checked: &Checked, asker: &Arc<str>, own: &Own) -> Result<Line, HttpError> {
        let target = checked.target();
        let failed = |e: &dyn std::fmt::Display| HttpError::Unreachable(format!("`{target}` cannot be reached: {e}"));
        let stream = first(checked.addresses()).await.map_err(|e| failed(&e))?;
        let (here, there) = stream.local_addr().and_then(|h| Ok((h, stream.peer_addr()?))).map_err(|e| failed(&e))?;
        if !checked.addresses().contains(&there) || own.is_loop(here, there) {
            return Err(failed(&format!("it was answered from {there}, which was not checked")));
        }
        let _ = stream.set_nodelay(true);
        let key = Key { target: target.clone(), address: there, asker: asker.clone() };
        match target.scheme {
            Scheme::Http => line(stream, key).await,
            Scheme::Https => line(self.tls.wrap(target, stream).await?, key).await,
        }
        .map_err(|e| match e {
            LineError::Tls(error) => error,
            LineError::Http(error) => failed(&error),
        })
    }
}

/// Why there is no line on a connection that stands.
enum LineError {
    Tls(HttpError),
    Http(hyper::Error),
}

impl From<HttpError> for LineError {
    fn from(error: HttpError) -> Self {
        LineError::Tls(error)
    }
}

async fn line<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S, key: Key) -> Result<Line, LineError> {
    let handshake = http1::Builder::new()
        .max_headers(MOST_HEADERS)
        .max_buf_size(LONGEST_HEAD)
        .handshake(TokioIo::new(stream))
        .await;
    let (sender, connection) = handshake.map_err(LineError::Http)?;
    let driver = tokio::spawn(async move {
        // What goes wrong is told to whoever waits for the answer.
        let _ = connection.await;
    });
    Ok(Line { sender, key, used: false, _driver: AbortOnDropHandle::new(driver) })
}

/// The first of these addresses that answers. They are tried one after the other, without waiting long for each.
async fn first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut tries = FuturesUnordered::new();
    let mut rest = addresses.iter();
    let mut last = io::Error::other("it has no address");
    loop {
        match rest.next() {
            Some(address) => tries.push(TcpStream::connect(*address)),
            None if tries.is_empty() => return Err(last),
            None => {}
        }
        let more = rest.len() > 0;
        tokio::select! {
            Some(tried) = tries.next() => match tried {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            },
            () = tokio::time::sleep(HEAD_START), if more => {}
        }
    }
}
