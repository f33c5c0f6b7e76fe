//! What there is, as a table, and below it what does not fit there.

use crate::cli::failure::Outcome;
use crate::cli::lists::count;
use crate::cli::screen::{BOLD, DIM, Screen};
use crate::cli::session::Session;
use crate::desk::{BudgetInfo, FoundServer, ModelInfo, ModelList, ProbeRequest, SpentToday, UseInfo};
use std::io;

/// So many names of models are shown of a server.
const SHOWN: usize = 8;

/// Prints what there is; with `probe`, what else is on this machine.
pub(super) async fn list(session: &mut Session, probe: bool, ports: Vec<u16>) -> Outcome {
    let all = session.client.models().await?;
    let found = match probe {
        true => Some(session.client.models_probe(&ProbeRequest { ports }).await?),
        false => None,
    };
    let screen = &mut session.screen;
    if screen.is_json() {
        let mut document = serde_json::to_value(&all)?;
        if let (Some(document), Some(found)) = (document.as_object_mut(), &found) {
            document.insert("found".to_owned(), serde_json::to_value(found)?);
        }
        return Ok(screen.document(&document)?);
    }
    let ModelList { models, today } = all;
    table(screen, &models)?;
    for model in &models {
        about(screen, model, &today.currency)?;
    }
    spent(screen, &today)?;
    match found {
        Some(found) => Ok(servers(screen, &found)?),
        None if models.iter().all(|model| model.url.is_none()) => {
            screen.text("")?;
            Ok(screen.faint(0, "`loket models --probe` looks for model servers on this machine")?)
        }
        None => Ok(()),
    }
}

fn table(screen: &mut Screen, models: &[ModelInfo]) -> io::Result<()> {
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|model| {
            let server = model.url.as_deref().map_or("-", |url| url.split_once("://").map_or(url, |(_, rest)| rest));
            let server = server.split('/').next().unwrap_or(server).to_owned();
            let agents = if model.agents.is_empty() { "-".to_owned() } else { model.agents.join(", ") };
            let today = (model.today.input.saturating_add(model.today.output)).to_string();
            vec![model.name.clone(), server, model.state.clone(), today, agents]
        })
        .collect();
    screen.table(&["MODEL", "SERVER", "STATE", "TOKENS TODAY", "AGENTS"], &[3], &rows)
}

/// What else there is to say of a model, should there be anything.
fn about(screen: &mut Screen, model: &ModelInfo, currency: &str) -> io::Result<()> {
    let mut lines = Vec::new();
    lines.extend(model.model.as_ref().map(|name| format!("asks its server for {name}")));
    lines.extend(model.price.as_ref().map(|price| {
        let (input, output, cached) = (&price.input, &price.output, &price.cached);
        format!("costs {input} {currency} for a million tokens read, {output} written, {cached} kept")
    }));
    if !model.has.is_empty() {
        lines.push(format!("its server has {}", names(&model.has)));
    }
    lines.extend(
        model.rests.map(|seconds| format!("failed lately: asked again in {seconds} s, where there is another")),
    );
    lines.extend(model.detail.clone());
    let hints = model.hint.iter().flat_map(|hint| hint.lines()).map(|hint| format!("hint: {hint}"));
    let lines: Vec<String> = lines.into_iter().chain(hints).collect();
    if lines.is_empty() {
        return Ok(());
    }
    screen.text("")?;
    screen.styled(BOLD, &model.name)?;
    lines.iter().try_for_each(|line| screen.wrapped(2, line))
}

fn spent(screen: &mut Screen, today: &SpentToday) -> io::Result<()> {
    let SpentToday { currency, renews, used, budget, agents, unpriced } = today;
    screen.text("")?;
    screen.styled(BOLD, "today (UTC)")?;
    screen.wrapped(2, &format!("all together: {}", words(used, budget, currency)))?;
    for spent in agents {
        screen.wrapped(2, &format!("{}: {}", spent.agent, words(&spent.used, &spent.budget, currency)))?;
    }
    if !unpriced.is_empty() {
        let who = unpriced.join(", ");
        screen.wrapped(
            2,
            &format!("what {who} cost is not known: no price stands in `loket.toml`, and nothing is added for it"),
        )?;
    }
    let limited =
        agents.iter().map(|spent| &spent.budget).chain([budget]).any(|budget| *budget != BudgetInfo::default());
    if limited {
        let (day, time) = screen.moment(renews);
        screen.styled(DIM, &format!("  budgets renew {day} {time}"))?;
    }
    Ok(())
}

/// `3 calls, 1200 of 5000 tokens, 0.12 of 1.00 USD`
fn words(used: &UseInfo, budget: &BudgetInfo, currency: &str) -> String {
    let tokens = used.input.saturating_add(used.output);
    let tokens = match budget.tokens {
        Some(most) => format!("{tokens} of {most} tokens"),
        None => format!("{tokens} tokens"),
    };
    let money = match &budget.money {
        Some(most) => format!(", {} of {most} {currency}", used.cost),
        None if used.cost.chars().any(|c| matches!(c, '1'..='9')) => format!(", {} {currency}", used.cost),
        None => String::new(),
    };
    let calls = usize::try_from(used.calls).unwrap_or(usize::MAX);
    format!("{}, {tokens}{money}", count(calls, "call"))
}

fn servers(screen: &mut Screen, found: &[FoundServer]) -> io::Result<()> {
    screen.text("")?;
    if found.is_empty() {
        return screen
            .wrapped(0, "no model server answers on this machine where one usually does; name its port with `--port`");
    }
    screen.styled(BOLD, "on this machine")?;
    for server in found {
        let has = if server.models.is_empty() { "no model yet".to_owned() } else { names(&server.models) };
        screen.wrapped(2, &format!("{} at {} has {has}", server.kind, server.url))?;
        match (&server.known, to_talk_to(server)) {
            (Some(known), _) => screen.faint(4, &format!("it is `{known}` in `loket.toml`"))?,
            (None, Some(model)) => {
                let adapter = match server.adapter.as_str() {
                    "loket:openai" => String::new(),
                    other => format!(" --adapter {other}"),
                };
                screen.wrapped(
                    4,
                    &format!("loket models add local --url {}{adapter} --model {model} --grant", server.url),
                )?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// A model of a server to talk to: not one that makes vectors, and one whose name can stand in a command as it is. Names are the server's
/// words, and commands are there to be copied.
pub(in crate::cli) fn to_talk_to(server: &FoundServer) -> Option<&str> {
    let plain =
        |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "._:/@-".contains(c)) && !name.starts_with('-');
    let mut names = server.models.iter().map(String::as_str);
    names.find(|name| plain(name) && !name.to_lowercase().contains("embed"))
}

fn names(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
