//! A grant that is changed, given or taken back: first what would be different, then the act.

use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::{GrantInfo, GrantRequest, Problem, RevokeRequest};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most lines of terms.
const LINES: usize = 256;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// `grant` or `revoke`.
    act: String,
    /// That it was seen what changes.
    sure: Option<String>,
    grantee: String,
    capability: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    verdict: String,
    /// Names with commas between.
    #[serde(default)]
    functions: String,
    #[serde(default)]
    per_turn: String,
    #[serde(default)]
    per_day: String,
    /// A key and a value on each line.
    #[serde(default)]
    terms: String,
    /// Delegate nothing.
    alone: Option<String>,
}

/// `POST /authority`
pub(crate) async fn act(State(app): State<Arc<App>>, Form(asked, me): Form<Asked>) -> Result<Response, Fault> {
    let body = match (asked.act.as_str(), &asked.sure) {
        ("grant", None) => preview(&app, &asked, &me).await?,
        ("revoke", None) => goes(&app, &asked, &me).await?,
        ("grant", Some(_)) => {
            app.desk.grant(request(&asked)?).await?;
            return Ok(done(&asked, "granted"));
        }
        ("revoke", Some(_)) => {
            let (grantee, capability) = (asked.grantee.clone(), Some(asked.capability.clone()));
            app.desk.revoke(RevokeRequest { grantee, capability }).await?;
            return Ok(done(&asked, "revoked"));
        }
        _ => return Err(Problem::invalid("a grant is given or taken back").hint("open the page again").into()),
    };
    Ok(Page { title: t("authority.sure"), here: Here::Authority, body }.framed(&app, &me).await.into_response())
}

fn done(asked: &Asked, done: &str) -> Response {
    see(&format!("/authority?{}", query(&[("of", &asked.grantee), ("done", done)])))
}

fn request(asked: &Asked) -> Result<GrantRequest, Problem> {
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let message = format!("`{}` is no number of calls", excerpt(text, 40));
            Problem::invalid(message).hint("write a number, or nothing for no limit")
        }),
    };
    let mut terms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in asked.terms.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES) {
        let Some((key, value)) = line.split_once(char::is_whitespace) else {
            let message = format!("`{}` is no term: it has a key and a value", excerpt(line, 80));
            return Err(Problem::invalid(message).hint("write for example `host api.example.org`"));
        };
        terms.entry(key.to_owned()).or_default().push(value.trim().to_owned());
    }
    let words = asked.functions.split([',', ' ', '\n', '\r']).map(str::trim).filter(|word| !word.is_empty());
    Ok(GrantRequest {
        grantee: asked.grantee.clone(),
        capability: asked.capability.trim().to_owned(),
        provider: Some(asked.provider.clone()).filter(|provider| !provider.is_empty()),
        verdict: Some(asked.verdict.clone()).filter(|verdict| !verdict.is_empty()),
        functions: words.map(str::to_owned).collect(),
        per_turn: number(&asked.per_turn)?,
        per_day: number(&asked.per_day)?,
        terms,
        no_delegation: asked.alone.is_some(),
    })
}

/// What would be different.
async fn preview(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let after = app.desk.grant_preview(request(asked)?).await?;
    let same = |grant: &GrantInfo| {
        (&grant.capability, &grant.provider, &grant.functions) == (&after.capability, &after.provider, &after.functions)
    };
    let before = app.desk.grants(Some(&asked.grantee)).await?.into_iter().find(same);
    let (before, after) = (app.clean(before), app.clean(after));
    let now = before.as_ref().map(lines).unwrap_or_default();
    let then = lines(&after);
    let goes = now.iter().filter(|line| !then.contains(line));
    let comes: Vec<_> = then.iter().filter(|line| !now.contains(line)).collect();
    let changes = goes.clone().count() + comes.len() > 0;
    Ok(html! {
        (parts::head(t("authority.sure"), None))
        article.card {
            header { h2 { code { (plain(&after.capability)) } } span.note { (tf("authority.to", &[("who", &plain(&asked.grantee))])) } }
            @if before.is_none() { p { (t("authority.is-new")) } }
            @if !changes { p { (t("authority.no-change")) } }
            ul.changes {
                @for line in goes { li { del { (plain(line)) } } }
                @for line in &comes { li { ins { (plain(line)) } } }
            }
            @if !after.delegates.is_empty() {
                p.note { (tf("authority.delegates", &[("who", &plain(&after.provider))])) }
                ul { @for delegate in &after.delegates { li { (excerpt(delegate, 300)) } } }
            }
            (confirm(asked, "grant", t("authority.do"), me))
        }
    })
}

/// What would be taken back.
async fn goes(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let grants = app.clean(app.desk.grants(Some(&asked.grantee)).await?);
    let gone: Vec<_> = grants.iter().filter(|grant| named(grant) == asked.capability).collect();
    Ok(html! {
        (parts::head(t("authority.sure"), None))
        article.card {
            p { (tf("authority.goes", &[("who", &plain(&asked.grantee))])) }
            ul.changes { @for grant in gone {
                li { del { code { (plain(&grant.capability)) } " " (plain(&lines(grant).join("; "))) } }
                @for delegate in &grant.delegates { li { del { (excerpt(delegate, 300)) } } }
            } }
            p.note { (t("authority.at-once")) }
            (confirm(asked, "revoke", t("authority.revoke"), me))
        }
    })
}

/// The same once more, with the yes to it.
fn confirm(asked: &Asked, act: &str, words: &str, me: &Me) -> Markup {
    let fields = [
        ("grantee", &asked.grantee),
        ("capability", &asked.capability),
        ("provider", &asked.provider),
        ("verdict", &asked.verdict),
        ("functions", &asked.functions),
        ("per_turn", &asked.per_turn),
        ("per_day", &asked.per_day),
        ("terms", &asked.terms),
    ];
    html! {
        form.row method="post" action="/authority" {
            (parts::token(me))
            input type="hidden" name="sure" value="yes";
            @for (name, value) in fields { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
            @if asked.alone.is_some() { input type="hidden" name="alone" value="yes"; }
            button.primary .danger[act == "revoke"] type="submit" name="act" value=(act) { (words) }
            a.button href={ "/authority?" (query(&[("of", &asked.grantee)])) } { (t("forget.no")) }
        }
    }
}

/// A grant, a line for each thing that it says.
fn lines(grant: &GrantInfo) -> Vec<String> {
    let mut lines = vec![grant.verdict.clone()];
    if !grant.functions.is_empty() {
        lines.push(format!("{} {}", t("authority.only"), grant.functions.join(", ")));
    }
    lines.extend(grant.terms.iter().flat_map(|(key, values)| values.iter().map(move |value| format!("{key} {value}"))));
    lines.extend(grant.per_turn.map(|n| tf("authority.a-turn", &[("n", &n.to_string())])));
    lines.extend(grant.per_day.map(|n| tf("authority.a-day", &[("n", &n.to_string())])));
    lines.extend(grant.delegates.iter().map(|delegate| tf("authority.through-it", &[("what", delegate)])));
    lines
}

/// How a request names what was granted.
pub(super) fn named(grant: &GrantInfo) -> String {
    grant.capability.split(" of ").next().unwrap_or_default().to_owned()
}

/// What a grant says.
pub(super) fn facts(grant: &GrantInfo) -> Markup {
    html! {
        ul.limits { @for line in lines(grant).iter().skip(1) { li { (excerpt(line, 300)) } } }
        p.note { (t("settings.since")) " " (parts::moment(&grant.since)) }
    }
}

/// The form that changes a grant.
pub(super) fn form(of: &str, grant: &GrantInfo, me: &Me) -> Markup {
    let number = |limit: Option<u32>| limit.map(|n| n.to_string()).unwrap_or_default();
    let pairs = grant.terms.iter().flat_map(|(key, values)| values.iter().map(move |value| format!("{key} {value}")));
    let terms = pairs.collect::<Vec<_>>().join("\n");
    html! {
        form.stack method="post" action="/authority" {
            (parts::token(me))
            input type="hidden" name="grantee" value=(of);
            input type="hidden" name="capability" value=(named(grant));
            @if grant.provider != "host" && grant.capability.contains('/') { input type="hidden" name="provider" value=(grant.provider); }
            input type="hidden" name="functions" value=(grant.functions.join(","));
            (rest(&grant.verdict, &number(grant.per_turn), &number(grant.per_day), &terms))
            label.pick { input type="checkbox" name="alone" value="yes" checked[grant.provider != "host" && grant.delegates.is_empty()]; (t("authority.alone")) }
            button type="submit" name="act" value="grant" { (t("authority.see")) }
        }
    }
}

/// The form for one more.
pub(super) fn new(of: &str, me: &Me) -> Markup {
    html! {
        form.stack method="post" action="/authority" {
            (parts::token(me))
            input type="hidden" name="grantee" value=(of);
            label { span { (t("authority.capability")) }
                input type="text" name="capability" required maxlength="300" autocomplete="off" spellcheck="false" placeholder="loket:calc"; }
            label { span { (t("authority.functions")) }
                input type="text" name="functions" maxlength="4000" autocomplete="off" spellcheck="false"; }
            (rest("ask", "", "", ""))
            label.pick { input type="checkbox" name="alone" value="yes"; (t("authority.alone")) }
            button type="submit" name="act" value="grant" { (t("authority.see")) }
        }
    }
}

fn rest(verdict: &str, per_turn: &str, per_day: &str, terms: &str) -> Markup {
    html! {
        label { span { (t("authority.verdict")) }
            select name="verdict" {
                @for (value, words) in [("allow", t("authority.allow")), ("ask", t("authority.ask")), ("deny", t("authority.deny"))] {
                    option value=(value) selected[verdict == value] { (words) }
                }
            }
        }
        div.pair {
            label { span { (t("authority.per-turn")) } input type="number" name="per_turn" min="1" max="1000000" value=(per_turn); }
            label { span { (t("authority.per-day")) } input type="number" name="per_day" min="1" max="1000000" value=(per_day); }
        }
        label { span { (t("authority.terms")) }
            textarea.code name="terms" rows="3" maxlength="20000" spellcheck="false" placeholder="host api.example.org" { (terms) } }
    }
}
