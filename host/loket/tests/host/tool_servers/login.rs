//! Logging in at a server of tools: what is refused before, what works after, and what nobody gets to see.
//!
//! One server plays both parts, the tools' and that of whoever gives tokens. A browser is played by following what it is told.

use super::{TOOLS, accept, open, states};
use crate::house::House;
use crate::servers::Server;
use loket_gateways::desk::{Desk as _, LoginProgress, ServerAcceptRequest, ServerName};
use serde_json::{Value as Json, json};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How each of the tokens begins.
const ACCESS: &str = "access-token-of-the-test-";
const REFRESH: &str = "refresh-token-of-the-test-";
const CLIENT_SECRET: &str = "client-secret-of-the-test";
/// An authorization server that the owner names, and that is not this one.
const NAMED: &str = "https://login.example.org";
/// What a call is refused with that needs a login.
const LOG_IN: &str = "loket mcp login odd";

/// What the server does; tests change it.
struct Mood {
    /// The number of the token that is good now.
    number: u32,
    /// For how many seconds one is good.
    life: u32,
    /// Whether new tokens are given for old ones.
    renews: bool,
    /// What it says of how challenges are made.
    methods: Option<Json>,
    /// Which issuer the browser brings back.
    issuer: Option<&'static str>,
    /// Who gives tokens, if not this server.
    elsewhere: Option<String>,
    /// Where tokens are given, and where clients are registered, if not here.
    gives: Option<String>,
    registers: Option<String>,
    /// How long it takes to give one.
    takes: Duration,
    /// Why none is given for an old one.
    excuse: &'static str,
    /// Whether no token is good enough for the server of tools.
    is_deaf: bool,
    /// What a call needs a token to be good for, besides.
    needs: Option<&'static str>,
}

impl Default for Mood {
    fn default() -> Mood {
        Mood {
            number: 1,
            life: 3_600,
            renews: true,
            methods: Some(json!(["S256"])),
            issuer: None,
            elsewhere: None,
            gives: None,
            registers: None,
            takes: Duration::ZERO,
            excuse: "invalid_grant",
            is_deaf: false,
            needs: None,
        }
    }
}

struct Ground {
    house: House,
    server: Server,
    mood: Arc<Mutex<Mood>>,
}

impl Ground {
    async fn new() -> Ground {
        Ground::with("").await
    }

    /// With these words of its `oauth`.
    async fn with(oauth: &str) -> Ground {
        let mood = Arc::new(Mutex::new(Mood::default()));
        let shared = mood.clone();
        let server = Server::doing(move |said, stream| {
            if said.starts_with("POST /token") {
                let takes = shared.lock().expect("nobody panics").takes;
                std::thread::sleep(takes);
            }
            serve(said, stream, &mut shared.lock().expect("nobody panics"));
        });
        let house = open(&settings(&server, oauth)).await;
        Ground { house, server, mood }
    }

    /// With somebody logged in, and its tools accepted.
    async fn open() -> Ground {
        let ground = Ground::new().await;
        assert_eq!(ground.log_in().await.state, "done");
        accept(&ground.house, "odd").await;
        ground
    }

    fn name(&self) -> ServerName {
        ServerName { name: "odd".into() }
    }

    fn set(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.mood.lock().expect("nobody panics with it"));
    }

    /// Begins a login; answers with the address for the browser.
    async fn begin(&self) -> Result<String, String> {
        let begun = self.house.host.tool_server_login(self.name()).await;
        begun.map(|begun| begun.url.expect("it is for a browser")).map_err(|problem| problem.message)
    }

    async fn wait(&self) -> LoginProgress {
        self.house.host.tool_server_login_wait(self.name()).await.expect("it is told")
    }

    async fn log_in(&self) -> LoginProgress {
        let url = self.begin().await.expect("it begins");
        let back = location(&get(&url));
        get(&back);
        self.wait().await
    }

    async fn look(&self) -> Result<String, (String, Option<String>)> {
        let called = self.house.call(TOOLS, "look", json!({ "what": "x" })).await;
        match called {
            Ok(answer) => Ok(answer.to_string()),
            Err(problem) => Err((problem.code, problem.hint)),
        }
    }

    /// The acts of a name in the ledger, with what is known of each.
    async fn acts(&self, what: &str) -> Vec<Json> {
        let lines = self.house.ledger().await.into_iter().filter(|line| line.kind == "act" && line.function == what);
        lines.filter_map(|line| line.payload).collect()
    }

    fn asked(&self, path: &str) -> usize {
        self.server.heard().iter().filter(|said| said.split(' ').nth(1).is_some_and(|at| at.starts_with(path))).count()
    }
}

/// What the owner writes.
fn settings(server: &Server, oauth: &str) -> String {
    format!("[mcp.odd]\nurl = {:?}\n[mcp.odd.oauth]\n{oauth}\n", server.url("/mcp"))
}

/// An answer.
fn serve(said: &str, stream: &mut TcpStream, mood: &mut Mood) {
    let mut said = said.to_owned();
    let lower = said.to_lowercase();
    let value = |name: &str| lower.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim().to_owned());
    let length: usize = value("content-length:").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut bytes = [0; 4096];
    while said.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() < length) {
        match stream.read(&mut bytes) {
            Ok(read) if read > 0 => said += &String::from_utf8_lossy(&bytes[..read]),
            _ => return,
        }
    }
    let base = format!("http://{}", value("host:").unwrap_or_default());
    let body = said.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let path = said.split(' ').nth(1).unwrap_or_default();
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let answer = match place {
        "/mcp" => mcp(mood, &base, &value("authorization:").unwrap_or_default(), body, said.starts_with("GET")),
        "/.well-known/oauth-protected-resource/mcp" => {
            let issuer = mood.elsewhere.clone().unwrap_or_else(|| base.clone());
            found(&json!({ "resource": format!("{base}/mcp"), "authorization_servers": [issuer] }))
        }
        "/.well-known/oauth-authorization-server" | "/files/.well-known/forged" => {
            let issuer = if place.ends_with("forged") { NAMED.to_owned() } else { base.clone() };
            let mut own = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": mood.gives.clone().unwrap_or_else(|| format!("{base}/token")),
                "registration_endpoint": mood.registers.clone().unwrap_or_else(|| format!("{base}/register")),
                "response_types_supported": ["code"],
                "authorization_response_iss_parameter_supported": true,
            });
            if let Some(methods) = &mood.methods {
                own["code_challenge_methods_supported"] = methods.clone();
            }
            found(&own)
        }
        "/register" => found(&json!({ "client_id": "client-1", "client_secret": CLIENT_SECRET, "redirect_uris": [] })),
        "/authorize" => {
            let of = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.filter(|(key, _)| *key == name).map(|(_, value)| decoded(value)).next().unwrap_or_default()
            };
            let issuer = mood.issuer.map_or(base, str::to_owned);
            let to = format!("{}?code=code-1&state={}&iss={issuer}", of("redirect_uri"), of("state"));
            format!("302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
        }
        // An old token is good once.
        "/token" if body.contains("refresh_token") && !(mood.renews && is_last(body, mood.number)) => {
            let why = json!({ "error": mood.excuse }).to_string();
            format!("400 Bad\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{why}", why.len())
        }
        "/token" => {
            if body.contains("grant_type=refresh_token") {
                mood.number += 1;
            }
            let (number, life) = (mood.number, mood.life);
            found(&json!({
                "access_token": format!("{ACCESS}{number}"),
                "refresh_token": format!("{REFRESH}{number}"),
                "token_type": "Bearer",
                "expires_in": life,
            }))
        }
        _ => "404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
    };
    // Whoever asked may have hung up.
    let _ =
        stream.write_all(format!("HTTP/1.1 {}", answer.replacen("\r\n", "\r\nconnection: close\r\n", 1)).as_bytes());
}

/// Whether a request shows the last token that was given for this.
fn is_last(body: &str, number: u32) -> bool {
    body.split('&').any(|pair| pair == format!("refresh_token={REFRESH}{number}"))
}

/// What the server of tools answers.
fn mcp(mood: &Mood, base: &str, shown: &str, body: &str, is_get: bool) -> String {
    if mood.is_deaf || shown != format!("bearer {ACCESS}{}", mood.number) {
        let document = format!("{base}/.well-known/oauth-protected-resource/mcp");
        return format!(
            "401 Unauthorized\r\nwww-authenticate: Bearer resource_metadata=\"{document}\", scope=\"tools\"\r\ncontent-length: 0\r\n\r\n"
        );
    }
    let message: Json = serde_json::from_str(body).unwrap_or_default();
    let reply = |result: Json| found(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
    let schema = json!({ "type": "object", "properties": { "what": { "type": "string" } } });
    match message["method"].as_str() {
        Some("initialize") => reply(json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "odd", "version": "1" },
        })),
        Some("tools/list") => reply(json!({ "tools": [{ "name": "look", "inputSchema": schema }] })),
        Some("tools/call") if mood.needs.is_some() => format!(
            "403 Forbidden\r\nwww-authenticate: Bearer error=\"insufficient_scope\", scope=\"{}\"\r\ncontent-length: 0\r\n\r\n",
            mood.needs.unwrap_or_default()
        ),
        Some("tools/call") => {
            // It says the token back, as none should.
            let text = format!("from afar, with {ACCESS}{}", mood.number);
            reply(json!({ "content": [{ "type": "text", "text": text }] }))
        }
        _ if is_get => "405 No\r\ncontent-length: 0\r\n\r\n".to_owned(),
        _ if message["id"].is_null() => "202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned(),
        _ => "400 Bad\r\ncontent-length: 0\r\n\r\n".to_owned(),
    }
}

fn found(document: &Json) -> String {
    let text = document.to_string();
    format!("200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}", text.len())
}

fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%2F", "/")
}

/// Asks for an address of this machine, as a browser does.
fn get(url: &str) -> String {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("an address");
    let mut stream = TcpStream::connect(host).expect("it is there");
    // At once: the server of these tests reads once.
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    answer
}

/// Where an answer leads.
fn location(answer: &str) -> String {
    answer.lines().find_map(|line| line.strip_prefix("location: ")).expect("it leads elsewhere").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_login_is_refused_with_the_command_that_helps() {
    let ground = Ground::new().await;
    let request = ServerAcceptRequest { name: "odd".into(), ..ServerAcceptRequest::default() };
    let problem = ground.house.host.tool_server_accept(request).await.expect_err("nobody is logged in");
    assert_eq!((problem.code.as_str(), problem.hint.as_deref()), ("denied", Some("loket mcp login odd")));
    let server = ground.house.host.tool_server("odd").await.expect("it is shown");
    assert_eq!(server.state, "needs login");
    assert!(server.login.is_some_and(|login| login.needed.is_some()));
    let begun = ground.house.host.tool_server_login(ServerName { name: "nobody".into() }).await;
    assert_eq!(begun.expect_err("there is none").code, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_in_calls_and_no_token_is_seen_anywhere() {
    let ground = Ground::open().await;
    let told = ground.look().await.expect("it answers");
    assert!(told.contains("from afar") && !told.contains(ACCESS), "{told}");
    let server = ground.house.host.tool_server("odd").await.expect("it is shown");
    assert_eq!((server.state.as_str(), states(&server)), ("connected", vec![("look", "accepted")]));
    let login = server.login.expect("somebody is");
    assert_eq!((login.needed, login.renewed, login.scopes), (None, true, vec!["tools".to_owned()]));
    // The challenge was made in the one good way, and the token is for this server.
    let asked =
        ground.server.heard().into_iter().find(|said| said.starts_with("GET /authorize")).expect("a browser was");
    for word in ["code_challenge_method=S256", "resource=http%3A%2F%2F", "scope=tools", "client_id=client-1"] {
        assert!(asked.contains(word), "{word}: {asked}");
    }
    let act = ground.acts("server login").await;
    assert_eq!(
        (act.len(), act[0]["client"].as_str(), act[0]["whom"].as_str()),
        (1, Some("client-1"), Some("package:mcp:odd"))
    );
    let ledger = format!("{:?}", ground.house.ledger().await);
    let shown = format!("{:?}", ground.house.host.secrets().await.expect("they are listed"));
    for hidden in [ACCESS, REFRESH, CLIENT_SECRET, "code-1"] {
        assert!(!ledger.contains(hidden) && !shown.contains(hidden), "{hidden} is seen");
    }
    for word in ["access-token", "refresh-token", "client-secret"] {
        assert!(shown.contains(&format!("mcp.odd.{word}")), "{word} is a secret of the home");
    }
    let folder = ground.house.close().await;
    assert!(!holds(folder.path(), REFRESH.as_bytes()), "a token lies open in the home");
}

/// Whether a file below a folder has these bytes in it.
fn holds(folder: &std::path::Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.is_dir() && !path.is_symlink() {
        true => holds(&path, bytes),
        false => std::fs::read(&path).is_ok_and(|text| text.windows(bytes.len()).any(|part| part == bytes)),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_logout_a_call_is_refused_and_nothing_is_left_of_the_login() {
    let ground = Ground::open().await;
    ground.look().await.expect("it answers");
    assert!(ground.house.host.tool_server_logout(ground.name()).await.expect("it is done").was);
    let refused = ground.look().await.expect_err("nobody is logged in");
    assert_eq!(refused, ("denied".to_owned(), Some("loket mcp login odd".to_owned())));
    assert!(ground.house.host.secrets().await.expect("they are listed").secrets.is_empty());
    assert_eq!(ground.acts("server logout").await.len(), 1);
    assert!(!ground.house.host.tool_server_logout(ground.name()).await.expect("none is no error").was);
    assert_eq!(ground.log_in().await.state, "done");
    ground.look().await.expect("it answers again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_outlives_the_host() {
    let ground = Ground::open().await;
    let Ground { house, server, mood } = ground;
    let ground = Ground { house: house.restart().await, server, mood };
    ground.look().await.expect("it answers");
    assert_eq!(ground.asked("/token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_its_end_and_a_renewal_that_is_refused_ends_the_login() {
    let ground = Ground::new().await;
    ground.set(|mood| mood.life = 2);
    assert_eq!(ground.log_in().await.state, "done");
    accept(&ground.house, "odd").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    ground.look().await.expect("by another token");
    assert!(ground.mood.lock().expect("nobody panics with it").number > 1, "it was renewed");
    let renewal =
        ground.server.heard().into_iter().rfind(|said| said.starts_with("POST /token")).expect("it was asked");
    assert!(renewal.contains("authorization: Basic "), "the client proved who it is: {renewal}");
    ground.set(|mood| (mood.renews, mood.number) = (false, mood.number + 1));
    let refused = ground.look().await.expect_err("its token is refused, and no other is given");
    assert_eq!(refused, ("denied".to_owned(), Some("loket mcp login odd".to_owned())));
    assert_eq!(ground.acts("server login ended").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_brings_back_is_not_taken() {
    let ground = Ground::new().await;
    let url = ground.begin().await.expect("it begins");
    let back = location(&get(&url));
    let forged = back.replace("state=", "state=x");
    assert!(get(&forged).contains("404"), "another state");
    assert_eq!(ground.asked("/token"), 0);
    assert!(get(&back).contains("200 OK"));
    assert_eq!(ground.wait().await.state, "done");
    let port = back.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    assert!(TcpStream::connect(port).is_err(), "the port is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_issuer_is_refused_before_its_code_is_shown_to_anybody() {
    let ground = Ground::new().await;
    ground.set(|mood| mood.issuer = Some("https://evil.example"));
    let progress = ground.log_in().await;
    assert_eq!(progress.state, "failed");
    assert!(progress.problem.is_some_and(|why| why.contains("issuer")));
    assert_eq!((ground.asked("/token"), ground.acts("server login failed").await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_server_that_does_not_say_that_it_takes_pkce_is_refused() {
    for methods in [None, Some(json!(["plain"]))] {
        let ground = Ground::new().await;
        ground.set(|mood| mood.methods = methods);
        let why = ground.begin().await.expect_err("nobody should log in there");
        assert!(why.contains("S256"), "{why}");
        assert_eq!(ground.asked("/register"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_an_issuer_that_the_owner_named_but_that_itself() {
    let ground = Ground::with(&format!("issuer = {NAMED:?}")).await;
    let why = ground.begin().await.expect_err("it leads to another one");
    assert!(why.contains("its `oauth` names"), "{why}");
    // It says that it is the one, at a place of its own that looks well known.
    ground.set(|mood| mood.elsewhere = Some("/files/.well-known/forged".into()));
    let why = ground.begin().await.expect_err("it is not");
    assert!(why.contains("does not describe itself there"), "{why}");
    assert_eq!((ground.asked("/files/"), ground.asked("/register"), ground.asked("/token")), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_being_renewed_is_kept_also_when_its_caller_has_gone() {
    let ground = Ground::open().await;
    ground.set(|mood| (mood.is_deaf, mood.takes) = (true, Duration::from_millis(800)));
    let gone = tokio::time::timeout(Duration::from_millis(400), ground.look()).await;
    assert!(gone.is_err() && ground.asked("/token") == 2, "its caller has gone while it was renewed");
    ground.set(|mood| (mood.is_deaf, mood.takes) = (false, Duration::ZERO));
    tokio::time::sleep(Duration::from_millis(800)).await;
    ground.look().await.expect("by the token that was given meanwhile");
    assert_eq!((ground.asked("/token"), ground.acts("server login ended").await.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_new_token_either_is_told_of_and_gets_no_third() {
    let ground = Ground::open().await;
    ground.set(|mood| mood.is_deaf = true);
    for _ in 0..3 {
        let refused = ground.look().await.expect_err("it takes none");
        assert_eq!(refused, ("denied".to_owned(), Some(LOG_IN.to_owned())));
    }
    assert_eq!(ground.asked("/token"), 2, "one for the login, and one when that was refused");
    ground.set(|mood| mood.is_deaf = false);
    ground.look().await.expect("it takes it after all");
    ground.set(|mood| mood.number += 1);
    ground.look().await.expect_err("the one by which another is made is not the last");
    assert_eq!(ground.asked("/token"), 3, "what was taken once is made anew when it is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_of_the_authorization_server_ends_no_login() {
    let ground = Ground::open().await;
    ground.set(|mood| (mood.is_deaf, mood.renews, mood.excuse) = (true, false, "temporarily_unavailable"));
    ground.look().await.expect_err("there is no token that it takes");
    let told = ground.acts("server login not renewed").await;
    assert!(told[0]["why"].as_str().is_some_and(|why| why.contains("temporarily_unavailable")), "{told:?}");
    ground.set(|mood| (mood.is_deaf, mood.renews) = (false, true));
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    ground.look().await.expect("it is logged in still");
    assert_eq!(ground.acts("server login ended").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_not_used_for_what_the_owner_changed() {
    for (oauth, is_used) in [
        ("client_id = \"client-1\"".to_owned(), true),
        ("client_id = \"other\"".to_owned(), false),
        (format!("issuer = {NAMED:?}"), false),
    ] {
        let Ground { house, server, mood } = Ground::open().await;
        let folder = house.close().await;
        let file = folder.path().join("loket.toml");
        let text = std::fs::read_to_string(&file).expect("it is there");
        let first = text.lines().next().expect("where packages are");
        std::fs::write(file, format!("{first}\n{}", settings(&server, &oauth))).expect("it can be written");
        let ground = Ground { house: House::open(folder).await, server, mood };
        let looked = ground.look().await;
        match is_used {
            true => drop(looked.expect("it is as before")),
            false => assert_eq!(looked, Err(("denied".to_owned(), Some(LOG_IN.to_owned()))), "{oauth}"),
        }
        let mut shown = ground.server.heard().into_iter().filter(|said| said.starts_with("POST /mcp"));
        let last = shown.next_back().expect("it was asked").to_lowercase();
        assert_eq!(last.contains("authorization: bearer"), is_used, "{oauth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_wants_besides_is_noted_once() {
    let ground = Ground::open().await;
    ground.set(|mood| mood.needs = Some("more"));
    let noted = async || {
        let refused = ground.look().await.expect_err("it wants more");
        assert_eq!(refused, ("denied".to_owned(), Some(LOG_IN.to_owned())));
        let all = ground.house.host.secrets().await.expect("they are listed").secrets;
        all.into_iter().find(|secret| secret.name == "mcp.odd.login").expect("it is there").set
    };
    let once = noted().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(noted().await, once, "nothing was written the second time");
    let asked = ground.begin().await.expect("it begins");
    assert!(asked.contains("more"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_leads_nobody_into_a_private_network_nor_to_the_host_itself() {
    let ground = Ground::new().await;
    // Somebody listens where this host does.
    let own = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = own.local_addr().expect("an address").port();
    ground.house.host.own.add(([127, 0, 0, 1], port).into());
    for (elsewhere, words) in [
        ("https://10.1.2.3".to_owned(), "no grant names the host `10.1.2.3:443`"),
        ("https://169.254.169.254".to_owned(), "no grant names the host `169.254.169.254:443`"),
        (format!("http://127.0.0.1:{port}"), "is where this host itself listens"),
    ] {
        ground.set(|mood| mood.elsewhere = Some(elsewhere.clone()));
        ground.begin().await.expect_err(&elsewhere);
        ground.set(|mood| (mood.elsewhere, mood.registers) = (None, Some(format!("{elsewhere}/register"))));
        let why = ground.begin().await.expect_err(&elsewhere);
        assert!(why.contains(words), "{why}");
        ground.set(|mood| (mood.registers, mood.gives) = (None, Some(format!("{elsewhere}/token"))));
        let why = ground.log_in().await.problem.expect("it comes to nothing");
        assert!(why.contains(words), "{why}");
        ground.set(|mood| mood.gives = None);
    }
    own.set_nonblocking(true).expect("it can be asked");
    assert!(own.accept().is_err(), "nobody connected");
    assert_eq!(ground.log_in().await.state, "done", "at its own places it works");
}
