//! Which tools a principal has: the plain functions of the packages that are granted to it.

use loket_kernel::{CallError, Capability, Chain, Counter, Principal, Verdict};
use loket_values::names::{Origin, ToolNames};
use loket_values::{Function, schema};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A tool: a function behind the counter.
pub struct Tool {
    /// Where it is.
    pub capability: Capability,
    /// What it takes and answers.
    pub function: Function,
    /// What is written about its interface.
    about: String,
}

impl Tool {
    /// What it does, from its WIT documentation, or its interface's where it has none.
    pub fn description(&self) -> String {
        let own = &self.function.docs.0;
        if own.is_empty() { self.about.clone() } else { own.clone() }
    }

    /// The JSON Schema of its arguments.
    pub fn parameters(&self) -> Json {
        schema::arguments(&self.function)
    }

    /// `loket:calc/arithmetic#evaluate`
    pub fn origin(&self) -> String {
        format!("{}#{}", self.capability, self.function.name)
    }
}

/// The tools of one principal, by name.
pub struct Listing {
    names: ToolNames,
    tools: BTreeMap<Origin, Tool>,
}

impl Listing {
    /// All that the last principal of a chain may call, or may ask to call.
    ///
    /// # Errors
    /// `failed` when two tools would have the same name.
    pub fn of(counter: &Counter, chain: &Chain) -> Result<Listing, CallError> {
        let grants = counter.grants.now();
        let who = chain.last();
        // Most is granted to nobody who asks: that is seen without the words of a refusal, which nobody reads here.
        let could = |capability: &Capability, function: &str| {
            *who == Principal::Owner
                || grants.decide(who, capability, function).is_some_and(|decision| decision.verdict != Verdict::Deny)
        };
        Listing::only(counter, |capability, function| {
            could(capability, function)
                && matches!(grants.check(chain, capability, function), Ok(_) | Err(CallError::NeedsApproval(_)))
        })
    }

    /// All tools behind a counter, whoever may call them: to refuse one by its name, with what would allow it.
    ///
    /// # Errors
    /// As [`Listing::of`].
    pub fn everything(counter: &Counter) -> Result<Listing, CallError> {
        Listing::only(counter, |_, _| true)
    }

    fn only(counter: &Counter, wanted: impl Fn(&Capability, &str) -> bool) -> Result<Listing, CallError> {
        let mut tools = BTreeMap::new();
        for provider in counter.providers() {
            let capability = provider.capability();
            if !is_tool(capability) || !capability.version.is_empty() {
                continue;
            }
            for function in &provider.interface().functions {
                if !wanted(capability, &function.name) {
                    continue;
                }
                let origin = Origin {
                    package: capability.provider.to_string(),
                    interface: capability.interface.rsplit_once('/').map(|(_, name)| name.to_owned()),
                    function: function.name.clone(),
                };
                let about = provider.interface().docs.0.clone();
                tools.insert(origin, Tool { capability: capability.clone(), function: function.clone(), about });
            }
        }
        let names = ToolNames::build(tools.keys().cloned()).map_err(|e| CallError::Failed(e.to_string()))?;
        Ok(Listing { names, tools })
    }

    /// All tools, ordered by name.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &Tool)> {
        self.names.iter().filter_map(|(name, origin)| Some((name, self.tools.get(origin)?)))
    }

    /// The tool of a name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.get(self.names.origin(name)?)
    }
}

/// The packages of the contract: what exports their interfaces answers the host, and is no tool by it.
const CONTRACT: [&str; 12] = [
    "loket:types/",
    "loket:brain/",
    "loket:model/",
    "loket:tools/",
    "loket:events/",
    "loket:agent/",
    "loket:files/",
    "loket:http/",
    "loket:run/",
    "loket:secrets/",
    "loket:scan/",
    "loket:roles/",
];

/// Plain functions of packages are tools; what the host answers, agents, and the interfaces of the contract are not.
fn is_tool(capability: &Capability) -> bool {
    !capability.is_host()
        && !capability.provider.starts_with("agent:")
        && (!capability.interface.starts_with("wasi:") || &*capability.interface == "wasi:cli/run")
        && !CONTRACT.iter().any(|package| capability.interface.starts_with(package))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn no_package_of_the_contract_is_forgotten() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let folders = std::fs::read_dir(wit).expect("the contract").map(|entry| entry.expect("an entry"));
        let folders = folders.filter(|entry| entry.path().is_dir() && entry.file_name() != "deps");
        let packages = folders.map(|entry| format!("loket:{}/", entry.file_name().to_string_lossy()));
        assert_eq!(packages.collect::<BTreeSet<_>>(), CONTRACT.map(str::to_owned).into());
    }

    #[test]
    fn whoever_exports_an_interface_of_the_contract_offers_no_tools_by_it() {
        let is = |interface: &str| is_tool(&Capability::of("acme:disk", interface));
        assert!(is("acme:disk/acts") && is("wasi:cli/run") && is("loket:calc/arithmetic"));
        assert!(!is("loket:files/folders") && !is("loket:brain/memory") && !is("wasi:http/incoming-handler"));
    }
}
