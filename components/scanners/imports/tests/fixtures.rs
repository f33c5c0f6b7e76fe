//! What the scanner finds, and what it leaves alone, in components from source.

use loket_scan_imports::inspect;
use loket_scan_reader::Subject;

#[track_caller]
fn found(text: &str) -> Vec<String> {
    let bytes = wat::parse_str(text).expect("a component");
    inspect(&Subject::of(bytes)).into_iter().map(|finding| finding.id).collect()
}

/// A component that imports a function from each of these, and whose export calls the first `used` of them.
fn asking(interfaces: &[&str], used: usize) -> String {
    let (mut text, mut given, mut imports, mut calls) = (String::new(), String::new(), String::new(), String::new());
    for (at, name) in interfaces.iter().enumerate() {
        text += &format!("(import \"{name}\" (instance $i{at} (export \"f\" (func))))\n");
        text += &format!("(alias export $i{at} \"f\" (func $f{at})) (core func $l{at} (canon lower (func $f{at})))\n");
        given += &format!("(export \"f{at}\" (func $l{at}))");
        imports += &format!("(import \"x\" \"f{at}\" (func $c{at}))");
        if at < used {
            calls += &format!("(call $c{at})");
        }
    }
    format!(
        "(component {text} (core instance $x {given}) (core module $m {imports} (func (export \"run\") {calls}))
        (core instance $i (instantiate $m (with \"x\" (instance $x))))
        (func $run (canon lift (core func $i \"run\"))) (export \"run\" (func $run)))"
    )
}

const FILES: &str = "loket:files/folders@0.1.0";
const HTTP: &str = "loket:http/client@0.1.0";

#[test]
fn what_no_export_can_reach_is_told() {
    assert_eq!(found(&asking(&[HTTP], 0)), ["imports/unused"]);
    assert_eq!(found(&asking(&["acme:calc/math@1.0.0"], 0)), ["imports/unused"]);
}

#[test]
fn what_is_used_is_not() {
    assert_eq!(found(&asking(&[HTTP], 1)), [""; 0]);
    assert_eq!(found(&asking(&["acme:calc/math@1.0.0"], 1)), [""; 0]);
    assert_eq!(found("(component)"), [""; 0]);
    assert_eq!(found("(module (import \"x\" \"y\" (func)))"), [""; 0]);
}

#[test]
fn private_data_together_with_a_way_out_is_told() {
    assert_eq!(found(&asking(&[FILES, HTTP], 2)), ["imports/private-and-out"]);
    assert_eq!(
        found(&asking(&["loket:brain/memory@0.1.0", "wasi:http/outgoing-handler@0.2.6"], 2)),
        ["imports/private-and-out"]
    );
}

#[test]
fn one_of_the_two_alone_is_not() {
    assert_eq!(found(&asking(&[FILES], 1)), [""; 0]);
    assert_eq!(found(&asking(&[FILES, "loket:brain/memory@0.1.0"], 2)), [""; 0]);
    // A name of a secret is what a request needs.
    assert_eq!(found(&asking(&["loket:secrets/secrets@0.1.0", HTTP], 2)), [""; 0]);
}

#[test]
fn sockets_and_what_a_standard_library_brings_are_told_apart() {
    assert_eq!(found(&asking(&["wasi:sockets/tcp@0.2.6"], 1)), ["imports/sockets"]);
    assert_eq!(found(&asking(&["wasi:cli/environment@0.2.6", "wasi:io/streams@0.2.6"], 0)), ["imports/ambient"]);
}

#[test]
fn the_place_is_where_the_import_is() {
    let bytes = wat::parse_str(asking(&[FILES, HTTP], 2)).expect("a component");
    for finding in inspect(&Subject::of(bytes.clone())) {
        for evidence in finding.evidence {
            let (at, end) = (evidence.offset as usize, (evidence.offset + evidence.length) as usize);
            let there = String::from_utf8_lossy(&bytes[at..end]).into_owned();
            assert!(there.contains(&evidence.text), "{there:?} is not `{}`", evidence.text);
        }
    }
}

#[test]
fn who_is_no_scanner_and_asks_for_their_subject_is_told() {
    let bytes = wat::parse_str(asking(&["loket:scan/subject@0.1.0"], 1)).expect("a component");
    let subject = |role: &str| Subject { role: role.into(), ..Subject::of(bytes.clone()) };
    assert_eq!(inspect(&subject("tool"))[0].id, "imports/scan-subject");
    assert!(inspect(&subject("scanner")).is_empty());
}

#[test]
fn whatever_the_bytes_are_it_does_not_panic() {
    Subject::of(wat::parse_str(asking(&[FILES, HTTP, "wasi:sockets/tcp@0.2.6"], 2)).expect("a component"))
        .each_damage(|damaged| drop(inspect(damaged)));
}
