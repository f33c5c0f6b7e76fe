//! What the scanner finds, and what it leaves alone, in components from source.

use loket_scan_reach::inspect;
use loket_scan_reader::{Finding, Subject};

/// A component that imports a function `f` of each interface as `$c0`, `$c1`, …, with this in its module, and these exports.
fn component(interfaces: &[&str], module: &str, exports: &[&str]) -> Subject {
    let (mut text, mut given, mut imports) = (String::new(), String::new(), String::new());
    for (at, name) in interfaces.iter().enumerate() {
        text += &format!("(import \"{name}\" (instance $i{at} (export \"f\" (func))))\n");
        text += &format!("(alias export $i{at} \"f\" (func $f{at})) (core func $l{at} (canon lower (func $f{at})))\n");
        given += &format!("(export \"f{at}\" (func $l{at}))");
        imports += &format!("(import \"x\" \"f{at}\" (func $c{at}))");
    }
    let lifted: String = exports
        .iter()
        .map(|name| format!("(func ${name} (canon lift (core func $i \"{name}\"))) (export \"{name}\" (func ${name}))"))
        .collect();
    let text = format!(
        "(component {text} (core instance $x {given}) (core module $m {imports} {module})
        (core instance $i (instantiate $m (with \"x\" (instance $x)))) {lifted})"
    );
    Subject::of(wat::parse_str(text).expect("a component"))
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.id.as_str()).collect()
}

const FILES: &str = "loket:files/folders@0.1.0";
const HTTP: &str = "loket:http/client@0.1.0";

#[test]
fn each_sensitive_import_is_told_with_the_functions_that_reach_it() {
    let module = "(func (export \"read\") (call $c0)) (func (export \"send\") (call $in)) (func $in (call $c1))
        (func (export \"add\"))";
    let findings = inspect(&component(&[FILES, HTTP], module, &["read", "send", "add"]));
    assert_eq!(ids(&findings), ["reach/sensitive", "reach/sensitive"]);
    let of = |name: &str| findings.iter().find(|finding| finding.title.contains(name)).expect("it is told");
    assert!(of(FILES).message.contains("`read`") && !of(FILES).message.contains("`send`"), "{findings:?}");
    assert!(of(HTTP).message.contains("`send`") && !of(HTTP).message.contains("`add`"), "{findings:?}");
}

#[test]
fn a_call_through_a_table_is_possible_and_not_certain() {
    let module = "(type $v (func)) (table 1 funcref) (elem (i32.const 0) $c0)
        (func (export \"run\") (local i32) (call_indirect (type $v) (local.get 0)))";
    let findings = inspect(&component(&[HTTP], module, &["run"]));
    assert_eq!(ids(&findings), ["reach/sensitive"]);
    assert!(findings[0].message.starts_with("Possibly"), "{findings:?}");
}

#[test]
fn one_call_that_reads_and_sends_is_told() {
    let together = "(func (export \"run\") (call $c0) (call $c1))";
    assert!(ids(&inspect(&component(&[FILES, HTTP], together, &["run"]))).contains(&"reach/private-and-out"));
    let apart = "(func (export \"read\") (call $c0)) (func (export \"send\") (call $c1))";
    assert!(!ids(&inspect(&component(&[FILES, HTTP], apart, &["read", "send"]))).contains(&"reach/private-and-out"));
}

#[test]
fn what_is_reached_before_anybody_calls_is_told() {
    let starting = "(func $s (call $c0)) (start $s) (func (export \"run\"))";
    assert_eq!(ids(&inspect(&component(&[HTTP], starting, &["run"]))), ["reach/start"]);
    let harmless = "(func $s) (start $s) (func (export \"run\"))";
    assert_eq!(ids(&inspect(&component(&[HTTP], harmless, &["run"]))), [""; 0]);
}

#[test]
fn what_is_harmless_is_not_told() {
    let module = "(func (export \"run\") (call $c0))";
    assert_eq!(ids(&inspect(&component(&["acme:calc/math@1.0.0"], module, &["run"]))), [""; 0]);
    assert_eq!(ids(&inspect(&Subject::of(wat::parse_str("(component)").expect("a component")))), [""; 0]);
}

#[test]
fn what_cannot_be_followed_is_said() {
    let module = "(type $v (func)) (func (export \"run\") (call_ref $v (ref.null $v)))";
    assert_eq!(ids(&inspect(&component(&[HTTP], module, &["run"]))), ["reach/incomplete"]);
}

#[test]
fn whatever_the_bytes_are_it_does_not_panic() {
    component(
        &[FILES, HTTP],
        "(type $v (func)) (table 2 funcref) (elem (i32.const 0) $c0 $c1) (func $s (call $c0)) (start $s)
        (func (export \"run\") (call_indirect (type $v) (i32.const 1)))",
        &["run"],
    )
    .each_damage(|damaged| drop(inspect(damaged)));
}
