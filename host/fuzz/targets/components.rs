//! A component's bytes, as anyone may drop them into a registry: its border is described and judged, or refused with a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket_guardian::capability::Grantee;
use loket_guardian::verdict::{GrantState, Held, Question, judge};
use loket_values::{describe, schema};

fuzz_target!(|bytes: &[u8]| {
    let surface = match describe(bytes) {
        Ok(surface) => surface,
        Err(error) => {
            assert!(!error.to_string().is_empty(), "a refusal says why");
            return;
        }
    };
    for interface in &surface.exports {
        for function in &interface.functions {
            let _ = (schema::arguments(function), schema::result(function));
        }
    }
    let package = "fuzz:fuzz@0.1.0".parse().expect("a package");
    let grantee = Grantee::Package("fuzz:fuzz".parse().expect("a package's name"));
    let verdict = judge(&Question {
        grantee: &grantee,
        package: &package,
        surface: &surface,
        host: &[],
        roles: &[],
        grants: &|_| Held::from(GrantState::Missing),
        exports: &|_| Vec::new(),
    });
    if let Some(report) = verdict.report(&grantee) {
        assert!(!report.to_string().is_empty(), "a refusal says why");
    }
});
