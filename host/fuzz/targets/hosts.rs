//! A host as a grant names it, and an address as a component asks for it: each is read into one spelling or refused with a reason, and
//! nothing private is covered by what does not name it exactly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket_providers::http::address::Class;
use loket_providers::http::pattern::HostPattern;
use loket_providers::http::target::{Host, address};

fuzz_target!(|text: &str| {
    let (pattern, url) = text.split_once('\n').unwrap_or((text, text));
    let pattern = match HostPattern::parse(pattern) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "a refusal says why");
            None
        }
    };
    if let Some(pattern) = &pattern {
        let again = HostPattern::parse(&pattern.to_string());
        assert_eq!(again.as_ref(), Ok(pattern), "what is kept reads back as it is");
    }
    let Ok((_, target)) = address(url) else { return };
    let Some(pattern) = pattern.filter(|pattern| pattern.covers(&target)) else { return };
    if let Host::Address(address) = &target.host {
        assert!(Class::of(*address) == Class::Public || pattern.is_exact(), "`{pattern}` covers {address}");
    }
});
