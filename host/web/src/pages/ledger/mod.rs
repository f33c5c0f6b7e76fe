//! The ledger: every call, refusals included, page by page, and live.
//!
//! Files: this one the lines, [`turn`] a turn as a waterfall, [`verify`] the chain looked through.

pub(crate) mod turn;
pub(crate) mod verify;

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::live::{event, sse};
use crate::parts;
use crate::plain::{excerpt, json, plain};
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use futures::StreamExt;
use loket_gateways::desk::{LedgerLine, LedgerQuery, Problem};
use loket_gateways::http::Peer;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Lines on a page.
const LINES: u32 = 50;
/// Lines that are read at once where some are looked for, and the most that are read for one page.
const PIECE: u32 = 1000;
const LOOKED_AT: u64 = 20_000;
/// The kinds of lines.
const KINDS: [&str; 7] = ["turn", "intent", "outcome", "refused", "failed", "end", "act"];

/// Which lines are meant.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// Lines before this one.
    before: Option<u64>,
    /// Only those of this turn.
    #[serde(default)]
    turn: String,
    /// Only those of this kind.
    #[serde(default)]
    kind: String,
    /// Only those with this in chain, capability or function.
    #[serde(default)]
    with: String,
}

impl Asked {
    fn fits(&self, line: &LedgerLine) -> bool {
        let with = self.with.trim();
        let has = |text: &str| text.contains(with);
        (self.kind.is_empty() || line.kind == self.kind)
            && (with.is_empty() || has(&line.chain) || has(&line.capability) || has(&line.function))
    }

    fn is_filter(&self) -> bool {
        !self.turn.is_empty() || !self.kind.is_empty() || !self.with.trim().is_empty()
    }
}

/// `GET /ledger`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let (lines, older) = read(&app, &asked).await?;
    let is_live = asked.before.is_none() && !asked.is_filter();
    let body = html! {
        (parts::head(t("ledger.title"), Some(t("ledger.what"))))
        (filter(&asked))
        form.row.spaced method="post" action="/ledger/verify" {
            (parts::token(&me))
            button type="submit" { (t("ledger.verify")) }
            span.note { (t("ledger.verify-what")) }
        }
        @if lines.is_empty() { (parts::empty(t("ledger.none"), t("ledger.none-what"))) }
        @if is_live { p.note role="status" data-live="" hidden { (t("ledger.live")) } }
        ol.lines data-lines=[is_live.then_some("")] { @for line in &lines { (row(line)) } }
        nav.pages aria-label=(t("ledger.pages")) {
            @if asked.before.is_some() { a.button href={ "/ledger?" (again(&asked, None)) } { (t("ledger.newest")) } }
            @if let Some(before) = older { a.button href={ "/ledger?" (again(&asked, Some(before))) } { (t("ledger.older")) } }
        }
    };
    Ok(Page { title: t("ledger.title"), here: Here::Ledger, body }.framed(&app, &me).await)
}

/// `GET /ledger/live`: an event `line` for each new line, as it is shown.
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Extension(peer): Extension<Peer>,
) -> Response {
    match app.desk.follow().await {
        Ok(lines) => {
            let shown = lines.map(move |line| {
                let line = app.clean(line);
                let id = line.seq.to_string();
                Ok(event("line", &json!({ "html": row(&line).into_string() })).id(id))
            });
            sse(shown, me, peer)
        }
        Err(problem) => Fault::from(problem).in_words(),
    }
}

/// The lines that are meant, the newest first; and before which line to go on, where there may be more.
async fn read(app: &App, asked: &Asked) -> Result<(Vec<LedgerLine>, Option<u64>), Problem> {
    if !asked.turn.is_empty() {
        let query = LedgerQuery { from: None, turn: Some(asked.turn.trim().to_owned()), limit: Some(PIECE) };
        let mut lines = app.clean(app.desk.ledger(query).await?);
        lines.retain(|line| asked.fits(line));
        return Ok((lines, None));
    }
    let piece = if asked.is_filter() { PIECE } else { LINES };
    let (mut found, mut before, mut looked): (Vec<LedgerLine>, _, u64) = (Vec::new(), asked.before, 0);
    loop {
        let (from, limit) = match before {
            None => (None, piece),
            Some(before) if before <= 1 => return Ok((found, None)),
            Some(before) => {
                let from = before.saturating_sub(piece.into()).max(1);
                // At most a piece, which is a number of lines.
                (Some(from), u32::try_from(before - from).unwrap_or(piece))
            }
        };
        let lines = app.clean(app.desk.ledger(LedgerQuery { from, turn: None, limit: Some(limit) }).await?);
        let Some(first) = lines.first().map(|line| line.seq) else { return Ok((found, None)) };
        looked += lines.len() as u64;
        for line in lines.into_iter().rev().filter(|line| asked.fits(line)) {
            let seq = line.seq;
            found.push(line);
            if found.len() == LINES as usize {
                return Ok((found, (seq > 1).then_some(seq)));
            }
        }
        if first <= 1 || looked >= LOOKED_AT {
            return Ok((found, (first > 1).then_some(first)));
        }
        before = Some(first);
    }
}

fn again(asked: &Asked, before: Option<u64>) -> String {
    let before = before.map(|before| before.to_string()).unwrap_or_default();
    let pairs = [("before", before.as_str()), ("turn", &asked.turn), ("kind", &asked.kind), ("with", &asked.with)];
    let said: Vec<(&str, &str)> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    query(&said)
}

fn filter(asked: &Asked) -> Markup {
    html! {
        form.filter method="get" action="/ledger" role="search" {
            label { span { (t("ledger.with")) } input type="search" name="with" value=(asked.with) placeholder="loket:calc"; }
            label { span { (t("ledger.kind")) }
                select name="kind" {
                    option value="" { (t("ledger.all")) }
                    @for kind in KINDS { option value=(kind) selected[asked.kind == kind] { (kind) } }
                }
            }
            label { span { (t("ledger.turn")) } input type="text" name="turn" value=(asked.turn) autocomplete="off"; }
            button type="submit" { (t("ledger.filter")) }
            @if asked.is_filter() { a href="/ledger" { (t("ledger.no-filter")) } }
        }
    }
}

/// A line, as it is shown.
fn row(line: &LedgerLine) -> Markup {
    let what = if line.capability.is_empty() {
        line.function.clone()
    } else {
        format!("{} · {}", line.capability, line.function)
    };
    let payload = line.payload.as_ref().map(json);
    html! {
        li.line {
            details {
                summary {
                    span.seq { (line.seq) }
                    span.kind data-kind=(plain(&line.kind)) { (plain(&line.kind)) }
                    span.what { (excerpt(&what, 120)) }
                    @for label in &line.labels { span.label { (plain(label)) } }
                    (parts::moment(&line.time))
                }
                div.inside {
                    (parts::chain(&line.chain))
                    @match &payload {
                        Some(payload) => pre tabindex="0" { (payload.as_str()) },
                        None => p.note { (t("ledger.no-payload")) },
                    }
                    p.note {
                        (t("ledger.turn")) " " a href={ "/ledger/turn?" (query(&[("turn", &line.turn)])) } { code { (plain(&line.turn)) } }
                        " · " (tf("ledger.hash", &[("hash", &excerpt(&line.hash, 16))]))
                    }
                }
            }
        }
    }
}
