//! `loket:agent`: who the agent of a turn is, what it may do, what it did today, and what is left of the turn.
//!
//! Files: [`turn`] what is left, [`offers`] the slash commands that there are, `today` what the ledger has of the day; here, the rest.

pub mod offers;
mod today;
pub mod turn;

use crate::brain::Shelf;
use crate::model::Choice;
use crate::native::{Answers, blocking};
use crate::tools::listing::Listing;
use async_trait::async_trait;
use loket_kernel::counter::now;
use loket_kernel::grants::{Delegation, Grant};
use loket_kernel::{Call, CallError, Capability, Chain, Counter, Labels, Principal, Provider, Reply};
use loket_values::Interface;
use offers::Offers;
use serde::Serialize;
use std::sync::{Arc, Weak};

/// The most of anything in one answer.
const MOST: usize = 1_000;

/// What there is to know of an agent.
pub struct About {
    answers: Answers,
    counter: Weak<Counter>,
    shelf: Arc<Shelf>,
    choice: Choice,
    offers: Offers,
}

#[derive(Serialize)]
struct Card {
    name: String,
    model: String,
    memories: Option<u64>,
}

#[derive(Serialize)]
struct Permit {
    capability: String,
    provider: String,
    verdict: &'static str,
    functions: Vec<String>,
    terms: String,
    through: Vec<String>,
}

#[derive(Serialize)]
struct Tool {
    name: String,
    description: String,
}

#[derive(Serialize)]
struct Order {
    call: String,
    takes: String,
    summary: String,
    package: String,
}

impl About {
    /// Answers `interface` with what is behind a counter and on a shelf.
    pub fn new(
        interface: &Interface,
        counter: &Arc<Counter>,
        shelf: Arc<Shelf>,
        choice: Choice,
        offers: Offers,
    ) -> About {
        About { answers: Answers::new(interface), counter: Arc::downgrade(counter), shelf, choice, offers }
    }
}

#[async_trait]
impl Provider for About {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let counter = self.counter.upgrade();
        let counter = counter.ok_or_else(|| CallError::Unavailable("the host is shutting down".into()))?;
        let Some(agent) = call.turn.agent.clone() else {
            return Err(CallError::NotFound("this turn is no agent's; name one (`--agent NAME`)".into()));
        };
        match &*call.function {
            "describe" => {
                let chosen = self.choice.of(&call.turn);
                let model = chosen.model.map_or(chosen.package.clone(), |model| format!("{}/{model}", chosen.package));
                let memories = self.shelf.count(&agent);
                self.answers.ok(&call, Card { name: agent.to_string(), model, memories }, Labels::NONE)
            }
            "grants" => {
                let grants = counter.grants.now().list(Some(&Principal::Agent(agent)));
                let permits: Vec<Permit> = grants.iter().take(MOST).map(|grant| permit(grant)).collect();
                self.answers.ok(&call, permits, Labels::NONE)
            }
            "tools" => {
                let listing = Listing::of(&counter, &of_agent(&agent))?;
                let tools = listing.tools().take(MOST);
                let tools: Vec<Tool> =
                    tools.map(|(name, tool)| Tool { name: name.to_owned(), description: tool.description() }).collect();
                self.answers.ok(&call, tools, Labels::NONE)
            }
            "commands" => {
                let grants = counter.grants.now();
                let offers = self.offers.now();
                let whole = offers.of(|capability| {
                    grants
                        .decide(&Principal::Agent(agent.clone()), capability, offers::RUN)
                        .is_some_and(|decision| decision.verdict != loket_kernel::grants::Verdict::Deny)
                });
                let orders: Vec<Order> = whole
                    .into_iter()
                    .take(MOST)
                    .map(|(call, offer)| Order {
                        call: format!("/{call}"),
                        takes: offer.usage.takes(),
                        summary: offer.usage.summary.clone(),
                        package: offer.package.to_string(),
                    })
                    .collect();
                self.answers.ok(&call, orders, Labels::NONE)
            }
            "usage" => {
                let today = blocking(move || today::count(&counter.ledger, &agent, now())).await?;
                self.answers.ok(&call, today, Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("there is no function `{other}` about an agent"))),
        }
    }
}

/// The chain in which an agent asks for itself.
fn of_agent(agent: &Arc<str>) -> Chain {
    let handler = Capability::of(&format!("agent:{agent}"), "loket:roles/handler");
    Chain::new(Principal::Owner).then(handler, "handle".into(), Principal::Agent(agent.clone()))
}

fn permit(grant: &Grant) -> Permit {
    let limits = [(grant.per_turn, "a turn"), (grant.per_day, "a day")];
    let limits = limits.into_iter().filter_map(|(limit, of)| limit.map(|limit| format!("{limit} calls {of}")));
    let terms = Some(grant.terms.to_string()).filter(|terms| !terms.is_empty());
    Permit {
        capability: grant.scope.name(),
        provider: grant.scope.provider.to_string(),
        verdict: grant.verdict.name(),
        functions: grant.scope.functions.iter().map(ToString::to_string).collect(),
        terms: limits.chain(terms).collect::<Vec<_>>().join(", "),
        through: grant.delegates.iter().map(words).collect(),
    }
}

fn words(delegation: &Delegation) -> String {
    let terms = if delegation.terms.is_empty() { String::new() } else { format!(", {}", delegation.terms) };
    format!("{} by {}{terms}", delegation.scope.name(), delegation.holder)
}
