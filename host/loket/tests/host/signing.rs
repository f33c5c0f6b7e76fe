//! Packages that are published, and who signed them: by the program as its owner meets it, and at the desk.

use crate::backup::text;
use crate::hot_load::until;
use crate::house::{House, built, lay_out};
use crate::process::{Service, loket, says};
use loket::Host;
use loket_gateways::desk::{CallRequest, Desk, KeyName, KeyRequest, PublishRequest, Published};
use loket_registry::{PublicKey, SecretKey, Signature};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ECHO: &str = "test/echo/0.1.0.wasm";
const PASSPHRASE: &str = "correct horse battery staple";

/// Somebody who signs.
pub(crate) struct Signer {
    secret: SecretKey,
    pub(crate) public: PublicKey,
}

impl Signer {
    pub(crate) fn new() -> Signer {
        let (text, public) = SecretKey::make(None).expect("made");
        Signer { secret: SecretKey::open(&text, None).expect("read"), public }
    }

    pub(crate) fn sign(&self, package: &str, bytes: &[u8]) -> String {
        Signature::make(&self.secret, &package.parse().expect("a reference"), bytes).expect("signed").to_string()
    }
}

pub(crate) fn fixture(file: &str) -> Vec<u8> {
    fs::read(built("LOKET_FIXTURES").join(file)).expect("it was built")
}

impl House {
    /// Publishes bytes, signed by somebody or not.
    pub(crate) async fn publish(&self, package: &str, bytes: &[u8], by: Option<&Signer>) -> Published {
        let signature = by.map(|signer| signer.sign(package, bytes));
        let request = PublishRequest { package: package.to_owned(), signature, from: None };
        self.host.publish(request, bytes.to_vec()).await.unwrap_or_else(|p| panic!("`{package}` is published: {p:?}"))
    }

    pub(crate) async fn trust(&self, name: &str, signer: &Signer) {
        let request = KeyRequest { name: name.to_owned(), public: signer.public.to_string() };
        self.host.key_trust(request).await.unwrap_or_else(|p| panic!("`{name}` is trusted: {p:?}"));
    }

    /// What is said of a package's signature.
    async fn signed(&self, package: &str) -> String {
        let inspection = self.host.inspect(package).await.unwrap_or_else(|p| panic!("`{package}` is there: {p:?}"));
        inspection.signature.expect("it lies in a registry").words
    }

    /// How often the owner did something to a package or a key, by the ledger.
    pub(crate) async fn acts(&self, what: &str, about: &str) -> usize {
        let lines = self.ledger().await;
        let about = |payload: &Json| payload.to_string().contains(about);
        lines.iter().filter(|l| l.kind == "act" && l.function == what && l.payload.as_ref().is_some_and(about)).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_component_answers_at_once_and_is_in_the_ledger() {
    let house = House::new().await;
    let published = house.publish("drop:thing@1.0.0", &fixture(ECHO), None).await;
    assert_eq!((published.state.as_str(), published.signature.state.as_str()), ("ready", "none"));
    let request = CallRequest {
        capability: "test:echo/acts".into(),
        package: Some("drop:thing".into()),
        function: "echo".into(),
        arguments: json!({ "text": "here" }),
        agent: None,
    };
    assert_eq!(house.host.call(request).await.expect("it answers"), json!("here"));
    assert_eq!(house.acts("published", &published.digest).await, 1);
    assert!(house.folder.path().join("registry/drop/thing/1.0.0.wasm").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_version_does_not_change() {
    let house = House::new().await;
    let (one, other) = (fixture(ECHO), fixture("test/escaper/0.1.0.wasm"));
    let first = house.publish("drop:thing@1.0.0", &one, None).await;
    assert_eq!(house.publish("drop:thing@1.0.0", &one, None).await, first, "the same again is no error");
    let request = PublishRequest { package: "drop:thing@1.0.0".into(), signature: None, from: None };
    let refused = house.host.publish(request, other).await.expect_err("it is there");
    assert!(refused.code == "invalid" && refused.message.contains("already there"), "{refused:?}");
    assert_eq!(fs::read(house.folder.path().join("registry/drop/thing/1.0.0.wasm")).expect("it is there"), one);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_component_or_is_not_what_was_signed_is_not_published() {
    let house = House::new().await;
    let (anna, bytes) = (Signer::new(), fixture(ECHO));
    house.trust("anna", &anna).await;
    let moved = anna.sign("drop:other@1.0.0", &bytes);
    let changed = anna.sign("drop:thing@1.0.0", &[&bytes[..], b"more"].concat());
    let refusals: [(&str, Option<&str>, &[u8], &str); 6] = [
        ("drop:thing@1.0.0", None, b"no component", "is no component"),
        ("drop:thing@1.0.0", None, b"\0asm\x01\0\0\0", "is no component"),
        ("drop:thing@1.0", None, &bytes, "`drop:thing@1.0`"),
        ("drop:thing@1.0.0", Some("no signature"), &bytes, "not in the form of minisign"),
        ("drop:thing@1.0.0", Some(&moved), &bytes, "its signature says"),
        ("drop:thing@1.0.0", Some(&changed), &bytes, "not one of key"),
    ];
    for (package, signature, bytes, why) in refusals {
        let request = PublishRequest { package: package.into(), signature: signature.map(str::to_owned), from: None };
        let refused = house.host.publish(request, bytes.to_vec()).await.expect_err("it is refused");
        assert!(refused.code == "invalid" && refused.message.contains(why), "{why}: {refused:?}");
    }
    assert!(!house.folder.path().join("registry/drop").exists());
    assert_eq!(house.acts("published", "drop").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_says_who_signed_it_by_the_keys_that_are_trusted_now() {
    let house = House::watched().await;
    let (anna, bytes) = (Signer::new(), fixture(ECHO));
    house.publish("drop:plain@1.0.0", &bytes, None).await;
    let published = house.publish("drop:thing@1.0.0", &bytes, Some(&anna)).await;
    let stranger = format!("signed by the key {}, which you have not trusted", anna.public.id());
    assert_eq!((published.signature.state.as_str(), &published.signature.words), ("unknown", &stranger));
    assert_eq!(house.signed("drop:thing").await, stranger);
    assert_eq!(house.signed("drop:plain").await, "unsigned");
    house.trust("anna", &anna).await;
    assert_eq!(house.signed("drop:thing").await, "signed by `anna`");
    let again = house.publish("drop:thing@1.0.0", &bytes, None).await;
    assert_eq!(again.signature.words, "signed by `anna`", "the signature that lies there stays");
    assert_eq!(house.signed("drop:plain").await, "unsigned");
    let listed = house.host.packages().await.expect("they can be listed");
    let by = listed.iter().find(|p| p.name == "drop:thing").and_then(|p| p.signature.by.clone());
    assert_eq!(by.as_deref(), Some("anna"));
    // After a start, too.
    let house = house.restart().await;
    house.host.watch();
    assert_eq!(house.signed("drop:thing").await, "signed by `anna`");
    // What lies beside it is changed, taken away, and comes back.
    let sidecar = house.folder.path().join("registry/drop/thing/1.0.0.wasm.minisig");
    let signature = fs::read_to_string(&sidecar).expect("it is there");
    fs::write(&sidecar, signature.replace("drop:thing", "drop:think")).expect("it can be written");
    until("it is broken", async || house.signed("drop:thing").await.starts_with("not validly signed")).await;
    fs::remove_file(&sidecar).expect("it can be removed");
    until("it is unsigned", async || house.signed("drop:thing").await == "unsigned").await;
    fs::write(&sidecar, &signature).expect("it can be written");
    until("it is signed", async || house.signed("drop:thing").await == "signed by `anna`").await;
    let anna_s = || KeyName { name: "anna".into() };
    let revoked = house.host.key_revoke(anna_s()).await.expect("it is there");
    assert!(revoked.revoked.is_some());
    assert!(house.signed("drop:thing").await.starts_with("signed by `anna`, whose key was revoked on "));
    let again = KeyRequest { name: "anna".into(), public: anna.public.to_string() };
    assert!(house.host.key_trust(again).await.expect_err("it was revoked").message.contains("was revoked"));
    house.host.key_remove(anna_s()).await.expect("it is there");
    assert_eq!(house.signed("drop:thing").await, stranger);
    assert_eq!(house.host.key_remove(anna_s()).await.expect_err("it is gone").code, "not-found");
    for what in ["key trusted", "key revoked", "key removed"] {
        assert_eq!(house.acts(what, &anna.public.id()).await, 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_list_of_keys_is_not_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    fs::write(folder.path().join("state/trusted-keys.toml"), "[[key]]\nname = \"anna\"\n").expect("it can be written");
    let refused = Host::open(folder.path()).await.map(drop).expect_err("it is damaged");
    assert!(refused.message.contains("trusted-keys.toml` is damaged"), "{refused:?}");
}

fn home() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    folder
}

/// A key with a passphrase, made by the program; its file, and that of the passphrase.
fn made(home: &Path, folder: &Path) -> (PathBuf, PathBuf) {
    let (key, words) = (folder.join("anna.key"), folder.join("words"));
    fs::write(&words, format!("{PASSPHRASE}\n")).expect("it can be written");
    let told = says(home, &["keys", "make", text(&key), "--passphrase-file", text(&words)]);
    assert!(told.contains("keys trust anna ") && folder.join("anna.pub").is_file(), "{told}");
    (key, words)
}

#[test]
fn a_key_is_made_and_used_without_leaving_its_file() {
    let (home, own) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let log = own.path().join("log");
    let (key, words) = made(home.path(), own.path());
    let service = Service::start_noting(home.path(), &log, "text");
    says(home.path(), &["keys", "trust", "anna", text(&own.path().join("anna.pub"))]);
    let component = built("LOKET_FIXTURES").join(ECHO);
    let sign = ["publish", text(&component), "--name", "drop:thing", "--version", "2.0.0", "--sign", text(&key)];
    let told = says(home.path(), &[&sign[..], &["--passphrase-file", text(&words)]].concat());
    assert!(told.contains("drop:thing@2.0.0  ready") && told.contains("signed by `anna`"), "{told}");
    // Without the passphrase, and with another one, nothing is published.
    let other = [&sign[..4], &["--version", "3.0.0", "--sign", text(&key)]].concat();
    assert!(!loket(home.path(), &other).status.success());
    service.kill();
    let secret = fs::read_to_string(&key).expect("it is there");
    let secret = secret.lines().nth(1).expect("a second line");
    let mut folders = vec![home.path().to_owned()];
    let mut files = vec![log];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let kind = entry.file_type().expect("a kind");
            match (kind.is_dir(), kind.is_file()) {
                (true, _) => folders.push(entry.path()),
                (_, true) => files.push(entry.path()),
                _ => {}
            }
        }
    }
    for file in files {
        let bytes = fs::read(&file).expect("it can be read");
        for hidden in [secret, PASSPHRASE] {
            let found = bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes());
            assert!(!found, "`{}` holds `{hidden}`", file.display());
        }
    }
    assert!(!says(home.path(), &["packages"]).contains("3.0.0"));
}

#[test]
fn what_a_component_says_of_itself_is_its_name_and_alone_it_is_published_as_through_the_service() {
    let home = home();
    let component = built("LOKET_REGISTRY").join("loket/calc/0.1.0.wasm");
    let own = says(home.path(), &["publish", text(&component)]);
    assert!(own.contains("loket:calc@0.1.0  ready") && own.contains("unsigned"), "{own}");
    assert!(!home.path().join("registry/loket").exists(), "another folder has these very bytes");
    let named = says(home.path(), &["publish", text(&component), "--name", "copy:calc"]);
    assert!(named.contains("copy:calc@0.1.0  ready"), "{named}");
    assert!(home.path().join("registry/copy/calc/0.1.0.wasm").is_file());
}

#[test]
fn whose_signatures_count_is_in_a_backup() {
    let (home, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let signer = Signer::new();
    says(home.path(), &["keys", "trust", "anna", &signer.public.to_string()]);
    let (file, new) = (elsewhere.path().join("loket.tar.gz"), elsewhere.path().join("new"));
    says(home.path(), &["backup", text(&file)]);
    says(&new, &["restore", text(&file)]);
    let listed = says(&new, &["keys", "list"]);
    assert!(listed.contains("anna") && listed.contains(&signer.public.id()), "{listed}");
}

#[test]
fn as_many_bytes_are_taken_in_as_a_package_may_have() {
    assert_eq!(loket_gateways::desk::MOST_PACKAGE_BYTES as u64, loket_registry::MAX_PACKAGE_BYTES);
}
