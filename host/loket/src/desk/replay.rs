//! A recorded turn: run again, or held against the grants without one of them.

use super::{permit, wrong};
use crate::host::Host;
use crate::replay::unread;
use crate::scope::{native_name, whom};
use loket_gateways::desk::{DivergenceInfo, Problem, RefusedInfo, ReplayReport, ReplayRequest};
use loket_kernel::fault::Refusal;
use loket_kernel::grants::Table;
use loket_kernel::page::{FIRST, Kept, Recorded};
use loket_kernel::replay::{Asked, Divergence, Replayed, same};
use loket_kernel::{CallError, Capability, Grant, Page, Principal};
use loket_ledger::TurnId;
use loket_values::Value;
use loket_values::json::to_json;
use serde_json::{Value as Json, json};
use similar::TextDiff;
use std::time::Duration;

/// The most lines of a difference that are told.
const MOST_LINES: usize = 40;
/// The longest of them, in characters; what is longer is compared in pieces.
const LONGEST: usize = 120;
/// The most that is compared of each side, in bytes.
const MOST_COMPARED: usize = 256 << 10;

pub(super) async fn replay(host: &Host, request: ReplayRequest) -> Result<ReplayReport, Problem> {
    let turn: TurnId = request
        .turn
        .parse()
        .map_err(|e: loket_ledger::TurnIdError| wrong("invalid", e.to_string(), "`loket ledger` shows turns"))?;
    let page = host.page(turn).await.map_err(unread)?;
    match &request.without {
        Some(capability) => without(host, &page, capability, request.of.as_deref()),
        None if request.of.is_some() => {
            Err(wrong("invalid", "`of` says whose grant is left out, and none is", "name one with `without`"))
        }
        None => {
            let (page, replayed) = host.replay_page(page).await?;
            Ok(report(&page, replayed))
        }
    }
}

fn blank(page: &Page, verdict: &str) -> ReplayReport {
    ReplayReport {
        turn: page.turn.to_string(),
        package: page.package.clone(),
        digest: page.digest.clone(),
        verdict: verdict.to_owned(),
        ..ReplayReport::default()
    }
}

/// What running it again came to.
fn report(page: &Page, replayed: Replayed) -> ReplayReport {
    let first = page.calls.get(&FIRST);
    let cut_off = first.is_none_or(Recorded::was_cut_off);
    let once = match first.and_then(|call| call.end.as_ref()) {
        Some(Kept::Whole(once)) if !cut_off => Some(once),
        _ => None,
    };
    let differs = || {
        let once = once.filter(|once| !is_same(once, &replayed.answer))?;
        let what = "the component answered something else than it once did".to_owned();
        Some(DivergenceInfo {
            call: Some(FIRST),
            what,
            diff: diff(&pretty(&answer(once)), &pretty(&answer(&replayed.answer))),
        })
    };
    let divergence = replayed.diverged.as_ref().map(told).or_else(differs);
    ReplayReport {
        calls: replayed.calls,
        cut_off,
        // Where the answer was forgotten, nothing can be said of it.
        answer: (divergence.is_none() && once.is_some()).then(|| answer(&replayed.answer)),
        verdict: if divergence.is_none() { "equal" } else { "diverged" }.to_owned(),
        divergence,
        ..blank(page, "")
    }
}

fn is_same(once: &Result<Option<Value>, CallError>, now: &Result<Option<Value>, CallError>) -> bool {
    match (once, now) {
        (Ok(once), Ok(now)) => same(once.as_slice(), now.as_slice()),
        (Err(once), Err(now)) => once == now,
        _ => false,
    }
}

fn answer(answer: &Result<Option<Value>, CallError>) -> Json {
    match answer {
        Ok(value) => json!({ "ok": value.as_ref().map_or(Json::Null, to_json) }),
        Err(error) => json!({ "error": to_json(&error.to_value()) }),
    }
}

fn told(divergence: &Divergence) -> DivergenceInfo {
    let text = |asked: &Option<Asked>| asked.as_ref().map(written).unwrap_or_default();
    DivergenceInfo {
        call: (divergence.call != 0).then_some(divergence.call),
        what: divergence.to_string(),
        diff: diff(&text(&divergence.recorded), &text(&divergence.asked)),
    }
}

fn written(asked: &Asked) -> String {
    let args = match &asked.args {
        Some(args) => pretty(&Json::Array(args.iter().map(to_json).collect())),
        None => "(the arguments of what is refused are not recorded)".to_owned(),
    };
    format!("{}#{}\n{args}", asked.capability, asked.function)
}

fn pretty(json: &Json) -> String {
    format!("{json:#}")
}

/// What was against what is, as a unified diff of so many lines.
fn diff(once: &str, now: &str) -> Vec<String> {
    let (once, now) = (broken(once), broken(now));
    let diff = TextDiff::configure().timeout(Duration::from_millis(500)).diff_lines(&once, &now);
    let text = diff.unified_diff().context_radius(2).to_string();
    let mut lines: Vec<String> = text.lines().take(MOST_LINES).map(str::to_owned).collect();
    if text.lines().nth(MOST_LINES).is_some() {
        lines.push("(and more)".to_owned());
    }
    lines
}

/// The same with long lines in pieces.
fn broken(text: &str) -> String {
    let mut end = text.len().min(MOST_COMPARED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut pieces = String::new();
    for line in text[..end].lines() {
        for (place, character) in line.chars().enumerate() {
            if place > 0 && place % LONGEST == 0 {
                pieces.push('\n');
            }
            pieces.push(character);
        }
        pieces.push('\n');
    }
    pieces
}

/// Holds the calls of a page against the grants of now, less one.
fn without(host: &Host, page: &Page, name: &str, of: Option<&str>) -> Result<ReplayReport, Problem> {
    let who = match (of, &page.agent) {
        (Some(of), _) => whom(of)?,
        (None, Some(agent)) => Principal::Agent(agent.clone()),
        (None, None) => {
            return Err(wrong(
                "invalid",
                format!("turn `{}` is no agent's, so it is not said whose grant is left out", page.turn),
                "name an agent or a package with `--of`",
            ));
        }
    };
    let named = native_name(host, name).unwrap_or_else(|| name.to_owned());
    let now = host.counter.grants.now();
    let (gone, kept): (Vec<_>, Vec<_>) =
        now.list(None).into_iter().partition(|grant| grant.grantee == who && permit::names(&grant.scope, &named));
    if gone.is_empty() {
        return Err(wrong(
            "not-found",
            format!("`{who}` has no grant for `{}` now", name.escape_default()),
            match &who {
                Principal::Agent(name) | Principal::Package(name) => format!("loket grants {name}"),
                Principal::Client(_) => format!("loket grants {who}"),
                Principal::Owner => "loket grants".to_owned(),
            },
        ));
    }
    let less = Table::new(kept.iter().map(|grant| Grant::clone(grant)));
    let is_host = |interface: &str| host.answers(interface);
    let mut report = blank(page, "unaffected");
    // What the counter refused then had no effect that could be missed now.
    for call in page.calls.values().filter(|call| call.begun) {
        let Some(chain) = page.chain_of(call, &is_host) else { continue };
        let capability = Capability::from_words(&call.capability, &is_host);
        // Where a grant says `ask`, the owner said yes to this call.
        let check =
            |table: &Table| host.counter.grants.check_in(table, &chain, &capability, &call.function, true).err();
        match (check(&now), check(&less)) {
            (_, None) => report.calls += 1,
            (before, Some(error)) if before.as_ref().map(CallError::code) == Some(error.code()) => {
                report.refused_anyway = report.refused_anyway.or_else(|| refused(call, &error));
            }
            (_, Some(error)) => {
                report.refused = refused(call, &error);
                report.verdict = "refused".to_owned();
                break;
            }
        }
    }
    Ok(report)
}

fn refused(call: &Recorded, error: &CallError) -> Option<RefusedInfo> {
    let (CallError::Denied(Refusal { reason, remedy, .. }) | CallError::NeedsApproval(Refusal { reason, remedy, .. })) =
        error
    else {
        return None;
    };
    Some(RefusedInfo {
        call: call.number,
        chain: call.chain.to_string(),
        capability: call.capability.to_string(),
        function: call.function.to_string(),
        arguments: match &call.args {
            Kept::Whole(args) => Some(Json::Array(args.iter().map(to_json).collect())),
            _ => None,
        },
        code: error.code().to_owned(),
        reason: reason.clone(),
        remedy: Some(remedy.clone()).filter(|remedy| !remedy.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_in_few_lines() {
        let lines = diff("a\nb\nc\n", "a\nB\nc\n");
        assert!(lines.contains(&"-b".to_owned()) && lines.contains(&"+B".to_owned()), "{lines:?}");
        assert_eq!(diff("same", "same"), Vec::<String>::new());
    }

    #[test]
    fn a_long_line_is_compared_in_pieces_and_an_endless_one_not_to_its_end() {
        let long = |tail: &str| format!("{}{tail}", "x".repeat(3 * LONGEST));
        let lines = diff(&long("one"), &long("two"));
        assert!(lines.contains(&"-one".to_owned()) && lines.contains(&"+two".to_owned()), "{lines:?}");
        let many = |word: &str| format!("{word}\n").repeat(MOST_COMPARED);
        let lines = diff(&many("ä"), &many("ö"));
        assert_eq!(lines.len(), MOST_LINES + 1);
    }
}
