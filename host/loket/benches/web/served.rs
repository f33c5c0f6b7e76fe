//! A home that is served over TCP, and whoever is in.

use crate::Outcome;
use crate::crowd;
use crate::house::House;
use loket_gateways::desk::Desk;
use loket_gateways::http::{self, Gate, OwnerToken};
use loket_kernel::counter::now;
use loket_ledger::{Kind, Line, Payload, TurnId};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A home that is served.
pub(crate) struct Served {
    pub(crate) runtime: Runtime,
    pub(crate) house: House,
    pub(crate) address: SocketAddr,
    /// The header that says whose session it is.
    pub(crate) cookie: String,
    /// The owner's token.
    pub(crate) token: String,
    shutdown: CancellationToken,
}

impl Served {
    /// A home with so many agents and lines.
    pub(crate) fn new(agents: usize, lines: usize) -> Outcome<Served> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let home = crowd::laid_out(agents, "");
        let house = runtime.block_on(House::open(home));
        write(&house, agents, lines)?;
        let state = house.folder.path().join("state");
        let (address, cookie, shutdown) = runtime.block_on(serve(&house))?;
        let token = std::fs::read_to_string(state.join("token"))?.trim().to_owned();
        Ok(Served { runtime, house, address, cookie, token, shutdown })
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.shutdown.cancel();
        self.runtime.block_on(self.house.host.close());
    }
}

/// Writes so many lines into the ledger, as the turns of these agents.
pub(crate) fn write(house: &House, agents: usize, lines: usize) -> Outcome<()> {
    let ledger = &house.host.counter.ledger;
    let (mut last, mut turn) = (None, TurnId::new(now()));
    for number in 0..lines {
        if number % 10 == 0 {
            turn = TurnId::new(now());
        }
        let agent = crowd::name(number / 10 % agents.max(1));
        last = Some(ledger.append(Line {
            turn,
            call: 1 + (number % 10 / 2) as u32,
            parent: 0,
            kind: if number % 2 == 0 { Kind::Intent } else { Kind::Outcome },
            time: now(),
            chain: format!("owner > agent:{agent}").into(),
            capability: "loket:brain/memory".into(),
            function: "recall".into(),
            labels: 0,
            payload: Payload::Text(format!("line {number} of a long history, with words as such lines have them")),
        }));
    }
    match last {
        Some(last) => Ok(ledger.settle_blocking(last)?),
        None => Ok(()),
    }
}

async fn serve(house: &House) -> Outcome<(SocketAddr, String, CancellationToken)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let token = OwnerToken::open(&house.folder.path().join("state"))?;
    let desk: Arc<dyn Desk> = house.host.clone();
    let entrance = desk.clone().entrance().ok_or("nobody can come in")?;
    let key = entrance.invite().map_err(|problem| problem.message)?.key;
    let passphrase = "a long passphrase of a benchmark".to_owned().into();
    let entered = entrance.settle(&key.into_inner(), loket_gateways::desk::SecretValue::new(passphrase), "bench").await;
    let secret = entered.map_err(|problem| problem.message)?.secret.into_inner();
    let cookie = format!("loket-{}={}", address.port(), secret.as_str());
    let pages = loket_web::pages(desk.clone(), address);
    let router = http::router_with(desk, Gate::new(address, token), Some(pages));
    let shutdown = CancellationToken::new();
    tokio::spawn(http::serve(listener, router, shutdown.clone(), std::future::pending()));
    Ok((address, cookie, shutdown))
}
