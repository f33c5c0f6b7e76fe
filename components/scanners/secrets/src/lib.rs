//! The scanner `loket:scan-secrets`: keys and tokens that were built into a component.
//!
//! [`rules`] are the formats, [`check`] tells a token from what only looks like one. `host/docs/scanners/secrets.md` says what it finds and
//! what it cannot see.

pub mod check;
pub mod rules;

use check::Doubt;
use loket_scan_reader::text::{find, masked, shown};
use loket_scan_reader::{Finding, Severity, Subject, Wasm};
use rules::Rule;

loket_scan_reader::scanner!(crate::inspect);

/// So many secrets are told.
const MOST: usize = 100;

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let mut findings = Vec::new();
    for region in wasm.regions() {
        // Offsets and names of debug data are no place for text.
        if region.what.starts_with(".debug_") && region.what != ".debug_str" {
            continue;
        }
        look(region.bytes, "component", region.offset, region.what, &mut findings);
    }
    for document in &subject.documents {
        look(document.text.as_bytes(), &document.name, 0, &document.name, &mut findings);
    }
    findings
}

/// Looks through bytes that stand somewhere.
fn look(bytes: &[u8], place: &str, offset: u64, what: &str, findings: &mut Vec<Finding>) {
    let first = rules::by_first_byte();
    let mut at = 0;
    while at < bytes.len() && findings.len() < MOST {
        let candidates = &first[usize::from(bytes[at])];
        let hit = candidates.iter().find_map(|rule| Some((*rule, token(rule, &bytes[at..])?)));
        match hit {
            Some((rule, length)) => {
                let secret = &bytes[at..at + length];
                if let Some(severity) = severity(rule, secret) {
                    findings.push(told(rule, severity, secret, place, offset + at as u64, what));
                }
                at += length;
            }
            None => at += 1,
        }
    }
    private_keys(bytes, place, offset, what, findings);
    web_tokens(bytes, place, offset, what, findings);
    passwords(bytes, place, offset, what, findings);
}

/// The length of what stands here, where it has the form of a rule.
fn token(rule: &Rule, bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(rule.prefix.as_bytes())?;
    let length = rest.iter().take(rule.most).take_while(|byte| (rule.letters)(**byte)).count();
    if length < rule.least {
        return None;
    }
    let whole = rule.prefix.len() + length;
    let infix = rule.infix.is_none_or(|infix| find(&bytes[..whole], infix.as_bytes(), 0).is_some());
    infix.then_some(whole)
}

/// How bad a token is, or nothing for what only looks like one.
fn severity(rule: &Rule, secret: &[u8]) -> Option<Severity> {
    let body = &secret[rule.prefix.len()..];
    if names_others(&body[..rule.least.min(body.len())]) {
        return None;
    }
    match check::doubt(body) {
        Some(Doubt::Example | Doubt::Pattern) => None,
        None if (rule.proof)(body) => Some(Severity::Critical),
        None => Some(rule.severity),
    }
}

/// Whether this is a table of formats, as a program that looks for secrets has one: other prefixes stand in it.
fn names_others(body: &[u8]) -> bool {
    let others = rules::RULES.iter().filter(|rule| rule.prefix.len() >= 4);
    others.filter(|rule| find(body, rule.prefix.as_bytes(), 0).is_some()).nth(1).is_some()
}

fn told(rule: &Rule, severity: Severity, secret: &[u8], place: &str, at: u64, what: &str) -> Finding {
    finding(rule.id, severity, rule.what, what).within(place, at..at + secret.len() as u64, &masked(secret))
}

fn finding(id: &str, severity: Severity, kind: &str, what: &str) -> Finding {
    Finding::new(
        id,
        severity,
        format!("{kind} is in its {}", shown(what.as_bytes())),
        "Whoever has the component has it. It may also be one that the component uses to act for somebody else than you.",
        "its author must withdraw it where it is valid, and build without; a component names a secret, and the host puts it in (`loket:secrets`)",
    )
}

/// Private keys with something between their first and their last line: a program that reads keys has the lines, too.
fn private_keys(bytes: &[u8], place: &str, offset: u64, what: &str, findings: &mut Vec<Finding>) {
    let mut from = 0;
    while let Some(at) = find(bytes, b"-----BEGIN ", from) {
        from = at + 11;
        let head = &bytes[at..(at + 80).min(bytes.len())];
        let Some(end) = find(head, b"PRIVATE KEY", 0) else { continue };
        let Some(dashes) = find(head, b"-----", end) else { continue };
        let body = &bytes[at + dashes + 5..(at + dashes + 5 + 400).min(bytes.len())];
        let letters: Vec<u8> = body
            .iter()
            .copied()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=\r\n\\ ".contains(byte))
            .filter(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
            .collect();
        if letters.len() >= 48 && check::doubt(&letters).is_none() {
            let range = offset + at as u64..offset + (at + dashes + 5) as u64;
            let found = finding("secrets/private-key", Severity::Critical, "a private key", what);
            findings.push(found.within(place, range, &shown(&head[..dashes + 5])));
        }
        if findings.len() >= MOST {
            return;
        }
    }
}

/// Signed tokens: three parts, of which the first says by what it is signed.
fn web_tokens(bytes: &[u8], place: &str, offset: u64, what: &str, findings: &mut Vec<Finding>) {
    let mut from = 0;
    while let Some(at) = find(bytes, b"eyJ", from) {
        from = at + 3;
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        let end = bytes[at..].iter().take(8192).take_while(|byte| is_letter(byte) || **byte == b'.').count();
        let whole = &bytes[at..at + end];
        let mut parts = whole.split(|byte| *byte == b'.');
        let (Some(head), Some(claims), Some(seal)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let says = check::base64(head).is_some_and(|head| find(&head, b"\"alg\"", 0).is_some());
        if says && claims.starts_with(b"eyJ") && seal.len() >= 32 && check::doubt(seal).is_none() {
            let range = offset + at as u64..offset + (at + end) as u64;
            let found = finding("secrets/web-token", Severity::Medium, "a signed token (JWT)", what);
            findings.push(found.within(place, range, &masked(whole)));
            from = at + end;
        }
        if findings.len() >= MOST {
            return;
        }
    }
}

/// Addresses with a password in them.
fn passwords(bytes: &[u8], place: &str, offset: u64, what: &str, findings: &mut Vec<Finding>) {
    let mut from = 0;
    while let Some(at) = find(bytes, b"://", from) {
        from = at + 3;
        let rest = &bytes[from..(from + 200).min(bytes.len())];
        let end =
            rest.iter().take_while(|byte| byte.is_ascii_graphic() && !b"/?#\"'<>\\ `{}$%[]()".contains(byte)).count();
        let Some(sign) = rest[..end].iter().rposition(|byte| *byte == b'@') else { continue };
        let (user, host) = (&rest[..sign], &rest[sign + 1..end]);
        let Some(colon) = user.iter().position(|byte| *byte == b':') else { continue };
        let password = &user[colon + 1..];
        let is_host = host.len() > 3 && host.contains(&b'.') && host[0].is_ascii_alphanumeric();
        let placeholders: [&[u8]; 6] = [b"password", b"passwd", b"pass", b"secret", b"pwd", b"token"];
        let is_placeholder = placeholders.iter().any(|word| password.eq_ignore_ascii_case(word));
        if is_host && password.len() >= 6 && !is_placeholder && !host.starts_with(b"example.") {
            let range = offset + at as u64..offset + (from + sign) as u64;
            let found = finding("secrets/address", Severity::Medium, "an address with a password", what);
            findings.push(found.within(place, range, &masked(user)));
        }
        if findings.len() >= MOST {
            return;
        }
    }
}
