//! One of each thing that a desk tells of.

use loket_gateways::desk::{
    AgentInfo, AskInfo, BudgetInfo, GrantInfo, GuardianStatus, KeyInfo, LedgerLine, ModelList, RestoreReport,
    RestoreRequest, SpendDay, SpendReport, SpentToday, TokenInfo, ToolServerInfo, UseInfo,
};
use serde_json::json;

pub(crate) fn agent(name: &str) -> AgentInfo {
    let (package, model, state) = ("loket:assistant".to_owned(), "offline".to_owned(), "ready".to_owned());
    AgentInfo { name: name.to_owned(), package, model, state, memories: None }
}

pub(super) fn sealed() -> GuardianStatus {
    let (state, faults) = ("sealed".to_owned(), Vec::new());
    GuardianStatus { state, sealed: None, key: None, checked: None, safe_mode: None, faults }
}

pub(super) fn asked(id: &str) -> AskInfo {
    AskInfo {
        id: id.to_owned(),
        digest: "ab".repeat(32),
        who: "agent:assistant".to_owned(),
        chain: "owner > agent:assistant".to_owned(),
        capability: "acme:mail/send".to_owned(),
        function: "send".to_owned(),
        arguments: json!({ "to": "bob" }),
        shortened: false,
        form: None,
        agent: Some("assistant".to_owned()),
        conversation: None,
        message: None,
        turn: "t1".to_owned(),
        labels: vec![],
        earlier: vec![],
        asked: "2026-01-01T00:00:00.000Z".to_owned(),
        expires: "2026-01-01T00:10:00.000Z".to_owned(),
        state: "waits".to_owned(),
        ended: None,
    }
}

pub(super) fn key(name: &str) -> KeyInfo {
    let (id, public) =
        ("E7620F1842B4E81F".to_owned(), "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".to_owned());
    KeyInfo {
        name: name.to_owned(),
        id,
        public,
        since: "2026-01-01T00:00:00Z".to_owned(),
        revoked: None,
        waits_for_seal: false,
    }
}

pub(super) fn token(name: &str) -> TokenInfo {
    TokenInfo {
        name: name.to_owned(),
        approve: false,
        metrics: false,
        since: "2026-01-01T00:00:00Z".to_owned(),
        expires: None,
        expired: false,
        grants: vec![grant(&format!("client:{name}"), "loket:calc")],
    }
}

pub(super) fn grant(grantee: &str, capability: &str) -> GrantInfo {
    GrantInfo {
        grantee: grantee.to_owned(),
        capability: capability.to_owned(),
        provider: "host".to_owned(),
        verdict: "allow".to_owned(),
        functions: vec![],
        per_turn: None,
        per_day: Some(9),
        terms: Default::default(),
        delegates: vec![],
        since: "2026-01-01T00:00:00Z".to_owned(),
    }
}

pub(super) fn line(seq: u64) -> LedgerLine {
    LedgerLine {
        seq,
        time: "2026-01-01T00:00:00.000Z".to_owned(),
        turn: "t1".to_owned(),
        kind: "act".to_owned(),
        chain: "owner".to_owned(),
        capability: "loket:calc/arithmetic".to_owned(),
        function: "evaluate".to_owned(),
        labels: vec![],
        payload: Some(json!("1+1")),
        hash: "cd".to_owned(),
    }
}

pub(super) fn models() -> ModelList {
    let (currency, renews) = ("USD".to_owned(), "2026-01-02T00:00:00Z".to_owned());
    let (used, budget) = (UseInfo::default(), BudgetInfo::default());
    let today = SpentToday { currency, renews, used, budget, agents: vec![], unpriced: vec![] };
    ModelList { models: vec![], today }
}

pub(super) fn server(name: &str) -> ToolServerInfo {
    ToolServerInfo {
        name: name.to_owned(),
        place: "https://mcp.example.org/mcp".to_owned(),
        confinement: None,
        reach: vec![],
        state: "connected".to_owned(),
        login: None,
        problem: None,
        revision: None,
        about: None,
        findings: vec![],
        tools: vec![],
        digest: None,
    }
}

/// So many days, on each of which one agent was there.
pub(super) fn spend(many: u32, agent: Option<String>) -> SpendReport {
    let day = |number: u32| SpendDay {
        day: format!("day {number}"),
        used: UseInfo::default(),
        elsewhere: vec![],
        agents: vec![],
        models: vec![],
    };
    let (currency, used, elsewhere) = ("USD".to_owned(), UseInfo::default(), vec![]);
    SpendReport { currency, days: (0..many).map(day).collect(), used, elsewhere, agents: agent.into_iter().collect() }
}

pub(super) fn restored(request: &RestoreRequest) -> RestoreReport {
    RestoreReport {
        home: request.home.clone(),
        next: format!("loket serve --home {}", request.home),
        made: "2026-01-01T00:00:00.000Z".to_owned(),
        by: "0.1.0".to_owned(),
        files: 12,
        bytes: 2_048_000,
        lines: 7,
        notes: vec![format!("made of {}", request.file)],
    }
}
