//! Findings as SARIF 2.1.0, which code hosts and editors read.

use crate::scan::{ScanFinding, ScanReport};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One log with one run.
pub(super) fn log(found: &ScanReport) -> Value {
    let mut rules: BTreeMap<&str, &ScanFinding> = BTreeMap::new();
    for finding in &found.findings {
        rules.entry(&finding.id).or_insert(finding);
    }
    let order: Vec<&str> = rules.keys().copied().collect();
    let rules: Vec<Value> = rules.values().map(|finding| rule(finding)).collect();
    let results = found.findings.iter().map(|finding| result(found, finding, &order));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "loket-scan",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "artifacts": [{
                "location": { "uri": uri(&found.file) },
                "length": found.bytes,
                "hashes": { "sha-256": found.digest },
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn rule(finding: &ScanFinding) -> Value {
    let mut rule = json!({
        "id": finding.id,
        "shortDescription": { "text": finding.title },
        "properties": { "security-severity": security(&finding.severity), "scanner": finding.scanner },
    });
    if !finding.remedy.is_empty() {
        rule["help"] = json!({ "text": finding.remedy });
    }
    rule
}

fn result(found: &ScanReport, finding: &ScanFinding, order: &[&str]) -> Value {
    let locations: Vec<Value> = finding
        .evidence
        .iter()
        .map(|evidence| {
            let of_file = evidence.place == "component";
            let uri = if of_file { uri(&found.file) } else { uri(&evidence.place) };
            json!({
                "physicalLocation": {
                    "artifactLocation": { "uri": uri },
                    "region": { "byteOffset": evidence.offset, "byteLength": evidence.length },
                },
                "message": { "text": evidence.text },
            })
        })
        .collect();
    // A result without a place is shown at its file.
    let locations = if locations.is_empty() {
        vec![json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&found.file) } } })]
    } else {
        locations
    };
    json!({
        "ruleId": finding.id,
        "ruleIndex": order.iter().position(|id| *id == finding.id),
        "level": level(&finding.severity),
        "message": { "text": format!("{}. {}", finding.title, finding.message) },
        "locations": locations,
        "properties": { "action": finding.action },
    })
}

fn level(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

/// What code hosts sort by.
fn security(severity: &str) -> &'static str {
    match severity {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.5",
        "low" => "3.0",
        _ => "0.0",
    }
}

/// A path as a relative or absolute URI reference: what is not plain is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            b'\\' => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    if path.starts_with('/') { format!("file://{uri}") } else { uri }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::ScanEvidence;

    #[test]
    fn findings_are_results_with_their_place_and_each_rule_stands_once() {
        let evidence = ScanEvidence { place: "component".into(), offset: 7, length: 3, text: "abc".into() };
        let finding = |severity: &str, evidence| ScanFinding {
            scanner: "loket:scan-secrets@0.1.0".into(),
            id: format!("secrets/{severity}"),
            severity: severity.into(),
            action: "block".into(),
            title: "a key".into(),
            message: "It is there.".into(),
            evidence,
            remedy: "take it out".into(),
        };
        let found = ScanReport {
            file: "/tmp/a b.wasm".into(),
            digest: "d".into(),
            bytes: 9,
            action: "block".into(),
            scanners: vec![],
            findings: vec![finding("critical", vec![evidence]), finding("critical", vec![]), finding("low", vec![])],
        };
        let log = log(&found);
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(2));
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 3);
        assert_eq!((results[0]["level"].as_str(), results[2]["level"].as_str()), (Some("error"), Some("note")));
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "file:///tmp/a%20b.wasm");
        assert_eq!(
            (place["region"]["byteOffset"].as_u64(), place["region"]["byteLength"].as_u64()),
            (Some(7), Some(3))
        );
        for result in results {
            let rule = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            assert!(result["locations"].as_array().is_some_and(|places| !places.is_empty()));
        }
    }
}
