//! Tokens of other programs: one made and shown once, one taken back.

use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::{Problem, TokenInfo, TokenName, TokenRequest};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// What is typed.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    act: String,
    name: String,
    #[serde(default)]
    agents: String,
    #[serde(default)]
    tools: String,
    #[serde(default)]
    brains: String,
    approve: Option<String>,
    metrics: Option<String>,
    #[serde(default)]
    days: String,
}

/// `POST /settings/tokens`
pub(crate) async fn act(State(app): State<Arc<App>>, Form(typed, me): Form<Typed>) -> Result<Response, Fault> {
    match typed.act.as_str() {
        "make" => {
            let body = make(&app, typed).await?;
            Ok(Page { title: t("tokens.made"), here: Here::Settings, body }.framed(&app, &me).await.into_response())
        }
        "revoke" => {
            app.desk.token_revoke(TokenName { name: typed.name }).await?;
            Ok(see("/settings?done=token"))
        }
        _ => Err(Problem::invalid("a token is made or taken back").hint("open the page again").into()),
    }
}

async fn make(app: &App, typed: Typed) -> Result<Markup, Problem> {
    let words = |text: &str| -> Vec<String> {
        let words = text.split([',', ' ', '\n', '\r']).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let days: Option<u64> = match typed.days.trim() {
        "" => None,
        days => Some(days.parse().map_err(|_| Problem::invalid("how long it is good is a number of days"))?),
    };
    let request = TokenRequest {
        agents: words(&typed.agents),
        tools: words(&typed.tools),
        brains: words(&typed.brains),
        approve: typed.approve.is_some(),
        metrics: typed.metrics.is_some(),
        expires_in: days.map(|days| days.saturating_mul(DAY)),
        name: typed.name,
    };
    let made = app.desk.token_create(request).await?;
    let secret = made.secret.into_inner();
    Ok(html! {
        (parts::head(&tf("tokens.for", &[("name", &plain(&made.token.name))]), Some(t("tokens.once"))))
        article.card {
            pre.command tabindex="0" { (secret.as_str()) }
            (granted(&made.token))
            p { a.button href="/settings" { (t("tokens.kept")) } }
        }
    })
}

fn granted(token: &TokenInfo) -> Markup {
    html! {
        @if token.grants.is_empty() { p.note { (t("tokens.nothing")) } }
        @else { p.note { @for grant in &token.grants { code.chip { (plain(&grant.capability)) } " " } } }
    }
}

/// What there is, and the form for one more.
pub(super) fn section(tokens: &Result<Vec<TokenInfo>, Problem>, me: &Me) -> Markup {
    html! {
        section.list #tokens {
            h2 { (t("settings.tokens")) }
            p.note { (parts::code_in(t("settings.tokens-what"))) }
            @match tokens {
                Err(problem) => (parts::problem(problem)),
                Ok(tokens) if tokens.is_empty() => p { (t("settings.no-tokens")) },
                Ok(tokens) => ul.rows { @for token in tokens { (row(token, me)) } },
            }
            details {
                summary { (t("tokens.new")) }
                form.stack.narrow method="post" action="/settings/tokens" {
                    (parts::token(me))
                    label { span { (t("tokens.name")) } input type="text" name="name" required maxlength="64" autocomplete="off" spellcheck="false" placeholder="desktop"; }
                    label { span { (t("tokens.agents")) } input type="text" name="agents" maxlength="2000" autocomplete="off" spellcheck="false" placeholder="assistant"; }
                    label { span { (t("tokens.tools")) } input type="text" name="tools" maxlength="2000" autocomplete="off" spellcheck="false" placeholder="loket:calc"; }
                    label { span { (t("tokens.brains")) } input type="text" name="brains" maxlength="2000" autocomplete="off" spellcheck="false"; }
                    label { span { (t("tokens.days")) } input type="number" name="days" min="1" max="3650"; }
                    label.pick { input type="checkbox" name="approve" value="yes"; (t("tokens.approve")) }
                    label.pick { input type="checkbox" name="metrics" value="yes"; (t("tokens.metrics")) }
                    button type="submit" name="act" value="make" { (t("tokens.make")) }
                }
            }
        }
    }
}

fn row(token: &TokenInfo, me: &Me) -> Markup {
    html! {
        li {
            div {
                strong { code { "client:" (plain(&token.name)) } }
                @if token.approve { " " span.chip { (t("settings.approves")) } }
                @if token.metrics { " " span.chip { "/metrics" } }
                @if token.expired { " " span.state.bad { (t("settings.expired")) } }
                p.note {
                    (t("settings.made")) " " (parts::moment(&token.since))
                    @if let Some(expires) = &token.expires { " · " (t("settings.until")) " " (parts::moment(expires)) }
                }
                (granted(token))
            }
            form method="post" action="/settings/tokens" {
                (parts::token(me))
                input type="hidden" name="name" value=(token.name);
                button.quiet type="submit" name="act" value="revoke" { (t("tokens.revoke")) span.unseen { " " (plain(&token.name)) } }
            }
        }
    }
}
