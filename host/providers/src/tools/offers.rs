//! All tools of one principal, those that are known only at run time included, under names that are told apart.

use super::listing::{self, Listing};
use super::provided::{self, Tool as Provided};
use loket_kernel::{Call, CallError, Capability, Chain, Counter};
use loket_values::names::MAX_NAME;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A tool, however it is known.
pub enum Offer<'o> {
    /// A plain function.
    Function(&'o listing::Tool),
    /// One that a component tells of, and where it is.
    Provided(&'o Capability, &'o Provided),
}

/// The tools of one principal, by name.
///
/// Those of run time have the names that their components give them. Where another has that name already, a function first and then a
/// component before it, the component's own name is put in front, and where that does not help it is left out: no component takes a name
/// away from another.
pub struct Offers {
    listing: Arc<Listing>,
    provided: BTreeMap<String, (Capability, Provided)>,
}

impl Offers {
    /// All tools of the last principal of a call's chain; components are asked on the call's behalf. One that does not answer offers nothing.
    ///
    /// # Errors
    /// As [`Listing::of`].
    pub async fn of(counter: &Counter, call: &Call) -> Result<Offers, CallError> {
        Offers::beside(Listing::of(counter, &call.chain)?, counter, call).await
    }

    /// The same as far as these names reach: where all of them are names of functions, no component is asked.
    ///
    /// # Errors
    /// As [`Listing::of`].
    pub async fn named(
        counter: &Counter,
        call: &Call,
        mut names: impl Iterator<Item = &str> + Send,
    ) -> Result<Offers, CallError> {
        let listing = Listing::of(counter, &call.chain)?;
        if names.all(|name| listing.tool(name).is_some()) {
            return Ok(Offers::plain(listing));
        }
        drop(names);
        Offers::beside(listing, counter, call).await
    }

    async fn beside(listing: Listing, counter: &Counter, call: &Call) -> Result<Offers, CallError> {
        let mut offers = Offers::plain(listing);
        for capability in provided::offering(counter, &call.chain) {
            match provided::list::<Provided>(counter, call, &capability).await {
                Ok(tools) => tools.into_iter().for_each(|tool| offers.add(&capability, tool)),
                // The turn is over: so is its listing.
                Err(error @ (CallError::NeedsApproval(_) | CallError::Exhausted(_))) => return Err(error),
                Err(error) => tracing::warn!(component = %capability.provider, %error, "loket.tools.list"),
            }
        }
        Ok(offers)
    }

    /// Whether a principal has tools that are known only at run time.
    pub fn are_told_at_run_time(counter: &Counter, chain: &Chain) -> bool {
        !provided::offering(counter, chain).is_empty()
    }

    /// The same without any that is known only at run time.
    pub fn plain(listing: impl Into<Arc<Listing>>) -> Offers {
        Offers { listing: listing.into(), provided: BTreeMap::new() }
    }

    fn add(&mut self, capability: &Capability, tool: Provided) {
        let short = capability.provider.rsplit(':').next().unwrap_or_default();
        let free = |name: &String| {
            name.len() <= MAX_NAME && self.listing.tool(name).is_none() && !self.provided.contains_key(name)
        };
        match [tool.name.clone(), format!("{short}_{}", tool.name)].into_iter().find(free) {
            Some(name) => {
                self.provided.insert(name, (capability.clone(), tool));
            }
            None => {
                tracing::warn!(component = %capability.provider, tool = tool.name, "loket.tools.taken");
            }
        }
    }

    /// All of them, ordered by name.
    pub fn all(&self) -> Vec<(&str, Offer<'_>)> {
        let plain = self.listing.tools().map(|(name, tool)| (name, Offer::Function(tool)));
        let provided = self.provided.iter().map(|(name, (at, tool))| (name.as_str(), Offer::Provided(at, tool)));
        let mut all: Vec<_> = plain.chain(provided).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// The one of a name.
    pub fn get(&self, name: &str) -> Option<Offer<'_>> {
        let plain = self.listing.tool(name).map(Offer::Function);
        plain.or_else(|| self.provided.get(name).map(|(at, tool)| Offer::Provided(at, tool)))
    }

    /// The names, for an error that helps.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.all().iter().map(|(name, _)| format!("`{name}`")).take(20).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

impl Offer<'_> {
    /// The package, interface and function behind it; the package and the tool, where that is known at run time.
    pub fn origin(&self) -> String {
        match self {
            Offer::Function(tool) => tool.origin(),
            Offer::Provided(at, tool) => format!("{}#{}", at.provider, tool.name),
        }
    }

    /// What it does.
    pub fn description(&self) -> String {
        match self {
            Offer::Function(tool) => tool.description(),
            Offer::Provided(_, tool) => tool.description.clone(),
        }
    }

    /// The JSON Schema of its arguments, as text.
    pub fn parameters(&self) -> String {
        match self {
            Offer::Function(tool) => tool.parameters().to_string(),
            Offer::Provided(_, tool) => tool.parameters.clone(),
        }
    }
}
