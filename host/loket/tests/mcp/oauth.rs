//! `/mcp` as a resource that an authorization server protects: whose tokens open it, and whose do not.
//!
//! The authorization server signs with a real key, and publishes the other half of it; all else is as for anybody.

use crate::house::House;
use crate::served::{Answer, Client, SESSIONS, Served, begin, chunk, head, made, text};
use crate::servers::{Server, page, path};
use crate::session::Session;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use loket::refresh::Look;
use loket_gateways::desk::{Desk as _, TokenName, TokenRequest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where a program learns where tokens are got.
const DOCUMENT: &str = "/.well-known/oauth-protected-resource/mcp";

/// A key of an authorization server.
struct Key {
    pair: EcdsaKeyPair,
    id: &'static str,
}

impl Key {
    fn new(id: &'static str) -> Key {
        let random = SystemRandom::new();
        let text = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, text.as_ref(), &random).expect("a key");
        Key { pair, id }
    }

    /// What is published of it.
    fn public(&self) -> Json {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "alg": "ES256", "use": "sig", "x": x, "y": y })
    }

    fn sign(&self, header: &Json, claims: &Json) -> String {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).expect("it signs");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// A house that believes an authorization server.
struct Ground {
    served: Served,
    server: Server,
    key: Key,
    /// The token of this home as which everybody comes in.
    plain: String,
    /// What it publishes.
    keys: Arc<Mutex<Vec<Json>>>,
}

impl Ground {
    /// Where `ann` comes in as `desktop`, who may use the calculator, and `robot` as itself.
    async fn new() -> Ground {
        let key = Key::new("one");
        let keys = Arc::new(Mutex::new(vec![key.public()]));
        let (shared, own) = (keys.clone(), Arc::new(Mutex::new(String::new())));
        let base = own.clone();
        let server = Server::answering(move |said| {
            let base = base.lock().expect("nobody panics with it").clone();
            let document = match said {
                "/.well-known/openid-configuration" => json!({ "issuer": base, "jwks_uri": format!("{base}/keys") }),
                "/keys" => json!({ "keys": *shared.lock().expect("nobody panics with it") }),
                _ => return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
            };
            page("application/json", document.to_string().as_bytes())
        });
        *own.lock().expect("nobody panics with it") = server.url("");
        let house = House::with(&settings(&server, "ann = \"desktop\"")).await;
        let served = Served::of(house, None).await;
        let tools = vec!["loket:calc".to_owned()];
        let made = made(&served.house, TokenRequest { name: "desktop".into(), tools, ..TokenRequest::default() });
        let plain = text(made.await);
        Ground { served, server, key, plain, keys }
    }

    fn claims(&self) -> Json {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        let audience = format!("http://{}/mcp", self.served.address);
        json!({ "iss": self.server.url(""), "aud": audience, "sub": "ann", "client_id": "editor", "scope": "mcp", "iat": now, "exp": now + 600 })
    }

    /// A token that says something else than a good one.
    fn token(&self, other: &Json) -> String {
        let mut claims = self.claims();
        for (name, value) in other.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.key.sign(&json!({ "alg": "ES256", "kid": self.key.id, "typ": "at+jwt" }), &claims)
    }

    async fn show(&self, token: &str) -> Answer {
        Client::with(self.served.address, token).whole("tools/list", json!({})).await
    }

    #[track_caller]
    fn told(answer: &Answer, status: u16, word: &str) {
        assert!(answer.status == status && answer.body.contains(word), "{word}: {answer:?}");
    }
}

/// What the owner writes.
fn settings(server: &Server, subjects: &str) -> String {
    let issuer = server.url("");
    format!(
        "[server.oauth]\nissuer = {issuer:?}\nscopes = [\"mcp\"]\n[server.oauth.subjects]\n{subjects}\n[server.oauth.clients]\nrobot = \"desktop\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_issuer_opens_mcp_as_the_token_of_this_home_that_the_owner_named() {
    let ground = Ground::new().await;
    let client = Client::with(ground.served.address, &ground.token(&json!({})));
    let plain = Client::with(ground.served.address, &ground.plain);
    assert_eq!(plain.tools().await, ["calc_evaluate"], "the token of this home is as good as ever");
    assert_eq!(client.tools().await, ["calc_evaluate"], "what that token was granted, and nothing else");
    let answer = client.call("calc_evaluate", json!({ "expression": "6*7" })).await;
    assert_eq!(answer["result"]["structuredContent"]["result"], "42", "{answer}");
    let refused = client.call("uuid_make", json!({ "count": 1 })).await;
    assert!(refused["result"]["isError"] == true && refused.to_string().contains("denied"), "{refused}");
    let lines = ground.served.house.lines("loket:calc/arithmetic", "evaluate").await;
    assert!(!lines.is_empty() && lines.iter().all(|line| line.chain == "client:desktop"), "{lines:?}");
    let caller = "client:desktop";
    ground.served.house.grant(caller, "loket:uuid").await;
    assert!(client.tools().await.contains(&"uuid_make".to_owned()), "what is granted to that token later is, too");
    ground.served.house.revoke(caller, "loket:calc").await;
    assert!(!client.tools().await.contains(&"calc_evaluate".to_owned()), "what is taken from it is taken");
    let machine = ground.token(&json!({ "sub": "robot", "client_id": "robot" }));
    assert_eq!(ground.show(&machine).await.status, 200);
    // It opens nothing besides, and its keys were fetched once.
    let json = [("content-type", "application/json"), ("accept", "application/json")];
    assert_eq!(client.send("GET", "/api/v1/agents", &json, "").await.status, 401);
    assert_eq!(ground.server.heard().iter().filter(|said| path(said) == "/keys").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_good_in_any_way_is_refused_and_told_where_one_is_got() {
    let ground = Ground::new().await;
    let now = ground.claims()["iat"].as_u64().expect("a number");
    for (other, why) in [
        (json!({ "aud": "http://127.0.0.1:1/mcp" }), "for somebody else"),
        (json!({ "aud": null }), "exp"),
        (json!({ "iss": "https://evil.example" }), "another issuer"),
        (json!({ "exp": now - 3_600 }), "expired"),
        (json!({ "nbf": now + 3_600 }), "not good yet"),
        (json!({ "sub": "bob" }), "nobody whom the owner named"),
        (json!({ "sub": "bob", "client_id": "robot" }), "nobody whom the owner named"),
        (json!({ "cnf": { "jkt": "x" } }), "bound to a key"),
    ] {
        let answer = ground.show(&ground.token(&other)).await;
        Ground::told(&answer, 401, why);
        let challenge = answer.header("www-authenticate").expect("it is told where");
        let document = format!("resource_metadata=\"http://{}{DOCUMENT}\"", ground.served.address);
        assert!(challenge.contains(&document) && challenge.contains("invalid_token"), "{challenge}");
    }
    let narrow = ground.show(&ground.token(&json!({ "scope": "other" }))).await;
    Ground::told(&narrow, 403, "not good for enough");
    assert!(narrow.header("www-authenticate").is_some_and(|told| told.contains("insufficient_scope")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_none_or_of_another_key_or_kind_is_refused() {
    let ground = Ground::new().await;
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = ground.claims();
    let bare = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims));
    // The published half of the key, taken for a shared secret.
    let text = format!("{}.{}", part(&json!({ "alg": "HS256", "kid": "one" })), part(&claims));
    let secret = ground.key.public()["x"].as_str().expect("text").to_owned();
    let code = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes());
    let shared = format!("{text}.{}", URL_SAFE_NO_PAD.encode(code.as_ref()));
    let other = Key { id: "one", ..Key::new("two") }.sign(&json!({ "alg": "ES256", "kid": "one" }), &claims);
    let unknown = ground.key.sign(&json!({ "alg": "ES256", "kid": "three" }), &claims);
    let identity = ground.key.sign(&json!({ "alg": "ES256", "kid": "one", "typ": "logout+jwt" }), &claims);
    let good = ground.token(&json!({}));
    let (head, _) = good.rsplit_once('.').expect("three parts");
    for (token, why) in [
        (bare, "no kind that is believed"),
        (shared, "no kind that is believed"),
        (other, "not sound"),
        (unknown, "no key of its issuer's"),
        (identity, "no token for access"),
        (format!("{head}.AAAA"), "not sound"),
        ("a.b.c".to_owned(), "no kind that is believed"),
        ("loket_0".to_owned(), "no token of an authorization server's"),
    ] {
        Ground::told(&ground.show(&token).await, 401, why);
    }
    assert_eq!(ground.show(&good).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_of_the_settings_or_whose_token_is_revoked_is_refused_at_once() {
    let ground = Ground::new().await;
    let token = ground.token(&json!({}));
    assert_eq!(ground.show(&token).await.status, 200);
    ground.served.house.host.token_revoke(TokenName { name: "desktop".into() }).await.expect("it is revoked");
    Ground::told(&ground.show(&token).await, 401, "no token `desktop`");
    let tools = vec!["loket:calc".to_owned()];
    made(&ground.served.house, TokenRequest { name: "desktop".into(), tools, ..TokenRequest::default() }).await;
    assert_eq!(ground.show(&token).await.status, 200);
    ground.write("bob = \"desktop\"");
    Ground::told(&ground.show(&token).await, 401, "nobody whom the owner named");
}

impl Ground {
    /// Writes other settings, and waits until they are in force.
    fn write(&self, subjects: &str) {
        let file = self.served.house.folder.path().join("loket.toml");
        let before = std::fs::read_to_string(&file).expect("it is there");
        let (first, _) = before.split_once("[server.oauth]").expect("it is set");
        std::fs::write(&file, format!("{first}{}", settings(&self.server, subjects))).expect("it can be written");
        let look = Look { settings: true, ..Look::default() };
        tokio::task::block_in_place(|| self.served.house.host.refresh(&look));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_with_the_next_token_and_ends_when_its_holder_is_taken_out_of_the_settings() {
    let ground = Ground::new().await;
    // Clocks may be half a minute apart: it is good for some seconds more.
    let now = ground.claims()["iat"].as_u64().expect("a number");
    let short = Client::with(ground.served.address, &ground.token(&json!({ "exp": now - 20 })));
    let session = Session::begin(&short, json!({})).await;
    let follow = [("accept", "text/event-stream"), ("mcp-session-id", &session.id), ("mcp-protocol-version", SESSIONS)];
    follows_to_its_end(&ground, &short.token, &follow, || {}).await;
    assert_eq!(short.whole("tools/list", json!({})).await.status, 401, "it has expired");
    let next = ground.token(&json!({}));
    follows_to_its_end(&ground, &next, &follow, || ground.write("bob = \"desktop\"")).await;
    ground.write("ann = \"desktop\"");
    let gone = Client::with(ground.served.address, &next).send("GET", "/mcp", &follow, "").await;
    assert_eq!(gone.status, 404, "the session ended with what its holder was: {gone:?}");
}

/// That a session is followed until what is shown for it is good no more.
async fn follows_to_its_end(ground: &Ground, token: &str, headers: &[(&str, &str)], then: impl FnOnce()) {
    let mut stream = begin(ground.served.address, "GET", "/mcp", token, headers, "").await;
    assert_eq!(head(&mut stream).await.0, 200);
    then();
    let ended = tokio::time::timeout(Duration::from_secs(60), async { while chunk(&mut stream).await.is_some() {} });
    ended.await.expect("what follows ends with the token");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_keys_that_the_issuer_publishes_are_believed() {
    let mut ground = Ground::new().await;
    let next = Key::new("two");
    *ground.keys.lock().expect("nobody panics with it") = vec![next.public()];
    let old = ground.token(&json!({}));
    ground.key = next;
    assert_eq!(ground.show(&ground.token(&json!({}))).await.status, 200);
    Ground::told(&ground.show(&old).await, 401, "no key of its issuer's");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_tokens_are_got_is_public_for_this_host_and_no_other() {
    let ground = Ground::new().await;
    let nobody = Client::with(ground.served.address, "");
    for path in ["/.well-known/oauth-protected-resource", DOCUMENT] {
        let answer = nobody.send("GET", path, &[], "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let said: Json = serde_json::from_str(&answer.body).expect("it is JSON");
        assert_eq!(said["resource"], format!("http://{}/mcp", ground.served.address));
        assert_eq!(said["authorization_servers"], json!([ground.server.url("")]));
        let foreign = nobody.send("GET", path, &[("origin", "https://evil.example")], "").await;
        assert_eq!(foreign.status, 403, "{foreign:?}");
    }
    let plain = Served::new().await;
    assert_eq!(Client::with(plain.address, "").send("GET", DOCUMENT, &[], "").await.status, 404);
}
