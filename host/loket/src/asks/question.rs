//! What the owner is asked, and what an answer to it is bound to.

use loket_kernel::{Call, Capability, Principal};
use loket_providers::mcp::form::Form;
use loket_values::json::to_json;
use loket_values::{Function, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// A call that waits for its owner's yes, as its turn's page has it: all that is needed to show it and to answer it, also after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Its name.
    pub(crate) ask: String,
    /// What an answer is bound to: [`Question::digest`].
    pub(crate) digest: String,
    /// In which turn.
    pub(crate) turn: String,
    /// The number of the call in its turn, and of the one that made it.
    pub(crate) call: u32,
    pub(crate) parent: u32,
    /// Who asks.
    pub(crate) whom: String,
    /// Who called whom to get here.
    pub(crate) chain: String,
    pub(crate) provider: String,
    pub(crate) interface: String,
    /// Which version of the provider, where it is not the newest.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(crate) version: String,
    pub(crate) function: String,
    /// The arguments by parameter, all of them.
    pub(crate) arguments: Json,
    /// What a server of tools asks while it answers the call; then `arguments` are the values that are usual.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) form: Option<Form>,
    /// Whose turn it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) conversation: Option<String>,
    /// How the message begins that began the turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) message: Option<String>,
    /// What the turn had seen.
    pub(crate) labels: Vec<String>,
    /// When it was asked, and until when it can be answered, in milliseconds since 1970.
    pub(crate) asked: u64,
    pub(crate) expires: u64,
}

/// What makes two asks the same kind: they are shown and answered together, and refused together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    chain: Arc<str>,
    capability: Capability,
    function: Arc<str>,
}

impl Kind {
    pub(crate) fn of(call: &Call) -> Kind {
        let (chain, function) = (call.chain.text().clone(), call.function.clone());
        Kind { chain, capability: Capability::of(&call.capability.provider, &call.capability.interface), function }
    }
}

impl Question {
    pub(crate) fn kind(&self) -> Kind {
        Kind {
            chain: self.chain.as_str().into(),
            capability: Capability::of(&self.provider, &self.interface),
            function: self.function.as_str().into(),
        }
    }

    /// Whom the call is addressed to.
    pub(crate) fn capability(&self) -> Capability {
        Capability::of(&self.provider, &self.interface).at_version(&self.version)
    }

    /// In whose name it is made.
    pub(crate) fn principal(&self) -> Option<Principal> {
        Principal::parse(&self.whom)
    }

    /// What tells this call from all others of its turn but for its like: chain, capability, function and arguments.
    pub(crate) fn print(&self) -> String {
        let parts = [&self.turn, &self.chain, &self.provider, &self.interface, &self.function];
        print(&parts.map(String::as_str), &self.arguments)
    }

    /// The digest that an answer must name: of the ask's own name, chain, capability, function and arguments, and of its form if it has one.
    pub(crate) fn bound(&self) -> String {
        let form = self.form.as_ref().map_or(Json::Null, |form| serde_json::to_value(form).unwrap_or_default());
        print(&[&self.ask, &self.print()], &form)
    }

    /// Whether whoever answers is one of those who ask: everybody in the chain but the owner, who begins it.
    pub(crate) fn is_asked_by(&self, who: &str) -> bool {
        who != "owner" && self.chain.split(" > ").any(|link| link == who)
    }
}

/// The same of a call that is made now.
pub(crate) fn print_of(call: &Call, arguments: &Json) -> String {
    let Capability { provider, interface, .. } = &call.capability;
    print(&[&call.turn.id.to_string(), call.chain.text(), provider, interface, &call.function], arguments)
}

fn print(parts: &[&str], arguments: &Json) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts.iter().copied().chain([arguments.to_string().as_str()]) {
        // With its length, so that nothing moves from one part into the next.
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Arguments by parameter.
pub(crate) fn by_parameter(function: &Function, args: &[Value]) -> Json {
    let names = function.params.iter().map(|param| param.name.clone());
    Json::Object(names.zip(args.iter().map(to_json)).collect())
}

/// What began a turn: the conversation and the words of an agent's event.
pub(crate) fn message(args: &[Value]) -> Option<(String, String)> {
    fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
        let Value::Record(fields) = value else { return None };
        fields.iter().find_map(|(field, value)| (field == name).then_some(value))
    }
    let text = |value: &Value, name: &str| match field(value, name) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    match field(args.first()?, "occasion")? {
        Value::Variant(case, Some(message)) if case == "message" => {
            Some((text(message, "conversation")?, text(message, "text")?))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use loket_providers::mcp::form::Wish;
    use serde_json::json;

    pub(in crate::asks) fn question() -> Question {
        let mut question = Question {
            ask: "01A".into(),
            digest: String::new(),
            turn: "01T".into(),
            call: 3,
            parent: 1,
            whom: "agent:ann".into(),
            chain: "owner > agent:ann".into(),
            provider: "acme:mail".into(),
            interface: "acme:mail/send".into(),
            version: String::new(),
            function: "send".into(),
            arguments: json!({ "to": "bob", "text": "hello" }),
            form: None,
            agent: None,
            conversation: None,
            message: None,
            labels: Vec::new(),
            asked: 1,
            expires: 2,
        };
        question.digest = question.bound();
        question
    }

    #[test]
    fn an_answer_is_bound_to_everything_that_is_asked() {
        let asked = question();
        type Change = fn(&mut Question);
        let changes: [Change; 8] = [
            |q| q.ask = "01B".into(),
            |q| q.turn = "01U".into(),
            |q| q.chain = "owner > agent:bob".into(),
            |q| q.provider = "evil:mail".into(),
            |q| q.interface = "acme:mail/delete".into(),
            |q| q.function = "sen".into(),
            |q| q.arguments = json!({ "to": "eve", "text": "hello" }),
            |q| q.form = Some(Form { message: "who?".into(), wish: Wish::Fields(Vec::new()) }),
        ];
        for change in changes {
            let mut other = question();
            change(&mut other);
            assert_ne!(other.bound(), asked.digest, "{other:?}");
        }
        let read: Question = serde_json::from_value(json!(asked)).expect("it reads back");
        assert_eq!((read.bound(), read), (asked.digest.clone(), asked));
    }

    #[test]
    fn whoever_is_in_the_chain_asks_and_the_owner_does_not() {
        let asked = question();
        assert!(asked.is_asked_by("agent:ann"));
        assert!(!asked.is_asked_by("owner") && !asked.is_asked_by("agent:an"));
    }
}
