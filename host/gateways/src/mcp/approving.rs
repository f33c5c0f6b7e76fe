//! A call that waits for a yes, put to the user of the client that caused it: where its token has the scope `approve`, and the client can ask.
//!
//! What the client itself says counts for nothing, and its user's word for this one call: accept is yes, decline is no, and whatever else
//! leaves the call waiting for the owner. An answer names the digest of what was shown.

use crate::desk::{AskInfo, AskRef};
use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ElicitationAction, ErrorData, InputRequest, InputRequiredResult, RequestStateCodec, SealOptions,
};
use rmcp::service::RequestContext;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// How much of the arguments a question has, in characters.
const MOST_SHOWN: usize = 2_000;
/// How the questions are called, before the asks' own names.
const NAME: &str = "approval-";
/// So much of an ask's name tells it from others.
const SHORT: usize = 8;

/// What its user said to an ask: yes, no, or nothing.
pub(super) type Word = Option<bool>;

/// What a call that waits is sealed with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Parked {
    /// The call.
    pub(super) call: String,
    /// What it asked.
    pub(super) asks: Vec<AskRef>,
}

/// Whether a client can show a form. One that names no way in which it asks its user, asks by forms.
pub(super) fn can_show_forms(can: &ClientCapabilities) -> bool {
    can.elicitation.as_ref().is_some_and(|own| own.form.is_some() || own.url.is_none())
}

/// The question, in words, with nothing to fill in.
pub(super) fn question(ask: &AskInfo) -> Json {
    let arguments = ask.arguments.to_string();
    let shown: String = arguments.chars().take(MOST_SHOWN).collect();
    let cut = if shown.len() < arguments.len() || ask.shortened { " (shortened)" } else { "" };
    let seen = if ask.labels.is_empty() { "nothing that is marked".to_owned() } else { ask.labels.join(", ") };
    let message = format!(
        "`{}` wants to call `{}` of `{}` with {shown}{cut}. The way there: {}. Seen before: {seen}. Accept to let this one call pass, decline to \
         refuse it.",
        ask.who, ask.function, ask.capability, ask.chain
    );
    let nothing = json!({ "type": "object", "properties": {} });
    json!({ "mode": "form", "message": message, "requestedSchema": nothing })
}

/// What is told where only the owner can answer.
pub(super) fn waits(ask: &AskInfo) -> String {
    format!("waits for the owner's yes to `{}` of {}: {}", ask.function, ask.capability, yes(&ask.id))
}

/// The same of one whose name alone is known.
pub(super) fn waits_for(ask: &str) -> String {
    format!("waits for the owner's yes: {}", yes(ask))
}

fn yes(ask: &str) -> String {
    format!("loket approvals yes {}", ask.get(ask.len().saturating_sub(SHORT)..).unwrap_or(ask))
}

/// The questions to a client whose revision answers them with the request sent again, and the sealed state that names the call.
///
/// # Errors
/// When it cannot be sealed.
pub(super) fn questions(
    seal: &RequestStateCodec,
    print: &str,
    call: String,
    asks: &[AskInfo],
) -> Result<InputRequiredResult, ErrorData> {
    let failed =
        |e: &dyn std::fmt::Display| ErrorData::internal_error(format!("the call cannot be asked about: {e}"), None);
    let mut questions = Vec::new();
    for ask in asks {
        let whole = json!({ "method": "elicitation/create", "params": question(ask) });
        let request: InputRequest = serde_json::from_value(whole).map_err(|e| failed(&e))?;
        questions.push((format!("{NAME}{}", ask.id), request));
    }
    let state = super::asking::State::Approval(Parked { call, asks: asks.iter().map(AskRef::from).collect() });
    let options = SealOptions::new().associated_data(print.as_bytes()).ttl(super::asking::GOOD);
    let state = seal.seal_json_with(&state, &options).map_err(|e| failed(&e))?;
    Ok(InputRequiredResult::new(Some(questions.into_iter().collect()), Some(state)))
}

/// What was said to each ask, out of the answers that came along.
pub(super) fn said(parked: Parked, answers: &[(String, Json)]) -> (String, Vec<(AskRef, Word)>) {
    let Parked { call, asks } = parked;
    let word = |ask: &AskRef| {
        let name = format!("{NAME}{}", ask.id);
        let answer = answers.iter().find(|(own, _)| *own == name).map(|(_, answer)| answer);
        match answer.and_then(|answer| answer["action"].as_str()) {
            Some("accept") => Some(true),
            Some("decline") => Some(false),
            _ => None,
        }
    };
    let said = asks.into_iter().map(|ask| (word(&ask), ask)).map(|(word, ask)| (ask, word)).collect();
    (call, said)
}

/// Asks a client's user in the middle of a request.
pub(super) async fn put(context: &RequestContext<RoleServer>, question: Json) -> Word {
    let params = serde_json::from_value(question).ok()?;
    let answer = tokio::time::timeout(PATIENCE, context.peer.create_elicitation(params)).await.ok()?.ok()?;
    match answer.action {
        ElicitationAction::Accept => Some(true),
        ElicitationAction::Decline => Some(false),
        _ => None,
    }
}

/// How long a user may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn parked() -> Parked {
        let ask = |id: &str| AskRef { id: id.into(), digest: "d".into() };
        Parked { call: "c".into(), asks: vec![ask("1"), ask("2"), ask("3"), ask("4")] }
    }

    #[test]
    fn only_accept_and_decline_are_words() {
        let answer = |id: &str, action: Json| (format!("{NAME}{id}"), json!({ "action": action, "content": {} }));
        let answers = [answer("1", json!("accept")), answer("2", json!("decline")), answer("3", json!("cancel"))];
        let (call, said) = said(parked(), &answers);
        let words: Vec<Word> = said.iter().map(|(_, word)| *word).collect();
        assert_eq!((call.as_str(), words), ("c", vec![Some(true), Some(false), None, None]));
    }

    #[test]
    fn an_answer_that_is_none_leaves_everything_to_the_owner() {
        let answers =
            [(format!("{NAME}1"), json!({ "action": true })), ("other".to_owned(), json!({ "action": "accept" }))];
        assert!(said(parked(), &answers).1.iter().all(|(_, word)| word.is_none()));
    }
}
