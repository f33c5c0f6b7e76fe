//! Grant and revoke: the owner's acts. Each is on disk and in the ledger before it is answered; a revoke holds even before that.

use super::{problem, time_text, wrong};
use crate::grants_file;
use crate::guard::Kept;
use crate::host::Host;
use crate::scope::{holder, knows_server, native_name, principal, scope, whom};
use loket_gateways::desk::{GrantInfo, GrantRequest, Problem, RevokeRequest};
use loket_guardian::mcp::McpName;
use loket_kernel::counter::now;
use loket_kernel::grants::{Delegation, Grant, Scope, Table, Verdict};
use loket_kernel::{CallError, Capability, Principal, Terms};
use std::sync::Arc;

/// The most functions that one grant may name.
const MOST_FUNCTIONS: usize = 256;

pub(super) fn list(host: &Host, who: Option<&str>) -> Result<Vec<GrantInfo>, Problem> {
    let who = who.map(whom).transpose()?;
    Ok(host.counter.grants.now().list(who.as_ref()).iter().map(|g| info(g)).collect())
}

pub(super) async fn grant(host: &Host, request: GrantRequest) -> Result<GrantInfo, Problem> {
    host.let_in("no grant is given")?;
    let mut next = host.acts.lock().await;
    let grant = planned(host, &request, *next)?;
    let table = host.counter.grants.now();
    let grants = table.list(None).into_iter().map(|g| Grant::clone(&g));
    let done = put(host, &mut next, grants, &grant).await;
    drop(next);
    done?;
    // What waited for this grant may run now.
    tokio::task::block_in_place(|| host.readmit());
    Ok(info(&grant))
}

/// The grant that a request would be, of which nothing is kept.
pub(super) async fn preview(host: &Host, request: GrantRequest) -> Result<GrantInfo, Problem> {
    let next = host.acts.lock().await;
    planned(host, &request, *next).map(|grant| info(&grant))
}

/// A grant as it is asked for, with what it would delegate at this moment.
fn planned(host: &Host, request: &GrantRequest, id: u64) -> Result<Grant, Problem> {
    let who = whom(&request.grantee)?;
    check_grantee(host, &who)?;
    let verdict = match request.verdict.as_deref() {
        None => Verdict::Allow,
        Some(text) => Verdict::parse(text).ok_or_else(|| {
            wrong(
                "invalid",
                format!("a grant says `allow`, `ask` or `deny`, not `{}`", text.escape_default()),
                "loket grant --help",
            )
        })?,
    };
    // `acme:calc/math#add` is one function of it.
    let (capability, function) = match request.capability.split_once('#') {
        Some((capability, function)) => (capability, Some(function.to_owned())),
        None => (request.capability.as_str(), None),
    };
    let mut what = scope(host, capability, request.provider.as_deref())?;
    let wanted: Vec<String> = request.functions.iter().cloned().chain(function).collect();
    what.functions = functions(host, &what, &wanted)?;
    for limit in [request.per_turn, request.per_day].into_iter().flatten() {
        if limit == 0 {
            return Err(wrong(
                "invalid",
                "a limit of 0 calls allows nothing",
                "use `--deny` to forbid, or a limit of 1 or more",
            ));
        }
    }
    let table = host.counter.grants.now();
    let mut delegates = match request.no_delegation || &*what.provider == Capability::HOST || verdict == Verdict::Deny {
        true => Vec::new(),
        false => table.delegable(&holder(&what.provider)),
    };
    let terms = super::terms::read(host, request, &what, &mut delegates)?;
    Ok(Grant {
        id,
        terms,
        grantee: who,
        scope: what,
        verdict,
        per_turn: request.per_turn,
        per_day: request.per_day,
        delegates,
        since: now(),
    })
}

/// Puts a grant in force beside others. A grant for the same thing takes the place of the earlier one.
async fn put(host: &Host, next: &mut u64, grants: impl Iterator<Item = Grant>, grant: &Grant) -> Result<(), Problem> {
    let kept = grants.filter(|g| !(g.grantee == grant.grantee && g.scope == grant.scope));
    let table = Table::new(kept.chain([grant.clone()]));
    save(host, &table, *next + 1)?;
    let done = record(host, "granted", grant).await;
    host.set_grants(table);
    *next += 1;
    done
}

/// Turns an `ask` into `allow` for one function alone, on the terms and with the delegations that it was asked on: a grant like any other.
///
/// # Errors
/// In safe mode; and where no single grant of whoever asked says `ask`.
pub(super) async fn always(host: &Host, who: &Principal, what: &Capability, function: &str) -> Result<(), Problem> {
    host.let_in("no grant is given")?;
    let mut next = host.acts.lock().await;
    let table = host.counter.grants.now();
    if table.decide(who, what, function).is_some_and(|decision| decision.verdict == Verdict::Allow) {
        return Ok(());
    }
    let mut asking: Vec<_> = table.of(who).iter().filter(|g| g.scope.covers(what, function)).collect();
    let specific = asking.iter().map(|g| g.scope.specificity()).max();
    asking.retain(|g| Some(g.scope.specificity()) == specific || g.verdict == Verdict::Deny);
    let [asked] = asking[..] else { return Err(not_for_always(who, what, function)) };
    if asked.verdict != Verdict::Ask {
        return Err(not_for_always(who, what, function));
    }
    // Where the very same functions are named, limits go along; those of a wider grant count besides anyway.
    let named = !asked.scope.functions.is_empty();
    let grant = Grant {
        id: *next,
        scope: Scope {
            interface: Some(what.interface.clone()),
            functions: vec![function.into()],
            ..asked.scope.clone()
        },
        verdict: Verdict::Allow,
        per_turn: asked.per_turn.filter(|_| named),
        per_day: asked.per_day.filter(|_| named),
        since: now(),
        ..Grant::clone(asked)
    };
    // Among grants that name functions the strictest counts, so that one must name this one no more.
    let grants = table.list(None).into_iter().filter_map(|g| {
        let mut other = Grant::clone(&g);
        if named && g.id == asked.id {
            other.scope.functions.retain(|f| **f != *function);
        }
        (!named || g.id != asked.id || !other.scope.functions.is_empty()).then_some(other)
    });
    put(host, &mut next, grants, &grant).await
}

fn not_for_always(who: &Principal, what: &Capability, function: &str) -> Problem {
    let message =
        format!("no single grant says that `{who}` must ask for `{what}#{function}`, so none can be made of it");
    wrong("invalid", message, "answer it once, and see `loket grants`")
}

pub(super) async fn revoke(host: &Host, request: RevokeRequest) -> Result<Vec<GrantInfo>, Problem> {
    let who = whom(&request.grantee)?;
    let what = request.capability.map(|name| native_name(host, &name).unwrap_or(name));
    let next = host.acts.lock().await;
    let table = host.counter.grants.now();
    let (gone, kept): (Vec<_>, Vec<_>) = table
        .list(None)
        .into_iter()
        .partition(|g| g.grantee == who && what.as_deref().is_none_or(|name| names(&g.scope, name)));
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let table = Table::new(kept.iter().map(|g| Grant::clone(g)));
    // It bites before anything else happens, even when the disk is full.
    host.set_grants(table.clone());
    save(host, &table, *next)?;
    for grant in &gone {
        record(host, "revoked", grant).await?;
    }
    Ok(gone.iter().map(|g| info(g)).collect())
}

/// What a home gets when it is made: the guardian's visible list, each line in the ledger.
pub(crate) async fn first_start(host: &Host) -> Result<(), Problem> {
    let defaults = loket_guardian::defaults::grants()
        .map_err(|r| wrong("failed", r.message(), "this build is broken: build the host again"))?;
    let mut next = host.acts.lock().await;
    let mut grants: Vec<Grant> = Vec::new();
    for (id, default) in (1..).zip(defaults) {
        let name = default.capability.to_string();
        let own = default.capability.interface().is_some();
        let scope = Scope {
            provider: if own { Capability::HOST.into() } else { name.as_str().into() },
            interface: own.then(|| name.as_str().into()),
            functions: Vec::new(),
        };
        // As when an owner grants it: with what the package was granted before.
        let delegates = match own {
            true => Vec::new(),
            false => Table::new(grants.clone()).delegable(&Principal::Package(scope.provider.clone())),
        };
        grants.push(Grant {
            id,
            grantee: principal(&default.grantee),
            scope,
            terms: Terms::default(),
            verdict: Verdict::Allow,
            per_turn: None,
            per_day: None,
            delegates,
            since: now(),
        });
    }
    *next = grants.len() as u64 + 1;
    let table = Table::new(grants.clone());
    for grant in &grants {
        record(host, "granted by default", grant).await?;
    }
    save(host, &table, *next)?;
    host.set_grants(table);
    Ok(())
}

fn check_grantee(host: &Host, who: &Principal) -> Result<(), Problem> {
    match who {
        Principal::Agent(name) if !host.knows_agent(name) => {
            Err(wrong("not-found", format!("there is no agent `{name}` in this home"), "loket agents"))
        }
        Principal::Client(name) if !host.tokens.has(name) => {
            Err(wrong("not-found", format!("there is no token `{name}`"), format!("loket token create {name}")))
        }
        Principal::Package(name) if McpName::of_package(name).is_some_and(|name| knows_server(host, &name)) => Ok(()),
        Principal::Package(name) if !name.parse().is_ok_and(|name| host.stock().newest(&name).is_some()) => {
            Err(wrong("not-found", format!("there is no package `{name}` in the registry"), "loket packages"))
        }
        _ => Ok(()),
    }
}

/// The functions as they are written, each of them known where the provider is.
fn functions(host: &Host, scope: &Scope, wanted: &[String]) -> Result<Vec<Arc<str>>, Problem> {
    if wanted.len() > MOST_FUNCTIONS {
        return Err(wrong(
            "invalid",
            format!("a grant may name {MOST_FUNCTIONS} functions, not {}", wanted.len()),
            "grant the whole interface",
        ));
    }
    let providers = host.counter.providers();
    let offered: Vec<&str> = providers
        .iter()
        .filter(|p| scope.covers(p.capability(), ""))
        .flat_map(|p| p.interface().functions.iter().map(|f| f.name.as_str()))
        .collect();
    for name in wanted {
        if !offered.is_empty() && !offered.contains(&name.as_str()) {
            let known: Vec<_> = offered.iter().map(|n| format!("`{n}`")).collect();
            let message =
                format!("`{}` has no function `{}`; it has {}", scope.name(), name.escape_default(), known.join(", "));
            return Err(wrong("not-found", message, "grant one of these, or the whole interface"));
        }
    }
    Ok(wanted.iter().map(|f| f.as_str().into()).collect())
}

/// Whether a grant is the one that a name means.
pub(super) fn names(scope: &Scope, name: &str) -> bool {
    match &scope.interface {
        Some(interface) => **interface == *name || scope.name() == name,
        None => *scope.provider == *name,
    }
}

pub(super) fn save(host: &Host, table: &Table, next: u64) -> Result<(), Problem> {
    let kept = grants_file::text(table, next).and_then(|text| host.guard.keep(Kept::Grants, &text));
    kept.map_err(|e| wrong("failed", format!("the grants cannot be kept: {e}"), "free some space, then try again"))
}

/// Writes an act in the ledger, and waits until it is durable.
pub(super) async fn record(host: &Host, what: &str, grant: &Grant) -> Result<(), Problem> {
    let info = info(grant);
    let about = [
        ("grant", grant.id.to_string()),
        ("capability", info.capability),
        ("provider", info.provider),
        ("verdict", info.verdict),
        ("functions", info.functions.join(", ")),
        ("terms", grant.terms.to_string()),
        ("delegates", info.delegates.join(", ")),
    ];
    let seq = host.act(what, &grant.grantee, &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}

pub(super) fn info(grant: &Grant) -> GrantInfo {
    GrantInfo {
        grantee: grant.grantee.to_string(),
        capability: grant.scope.name(),
        provider: grant.scope.provider.to_string(),
        verdict: grant.verdict.name().to_owned(),
        functions: grant.scope.functions.iter().map(ToString::to_string).collect(),
        per_turn: grant.per_turn,
        per_day: grant.per_day,
        terms: grants_file::by_key(&grant.terms),
        delegates: grant.delegates.iter().map(words).collect(),
        since: time_text(grant.since),
    }
}

fn words(delegation: &Delegation) -> String {
    let functions = &delegation.scope.functions;
    let only = if functions.is_empty() { String::new() } else { format!(" ({})", functions.join(", ")) };
    let terms = &delegation.terms;
    let terms = if terms.is_empty() { String::new() } else { format!(", {terms}") };
    format!("{} by {}{only}{terms}", delegation.scope.name(), delegation.holder)
}
