//! How a memory looks: in a list, and as an answer with the reasons for it.

use crate::brain::{Entry, Hit, Standing, Why};
use crate::entry::query;
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{count, t, tf};
use maud::{Markup, html};

/// How much of a memory stands in a list, in characters.
const BEGINNING: usize = 400;
/// How wide the picture of a score is, in its own units.
const WIDE: f64 = 120.0;

/// A memory in a list.
pub(super) fn row(agent: &str, memory: &Entry) -> Markup {
    item(agent, memory, &html! {})
}

/// A memory that answers a question, and why.
pub(super) fn hit(agent: &str, hit: &Hit) -> Markup {
    let reasons = html! {
        p.why-line { strong { (t("brain.because")) } " " (reasons(&hit.why, &hit.entry).join("; ")) }
        details.score {
            summary { (tf("brain.score", &[("score", &format!("{:.2}", hit.score))])) }
            (score(&hit.why))
        }
    };
    item(agent, &hit.entry, &reasons)
}

fn item(agent: &str, memory: &Entry, more: &Markup) -> Markup {
    let place = query(&[("agent", agent), ("id", &memory.id)]);
    html! {
        li.memory {
            p.about {
                span.chip { (kind(&memory.kind)) }
                @if memory.pinned { " " span.state.good { (t("brain.pinned")) } }
                @if matches!(memory.standing, Standing::Superseded(_)) { " " span.state.bad { (t("brain.superseded")) } }
                @for label in &memory.labels { " " span.label { (plain(label)) } }
                " " (parts::moment_of(memory.written))
            }
            p.words dir="auto" { a href={ "/brain/memory?" (place) } { (excerpt(&memory.text, BEGINNING)) } }
            @if !memory.tags.is_empty() { p.note { @for tag in &memory.tags { span.chip { (excerpt(tag, 60)) } " " } } }
            (more)
        }
    }
}

/// A kind, as people call it.
pub(super) fn kind(kind: &str) -> String {
    match kind {
        "fact" => t("brain.fact").to_owned(),
        "episode" => t("brain.episode").to_owned(),
        "lesson" => t("brain.lesson").to_owned(),
        "skill" => t("brain.skill").to_owned(),
        other => excerpt(other, 40),
    }
}

/// Why a memory is an answer, in words.
fn reasons(why: &Why, memory: &Entry) -> Vec<String> {
    let mut reasons = Vec::new();
    if why.leads {
        reasons.push(t("brain.why-leads").to_owned());
    }
    if !why.matched.is_empty() {
        reasons.push(tf("brain.why-words", &[("words", &excerpt(&why.matched.join(", "), 200))]));
    }
    if let Some(place) = why.meaning {
        reasons.push(tf("brain.why-meaning", &[("place", &place.to_string())]));
    }
    if why.period.is_some() {
        reasons.push(t("brain.why-period").to_owned());
    }
    reasons.push(age(why.age));
    if memory.strength > 1 {
        reasons.push(tf("brain.why-strength", &[("times", &memory.strength.to_string())]));
    }
    if memory.used > 0 {
        reasons.push(count(memory.used.into(), "brain.one-used", "brain.many-used"));
    }
    reasons
}

/// How old something is.
fn age(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    match minutes {
        0 => t("brain.new").to_owned(),
        1..60 => count(minutes, "brain.one-minute", "brain.many-minutes"),
        60..1440 => count(minutes / 60, "brain.one-hour", "brain.many-hours"),
        _ => count(minutes / 1440, "brain.one-day", "brain.many-days"),
    }
}

/// What a score is made of: how well the words fit, and what is gained besides.
fn score(why: &Why) -> Markup {
    let most = [why.relevance, why.recency, why.strength, why.usage].into_iter().fold(f64::EPSILON, f64::max);
    let parts = [
        (t("brain.relevance"), why.relevance, false),
        (t("brain.recency"), why.recency, true),
        (t("brain.strength"), why.strength, true),
        (t("brain.usage"), why.usage, true),
    ];
    html! {
        table.bars {
            tbody { @for (name, value, is_gain) in parts {
                tr {
                    th scope="row" { (name) }
                    td.bar-cell { svg.bar-svg viewBox="0 0 120 8" width="120" height="8" aria-hidden="true" focusable="false" {
                        rect width=(format!("{:.1}", WIDE * (value / most).clamp(0.0, 1.0))) height="8" rx="2" {}
                    } }
                    td.number { @if is_gain { "+" (format!("{:.0}", value * 100.0)) " %" } @else { (format!("{value:.2}")) } }
                }
            } }
        }
    }
}
