//! What models took, day by day: a line each, with a bar.

use super::SpendArgs;
use crate::cli::failure::Outcome;
use crate::cli::lists::count;
use crate::cli::screen::{DIM, Screen};
use crate::cli::session::Session;
use crate::desk::{CostInfo, SpendQuery, SpendReport, UseInfo};
use std::io;

/// What the columns beside the bars take.
const BESIDE: usize = 52;
/// The longest bar.
const LONGEST: usize = 24;

/// Prints the days.
pub(super) async fn spend(session: &mut Session, args: SpendArgs) -> Outcome {
    let SpendArgs { days, agent } = args;
    let report = session.client.models_spend(&SpendQuery { days: Some(days), agent: agent.clone() }).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(report)?)?);
    }
    let whose = agent.map_or_else(String::new, |agent| format!(" by `{agent}`"));
    let days = count(report.days.len(), "day");
    if report.days.iter().all(|day| day.used.calls == 0 && day.elsewhere.is_empty()) {
        return Ok(screen.wrapped(0, &format!("no model was asked{whose} in {days} (UTC)"))?);
    }
    table(screen, &report)?;
    let together = words(&report.used, &report.elsewhere, &report.currency);
    Ok(screen.styled(DIM, &format!("{days}{whose} (UTC): {together}"))?)
}

fn table(screen: &mut Screen, report: &SpendReport) -> io::Result<()> {
    let tokens = |used: &UseInfo| used.input.saturating_add(used.output);
    let most = report.days.iter().map(|day| tokens(&day.used)).max().unwrap_or_default().max(1);
    let longest = screen.width().saturating_sub(BESIDE).clamp(4, LONGEST);
    // Nothing is told of the time before the first call.
    let days = report.days.iter().skip_while(|day| day.used.calls == 0 && day.elsewhere.is_empty());
    let rows: Vec<Vec<String>> = days
        .map(|day| {
            let tokens = tokens(&day.used);
            let cost = costs(&day.used, &day.elsewhere, None).join(", ");
            let cost = if cost.is_empty() { "-".to_owned() } else { cost };
            let bar = "█".repeat((u128::from(tokens) * longest as u128).div_ceil(u128::from(most)) as usize);
            vec![day.day.clone(), day.used.calls.to_string(), tokens.to_string(), cost, bar]
        })
        .collect();
    screen.table(&["DAY", "CALLS", "TOKENS", &report.currency, ""], &[1, 2, 3], &rows)
}

/// `24 calls, 71000 tokens, 0.104 USD, 1.20 EUR`
fn words(used: &UseInfo, elsewhere: &[CostInfo], currency: &str) -> String {
    let calls = usize::try_from(used.calls).unwrap_or(usize::MAX);
    let tokens = used.input.saturating_add(used.output);
    let costs: String = costs(used, elsewhere, Some(currency)).into_iter().map(|cost| format!(", {cost}")).collect();
    format!("{}, {tokens} tokens{costs}", count(calls, "call"))
}

/// What was spent; what is in another currency than the heading's has its name beside it.
fn costs(used: &UseInfo, elsewhere: &[CostInfo], currency: Option<&str>) -> Vec<String> {
    let own = used.cost.chars().any(|c| matches!(c, '1'..='9'));
    let own = own.then(|| currency.map_or_else(|| used.cost.clone(), |currency| format!("{} {currency}", used.cost)));
    let others = elsewhere.iter().map(|other| format!("{} {}", other.cost, other.currency));
    own.into_iter().chain(others).collect()
}
