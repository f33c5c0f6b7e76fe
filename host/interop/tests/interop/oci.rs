//! A registry of OCI images, Debian's `docker-registry`, written and read by both sides: `loket-oci`, and what `wkg` is made of.

use crate::{built, component, wit};
use futures_util::TryStreamExt as _;
use loket_oci::{Address, Login, Outgoing};
use loket_registry::Digest;
use oci_client::secrets::RegistryAuth;
use oci_wasm::{WasmClient, WasmConfig};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wasm_pkg_client::{Client, Config, PublishOpts};

/// A registry that runs; it ends with the test.
struct Server {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let address = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").to_string();
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {:?}}}}}\nhttp: {{addr: {address:?}}}\n",
            folder.path().join("storage")
        );
        std::fs::write(&config, text).expect("written");
        let program = built("LOKET_PEERS").join("docker-registry/usr/bin/docker-registry");
        assert!(program.is_file(), "`{}` is not there: run `cargo xtask test`", program.display());
        let mut command = Command::new(program);
        command.arg("serve").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server { child: command.spawn().expect("it starts"), address, folder };
        let begun = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the registry does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn at(&self, image: &str) -> Address {
        format!("oci://{}/{image}", self.address).parse().expect("an address")
    }

    /// What `wkg` asks, with the configuration that its owner would write.
    fn theirs(&self) -> Client {
        let address = &self.address;
        let config = format!(
            "default_registry = \"{address}\"\n\
             [registry.\"{address}\"]\ntype = \"oci\"\n\
             [registry.\"{address}\".oci]\nprotocol = \"http\"\n"
        );
        Client::new(Config::from_toml(&config).expect("a configuration"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn outgoing(version: &str, component: &[u8]) -> Outgoing {
    Outgoing {
        name: "acme:calc".into(),
        version: version.into(),
        component: component.to_vec().into(),
        signature: Some("untrusted comment: of a test\n".into()),
        imports: vec!["loket:events/emit@0.1.0".into()],
        exports: vec!["acme:calc/arithmetic".into()],
    }
}

#[tokio::test]
async fn what_loket_pushes_wasm_pkg_tools_list_and_read() {
    let server = Server::start();
    let bytes = component();
    for version in ["1.2.0-rc.1", "1.2.0"] {
        let pushed = loket_oci::push(server.at("acme/calc"), Login::Kept, &outgoing(version, &bytes)).await;
        pushed.unwrap_or_else(|e| panic!("{version}: {e}"));
    }
    let (theirs, name) = (server.theirs(), "acme:calc".parse().expect("a name"));
    let listed = theirs.list_all_versions(&name).await.expect("listed");
    let mut listed: Vec<String> = listed.into_iter().map(|info| info.version.to_string()).collect();
    listed.sort();
    assert_eq!(listed, ["1.2.0", "1.2.0-rc.1"]);
    // It reads the configuration, too, and refuses one that is not as it makes it.
    let release = theirs.get_release(&name, &"1.2.0".parse().expect("a version")).await.expect("it is there");
    assert_eq!(release.content_digest.to_string(), Digest::of(&bytes).to_string());
    let stream = theirs.stream_content(&name, &release).await.expect("it is read");
    let pieces: Vec<_> = stream.try_collect().await.expect("it is what was digested");
    assert!(pieces.concat() == bytes);
    let client = WasmClient::new(oci_client::Client::new(plain()));
    let reference = format!("{}/acme/calc:1.2.0", server.address).parse().expect("a reference");
    let (manifest, config, _) = client
        .pull_manifest_and_config(&reference, &RegistryAuth::Anonymous)
        .await
        .expect("as `wkg oci pull` reads it");
    let inside = config.component.expect("it says what is inside");
    assert_eq!(
        (inside.exports, inside.imports),
        (vec!["acme:calc/arithmetic".into()], vec!["loket:events/emit@0.1.0".into()])
    );
    assert!(manifest.annotations.is_some_and(|all| all.contains_key(loket_oci::image::SIGNATURE)));
}

#[tokio::test]
async fn what_wasm_pkg_tools_push_loket_pulls() {
    let server = Server::start();
    // As `wkg publish` does.
    let (theirs, file) = (server.theirs(), server.folder.path().join("things.wasm"));
    let things = wit("acme:things@1.2.0", 2);
    std::fs::write(&file, &things).expect("written");
    theirs.publish_release_file(&file, PublishOpts::default()).await.expect("it is published");
    let pulled = loket_oci::pull(&server.at("acme/things:1.2.0"), Login::Kept).await.expect("it is pulled");
    assert!(pulled.component == things && pulled.signature.is_none());
    // As `wkg oci push` does.
    let bytes = component();
    let (config, layer) = WasmConfig::from_raw_component(bytes.clone(), None).expect("a component");
    let client = WasmClient::new(oci_client::Client::new(plain()));
    let reference = format!("{}/acme/calc:1.2.0", server.address).parse().expect("a reference");
    client.push(&reference, &RegistryAuth::Anonymous, layer, config, None).await.expect("it is pushed");
    let pulled = loket_oci::pull(&server.at("acme/calc:1.2.0"), Login::Kept).await.expect("it is pulled");
    assert!(pulled.component == bytes);
}

fn plain() -> oci_client::client::ClientConfig {
    oci_client::client::ClientConfig { protocol: oci_client::client::ClientProtocol::Http, ..Default::default() }
}
