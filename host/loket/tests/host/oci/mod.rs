//! Packages that lie in registries of OCI images: pushed from one home, pulled into another, judged there like any other; and what is refused.

mod peer;

use crate::backup::text;
use crate::house::House;
use crate::process::{LOKET, says};
use crate::servers::{Server, page, path};
use crate::signing::{Signer, fixture};
use loket::oci::OCI;
use loket_gateways::desk::{Desk, Problem, PublishRequest, Published};
use loket_gateways::oci::{Fetched, OciPlace, PushReport, PushRequest};
use loket_registry::Digest;
use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::{ImageIndexEntry, OciImageIndex, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use peer::{Images, USER};
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const ECHO: &str = "test/echo/0.1.0.wasm";
/// Imports folders and requests.
const WANTS_MORE: &str = "test/escaper/0.1.0.wasm";

fn place(address: &str, login: Option<(&str, &str)>) -> OciPlace {
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned().into()));
    OciPlace { address: address.to_owned(), login }
}

async fn pull(address: &str) -> Result<Fetched, Problem> {
    (OCI.pull)(place(address, None)).await
}

/// Why something is not pulled.
#[track_caller]
fn refused(pulled: Result<Fetched, Problem>) -> Problem {
    let problem = pulled.map(|fetched| fetched.from).expect_err("it is refused");
    assert!(problem.hint.is_some() && !problem.message.contains('\u{1b}'), "{problem:?}");
    problem
}

impl House {
    async fn push(&self, package: &str, address: &str) -> Result<PushReport, Problem> {
        let home = self.folder.path().to_owned();
        (OCI.push)(PushRequest { home, package: package.to_owned(), to: place(address, None) }).await
    }

    /// Pulls and publishes, as the command does.
    async fn take_in(&self, address: &str) -> Published {
        let fetched = pull(address).await.unwrap_or_else(|p| panic!("`{address}` is pulled: {p:?}"));
        let (name, version) = fetched.name.zip(fetched.version).expect("the address says it");
        let package = format!("{name}@{version}");
        let request = PublishRequest { package, signature: fetched.signature, from: Some(fetched.from) };
        self.host.publish(request, fetched.component).await.unwrap_or_else(|p| panic!("it is published: {p:?}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_home_pushed_another_pulls_trusts_and_calls() {
    let (images, anna) = (Images::open(), Signer::new());
    let ours = House::new().await;
    ours.publish("drop:thing@1.0.0", &fixture(ECHO), Some(&anna)).await;
    let ours = ours.close().await;
    let address = images.at("drop/thing");
    let pushed = says(ours.path(), &["push", "drop:thing@1.0.0", &address]);
    assert!(pushed.contains("drop:thing@1.0.0  signed") && pushed.contains(&format!("{address}:1.0.0")), "{pushed}");
    let theirs = House::new().await;
    theirs.trust("anna", &anna).await;
    let theirs = theirs.close().await;
    let pulled = says(theirs.path(), &["pull", &format!("{address}:1.0.0")]);
    assert!(pulled.contains("drop:thing@1.0.0  ready") && pulled.contains("signed by `anna`"), "{pulled}");
    let theirs = House::open(theirs).await;
    assert!(theirs.echoes().await);
    let lies = fs::read(theirs.folder.path().join("registry/drop/thing/1.0.0.wasm")).expect("it is there");
    assert!(lies == fixture(ECHO));
    assert_eq!(theirs.acts("published", &format!("{address}:1.0.0@sha256:")).await, 1, "where from is in the ledger");
    assert_eq!(theirs.acts("namespace claimed", &anna.public.to_string()).await, 1);
    // Under another name the signature is not one.
    let other =
        loket(theirs.close().await.path(), &["pull", &format!("{address}:1.0.0"), "--name", "drop:other"], "", &[]);
    assert!(!other.status.success() && told(&other).contains("its signature says"), "{}", told(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pulled_is_judged_like_what_is_published() {
    let (images, anna, stranger) = (Images::open(), Signer::new(), Signer::new());
    let ours = House::new().await;
    ours.trust("anna", &anna).await;
    ours.publish("drop:thing@1.0.0", &fixture(ECHO), Some(&anna)).await;
    for (version, file, by) in
        [("1.1.0", WANTS_MORE, Some(&anna)), ("1.2.0", ECHO, Some(&stranger)), ("1.3.0", ECHO, None)]
    {
        let elsewhere = House::new().await;
        let package = format!("drop:thing@{version}");
        elsewhere.publish(&package, &fixture(file), by).await;
        elsewhere.push(&package, &images.at("drop/thing")).await.unwrap_or_else(|p| panic!("{version}: {p:?}"));
        let taken = ours.take_in(&images.at(&format!("drop/thing:{version}"))).await;
        assert!(taken.state.contains("waits for you"), "{version}: {}", taken.state);
        assert!(ours.echoes().await, "what ran before goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_pushed_does_not_change_and_its_signature_may_come_later() {
    let (images, anna) = (Images::open(), Signer::new());
    let (one, other) = (House::new().await, House::new().await);
    let address = images.at("drop/thing");
    one.publish("drop:thing@1.0.0+b7", &fixture(ECHO), None).await;
    let first = one.push("drop:thing@1.0.0+b7", &address).await.expect("pushed");
    assert_eq!((first.address.as_str(), first.signed), (format!("{address}:1.0.0_b7").as_str(), false));
    assert_eq!(one.push("drop:thing@1.0.0+b7", &address).await.expect("the same again"), first);
    one.publish("drop:thing@1.0.0+b7", &fixture(ECHO), Some(&anna)).await;
    let signed = one.push("drop:thing@1.0.0+b7", &address).await.expect("the same bytes");
    assert!(signed.signed && signed.image != first.image && signed.digest == first.digest);
    other.publish("drop:thing@1.0.0+b7", &fixture(WANTS_MORE), None).await;
    let taken = other.push("drop:thing@1.0.0+b7", &address).await.expect_err("other bytes");
    assert!(taken.message.contains("does not change"), "{taken:?}");
    let fetched = pull(&format!("{address}:1.0.0_b7")).await.expect("it is there");
    assert_eq!(fetched.version.as_deref(), Some("1.0.0+b7"));
    assert!(fetched.component == fixture(ECHO) && fetched.signature.is_some());
    // A tag that is no version goes along.
    other.push("drop:thing@1.0.0+b7", &format!("{address}:latest")).await.expect("a new tag");
    one.push("drop:thing@1.0.0+b7", &format!("{address}:latest")).await.expect("it moves");
    // An image is the one that is meant, and stays so.
    let pinned = pull(&format!("{address}@{}", signed.image)).await.expect("it is there");
    assert!(pinned.component == fixture(ECHO));
    one.host
        .yank(loket_gateways::desk::PackageVersion { package: "drop:thing@1.0.0+b7".into() })
        .await
        .expect("yanked");
    assert!(one.push("drop:thing@1.0.0+b7", &address).await.expect_err("yanked").message.contains("taken back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_where_it_is_stored_is_not_pulled() {
    let (images, house) = (Images::open(), House::new().await);
    let pushed = house.push("test:echo@0.1.0", &images.at("test/echo")).await.expect("pushed");
    let address = images.at("test/echo:0.1.0");
    let file = images.blob(&Digest::of(&fixture(ECHO)).hex());
    let mut bytes = fs::read(&file).expect("it is kept there");
    assert!(bytes == fixture(ECHO));
    bytes[100] ^= 1;
    fs::write(&file, &bytes).expect("written");
    let changed = refused(pull(&address).await);
    assert!(changed.message.contains("not what its manifest says"), "{changed:?}");
    bytes.pop();
    fs::write(&file, &bytes).expect("written");
    refused(pull(&address).await);
    // The manifest itself: a byte of the title in it.
    let file = images.blob(pushed.image.strip_prefix("sha256:").expect("a digest"));
    let manifest = fs::read_to_string(&file).expect("it is kept there");
    fs::write(&file, manifest.replace("test:echo", "test:echa")).expect("written");
    let changed = refused(pull(&format!("{address}@{}", pushed.image)).await);
    assert!(changed.message.contains("test/echo"), "{changed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_package_is_refused_and_said_what_it_is() {
    let images = Images::open();
    for none in ["test/none", "test/none:1.0.0"] {
        let problem = refused(pull(&images.at(none)).await);
        assert!(problem.code == "not-found" && problem.message.contains(none), "{problem:?}");
    }
    let client = oci_client::Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
    let (nobody, layer) = (RegistryAuth::Anonymous, || ImageLayer::oci_v1_gzip(vec![1, 2, 3], None));
    let config = || Config::oci_v1(b"{}".to_vec(), None);
    let wasm = |data: &[u8]| ImageLayer::new(data.to_vec(), "application/wasm".into(), None);
    let as_wasm = || Config::new(b"{}".to_vec(), "application/vnd.wasm.config.v0+json".into(), None);
    let oci = "application/vnd.oci.image.manifest.v1+json";
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    for (name, kind, layers, config, why) in [
        ("image", oci, vec![layer()], config(), "its configuration is of the type `application/vnd.oci.image.config"),
        ("docker", docker, vec![layer()], config(), "its manifest is of the type `application/vnd.docker.distribution"),
        ("archive", oci, vec![layer()], as_wasm(), "its layer is of the type"),
        ("several", oci, vec![wasm(b"a"), wasm(b"b")], as_wasm(), "has 2 layers"),
    ] {
        let mut manifest = OciImageManifest::build(&layers, &config, None);
        manifest.media_type = Some(kind.to_owned());
        let reference = images.reference(&format!("test/{name}:1.0.0"));
        client.push(&reference, &layers, config, &nobody, Some(manifest)).await.expect("pushed");
        let problem = refused(pull(&images.at(&format!("test/{name}:1.0.0"))).await);
        assert!(problem.code == "invalid" && problem.message.contains(why), "{name}: {problem:?}");
    }
    let digest =
        client.fetch_manifest_digest(&images.reference("test/image:1.0.0"), &nobody).await.expect("it is there");
    let entry = ImageIndexEntry {
        media_type: oci.into(),
        digest,
        size: 1,
        platform: None,
        artifact_type: None,
        annotations: None,
    };
    let index = OciImageIndex {
        schema_version: 2,
        media_type: Some("application/vnd.oci.image.index.v1+json".into()),
        manifests: vec![entry],
        artifact_type: None,
        annotations: None,
    };
    client.push_manifest_list(&images.reference("test/image:list"), &nobody, index).await.expect("pushed");
    let list = refused(pull(&images.at("test/image:list")).await);
    assert!(list.message.contains("a list of images"), "{list:?}");
    // Bytes that are no component have come that far, and go no farther.
    let (layers, config) = (vec![wasm(b"no component")], as_wasm());
    client.push(&images.reference("test/bytes:1.0.0"), &layers, config, &nobody, None).await.expect("pushed");
    let house = House::new().await;
    let home = house.close().await;
    let published = loket(home.path(), &["pull", &images.at("test/bytes:1.0.0")], "", &[]);
    assert!(!published.status.success() && told(&published).contains("no component"), "{}", told(&published));
    assert!(!home.path().join("registry/test").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_and_no_password_is_shown() {
    let images = Images::closed();
    let (house, address) = (House::new().await.close().await, images.at("test/echo"));
    let push = ["push", "test:echo@0.1.0", &address];
    let nobody = loket(house.path(), &push, "", &[]);
    assert!(
        !nobody.status.success() && told(&nobody).contains("does not let somebody without a name"),
        "{}",
        told(&nobody)
    );
    let as_anna = [&push[..], &["--user", USER.0]].concat();
    let wrong = loket(house.path(), &as_anna, "wrong word", &[]);
    assert!(!wrong.status.success() && told(&wrong).contains("does not let `anna`"), "{}", told(&wrong));
    let right = loket(house.path(), &as_anna, USER.1, &[]);
    assert!(right.status.success(), "{}", told(&right));
    // As `docker login` keeps it.
    let auth = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{}:{}", USER.0, USER.1));
    let kept = tempfile::tempdir().expect("a folder");
    let config = json!({ "auths": { format!("127.0.0.1:{}", images.port): { "auth": auth } } });
    fs::write(kept.path().join("config.json"), config.to_string()).expect("written");
    let from = format!("{address}:0.1.0");
    let pulled = loket(house.path(), &["pull", &from, "--name", "copy:echo"], "", &[("DOCKER_CONFIG", kept.path())]);
    assert!(pulled.status.success() && told(&pulled).contains("copy:echo@0.1.0"), "{}", told(&pulled));
    for output in [nobody, wrong, right, pulled] {
        for secret in [USER.1, "wrong word", &auth] {
            assert!(!told(&output).contains(secret), "{}", told(&output));
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_way_off_this_machine_is_encrypted_and_leads_to_whom_the_authorities_certify() {
    let (images, open) = (Images::encrypted(), Images::open());
    let home = House::new().await.close().await;
    // By this address a server on this machine is reached, and it is not one that says so.
    let address = format!("oci://0.0.0.0:{}/test/echo", images.port);
    let push = ["push", "test:echo@0.1.0", &address];
    let authority = images.authority();
    let pushed = loket(home.path(), &push, "", &[("SSL_CERT_FILE", &authority)]);
    assert!(pushed.status.success(), "{}", told(&pushed));
    let from = format!("{address}:0.1.0");
    let pull = ["pull", &from, "--name", "copy:echo"];
    let pulled = loket(home.path(), &pull, "", &[("SSL_CERT_FILE", &authority)]);
    assert!(pulled.status.success() && told(&pulled).contains("copy:echo@0.1.0"), "{}", told(&pulled));
    let nowhere = tempfile::tempdir().expect("a folder");
    let stranger = loket(home.path(), &pull, "", &[("SSL_CERT_FILE", &open_authority(nowhere.path()))]);
    assert!(!stranger.status.success() && told(&stranger).contains("cannot be reached"), "{}", told(&stranger));
    let empty = tempfile::tempdir().expect("a folder");
    let none = empty.path().join("none.pem");
    fs::write(&none, "").expect("written");
    let none = loket(home.path(), &pull, "", &[("SSL_CERT_FILE", &none), ("SSL_CERT_DIR", empty.path())]);
    assert!(!none.status.success() && told(&none).contains("trusts no authority"), "{}", told(&none));
    // The same registry without encryption would answer, and is not asked so.
    let plain = format!("oci://0.0.0.0:{}/test/echo:0.1.0", open.port);
    let plain = loket(home.path(), &["pull", &plain], "", &[("SSL_CERT_FILE", &authority)]);
    assert!(!plain.status.success() && told(&plain).contains("cannot be reached"), "{}", told(&plain));
}

/// Another authority than that of the registry.
#[cfg(target_os = "linux")]
fn open_authority(folder: &Path) -> std::path::PathBuf {
    let other = Images::encrypted();
    let copy = folder.join("other.pem");
    fs::copy(other.authority(), &copy).expect("copied");
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_read_to_its_bound() {
    let endless = |head: &'static str| {
        Server::doing(move |said, stream| {
            let ours = path(said).contains("/manifests/");
            let head = if ours { head } else { "HTTP/1.1 200 OK\r\ncontent-length: 0" };
            let _ = stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes());
            while ours && stream.write_all(&[b' '; 64 << 10]).is_ok() {}
        })
    };
    let server = endless("HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json");
    let problem = refused(pull(&format!("oci://{}/test/echo:1.0.0", server.host())).await);
    assert!(problem.message.contains("more than 1048576 bytes"), "{problem:?}");
    let server = endless("HTTP/1.1 500 Oh\r\ncontent-type: text/plain");
    let problem = refused(pull(&format!("oci://{}/test/echo:1.0.0", server.host())).await);
    assert!(problem.message.contains("answered with 500"), "{problem:?}");
    // A layer that has more than its manifest says.
    let manifest = json!({
        "schemaVersion": 2,
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": "sha256:00", "size": 2 },
        "layers": [{ "mediaType": "application/wasm", "digest": format!("sha256:{}", "0".repeat(64)), "size": 1000 }],
    });
    let server = Server::doing(move |said, stream| {
        let manifest = page("application/vnd.oci.image.manifest.v1+json", manifest.to_string().as_bytes());
        let _ = match path(said) {
            path if path.contains("/manifests/") => stream.write_all(&manifest),
            path if path.contains("/blobs/") => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                while stream.write_all(&[0; 64 << 10]).is_ok() {}
                Ok(())
            }
            _ => stream.write_all(&page("text/plain", b"")),
        };
    });
    let problem = refused(pull(&format!("oci://{}/test/echo:1.0.0", server.host())).await);
    assert!(problem.message.contains("more than 1000 bytes"), "{problem:?}");
}

/// Runs the program with what is piped in, and variables of its environment.
fn loket(home: &Path, arguments: &[&str], typed: &str, variables: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(LOKET);
    command.args(["--home", text(home)]).args(arguments).env_remove("DOCKER_CONFIG").env("HOME", home);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // It may end without having read.
    let _ = child.stdin.take().expect("a pipe").write_all(typed.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}
