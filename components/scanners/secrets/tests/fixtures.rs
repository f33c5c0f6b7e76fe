//! What the scanner finds, and what it leaves alone, in components from source. No token here was ever valid: each is put together so that no
//! other program takes it for one.

use loket_scan_reader::{Severity, Subject};
use loket_scan_secrets::inspect;

/// Letters as if they had been drawn: the same each time.
fn drawn(letters: &str, length: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        letters[(state >> 33) as usize % letters.len()]
    };
    (0..length).map(|_| next()).collect()
}

const WORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn component(text: &str) -> Vec<u8> {
    let escaped: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    wat::parse_str(format!("(component (core module (memory 1) (data (i32.const 8) \"{escaped}\")))"))
        .expect("a component")
}

#[track_caller]
fn found(text: &str) -> Vec<String> {
    inspect(&Subject::of(component(text))).into_iter().map(|finding| finding.id).collect()
}

#[test]
fn each_format_is_found_between_other_text() {
    for (id, token) in [
        ("secrets/github", format!("ghp_{}", drawn(WORD, 36))),
        ("secrets/github", format!("github_pat_{}", drawn(WORD, 82))),
        ("secrets/gitlab", format!("glpat-{}", drawn(WORD, 20))),
        ("secrets/aws", format!("AKIA{}", drawn(BASE32, 16))),
        ("secrets/google", format!("AIza{}", drawn(WORD, 35))),
        ("secrets/slack", format!("xoxb-{}", drawn(WORD, 50))),
        ("secrets/stripe", format!("sk_live_{}", drawn(WORD, 24))),
        ("secrets/anthropic", format!("sk-ant-api03-{}", drawn(WORD, 93))),
        ("secrets/openai", format!("sk-{}T3BlbkFJ{}", drawn(WORD, 20), drawn(WORD, 20))),
        ("secrets/openrouter", format!("sk-or-v1-{}", drawn(HEX, 64))),
        ("secrets/hugging-face", format!("hf_{}", drawn(WORD, 34))),
        ("secrets/npm", format!("npm_{}", drawn(WORD, 36))),
        ("secrets/pypi", format!("pypi-AgEIcHlwaS5vcmc{}", drawn(WORD, 80))),
        ("secrets/digitalocean", format!("dop_v1_{}", drawn(HEX, 64))),
        ("secrets/age", format!("AGE-SECRET-KEY-1{}", drawn("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58))),
        ("secrets/telegram", format!("api.telegram.org/bot1234567890:{}", drawn(WORD, 35))),
        ("secrets/private-key", format!("-----BEGIN RSA PRIVATE KEY-----\n{}", drawn(WORD, 200))),
        ("secrets/web-token", format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", drawn(WORD, 43))),
        ("secrets/address", format!("postgres://admin:{}@db.acme.org/main", drawn(WORD, 12))),
    ] {
        assert_eq!(found(&format!("some words before {token}. And behind")), [id], "{token}");
        // As compilers put constants side by side.
        assert_eq!(found(&format!("pathkey{token}/and")), [id], "{token}");
    }
}

#[test]
fn what_only_looks_like_one_is_left_alone() {
    for harmless in [
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "set GITHUB_TOKEN to ghp_ followed by 36 letters",
        "sk_live_ and sk_test_ are the two kinds of keys",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJ8kz7nq0yq1m0xkKj2aYH5Qp3Rg",
        "postgres://user:password@localhost/db",
        "https://example.org/a:b@c",
        "https://user:{password}@host.example.org",
        "eyJhbGciOiJIUzI1NiJ9 is how a token begins",
        "ghp_gho_ghu_ghs_ghr_github_pat_glpat-xoxb-xoxp-sk_live_rk_live_AKIAASIA",
        "glrt-AKIAASIAAIzaGOCSPX-ya29.xoxb-xoxp-xapp-",
        "skipthecounterandasktheownerinsteadofguessingwhatitmeans",
    ] {
        assert_eq!(found(harmless), [""; 0], "{harmless}");
    }
}

#[test]
fn a_token_whose_sum_is_right_must_not_run() {
    // The example that GitHub published when it made the format known.
    let findings = inspect(&Subject::of(component(&format!("{}_{}", "ghp", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"))));
    assert_eq!(findings[0].severity, Severity::Critical);
}

#[test]
fn a_token_whose_sum_is_wrong_was_never_given_to_anybody() {
    for token in [format!("ghp_{}", drawn(WORD, 36)), format!("npm_{}", drawn(WORD, 36))] {
        assert_eq!(inspect(&Subject::of(component(&token)))[0].severity, Severity::Low, "{token}");
    }
}

#[test]
fn no_secret_is_told_in_full() {
    let token = drawn(WORD, 36);
    for finding in inspect(&Subject::of(component(&format!("ghp_{token}")))) {
        let told = format!("{finding:?}");
        assert!(!told.contains(&token[..12]), "{told}");
    }
}

#[test]
fn it_looks_in_custom_sections_and_in_what_comes_along() {
    let token = format!("ghp_{}", drawn(WORD, 36));
    let bytes = wat::parse_str(format!("(component (@custom \"notes\" \"{token}\"))")).expect("a component");
    let findings = inspect(&Subject::of(bytes.clone()));
    let evidence = &findings[0].evidence[0];
    let at = usize::try_from(evidence.offset).expect("small");
    assert_eq!(&bytes[at..at + token.len()], token.as_bytes());
    let findings =
        inspect(&Subject::of(wat::parse_str("(component)").expect("a component")).with("persona.md", &token));
    assert_eq!((findings.len(), findings[0].evidence[0].place.as_str()), (1, "persona.md"));
}

#[test]
fn whatever_the_bytes_are_it_does_not_panic() {
    Subject::of(component(&format!(
        "ghp_{} -----BEGIN PRIVATE KEY-----\\n{} https://u:{}@db.acme.org eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}",
        drawn(WORD, 36),
        drawn(WORD, 80),
        drawn(WORD, 12),
        drawn(WORD, 43)
    )))
    .each_damage(|damaged| drop(inspect(damaged)));
}
