//! What a package is made of and who signed it: the scanner `supply`, by what the owner laid out. The advisories, and the packages that they
//! are about, are made up.

use crate::house::{House, lay_out};
use crate::signing::Signer;
use loket::refresh::Look;
use loket::scan::alone::scan;
use loket_gateways::desk::{Desk as _, KeyName};
use loket_gateways::scan::{ScanReport, ScanRequest};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Advises against `knots-of-rope`, in all versions before the second.
const ADVISORY: &str = "```toml
[advisory]
id = \"RUSTSEC-2099-0001\"
package = \"knots-of-rope\"
date = \"2099-02-03\"
cvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"

[versions]
patched = [\">= 2.0.0\"]
```

# A knot comes undone

When it is pulled.
";

/// A component that answers `run` with a number, and says that it is made of these packages.
fn tool(number: u32, packages: &[(&str, &str)]) -> Vec<u8> {
    let package =
        |(name, version): &(&str, &str)| serde_json::json!({"name": name, "version": version, "source": "crates.io"});
    let list = serde_json::json!({ "packages": packages.iter().map(package).collect::<Vec<_>>() });
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(list.to_string().as_bytes()).expect("it goes to memory");
    let bytes = encoder.finish().expect("it goes to memory");
    let section: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        "(component
        (core module $a (func (export \"run\") (result i32) (i32.const {number})) (@custom \".dep-v0\" \"{section}\"))
        (core instance $b (instantiate $a)) (func $run (result u32) (canon lift (core func $b \"run\")))
        (instance $acts (export \"run\" (func $run))) (export \"acme:tool/acts@1.0.0\" (instance $acts)))"
    );
    wat::parse_str(text).expect("a component")
}

fn put(folder: &Path, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
    fs::write(&path, content).expect("it can be written");
    path
}

fn advise(folder: &Path) {
    put(folder, "crates/knots-of-rope/RUSTSEC-2099-0001.md", ADVISORY);
}

fn known_bad(folder: &Path, bytes: &[u8]) -> PathBuf {
    let digest = loket_registry::Digest::of(bytes).hex();
    put(folder, "known-bad.toml", format!("[[digest]]\nsha256 = \"{digest}\"\nwhy = \"it tells strangers\"\n"))
}

fn home() -> Arc<tempfile::TempDir> {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    folder
}

async fn notes(house: &House, package: &str) -> String {
    house.host.inspect(package).await.expect("it is there").notes.join("\n")
}

async fn look(home: &Path, file: &Path, advisories: Option<&Path>) -> ScanReport {
    let advisories = advisories.map(Path::to_owned);
    let request = ScanRequest { home: home.to_owned(), file: file.to_owned(), against: None, advisories };
    scan(request).await.unwrap_or_else(|problem| panic!("{problem:?}"))
}

fn found<'r>(report: &'r ScanReport, id: &str) -> Option<&'r str> {
    report.findings.iter().find(|finding| finding.id == id).map(|finding| finding.severity.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_homes_advisories_keeps_a_package_out_and_what_was_found_before_counts_no_longer() {
    let folder = home();
    let bytes = tool(7, &[("knots-of-rope", "1.0.0")]);
    put(folder.path(), "registry/acme/tool/1.0.0.wasm", &bytes);
    let house = House::open(folder).await;
    assert_eq!(house.state("acme:tool").await, "ready");
    let advisories = house.folder.path().join("advisories");
    let list = known_bad(&advisories, &bytes);
    let house = house.restart().await;
    let told = house.state("acme:tool").await;
    for word in ["supply/known-bad", "critical", "it tells strangers", "hint:"] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
    fs::remove_file(list).expect("it is there");
    let house = house.restart().await;
    assert_eq!(house.state("acme:tool").await, "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_with_an_advisory_waits_and_what_runs_goes_on_and_says_so() {
    let folder = home();
    put(folder.path(), "registry/acme/tool/1.0.0.wasm", tool(7, &[("knots-of-rope", "1.0.0")]));
    let house = House::open(folder).await;
    assert!(!notes(&house, "acme:tool").await.contains("supply/vulnerable"));
    // While it serves, advisories come, and then packages.
    advise(&house.folder.path().join("advisories"));
    put(house.folder.path(), "registry/acme/other/1.0.0.wasm", tool(8, &[("knots-of-rope", "1.9.9")]));
    put(house.folder.path(), "registry/acme/mended/1.0.0.wasm", tool(9, &[("knots-of-rope", "2.0.0")]));
    house.host.refresh(&Look::default());
    let told = house.state("acme:other").await;
    for word in ["waits for you", "supply/vulnerable", "RUSTSEC-2099-0001", "`knots-of-rope` 1.9.9", "`>=2.0.0`"] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
    assert_eq!((house.state("acme:mended").await, house.state("acme:tool").await), ("ready".into(), "ready".into()));
    assert!(notes(&house, "acme:tool").await.contains("high: supply/vulnerable"));
    let checks = house.host.doctor().await.expect("it looks");
    let check = checks.iter().find(|check| check.name == "advisories").expect("it says what is known");
    assert!(check.state == "ok" && check.detail.starts_with("1 "), "{check:?}");
    // What was let run is let run again.
    assert_eq!(house.restart().await.state("acme:tool").await, "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advisory_that_cannot_be_read_is_told_and_the_rest_counts() {
    let folder = home();
    let advisories = folder.path().join("advisories");
    advise(&advisories);
    put(&advisories, "crates/loom/RUSTSEC-2099-0002.md", "```toml\nwhat is that");
    put(folder.path(), "registry/acme/tool/1.0.0.wasm", tool(7, &[("knots-of-rope", "1.0.0")]));
    let house = House::open(folder).await;
    assert!(house.state("acme:tool").await.contains("supply/vulnerable"));
    let checks = house.host.doctor().await.expect("it looks");
    let warning = checks.iter().find(|check| check.name == "advisories" && check.state == "warning");
    assert!(warning.is_some_and(|check| check.detail.contains("RUSTSEC-2099-0002")), "{checks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_signature_comes_to_is_told_and_asked_about_where_its_key_was_revoked() {
    let house = House::open(home()).await;
    let (anna, bytes) = (Signer::new(), tool(7, &[]));
    house.publish("acme:plain@1.0.0", &bytes, None).await;
    house.publish("acme:tool@1.0.0", &bytes, Some(&anna)).await;
    assert!(notes(&house, "acme:plain").await.contains("info: supply/unsigned"));
    assert!(notes(&house, "acme:tool").await.contains("medium: supply/unknown-signer"));
    house.trust("anna", &anna).await;
    let published = house.publish("drop:first@1.0.0", &tool(8, &[]), Some(&anna)).await;
    assert!(published.state == "ready" && !notes(&house, "drop:first").await.contains("signer"), "{published:?}");
    house.host.key_revoke(KeyName { name: "anna".into() }).await.expect("it is there");
    // In a namespace of nobody's, where a signature is not asked for.
    let published = house.publish("free:tool@1.0.0", &tool(9, &[]), Some(&anna)).await;
    assert!(published.state.contains("waits") && published.state.contains("supply/revoked-signer"), "{published:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_held_against_the_advisories_that_are_named_or_those_of_the_home() {
    let (folder, elsewhere) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let bytes = tool(7, &[("knots-of-rope", "1.0.0")]);
    let file = put(folder.path(), "tool.wasm", &bytes);
    assert_eq!(found(&look(folder.path(), &file, None).await, "supply/vulnerable"), None);
    advise(elsewhere.path());
    let report = look(folder.path(), &file, Some(elsewhere.path())).await;
    assert_eq!((found(&report, "supply/vulnerable"), report.action.as_str()), (Some("high"), "ask"));
    advise(&folder.path().join("advisories"));
    known_bad(&folder.path().join("advisories"), &bytes);
    let report = look(folder.path(), &file, None).await;
    assert_eq!((report.action.as_str(), report.findings[0].id.as_str()), ("block", "supply/known-bad"));
    assert_eq!(found(&look(folder.path(), &file, Some(elsewhere.path())).await, "supply/known-bad"), None);

    // On the command line, too.
    let run = |advisories: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_loket"));
        command.arg("--home").arg(folder.path()).arg("scan").arg(&file).arg("--advisories").arg(advisories);
        command.output().expect("it runs")
    };
    let output = run(elsewhere.path());
    assert!(output.status.code() == Some(3) && String::from_utf8_lossy(&output.stdout).contains("RUSTSEC-2099-0001"));
    let output = run(&folder.path().join("nowhere"));
    assert!(
        output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("nowhere"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_beside_a_file_counts_where_it_lies_as_packages_do() {
    let (folder, anna, bytes) = (home(), Signer::new(), tool(7, &[]));
    let file = put(folder.path(), "build/acme/tool/1.0.0.wasm", &bytes);
    let beside = "build/acme/tool/1.0.0.wasm.minisig";
    let ids = async || {
        let report = look(folder.path(), &file, None).await;
        let supply = report.findings.into_iter().filter(|finding| finding.id.starts_with("supply/"));
        supply.map(|finding| finding.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [""; 0], "nobody looked for a signature in a registry");
    put(folder.path(), beside, anna.sign("acme:tool@1.0.0", &bytes));
    assert_eq!(ids().await, ["supply/unknown-signer"]);
    let keys = format!("[[key]]\nname = \"anna\"\npublic = \"{}\"\nsince = \"2026-01-01T00:00:00Z\"\n", anna.public);
    put(folder.path(), "state/trusted-keys.toml", &keys);
    assert_eq!(ids().await, [""; 0]);
    put(folder.path(), beside, anna.sign("acme:other@1.0.0", &bytes));
    assert_eq!(ids().await, ["supply/broken-signature"]);
    put(folder.path(), beside, anna.sign("acme:tool@1.0.0", &bytes));
    put(folder.path(), "state/trusted-keys.toml", keys + "revoked = \"2026-02-01T00:00:00Z\"\n");
    assert_eq!(ids().await, ["supply/revoked-signer"]);
}
