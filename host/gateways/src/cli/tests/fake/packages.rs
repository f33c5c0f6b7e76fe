//! Packages: what is inspected, listed, published, taken away and decided.

use crate::desk::{
    Authority, Decision, DecisionRequest, ExportInfo, GarbageInfo, GarbageReport, ImportInfo, Inspection, PackageInfo,
    Problem, PublishRequest, Published, SignatureInfo,
};

/// `bare`, which lacks nearly everything, or one that has everything.
pub(super) fn inspected(subject: &str) -> Inspection {
    if subject == "bare" {
        return Inspection {
            package: "acme:bare@1.0.0".to_owned(),
            digest: "00".repeat(32),
            bytes: 900,
            signature: Some(signed(
                "broken",
                "not validly signed: its signature is not in the form of minisign: sign it again\x1b[2J",
            )),
            role: "library".to_owned(),
            state:
                "package `acme:bare` cannot be admitted\n  it imports `acme:mail/send@1.0.0`, and its grants do not \
                    name it\n  it imports `wasi:sockets/tcp@0.2.6`, and nothing provides it\n\
                    hint: loket grant acme:bare acme:mail/send"
                    .to_owned(),
            imports: vec![],
            sealed: vec![],
            exports: vec![],
            authority: vec![],
            notes: vec![],
        };
    }
    inspection()
}

pub(super) fn all() -> Vec<PackageInfo> {
    let package = |name: &str, role: &str, bytes, signature| PackageInfo {
        signature,
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        role: role.to_owned(),
        state: "ready".to_owned(),
        digest: "0123456789abcdef".repeat(4),
        bytes,
        yanked: name == "acme:calc",
        waits: (role == "command").then(|| "0123456789abcdef".repeat(4)),
    };
    let by_anna = SignatureInfo { by: Some("anna".to_owned()), ..signed("trusted", "signed by `anna`") };
    vec![
        package("loket:calc", "tool", 23_456, by_anna),
        package("loket:offline", "model", 3_456_789, signed("none", "unsigned")),
        PackageInfo {
            state: "package `acme:new@0.1.0` waits for you\n  the namespace `acme` belongs to the key 00, and this is \
                    unsigned\nhint: loket approve acme:new@0.1.0"
                .to_owned(),
            ..package("acme:new", "command", 900, signed("none", "unsigned"))
        },
        package("acme:calc", "tool", 3_456, signed("revoked", "signed by `ben`, whose key was revoked on 2026-11-24")),
    ]
}

pub(super) fn published(request: PublishRequest, component: &[u8]) -> Published {
    let PublishRequest { package, signature, .. } = request;
    let state = if package.contains("waits") { "it imports `a:b/c`, and its grants do not name it" } else { "ready" };
    let (word, words) = match signature.as_deref() {
        None => ("none", "unsigned"),
        Some(made) if made == format!("{} bytes of {package}", component.len()) => ("trusted", "signed by `anna`"),
        Some(_) => ("unknown", "signed by the key 00, which you have not trusted"),
    };
    let digest = "0123456789abcdef".repeat(4);
    Published { package, digest, signature: signed(word, words), state: state.to_owned() }
}

pub(super) fn garbage(dry_run: bool) -> GarbageReport {
    let found = |package: &str, bytes| GarbageInfo { package: package.to_owned(), bytes };
    let left = if dry_run { vec![] } else { vec!["`acme:calc@1.1.0` was changed".to_owned()] };
    let removed = vec![found("acme:calc@1.0.0", 23_456), found("loket:x@0.1.0", 3_456_789)];
    GarbageReport { removed, bytes: 3_480_245, dry_run, left }
}

pub(super) fn approved(request: DecisionRequest) -> Result<Decision, Problem> {
    if request.package.contains("nothing") {
        return Err(Problem::not_found("`acme:nothing@1.0.0` does not wait").hint("`loket packages` shows what does"));
    }
    let digest = request.digest.unwrap_or_else(|| "0123456789abcdef".repeat(4));
    Ok(Decision { package: request.package, digest, approved: true, state: "ready".to_owned() })
}

fn signed(state: &str, words: &str) -> SignatureInfo {
    SignatureInfo { state: state.to_owned(), by: None, words: words.to_owned() }
}

fn inspection() -> Inspection {
    let import = |capability: &str, state: &str, provider: Option<&str>, remedy: Option<&str>| ImportInfo {
        capability: capability.to_owned(),
        functions: vec!["recall".to_owned(), "remember".to_owned()],
        state: state.to_owned(),
        provider: provider.map(str::to_owned),
        terms: String::new(),
        remedy: remedy.map(str::to_owned),
    };
    let may = |capability: &str, provider: &str, limits: &str, through| Authority {
        capability: capability.to_owned(),
        provider: provider.to_owned(),
        verdict: "allow".to_owned(),
        limits: limits.to_owned(),
        through,
    };
    let web = may("wasi:http/outgoing-handler", "host", "only GET, only to api.example.org, 20 a day", vec![]);
    Inspection {
        package: "loket:assistant@0.1.0".to_owned(),
        digest: "0123456789abcdef".repeat(4),
        bytes: 123_456,
        signature: Some(signed("trusted", "signed by `anna`")),
        role: "agent".to_owned(),
        state: "ready".to_owned(),
        imports: vec![
            import("loket:brain/memory@0.1.0", "granted", Some("host"), None),
            import("acme:mail/send@1.0.0", "missing", None, Some("loket grant assistant acme:mail/send")),
        ],
        sealed: vec!["wasi:io/poll@0.2.6".to_owned(), "wasi:clocks/monotonic-clock@0.2.6".to_owned()],
        exports: vec![ExportInfo {
            capability: "loket:agent/turns@0.1.0".to_owned(),
            functions: vec!["answer: func(message: message) -> result<answer, error>".to_owned()],
            docs: "Answers what\nit is told.\x1b[2J\n\nThe rest is long.".to_owned(),
        }],
        authority: vec![
            may("acme:news/feed", "acme:news", "", vec![web]),
            may("loket:brain/memory", "host", "5 a turn", vec![]),
        ],
        notes: vec!["`answer` has no documentation, so a model cannot know what it is for".to_owned()],
    }
}
