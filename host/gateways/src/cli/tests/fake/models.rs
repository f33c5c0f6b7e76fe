//! Models, the servers of some that are found on this machine, and what changing them answers.

use super::grants::granted;
use crate::desk::{
    AgentSpent, AgentUse, BudgetInfo, CostInfo, FoundServer, GrantRequest, ModelAddRequest, ModelChange, ModelInfo,
    ModelList, ModelUse, ModelUseRequest, PriceInfo, Problem, SpendDay, SpendQuery, SpendReport, SpentToday, UseInfo,
};

/// Models of all kinds: one that is well and has a price, one that rests, one that lacks grants, and the one that needs no server.
pub(super) fn all() -> ModelList {
    let used =
        |calls, input, output, cost: &str| UseInfo { calls, input, output, cached: input / 2, cost: cost.to_owned() };
    let model = |name: &str, state: &str, agents: &[&str]| ModelInfo {
        name: name.to_owned(),
        adapter: "loket:openai".to_owned(),
        url: Some("http://127.0.0.1:8000/v1".to_owned()),
        model: Some("m".to_owned()),
        state: state.to_owned(),
        detail: None,
        hint: None,
        has: vec![],
        agents: agents.iter().map(|agent| (*agent).to_owned()).collect(),
        price: None,
        today: UseInfo::default(),
        rests: None,
    };
    let (input, output, cached) = ("1.25".to_owned(), "10.00".to_owned(), "0.125".to_owned());
    let dear = ModelInfo {
        price: Some(PriceInfo { input, output, cached }),
        today: used(12, 34_567, 890, "0.052"),
        has: (0..12).map(|number| format!("model-{number}")).collect(),
        ..model("large", "ready", &["assistant", "scout"])
    };
    let down = ModelInfo {
        url: Some("http://localhost:1234/v1".to_owned()),
        detail: Some("unavailable: nobody answers at `localhost:1234`\x1b[2J".to_owned()),
        hint: Some("start its server".to_owned()),
        rests: Some(40),
        ..model("local", "unreachable", &[])
    };
    let lacks = ModelInfo {
        model: None,
        detail: Some("`loket:openai` is not granted `api.example.org`".to_owned()),
        hint: Some(
            "loket grant loket:openai loket:http/client --host api.example.org\nloket grant assistant loket:openai"
                .to_owned(),
        ),
        url: Some("https://api.example.org/v1".to_owned()),
        ..model("other", "not-granted", &["assistant"])
    };
    let offline = ModelInfo {
        adapter: "loket:offline".to_owned(),
        url: None,
        model: None,
        ..model("loket:offline", "ready", &["scout"])
    };
    let spent = |agent: &str, tokens: Option<u64>, money: Option<&str>| AgentSpent {
        agent: agent.to_owned(),
        used: used(6, 1_000, 445, "0.026"),
        budget: BudgetInfo { tokens, money: money.map(str::to_owned) },
    };
    let today = SpentToday {
        currency: "USD".to_owned(),
        renews: "2026-11-24T00:00:00.000Z".to_owned(),
        used: used(12, 34_567, 890, "0.052"),
        budget: BudgetInfo { tokens: None, money: Some("5.00".to_owned()) },
        agents: vec![spent("assistant", Some(100_000), Some("1.00")), spent("owner", None, None)],
        unpriced: vec!["local".to_owned()],
    };
    ModelList { models: vec![dear, down, lacks, offline], today }
}

/// Five days: nothing at first, then a currency that is another now, a day without a call, and today.
pub(super) fn spent(query: &SpendQuery) -> Result<SpendReport, Problem> {
    let many = query.many()?;
    let used = |calls, input, cost: &str| UseInfo { calls, input, output: 0, cached: 0, cost: cost.to_owned() };
    let euro = || vec![CostInfo { currency: "EUR".to_owned(), cost: "1.20".to_owned() }];
    let day = |day: &str, used: UseInfo, elsewhere| SpendDay {
        day: day.to_owned(),
        agents: vec![AgentUse { agent: "assistant".to_owned(), used: used.clone() }],
        models: vec![ModelUse { model: "large".to_owned(), used: used.clone() }],
        used,
        elsewhere,
    };
    let mut days = vec![
        day("2026-11-20", UseInfo::default(), vec![]),
        day("2026-11-21", used(1_200, 9_000_000, "0.00"), euro()),
        day("2026-11-22", UseInfo::default(), vec![]),
        day("2026-11-23", used(7, 1, "0.026"), vec![]),
        day("2026-11-24\x1b[2J", used(12, 4_500_000, "0.052"), vec![]),
    ];
    days.truncate(many as usize);
    let (all, elsewhere) = if many > 1 { (used(1_219, 13_500_001, "0.078"), euro()) } else { (used(0, 0, ""), vec![]) };
    let agents = vec!["assistant".to_owned(), "owner".to_owned()];
    Ok(SpendReport { currency: "USD".to_owned(), days, used: all, elsewhere, agents })
}

/// At the usual ports, at one, or at several, where there is nothing.
pub(super) fn found(ports: &[u16]) -> Vec<FoundServer> {
    let server = |kind: &str, port: u16, models: &[&str], known: Option<&str>| FoundServer {
        kind: kind.to_owned(),
        url: format!("http://127.0.0.1:{port}/v1"),
        models: models.iter().map(|name| (*name).to_owned()).collect(),
        known: known.map(str::to_owned),
        adapter: "loket:openai".to_owned(),
    };
    match *ports {
        [] => vec![
            server("Ollama", 11_434, &["nomic-embed-text", "evil\x1b[2J; rm -rf ~", "llama3.2"], None),
            server("vLLM", 8000, &["m"], Some("large")),
        ],
        [port] => vec![server("a model server", port, &["phi"], None)],
        _ => vec![],
    }
}

pub(super) fn added(request: ModelAddRequest) -> Result<ModelChange, Problem> {
    if request.name == "large" {
        return Err(Problem::invalid("there is a model `large` already, and it is another").hint("choose another name"));
    }
    let host = request.url.split('/').nth(2).unwrap_or_default().to_owned();
    let command = format!("loket grant loket:openai loket:http/client --host {host}");
    let terms = [("host".to_owned(), vec![host])].into();
    let (grantee, capability) = ("loket:openai".to_owned(), "loket:http/client".to_owned());
    let grant = GrantRequest { grantee, capability, terms, no_delegation: true, ..GrantRequest::default() };
    let granted = if request.grant { vec![granted(&grant)] } else { vec![] };
    let secret = request.key.map(|key| format!("loket secret set {key} --host api.example.org"));
    let todo = secret.into_iter().chain((!request.grant).then_some(command)).collect();
    Ok(ModelChange { file: "loket.toml".to_owned(), changed: true, granted, todo })
}

pub(super) fn used(request: ModelUseRequest) -> ModelChange {
    let agent = request.agent.unwrap_or_default();
    let (grantee, capability) = (agent.clone(), "loket:openai".to_owned());
    let grant = GrantRequest { grantee, capability, ..GrantRequest::default() };
    let granted = if request.grant { vec![granted(&grant)] } else { vec![] };
    let todo = if request.grant { vec![] } else { vec![format!("loket grant {agent} loket:openai")] };
    let changed = request.name != "loket:offline";
    ModelChange { file: format!("agents/{agent}/agent.toml"), changed, granted, todo }
}
