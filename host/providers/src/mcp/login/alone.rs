//! Tokens without a person: by the client's own secret or key, by a token of the machine's, or by what a company's identity provider says of
//! its employee.

use super::Login;
use super::kept::{Kept, Tokens, scopes};
use super::place::{Place, checked, is_same};
use super::token::{Given, Known, Means, NotGiven, ask};
use super::well_known;
use super::wire::Wire;
use crate::http::headers::Header;
use crate::mcp::letters::excerpt;
use loket_guardian::oauth::Grant;
use serde_json::Value as Json;

/// What a token bought with another one is (RFC 8693, and the draft of assertions across domains).
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";
/// A token shown for another (RFC 7523).
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Comes to a token, and keeps it; with these scopes besides those with which one begins.
///
/// # Errors
/// Why there is none.
pub(super) async fn obtain(login: &Login, place: &Place, more: &[String]) -> Result<(), String> {
    let owner = &login.settings;
    let endpoint = place.metadata.token_endpoint.as_str();
    let first = match owner.scopes.is_empty() {
        true => place.scopes().await,
        false => owner.scopes.clone(),
    };
    // Nobody goes offline here: another one is asked for in the same way.
    let first = first.iter().filter(|scope| *scope != "offline_access");
    let wanted = scopes(first.chain(more).map(String::as_str));
    let words = wanted.join(" ");
    let known = known(login, place)?;
    let mut form = vec![("resource", place.resource.as_str())];
    if !words.is_empty() {
        form.push(("scope", &words));
    }
    let assertion = match owner.grant {
        Grant::Credentials | Grant::Login => None,
        Grant::Assertion => {
            let name = owner.token.as_deref().unwrap_or_default();
            Some(login.opened(name, endpoint)?)
        }
        Grant::Identity => Some(vouched(login, place, &words).await?.access),
    };
    match &assertion {
        None => form.push(("grant_type", "client_credentials")),
        Some(assertion) => form.extend([("grant_type", BEARER), ("assertion", assertion.as_str())]),
    }
    let given = ask(&place.wire, endpoint, &known, &form).await.map_err(|e| told(endpoint, &e))?;
    if given.is_bound {
        return Err("it gave a token that is bound to a key, and none was shown".into());
    }
    let kept = Kept {
        server: login.url.clone(),
        issuer: place.issuer.clone(),
        grant: owner.grant.into(),
        endpoint: endpoint.to_owned(),
        client: known.client,
        means: known.means,
        resource: place.resource.clone(),
        scopes: given.scopes.unwrap_or(wanted),
        wanted: Vec::new(),
        until: given.until,
        renew: given.renew,
        is_bound: false,
        redirect: None,
    };
    login.came_in(kept, Tokens { access: given.access, ..Tokens::default() }).await
}

/// This client, as the owner says it is known.
fn known(login: &Login, place: &Place) -> Result<Known, String> {
    let owner = &login.settings;
    let endpoint = &place.metadata.token_endpoint;
    let (means, secret) = match (&owner.secret, &owner.key) {
        (Some(name), _) => {
            let means = Means::of(&place.list("token_endpoint_auth_methods_supported"));
            (means, Some(login.opened(name, endpoint)?))
        }
        (None, Some(name)) => (Means::Key, Some(login.opened(name, endpoint)?)),
        (None, None) => (Means::Nothing, None),
    };
    let client = owner.client_id.clone().ok_or("its `oauth` names no `client_id`")?;
    Ok(Known { client, means, secret, issuer: place.issuer.clone() })
}

/// Has the identity provider say who its employee is, for this authorization server and this resource alone.
async fn vouched(login: &Login, place: &Place, words: &str) -> Result<Given, String> {
    let owner = &login.settings;
    let issuer = owner.identity_issuer.as_deref().ok_or("its `oauth` names no `identity_issuer`")?;
    let client = owner.identity_client.clone().ok_or("its `oauth` names no `identity_client`")?;
    let endpoint = endpoint_of(&place.wire, issuer).await?;
    let token = login.opened(owner.token.as_deref().unwrap_or_default(), &endpoint)?;
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("audience", place.issuer.as_str()),
        ("resource", place.resource.as_str()),
        ("subject_token", token.as_str()),
        ("subject_token_type", ID_TOKEN),
    ];
    if !words.is_empty() {
        form.push(("scope", words));
    }
    let known = Known { client, means: Means::Nothing, secret: None, issuer: issuer.to_owned() };
    let given = ask(&place.wire, &endpoint, &known, &form).await.map_err(|e| told(&endpoint, &e))?;
    match given.kind.as_deref() {
        Some(ID_JAG) => Ok(given),
        other => Err(format!(
            "the identity provider gave something else than it was asked for: `{}`",
            excerpt(other.unwrap_or("nothing that is named"), 120)
        )),
    }
}

/// Where an issuer gives tokens, as it says itself.
async fn endpoint_of(wire: &Wire, issuer: &str) -> Result<String, String> {
    for place in well_known::of_issuer(issuer)? {
        let accept = Header { name: "accept".into(), value: "application/json".into() };
        let answer = wire.send("GET", place.as_str(), vec![accept], Vec::new()).await?;
        if answer.head.status != 200 {
            continue;
        }
        let Ok(said) = serde_json::from_slice::<Json>(&answer.body) else { continue };
        let named = said["issuer"].as_str().unwrap_or_default();
        if !is_same(named, issuer) {
            return Err(format!("`{issuer}` says that it is `{}`", excerpt(named, 200)));
        }
        let endpoint = said["token_endpoint"].as_str().ok_or_else(|| format!("`{issuer}` gives no tokens"))?;
        checked(endpoint)?;
        return Ok(endpoint.to_owned());
    }
    Err(format!("`{issuer}` does not describe itself"))
}

fn told(endpoint: &str, error: &NotGiven) -> String {
    format!("no token was given at `{}`: {error}", excerpt(endpoint, 200))
}
