//! `loket grant`, `loket revoke`, `loket grants`: who may do what, and what that passes on.

use super::failure::Outcome;
use super::lists::count;
use super::screen::{DIM, Screen, state};
use super::session::Session;
use crate::desk::{GrantInfo, GrantRequest, RevokeRequest};
use anstyle::Style;
use std::collections::BTreeMap;

/// Allow an agent or a package to use a capability
///
/// Nobody may do anything without a grant. Granting the same capability again replaces the grant.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A provider has grants of its own. While it answers a call it may use them on the
caller's behalf: that is what a grant delegates, and it is shown when you grant.
`--no-delegation` leaves it out.

Examples:
  loket grant assistant loket:calc              all that the package offers
  loket grant assistant loket:brain/memory --function recall --function get
  loket grant assistant acme:mail/send --ask --per-day 5
  loket grant assistant acme:shell --deny       never, whatever else is granted
  loket grant loket:fetch loket:http/client --host example.org --method GET
  loket grant assistant loket:fetch             with the hosts that it has now")]
pub(crate) struct GrantArgs {
    /// An agent's name, or a package such as `acme:invoice`
    grantee: String,
    /// An interface such as `loket:calc/arithmetic`, or a package for all that it offers
    capability: String,
    /// Ask me about each call: it waits until I answer (`loket approvals`)
    #[arg(long, conflicts_with = "deny")]
    ask: bool,
    /// Never allow it
    #[arg(long)]
    deny: bool,
    /// Only this function; may be given several times
    #[arg(long = "function", value_name = "F")]
    functions: Vec<String>,
    /// For HTTP: a host that may be asked, such as `api.example.org`, `*.example.org` or `127.0.0.1:8080`
    #[arg(long = "host", value_name = "HOST", help_heading = "Terms")]
    hosts: Vec<String>,
    /// For HTTP: only this method
    #[arg(long = "method", value_name = "METHOD", help_heading = "Terms")]
    methods: Vec<String>,
    /// A secret that may be used, by its name
    #[arg(long = "secret", value_name = "NAME", help_heading = "Terms")]
    secrets: Vec<String>,
    /// For files: a folder, `:ro` behind it to read only; `workspace` for the agent's own
    #[arg(long = "folder", value_name = "PATH[:ro]", help_heading = "Terms")]
    folders: Vec<String>,
    /// For sockets: an address that may be connected to
    #[arg(long = "address", value_name = "HOST:PORT", help_heading = "Terms")]
    addresses: Vec<String>,
    /// Any other term that the provider knows
    #[arg(long = "term", value_name = "KEY=VALUE", help_heading = "Terms", value_parser = term)]
    terms: Vec<(String, String)>,
    /// At most so many calls in one turn
    #[arg(long, value_name = "N")]
    per_turn: Option<u32>,
    /// At most so many calls in one day (UTC)
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
    /// The package that should answer, when several offer the capability
    #[arg(long, value_name = "PACKAGE")]
    provider: Option<String>,
    /// Delegate nothing of the provider's own grants
    #[arg(long)]
    no_delegation: bool,
}

/// Take grants back
///
/// It holds from the next call on, also for a turn that is running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket revoke assistant loket:calc     this one
  loket revoke assistant                everything that it was granted")]
pub(crate) struct RevokeArgs {
    /// An agent's name, or a package
    grantee: String,
    /// The capability or package that was granted; everything when left out
    capability: Option<String>,
}

/// List the grants
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket grants
  loket grants assistant
  loket inspect assistant      what these grants come to, as a tree")]
pub(crate) struct GrantsArgs {
    /// Only of this agent or package
    grantee: Option<String>,
}

/// Grant, and show what was granted.
pub(crate) async fn grant(session: &mut Session, args: GrantArgs) -> Outcome {
    let verdict = match (args.ask, args.deny) {
        (true, _) => "ask",
        (_, true) => "deny",
        _ => "allow",
    };
    let terms = terms(&args)?;
    let request = GrantRequest {
        terms,
        grantee: args.grantee,
        capability: args.capability,
        provider: args.provider,
        verdict: Some(verdict.to_owned()),
        functions: args.functions,
        per_turn: args.per_turn,
        per_day: args.per_day,
        no_delegation: args.no_delegation,
    };
    let granted = session.client.grant(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(granted)?)?);
    }
    Ok(show(screen, &granted)?)
}

/// The terms by key, as they are asked for.
fn terms(args: &GrantArgs) -> std::io::Result<BTreeMap<String, Vec<String>>> {
    let folders = args.folders.iter().map(|folder| absolute(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut terms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, values) in [
        ("host", &args.hosts),
        ("method", &args.methods),
        ("secret", &args.secrets),
        ("folder", &folders),
        ("address", &args.addresses),
    ] {
        if !values.is_empty() {
            terms.insert(key.to_owned(), values.clone());
        }
    }
    for (key, value) in &args.terms {
        terms.entry(key.clone()).or_default().push(value.clone());
    }
    Ok(terms)
}

/// A folder as it is named from where the command was typed, which the service knows nothing of.
pub(super) fn absolute(folder: &str) -> std::io::Result<String> {
    let (path, mode) = match folder.strip_suffix(":ro") {
        Some(path) => (path, ":ro"),
        None => (folder, ""),
    };
    match path {
        "workspace" => Ok(folder.to_owned()),
        path => std::path::absolute(path).map(|path| format!("{}{mode}", path.display())),
    }
}

fn term(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, for example `host=example.org`".to_owned()),
    }
}

/// One grant in plain view.
pub(super) fn show(screen: &mut Screen, grant: &GrantInfo) -> std::io::Result<()> {
    let means = match grant.verdict.as_str() {
        "allow" => "may use",
        "ask" => "may only ask for",
        _ => "may never use",
    };
    let verdict = format!("{:<6}", grant.verdict);
    let what = format!("`{}` {means} `{}`", grant.grantee, grant.capability);
    screen.parts(&[(state(&grant.verdict), &verdict), (Style::new(), &what)])?;
    if grant.verdict == "deny" {
        return Ok(());
    }
    if grant.verdict == "ask" {
        screen.wrapped(6, "each call waits for your answer: `loket approvals` shows what does")?;
    }
    screen.wrapped(6, &format!("answered by: {}", grant.provider))?;
    screen.wrapped(6, &format!("functions: {}", functions(grant)))?;
    screen.wrapped(6, &format!("limits: {}", limits(grant)))?;
    for (key, values) in &grant.terms {
        screen.wrapped(6, &format!("{key}: {}", values.join(", ")))?;
    }
    if grant.delegates.is_empty() {
        return screen.wrapped(6, "delegated: nothing");
    }
    screen.wrapped(6, "delegated: while it answers, it may also use on this grantee's behalf")?;
    for delegated in &grant.delegates {
        screen.wrapped(8, &format!("- {delegated}"))?;
    }
    Ok(())
}

/// Take back, and show what was taken back.
pub(crate) async fn revoke(session: &mut Session, args: RevokeArgs) -> Outcome {
    let request = RevokeRequest { grantee: args.grantee, capability: args.capability };
    let revoked = session.client.revoke(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(revoked)?)?);
    }
    if revoked.is_empty() {
        return Ok(screen.wrapped(0, &format!("`{}` had no such grant; nothing has changed", request.grantee))?);
    }
    for grant in &revoked {
        screen.text(&format!("revoked  `{}` from `{}`", grant.capability, grant.grantee))?;
    }
    Ok(())
}

/// The grants as a table.
pub(crate) async fn grants(session: &mut Session, args: GrantsArgs) -> Outcome {
    let grants = session.client.grants(args.grantee.as_deref()).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(grants)?)?);
    }
    if grants.is_empty() {
        let words = match args.grantee {
            None => "nobody was granted anything; `loket grant --help` shows how".to_owned(),
            Some(name) => format!("`{name}` was granted nothing; `loket grant --help` shows how"),
        };
        return Ok(screen.wrapped(0, &words)?);
    }
    let rows: Vec<Vec<String>> = grants
        .iter()
        .map(|grant| {
            let only = if grant.functions.is_empty() { String::new() } else { format!("only {}", functions(grant)) };
            let limits =
                if grant.per_turn.is_some() || grant.per_day.is_some() { limits(grant) } else { String::new() };
            let own = grant.terms.iter().map(|(key, values)| format!("{key} {}", values.join(", ")));
            let terms =
                [only, limits].into_iter().chain(own).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
            let terms = if terms.is_empty() { "-".to_owned() } else { terms };
            vec![grant.grantee.clone(), grant.capability.clone(), grant.verdict.clone(), grant.provider.clone(), terms]
        })
        .collect();
    screen.table(&["GRANTEE", "CAPABILITY", "VERDICT", "ANSWERED BY", "TERMS"], &[], &rows)?;
    let delegating = grants.iter().filter(|grant| !grant.delegates.is_empty()).count();
    if delegating > 0 {
        let words = format!("{} on more; `loket inspect` shows what, as a tree", passes(delegating));
        screen.styled(DIM, &words)?;
    }
    Ok(())
}

fn passes(number: usize) -> String {
    format!("{} {}", count(number, "grant"), if number == 1 { "passes" } else { "pass" })
}

fn functions(grant: &GrantInfo) -> String {
    if grant.functions.is_empty() { "all".to_owned() } else { grant.functions.join(", ") }
}

/// The limits in words.
fn limits(grant: &GrantInfo) -> String {
    let limit = |number: Option<u32>, when: &str| number.map(|number| format!("{number} a {when}"));
    let limits: Vec<String> =
        [limit(grant.per_turn, "turn"), limit(grant.per_day, "day")].into_iter().flatten().collect();
    if limits.is_empty() { "none".to_owned() } else { limits.join(", ") }
}
