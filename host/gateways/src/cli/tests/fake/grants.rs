//! Grants, and the tokens of clients, which have theirs.

use crate::desk::{GrantInfo, GrantRequest, TokenInfo};

/// Those of a grantee, or of all; `nobody` has none.
pub(super) fn all(grantee: Option<&str>) -> Vec<GrantInfo> {
    if grantee == Some("nobody") {
        return vec![];
    }
    let mut second = granted(&GrantRequest {
        grantee: "scout".to_owned(),
        capability: "loket:brain/memory".to_owned(),
        verdict: Some("ask".to_owned()),
        functions: vec!["recall".to_owned(), "get".to_owned()],
        per_turn: Some(5),
        no_delegation: true,
        ..GrantRequest::default()
    });
    second.provider = "host".to_owned();
    let (grantee, capability) = ("assistant".to_owned(), "loket:calc/arithmetic".to_owned());
    vec![granted(&GrantRequest { grantee, capability, ..GrantRequest::default() }), second]
}

pub(super) fn granted(request: &GrantRequest) -> GrantInfo {
    GrantInfo {
        grantee: format!("agent:{}", request.grantee),
        capability: request.capability.clone(),
        provider: request.provider.clone().unwrap_or_else(|| "package:loket:calc".to_owned()),
        verdict: request.verdict.clone().unwrap_or_else(|| "allow".to_owned()),
        functions: request.functions.clone(),
        per_turn: request.per_turn,
        per_day: request.per_day,
        terms: request.terms.clone(),
        delegates: if request.no_delegation { vec![] } else { vec!["read files below `notes/`".to_owned()] },
        since: "2026-11-23T12:00:00Z".to_owned(),
    }
}

pub(super) fn token(name: &str, expired: Option<&str>) -> TokenInfo {
    let request = GrantRequest { capability: "loket:calc".to_owned(), ..GrantRequest::default() };
    TokenInfo {
        name: name.to_owned(),
        approve: expired.is_some(),
        metrics: false,
        since: "2026-11-23T12:00:00Z".to_owned(),
        expires: expired.map(str::to_owned),
        expired: expired.is_some(),
        grants: vec![GrantInfo { grantee: format!("client:{name}"), ..granted(&request) }],
    }
}
