//! Servers that speak the Model Context Protocol: what they offer are tools behind the counter, `mcp:NAME/tools`, and nothing about them is
//! special there: they are granted, asked about, limited, written down and taken back like any other.
//!
//! A server is a stranger. It is started confined and with an environment of its own, or asked over HTTP through the same gate as any
//! request; what it writes is bounded; what it says of its tools counts only as the owner accepted it, word for word; what they answer is
//! marked as a stranger's words.
//!
//! Files in reading order: [`offer`] a tool as a server describes it, [`pins`] what was accepted and what differs, `schema` its arguments as
//! values, `content` what it answers, `letters` what is not seen, `lines` what a child writes, [`child`] one that is started, `remote` one
//! that is asked over HTTP, `listening` whether one is heard that asks back, [`login`] how one logs in there and `logins` the owner's acts for it, `doing` the calls that it answers, `asked` what it
//! may ask of the host meanwhile, [`form`] what it asks of the owner, `thinking` a model's words for it, `session` one connection, `server` connecting again and again, [`tools`]
//! the provider, [`typed`] the same tools with types, [`kebab`] their names there, `structured` their results, `wit` all that in words for
//! whoever builds a component; here, all of them together.

mod asked;
pub mod child;
mod content;
mod doing;
pub mod form;
pub mod kebab;
mod letters;
mod lines;
mod listening;
pub mod login;
mod logins;
pub mod offer;
pub mod pins;
mod remote;
mod schema;
mod server;
mod session;
mod structured;
mod thinking;
pub mod tools;
pub mod typed;
mod wit;

use crate::contract::Contract;
use crate::files::Folders;
use crate::http::client::Client;
use crate::run::launcher::Launch;
use crate::secrets::source::SecretSource;
use crate::secrets::store::Store;
use asked::May;
use child::Confinement;
use form::Person;
use login::{Login, Standing as LoginStanding};
use loket_guardian::mcp::{McpEntry, McpName, McpServers, Way};
use loket_kernel::{CallError, Counter, Principal, Provider};
use loket_values::Type;
use pins::{Pins, Said, Standing};
use server::Server;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tools::Tools;
use typed::Typed;

/// Keeps what was accepted: the text of the file.
pub type Keep = Box<dyn Fn(&[u8]) -> io::Result<()> + Send + Sync>;

/// Writes what happened to a login into the ledger: what, at which server, and what is to be known of it.
pub type Note = Arc<dyn Fn(&str, &McpName, &[(&str, String)]) + Send + Sync>;

/// What servers are reached with.
pub struct Parts {
    /// The folder in which each server that is started has one of its own.
    pub place: PathBuf,
    /// How attendants are started.
    pub launch: Launch,
    /// What no server may reach.
    pub folders: Arc<Folders>,
    /// The secrets.
    pub secrets: Arc<dyn SecretSource>,
    /// Where what comes of a login is kept: the same ones.
    pub vault: Arc<Store>,
    /// Writes what becomes of logins into the ledger.
    pub note: Note,
    /// The way out of the host.
    pub client: Arc<Client>,
    /// What outcomes look like: see [`outcome_type`].
    pub outcome: Type,
    /// What was accepted is kept by this.
    pub keep: Keep,
    /// Who is asked what a server wants to know.
    pub person: Arc<dyn Person>,
}

/// All servers of the settings. Copies are the same ones.
#[derive(Clone)]
pub struct Servers(Arc<Inner>);

pub(crate) struct Inner {
    parts: Parts,
    counter: Weak<Counter>,
    all: Mutex<BTreeMap<McpName, Arc<Server>>>,
    pins: Mutex<Pins>,
}

/// How a server is, as far as that is known without asking it.
#[derive(Debug, Clone)]
pub struct State {
    /// Its settings.
    pub entry: McpEntry,
    /// How far it is kept from the rest of the machine; nothing for one that is elsewhere.
    pub confinement: Option<Confinement>,
    /// Whether it was ever accepted.
    pub is_accepted: bool,
    /// How its tools stand to what was accepted, by name: those that are accepted, where it was not asked yet.
    pub tools: BTreeMap<String, Standing>,
    /// Whether it is connected.
    pub is_connected: bool,
    /// How it stands with logging in there; nothing for one that is started, or has a secret.
    pub login: Option<LoginStanding>,
}

/// What a server says when it is asked.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Its tools.
    pub said: Arc<Said>,
    /// Which revision of the protocol it speaks.
    pub revision: String,
    /// What it calls itself.
    pub about: String,
}

/// The type of what tools answer, of the contract.
pub fn outcome_type(contract: &Contract) -> Option<Type> {
    let call = contract.interface("loket:tools/provider")?.function("call")?;
    let Some(Type::Result { ok: Some(progress), .. }) = &call.result else { return None };
    let Type::Variant(cases) = &**progress else { return None };
    cases.iter().find(|case| case.name == "done")?.ty.clone()
}

impl Servers {
    /// No servers yet, of which these were accepted.
    pub fn new(parts: Parts, pins: Pins, counter: &Arc<Counter>) -> Servers {
        let counter = Arc::downgrade(counter);
        Servers(Arc::new(Inner { parts, counter, all: Mutex::default(), pins: Mutex::new(pins) }))
    }

    /// Takes up what the settings say: what came is served, what changed is connected anew, what is gone goes.
    pub fn line_up(&self, entries: &McpServers) {
        let mut all = self.0.all();
        let stays = |name: &McpName, server: &Arc<Server>| entries.get(name) == Some(&server.entry);
        let (kept, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut *all).into_iter().partition(|(name, server)| stays(name, server));
        *all = kept;
        let new: Vec<McpName> = entries.keys().filter(|name| !all.contains_key(*name)).cloned().collect();
        for name in &new {
            let (entry, parts) = (entries[name].clone(), &self.0.parts);
            let login = match &entry.way {
                Way::Remote { url, secret: None } => {
                    let own = entry.oauth.as_ref();
                    Login::new(name, url, own, &parts.client, &parts.vault, &parts.note).ok().map(Arc::new)
                }
                _ => None,
            };
            let server = Server::new(name.clone(), entry, login, Arc::downgrade(&self.0));
            all.insert(name.clone(), Arc::new(server));
        }
        drop(all);
        let names: Vec<McpName> = new.into_iter().chain(gone.keys().cloned()).collect();
        names.iter().for_each(|name| self.0.serve(name));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            gone.into_values().for_each(|server| drop(runtime.spawn(async move { server.end().await })));
        }
    }

    /// The settings of a server, if there is one.
    pub fn entry(&self, name: &McpName) -> Option<McpEntry> {
        self.0.server(name).map(|server| server.entry.clone())
    }

    /// How each of them is.
    pub fn states(&self) -> BTreeMap<McpName, State> {
        let all: Vec<Arc<Server>> = self.0.all().values().cloned().collect();
        let pins = self.0.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let mut states = BTreeMap::new();
        for server in all {
            let session = server.open();
            let accepted = pins.of(server.name.as_str());
            let tools = match server.said() {
                Some(said) => said.standings(accepted),
                None => accepted.keys().map(|name| (name.clone(), Standing::Accepted)).collect(),
            };
            let state = State {
                confinement: self.confinement(&server.entry),
                entry: server.entry.clone(),
                is_accepted: pins.has(server.name.as_str()),
                tools,
                is_connected: session.is_some(),
                login: server.login.as_ref().map(|login| login.standing()),
            };
            states.insert(server.name.clone(), state);
        }
        states
    }

    fn confinement(&self, entry: &McpEntry) -> Option<Confinement> {
        match &entry.way {
            Way::Child(child) => Some(Confinement::of(child, &self.0.parts.launch.now())),
            Way::Remote { .. } => None,
        }
    }

    /// Asks a server what it offers now, whether or not it rests.
    ///
    /// # Errors
    /// `not-found` where there is none of that name, `unavailable` when it does not answer.
    pub async fn survey(&self, name: &McpName) -> Result<Survey, CallError> {
        let server = self.0.server(name).ok_or_else(|| unknown(name))?;
        server.wake().await;
        let session = server.session().await?;
        let said = session.list().await.map_err(CallError::Unavailable)?;
        self.0.serve(name);
        let (revision, about) = session.about();
        Ok(Survey { said, revision, about })
    }

    /// What was accepted of a server.
    pub fn accepted(&self, name: &McpName) -> BTreeMap<String, offer::Offer> {
        self.0.pins.lock().unwrap_or_else(PoisonError::into_inner).of(name.as_str()).clone()
    }

    /// The accepted tools of a server with types: what a component imports.
    ///
    /// # Errors
    /// `not-found` where nothing was accepted of one of that name; `invalid` where its tools cannot have names of their own.
    pub fn typed(&self, name: &McpName) -> Result<Typed, CallError> {
        let accepted = self.accepted(name);
        if accepted.is_empty() {
            return Err(CallError::NotFound(format!("no tool of `{name}` was accepted: loket mcp accept {name}")));
        }
        Typed::of(name, accepted.values(), &self.0.parts.outcome)
            .map_err(|why| CallError::Invalid(format!("the tools of `{name}` have no types: {why}")))
    }

    /// The same as WIT: a package that stands alone.
    ///
    /// # Errors
    /// As [`Servers::typed`].
    pub fn wit(&self, name: &McpName) -> Result<String, CallError> {
        self.typed(name).map(|typed| wit::package(&typed))
    }

    /// Accepts what a server was seen to offer.
    ///
    /// # Errors
    /// When that cannot be kept; nothing is accepted then.
    pub fn accept(&self, name: &McpName, said: &Said) -> io::Result<()> {
        self.0.pin(name, Some(said.offers.clone()))
    }

    /// All that was accepted, as it is kept.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn accepted_text(&self) -> io::Result<Vec<u8>> {
        self.0.pins.lock().unwrap_or_else(PoisonError::into_inner).text()
    }

    /// Takes up what was accepted, as it is kept now.
    pub fn accept_anew(&self, pins: Pins) {
        *self.0.pins.lock().unwrap_or_else(PoisonError::into_inner) = pins;
        let names: Vec<McpName> = self.0.all().keys().cloned().collect();
        names.iter().for_each(|name| self.0.serve(name));
    }

    /// Forgets what was accepted of a server.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub fn forget(&self, name: &McpName) -> io::Result<()> {
        self.0.pin(name, None)
    }

    /// Ends all connections, and waits for them.
    pub async fn close(&self) {
        let all = std::mem::take(&mut *self.0.all());
        futures::future::join_all(all.into_values().map(|server| async move { server.end().await })).await;
    }
}

impl Inner {
    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<McpName, Arc<Server>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn server(&self, name: &McpName) -> Option<Arc<Server>> {
        self.all().get(name).cloned()
    }

    /// What a server may ask for, as the settings and the grants are now.
    fn may(&self, name: &McpName, entry: &McpEntry) -> May {
        let server = Principal::Package(name.package().into());
        let think = self.counter.upgrade().is_some_and(|counter| thinking::is_granted(&counter, &server));
        May { think, elicit: entry.elicitation }
    }

    fn pin(self: &Arc<Self>, name: &McpName, tools: Option<BTreeMap<String, offer::Offer>>) -> io::Result<()> {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let next = pins.with(name.as_str(), tools);
        (self.parts.keep)(&next.text()?)?;
        *pins = next;
        drop(pins);
        self.serve(name);
        Ok(())
    }

    /// Puts what of a server's tools was accepted, and is as it was accepted as far as is known, behind the counter; or takes all away.
    fn serve(self: &Arc<Self>, name: &McpName) {
        let Some(counter) = self.counter.upgrade() else { return };
        let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
        // Held until it is served: whoever comes later serves what is newer.
        let all = self.all();
        if let Some(server) = all.get(name) {
            let accepted = self.pins.lock().unwrap_or_else(PoisonError::into_inner).of(name.as_str()).clone();
            let said = server.said();
            let is_same =
                |offer: &offer::Offer| said.as_ref().is_none_or(|said| said.offers.get(&offer.name) == Some(offer));
            if let Ok(typed) = Typed::of(name, accepted.values(), &self.parts.outcome) {
                let typed = Tools::typed(server.clone(), typed, is_same, self.parts.outcome.clone());
                providers.push(Arc::new(typed));
            }
            let offers: Vec<_> = accepted.into_values().filter(is_same).collect();
            match offers.is_empty() {
                true => providers.clear(),
                false => providers.push(Arc::new(Tools::new(server.clone(), offers, self.parts.outcome.clone()))),
            }
        }
        counter.replace(&HashSet::from([name.package()]), providers);
    }
}

fn unknown(name: &McpName) -> CallError {
    CallError::NotFound(format!("there is no server `{name}`: loket mcp list"))
}
