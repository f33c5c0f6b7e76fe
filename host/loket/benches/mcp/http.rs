//! A call over HTTP: beside a bare server that says hello, and beside the Python library's server with the same tool.

use crate::client::{CALL, Client};
use crate::measure::{Table, Target, median, process_time, thread_time, time, versus};
use crate::python;
use crate::served::Served;
use crate::{Outcome, ROUNDS, calls};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;

/// Nanoseconds of the server's for each call, where the server is in this process.
fn here(client: &mut Client) -> Outcome<f64> {
    let (process, thread) = (process_time(), thread_time());
    let asked = client.many(calls())?;
    let (process, thread) = (process_time() - process, thread_time() - thread);
    Ok(process.saturating_sub(thread).as_nanos() as f64 / asked)
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (served, token) = runtime.block_on(async {
        let served = Served::new().await;
        let token = served.token("bench", &[], &["loket:calc"]).await.token;
        (served, token)
    });
    let hello = runtime.block_on(hello())?;
    let (mut ours, mut bare) = (Client::new(served.address, &token, CALL)?, Client::new(hello, "", CALL)?);
    ours.check()?;
    let found = versus(ROUNDS, || here(&mut ours), || here(&mut bare))?;
    let times = format!("{} against {}", time(found.ours), time(found.theirs));
    table.row("a call over HTTP, beside a bare server that says hello", times, found.ratio, Target::Most(2.5, "×"));
    let (process, address) = python::listening()?;
    let mut client = Client::new(address, "", CALL)?;
    client.check()?;
    let (mut theirs, mut ratios) = (Vec::new(), Vec::new());
    // It takes much longer, so less of it is enough.
    let fewer = calls().div_ceil(4);
    client.many(fewer)?;
    for _ in 0..ROUNDS {
        let before = process.time()?;
        let asked = client.many(fewer)?;
        let each = (process.time()? - before).as_nanos() as f64 / asked;
        ratios.push(each / here(&mut ours)?);
        theirs.push(each);
    }
    let rates = format!("{:.0} a second on a core, against {:.0}", 1e9 / found.ours, 1e9 / median(&theirs));
    table.row("calls over HTTP, beside a Python server", rates, median(&ratios), Target::Least(8.0, "×"));
    runtime.block_on(served.house.host.close());
    Ok(())
}

/// A server that reads a request and says hello.
async fn hello() -> Outcome<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(async |request: Request<Incoming>| {
                let _ = http_body_util::BodyExt::collect(request.into_body()).await;
                let hello = http_body_util::Full::new(Bytes::from_static(b"hello"));
                Ok::<_, Infallible>(Response::new(hello))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(address)
}
