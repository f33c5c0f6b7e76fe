//! One request: what the component wrote becomes a request of the client's, and the client's answer what the component reads.

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use loket_kernel::Call;
use loket_providers::http::body::Body;
use loket_providers::http::client::{Ask, Behalf, Client, Head};
use loket_providers::http::error::HttpError;
use loket_providers::http::headers::Header;
use loket_providers::http::limits::LONGEST_REQUEST;
use loket_providers::http::refusal;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// How much of an answer is read at once.
const PIECE: usize = 64 << 10;

/// What the host writes itself. A component may say it too; it changes nothing.
const OURS: [&str; 5] = ["content-length", "host", "te", "trailer", "expect"];

/// Where an instance's requests go.
#[derive(Default)]
pub(super) struct Hooks(Option<Way>);

#[derive(Clone)]
struct Way {
    client: Arc<Client>,
    /// The call by which the instance was linked: on whose behalf, and on what terms.
    call: Arc<Call>,
    open: Arc<Semaphore>,
}

impl Hooks {
    pub(super) fn new(client: Arc<Client>, call: Call) -> Hooks {
        let open = Arc::new(Semaphore::new(client.limits().open));
        Hooks(Some(Way { client, call: Arc::new(call), open }))
    }
}

type Done = Result<(), Error>;
type Answered = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Done> + Send>), Error>;

impl WasiHttpHooks for Hooks {
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _sent: Box<dyn Future<Output = Done> + Send>,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        let way = self.0.clone();
        Box::new(async move {
            let way = way.ok_or(Error::HttpRequestDenied)?;
            // Whoever has too much open waits for nothing: it could be waiting for itself.
            let open = way.open.clone().try_acquire_owned().map_err(|_| Error::ConnectionLimitReached)?;
            let response = way.send(request, options.unwrap_or_default(), open).await?;
            Ok((response, Box::new(std::future::ready(Ok(()))) as Box<dyn Future<Output = Done> + Send>))
        })
    }
}

impl Way {
    async fn send(
        self,
        request: http::Request<WasiBody>,
        options: RequestOptions,
        open: OwnedSemaphorePermit,
    ) -> Result<http::Response<WasiBody>, Error> {
        let (head, body) = request.into_parts();
        let wait = options.first_byte_timeout.map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1));
        let ask = Ask {
            method: head.method.to_string(),
            url: head.uri.to_string(),
            headers: headers(&head.headers)?,
            body: collect(body).await?.into(),
            timeout: wait,
            retry: None,
        };
        let behalf = Behalf {
            grants: &self.call.terms,
            asker: self.call.chain.text().clone(),
            deadline: self.call.turn.deadline(),
        };
        let (head, body) = self.client.send(ask, behalf).await.map_err(|error| told(&self.call, error))?;
        response(head, pieces(body, self.call.clone(), options.between_bytes_timeout, open))
    }
}

/// The headers as the client has them.
fn headers(all: &http::HeaderMap) -> Result<Vec<Header>, Error> {
    let written = all.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| match value.to_str() {
        Ok(value) => Ok(Header { name: name.to_string(), value: value.to_owned() }),
        Err(_) => Err(internal(format!("the header `{name}` has characters that are not sent; write it in ASCII"))),
    };
    written.map(header).collect()
}

/// A request's body, once the component has written all of it.
async fn collect(mut body: WasiBody) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are not sent.
        if let Ok(piece) = frame?.into_data() {
            if all.len() + piece.len() > LONGEST_REQUEST {
                return Err(Error::HttpRequestBodySize(Some(LONGEST_REQUEST as u64)));
            }
            all.extend_from_slice(&piece);
        }
    }
    Ok(all)
}

fn response(head: Head, body: WasiBody) -> Result<http::Response<WasiBody>, Error> {
    let mut response = http::Response::builder().status(head.status);
    for Header { name, value } in &head.headers {
        response = response.header(name, value);
    }
    response.body(body).map_err(|error| internal(format!("the answer's head makes no sense: {error}")))
}

/// An answer's body, read as the component reads it.
fn pieces(body: Body, call: Arc<Call>, idle: Option<Duration>, open: OwnedSemaphorePermit) -> WasiBody {
    let read = stream::unfold(Some((body, open)), move |reading| {
        let call = call.clone();
        async move {
            let (mut body, open) = reading?;
            let piece = match idle {
                None => body.read(PIECE).await,
                Some(idle) => match tokio::time::timeout(idle, body.read(PIECE)).await {
                    Ok(piece) => piece,
                    Err(_) => return Some((Err(Error::ConnectionReadTimeout), None)),
                },
            };
            match piece {
                Ok(piece) if piece.is_empty() => None,
                Ok(piece) => Some((Ok(Frame::data(Bytes::from(piece))), Some((body, open)))),
                Err(error) => Some((Err(told(&call, error)), None)),
            }
        }
    });
    StreamBody::new(read).boxed_unsync()
}

fn internal(why: String) -> Error {
    Error::InternalError(Some(why))
}

/// What the component is told, with what its owner could do about it.
fn told(call: &Call, error: HttpError) -> Error {
    let error = refusal::told(call, error);
    internal(match error.remedy() {
        Some(remedy) => format!("{}: {error}: {remedy}", error.code()),
        None => format!("{}: {error}", error.code()),
    })
}
