//! The command line: what is typed becomes a request to the desk, and the answer becomes text or JSON.
//!
//! Files in reading order: `args` what may be typed, `home` which home is meant, `session` the way to its desk, then the
//! commands: `chat` talking, `schedules` what agents are told by themselves, `brain` an agent's memories, `lists` agents, packages and health, `inspect` and `tree` one
//! package or agent, `call` one function, `publish` a new version, `oci` versions that lie elsewhere, `approve` packages that wait, `approvals` calls that do, `registry` old ones, `keys` who signs, `guardian` the seal, `grants` who may do what, `models` what they think with, `mcp` servers of tools, and being one at a pipe, `secret` values that nobody sees, `token` other programs, `web` the way into the control room, `ledger` what was done, `backup` a home in one file, `serve` being the service, `outside` being it for other machines, `service` having the system run it, `supervisor` what it tells
//! the program that started it, `pages` completions and manuals, `scan` a file that scanners look at,
//! `new` a project, `build` its component, `dev` both again on each save. Below
//! them: `screen` where text goes, `plain` making it harmless, `hidden` what is typed and not shown, `failure` errors and exit codes, `log` what the host notes.

mod approvals;
mod approve;
mod args;
mod backup;
mod brain;
mod build;
mod call;
mod chat;
mod dev;
mod failure;
mod grants;
mod guardian;
mod hidden;
mod home;
mod inspect;
mod keys;
mod ledger;
mod lists;
mod log;
mod mcp;
mod models;
mod new;
mod oci;
mod outside;
mod pages;
mod plain;
mod publish;
mod registry;
mod replay;
mod scan;
mod schedules;
mod screen;
mod secret;
mod serve;
mod service;
mod session;
mod supervisor;
#[cfg(test)]
mod tests;
mod token;
mod tree;
mod web;

use crate::desk::{Desk, Problem, RestoreReport};
use crate::http::Rates;
use crate::oci::{Fetched, OciPlace, PushReport, PushRequest};
use crate::scan::{ScanReport, ScanRequest};
use crate::workshop::{BuildReport, NewReport, NewRequest};
use args::{Cli, Command};
use clap::Parser;
use failure::{FAILED, Failure, Outcome};
use futures::future::BoxFuture;
use screen::Screen;
use session::{Input, Session};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What the binary needs to know to open a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartOptions {
    /// The home's folder, absolute. It exists, and its `state/` belongs to its owner alone.
    pub home: PathBuf,
    /// Whether packages and agents that come, change or go are taken up while it is open.
    pub watch: bool,
    /// The public key that must have sealed the home, where one is given.
    pub guardian_key: Option<String>,
}

/// How a home is opened: at most once, and not at all when its service runs and can be asked.
pub type Start = Box<dyn FnOnce(StartOptions) -> BoxFuture<'static, Result<Arc<dyn Desk>, Problem>> + Send>;

/// What the settings of a home say about its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How often whoever comes may ask.
    pub rates: Rates,
    /// The names under which other machines ask for it.
    pub hosts: Vec<String>,
    /// By what it encrypts where other machines can reach it.
    pub tls: Option<Encryption>,
    /// How long turns that run may take to end when it is told to stop.
    pub stop: Duration,
}

/// By what a service encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// A certificate that it makes itself, and keeps in the home.
    Own,
    /// The files of a certificate and of its key.
    Files(PathBuf, PathBuf),
}

/// Reads the settings of a home, or gives the usual ones. The home need not exist; a problem when this program must leave it alone.
/// Nothing is written.
pub type Settled = fn(&Path) -> Result<Settings, Problem>;

/// A home is made of a backup: the file, the home's place.
pub type Restore = fn(&Path, &Path) -> Result<RestoreReport, Problem>;

/// As which version of which package a component is published: what is given, and what it says itself where nothing is.
pub type Named = fn(&[u8], Option<&str>, Option<&str>) -> Result<String, Problem>;

/// A component is signed as a version of a package: the secret key's text, its passphrase, the package, the component. Answers with the
/// signature's text.
pub type Sign = fn(&str, Option<&str>, &str, &[u8]) -> Result<String, Problem>;

/// What is done with keys and components on the machine of whoever publishes; gateways know neither.
#[derive(Clone, Copy)]
pub struct Signing {
    /// How a component is named.
    pub named: Named,
    /// A key is made, encrypted where there is a passphrase.
    pub make: fn(Option<&str>) -> Result<Made, Problem>,
    /// Whether the secret key in a file's text needs a passphrase.
    pub is_encrypted: fn(&str) -> bool,
    /// How it is signed.
    pub sign: Sign,
    /// How a home is sealed.
    pub sealing: Sealing,
}

/// What is done with the owner's key.
#[derive(Clone, Copy)]
pub struct Sealing {
    /// A key is made under a passphrase; answers with its file's text.
    pub make: fn(&str) -> Result<String, Problem>,
    /// The public key of a file's text.
    pub public: fn(&str) -> Result<String, Problem>,
    /// A text is signed: the file's text, the passphrase, the text, and the trusted comment. Answers with the signature's text.
    pub sign: fn(&str, &str, &str, &str) -> Result<String, Problem>,
    /// Whether a seal is one of this key: the key, the seal's text, its signature.
    pub check: fn(&str, &str, &str) -> Result<(), Problem>,
}

/// A key that was made.
pub struct Made {
    /// The text of the secret key's file.
    pub secret: Zeroizing<String>,
    /// The text of the public key's file.
    pub file: String,
    /// The public key.
    pub public: String,
    /// Its id.
    pub id: String,
}

/// The pages of a desk that listens there.
pub type Pages = fn(Arc<dyn Desk>, SocketAddr) -> axum::Router;

/// The scanners look at a file.
pub type Scan = fn(ScanRequest) -> BoxFuture<'static, Result<ScanReport, Problem>>;

/// What is done with packages that lie elsewhere, on the machine of whoever asks; gateways speak to no registry.
#[derive(Clone, Copy)]
pub struct Oci {
    /// A package of a home goes into a registry.
    pub push: fn(PushRequest) -> BoxFuture<'static, Result<PushReport, Problem>>,
    /// One comes from there, into nothing but memory.
    pub pull: fn(OciPlace) -> BoxFuture<'static, Result<Fetched, Problem>>,
}

/// What is done with the sources of components, on the machine of whoever writes them; gateways know no compiler.
#[derive(Clone, Copy)]
pub struct Workshop {
    /// A project is written.
    pub new: fn(&NewRequest) -> Result<NewReport, Problem>,
    /// The project in a folder is built; what is done now is told on the way. It blocks.
    pub build: fn(&Path, Telling<'_>) -> Result<BuildReport, Problem>,
    /// From now on it is told when something was saved in a project, as long as what is answered is held.
    pub watch: fn(&Path, Saved) -> Result<Watching, Problem>,
}

/// Whoever is told what is done now.
pub type Telling<'t> = &'t mut dyn FnMut(&str);
/// Whoever is told that something was saved.
pub type Saved = Box<dyn Fn() + Send>;
/// What is watched, as long as it is held.
pub type Watching = Box<dyn Send + Sync>;

/// What the command line needs of the program that it is a part of.
pub struct Program {
    /// A home's settings.
    pub settled: Settled,
    /// How a home is opened.
    pub start: Start,
    /// How a home is made of a backup.
    pub restore: Restore,
    /// How packages are signed.
    pub signing: Signing,
    /// How scanners look at a file.
    pub scan: Scan,
    /// How packages come from elsewhere and go there.
    pub oci: Oci,
    /// How components come about.
    pub workshop: Workshop,
    /// The control room.
    pub pages: Pages,
}

/// What every command says beside its answer.
const SAFE_MODE: &str =
    "warning: this home is in safe mode: what runs goes on, and nothing new is let in\nhint: loket guardian status";

/// How long what still runs may hold the end up.
const END: Duration = Duration::from_secs(2);

/// The program: read the command line, do what it says, and answer with the exit code.
#[must_use]
pub fn main(program: Program) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // There is nothing parsed that could say it.
        Err(error) if error.use_stderr() && std::env::args().any(|argument| argument == "--json") => {
            return end(error.into(), true);
        }
        // Help and the version are answers and come this way as well.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(failure::USAGE));
        }
    };
    let json = cli.global.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Problem::failed(format!("the runtime cannot be started: {error}")).into(), json),
    };
    let outcome = runtime.block_on(run(cli, program));
    // A thread that still waits for a line of standard input must not hold the end up.
    runtime.shutdown_timeout(END);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if log::tells(&failure) => ExitCode::from(failure.code()),
        Err(failure) => end(failure, json),
    }
}

fn end(failure: Failure, json: bool) -> ExitCode {
    match failure.tell(json, &mut anstream::stderr()) {
        Ok(()) => ExitCode::from(failure.code()),
        // Where even this cannot be written, the code still tells.
        Err(_) => ExitCode::from(failure.code().max(FAILED)),
    }
}

async fn run(cli: Cli, program: Program) -> Outcome {
    let Cli { global, command } = cli;
    let Program { settled, start, restore, signing, scan, oci, workshop, pages } = program;
    match &command {
        Command::Serve(args) => log::begin_service(args.log_format),
        _ => log::begin(),
    }
    let start: Start = Box::new(move |options| {
        Box::pin(async move {
            let desk = start(options).await?;
            log::redact_by(&desk);
            Ok(desk)
        })
    });
    match &command {
        Command::Completions(args) => return pages::completions(args),
        Command::Man(args) => return pages::man(args),
        Command::New(args) => return new::run(args, workshop, &mut Screen::stdout(global.json)),
        Command::Keys(args) => {
            if let Some(args) = args.made() {
                return keys::make(args, signing, &mut Screen::stdout(global.json), &mut Input::stdin()).await;
            }
        }
        _ => {}
    }
    let screen = Screen::stdout(global.json);
    let command = match command {
        Command::Build(args) => return build::run(args, workshop, screen).await,
        Command::Dev(args) => return dev::run(global.home, args, workshop, start, screen).await,
        command => command,
    };
    let home = home::find(global.home.as_deref())?;
    let command = match command {
        Command::Serve(args) => return serve::run(&home, args, settled, (start, pages), screen).await,
        Command::Service(args) => return service::run(&home, args, settled, screen).await,
        Command::Restore(args) => return backup::restore(&home, args, restore, screen).await,
        Command::Scan(args) => return scan::run(&home, args, scan, screen).await,
        Command::Push(args) => return oci::push(&home, args, oci, screen).await,
        Command::Pull(args) => return oci::pull(&home, args, (oci, start, signing), screen).await,
        command => command,
    };
    let mut session = Session::open(&home, start, signing, screen, Input::stdin()).await?;
    let is_of_the_guardian = matches!(&command, Command::Guardian(_));
    let at_prompt = matches!(&command, Command::Chat(args) if args.is_prompt(&session));
    let outcome = if at_prompt {
        act(&mut session, command).await
    } else {
        // Ctrl-C drops what runs, which cancels it, and still closes the home in order.
        tokio::select! {
            outcome = act(&mut session, command) => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    };
    if session.client.met_safe_mode() && !is_of_the_guardian && !global.json {
        // Where it cannot be told, what was asked for is told still.
        let _ = writeln!(anstream::stderr(), "{SAFE_MODE}");
    }
    session.close().await;
    outcome
}

/// One command.
async fn act(session: &mut Session, command: Command) -> Outcome {
    match command {
        Command::Chat(args) => chat::run(session, args).await,
        Command::Agents(_) => lists::agents(session).await,
        Command::Schedules(args) => schedules::run(session, args).await,
        Command::Brain(args) => brain::run(session, args).await,
        Command::Packages(_) => lists::packages(session).await,
        Command::Inspect(args) => inspect::run(session, args).await,
        Command::Publish(args) => publish::run(session, args).await,
        Command::Approvals(args) => approvals::run(session, args).await,
        Command::Approve(args) => approve::approve(session, args).await,
        Command::Reject(args) => approve::reject(session, args).await,
        Command::Yank(args) => registry::yank(session, args).await,
        Command::Unyank(args) => registry::unyank(session, args).await,
        Command::Registry(args) => registry::run(session, args).await,
        Command::Keys(args) => keys::run(session, args).await,
        Command::Guardian(args) => guardian::run(session, args).await,
        Command::Call(args) => call::run(session, args).await,
        Command::Grant(args) => grants::grant(session, args).await,
        Command::Revoke(args) => grants::revoke(session, args).await,
        Command::Grants(args) => grants::grants(session, args).await,
        Command::Models(args) => models::run(session, args).await,
        Command::Secret(args) => secret::run(session, args).await,
        Command::Token(args) => token::run(session, args).await,
        Command::Web(args) => web::run(session, args).await,
        Command::Mcp(args) => mcp::run(session, args).await,
        Command::Ledger(args) => ledger::run(session, args).await,
        Command::Replay(args) => replay::run(session, args).await,
        Command::Backup(args) => backup::backup(session, args).await,
        Command::Doctor(_) => lists::doctor(session).await,
        // They need no home, or open it themselves, before there is a session.
        Command::Serve(_)
        | Command::Service(_)
        | Command::Restore(_)
        | Command::Scan(_)
        | Command::Push(_)
        | Command::Pull(_)
        | Command::New(_)
        | Command::Build(_)
        | Command::Dev(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(()),
    }
}
