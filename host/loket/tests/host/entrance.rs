//! How the owner comes into the control room, and who does not.

use crate::house::House;
use loket::Host;
use loket_gateways::desk::{Desk as _, Problem, SecretValue};
use loket_gateways::entrance::Entrance as _;
use loket_guardian::seal::OwnerKey;
use std::sync::Arc;

const PASSPHRASE: &str = "correct horse battery";

fn secret(text: &str) -> SecretValue {
    SecretValue::new(text.to_owned().into())
}

impl House {
    fn link(&self) -> String {
        self.host.invite().expect("a key").key.into_inner().to_string()
    }

    /// Its owner sets a passphrase; answers with the session that begins.
    pub(crate) async fn is_taken(&self) -> String {
        let entered = self.host.settle(&self.link(), secret(PASSPHRASE), "a test").await;
        entered.unwrap_or_else(|p| panic!("it is set: {p:?}")).secret.into_inner().to_string()
    }

    async fn comes_in(&self, passphrase: &str, before: Option<&str>) -> Result<String, Problem> {
        let entered = self.host.log_in(secret(passphrase), "a test", before).await?;
        Ok(entered.secret.into_inner().to_string())
    }

    async fn is_in(&self, session: &str) -> bool {
        self.host.session(session).await.is_some()
    }

    /// The acts at the entrance, in their order.
    async fn acts_there(&self) -> Vec<String> {
        let words = ["passphrase", "session"];
        let lines = self.ledger().await.into_iter().filter(|line| line.kind == "act").map(|line| line.function);
        lines.filter(|act| words.iter().any(|word| act.starts_with(word))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_once_and_the_passphrase_from_then_on() {
    let house = House::new().await;
    assert!(!house.host.is_owned());
    assert_eq!(house.comes_in(PASSPHRASE, None).await.expect_err("there is none").code, "not-found");
    let (old, key) = (house.link(), house.link());
    for wrong in [&old, &key[1..], ""] {
        let refused = house.host.settle(wrong, secret(PASSPHRASE), "x").await.expect_err("another key");
        assert_eq!(refused.code, "denied", "{wrong}");
    }
    let short = house.host.settle(&key, secret("short"), "x").await.expect_err("too short");
    assert_eq!(short.code, "invalid");
    let session = house.host.settle(&key, secret(PASSPHRASE), "x").await.expect("set").secret.into_inner();
    assert!(house.host.settle(&key, secret(PASSPHRASE), "x").await.is_err(), "it is used up");
    assert!(house.host.is_owned() && house.is_in(&session).await);
    assert!(house.comes_in(PASSPHRASE, None).await.is_ok());
    assert_eq!(house.acts_there().await, ["passphrase set", "session began", "session began"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_the_passphrase_survive_a_restart_and_a_link_does_not() {
    let house = House::new().await;
    let first = house.is_taken().await;
    let (second, key) = (house.comes_in(PASSPHRASE, None).await.expect("in"), house.link());
    let id = house.host.session(&first).await.expect("in").id;
    house.host.end(&id).await.expect("it ends");
    let house = house.restart().await;
    assert!(!house.is_in(&first).await && house.is_in(&second).await);
    assert!(house.comes_in(PASSPHRASE, None).await.is_ok());
    assert_eq!(house.host.settle(&key, secret(PASSPHRASE), "x").await.expect_err("gone").code, "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_a_new_session_and_ends_the_one_that_the_browser_had() {
    let house = House::new().await;
    let first = house.is_taken().await;
    let second = house.comes_in(PASSPHRASE, Some(&first)).await.expect("in");
    assert_ne!(first, second);
    assert!(!house.is_in(&first).await && house.is_in(&second).await);
    assert_eq!(house.host.sessions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_on_in_a_session_ends_with_it() {
    let house = House::new().await;
    let session = house.host.session(&house.is_taken().await).await.expect("in");
    let (gone, ended) = tokio::join!(session.visitor.gone(), house.host.end(&session.id));
    let () = gone;
    ended.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_waits_is_in_the_ledger_and_does_not_lock_the_owner_out() {
    let house = House::new().await;
    let session = house.is_taken().await;
    for wrong in ["correct horse", "", "x", "y"] {
        assert_eq!(house.comes_in(wrong, None).await.expect_err("wrong").code, "denied", "{wrong}");
    }
    let refused = house.comes_in(PASSPHRASE, None).await.expect_err("nobody may try now");
    assert_eq!(refused.code, "exhausted");
    assert!(refused.hint.is_some_and(|hint| hint.contains("loket web link")));
    assert!(house.is_in(&session).await, "who is in stays in");
    house.host.settle(&house.link(), secret("another passphrase"), "x").await.expect("the owner has a link");
    assert!(house.comes_in("another passphrase", None).await.is_ok(), "nobody waits any more");
    assert!(!house.is_in(&session).await, "another passphrase ends all sessions");
    let refused = house.acts_there().await.into_iter().filter(|act| act == "passphrase refused").count();
    assert_eq!(refused, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_passphrase_takes_the_one_before_and_ends_other_sessions() {
    let house = House::new().await;
    let (first, second) = (house.is_taken().await, house.comes_in(PASSPHRASE, None).await.expect("in"));
    let id = house.host.session(&second).await.expect("in").id;
    let refused = house.host.change(secret("wrong"), secret("another passphrase"), &id).await.expect_err("wrong");
    assert_eq!(refused.code, "denied");
    house.host.change(secret(PASSPHRASE), secret("another passphrase"), &id).await.expect("changed");
    assert!(!house.is_in(&first).await && house.is_in(&second).await);
    assert!(house.comes_in(PASSPHRASE, None).await.is_err());
    assert!(house.comes_in("another passphrase", None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_lets_nobody_in_and_only_the_owner_reads_it() {
    let house = House::new().await;
    let session = house.is_taken().await;
    let path = house.folder.path().join("state/entrance.json");
    let text = std::fs::read_to_string(&path).expect("it is there");
    assert!(text.contains("argon2id") && !text.contains(PASSPHRASE) && !text.contains(&session), "{text}");
    for line in house.ledger().await {
        let line = serde_json::to_string(&line).expect("JSON");
        assert!(!line.contains(PASSPHRASE) && !line.contains(&session), "{line}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_safe_mode_the_owner_comes_in_and_no_passphrase_is_set() {
    let house = House::new().await;
    house.is_taken().await;
    let folder = house.close().await;
    // A home that nobody sealed with this key is opened in safe mode.
    let key = OwnerKey::make("another passphrase", |chance| chance.fill(3)).expect("made").public().to_string();
    let host = Host::open_for(folder.path(), Some(&key)).await.unwrap_or_else(|p| panic!("the home opens: {p:?}"));
    let house = House { host: Arc::new(host), folder };
    assert!(house.host.is_in_safe_mode());
    assert!(house.comes_in(PASSPHRASE, None).await.is_ok());
    let refused = house.host.settle(&house.link(), secret("another passphrase"), "x").await.expect_err("safe mode");
    assert_eq!(refused.code, "unavailable");
}
