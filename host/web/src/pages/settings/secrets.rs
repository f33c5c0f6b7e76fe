//! Secrets by name: one set, one taken away. Values go in and never come out.

use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::parts;
use crate::plain::plain;
use crate::texts::t;
use axum::extract::State;
use axum::response::Response;
use loket_gateways::desk::{Problem, SecretInfo, SecretName, SecretRequest, SecretValue, Secrets};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What is typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    act: String,
    name: String,
    value: Option<SecretValue>,
    /// Names with commas or line ends between.
    #[serde(default)]
    hosts: String,
    replace: Option<String>,
}

/// `POST /settings/secrets`
pub(crate) async fn act(State(app): State<Arc<App>>, Form(typed, _): Form<Typed>) -> Result<Response, Fault> {
    let Typed { act, name, value, hosts, replace } = typed;
    let done = match (act.as_str(), value) {
        ("set", Some(value)) => {
            let hosts = hosts.split([',', ' ', '\n', '\r']).map(str::trim).filter(|host| !host.is_empty());
            let hosts = hosts.map(str::to_owned).collect();
            app.desk.secret_set(SecretRequest { name, value, hosts, replace: replace.is_some() }).await.map(drop)
        }
        ("remove", _) => app.desk.secret_remove(SecretName { name }).await.map(drop),
        _ => Err(Problem::invalid("a secret is set with a value, or taken away").hint("open the page again")),
    };
    done?;
    Ok(see("/settings?done=secret"))
}

/// What there is, and the form for one more.
pub(super) fn section(secrets: &Result<Secrets, Problem>, me: &Me) -> Markup {
    html! {
        section.list #secrets {
            h2 { (t("secrets.title")) }
            p.note { (t("secrets.what")) }
            @match secrets {
                Err(problem) => (parts::problem(problem)),
                Ok(secrets) => {
                    @if secrets.secrets.is_empty() { p { (t("settings.no-tokens")) } }
                    @else { ul.rows { @for secret in &secrets.secrets { (row(secret, me)) } } }
                    @if let Some(key) = &secrets.key { p.note { (t("secrets.key")) " " (plain(key)) } }
                }
            }
            details {
                summary { (t("secrets.new")) }
                form.stack.narrow method="post" action="/settings/secrets" {
                    (parts::token(me))
                    label { span { (t("secrets.name")) } input type="text" name="name" required maxlength="64" autocomplete="off" spellcheck="false"; }
                    label { span { (t("secrets.value")) } input type="password" name="value" required minlength="8" maxlength="16384" autocomplete="new-password"; }
                    label { span { (t("secrets.hosts")) } input type="text" name="hosts" required maxlength="2000" autocomplete="off" spellcheck="false" placeholder="api.example.org"; }
                    label.pick { input type="checkbox" name="replace" value="yes"; (t("secrets.replace")) }
                    button type="submit" name="act" value="set" { (t("secrets.set")) }
                }
            }
        }
    }
}

fn row(secret: &SecretInfo, me: &Me) -> Markup {
    html! {
        li {
            div {
                strong { code { (plain(&secret.name)) } }
                p.note {
                    (t("secrets.for")) " " @for host in &secret.hosts { code.chip { (plain(host)) } " " }
                    "· " (t("secrets.since")) " " (parts::moment(&secret.set))
                }
            }
            form method="post" action="/settings/secrets" {
                (parts::token(me))
                input type="hidden" name="name" value=(secret.name);
                button.quiet type="submit" name="act" value="remove" { (t("secrets.remove")) span.unseen { " " (plain(&secret.name)) } }
            }
        }
    }
}
