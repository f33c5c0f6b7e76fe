//! `loket dev`: a project that is built and run again on each save, in a home that is only for that.
//!
//! Files in reading order: this one the loop, [`scratch`] the home, [`grants`] what is granted in it, [`hints`] what to type to try it.

mod grants;
mod hints;
mod scratch;

use super::build;
use super::failure::{Failure, Outcome};
use super::screen::{BOLD, DIM, Screen, state};
use super::serve;
use super::{Start, StartOptions, Workshop};
use crate::client::{Client, discover};
use crate::desk::{DecisionRequest, Problem, PublishRequest};
use crate::http::{OwnerToken, Rates};
use crate::workshop::BuildReport;
use anstyle::Style;
use scratch::Scratch;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long nothing more must be saved before a build begins: an editor writes several files, and each several times.
const QUIET: Duration = Duration::from_millis(150);

/// Build a project, run it in a scratch home, and do so again on each save, until ctrl-c
///
/// The home is `.loket/` in the project, made for this and for nothing else. There alone, and said each time: what the component asks
/// for is granted to it, without hosts and folders; the assistant may use it; what waits for approval is approved. With `--home` another
/// home takes it up, and there nothing is granted and nothing approved.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Commands that are typed in the project's folder meanwhile go to its home:
`loket call`, `loket chat`, `loket inspect`, `loket ledger`.

Examples:
  loket dev
  loket dev ./greeter
  loket dev --registry ../shared/registry      packages that it uses, too
  loket dev --home ~/try                       in another home")]
pub(crate) struct DevArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Packages in this folder are there, too: set when the scratch home is made
    #[arg(long, value_name = "DIR")]
    registry: Vec<PathBuf>,
}

/// Serve the home, and build what is saved.
pub(crate) async fn run(
    named: Option<PathBuf>,
    args: DevArgs,
    workshop: Workshop,
    start: Start,
    mut screen: Screen,
) -> Outcome {
    let folder = std::path::absolute(&args.folder).ok().filter(|folder| folder.join("wit").is_dir());
    let folder = folder.ok_or_else(|| {
        Problem::not_found(format!("`{}` is no project: it has no folder `wit/`", args.folder.display()))
            .hint("name the project's folder, or make a project: loket new tool NAME")
    })?;
    let scratch = Scratch::open(named, &folder, &args.registry)?;
    let shutdown = CancellationToken::new();
    let hurry = serve::signals(&shutdown)?;
    if let Some((_, health)) = discover::find(&scratch.home).await? {
        let problem = Problem::unavailable(format!("a service of `{}` runs already", health.home));
        return Err(problem.hint("stop it, or name another home with `--home`").into());
    }
    let token = OwnerToken::open(&discover::make_state(&scratch.home)?)?;
    let saved = Arc::new(Notify::new());
    let bell = saved.clone();
    // Before the first build: what is saved meanwhile is not missed.
    let watching = (workshop.watch)(&folder, Box::new(move || bell.notify_one()))?;
    let listener = serve::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let ways = serve::Ways { listener, outside: None, rates: Rates::default() };
    let options = StartOptions { home: scratch.home.clone(), watch: true, guardian_key: None };
    begin(&mut screen, &scratch)?;
    let desk = start(options).await?;
    let home = scratch.home.clone();
    let client = Client::in_process(desk.clone());
    let mut dev = Dev { folder, workshop, scratch, client, screen, published: None };
    let working = async {
        let worked = dev.work(&saved, &shutdown).await;
        // Where nothing more can be told, there is nobody to serve.
        shutdown.cancel();
        worked
    };
    let serving = serve::serve(&home, desk.clone(), None, ways, token, shutdown.clone(), |_| Ok(()));
    let outcome = tokio::select! {
        (served, worked) = async { tokio::join!(serving, working) } => served.and(worked),
        () = hurry.cancelled() => Err(Problem::failed("stopped by a second signal, before everything had ended").into()),
    };
    drop(watching);
    desk.close().await;
    outcome
}

/// Says where, before what is in the home is opened: the first time all of it is compiled.
fn begin(screen: &mut Screen, scratch: &Scratch) -> io::Result<()> {
    let home = scratch.home.display().to_string();
    if screen.is_json() {
        return screen.json_line(&serde_json::json!({ "home": home, "scratch": scratch.own }));
    }
    screen.parts(&[(BOLD, "dev"), (Style::new(), &format!("  home {home}, ctrl-c stops it"))])
}

/// A project that is worked on.
struct Dev {
    folder: PathBuf,
    workshop: Workshop,
    scratch: Scratch,
    client: Client,
    screen: Screen,
    /// The component that was published last, and as what.
    published: Option<(Vec<u8>, String)>,
}

impl Dev {
    /// Builds now, and each time that something was saved, until it is told to stop.
    async fn work(&mut self, saved: &Notify, shutdown: &CancellationToken) -> Outcome {
        loop {
            tokio::select! {
                done = self.build() => done?,
                () = shutdown.cancelled() => return Ok(()),
            }
            tokio::select! {
                () = saved.notified() => {}
                () = shutdown.cancelled() => return Ok(()),
            }
            while tokio::time::timeout(QUIET, saved.notified()).await.is_ok() {}
        }
    }

    /// One build, and what follows from it. What goes wrong is told, and ends nothing but this.
    async fn build(&mut self) -> Outcome {
        let told = match build::build(self.workshop, self.folder.clone()).await {
            Ok((built, took)) => {
                if !self.screen.is_json() {
                    build::show(&mut self.screen, &built, took)?;
                }
                self.take_up(built).await
            }
            Err(problem) => Err(problem.into()),
        };
        match told {
            Err(failure @ Failure::Problem(_)) => Ok(failure.tell(self.screen.is_json(), &mut anstream::stderr())?),
            told => told,
        }
    }

    /// Publishes it as a version of its own, so that it takes the place of the one before; then grants, and shows how it is.
    async fn take_up(&mut self, built: BuildReport) -> Outcome {
        if self.published.as_ref().is_some_and(|(component, _)| *component == built.component) {
            return Ok(self.screen.styled(DIM, "      it is as it was before")?);
        }
        let reference = format!("{}@{}", built.package, dev_version(&built.version));
        let request =
            PublishRequest { package: reference.clone(), signature: None, from: Some("loket dev".to_owned()) };
        self.client.publish(&request, built.component.clone()).await?;
        if self.scratch.own {
            self.approve(&built.package).await?;
            for granted in grants::grant(&self.client, &self.scratch, &self.folder, (&built, &reference)).await? {
                if !self.screen.is_json() {
                    self.screen.styled(DIM, &format!("      granted here: {granted}"))?;
                }
            }
        }
        if let Some((_, before)) = self.published.replace((built.component.clone(), reference.clone())) {
            self.scratch.remove(&before);
        }
        let found = self.client.inspect(&reference).await?;
        if self.screen.is_json() {
            return Ok(self.screen.json_line(&serde_json::json!({ "built": built, "inspection": found }))?);
        }
        self.screen.parts(&[
            (Style::new(), "runs   "),
            (BOLD, &reference),
            (Style::new(), "  "),
            state_of(&found.state),
        ])?;
        if found.state != "ready" {
            self.screen.wrapped(6, &found.state)?;
        }
        for note in &found.notes {
            self.screen.faint(6, note)?;
        }
        for line in hints::hints(&built, &found, self.scratch.own) {
            self.screen.text(&format!("  {line}"))?;
        }
        Ok(())
    }

    /// Lets in what waits, as its author would.
    async fn approve(&mut self, package: &str) -> Outcome {
        let packages = self.client.packages().await?;
        for waiting in packages.iter().filter(|found| found.name == package && found.waits.is_some()) {
            let reference = format!("{}@{}", waiting.name, waiting.version);
            self.client.approve(&DecisionRequest { package: reference.clone(), digest: waiting.waits.clone() }).await?;
            if !self.screen.is_json() {
                self.screen.styled(DIM, &format!("      approved here: {reference}"))?;
            }
        }
        Ok(())
    }
}

fn state_of(found: &str) -> (Style, &str) {
    let word = if found == "ready" { found } else { "not ready" };
    (state(word), word)
}

/// A version that is later than all before it and than the one before that: a moment behind the project's own.
fn dev_version(version: &str) -> String {
    let version = version.split('+').next().unwrap_or_default();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let joint = if version.contains('-') { '.' } else { '-' };
    format!("{version}{joint}dev.{now}")
}
