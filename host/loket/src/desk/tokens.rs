//! Tokens: the owner's acts. What the holder of a token may is granted by the act that makes it; revoking it takes both away at once.

use super::mcp::brains::{MEMORY, READING};
use super::permit::{info, record, save};
use super::{problem, time_text, wrong};
use crate::guard::Kept;
use crate::host::Host;
use crate::scope::{holder, is_client_name, scope};
use crate::tokens::{MOST, Token, Tokens};
use loket_gateways::desk::{Problem, Scopes, SecretValue, TokenInfo, TokenMade, TokenName, TokenRequest};
use loket_kernel::counter::now;
use loket_kernel::grants::{Grant, Scope, Table, Verdict};
use loket_kernel::{CallError, Capability, Principal, Terms};
use loket_providers::brain::reach::KEY;

/// The longest time for which a token is good, in seconds: ten years.
const LONGEST: u64 = 10 * 366 * 24 * 60 * 60;

pub(super) fn list(host: &Host) -> Vec<TokenInfo> {
    let table = host.counter.grants.now();
    host.tokens.list().iter().map(|token| told(token, &table)).collect()
}

pub(super) async fn create(host: &Host, request: TokenRequest) -> Result<TokenMade, Problem> {
    let TokenRequest { name, agents, tools, brains, approve, metrics, expires_in } = request;
    host.let_in("no token is made")?;
    if !is_client_name(&name) {
        return Err(wrong(
            "invalid",
            format!("a token cannot be called `{}`", name.escape_default()),
            "take 1 to 64 of `a-z`, `0-9` and `-`, with a letter or a digit at both ends",
        ));
    }
    if let Some(seconds) = expires_in.filter(|seconds| !(1..=LONGEST).contains(seconds)) {
        let message = format!("a token is good for 1 to {LONGEST} seconds, and not for {seconds}");
        return Err(wrong("invalid", message, "leave `--expires` out for one that is good until you revoke it"));
    }
    let agents = agents.iter().map(|agent| format!("agent:{agent}"));
    let mut scopes: Vec<Scope> = Vec::new();
    for wanted in agents.chain(tools) {
        let scope = scope(host, &wanted, None)?;
        if &*scope.provider == Capability::HOST {
            let message = format!("`{}` is the host's own, and no tool", wanted.escape_default());
            return Err(wrong("invalid", message, "name a package that exports tools: loket packages"));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    for agent in &brains {
        if !host.knows_agent(agent) {
            let message = format!("there is no agent `{}` in this home", agent.escape_default());
            return Err(wrong("not-found", message, "loket agents"));
        }
    }
    let mut next = host.acts.lock().await;
    let mut tokens = host.tokens.list();
    if host.tokens.has(&name) {
        let message = format!("there is a token `{name}` already");
        return Err(wrong("invalid", message, format!("loket token revoke {name}, or choose another name")));
    }
    if tokens.len() >= MOST {
        return Err(wrong("exhausted", format!("a home has at most {MOST} tokens"), "revoke some: loket token list"));
    }
    let expires = expires_in.map(|seconds| now() + seconds * 1_000);
    let may = Scopes { approve, metrics };
    let (token, text) = Token::new(&name, may, expires).map_err(|e| wrong("failed", e, "try again in a moment"))?;
    let whom = Principal::Client(name.as_str().into());
    let table = host.counter.grants.now();
    let mut wanted: Vec<(Scope, Terms)> = scopes.into_iter().map(|scope| (scope, Terms::default())).collect();
    if !brains.is_empty() {
        let functions = READING.iter().map(|function| (*function).into()).collect();
        let memory = Scope { provider: Capability::HOST.into(), interface: Some(MEMORY.into()), functions };
        wanted.push((memory, Terms::new(brains.iter().map(|agent| (KEY, agent.as_str())))));
    }
    let grants: Vec<Grant> = (*next..)
        .zip(wanted)
        .map(|(id, (scope, terms))| Grant {
            id,
            grantee: whom.clone(),
            // What the provider may do at this moment; what it is granted later, the client is not.
            delegates: table.delegable(&holder(&scope.provider)),
            scope,
            terms,
            verdict: Verdict::Allow,
            per_turn: None,
            per_day: None,
            since: now(),
        })
        .collect();
    // Nothing is left of an earlier holder of that name.
    let kept = table.list(None).into_iter().filter(|grant| grant.grantee != whom).map(|grant| Grant::clone(&grant));
    let table = Table::new(kept.chain(grants.iter().cloned()));
    let after = *next + grants.len() as u64;
    save(host, &table, after)?;
    tokens.push(token.clone());
    keep(host, &tokens)?;
    let about = [
        ("approve", approve.to_string()),
        ("metrics", metrics.to_string()),
        ("expires", expires.map(time_text).unwrap_or_default()),
        ("grants", grants.iter().map(|grant| grant.scope.name()).collect::<Vec<_>>().join(", ")),
    ];
    act(host, "token created", &whom, &about).await?;
    for grant in &grants {
        record(host, "granted", grant).await?;
    }
    host.set_grants(table.clone());
    host.tokens.replace(tokens);
    *next = after;
    Ok(TokenMade { secret: SecretValue::new(text.into()), token: told(&token, &table) })
}

pub(super) async fn revoke(host: &Host, request: TokenName) -> Result<TokenInfo, Problem> {
    let TokenName { name } = request;
    let next = host.acts.lock().await;
    let (gone, kept): (Vec<_>, Vec<_>) = host.tokens.list().into_iter().partition(|token| token.name == name);
    let Some(token) = gone.first() else {
        let message = format!("there is no token `{}`", name.escape_default());
        return Err(wrong("not-found", message, "loket token list"));
    };
    let whom = Principal::Client(name.as_str().into());
    let before = host.counter.grants.now();
    let told = told(token, &before);
    let (lost, left): (Vec<_>, Vec<_>) = before.list(None).into_iter().partition(|grant| grant.grantee == whom);
    let table = Table::new(left.iter().map(|grant| Grant::clone(grant)));
    // It bites before anything else happens, even when the disk is full.
    host.tokens.replace(kept.clone());
    host.set_grants(table.clone());
    keep(host, &kept)?;
    save(host, &table, *next)?;
    act(host, "token revoked", &whom, &[]).await?;
    for grant in &lost {
        record(host, "revoked", grant).await?;
    }
    Ok(told)
}

fn told(token: &Token, table: &Table) -> TokenInfo {
    let whom = Principal::Client(token.name.as_str().into());
    TokenInfo {
        name: token.name.clone(),
        approve: token.approve,
        metrics: token.metrics,
        since: time_text(token.since),
        expires: token.expires.map(time_text),
        expired: token.is_expired(now()),
        grants: table.list(Some(&whom)).iter().map(|grant| info(grant)).collect(),
    }
}

fn keep(host: &Host, tokens: &[Token]) -> Result<(), Problem> {
    let kept = Tokens::text(tokens).and_then(|text| host.guard.keep(Kept::Tokens, &text));
    kept.map_err(|e| wrong("failed", format!("the tokens cannot be kept: {e}"), "free some space, then try again"))
}

async fn act(host: &Host, what: &str, whom: &Principal, about: &[(&str, String)]) -> Result<(), Problem> {
    let seq = host.act(what, whom, about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}
