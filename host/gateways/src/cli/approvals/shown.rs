//! What is asked, in words: who wants what, with which arguments, why, and what was seen and answered before.

use crate::cli::lists::count;
use crate::cli::plain;
use crate::cli::screen::{BOLD, DIM, Screen, state};
use crate::desk::{AskForm, AskInfo};
use anstyle::Style;
use serde_json::Value as Json;
use std::io;

/// So much of an id tells an ask from others.
const SHORT: usize = 8;
/// What an argument's lines stand behind.
const INDENT: usize = 8;

/// The end of an id, which names the ask as well.
pub(crate) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(SHORT)..).unwrap_or(id)
}

/// Whether two are of the same kind, in the same conversation.
pub(crate) fn is_like(one: &AskInfo, other: &AskInfo) -> bool {
    let kind =
        |ask: &AskInfo| (ask.chain.clone(), ask.capability.clone(), ask.function.clone(), ask.conversation.clone());
    kind(one) == kind(other)
}

/// Asks by kind, in the order in which the first of each was asked.
pub(crate) fn by_kind(asks: Vec<AskInfo>) -> Vec<Vec<AskInfo>> {
    let mut kinds: Vec<Vec<AskInfo>> = Vec::new();
    for ask in asks {
        match kinds.iter_mut().find(|kind| is_like(&kind[0], &ask)) {
            Some(kind) => kind.push(ask),
            None => kinds.push(vec![ask]),
        }
    }
    kinds
}

/// A line for each kind.
pub(crate) fn table(screen: &mut Screen, asks: &[AskInfo]) -> io::Result<()> {
    let kinds = by_kind(asks.to_vec());
    let rows: Vec<Vec<String>> = kinds
        .iter()
        .map(|kind| {
            let ask = &kind[0];
            let (_, until) = screen.moment(&ask.expires);
            let what = format!("{} {}", ask.capability, ask.function);
            vec![short(&ask.id).to_owned(), kind.len().to_string(), until, ask.who.clone(), what]
        })
        .collect();
    screen.table(&["ASK", "HOW MANY", "UNTIL", "WHO", "WANTS TO CALL"], &[1], &rows)?;
    screen.styled(DIM, "`loket approvals show ASK` shows the arguments, and why")
}

/// Asks of one kind: what they have in common once, then each one's arguments.
pub(crate) fn asks(screen: &mut Screen, asks: &[AskInfo]) -> io::Result<()> {
    let Some(first) = asks.first() else { return Ok(()) };
    let what = match &first.form {
        None => format!("`{}` wants to call `{}` of `{}`", first.who, first.function, first.capability),
        Some(_) => format!("`{}` asks you something, while it answers `{}`", first.who, first.function),
    };
    screen.parts(&[(state("ask"), "ask   "), (BOLD, &what)])?;
    screen.wrapped(6, &format!("why: {}", first.chain))?;
    if let Some(message) = &first.message {
        screen.wrapped(6, &format!("said: “{}”", plain::plain_line(message)))?;
    }
    let seen = if first.labels.is_empty() { "nothing that is marked".to_owned() } else { first.labels.join(", ") };
    screen.wrapped(6, &format!("the turn has seen: {seen}"))?;
    if !first.earlier.is_empty() {
        let earlier: Vec<_> = first.earlier.iter().map(|before| before.answer.as_str()).collect();
        screen.wrapped(6, &format!("answered before, the newest first: {}", earlier.join(", ")))?;
    }
    if asks.len() > 1 {
        screen.wrapped(6, &format!("{} of this kind wait", count(asks.len(), "call")))?;
    }
    for ask in asks {
        one(screen, ask)?;
    }
    Ok(())
}

/// What one of them has for itself.
fn one(screen: &mut Screen, ask: &AskInfo) -> io::Result<()> {
    let (_, until) = screen.moment(&ask.expires);
    let waits = match ask.state.as_str() {
        "waits" => format!("waits until {until}"),
        answer => meaning(answer).to_owned(),
    };
    screen.parts(&[(Style::new(), "      "), (BOLD, short(&ask.id)), (Style::new(), &format!("  {waits}"))])?;
    if let Some(form) = &ask.form {
        return asked(screen, form);
    }
    match &ask.arguments {
        // Of one that was answered, the ledger has them.
        Json::Null => {}
        Json::Object(fields) if fields.is_empty() => screen.wrapped(INDENT, "without arguments")?,
        Json::Object(fields) => {
            for (name, value) in fields {
                whole(screen, &format!("{name}: {value}"))?;
            }
        }
        other => whole(screen, &other.to_string())?,
    }
    if ask.shortened {
        screen.wrapped(INDENT, "(not all of it is shown; the answer is for all of it)")?;
    }
    if let Some(end) = &ask.ended {
        screen.wrapped(6, &format!("its turn ended: {}", end.outcome))?;
        if let Some(reply) = &end.reply {
            screen.text(reply)?;
        }
    }
    Ok(())
}

/// What a server asks: its words, and what it wants.
fn asked(screen: &mut Screen, form: &AskForm) -> io::Result<()> {
    for line in form.message.lines() {
        whole(screen, &format!("“{line}”"))?;
    }
    for field in &form.fields {
        let must = if field.required { ", needed" } else { "" };
        whole(screen, &format!("{}: {}{must}", field.name, field.takes))?;
        if !field.about.is_empty() {
            whole(screen, &format!("  {}", field.about))?;
        }
        if let Some(usual) = &field.usual {
            whole(screen, &format!("  where you say nothing: {usual}"))?;
        }
    }
    if let (Some(url), Some(host)) = (&form.url, &form.host) {
        whole(screen, &format!("at {host}: {url}"))?;
        screen.wrapped(INDENT, "a yes says that you open it; nothing is opened from here")?;
    }
    Ok(())
}

/// A line with each of its characters, broken wherever the screen ends: what is approved is read as it is.
fn whole(screen: &mut Screen, text: &str) -> io::Result<()> {
    let room = screen.width().saturating_sub(INDENT).max(20);
    let line: Vec<char> = plain::plain_line(text).chars().collect();
    for piece in line.chunks(room) {
        let piece: String = piece.iter().collect();
        screen.text(&format!("{:INDENT$}{piece}", ""))?;
    }
    Ok(())
}

/// What an answer means.
pub(crate) fn meaning(answer: &str) -> &'static str {
    match answer {
        "once" => "approved, once",
        "conversation" => "approved, for the rest of the conversation",
        "always" => "approved, and granted from now on",
        "no" => "refused",
        "not-again" => "refused, for the rest of the turn",
        "none" => "refused: nobody answered in time",
        _ => "answered",
    }
}
