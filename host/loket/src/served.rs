//! What the host itself answers: the native providers, each put behind the counter.

use crate::erase::Record;
use crate::guard::{Guard, Kept};
use crate::home::{Home, bounded_text};
use crate::host::{OFFLINE, act};
use crate::natives::Natives;
use loket_guardian::config::{Fixed, SecretsKey};
use loket_kernel::{Counter, Principal, Provider};
use loket_providers::agent::About;
use loket_providers::agent::offers::Offers;
use loket_providers::agent::turn::Turn;
use loket_providers::brain::{Builds, Embed, Memory, Shelf, Upkeep};
use loket_providers::config::Store as Settings;
use loket_providers::contract::Contract;
use loket_providers::events::Emit;
use loket_providers::files::{Folders, MarksError};
use loket_providers::http::Http;
use loket_providers::http::client::Client;
use loket_providers::http::connect::Connector;
use loket_providers::http::gate::Gate;
use loket_providers::http::limits::Limits;
use loket_providers::http::own::Own;
use loket_providers::http::resolve::System;
use loket_providers::http::tls::Trust;
use loket_providers::mcp::form::Person;
use loket_providers::mcp::pins::Pins;
use loket_providers::mcp::{self, Servers, outcome_type};
use loket_providers::model::{Choice, Models, Router};
use loket_providers::run::Run;
use loket_providers::run::launcher::Launch;
use loket_providers::scan::{Subject, Subjects};
use loket_providers::secrets::{Names, key::KeyPolicy, store::Store as Secrets};
use loket_providers::setup::Setups;
use loket_providers::tools::Catalog;
use loket_values::Interface;
use std::path::Path;
use std::sync::Arc;

/// The file of what was accepted of servers' tools.
pub(crate) const MCP_TOOLS: &str = "mcp-tools.json";
/// The largest that is read, in bytes.
const LONGEST_MCP_TOOLS: u64 = 256 << 20;

/// What the providers work with.
pub(crate) struct Parts<'h> {
    pub(crate) home: &'h Home,
    pub(crate) guard: &'h Arc<Guard>,
    pub(crate) contract: &'h Contract,
    pub(crate) fixed: &'h Fixed,
    pub(crate) shelf: &'h Arc<Shelf>,
    /// Which component serves under which address.
    pub(crate) builds: &'h Builds,
    /// What turns are held to.
    pub(crate) setups: &'h Setups,
    /// What is known of models.
    pub(crate) models: &'h Arc<Models>,
    pub(crate) secrets: &'h Arc<Secrets>,
    /// What is under inspection, by the turn that inspects it.
    pub(crate) subjects: &'h Subjects,
    /// The slash commands that packages offer.
    pub(crate) offers: &'h Offers,
    /// Where the host listens, which no request may reach.
    pub(crate) own: &'h Own,
    /// How commands are started.
    pub(crate) launch: &'h Launch,
    /// Who is asked what a server of tools wants to know.
    pub(crate) person: Arc<dyn Person>,
}

/// Puts all of them behind the counter; answers with those that are linked natively, and with the servers of tools.
///
/// # Errors
/// When what is known of files cannot be read.
pub(crate) fn serve(counter: &Arc<Counter>, parts: Parts<'_>) -> Result<(Natives, Option<Servers>), MarksError> {
    let Parts {
        home,
        guard,
        contract,
        fixed,
        shelf,
        builds,
        setups,
        models,
        secrets,
        subjects,
        offers,
        own,
        launch,
        person,
    } = parts;
    let choice = Choice::new(setups.clone(), OFFLINE);
    let mut served: Vec<Arc<dyn Provider>> = Vec::new();
    let mut serve = |name: &str, provider: &dyn Fn(&Interface) -> Arc<dyn Provider>| {
        served.extend(contract.interface(name).map(provider));
    };
    let embed = Arc::new(Embed::new(shelf.clone(), choice.clone(), counter));
    serve("loket:brain/memory", &|interface| {
        Arc::new(Memory::new(interface, shelf.clone(), builds.clone(), embed.clone()))
    });
    let record = Arc::new(Record::of(home, &counter.ledger));
    serve("loket:brain/upkeep", &|interface| {
        let (builds, choice) = (builds.clone(), choice.clone());
        Arc::new(Upkeep::new(interface, shelf.clone(), builds, choice, counter, record.clone()))
    });
    for name in ["loket:model/chat", "loket:model/embeddings"] {
        serve(name, &|interface| {
            Arc::new(Router::new(interface, choice.clone(), setups.clone(), models.clone(), counter))
        });
    }
    serve("loket:tools/catalog", &|interface| Arc::new(Catalog::new(interface, counter)));
    serve("loket:agent/about", &|interface| {
        Arc::new(About::new(interface, counter, shelf.clone(), choice.clone(), offers.clone()))
    });
    serve("loket:agent/turn", &|interface| Arc::new(Turn::new(interface)));
    serve("loket:events/emit", &|interface| Arc::new(Emit::new(interface)));
    serve("wasi:config/store", &|interface| Arc::new(Settings::new(interface, setups.clone())));
    serve("loket:secrets/secrets", &|interface| Arc::new(Names::new(interface, secrets.clone())));
    serve("loket:scan/subject", &|interface| Arc::new(Subject::new(interface, subjects.clone())));
    serve("loket:http/client", &|interface| Arc::new(Http::new(interface, client(secrets, own))));
    let folders = match contract.interface("loket:files/folders") {
        None => None,
        Some(interface) => {
            // Whoever could write a package could be anybody who was granted something.
            let own = fixed.registries(home.root()).into_iter().chain([home.root().to_owned()]);
            Some(Arc::new(Folders::open(interface, &home.agents(), own, &home.state("file-labels"))?))
        }
    };
    if let (Some(interface), Some(folders)) = (contract.interface("loket:run/commands"), &folders) {
        let run = Run::new(interface, setups.clone(), folders.clone(), launch.clone(), counter);
        served.push(Arc::new(run));
    }
    served.extend(folders.clone().map(|folders| folders as Arc<dyn Provider>));
    counter.serve(served);
    let Some(folders) = folders else { return Ok(Default::default()) };
    let mcp = outcome_type(contract).map(|outcome| {
        let kept = guard.clone();
        let parts = mcp::Parts {
            place: home.state("mcp"),
            launch: launch.clone(),
            folders: folders.clone(),
            secrets: secrets.clone(),
            vault: secrets.clone(),
            note: noted(counter),
            client: Arc::new(client(secrets, own)),
            outcome,
            keep: Box::new(move |bytes| kept.keep(Kept::Tools, bytes)),
            person,
        };
        Servers::new(parts, guard.sound(Kept::Tools).map(|file| accepted(&file)).unwrap_or_default(), counter)
    });
    Ok((Natives::open(counter, home, folders, own.clone(), secrets.clone()), mcp))
}

/// Writes what becomes of logins at servers of tools into the ledger.
fn noted(counter: &Arc<Counter>) -> mcp::Note {
    let counter = Arc::downgrade(counter);
    Arc::new(move |what, name, about| {
        if let Some(counter) = counter.upgrade() {
            act(&counter, what, &Principal::Package(name.package().into()), about);
        }
    })
}

/// What was accepted of servers' tools; nothing of a file that cannot be read: then the owner is to accept them again.
pub(crate) fn accepted(file: &Path) -> Pins {
    let read = bounded_text(file, LONGEST_MCP_TOOLS).and_then(|text| match text {
        Some(text) => serde_json::from_str(&text).map_err(std::io::Error::from),
        None => Ok(Pins::default()),
    });
    read.unwrap_or_else(|error| {
        tracing::warn!(file = %file.display(), %error, "what was accepted of servers' tools cannot be read: none of them is served");
        Pins::default()
    })
}

pub(crate) fn client(secrets: &Arc<Secrets>, own: &Own) -> Client {
    let limits = Limits::default();
    let gate = Gate::new(Arc::new(System::default()), own.clone(), Connector::new(Trust::System, limits.connect));
    Client::new(gate, secrets.clone(), limits)
}

/// Where a new key for the secrets is put.
pub(crate) fn key_policy(fixed: &Fixed) -> KeyPolicy {
    match fixed.secrets_key {
        SecretsKey::Keyring => KeyPolicy::Keyring,
        SecretsKey::File => KeyPolicy::File,
    }
}
