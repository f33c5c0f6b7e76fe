//! Secrets: named by components, put into requests by the host, and seen by nobody.
//!
//! Files in reading order: [`source`] secrets as providers use them, [`redact`] their values taken out of texts, [`rules`] what may be one,
//! [`store`] the secrets of a home, `file` their form on disk, [`key`] the key to that, `keyring` where the operating system keeps it,
//! [`error`] what can go wrong; here, `loket:secrets/secrets`: the names that a component may use.

pub mod error;
mod file;
pub mod key;
mod keyring;
pub mod redact;
pub mod rules;
pub mod source;
pub mod store;

use crate::http::secret::placeholder;
use crate::native::Answers;
use async_trait::async_trait;
use loket_kernel::fault::Refusal;
use loket_kernel::{Call, CallError, Capability, Labels, Principal, Provider, Reply, Terms};
use loket_values::Interface;
use serde::Serialize;
use std::sync::Arc;
use store::{Known, Store};

/// The key of a grant's terms: the name of a secret.
const SECRET: &str = "secret";

/// The names of secrets, as components get to know them: those that every grant along the chain names.
pub struct Names {
    answers: Answers,
    store: Arc<Store>,
}

/// A secret, as the contract has it.
#[derive(Serialize)]
struct Named {
    name: String,
    hosts: Vec<String>,
}

impl Names {
    /// Answers `interface` with the secrets of a home.
    pub fn new(interface: &Interface, store: Arc<Store>) -> Names {
        Names { answers: Answers::new(interface), store }
    }

    /// The secrets that all grants along the chain name.
    fn known(&self, call: &Call) -> Result<Vec<Known>, CallError> {
        if call.terms.iter().any(|terms| terms.values(SECRET).next().is_none()) {
            return Err(CallError::Denied(unnamed(call)));
        }
        if let Some(fault) = self.store.fault() {
            return Err(CallError::Unavailable(format!("{}; {}", fault.message, fault.hint)));
        }
        let permitted = |name: &str| call.terms.iter().all(|terms| terms.values(SECRET).any(|known| known == name));
        Ok(self.store.known().into_iter().filter(|known| permitted(&known.name)).collect())
    }
}

#[async_trait]
impl Provider for Names {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn term_keys(&self) -> &'static [&'static str] {
        &[SECRET]
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        for name in terms.values(SECRET) {
            rules::name(name).map_err(|e| e.to_string())?;
        }
        Ok(terms.clone())
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        match &*call.function {
            "list" => {
                let known = self.known(&call)?;
                let named: Vec<Named> = known.into_iter().map(|k| Named { name: k.name, hosts: k.hosts }).collect();
                answers.ok(&call, named, Labels::NONE)
            }
            "placeholder" => {
                let (name,): (String,) = answers.args(&call)?;
                if !self.known(&call)?.iter().any(|known| known.name == name) {
                    let shown: String = name.chars().take(rules::LONGEST_NAME).flat_map(char::escape_default).collect();
                    return Err(CallError::NotFound(format!("there is no secret `{shown}` that this caller may use")));
                }
                answers.ok(&call, placeholder(&name), Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("secrets have no function `{other}`"))),
        }
    }
}

/// A grant that names no secret permits none.
fn unnamed(call: &Call) -> Refusal {
    let who = match call.chain.last() {
        Principal::Owner => "owner".to_owned(),
        Principal::Client(_) => call.chain.last().to_string(),
        Principal::Agent(name) | Principal::Package(name) => name.to_string(),
    };
    Refusal {
        capability: call.capability.to_string(),
        function: call.function.to_string(),
        reason: format!("a grant along `{}` names no secret, so it permits none", call.chain.text()),
        remedy: format!("loket grant {who} {} --secret NAME", call.capability),
    }
}

#[cfg(test)]
mod tests {
    use super::key::KeyPolicy;
    use super::*;
    use crate::contract::Contract;
    use loket_kernel::{Chain, Limits, Turn};
    use loket_values::Value;
    use loket_values::json::to_json;
    use serde_json::{Value as Json, json};

    /// A provider over a home with the secrets `one` and `two`.
    fn names() -> (tempfile::TempDir, Names) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path(), KeyPolicy::File);
        for name in ["one", "two"] {
            let value = format!("the value of {name}").into();
            store.set(name, value, &["api.example.org".into()], false, 1).expect("it can be set");
        }
        let contract = Contract::read().expect("the contract reads");
        let interface = contract.interface("loket:secrets/secrets").expect("it is in the contract");
        (folder, Names::new(interface, Arc::new(store)))
    }

    async fn ask(names: &Names, function: &str, args: Vec<Value>, terms: &[Terms]) -> Result<Json, CallError> {
        let turn = Turn::new(None, 0, 0, &Limits::default(), Labels::NONE, None);
        let call = Call {
            chain: Chain::new(Principal::Package("acme:news".into())),
            capability: names.capability().clone(),
            function: function.into(),
            args,
            turn: Arc::new(turn),
            parent: 0,
            terms: terms.iter().cloned().collect(),
            held: Arc::default(),
            number: 1,
        };
        names.call(call).await.map(|reply| to_json(&reply.value.expect("a result")))
    }

    fn named(names: &[&str]) -> Terms {
        Terms::new(names.iter().map(|name| (SECRET, *name)))
    }

    #[tokio::test]
    async fn only_those_that_every_grant_names_are_listed() {
        let (_folder, names) = names();
        for (terms, expect) in [
            (vec![], vec!["one", "two"]),
            (vec![named(&["one"])], vec!["one"]),
            (vec![named(&["one", "two"]), named(&["two"])], vec!["two"]),
            (vec![named(&["one"]), named(&["two"])], vec![]),
            (vec![named(&["three"])], vec![]),
        ] {
            let listed = ask(&names, "list", vec![], &terms).await.expect("it lists");
            let listed: Vec<_> = listed["ok"].as_array().expect("a list").iter().map(|s| s["name"].clone()).collect();
            assert_eq!(listed, expect, "{terms:?}");
        }
    }

    #[tokio::test]
    async fn a_placeholder_is_for_who_may_use_the_secret() {
        let (_folder, names) = names();
        let ask = async |name: &str, terms: &[Terms]| {
            ask(&names, "placeholder", vec![Value::String(name.into())], terms).await
        };
        assert_eq!(ask("one", &[named(&["one"])]).await.expect("it may"), json!({"ok": "{{secret:one}}"}));
        for (name, terms) in [("two", vec![named(&["one"])]), ("three", vec![named(&["three"])]), ("three", vec![])] {
            assert!(matches!(ask(name, &terms).await, Err(CallError::NotFound(_))), "{name} {terms:?}");
        }
    }

    #[tokio::test]
    async fn a_grant_that_names_no_secret_permits_none_and_says_what_would() {
        let (_folder, names) = names();
        for terms in [vec![Terms::default()], vec![named(&["one"]), Terms::default()]] {
            for (function, args) in [("list", vec![]), ("placeholder", vec![Value::String("one".into())])] {
                let error = ask(&names, function, args, &terms).await.expect_err("it names none");
                assert_eq!(error.remedy(), Some("loket grant acme:news loket:secrets/secrets --secret NAME"));
            }
        }
    }

    #[tokio::test]
    async fn secrets_that_cannot_be_read_are_unavailable_and_not_none() {
        let (folder, _) = names();
        std::fs::write(folder.path().join("secrets.age"), "rubbish").expect("it can be written");
        let contract = Contract::read().expect("the contract reads");
        let interface = contract.interface("loket:secrets/secrets").expect("it is in the contract");
        let names = Names::new(interface, Arc::new(Store::open(folder.path(), KeyPolicy::File)));
        assert!(matches!(ask(&names, "list", vec![], &[]).await, Err(CallError::Unavailable(_))));
    }

    #[test]
    fn a_term_is_the_name_of_a_secret() {
        let (_folder, names) = names();
        assert!(names.terms(&named(&["one", "not-there-yet"])).is_ok());
        assert!(names.terms(&named(&["ONE"])).is_err());
    }
}
