//! What stands behind the MCP server: agents and tools, asked in the name of whoever came in.
//!
//! Files: `agents` an agent as a tool, `functions` a plain function as one, `provided` what components tell of at run time, `content` how
//! their answers look in the protocol, `listings` who has which functions, `brains` what agents remember, `prompts` who they are and what their commands answer; here, which of
//! them is meant.
//!
//! What a client says is a stranger's words; what it does begins with it at the counter, so that its own grants hold and nothing else.

mod agents;
pub(crate) mod brains;
mod content;
mod functions;
mod listings;
mod prompts;
mod provided;

pub(crate) use brains::brain_uri;
pub(crate) use listings::Listings;

use super::{problem, wrong};
use crate::host::Host;
use crate::lanes::Place;
use crate::running::Entered;
use crate::turns::first;
use async_trait::async_trait;
use loket_gateways::desk::{AnswerRequest, AskRef, Caller, ChatEvent, Problem};
use loket_gateways::mcp::behind::{Behind, Came, Hear, List, News, Page, Subject, Use};
use loket_gateways::mcp::model::{
    CallToolResult, ContentBlock, GetPromptResult, Prompt, Resource, ResourceContents, ResourceTemplate, Tool,
};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Chain, Labels, Limits, Principal, Turn, Watch};
use loket_providers::tools::listing::Listing;
use loket_providers::tools::offers::{Offer, Offers};
use loket_providers::tools::provided::{PROVIDER, offering};
use loket_values::Value;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

/// How many resources of components a page has.
const PAGE: usize = 200;

#[async_trait]
impl Behind for Host {
    async fn tools(&self, who: &Caller) -> Result<Vec<Tool>, Problem> {
        let chain = chain(who);
        let mut tools: Vec<Tool> = agents::of(self, &chain).iter().map(|name| agents::tool(self, name)).collect();
        let offers = self.offers(&chain).await?;
        let others = offers.all().into_iter().filter(|(name, _)| agents::named(name).is_none());
        tools.extend(others.map(|(name, offer)| match offer {
            Offer::Function(tool) => functions::tool(name, tool),
            Offer::Provided(_, tool) => content::tool(name, tool),
        }));
        Ok(tools)
    }

    async fn call(&self, who: &Caller, call: &Use, told: Arc<dyn Hear>) -> Result<Came<CallToolResult>, Problem> {
        let chain = chain(who);
        if let Some(agent) = agents::named(&call.name) {
            return agents::ask(self, &chain, agent, call, told).await.map(Came::Done);
        }
        // A function keeps its name whatever components tell of, so none is asked.
        if let Some(tool) = self.listing(&chain)?.tool(&call.name) {
            return functions::call(self, chain, tool, call, told).await.map(Came::Done);
        }
        let offers = self.offers(&chain).await?;
        match offers.get(&call.name) {
            Some(Offer::Function(tool)) => functions::call(self, chain, tool, call, told).await.map(Came::Done),
            Some(Offer::Provided(at, tool)) => provided::call(self, chain, at, &tool.name, call, told).await,
            None => {
                // One that is there and not granted is asked for all the same: the counter refuses it, and says what would allow it.
                let everything = Listing::everything(&self.counter).map_err(problem)?;
                match everything.tool(&call.name) {
                    Some(tool) => functions::call(self, chain, tool, call, told).await.map(Came::Done),
                    None => {
                        let message = format!("there is no tool `{}`", call.name.escape_default());
                        Err(wrong("not-found", message, format!("those that there are: {}", offers.names())))
                    }
                }
            }
        }
    }

    fn is_plain(&self, who: &Caller, tool: &str) -> bool {
        let chain = chain(who);
        let Ok(listing) = self.listing(&chain) else { return false };
        let tool = listing.tool(tool).filter(|_| agents::named(tool).is_none());
        tool.is_some_and(|tool| self.counter.grants.now().check(&chain, &tool.capability, &tool.function.name).is_ok())
    }

    async fn resources(&self, who: &Caller, cursor: Option<&str>) -> Result<Option<Page<Resource>>, Problem> {
        let chain = chain(who);
        // Where a page of memories begins, no component's cursor says: theirs are numbers.
        let place = cursor.map(|cursor| cursor.parse::<usize>().map_err(|_| cursor));
        if let Some(Err(within)) = place {
            return brains::list(self, &chain, Some(within)).await;
        }
        let from = place.and_then(Result::ok).unwrap_or_default();
        let all = provided::resources(self, &chain).await?;
        if from > 0 && from >= all.len() {
            return Ok(None);
        }
        let (next, last) = (from + PAGE, from + PAGE >= all.len());
        let items: Vec<Resource> = all.into_iter().skip(from).take(PAGE).collect();
        if !last {
            return Ok(Some(Page { items, next: Some(next.to_string()) }));
        }
        if items.is_empty() {
            return brains::list(self, &chain, None).await;
        }
        let brain = brains::of(self, &chain).into_iter().next();
        Ok(Some(Page { items, next: brain.map(|agent| format!("{agent}/")) }))
    }

    async fn templates(&self, who: &Caller) -> Result<Vec<ResourceTemplate>, Problem> {
        let chain = chain(who);
        let mut all = brains::templates(self, &chain);
        all.extend(provided::templates(self, &chain).await?);
        Ok(all)
    }

    async fn read(&self, who: &Caller, uri: &str) -> Result<Option<Vec<ResourceContents>>, Problem> {
        let chain = chain(who);
        match brains::whose(uri) {
            Some(_) => brains::read(self, &chain, uri).await,
            None => Ok(provided::read(self, &chain, uri).await?.map(|contents| vec![contents])),
        }
    }

    fn may_watch(&self, who: &Caller, uri: &str) -> Result<(), Problem> {
        let Some((agent, _)) = brains::whose(uri) else { return Ok(()) };
        match brains::may(self, &chain(who), agent) {
            true => Ok(()),
            false => Err(wrong(
                "denied",
                format!("`{}` may not look into the brain of `{}`", who.name, agent.escape_default()),
                "let the owner grant it: loket token create --help",
            )),
        }
    }

    async fn prompts(&self, who: &Caller) -> Result<Vec<Prompt>, Problem> {
        let chain = chain(who);
        let mut all = prompts::list(self, &chain).await;
        let others = provided::prompts(self, &chain).await?;
        let mine: HashSet<String> = all.iter().map(|own| own.name.clone()).collect();
        all.extend(others.into_iter().filter(|other| !mine.contains(&other.name)));
        Ok(all)
    }

    async fn render(&self, who: &Caller, prompt: &Use, told: Arc<dyn Hear>) -> Result<Came<GetPromptResult>, Problem> {
        let chain = chain(who);
        if let Some(written) = prompts::render(self, &chain, prompt, &told).await {
            return written.map(Came::Done);
        }
        provided::render(self, chain, prompt, told).await
    }

    async fn complete(
        &self,
        who: &Caller,
        subject: Subject,
        parameter: &str,
        value: &str,
    ) -> Result<Vec<String>, Problem> {
        let chain = chain(who);
        if let Subject::Template(form) = &subject
            && let Some(values) = brains::complete(self, &chain, form, parameter, value)
        {
            return Ok(values);
        }
        if let Subject::Prompt(name) = &subject
            && let Some(values) = prompts::complete(self, &chain, name, parameter, value).await
        {
            return values;
        }
        provided::complete(self, &chain, &subject, parameter, value).await
    }

    async fn answer(&self, who: &Caller, ask: AskRef, yes: bool) -> Result<(), Problem> {
        let (question, _) = self.asks.find(&ask.id)?;
        if question.chain.split(" > ").next() != Some(who.name.as_str()) {
            let message = format!("the ask `{}` came of no call of `{}`", ask.id.escape_default(), who.name);
            return Err(wrong("denied", message, "let the owner answer: loket approvals"));
        }
        // It is not the client that answers, which asks this itself: it is whoever sits before it.
        let name = match who.name.as_str() {
            "owner" => who.name.clone(),
            client => format!("the user of {client}"),
        };
        let by = Caller { name, scopes: who.scopes };
        let answer = if yes { "once" } else { "no" }.to_owned();
        let request = AnswerRequest { asks: vec![ask], answer, arguments: None };
        super::asks::answer(self, request, &by).await.map(drop)
    }

    fn print(&self, who: &Caller) -> u64 {
        let chain = chain(who);
        let mut hasher = DefaultHasher::new();
        let agents = agents::of(self, &chain);
        agents.hash(&mut hasher);
        prompts::print(self, &chain, &agents, &mut hasher);
        brains::of(self, &chain).hash(&mut hasher);
        for capability in offering(&self.counter, &chain) {
            capability.hash(&mut hasher);
            self.package_of(&capability).hash(&mut hasher);
        }
        if let Ok(listing) = self.listing(&chain) {
            for (name, tool) in listing.tools() {
                (name, tool.description(), tool.function.signature()).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    fn is_offered(&self, who: &Caller, component: &str) -> bool {
        offering(&self.counter, &chain(who)).iter().any(|capability| *capability.provider == *component)
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
}

impl Host {
    /// The plain functions of whoever begins a chain.
    fn listing(&self, chain: &Chain) -> Result<Arc<Listing>, Problem> {
        self.listings.of(&self.counter, chain).map_err(problem)
    }

    /// The tools of whoever begins a chain. Components are asked, in a turn of its own, where there are any to ask.
    async fn offers(&self, chain: &Chain) -> Result<Offers, Problem> {
        if !Offers::are_told_at_run_time(&self.counter, chain) {
            return self.listing(chain).map(Offers::plain);
        }
        let look = self.begin_look(chain).await?;
        look.end(Offers::of(&self.counter, &look.call)).await
    }

    /// Begins a turn in which something is looked up on behalf of whoever begins a chain.
    async fn begin_look(&self, chain: &Chain) -> Result<Look<'_>, Problem> {
        let place = self.lanes.enter(chain.text()).await.map_err(problem)?;
        let limits = Limits::clone(&self.counter.limits());
        let turn = Turn::new(None, now(), rand::random(), &limits, labels(chain), None);
        let turn = self.framed(turn, None);
        let running = self.running.enter(&turn).map_err(problem)?;
        self.begin_looking(&turn);
        let call = first(turn.clone(), chain.clone(), Capability::host(PROVIDER), "tools", Vec::new());
        Ok(Look { host: self, call, _place: place, _running: running })
    }
}

/// A turn in which something is looked up.
struct Look<'h> {
    host: &'h Host,
    /// On behalf of which components are asked.
    call: Call,
    _place: Place,
    _running: Entered<'h>,
}

impl Look<'_> {
    /// Does the looking, and ends the turn.
    async fn end<T>(&self, work: impl Future<Output = Result<T, CallError>> + Send) -> Result<T, Problem> {
        self.host.see_through(&self.call.turn, work).await.map_err(problem)
    }
}

/// Whoever came in, as the beginning of a chain.
fn chain(who: &Caller) -> Chain {
    // A caller of another kind has no grant anywhere.
    Chain::beginning(&who.name).unwrap_or_else(|| Chain::new(Principal::Client(who.name.as_str().into())))
}

/// What is known of the words of whoever begins a chain.
fn labels(chain: &Chain) -> Labels {
    if *chain.last() == Principal::Owner { Labels::NONE } else { Labels::UNTRUSTED }
}

/// What went wrong in a tool, or was refused there: for a model to read, with what would change it.
fn failed(problem: &Problem) -> CallToolResult {
    let mut text = format!("{}: {}", problem.code, problem.message);
    if let Some(hint) = &problem.hint {
        text += &format!("\nwhat would change it: {hint}");
    }
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// A stream for what a talk tells, told on to whoever called.
fn heard(told: Arc<dyn Hear>) -> (mpsc::Sender<ChatEvent>, JoinHandle<()>) {
    let (events, mut heard) = mpsc::channel(256);
    let forward = tokio::spawn(async move {
        while let Some(event) = heard.recv().await {
            if let Some(next) = content::told(event) {
                told.hear(next);
            }
        }
    });
    (events, forward)
}

/// Tells what happens in a turn to whoever called, and to whoever listens where a component says that it changed.
struct Teller {
    component: Arc<str>,
    news: broadcast::Sender<News>,
    told: Arc<dyn Hear>,
}

impl Teller {
    fn of(host: &Host, component: &Arc<str>, told: Arc<dyn Hear>) -> Arc<dyn Watch> {
        Arc::new(Teller { component: component.clone(), news: host.news.clone(), told })
    }
}

impl Watch for Teller {
    fn hear(&self, event: Value) {
        match event {
            Value::Variant(case, Some(payload)) if case == "other" => {
                let Value::String(json) = *payload else { return };
                // Nobody may be listening.
                changed(&self.component, &json).map(|change| self.news.send(change));
            }
            event => {
                if let Some(next) = super::chat::chat_event(event).and_then(content::told) {
                    self.told.hear(next);
                }
            }
        }
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("component", &self.component).finish_non_exhaustive()
    }
}

/// What a component says has changed.
fn changed(component: &str, json: &str) -> Option<News> {
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    if let Some(uri) = json["updated"].as_str() {
        return Some(News::Resource(component.to_owned(), uri.to_owned()));
    }
    let list = match json["changed"].as_str()? {
        "tools" => List::Tools,
        "resources" => List::Resources,
        "prompts" => List::Prompts,
        _ => return None,
    };
    Some(News::List(component.to_owned(), list))
}
