//! Connections: taking them in, a bounded number of them, and the way down.

use super::gate::Peer;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How many connections are open at once; more wait in the operating system's queue.
const CONNECTIONS: usize = 256;
/// How long a request's head may take, and how long a connection may lie idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The biggest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// How long the last answers may take to leave, once nothing runs any more.
pub const LAST: Duration = Duration::from_secs(2);

/// Answer connections until `shutdown`; then take none in, end what only follows, and let the rest finish until `drained`
/// says that no turn runs any more, or that those that did were stopped. What is left [`LAST`] after that is cut off.
///
/// # Errors
/// When the listener is broken for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drained: impl Future<Output = ()>,
) -> io::Result<()> {
    let cut = CancellationToken::new();
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let taken = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = shutdown.cancelled() => break,
            taken = taken => taken,
        };
        while connections.try_join_next().is_some() {}
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, a connection that went away: later ones may be fine.
                tracing::warn!(%error, "loket.gate.accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small events should leave at once.
        let _ = stream.set_nodelay(true);
        let peer = Peer { address: address.ip(), shutdown: shutdown.clone(), cut: cut.clone() };
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer.clone());
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "loket.gate.connection");
            }
            drop(slot);
        });
    }
    drop(listener);
    let mut ended = std::pin::pin!(graceful.shutdown());
    let all = tokio::select! {
        () = &mut ended => true,
        () = drained => {
            cut.cancel();
            tokio::time::timeout(LAST, &mut ended).await.is_ok()
        }
    };
    if !all {
        tracing::warn!(left = connections.len(), "loket.gate.cut-off");
    }
    // What is left is cut off here, by dropping its tasks.
    connections.shutdown().await;
    Ok(())
}
