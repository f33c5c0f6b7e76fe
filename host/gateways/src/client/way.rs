//! How a request gets to the routes: over a socket, or by a call.

use crate::desk::Problem;
use crate::http::Peer;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::time::Duration;
use tower::ServiceExt;

/// How long a connection may take to stand. The service is on this machine.
const CONNECT: Duration = Duration::from_secs(2);

/// One of two ways.
#[derive(Debug)]
pub(super) enum Way {
    /// A service that runs.
    Remote(Http<HttpConnector, Full<Bytes>>),
    /// The routes, in this process.
    InProcess(Router),
}

impl Way {
    pub(super) fn remote() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        // No pool: connecting costs nothing here, and an idle connection may be cut off just when it is used again.
        Self::Remote(Http::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
    }

    pub(super) fn in_process(router: Router) -> Self {
        Self::InProcess(router)
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, Problem> {
        match self {
            Self::Remote(http) => {
                let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
                http.request(request).await.map(|response| response.map(Body::new)).map_err(|error| {
                    let mut why = error.to_string();
                    let mut source = error.source();
                    while let Some(cause) = source {
                        why = format!("{why}: {cause}");
                        source = cause.source();
                    }
                    Problem::unavailable(format!("the service at {authority} does not answer: {why}"))
                        .hint("`loket serve` starts it")
                })
            }
            Self::InProcess(router) => {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(Peer::in_process());
                match router.clone().oneshot(request).await {
                    Ok(response) => Ok(response),
                    Err(never) => match never {},
                }
            }
        }
    }
}
