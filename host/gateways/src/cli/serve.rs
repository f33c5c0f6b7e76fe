//! `loket serve`: be the service of a home until a signal says stop.

use super::failure::{Failure, Outcome};
use super::log::LogForm;
use super::outside::{self, Outside, TlsArgs};
use super::screen::{BOLD, DIM, Screen};
use super::supervisor;
use super::{Pages, Settled, Start, StartOptions, web};
use crate::client::discover::{self, Announcement};
use crate::desk::{Desk, Problem};
use crate::http::routes::{self, Shared};
use crate::http::{self, Gate, OwnerToken, Rates};
use crate::shell::quoted;
use anstyle::Style;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The port where nothing else is said.
const USUAL: u16 = 1987;

/// Run this home as a service, for other commands and programs, until ctrl-c
///
/// While it runs, the other commands go through it. Programs reach it under /api/v1 with the token in the home's
/// `state/token`, which only you can read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What it notes goes to stderr; LOKET_LOG=debug makes it say more. Values of
secrets are in none of its forms.

Examples:
  loket serve
  loket serve --listen 127.0.0.1:0        any free port
  loket serve --listen 192.168.1.5:8443 --tls-own
                                          for other machines, encrypted
  loket serve --log-format json           for programs that collect notes
  loket serve --home /srv/loket
  loket service install                   let the system run it")]
pub(crate) struct ServeArgs {
    /// Where to listen: an address and a port; one that other machines can reach only encrypted. Else as `listen` in the home's
    /// `loket.toml` says, else 127.0.0.1:1987
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    #[command(flatten)]
    pub(super) tls: TlsArgs,

    /// Serve only what this key sealed: the public key that `loket guardian status` shows, kept where the home's folder is not
    #[arg(long, value_name = "KEY", env = "LOKET_GUARDIAN_KEY", hide_env_values = true)]
    guardian_key: Option<String>,

    /// How notes look: else `journal` where systemd connected stderr to its journal, and `text` elsewhere
    #[arg(long, value_name = "FORM", env = "LOKET_LOG_FORMAT", hide_env_values = true)]
    pub(super) log_format: Option<LogForm>,
}

/// Serve until a signal.
pub(crate) async fn run(
    home: &Path,
    args: ServeArgs,
    settled: Settled,
    (start, pages): (Start, Pages),
    mut screen: Screen,
) -> Outcome {
    // Asked also when it is not needed: a home that must be left alone is not even read by those who come after.
    let settled = settled(home);
    let origin = if args.listen.is_some() { "`--listen`" } else { "`listen` in loket.toml" };
    let asked = args.listen.map_or_else(|| settled.clone().map(|settled| settled.listen), Ok)?;
    let encrypts = args.tls.is_given() || settled.as_ref().is_ok_and(|settled| settled.tls.is_some());
    let is_outside = outside::is_outside(asked, origin, encrypts);
    let is_outside = is_outside.map_err(|problem| match args.listen {
        Some(_) => Failure::Usage(problem),
        None => problem.into(),
    })?;
    let settings = settled?;
    let shutdown = CancellationToken::new();
    // Before anything is opened: a signal that comes early ends it as orderly as a late one.
    let hurry = signals(&shutdown)?;
    if let Some((_, health)) = discover::find(home).await? {
        let listen = Announcement::read(home).map(|file| format!(" at {}", file.listen)).unwrap_or_default();
        let problem = Problem::unavailable(format!("a service of `{}` runs already{listen}", health.home));
        return Err(problem.hint("use it, stop it, or serve another home with `--home`").into());
    }
    let state = discover::make_state(home)?;
    let outside = Outside::open(asked, origin, &args, (settings.hosts, settings.tls), &state).await?;
    // What is on this machine needs no encryption, and finds it where it announces itself.
    let listener = if is_outside { inside(asked).await? } else { bind(asked).await? };
    let way = Ways { listener, outside, rates: settings.rates };
    let desk = start(StartOptions { home: home.to_owned(), watch: true, guardian_key: args.guardian_key }).await?;
    if shutdown.is_cancelled() {
        desk.close().await;
        return Err(Problem::failed("stopped before the home was open").into());
    }
    // Only whoever has the home open makes one.
    let token = match OwnerToken::open(&state) {
        Ok(token) => token,
        Err(problem) => {
            desk.close().await;
            return Err(problem.into());
        }
    };
    let seal = seal(&*desk).await;
    let outcome = tokio::select! {
        outcome = serve(home, desk.clone(), Some(pages), way, token, shutdown, |at| told(&mut screen, home, at, (&desk, &seal))) => outcome,
        () = hurry.cancelled() => Err(Problem::failed("stopped by a second signal, before everything had ended").into()),
    };
    desk.close().await;
    outcome
}

/// Where a service is reached.
pub(super) struct Ways {
    /// From this machine.
    pub(super) listener: TcpListener,
    /// From others.
    pub(super) outside: Option<Outside>,
    /// How often whoever comes may ask.
    pub(super) rates: Rates,
}

/// Where it listens.
pub(super) struct At<'w> {
    /// To this machine.
    listen: SocketAddr,
    /// To others.
    outside: Option<(SocketAddr, &'w Outside)>,
}

/// Serve a desk on bound listeners until `shutdown`; `ready` is called once when it can be reached and found.
pub(super) async fn serve(
    home: &Path,
    desk: Arc<dyn Desk>,
    pages: Option<Pages>,
    ways: Ways,
    token: OwnerToken,
    shutdown: CancellationToken,
    ready: impl FnOnce(&At<'_>) -> io::Result<()>,
) -> Outcome {
    let Ways { listener, outside, rates } = ways;
    let gate = |listener: &TcpListener| {
        let listen = listener.local_addr()?;
        desk.listens(listen);
        Ok::<_, io::Error>((listen, Gate::new(listen, token.clone()).with_rates(rates)))
    };
    let (listen, own) = gate(&listener)?;
    let outer = outside.as_ref().map(|outside| Ok::<_, io::Error>((gate(&outside.listener)?, &outside.names)));
    // What was begun by one way goes on by the other, and who asks too often does so by both.
    let shared = Shared::new(desk.clone(), &own);
    let router = |listen: SocketAddr, gate: Gate| {
        routes::router_over(shared.clone(), gate, pages.map(|pages| pages(desk.clone(), listen)))
    };
    let outer = outer.transpose()?.map(|((at, gate), names)| (at, router(at, gate.encrypted(names))));
    let inner = router(listen, own);
    let announcement = Announcement::write(home, listen)?;
    let at = At { listen, outside: outer.as_ref().map(|(at, _)| *at).zip(outside.as_ref()) };
    if let Err(error) = ready(&at) {
        // Nobody reads what is printed; that is no reason not to serve.
        tracing::warn!(%error, "loket.serve.print");
    }
    supervisor::ready(&listen.to_string(), shutdown.clone());
    // A listener that is broken for good ends the other one, too.
    let ended = shutdown.clone();
    let over = |served: io::Result<()>| {
        ended.cancel();
        served
    };
    let others = async {
        let Some((Outside { listener, tls, .. }, (_, router))) = outside.zip(outer) else { return Ok(()) };
        over(http::serve_over(listener, Some(tls), router, shutdown.clone(), desk.drain()).await)
    };
    let own = async { over(http::serve(listener, inner, shutdown.clone(), desk.drain()).await) };
    let (own, others) = tokio::join!(own, others);
    // Turns that no connection waits for are let end, too.
    desk.drain().await;
    announcement.remove();
    own.and(others).map_err(|error| Problem::failed(format!("the service ended: {error}")).into())
}

/// The listener for this machine where another one is for others: at the usual port, by which programs and browsers know it, where nobody
/// has it yet.
async fn inside(outside: SocketAddr) -> Result<TcpListener, Problem> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL));
    // Some systems let two have one port of which one listens everywhere.
    let is_taken = outside.port() == USUAL && outside.ip().to_canonical().is_unspecified();
    if !is_taken && let Ok(listener) = TcpListener::bind(usual).await {
        return Ok(listener);
    }
    bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

pub(super) async fn bind(listen: SocketAddr) -> Result<TcpListener, Problem> {
    TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Problem::unavailable(format!("another program listens at {listen} already"))
            .hint("choose another port with `--listen 127.0.0.1:PORT`; port 0 takes any free one"),
        _ => Problem::failed(format!("cannot listen at {listen}: {error}"))
            .hint("choose another address of this machine with `--listen`, or with `listen` in the home's loket.toml"),
    })
}

/// Where it listens, and what to type next.
fn told(screen: &mut Screen, home: &Path, at: &At<'_>, (desk, seal): (&Arc<dyn Desk>, &str)) -> io::Result<()> {
    let listen = at.listen;
    let token = OwnerToken::path(&discover::state(home));
    if screen.is_json() {
        let mut line = serde_json::json!({ "listen": listen, "home": home, "token": token, "pid": std::process::id() });
        if let Some((listen, outside)) = at.outside {
            line["outside"] = serde_json::json!({ "listen": listen, "sha256": &*outside.tls.fingerprint() });
        }
        return screen.json_line(&line);
    }
    let program = std::env::current_exe().map_or_else(|_| "loket".to_owned(), |path| pasted(&path));
    let version = format!("loket {}", env!("CARGO_PKG_VERSION"));
    screen.parts(&[(BOLD, &version), (Style::new(), " serves")])?;
    let outside = at.outside.map(|(listen, outside)| {
        [
            ("outside", format!("https://{}/api/v1", outside.place(listen))),
            ("sha256", outside.tls.fingerprint().to_string()),
        ]
    });
    for (name, value) in [
        ("home", home.display().to_string()),
        ("listens", format!("http://{listen}/api/v1")),
        ("open", web::first_link(desk, listen, screen.is_terminal())),
        ("token", token.display().to_string()),
        ("seal", seal.to_owned()),
        ("next", format!("{program} chat --home {}", pasted(home))),
    ]
    .into_iter()
    .chain(outside.into_iter().flatten())
    {
        screen.parts(&[(DIM, &format!("  {name:<9}")), (Style::new(), &value)])?;
    }
    screen.styled(DIM, "  ctrl-c stops it")
}

/// Whether the home is as its owner sealed it, in a line.
async fn seal(desk: &dyn Desk) -> String {
    match desk.guardian().await {
        Ok(status) if status.state == "sealed" => "all is as you sealed it".to_owned(),
        Ok(status) if status.state == "safe-mode" => {
            "SAFE MODE, nothing new is let in: loket guardian status".to_owned()
        }
        _ => "none; `loket guardian seal` makes one".to_owned(),
    }
}

/// A path as it can be pasted into a shell.
fn pasted(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// The first signal to stop cancels `shutdown`, the second one what is returned.
pub(super) fn signals(shutdown: &CancellationToken) -> Result<CancellationToken, Problem> {
    let mut stop = Stop::new().map_err(|error| Problem::failed(format!("signals cannot be awaited: {error}")))?;
    let shutdown = shutdown.clone();
    let hurry = CancellationToken::new();
    let hurried = hurry.clone();
    // Lives as long as the process: it only waits.
    tokio::spawn(async move {
        stop.next().await;
        tracing::info!("loket.serve.stop");
        shutdown.cancel();
        stop.next().await;
        hurried.cancel();
    });
    Ok(hurry)
}

#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Stop {
    interrupt: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()?, close: tokio::signal::windows::ctrl_close()? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}
