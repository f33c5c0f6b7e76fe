//! `loket:run/commands`: the commands that the owner listed in `loket.toml`, as far as all grants along a call's chain name them.
//!
//! A command runs beneath an attendant: this program once more, started for it alone, which confines it, watches its time and its output, and
//! ends all that it started. The attendant lives as long as the host holds its input open: so a turn that is cut off, a grant that is taken
//! back and a host that dies all end the command in the same way.
//!
//! Files in reading order: [`order`] what host and attendant say to each other, `terms` what a grant says, [`launcher`] how attendants are
//! started and whether they can confine, `job` one of them followed to its end; for the attendant [`attend`] its work, `confine` what the
//! kernel is asked to forbid, `processes` all that a command started. Here, the calls.

#[cfg(target_os = "linux")]
pub mod attend;
#[cfg(target_os = "linux")]
mod confine;
mod job;
pub mod launcher;
pub mod order;
#[cfg(target_os = "linux")]
mod processes;
mod terms;

use crate::files::Folders;
use crate::files::whole::Folder;
use crate::native::Answers;
use crate::setup::Setups;
use async_trait::async_trait;
use job::Job;
use launcher::Launch;
use loket_guardian::run::{CommandEntry, Commands, Trust};
use loket_kernel::fault::Refusal;
use loket_kernel::grants::remedy;
use loket_kernel::{Call, CallError, Capability, Counter, Effect, Labels, Provider, Reply, Terms};
use loket_values::Interface;
use order::{Ending, Order, Output, SYSTEM};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How many arguments a command may be given.
const MOST_ARGUMENTS: usize = 100;
/// How many bytes these may have together.
const ARGUMENT_BYTES: usize = 64 << 10;
/// How many bytes its input may have.
const INPUT_BYTES: usize = 1 << 20;

/// Commands, as components run them.
pub struct Run {
    answers: Answers,
    setups: Setups,
    folders: Arc<Folders>,
    launch: Launch,
    counter: Weak<Counter>,
}

impl Run {
    /// Answers `interface` with the commands of `setups`, in the folders that `folders` gives.
    pub fn new(
        interface: &Interface,
        setups: Setups,
        folders: Arc<Folders>,
        launch: Launch,
        counter: &Arc<Counter>,
    ) -> Run {
        Run { answers: Answers::new(interface), setups, folders, launch, counter: Arc::downgrade(counter) }
    }

    fn commands(&self, call: &Call) -> Arc<Commands> {
        self.setups.in_turn(&call.turn, |setup| setup.commands.clone())
    }

    async fn offered(&self, call: &Call) -> Result<Reply, CallError> {
        let commands = self.commands(call);
        let granted = commands.iter().filter(|(name, _)| terms::lacking(&call.terms, name.as_str()).is_empty());
        let commands = granted.map(|(name, entry)| CommandRow {
            name: name.as_str(),
            about: &entry.about,
            first: &entry.args,
            allowed: entry.allow.iter().map(|pattern| pattern.as_str()).collect(),
            confinement: Confinement::of(entry, &self.launch),
        });
        let (folders, _) = self.folders.whole(call).await?;
        let folder = |folder: &Folder| FolderRow {
            name: folder.name.clone(),
            path: folder.path.display().to_string(),
            access: if folder.writable { Access::Change } else { Access::Read },
        };
        let offer = OfferRow { commands: commands.collect(), folders: folders.iter().map(folder).collect() };
        // The owner wrote all of it.
        self.answers.ok(call, offer, Labels::NONE)
    }

    async fn run(&self, call: &Call) -> Result<Reply, CallError> {
        let (request,): (Request,) = self.answers.args(call)?;
        let commands = self.commands(call);
        let entry = named(call, &commands, &request.command)?;
        check(&request, entry)?;
        let confined = match Confinement::of(entry, &self.launch) {
            Confinement::Confined => true,
            Confinement::FullTrust => false,
            Confinement::Unavailable => return Err(CallError::Unavailable(unconfined(&request.command))),
        };
        if confined {
            self.beside_the_host(&request.command, entry)?;
        }
        let (folders, mut labels) = self.folders.whole(call).await?;
        let folders: Arc<[Folder]> = folders.into();
        let place = place(call, &folders, request.folder.as_deref())?;
        if entry.network || !confined || !entry.read.is_empty() {
            // Whose words it can bring along, nobody knows.
            labels = labels.join(Labels::UNTRUSTED);
        }
        // Before it can write anything; and what it writes has the labels of what it saw.
        self.folders.mark(&folders, call.turn.labels.get().join(labels)).await?;
        let left = call.turn.deadline().saturating_duration_since(Instant::now());
        let asked = request.seconds.unwrap_or(entry.seconds).min(entry.seconds);
        let time = Duration::from_secs(asked.into()).min(left);
        let order = Order {
            program: entry.program.clone(),
            arguments: entry.args.iter().chain(&request.arguments).cloned().collect(),
            environment: entry.env.clone(),
            input: request.input.unwrap_or_default(),
            folder: place.path().to_owned(),
            change: folders.iter().filter(|f| f.writable).map(|f| f.path.clone()).chain(place.own()).collect(),
            read: folders.iter().filter(|f| !f.writable).map(|f| f.path.clone()).chain(entry.read.clone()).collect(),
            network: entry.network,
            confined,
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            output: (entry.output_kib as usize) << 10,
            memory: u64::from(entry.memory_mib) << 20,
            processes: entry.processes,
        };
        let job = Job::begin(&self.launch.now(), &order).await?;
        let ended = job.end(self.counter.upgrade(), call, time).await?;
        let ended = ended.map_err(|why| CallError::Failed(format!("`{}` cannot be run: {why}", request.command)))?;
        self.answers.ok(call, ended, labels)
    }

    /// Checks that nothing which a confined command can reach holds the host's own files.
    fn beside_the_host(&self, name: &str, entry: &CommandEntry) -> Result<(), CallError> {
        let reachable =
            SYSTEM.iter().map(Path::new).chain(entry.read.iter().map(PathBuf::as_path)).chain([&*entry.program]);
        if let Some((path, why)) = self.folders.reached_by(reachable) {
            let why = format!("`{name}` cannot be run: it could read `{}`, and {why}", path.display());
            return Err(CallError::Unavailable(why));
        }
        Ok(())
    }
}

#[async_trait]
impl Provider for Run {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn effect(&self, function: &str) -> Effect {
        match function {
            "run" => Effect::Outside,
            _ => Effect::Inside,
        }
    }

    fn term_keys(&self) -> &'static [&'static str] {
        &terms::KEYS
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        let setup = self.setups.now();
        terms::check(terms, &setup.commands, |entry| Confinement::of(entry, &self.launch), &self.folders)
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        match &*call.function {
            "offered" => self.offered(&call).await,
            "run" => self.run(&call).await,
            other => Err(CallError::NotFound(format!("`{}` has no function `{other}`", self.answers.capability))),
        }
    }
}

/// How far a command is kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confinement {
    /// By the kernel.
    Confined,
    /// Not at all, and the owner knows.
    FullTrust,
    /// Not at all: so it does not run.
    Unavailable,
}

impl Confinement {
    /// That of a command on this system.
    pub fn of(entry: &CommandEntry, launch: &Launch) -> Confinement {
        match (launch.now().confines(), entry.trust) {
            (true, _) => Confinement::Confined,
            (false, Trust::Full) => Confinement::FullTrust,
            (false, Trust::Confined) => Confinement::Unavailable,
        }
    }
}

/// Why a command does not run, and what would let it.
fn unconfined(name: &str) -> String {
    format!(
        "`{name}` is not run: this system cannot confine it, which takes Linux 6.2 or newer with Landlock. The owner can trust it fully, with \
         `trust = \"full\"` in `[run.{name}]` of `loket.toml`: it may do then all that the host's own user may"
    )
}

/// The command of a name, if it is granted.
fn named<'c>(call: &Call, commands: &'c Commands, name: &str) -> Result<&'c CommandEntry, CallError> {
    let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    let granted = |name: &str| terms::lacking(&call.terms, name).is_empty();
    let Some(entry) = commands.get(name) else {
        let there: Vec<_> =
            commands.keys().filter(|name| granted(name.as_str())).map(|name| format!("`{name}`")).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        return Err(CallError::NotFound(format!(
            "the owner listed no command `{shown}`; granted are {there}. A command is a table `[run.NAME]` in `loket.toml`"
        )));
    };
    let lacking = terms::lacking(&call.terms, name);
    if lacking.is_empty() {
        return Ok(entry);
    }
    let mut remedies: Vec<String> = Vec::new();
    for (who, what) in lacking.into_iter().filter_map(|terms| call.holder(terms)) {
        let command = format!("{} --term command={name}", remedy(who, what));
        if !remedies.contains(&command) {
            remedies.push(command);
        }
    }
    Err(CallError::Denied(Refusal {
        capability: call.capability.to_string(),
        function: call.function.to_string(),
        reason: format!("the command `{name}` is not granted to all who are behind this call"),
        remedy: remedies.join(" && "),
    }))
}

/// Checks what a command is given.
fn check(request: &Request, entry: &CommandEntry) -> Result<(), CallError> {
    let Request { command: name, arguments, input, .. } = request;
    if arguments.len() > MOST_ARGUMENTS {
        let many = arguments.len();
        return Err(CallError::Invalid(format!(
            "`{name}` is given {many} arguments, and {MOST_ARGUMENTS} are the most"
        )));
    }
    let bytes: usize = arguments.iter().map(String::len).sum();
    if bytes > ARGUMENT_BYTES {
        let why = format!(
            "the arguments of `{name}` have {bytes} bytes, and {ARGUMENT_BYTES} are the most: pass text as `input`"
        );
        return Err(CallError::Invalid(why));
    }
    if let Some(bytes) = input.as_ref().map(String::len).filter(|bytes| *bytes > INPUT_BYTES) {
        let why =
            format!("the input of `{name}` has {bytes} bytes, and {INPUT_BYTES} are the most: write it into a file");
        return Err(CallError::Invalid(why));
    }
    if request.seconds == Some(0) {
        return Err(CallError::Invalid(format!("`seconds` is 0: give `{name}` at least 1")));
    }
    for argument in arguments {
        if argument.contains('\0') || !entry.allows(argument) {
            let shown: String = argument.chars().take(80).flat_map(char::escape_debug).collect();
            let allowed = match entry.allow.is_empty() {
                true => "it takes none".to_owned(),
                false => {
                    let patterns: Vec<_> =
                        entry.allow.iter().map(|pattern| format!("`{}`", pattern.as_str())).collect();
                    format!("each must match one of these regular expressions as a whole: {}", patterns.join(", "))
                }
            };
            return Err(CallError::Invalid(format!("the owner allows no argument `{shown}` of `{name}`; {allowed}")));
        }
    }
    Ok(())
}

/// Where a command works.
enum Place {
    Granted(PathBuf),
    /// An empty folder of its own, which goes when the command has ended.
    Own(tempfile::TempDir),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Place::Granted(path) => path,
            Place::Own(folder) => folder.path(),
        }
    }

    fn own(&self) -> Option<PathBuf> {
        match self {
            Place::Granted(_) => None,
            Place::Own(folder) => Some(folder.path().to_owned()),
        }
    }
}

/// The folder in which a command works: one of the granted ones, or below it.
fn place(call: &Call, folders: &[Folder], wanted: Option<&str>) -> Result<Place, CallError> {
    let Some(wanted) = wanted.map(|wanted| wanted.trim_end_matches('/')).filter(|wanted| !wanted.is_empty()) else {
        return match folders.first() {
            Some(folder) => Ok(Place::Granted(folder.path.clone())),
            None => {
                let own = tempfile::Builder::new().prefix("loket-run-").tempdir();
                let failed = |e| CallError::Failed(format!("no folder can be made for the command: {e}"));
                own.map(Place::Own).map_err(failed)
            }
        };
    };
    let shown: String = wanted.chars().take(160).flat_map(char::escape_debug).collect();
    let (name, below) = wanted.split_once('/').unwrap_or((wanted, ""));
    let Some(folder) = folders.iter().find(|folder| folder.name == name) else {
        let names: Vec<_> = folders.iter().map(|folder| format!("`{}`", folder.name)).collect();
        let there =
            if names.is_empty() { "none is granted".to_owned() } else { format!("there are {}", names.join(", ")) };
        let (reason, mut remedies) = (format!("`{shown}` is in no granted folder; {there}"), Vec::<String>::new());
        for (who, what) in (0..call.terms.len()).filter_map(|terms| call.holder(terms)) {
            let command = format!("{} --folder PATH", remedy(who, what));
            if !remedies.contains(&command) {
                remedies.push(command);
            }
        }
        let (capability, function) = (call.capability.to_string(), call.function.to_string());
        return Err(CallError::Denied(Refusal { capability, function, reason, remedy: remedies.join(" && ") }));
    };
    // Where it really lies: a link may lead out of the folder. What a command may reach is for the kernel to hold it to; this is so that it
    // is not begun in a place where it can do nothing.
    let real = folder.path.join(below).canonicalize().ok().filter(|real| real.is_dir());
    match real {
        Some(real) if real.starts_with(&folder.path) => Ok(Place::Granted(real)),
        Some(_) => Err(CallError::Invalid(format!("`{shown}` leads out of the granted folder"))),
        None => Err(CallError::NotFound(format!("`{shown}` is no folder"))),
    }
}

#[derive(Deserialize)]
struct Request {
    command: String,
    arguments: Vec<String>,
    input: Option<String>,
    folder: Option<String>,
    seconds: Option<u32>,
}

#[derive(Serialize)]
struct CommandRow<'c> {
    name: &'c str,
    about: &'c str,
    first: &'c [String],
    allowed: Vec<&'c str>,
    confinement: Confinement,
}

#[derive(Serialize)]
struct FolderRow {
    name: String,
    path: String,
    access: Access,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Access {
    Read,
    Change,
}

#[derive(Serialize)]
struct OfferRow<'c> {
    commands: Vec<CommandRow<'c>>,
    folders: Vec<FolderRow>,
}

/// What came of a command, as the contract has it.
#[derive(Debug, Serialize)]
struct Outcome {
    ending: Ending,
    stdout: Output,
    stderr: Output,
}
