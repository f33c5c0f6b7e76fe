//! All models, how they are, and what was used of them today. Each server is asked what it has: the owner wants to know.

use super::probe::MOST_MODELS;
use super::{fetch, probe, stands};
use crate::desk::time_text;
use crate::host::{Host, OFFLINE};
use crate::turns::Task;
use futures::stream::{self, StreamExt as _};
use loket_gateways::desk::{AgentSpent, BudgetInfo, ModelInfo, ModelList, PriceInfo, Problem, SpentToday, UseInfo};
use loket_guardian::models::{ModelEntry, ModelName};
use loket_guardian::{Budget, Money, Price};
use loket_kernel::counter::now;
use loket_kernel::{Capability, Labels, Limits, Principal};
use loket_providers::model::day::{Day, Use};
use loket_providers::model::in_band;
use loket_providers::model::router::CHAT;
use loket_values::Value;
use loket_values::json::decode;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a server may take to say what it has.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many servers are asked at once.
const AT_ONCE: usize = 8;
/// By what an adapter tells which models a server has.
const MODELS: &str = "loket:model/models";
const DAY: u64 = 86_400_000;

pub(in crate::desk) async fn list(host: &Host) -> Result<ModelList, Problem> {
    let day = host.models.spending.on(now());
    let live = host.settings.live();
    let asked: Vec<_> = live.models.iter().map(|(name, entry)| named(host, &day, name, entry)).collect();
    let mut models: Vec<ModelInfo> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    models.extend(packages(host, &day));
    Ok(ModelList { models, today: today(host, &day) })
}

/// A model of `loket.toml`.
async fn named(host: &Host, day: &Day, name: &ModelName, entry: &ModelEntry) -> ModelInfo {
    let address = format!("{}/{name}", entry.adapter);
    let mut info = ModelInfo {
        name: name.to_string(),
        adapter: entry.adapter.to_string(),
        url: entry.url().map(str::to_owned),
        model: entry.model().map(str::to_owned),
        price: entry.price.as_ref().map(price),
        ..bare(host, day, &address)
    };
    if let Err((why, next)) = stands(host, name, entry) {
        let state = if host.stock().newest(&entry.adapter).is_none() { "no-adapter" } else { "not-granted" };
        (info.state, info.detail, info.hint) = (state.to_owned(), Some(why), Some(next));
        return info;
    }
    match ask(host, name, entry).await {
        Ok(has) => {
            // The owner looked, and it is there: nobody needs leave it alone any longer.
            host.models.health.well(&address);
            let wanted = entry.model();
            // Ollama calls `llama3.2` what its list has as `llama3.2:latest`.
            let is = |has: &String, wanted: &str| has == wanted || has.strip_suffix(":latest") == Some(wanted);
            if let Some(wanted) = wanted.filter(|wanted| !has.is_empty() && !has.iter().any(|has| is(has, wanted))) {
                info.state = "missing".to_owned();
                info.detail = Some(format!("its server has no model `{wanted}`"));
                info.hint = Some(format!("load it there, or change `model` of `[models.{name}]` in `loket.toml`"));
            }
            info.has = has;
        }
        Err(why) => {
            info.state = "unreachable".to_owned();
            info.detail = Some(why);
            info.hint = Some(format!("start its server, or change `url` of `[models.{name}]` in `loket.toml`"));
        }
    }
    info.rests = host.models.health.rests(&address).map(|rest| rest.as_secs() + 1);
    info
}

/// What a model's server has: its adapter knows how to ask. Nothing, where it does not tell.
async fn ask(host: &Host, name: &ModelName, entry: &ModelEntry) -> Result<Vec<String>, String> {
    let capability = Capability::of(&entry.adapter.to_string(), MODELS);
    if host.counter.provider(&capability).is_none() {
        return page(host, entry).await;
    }
    let task = Task {
        agent: None,
        capability,
        function: "list".to_owned(),
        args: vec![Value::Option(Some(Box::new(Value::String(name.to_string()))))],
        limits: Some(Limits { wall: PATIENCE, ..Limits::clone(&host.counter.limits()) }),
        labels: Labels::NONE,
        events: None,
        package: None,
    };
    match in_band(host.turn(task).await.map(|(_, value)| value)) {
        Ok(Some(Value::Result(Ok(Some(list))))) => {
            let all: Vec<Served> = decode(&list).map_err(|e| format!("its adapter's answer cannot be read: {e}"))?;
            let is_there = |served: &Served| served.state != State::Missing;
            Ok(all.into_iter().filter(is_there).map(|served| served.name).take(MOST_MODELS).collect())
        }
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// A model of a server, as far as it is looked at here.
#[derive(Deserialize)]
struct Served {
    name: String,
    state: State,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum State {
    Loaded,
    Ready,
    Missing,
    Other(String),
}

/// The same by a page that most servers have, where an adapter cannot ask.
async fn page(host: &Host, entry: &ModelEntry) -> Result<Vec<String>, String> {
    let url = entry.url().unwrap_or_default().trim_end_matches('/');
    match fetch::get(host, &format!("{url}/models"), PATIENCE).await {
        Ok((200, page)) => Ok(probe::read(&page).map(|(names, _)| names).unwrap_or_default()),
        Ok((500.., _)) => Err("its server answers, and with an error of its own".to_owned()),
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// Packages that are models by themselves, such as the bundled one: those that some agent thinks with, and the usual one.
fn packages(host: &Host, day: &Day) -> Vec<ModelInfo> {
    let world = host.world();
    let thought_with = world.agents.values().flat_map(|agent| &agent.thinking.models);
    let mut names: BTreeSet<&str> = thought_with.map(String::as_str).filter(|address| !address.contains('/')).collect();
    names.insert(OFFLINE);
    let info = |name: &str| {
        let mut info = bare(host, day, name);
        if host.counter.provider(&Capability::of(name, CHAT)).is_none() {
            info.state = "no-adapter".to_owned();
            info.detail = Some(format!("`{name}` is not in the registry, or may not run"));
            info.hint = Some("loket packages".to_owned());
        }
        info
    };
    names.into_iter().map(info).collect()
}

/// What is known of any model by its address.
fn bare(host: &Host, day: &Day, address: &str) -> ModelInfo {
    let world = host.world();
    let thinks = world.agents.iter().filter(|(_, agent)| agent.thinking.models.iter().any(|model| model == address));
    ModelInfo {
        name: address.to_owned(),
        adapter: address.to_owned(),
        url: None,
        model: None,
        state: "ready".to_owned(),
        detail: None,
        hint: None,
        has: Vec::new(),
        agents: thinks.map(|(name, _)| name.clone()).collect(),
        price: None,
        today: used(&day.of_model(address)),
        rests: host.models.health.rests(address).map(|rest| rest.as_secs() + 1),
    }
}

fn today(host: &Host, day: &Day) -> SpentToday {
    let (live, world) = (host.settings.live(), host.world());
    let table = host.counter.grants.now();
    let mut names: BTreeSet<&str> = day.used.keys().map(String::as_str).collect();
    let own = |agent: &str| {
        let written = world.agents.get(agent).map(|agent| agent.thinking.budget).unwrap_or_default();
        let grants = table.of(&Principal::Agent(agent.into())).iter();
        let router = grants.filter(|grant| grant.scope.interface.as_deref() == Some(CHAT));
        let terms: Vec<_> = router.map(|grant| grant.terms.clone()).collect();
        narrower(written, loket_providers::model::granted(&terms).unwrap_or_default())
    };
    names.extend(world.agents.keys().map(String::as_str).filter(|agent| !own(agent).is_open()));
    let agents = names.into_iter().map(|agent| AgentSpent {
        agent: agent.to_owned(),
        used: used(&day.of(Some(agent))),
        budget: budget(&own(agent)),
    });
    let priced = |address: &str| {
        let entry = |(name, entry): (&ModelName, &ModelEntry)| {
            (format!("{}/{name}", entry.adapter) == address).then(|| entry.price.is_some())
        };
        live.models.iter().find_map(entry).unwrap_or(false)
    };
    let addresses: BTreeSet<&String> = day.used.values().flat_map(|models| models.keys()).collect();
    let costs_something = |address: &str| address != OFFLINE && day.of_model(address).tokens().total() > 0;
    let unpriced = addresses.into_iter().filter(|address| costs_something(address) && !priced(address));
    SpentToday {
        currency: live.budget.currency.to_string(),
        renews: time_text((day.day + 1) * DAY),
        used: used(&day.of(None)),
        budget: budget(&live.budget.budget),
        agents: agents.collect(),
        unpriced: unpriced.map(|address| address.rsplit('/').next().unwrap_or(address).to_owned()).collect(),
    }
}

fn narrower(one: Budget, other: Budget) -> Budget {
    let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    Budget { tokens: least(one.tokens, other.tokens), money: one.money.into_iter().chain(other.money).min() }
}

pub(super) fn used(used: &Use) -> UseInfo {
    let Use { calls, input, output, cached, cost } = *used;
    UseInfo { calls, input, output, cached, cost: Money::of_millionths(cost).to_string() }
}

fn budget(budget: &Budget) -> BudgetInfo {
    BudgetInfo { tokens: budget.tokens, money: budget.money.map(|money| money.to_string()) }
}

fn price(price: &Price) -> PriceInfo {
    let [input, output, cached] = [price.input, price.output, price.cached].map(|money| money.to_string());
    PriceInfo { input, output, cached }
}
