//! A login by a person: an address for their browser, and what it brings back.

use super::callback::{Brought, Door, parameter};
use super::kept::{Kept, Tokens, Way, scopes};
use super::place::{Place, checked, told};
use super::sign::SigningKey;
use super::token::{Means, read};
use super::{Begun, Login, Progress};
use crate::mcp::letters::excerpt;
use rmcp::transport::auth::OAuthClientConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use zeroize::Zeroizing;

/// How long a person may take.
pub const PATIENCE: Duration = Duration::from_secs(600);
/// What clients call themselves where they register.
const CLIENT: &str = "Loket";
/// The one way in which a challenge is made that is good enough.
const S256: &str = "S256";
/// What is asked for so that a token can be made anew.
const OFFLINE: &str = "offline_access";

/// A login that has begun. It ends when another begins, and when the server is taken out.
pub(super) struct Pending {
    pub(super) progress: watch::Receiver<Progress>,
    over: DropGuard,
    work: JoinHandle<()>,
}

impl Pending {
    /// Ends it, and waits until it has ended: either all is kept that came of it, or nothing.
    pub(super) async fn end(self) {
        drop(self.over);
        let _ = self.work.await;
    }
}

/// By which name a client is known, and whether it registered itself just now.
struct Client {
    config: OAuthClientConfig,
    means: Means,
    is_own: bool,
}

/// Finds out where to log in, and opens a port for the browser.
///
/// # Errors
/// Why nobody can log in there.
pub(super) async fn begin(login: &Arc<Login>, mut place: Place) -> Result<(Begun, Pending), String> {
    let methods = place.metadata.code_challenge_methods_supported.clone().unwrap_or_default();
    if !methods.iter().any(|method| method == S256) {
        return Err(format!(
            "its authorization server `{}` does not say that it takes PKCE with S256, without which nobody should log in",
            excerpt(&place.issuer, 200)
        ));
    }
    checked(&place.metadata.authorization_endpoint)?;
    let before = login.keeper.read(&login.url).filter(|kept| kept.issuer == place.issuer);
    let known_port = before.as_ref().and_then(|kept| Url::parse(kept.redirect.as_deref()?).ok()?.port());
    let door = match (login.settings.port, known_port) {
        (Some(port), _) => Door::open(Some(port)).await?,
        // Where it is taken meanwhile, any other will do.
        (None, Some(port)) => match Door::open(Some(port)).await {
            Ok(door) => door,
            Err(_) => Door::open(None).await?,
        },
        (None, None) => Door::open(None).await?,
    };
    let redirect = door.redirect();
    let wanted = wanted(login, &place, before.as_deref()).await;
    let words: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let client = client(login, &mut place, before.as_deref(), &redirect, &words).await?;
    let secret = client.config.client_secret.clone().map(Zeroizing::new).filter(|_| client.is_own);
    let name = client.config.client_id.clone();
    place.manager.configure_client(client.config).map_err(|e| told(&e))?;
    let proof_key = match place.list("dpop_signing_alg_values_supported").iter().any(|known| known == "ES256") {
        true => {
            let (key, text) = SigningKey::new()?;
            place.wire.bind(Arc::new(key), &place.metadata.token_endpoint);
            Some(text)
        }
        false => None,
    };
    let url = place.manager.get_authorization_url(&words).await.map_err(|e| told(&e))?;
    let read = Url::parse(&url).map_err(|e| format!("its address for a login is none: {e}"))?;
    let state = parameter(&read, "state").ok_or("no state was made for the login")?;
    let resource = parameter(&read, "resource").unwrap_or_else(|| place.resource.clone());
    let kept = Kept {
        server: login.url.clone(),
        issuer: place.issuer.clone(),
        endpoint: place.metadata.token_endpoint.clone(),
        client: name,
        means: client.means,
        resource,
        grant: Way::Login,
        scopes: wanted,
        wanted: Vec::new(),
        until: None,
        renew: None,
        is_bound: false,
        redirect: Some(redirect),
    };
    let (tell, progress) = watch::channel(Progress::Waits);
    let (ended, over) = (login.clone(), CancellationToken::new());
    let guard = over.clone().drop_guard();
    let work = tokio::spawn(async move {
        let brought = tokio::time::timeout(PATIENCE, door.wait(state.clone()));
        let done = match over.run_until_cancelled(brought).await {
            Some(Ok(brought)) => finish(&ended, &place, kept, (&state, brought), (secret, proof_key), &over).await,
            Some(Err(_)) => Err(format!("nobody came back from it within {} minutes", PATIENCE.as_secs() / 60)),
            None => return,
        };
        let progress = match done {
            Ok(()) => Progress::Done,
            Err(why) => {
                ended.tell("server login failed", &[("why", why.clone())]);
                Progress::Failed(why)
            }
        };
        tell.send_replace(progress);
    });
    Ok((Begun { url: Some(url) }, Pending { progress, over: guard, work }))
}

/// What to ask for: what the owner says, else what the server says, and what was granted before together with what is wanted besides.
async fn wanted(login: &Login, place: &Place, before: Option<&Kept>) -> Vec<String> {
    let first = match login.settings.scopes.is_empty() {
        true => place.scopes().await,
        false => login.settings.scopes.clone(),
    };
    let more = before.filter(|kept| !kept.wanted.is_empty());
    let more = more.into_iter().flat_map(|kept| kept.scopes.iter().chain(&kept.wanted));
    let mut all: Vec<&str> = first.iter().chain(more).map(String::as_str).collect();
    let is_offered =
        place.metadata.scopes_supported.as_ref().is_some_and(|all| all.iter().any(|scope| scope == OFFLINE));
    if !all.is_empty() && is_offered {
        all.push(OFFLINE);
    }
    scopes(all)
}

/// Who this client is there: registered by hand, by a document, before, or now, in this order.
async fn client(
    login: &Login,
    place: &mut Place,
    before: Option<&Kept>,
    redirect: &str,
    wanted: &[&str],
) -> Result<Client, String> {
    let owner = &login.settings;
    let scopes: Vec<String> = wanted.iter().map(|scope| (*scope).to_owned()).collect();
    let config = |client: &str, secret: Option<&str>| {
        let config = OAuthClientConfig::new(client, redirect).with_scopes(scopes.clone());
        match secret {
            Some(secret) => config.with_client_secret(secret),
            None => config,
        }
    };
    let means = Means::of(&place.list("token_endpoint_auth_methods_supported"));
    let of = |secret: Option<&str>| if secret.is_some() { means } else { Means::Nothing };
    if let Some(client) = &owner.client_id {
        if owner.key.is_some() {
            return Err("a client with a `key` needs `grant = \"client-credentials\"`".into());
        }
        let secret =
            owner.secret.as_ref().map(|name| login.opened(name, &place.metadata.token_endpoint)).transpose()?;
        let secret = secret.as_deref().map(String::as_str);
        return Ok(Client { config: config(client, secret), means: of(secret), is_own: false });
    }
    if let Some(document) = owner.document.as_ref().filter(|_| place.says("client_id_metadata_document_supported")) {
        return Ok(Client { config: config(document, None), means: Means::Nothing, is_own: false });
    }
    let again =
        before.filter(|kept| kept.redirect.as_deref() == Some(redirect) && !kept.client.starts_with("https://"));
    if let Some(kept) = again {
        let secret = login.target_of(&kept.endpoint).and_then(|target| login.keeper.value("client-secret", &target));
        if kept.means == Means::Nothing || secret.is_some() {
            let secret = secret.as_deref().map(String::as_str);
            return Ok(Client { config: config(&kept.client, secret), means: of(secret), is_own: true });
        }
    }
    let Some(endpoint) = &place.metadata.registration_endpoint else {
        return Err(format!(
            "its authorization server `{}` registers no clients by itself: register one there, and write its name as `client_id` into `[mcp.{}.oauth]`",
            excerpt(&place.issuer, 200),
            login.name
        ));
    };
    checked(endpoint)?;
    let made = place.manager.register_client(CLIENT, redirect, wanted).await.map_err(|e| told(&e))?;
    let means = of(made.client_secret.as_deref());
    Ok(Client { config: made, means, is_own: true })
}

/// Trades what a browser brought for tokens, and keeps them: what was given by then is kept, also when it is over meanwhile.
async fn finish(
    login: &Login,
    place: &Place,
    kept: Kept,
    (state, brought): (&str, Brought),
    (client_secret, proof_key): (Option<Zeroizing<String>>, Option<Zeroizing<String>>),
    over: &CancellationToken,
) -> Result<(), String> {
    let (code, issuer) = match brought {
        Brought::Code { code, issuer } => (code, issuer),
        Brought::Refused { why, .. } => return Err(format!("it was refused there: {}", excerpt(&why, 200))),
    };
    // No token is made anew meanwhile, which would be kept in place of these.
    let _one = login.one.lock().await;
    let given = place.manager.exchange_code_for_token_with_issuer(&code, state, issuer.as_deref());
    let given = over.run_until_cancelled(given).await.ok_or("it was broken off")?;
    let given = given.map_err(|e| place.wire.failed().map_or_else(|| told(&e), |why| excerpt(&why, 500)))?;
    let text = Zeroizing::new(serde_json::to_vec(&given).map_err(|e| e.to_string())?);
    let given = read(&text)?;
    if given.is_bound && proof_key.is_none() {
        return Err("it gave a token that is bound to a key, and none was shown".into());
    }
    let scopes = given.scopes.unwrap_or(kept.scopes);
    let kept = Kept { scopes, until: given.until, renew: given.renew, is_bound: given.is_bound, ..kept };
    let proof_key = proof_key.filter(|_| given.is_bound);
    login.came_in(kept, Tokens { access: given.access, refresh: given.refresh, client_secret, proof_key }).await
}
