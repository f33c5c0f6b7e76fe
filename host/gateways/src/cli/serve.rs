//! `loket serve`: be the service of a home until a signal says stop.

use super::failure::{Failure, Outcome};
use super::log::LogForm;
use super::screen::{BOLD, DIM, Screen};
use super::supervisor;
use super::{Pages, Settled, Start, StartOptions, web};
use crate::client::discover::{self, Announcement};
use crate::desk::{Desk, Problem};
use crate::http::{self, Gate, OwnerToken};
use anstyle::Style;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

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
  loket serve --log-format json           for programs that collect notes
  loket serve --home /srv/loket
  loket service install                   let the system run it")]
pub(crate) struct ServeArgs {
    /// Where to listen: an address of this machine alone, and a port. Else as `listen` in the home's `loket.toml` says, else
    /// 127.0.0.1:1987
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

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
    let listen = match args.listen {
        Some(listen) => loopback(listen, "`--listen`").map_err(Failure::Usage)?,
        None => loopback(settled.clone()?.listen, "`listen` in loket.toml")?,
    };
    settled?;
    let shutdown = CancellationToken::new();
    // Before anything is opened: a signal that comes early ends it as orderly as a late one.
    let hurry = signals(&shutdown)?;
    if let Some((_, health)) = discover::find(home).await? {
        let listen = Announcement::read(home).map(|file| format!(" at {}", file.listen)).unwrap_or_default();
        let problem = Problem::unavailable(format!("a service of `{}` runs already{listen}", health.home));
        return Err(problem.hint("use it, stop it, or serve another home with `--home`").into());
    }
    let state = discover::make_state(home)?;
    let token = OwnerToken::open(&state)?;
    let listener = bind(listen).await?;
    let desk = start(StartOptions { home: home.to_owned(), watch: true, guardian_key: args.guardian_key }).await?;
    if shutdown.is_cancelled() {
        desk.close().await;
        return Err(Problem::failed("stopped before the home was open").into());
    }
    let seal = seal(&*desk).await;
    let outcome = tokio::select! {
        outcome = serve(home, desk.clone(), Some(pages), listener, token, shutdown, |listen| told(&mut screen, home, listen, (&desk, &seal))) => outcome,
        () = hurry.cancelled() => Err(Problem::failed("stopped by a second signal, before everything had ended").into()),
    };
    desk.close().await;
    outcome
}

/// Only this machine: the token would cross a network in the clear. `origin` is where the address was written.
pub(super) fn loopback(listen: SocketAddr, origin: &str) -> Result<SocketAddr, Problem> {
    if listen.ip().to_canonical().is_loopback() {
        return Ok(listen);
    }
    let message = format!(
        "{origin} is `{listen}`, which can be reached from other machines, and Loket listens to this one only\n\
         whoever holds the owner's token may do everything, and without encryption a network would see it"
    );
    let hint = "listen at 127.0.0.1, and let others in through a tunnel or a proxy that encrypts, such as ssh -L";
    Err(Problem::invalid(message).hint(hint))
}

/// Serve a desk on a bound listener until `shutdown`; `ready` is called once when it can be reached and found.
pub(super) async fn serve(
    home: &Path,
    desk: Arc<dyn Desk>,
    pages: Option<Pages>,
    listener: TcpListener,
    token: OwnerToken,
    shutdown: CancellationToken,
    ready: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> Outcome {
    let listen = listener.local_addr()?;
    desk.listens(listen);
    let pages = pages.map(|pages| pages(desk.clone(), listen));
    let router = http::router_with(desk.clone(), Gate::new(listen, token), pages);
    let announcement = Announcement::write(home, listen)?;
    if let Err(error) = ready(listen) {
        // Nobody reads what is printed; that is no reason not to serve.
        tracing::warn!(%error, "loket.serve.print");
    }
    supervisor::ready(&listen.to_string(), shutdown.clone());
    let served = http::serve(listener, router, shutdown, desk.drain()).await;
    // Turns that no connection waits for are let end, too.
    desk.drain().await;
    announcement.remove();
    served.map_err(|error| Problem::failed(format!("the service ended: {error}")).into())
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
fn told(screen: &mut Screen, home: &Path, listen: SocketAddr, (desk, seal): (&Arc<dyn Desk>, &str)) -> io::Result<()> {
    let token = OwnerToken::path(&discover::state(home));
    if screen.is_json() {
        return screen.json_line(&serde_json::json!({
            "listen": listen, "home": home, "token": token, "pid": std::process::id(),
        }));
    }
    let program = std::env::current_exe().map_or_else(|_| "loket".to_owned(), |path| quoted(&path));
    let version = format!("loket {}", env!("CARGO_PKG_VERSION"));
    screen.parts(&[(BOLD, &version), (Style::new(), " serves")])?;
    for (name, value) in [
        ("home", home.display().to_string()),
        ("listens", format!("http://{listen}/api/v1")),
        ("open", web::first_link(desk, listen, screen.is_terminal())),
        ("token", token.display().to_string()),
        ("seal", seal.to_owned()),
        ("next", format!("{program} chat --home {}", quoted(home))),
    ] {
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
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let simple = |c: char| c.is_alphanumeric() || "/\\:._-+@".contains(c);
    if path.chars().all(simple) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
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
