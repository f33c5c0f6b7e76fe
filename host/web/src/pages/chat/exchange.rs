//! A message and its answer.

use crate::entry::{Me, query};
use crate::markdown::markdown;
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{count, t};
use loket_gateways::desk::{ChatReply, Citation};
use maud::{Markup, html};

/// How much of an answer stands in the form that corrects it, in characters.
const WRONG: usize = 2000;

/// A message and its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    pub(crate) asked: String,
    pub(crate) answered: String,
    /// Its page in the ledger.
    pub(crate) turn: String,
    /// The conversation, where it is not the page's.
    pub(crate) conversation: String,
    /// The memories that the answer used.
    pub(crate) used: Vec<Citation>,
    /// How many it wrote.
    pub(crate) learned: usize,
}

impl Exchange {
    /// What was answered just now.
    pub(crate) fn of(asked: String, reply: ChatReply) -> Exchange {
        let ChatReply { turn, conversation, text, used, learned } = reply;
        Exchange { asked, answered: text, turn, conversation, used, learned: learned.len() }
    }

    /// Both.
    pub(crate) fn shown(&self, me: &Me, agent: &str) -> Markup {
        html! {
            article.exchange {
                p.said dir="auto" { span.unseen { (t("chat.you")) " " } (self.asked) }
                (self.answer(me, agent))
            }
        }
    }

    /// The answer, with what it rests on.
    pub(crate) fn answer(&self, me: &Me, agent: &str) -> Markup {
        html! {
            div.answer-whole {
                div.answer dir="auto" { (markdown(&self.answered)) }
                footer.under {
                    @if !self.used.is_empty() { (used(&self.used)) }
                    @if self.learned > 0 { span.note { (count(self.learned as u64, "chat.one-learned", "chat.many-learned")) } }
                    (self.correct(me, agent))
                    @if !self.turn.is_empty() {
                        a.note href={ "/ledger?" (query(&[("turn", &self.turn)])) } { (t("chat.in-ledger")) }
                    }
                }
            }
        }
    }

    fn correct(&self, me: &Me, agent: &str) -> Markup {
        html! {
            details.correct {
                summary { (t("chat.correct")) }
                form.stack method="post" action="/chat/correct" {
                    input type="hidden" name="token" value=(me.csrf);
                    input type="hidden" name="agent" value=(agent);
                    input type="hidden" name="conversation" value=(self.conversation);
                    p.note { (t("chat.correct-what")) }
                    label { span { (t("chat.wrong")) }
                        textarea name="wrong" rows="2" required maxlength="20000" dir="auto" { (excerpt(&self.answered, WRONG)) } }
                    label { span { (t("chat.right")) } textarea name="right" rows="2" required maxlength="20000" dir="auto" {} }
                    label { span { (t("chat.applies")) } input type="text" name="applies" value="always" maxlength="2000"; }
                    button type="submit" { (t("chat.learn")) }
                }
            }
        }
    }

    /// One that is being answered; a script fills it.
    pub(crate) fn pending() -> Markup {
        html! {
            article.exchange {
                p.said dir="auto" data-said="" {}
                ul.doings data-doings="" {}
                div.answer-whole data-answer="" { div.answer dir="auto" data-words="" {} }
                p.thinking data-thinking="" { span.dots aria-hidden="true" { i {} i {} i {} } span data-doing="" { (t("chat.thinking")) } }
                div data-asks-here="" {}
            }
        }
    }
}

/// The memories that an answer used.
fn used(used: &[Citation]) -> Markup {
    html! {
        details.used {
            summary { (count(used.len() as u64, "chat.one-used", "chat.many-used")) }
            ul {
                @for memory in used {
                    li {
                        q dir="auto" { (excerpt(&memory.excerpt, 300)) }
                        " " span.note { (parts::moment_of(memory.written)) " · " code { (plain(&memory.id)) } }
                        @if let Some(why) = &memory.why { p.note { (t("chat.because")) " " (plain(why)) } }
                    }
                }
            }
        }
    }
}
