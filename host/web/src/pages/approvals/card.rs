//! A call that waits: who wants what, with which arguments, why, and what was seen before.

use crate::entry::Me;
use crate::parts;
use crate::plain::{excerpt, json, plain};
use crate::texts::{t, tf};
use loket_gateways::desk::AskInfo;
use maud::{Markup, html};

/// The most answers of before that are shown.
const EARLIER: usize = 5;

/// On the page of all that waits.
pub(crate) fn whole(ask: &AskInfo, me: &Me) -> Markup {
    card(ask, me, "")
}

/// In a conversation, where it came up.
pub(crate) fn inline(ask: &AskInfo, me: &Me) -> Markup {
    card(ask, me, "chat")
}

/// One answer for all of a kind, each of which is shown below.
pub(crate) fn for_all(asks: &[&AskInfo], me: &Me) -> Markup {
    let named: Vec<String> = asks.iter().map(|ask| named(ask)).collect();
    html! {
        form.row method="post" action="/approvals/answer" {
            input type="hidden" name="token" value=(me.csrf);
            input type="hidden" name="asks" value=(named.join(" "));
            button type="submit" name="answer" value="once" { (t("approvals.all-once")) }
            button.quiet type="submit" name="answer" value="no" { (t("approvals.all-no")) }
        }
    }
}

/// As an answer names it: what was shown, and nothing else.
fn named(ask: &AskInfo) -> String {
    format!("{}:{}", ask.id, ask.digest)
}

fn card(ask: &AskInfo, me: &Me, back: &str) -> Markup {
    let title = tf("approvals.wants", &[("who", &plain(&ask.who)), ("function", &plain(&ask.function))]);
    let id = format!("ask-{}", ask.id);
    html! {
        article.ask #(id) data-ask=(ask.id) aria-labelledby={ (id) "-title" } {
            header {
                h3 #{ (id) "-title" } { (title) }
                p { code { (plain(&ask.capability)) } @for label in &ask.labels { " " span.label { (plain(label)) } } }
            }
            @if let Some(message) = &ask.message {
                p.because { (t("approvals.because")) " " q dir="auto" { (excerpt(message, 300)) } }
            }
            div.arguments {
                h4 { (t("approvals.arguments")) }
                pre tabindex="0" { (json(&ask.arguments)) }
                @if ask.shortened { p.note { (t("approvals.shortened")) } }
            }
            details.why {
                summary { (t("approvals.why")) }
                (parts::chain(&ask.chain))
                @if !ask.labels.is_empty() { p.note { (t("approvals.labels")) } }
                @if !ask.earlier.is_empty() {
                    p.note { (t("approvals.earlier")) }
                    ul { @for earlier in ask.earlier.iter().take(EARLIER) {
                        li { (plain(&earlier.answer)) " · " (parts::moment(&earlier.at)) }
                    } }
                }
            }
            (answers(ask, me, back))
            p.note { (t("approvals.asked")) " " (parts::moment(&ask.asked)) " · " (t("approvals.waits-until")) " " (parts::moment(&ask.expires)) }
        }
    }
}

fn answers(ask: &AskInfo, me: &Me, back: &str) -> Markup {
    let hidden = html! {
        input type="hidden" name="token" value=(me.csrf);
        input type="hidden" name="asks" value=(named(ask));
        input type="hidden" name="back" value=(back);
        @if back == "chat" {
            input type="hidden" name="agent" value=(ask.agent.as_deref().unwrap_or_default());
            input type="hidden" name="conversation" value=(ask.conversation.as_deref().unwrap_or_default());
        }
    };
    html! {
        form.answers method="post" action="/approvals/answer" data-answers="" {
            (hidden)
            button.primary type="submit" name="answer" value="once" { (t("approvals.once")) }
            button.refuse type="submit" name="answer" value="no" { (t("approvals.no")) }
            details.further {
                summary { (t("approvals.further")) }
                div {
                    @if ask.conversation.is_some() {
                        button type="submit" name="answer" value="conversation" { (t("approvals.conversation")) }
                    }
                    button type="submit" name="answer" value="always" { (t("approvals.always")) }
                    button type="submit" name="answer" value="not-again" { (t("approvals.not-again")) }
                    p.note { (t("approvals.further-what")) }
                }
            }
        }
        @if !ask.shortened {
            details.edit {
                summary { (t("approvals.edit")) }
                form.stack method="post" action="/approvals/answer" data-answers="" {
                    (hidden)
                    label { span { (t("approvals.edit-what")) }
                        textarea.code name="arguments" rows="6" spellcheck="false" required maxlength="200000" {
                            (serde_json::to_string_pretty(&ask.arguments).unwrap_or_default())
                        }
                    }
                    button type="submit" name="answer" value="once" { (t("approvals.once-edited")) }
                }
            }
        }
    }
}
