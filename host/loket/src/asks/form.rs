//! A server of tools asks its owner something while it answers a call. It is an ask like any other, with a form: shown in the same place, bound
//! to the same digest, and answered once. Whoever says nothing in time has said neither yes nor no.

use super::question::Kind;
use super::table::Given;
use super::{Asks, MOST_ARGUMENTS, Wait};
use async_trait::async_trait;
use loket_gateways::desk::{AskField, AskForm};
use loket_kernel::{Call, Chain, Counter};
use loket_providers::mcp::form::{Answer, Field, Form, Kind as Sort, Person, Wish};
use serde_json::Value as Json;

#[async_trait]
impl Person for Asks {
    async fn ask(&self, counter: &Counter, call: &Call, chain: &Chain, form: &Form) -> Answer {
        let asked = Call { chain: chain.clone(), ..call.clone() };
        let kind = Kind::of(&asked);
        if self.is_silent(call.turn.id, &kind) {
            return Answer::Decline;
        }
        let usual = form.usual();
        if serde_json::to_string(form).map_or(usize::MAX, |text| text.len()) > MOST_ARGUMENTS {
            return Answer::Cancel;
        }
        match self.wait(counter, &asked, kind.clone(), usual, Some(form.clone())).await {
            Ok(Wait::Given(Given::Yes(values))) => Answer::Accept(values),
            Ok(Wait::Given(Given::No { for_the_turn })) => {
                self.table().refuse(call.turn.id.0, kind, for_the_turn);
                Answer::Decline
            }
            Ok(Wait::Late(_) | Wait::Nobody) | Err(_) => Answer::Cancel,
        }
    }
}

/// What is shown of a form.
pub(super) fn shown(form: &Form) -> AskForm {
    let (fields, url, host) = match &form.wish {
        Wish::Fields(fields) => (fields.iter().map(field).collect(), None, None),
        Wish::Page { url, host } => (Vec::new(), Some(url.clone()), Some(host.clone())),
    };
    AskForm { message: form.message.clone(), fields, url, host }
}

fn field(field: &Field) -> AskField {
    let kind = match &field.kind {
        Sort::Text { .. } => "text",
        Sort::Number { .. } => "number",
        Sort::Flag => "flag",
        Sort::Choice(_) => "choice",
        Sort::Choices { .. } => "choices",
    };
    let about = [&field.title, &field.about].into_iter().filter(|text| !text.is_empty());
    AskField {
        name: field.name.clone(),
        kind: kind.to_owned(),
        takes: field.kind.words(),
        about: about.cloned().collect::<Vec<_>>().join(": "),
        required: field.required,
        usual: field.default.clone(),
    }
}

/// The values that the owner gave, with what is usual for the rest; nothing where a page was to be opened.
///
/// # Errors
/// Which value does not fit.
pub(crate) fn values(form: &Form, given: Option<Json>) -> Result<Option<Json>, String> {
    form.values(&given.unwrap_or_else(|| Json::Object(Default::default())))
}
