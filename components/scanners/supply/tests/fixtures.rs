//! What the scanner finds, and what it leaves alone, in components from source. The advisories, and the packages that they are about, are
//! made up.

use auditable_serde::{DependencyKind, Package, Source, VersionInfo};
use loket_scan_reader::known::{Advisory, Ingredient, Kind, Knows, Rating, Signature};
use loket_scan_reader::{Finding, Severity, Subject};
use loket_scan_supply::inspect;
use miniz_oxide::deflate::compress_to_vec_zlib;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::rc::Rc;

/// What the owner knows: advisories by package and version, and digests.
#[derive(Debug, Default)]
struct Table {
    advisories: Vec<(Ingredient, Kind, Option<Rating>)>,
    bad: Vec<String>,
}

impl Knows for Table {
    fn advisories(&self, ingredients: &[Ingredient]) -> Option<Vec<Advisory>> {
        let mut told = Vec::new();
        for (about, ingredient) in ingredients.iter().enumerate() {
            for (at, (touched, kind, rating)) in self.advisories.iter().enumerate() {
                if touched == ingredient {
                    let mended = if at == 0 { vec![">=2.0.0".to_owned()] } else { Vec::new() };
                    let (id, title) = (format!("RUSTSEC-2026-000{at}"), "Knots come undone".to_owned());
                    told.push(Advisory { about, id, title, kind: *kind, rating: *rating, mended });
                }
            }
        }
        Some(told)
    }

    fn known_bad(&self, digests: &[String]) -> Vec<(usize, String)> {
        let bad = digests.iter().enumerate().filter(|(_, digest)| self.bad.contains(digest));
        bad.map(|(about, _)| (about, "it lies".to_owned())).collect()
    }
}

fn ingredient(collection: &'static str, name: &str, version: &str) -> Ingredient {
    Ingredient { collection, name: name.into(), version: version.into() }
}

/// `knots` 1.0.0 has an advisory of this kind and rating.
fn knots(kind: Kind, rating: Option<Rating>) -> Table {
    Table { advisories: vec![(ingredient("crates", "knots", "1.0.0"), kind, rating)], bad: vec![] }
}

fn package(name: &str, version: &str, source: Source, kind: DependencyKind) -> Package {
    let version = version.parse().expect("a version");
    Package { name: name.into(), version, source, kind, dependencies: vec![], root: false }
}

/// Bytes as the text format writes them.
fn written(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

/// A section as `cargo auditable` writes it.
fn list(packages: Vec<Package>) -> String {
    section(&serde_json::to_vec(&VersionInfo { packages, format: 1 }).expect("JSON"))
}

fn section(json: &[u8]) -> String {
    format!("(@custom \".dep-v0\" \"{}\")", written(&compress_to_vec_zlib(json, 6)))
}

/// A component with these sections in its module.
fn made(sections: &str) -> Subject {
    let text = format!("(component (core module (func (export \"run\")) {sections}))");
    Subject::of(wat::parse_str(text).expect("a component"))
}

fn look(subject: Subject, known: Table) -> Vec<Finding> {
    inspect(&Subject { known: Some(Rc::new(known)), ..subject })
}

#[track_caller]
fn check(subject: Subject, known: Table, expect: &[(&str, Severity)]) {
    let found = look(subject, known);
    let found: Vec<_> = found.iter().map(|finding| (finding.id.as_str(), finding.severity)).collect();
    assert_eq!(found, expect);
}

fn listing(name: &str, version: &str) -> Subject {
    made(&list(vec![package(name, version, Source::CratesIo, DependencyKind::Runtime)]))
}

#[test]
fn a_dependency_that_an_advisory_is_about_is_told_by_how_it_is_rated() {
    for (rating, severity) in [
        (Some(Rating::Critical), Severity::High),
        (Some(Rating::High), Severity::High),
        (Some(Rating::Medium), Severity::Medium),
        (None, Severity::Medium),
        (Some(Rating::Low), Severity::Low),
    ] {
        check(listing("knots", "1.0.0"), knots(Kind::Vulnerability, rating), &[("supply/vulnerable", severity)]);
    }
    for (kind, id, severity) in [
        (Kind::Unsound, "supply/unsound", Severity::Low),
        (Kind::Unmaintained, "supply/unmaintained", Severity::Info),
        (Kind::Notice, "supply/notice", Severity::Info),
    ] {
        check(listing("knots", "1.0.0"), knots(kind, None), &[(id, severity)]);
    }
}

#[test]
fn other_versions_and_other_packages_are_not() {
    let known = || knots(Kind::Vulnerability, Some(Rating::High));
    for (name, version) in [("knots", "2.0.0"), ("knot", "1.0.0"), ("knots-core", "1.0.0"), ("Knots", "1.0.0")] {
        check(listing(name, version), known(), &[]);
    }
    // What the author wrote is in no registry.
    let own = package("knots", "1.0.0", Source::Local, DependencyKind::Runtime);
    let root = Package { root: true, ..package("knots", "1.0.0", Source::Registry, DependencyKind::Runtime) };
    check(made(&list(vec![own, root])), known(), &[]);
}

#[test]
fn what_only_helped_to_build_weighs_less_unless_it_is_inside_as_well() {
    let known = || knots(Kind::Vulnerability, Some(Rating::Critical));
    let built = || list(vec![package("knots", "1.0.0", Source::CratesIo, DependencyKind::Build)]);
    check(made(&built()), known(), &[("supply/vulnerable", Severity::Low)]);
    let inside = list(vec![package("knots", "1.0.0", Source::Git, DependencyKind::Runtime)]);
    check(made(&format!("{}{inside}", built())), known(), &[("supply/vulnerable", Severity::High)]);
}

#[test]
fn the_tools_that_made_it_are_asked_about_too() {
    let producers = "(@producers (language \"Rust\" \"\") (processed-by \"rustc\" \"1.0.0 (0123abc 2026-01-01)\") (processed-by \"knots\" \"1.0.0\"))";
    check(made(producers), Table::default(), &[("supply/no-sbom", Severity::Info)]);
    let with = |advisories| Table { advisories, bad: vec![] };
    let bad = (Kind::Vulnerability, Some(Rating::Critical));
    for (tool, severity) in [
        (ingredient("rust", "std", "1.0.0"), Severity::High),
        (ingredient("rust", "rustc", "1.0.0"), Severity::Medium),
        (ingredient("crates", "knots", "1.0.0"), Severity::Medium),
    ] {
        let expect = [("supply/vulnerable", severity), ("supply/no-sbom", Severity::Info)];
        check(made(producers), with(vec![(tool, bad.0, bad.1)]), &expect);
    }
    // A crate is not what comes with the compiler, and a language is no package.
    check(
        made(producers),
        with(vec![(ingredient("crates", "rustc", "1.0.0"), bad.0, bad.1)]),
        &[("supply/no-sbom", Severity::Info)],
    );
}

#[test]
fn what_is_not_listed_is_told_only_where_there_are_advisories_and_it_was_written_in_rust() {
    #[derive(Debug)]
    struct Nothing;
    impl Knows for Nothing {
        fn advisories(&self, _: &[Ingredient]) -> Option<Vec<Advisory>> {
            None
        }
        fn known_bad(&self, _: &[String]) -> Vec<(usize, String)> {
            Vec::new()
        }
    }
    let rust = "(@producers (language \"Rust\" \"\"))";
    check(made("(@producers (language \"C\" \"\"))"), Table::default(), &[]);
    check(made(rust), Table::default(), &[("supply/no-sbom", Severity::Info)]);
    check(made(&format!("{rust}{}", list(vec![]))), Table::default(), &[]);
    assert!(inspect(&Subject { known: Some(Rc::new(Nothing)), ..made(rust) }).is_empty());
}

#[test]
fn a_list_that_cannot_be_read_is_told_and_one_that_unfolds_without_end_is_not_unfolded() {
    let cyclic = br#"{"packages":[{"name":"a","version":"1.0.0","source":"git","dependencies":[1]},{"name":"b","version":"1.0.0","source":"git","dependencies":[0]}]}"#;
    for section in [
        "(@custom \".dep-v0\" \"\")".to_owned(),
        "(@custom \".dep-v0\" \"not compressed at all\")".to_owned(),
        section(b"{"),
        section(b"{\"packages\":[{\"name\":\"a\",\"version\":\"one\",\"source\":\"git\"}]}"),
        section(&[0xff, 0xfe]),
        section(&vec![b' '; 5 << 20]),
        section(&[b"[".repeat(5_000), b"]".repeat(5_000)].concat()),
        section(cyclic),
    ] {
        check(made(&section), Table::default(), &[("supply/unreadable-sbom", Severity::Medium)]);
    }
    let many = section(b"{}").repeat(100);
    assert_eq!(look(made(&many), Table::default()).len(), 33);
}

#[test]
fn what_is_known_to_be_bad_is_found_whole_and_in_another_wrapping() {
    let module = wat::parse_str("(module (func (export \"steal\")))").expect("a module");
    let digest = hex::encode(Sha256::digest(&module));
    let known = |digest: &str| Table { bad: vec![digest.to_owned()], ..Table::default() };
    check(Subject::of(module.clone()), known(&digest), &[("supply/known-bad", Severity::Critical)]);
    let wrapped = |text: &str| Subject::of(wat::parse_str(text).expect("a component"));
    let inside = "(component (component (core module (func (export \"steal\")))))";
    let found = look(wrapped(inside), known(&digest));
    assert_eq!((found.len(), found[0].id.as_str()), (1, "supply/known-bad"));
    let at = usize::try_from(found[0].evidence[0].offset).expect("small");
    assert!(wrapped(inside).bytes[at..].starts_with(&module));
    check(wrapped("(component (component (core module (func (export \"steel\")))))"), known(&digest), &[]);
}

#[test]
fn what_its_signature_comes_to_is_told_unless_it_is_by_somebody_trusted() {
    for (signature, expect) in [
        (Signature::Unsigned, Some(("supply/unsigned", Severity::Info))),
        (Signature::Trusted("anna".into()), None),
        (Signature::Unknown("0123".into()), Some(("supply/unknown-signer", Severity::Medium))),
        (Signature::Revoked("anna".into()), Some(("supply/revoked-signer", Severity::High))),
        (Signature::Broken("it is torn".into()), Some(("supply/broken-signature", Severity::High))),
    ] {
        let subject = Subject { signature: Some(signature), ..made("") };
        check(subject, Table::default(), expect.as_slice());
    }
    check(made(""), Table::default(), &[]);
}

#[test]
fn the_place_is_where_the_list_is() {
    let subject = listing("knots", "1.0.0");
    let bytes = subject.bytes.clone();
    let evidence = &look(subject, knots(Kind::Vulnerability, None))[0].evidence[0];
    let at = usize::try_from(evidence.offset).expect("small");
    let end = at + usize::try_from(evidence.length).expect("small");
    assert!(bytes[at - 7..at].ends_with(b".dep-v0") && bytes[at..end].starts_with(&[0x78]));
    assert_eq!(evidence.text, "knots 1.0.0");
}

#[test]
fn whatever_the_bytes_are_it_does_not_panic() {
    let packages = vec![package("knots", "1.0.0", Source::CratesIo, DependencyKind::Runtime)];
    let sections = format!("{}(@producers (processed-by \"rustc\" \"1.0.0\"))", list(packages));
    let subject = Subject { known: Some(Rc::new(knots(Kind::Vulnerability, None))), ..made(&sections) };
    subject.each_damage(|damaged| drop(inspect(damaged)));
}
