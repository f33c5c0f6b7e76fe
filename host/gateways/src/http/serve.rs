//! Connections: taking them in, a bounded number of them, and the way down.

use super::gate::Peer;
use super::pace::place;
use super::shares::{Share, Shares};
use super::stalled::Stalled;
use super::tls::{LOOKS, Tls};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt;

/// How many connections are open at once; more wait in the operating system's queue.
const CONNECTIONS: usize = 1_280;
/// How many of them one stranger may have where other machines come.
const OF_ONE: usize = 32;
/// How long a write may wait without anything of it leaving.
const WRITE_TIME: Duration = Duration::from_secs(30);
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
    serve_over(listener, None, router, shutdown, drained).await
}

/// The same, encrypted where there is something to encrypt by: then nothing else is understood.
///
/// # Errors
/// As [`serve`].
pub async fn serve_over(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    shutdown: CancellationToken,
    drained: impl Future<Output = ()>,
) -> io::Result<()> {
    let cut = CancellationToken::new();
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let places = Shares::default();
    let mut connections = JoinSet::new();
    let _renewing = tls.clone().map(|tls| AbortOnDropHandle::new(tokio::spawn(renew(tls))));
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
        let most = if tls.is_some() { OF_ONE } else { CONNECTIONS };
        let Some(guest) = enter(&places, address.ip(), most) else {
            tracing::debug!(address = %address.ip(), "loket.gate.too-many");
            continue;
        };
        // Small events should leave at once.
        let _ = stream.set_nodelay(true);
        let stream = Stalled::new(stream, WRITE_TIME);
        let (shutting, cutting) = (shutdown.clone(), cut.clone());
        let peer = Peer { address: address.ip(), shutdown: shutting, cut: cutting, is_this_process: false };
        let router = router.clone();
        let (tls, shutdown, watcher) = (tls.clone(), shutdown.clone(), graceful.watcher());
        connections.spawn(async move {
            let _held = (slot, guest);
            let Some(tls) = tls else { return connection(stream, router, peer, watcher).await };
            tokio::select! {
                // Who has not agreed yet has asked for nothing.
                () = shutdown.cancelled() => {}
                shaken = tls.shake(stream) => match shaken {
                    Ok(stream) => connection(stream, router, peer, watcher).await,
                    Err(error) => tracing::debug!(%error, "loket.gate.handshake"),
                },
            }
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

/// Takes up another certificate where there is one, now and then.
async fn renew(tls: Tls) {
    loop {
        tokio::time::sleep(LOOKS).await;
        let tls = tls.clone();
        let _ = tokio::task::spawn_blocking(move || tls.look_again()).await;
    }
}

/// One more connection from an address, as long as what is answered is held; nothing where it has so many already. What is on this machine
/// may have as many as there are.
fn enter(places: &Shares<IpAddr>, address: IpAddr, most: usize) -> Option<Share<IpAddr>> {
    let at = place(address);
    places.take(at, if at.is_loopback() { CONNECTIONS } else { most })
}

/// One connection, until it ends or is to end.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    peer: Peer,
    watcher: Watcher,
) {
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
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "loket.gate.connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stranger_has_a_part_of_the_connections_and_this_machine_all() {
        let places = Shares::default();
        let enter = |address: &str| enter(&places, address.parse().expect("an address"), 2);
        let (one, two) = (enter("2001:db8::1"), enter("2001:db8::2"));
        assert!(one.is_some() && two.is_some() && enter("2001:db8::3").is_none(), "a network is one");
        assert!(enter("192.0.2.7").is_some(), "another is not held up");
        drop(one);
        assert!(enter("2001:db8::3").is_some());
        let here: Vec<_> = (0..9).map(|_| enter("127.0.0.1")).collect();
        assert!(here.iter().all(Option::is_some));
    }
}
