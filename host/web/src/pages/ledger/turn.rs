//! One turn as a waterfall: each call by when it began and how long it took, under who made it; and the turn run again, where that can be.

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, json, plain};
use crate::texts::{count, t, tf};
use crate::turns::{at, took};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{LedgerLine, LedgerQuery, Problem, ReplayReport, ReplayRequest};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most lines of a turn that are read.
const LINES: u32 = 1000;
/// How wide the picture of a call is, in its own units.
const WIDE: f64 = 1000.0;
/// The deepest that a call is set in.
const DEEPEST: usize = 6;

/// Which turn.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    turn: String,
}

/// A call of a turn.
struct Span<'l> {
    line: &'l LedgerLine,
    /// `outcome`, `refused` or `failed`; nothing where it has no end.
    end: Option<&'l LedgerLine>,
    began: i64,
    ended: i64,
}

/// `GET /ledger/turn`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { turn }): Query<Asked>,
) -> Result<Html<String>, Fault> {
    page(&app, &turn, None, &me).await
}

/// `POST /ledger/turn`: run again. Nothing is called, and nothing written.
pub(crate) async fn replay(
    State(app): State<Arc<App>>,
    Form(Asked { turn }, me): Form<Asked>,
) -> Result<Html<String>, Fault> {
    let replayed = app.desk.replay(ReplayRequest { turn: turn.clone(), ..ReplayRequest::default() }).await;
    page(&app, &turn, Some(replayed), &me).await
}

async fn page(
    app: &App,
    turn: &str,
    replayed: Option<Result<ReplayReport, Problem>>,
    me: &Me,
) -> Result<Html<String>, Fault> {
    let query = LedgerQuery { from: None, turn: Some(turn.trim().to_owned()), limit: Some(LINES) };
    let lines = app.clean(app.desk.ledger(query).await?);
    let body = html! {
        p { a href="/ledger" { (t("turn.back")) } }
        (parts::head(t("turn.title"), None))
        @match &replayed {
            None => {},
            Some(Ok(report)) => (told(&app.clean(report.clone()))),
            Some(Err(problem)) => (parts::problem(&app.clean(problem.clone()))),
        }
        @if lines.is_empty() { (parts::empty(t("turn.none"), t("turn.none-what"))) } @else { (whole(turn, &lines, me)) }
    };
    Ok(Page { title: t("turn.title"), here: Here::Ledger, body }.framed(app, me).await)
}

/// The calls of a turn, each with its end: the first that fits.
fn spans(lines: &[LedgerLine]) -> Vec<Span<'_>> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    let last = lines.iter().filter_map(|line| at(&line.time)).max().unwrap_or_default();
    for line in lines {
        let now = at(&line.time).unwrap_or(last);
        match line.kind.as_str() {
            "intent" => spans.push(Span { line, end: None, began: now, ended: last }),
            "outcome" | "refused" | "failed" => {
                let is_its = |span: &&mut Span<'_>| {
                    let begun = span.line;
                    span.end.is_none()
                        && (&begun.chain, &begun.capability, &begun.function)
                            == (&line.chain, &line.capability, &line.function)
                };
                match spans.iter_mut().find(is_its) {
                    Some(span) => (span.end, span.ended) = (Some(line), now),
                    // What was refused at once never began.
                    None => spans.push(Span { line, end: Some(line), began: now, ended: now }),
                }
            }
            _ => {}
        }
    }
    spans
}

fn whole(turn: &str, lines: &[LedgerLine], me: &Me) -> Markup {
    let spans = spans(lines);
    let times = || lines.iter().filter_map(|line| at(&line.time));
    let (first, last) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let agent =
        lines.iter().find(|line| line.kind == "turn").map(|line| line.chain.as_str()).filter(|name| !name.is_empty());
    let end = lines.iter().rev().find(|line| line.kind == "end");
    let outcome = end.and_then(|line| line.payload.as_ref()).and_then(|payload| payload.as_str());
    let depth = |span: &Span<'_>| span.line.chain.matches(" > ").count().min(DEEPEST);
    html! {
        section.card {
            dl.facts {
                dt { (t("ledger.turn")) } dd { code.long { (plain(turn)) } }
                @if let Some(agent) = agent { dt { (t("brain.agent")) } dd { a href={ "/agents/agent?" (query(&[("name", agent)])) } { (plain(agent)) } } }
                dt { (t("agent.when")) } dd { (parts::moment_of(u64::try_from(first).unwrap_or_default())) }
                dt { (t("agent.latency")) } dd { (took(u64::try_from(last - first).unwrap_or_default())) }
                dt { (t("agent.calls")) } dd { (spans.len()) }
                dt { (t("agent.outcome")) }
                dd { @match (end, outcome) {
                    (None, _) => (t("agent.runs")),
                    (_, Some("done") | None) => (t("agent.well")),
                    (_, Some(other)) => span.state.bad { (excerpt(other, 200)) },
                } }
            }
            div.row {
                a.button href={ "/ledger?" (query(&[("turn", turn)])) } { (t("turn.lines")) }
                form method="post" action="/ledger/turn" {
                    (parts::token(me))
                    input type="hidden" name="turn" value=(turn);
                    button type="submit" { (t("turn.replay")) }
                }
            }
            p.note { (t("turn.replay-what")) }
        }
        section.list {
            h2 { (t("turn.waterfall")) }
            ol.waterfall { @for span in &spans { (row(span, first, last, depth(span))) } }
        }
    }
}

fn row(span: &Span<'_>, first: i64, last: i64, depth: usize) -> Markup {
    let whole = (last - first).max(1) as f64;
    let x = (span.began - first) as f64 / whole * WIDE;
    let wide = ((span.ended - span.began) as f64 / whole * WIDE).clamp(4.0, WIDE);
    let time = took(u64::try_from(span.ended - span.began).unwrap_or_default());
    let (line, is_bad) = (span.line, span.end.is_some_and(|end| end.kind != "outcome"));
    let what = if line.capability.is_empty() {
        line.function.clone()
    } else {
        format!("{} · {}", line.capability, line.function)
    };
    html! {
        li.span {
            details {
                summary {
                    span.what data-depth=(depth) { (excerpt(&what, 120)) @if let Some(end) = span.end.filter(|_| is_bad) { " " span.state.bad { (plain(&end.kind)) } }
                        @if span.end.is_none() { " " span.state.bad { (t("turn.open")) } } }
                    svg.fall viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                        rect .bad[is_bad] x=(format!("{:.1}", x.min(WIDE - wide))) y="1" width=(format!("{wide:.1}")) height="10" rx="2" {}
                    }
                    span.number { (time) }
                }
                div.inside {
                    (parts::chain(&line.chain))
                    @if span.began > first { p.note { (tf("turn.after", &[("time", &took(u64::try_from(span.began - first).unwrap_or_default()))])) } }
                    @if let Some(payload) = line.payload.as_ref().filter(|_| line.kind == "intent") { h4 { (t("turn.asked")) } pre tabindex="0" { (json(payload)) } }
                    @if let Some(payload) = span.end.and_then(|end| end.payload.as_ref()) { h4 { (t("turn.answered")) } pre tabindex="0" { (json(payload)) } }
                }
            }
        }
    }
}

fn told(report: &ReplayReport) -> Markup {
    html! {
        @if report.verdict == "equal" { (parts::done(&count(report.calls.into(), "turn.one-equal", "turn.many-equal"))) }
        @else {
            div.problem role="alert" {
                p { strong { (t("turn.diverged")) } }
                @if let Some(divergence) = &report.divergence {
                    p { (plain(&divergence.what)) }
                    @if !divergence.diff.is_empty() { pre tabindex="0" { @for line in &divergence.diff { (plain(line)) "\n" } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: u64, kind: &str, function: &str, second: &str) -> LedgerLine {
        LedgerLine {
            seq,
            time: format!("2026-11-30T12:00:{second}Z"),
            turn: "t".into(),
            kind: kind.into(),
            chain: "owner > agent:a".into(),
            capability: "loket:calc".into(),
            function: function.into(),
            labels: vec![],
            payload: None,
            hash: String::new(),
        }
    }

    #[test]
    fn each_call_has_its_own_end_and_one_without_an_end_goes_on() {
        let lines = [
            line(1, "intent", "add", "01.000"),
            line(2, "intent", "add", "01.100"),
            line(3, "outcome", "add", "02.000"),
            line(4, "refused", "send", "02.500"),
            line(5, "failed", "add", "03.000"),
            line(6, "intent", "wait", "03.500"),
        ];
        let spans = spans(&lines);
        let told: Vec<_> = spans
            .iter()
            .map(|s| (s.line.function.as_str(), s.end.map(|e| e.kind.as_str()), s.ended - s.began))
            .collect();
        let expect = [
            ("add", Some("outcome"), 1000),
            ("add", Some("failed"), 1900),
            ("send", Some("refused"), 0),
            ("wait", None, 0),
        ];
        assert_eq!(told, expect);
    }
}
