//! Chat: talking to an agent, and seeing what it does meanwhile.
//!
//! Files: this one the page, [`history`] what was said before, [`exchange`] a message and its answer, [`say`] a message sent, [`stream`] the
//! same while it is answered, [`correct`] an answer that was wrong, [`search`] what was said of something.

pub(crate) mod correct;
pub(crate) mod exchange;
pub(crate) mod history;
pub(crate) mod say;
pub(crate) mod search;
pub(crate) mod stream;

use crate::app::App;
use crate::brain::chosen;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts::{self, icon};
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use exchange::Exchange;
use history::{History, Talk};
use loket_gateways::desk::{AgentInfo, AskInfo, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The longest message, in characters: the desk says what it takes in bytes.
const LONGEST: usize = 100_000;

/// Which conversation is meant.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    agent: Option<String>,
    conversation: Option<String>,
    /// What was said before then, in milliseconds since 1970.
    before: Option<u64>,
    /// What was done before.
    done: Option<String>,
}

/// `GET /`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let agents = app.clean(app.desk.agents().await?);
    let Some(agent) = chosen(&agents, asked.agent.as_deref()) else {
        let body = html! { (parts::empty(t("chat.no-agent"), t("chat.no-agent-what"))) };
        return Ok(Page { title: t("chat.title"), here: Here::Chat, body }.framed(&app, &me).await);
    };
    let history = History::read(&app, &agent.name, asked.conversation.as_deref(), asked.before).await;
    // A new one has its name from the beginning, so that it can be stopped.
    let conversation = asked.conversation.clone().unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
    let asks = app.clean(app.desk.asks().await.unwrap_or_default());
    let here = |ask: &&AskInfo| ask.conversation.as_deref() == Some(conversation.as_str());
    let body = html! {
        h1.unseen { (t("chat.title")) " · " (plain(&agent.name)) }
        div.chat {
            (aside(&agents, agent, &history, &conversation))
            section.talk aria-label=(tf("chat.with", &[("agent", &plain(&agent.name))])) {
                div.scroller data-scroller="" tabindex="0" role="group" aria-label=(t("chat.messages")) {
                    @if asked.done.as_deref() == Some("corrected") { (parts::done(t("chat.corrected"))) }
                    @match &history {
                        Ok(history) if history.exchanges.is_empty() && asked.conversation.is_none() => (welcome(agent)),
                        Ok(history) => {
                            @if let Some(earlier) = history.earlier {
                                p { a.button href={ "/?" (query(&[("agent", agent.name.as_str()), ("conversation", &conversation), ("before", &earlier.to_string())])) } { (t("chat.earlier")) } }
                            }
                            @for exchange in &history.exchanges { (exchange.shown(&me, &agent.name)) }
                        }
                        Err(problem) => (parts::problem(problem)),
                    }
                    div.exchanges data-exchanges="" {}
                    @for ask in asks.iter().filter(here) {
                        (crate::pages::approvals::card::inline(ask, &me))
                    }
                }
                (composer(agent, &conversation, &me))
            }
        }
        (templates())
    };
    Ok(Page { title: t("chat.title"), here: Here::Chat, body }.framed(&app, &me).await)
}

/// To whom, and the conversations so far.
fn aside(agents: &[AgentInfo], agent: &AgentInfo, history: &Result<History, Problem>, conversation: &str) -> Markup {
    let talks: &[Talk] = history.as_ref().map_or(&[], |history| &history.talks);
    let place = |conversation: &str| query(&[("agent", agent.name.as_str()), ("conversation", conversation)]);
    html! {
        details.talks {
            summary { (t("chat.talks")) }
            div {
                form.agent method="get" action="/" {
                    label for="agent" { (t("chat.agent")) }
                    select #agent name="agent" data-submits="" {
                        @for other in agents {
                            option value=(other.name) selected[other.name == agent.name] {
                                (plain(&other.name)) @if other.state != "ready" { " (" (t("parts.not-ready")) ")" }
                            }
                        }
                    }
                    button.quiet type="submit" data-plain="" { (t("chat.change")) }
                }
                a.button.new href={ "/?" (query(&[("agent", &agent.name)])) } { (icon("new")) span { (t("chat.new")) } }
                (search::form(&agent.name, ""))
                nav aria-label=(t("chat.talks")) {
                    ul {
                        @for talk in talks {
                            li {
                                a href={ "/?" (place(&talk.conversation)) } aria-current=[(talk.conversation == conversation).then_some("page")] {
                                    span dir="auto" { (excerpt(&talk.title, 60)) }
                                    (parts::moment_of(talk.written))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where nothing was said yet.
fn welcome(agent: &AgentInfo) -> Markup {
    html! {
        div.hello data-hello="" {
            (icon("loket"))
            h2 { (tf("chat.hello", &[("agent", &plain(&agent.name))])) }
            p { (tf("chat.hello-what", &[("model", &plain(&agent.model))])) }
            ul.ideas {
                @for idea in [t("chat.idea-remember"), t("chat.idea-calc"), t("chat.idea-help")] {
                    li { button.quiet type="button" data-idea=(idea) { (idea) } }
                }
            }
        }
    }
}

fn composer(agent: &AgentInfo, conversation: &str, me: &Me) -> Markup {
    html! {
        form.composer method="post" action="/chat" data-composer=""
            data-sending=(t("chat.thinking")) data-lost=(t("chat.lost")) data-over=(t("chat.over")) {
            input type="hidden" name="token" value=(me.csrf);
            input type="hidden" name="agent" value=(agent.name);
            input type="hidden" name="conversation" value=(conversation);
            ul.attached data-attached="" hidden aria-label=(t("chat.attached"))
                data-away=(t("chat.file-away")) data-binary=(t("chat.file-binary")) data-much=(t("chat.file-much")) {}
            p.problem role="alert" data-attached-not="" hidden {}
            ul.candidates #candidates role="listbox" aria-label=(t("chat.candidates")) hidden {}
            label.unseen for="message" { (tf("chat.say-to", &[("agent", &plain(&agent.name))])) }
            textarea #message name="text" rows="1" required maxlength=(LONGEST) dir="auto" autofocus
                placeholder=(t("chat.placeholder")) role="combobox" aria-expanded="false" aria-controls="candidates"
                aria-autocomplete="list" aria-haspopup="listbox" aria-describedby="keys" {}
            div.buttons {
                label.button.quiet.attach data-attach="" hidden {
                    input.unseen type="file" multiple data-files="";
                    (icon("attach")) span { (t("chat.attach")) }
                }
                p.note #keys { (t("chat.keys")) }
                button.stop type="button" data-stop="" hidden { (icon("stop")) span { (t("chat.stop")) } }
                button.primary.send type="submit" { (icon("send")) span { (t("chat.send")) } }
            }
        }
        p.unseen role="status" aria-live="polite" data-says="" {}
    }
}

/// What scripts put in while an answer comes.
fn templates() -> Markup {
    html! {
        template data-template="exchange" {
            (Exchange::pending())
        }
    }
}
