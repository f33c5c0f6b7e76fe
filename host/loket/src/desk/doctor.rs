//! A look at everything: what is well, what is not, and what to do about it.

use super::{reading, record, secrets};
use crate::host::Host;
use crate::settings::FileState;
use loket_gateways::desk::Check;
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::report::Report;
use loket_guardian::run::{CommandEntry, CommandName};
use loket_providers::run::Confinement;

pub(super) async fn look(host: &Host) -> Vec<Check> {
    let mut checks = vec![check("home", host.home.root().display().to_string()), settings(host)];
    checks.push(match record::verify(host).await {
        Ok(report) if report.sound => check("ledger", format!("{} lines, the chain holds", report.lines)),
        Ok(report) => fault(
            "ledger",
            report.faults.join("; "),
            "keep a copy of `state/ledger.redb`: it shows where it was changed",
        ),
        Err(problem) => fault("ledger", problem.message, "check the disk"),
    });
    if !host.cut_off.is_empty() {
        let turns: Vec<String> = host.cut_off.iter().take(5).map(|page| page.turn.to_string()).collect();
        checks.push(warning(
            "last end",
            format!(
                "the host was not stopped in order, and {} cut off: {}",
                match host.cut_off.len() {
                    1 => "1 turn was".to_owned(),
                    many => format!("{many} turns were"),
                },
                turns.join(", ")
            ),
            &format!("loket ledger --turn {}", turns[0]),
        ));
    }
    checks.push(guardian(host));
    checks.push(check("grants", format!("{} in force", host.counter.grants.now().list(None).len())));
    checks.push(secrets::look(host));
    let world = host.world();
    for (name, agent) in &world.agents {
        let title = format!("agent {name}");
        checks.push(match (&agent.place, agent.newcomer.as_ref().or(agent.against.as_ref())) {
            (Ok(_), None) => check(&title, format!("ready, runs {}", agent.package)),
            (Ok(_), Some(report)) => told(&title, report, "warning"),
            (Err(report), _) => told(&title, report, "fault"),
        });
        checks.push(brain(host, name).await);
    }
    if world.agents.is_empty() {
        checks.push(warning(
            "agents",
            "there is none".into(),
            "put a folder with an `agent.toml` into the home's `agents/`",
        ));
    }
    for package in world.packages.values().filter(|package| package.place.is_some()) {
        let title = format!("package {}", package.item.reference);
        checks.push(match package.refused().or(package.newcomer.as_ref()).or(package.against.as_ref()) {
            None => check(&title, format!("ready, a {}", package.item.role())),
            Some(report) => told(&title, report, "warning"),
        });
    }
    checks.extend(super::models::look(host));
    checks.extend(commands(host));
    checks.extend(advisories(host));
    for note in &host.stock().notes {
        checks.push(warning("registry", note.clone(), "look into the registry's folder"));
    }
    checks
}

fn guardian(host: &Host) -> Check {
    let status = super::guardian::verify(host);
    match (status.safe_mode, status.sealed) {
        (Some(_), _) => fault("guardian", format!("safe mode: {}", host.guard.reason()), "loket guardian status"),
        (None, Some(sealed)) => check("guardian", format!("all is as you sealed it, {sealed}")),
        (None, None) => Check {
            hint: Some("loket guardian seal".to_owned()),
            ..check("guardian", "this home is not sealed: nobody notices when somebody changes it".to_owned())
        },
    }
}

/// Whether what `loket.toml` says is what holds.
fn settings(host: &Host) -> Check {
    let FileState { broken, at_next_start, .. } = host.settings.file();
    match (broken, &at_next_start[..]) {
        (Some(problem), _) => warning(
            "settings",
            format!("{}\n  the settings that were there before it hold", problem.message),
            problem.hint.as_deref().unwrap_or_default(),
        ),
        (None, []) => check("settings", format!("as `{CONFIG_FILE}` says, or as usual where it says nothing")),
        (None, later) => {
            let names = later.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let told = format!("what `{CONFIG_FILE}` says of {names} takes effect at the next start of the host");
            warning("settings", told, "start the host again when nobody needs it")
        }
    }
}

/// The commands that the owner listed, and how far each is kept from the rest of the machine.
fn commands(host: &Host) -> Vec<Check> {
    let live = host.settings.live();
    let look = |(name, entry): (&CommandName, &CommandEntry)| {
        let (title, program) = (format!("command {name}"), entry.program.display());
        match Confinement::of(entry, &host.launch) {
            Confinement::Confined => check(&title, format!("`{program}`, which the kernel confines")),
            Confinement::FullTrust => warning(
                &title,
                format!(
                    "*full trust*: nothing confines `{program}` here, so it may do all that the host's own user may"
                ),
                "use Linux 6.2 or newer with Landlock, or take the command out of `loket.toml`",
            ),
            Confinement::Unavailable => warning(
                &title,
                format!("`{program}` is not run: this system cannot confine it"),
                "use Linux 6.2 or newer with Landlock, or write `trust = \"full\"`, which lets it do all that the host's own user may",
            ),
        }
    };
    live.run.iter().map(look).collect()
}

/// What scanners may ask about, where the owner laid out anything.
fn advisories(host: &Host) -> Vec<Check> {
    let known = host.scanners.references.now();
    let told = match known.sizes() {
        (None, 0) => None,
        (advisories, digests) => {
            let advisories = advisories.unwrap_or_default();
            Some(check("advisories", format!("{advisories} are known, and {digests} digests that are bad")))
        }
    };
    let left_out = known.notes().into_iter().map(|note| {
        warning(
            "advisories",
            format!("left out: {note}"),
            "mend it, or put back a copy; `loket doctor` looks again after the next start",
        )
    });
    told.into_iter().chain(left_out).collect()
}

async fn brain(host: &Host, agent: &str) -> Check {
    let name = format!("brain of {agent}");
    let (shelf, whose) = (host.shelf.clone(), agent.into());
    let opened = reading(move || Ok(shelf.brain(&whose).map(|brain| brain.usage()))).await;
    match opened {
        Ok(Ok(Ok(usage))) => {
            let nearly = |held: u64, most: Option<u64>| most.is_some_and(|most| held >= most - most / 10);
            let told = format!("{} memories", usage.memories);
            if nearly(usage.memories, usage.max_memories) || nearly(usage.bytes, usage.max_bytes) {
                warning(&name, format!("{told}, and little room for more"), &format!("loket brain {agent} usage"))
            } else {
                check(&name, told)
            }
        }
        Ok(Ok(Err(error))) => fault(&name, error.to_string(), "put back a copy of the brain's folder"),
        Ok(Err(error)) => fault(&name, error.to_string(), "put back a copy of the brain's folder"),
        Err(problem) => fault(&name, problem.message, "try again"),
    }
}

pub(super) fn check(name: &str, detail: String) -> Check {
    Check { name: name.to_owned(), state: "ok".to_owned(), detail, hint: None }
}

pub(super) fn warning(name: &str, detail: String, hint: &str) -> Check {
    Check { name: name.to_owned(), state: "warning".to_owned(), detail, hint: Some(hint.to_owned()) }
}

fn fault(name: &str, detail: String, hint: &str) -> Check {
    Check { name: name.to_owned(), state: "fault".to_owned(), detail, hint: Some(hint.to_owned()) }
}

fn told(name: &str, report: &Report, state: &str) -> Check {
    let hint = report.next().join("\n");
    Check {
        name: name.to_owned(),
        state: state.to_owned(),
        detail: report.message(),
        hint: Some(hint).filter(|h| !h.is_empty()),
    }
}
