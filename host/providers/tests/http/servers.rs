//! Servers on this machine, kind and unkind ones.

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// What a server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A server; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

/// What is answered: status, headers, body.
pub(crate) type Said = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// A connection is counted as long as this lives.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Server {
    /// Answers each request as it is told to.
    pub(crate) async fn new(answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Server {
        Server::serve(None, answer).await
    }

    /// Says the same to everyone.
    pub(crate) async fn saying(text: &'static str) -> Server {
        Server::new(move |_| (200, vec![], text.as_bytes().to_vec())).await
    }

    /// Sends everyone elsewhere.
    pub(crate) async fn redirecting(status: u16, to: String) -> Server {
        Server::new(move |_| (status, vec![("location", to.clone())], vec![])).await
    }

    /// The same, encrypted.
    pub(crate) async fn encrypted(tls: TlsAcceptor, answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Server {
        Server::serve(Some(tls), answer).await
    }

    async fn serve(tls: Option<TlsAcceptor>, answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Server {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), asked.clone());
        let mut server = Server::raw(move |stream| {
            let (answer, log, tls) = (answer.clone(), log.clone(), tls.clone());
            Box::pin(async move {
                match tls {
                    None => talk(stream, answer, log).await,
                    Some(tls) => {
                        // Whoever does not believe the certificate hangs up.
                        if let Ok(stream) = tls.accept(stream).await {
                            talk(stream, answer, log).await;
                        }
                    }
                }
            })
        })
        .await;
        server.asked = asked;
        server
    }

    /// Does with each connection as it is told to.
    pub(crate) async fn raw(talk: impl Fn(TcpStream) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (connections, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, living) = (connections.clone(), open.clone());
        let task = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                living.fetch_add(1, Ordering::SeqCst);
                let (counted, talk) = (Counted(living.clone()), talk(stream));
                talks.spawn(async move {
                    talk.await;
                    drop(counted);
                });
            }
        });
        Server { address, asked: Arc::default(), connections, open, _task: AbortOnDropHandle::new(task) }
    }

    /// Answers each connection's first request with these bytes, and then keeps still.
    pub(crate) async fn blurting(bytes: impl Into<Vec<u8>>) -> Server {
        let bytes = Arc::new(bytes.into());
        Server::raw(move |mut stream| {
            let bytes = bytes.clone();
            Box::pin(async move {
                use tokio::io::AsyncWriteExt as _;
                head(&mut stream).await;
                let _ = stream.write_all(&bytes).await;
                // Until the other side hangs up.
                let _ = stream.read(&mut [0; 1]).await;
            })
        })
        .await
    }

    /// An address on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test broke off").clone()
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many connections stand.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Waits until no connection stands any more.
    pub(crate) async fn hung_up(&self) {
        for _ in 0..500 {
            if self.open() == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{} connections still stand", self.open());
    }
}

/// Reads a request's head, and forgets it.
pub(crate) async fn head(stream: &mut TcpStream) {
    let mut all = Vec::new();
    let mut byte = [0; 1];
    while !all.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
        all.push(byte[0]);
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    answer: Arc<dyn Fn(&Asked) -> Said + Send + Sync>,
    log: Arc<Mutex<Vec<Asked>>>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, log) = (answer.clone(), log.clone());
        async move {
            let asked = asked(request).await;
            log.lock().expect("no test broke off").push(asked.clone());
            let (status, headers, body) = answer(&asked);
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok::<_, Infallible>(response.body(Full::new(Bytes::from(body))).expect("the test's answer is one"))
        }
    });
    // Whoever asks may hang up.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn asked(request: Request<Incoming>) -> Asked {
    use http_body_util::BodyExt as _;
    let (head, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Asked {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default(),
    }
}
