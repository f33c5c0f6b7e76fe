//! What others wrote is shown and does nothing: in a memory, a persona, a tool's description, a name, a finding, a ledger's line.

use crate::shown::PAGES;
use crate::stand::Browser;
use axum::http::{Method, StatusCode};

/// What would do something, wherever it were taken for HTML, for an attribute, or for an address.
const BAD: [&str; 6] = [
    "<script>owned()</script>",
    "\"><img src=x onerror=owned()>",
    "'><svg onload=owned()>",
    "javascript:owned()",
    "\" autofocus onfocus=owned() x=\"",
    "</textarea></title></option></template><script>owned()</script>",
];

/// That nothing of it is alive on a page: every tag, and every attribute of one, is ours.
#[track_caller]
fn is_harmless(path: &str, bad: &str, text: &str) {
    for (at, tag) in text.split('<').enumerate().skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
        assert!(!matches!(name, "img" | "iframe" | "object" | "embed" | "base"), "{path} {bad}: <{tag}>");
        assert!(name != "script" || tag.contains("src=\"/assets/"), "{path} {bad}: <{tag}>");
        // Values are in quotes, and a quote in one is written otherwise: so what is left without them are names.
        let names: String = tag.split('"').step_by(2).collect();
        for word in names.split([' ', '=', '\n']).filter(|word| !word.is_empty()) {
            assert!(!word.starts_with("on") && !word.contains("owned"), "{path} {bad}: tag {at} <{tag}>");
        }
        for value in ["href=\"", "action=\"", "src=\"", "formaction=\""] {
            let Some(to) = tag.split(value).nth(1).and_then(|rest| rest.split('"').next()) else { continue };
            let ours =
                to.starts_with('/') && !to.starts_with("//") || to.starts_with('#') || to.starts_with("/assets/");
            assert!(ours, "{path} {bad}: <{tag}>");
        }
    }
}

#[tokio::test]
async fn what_others_wrote_is_shown_on_every_page_and_does_nothing_on_any() {
    for bad in BAD {
        let browser = Browser::among(bad);
        let mut shown = 0;
        for path in PAGES {
            let answer = browser.get(path).await;
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
            is_harmless(path, bad, &answer.text);
            shown += usize::from(answer.text.contains("owned()"));
        }
        assert!(shown >= 14, "{bad} is shown on {shown} pages");
    }
}

#[tokio::test]
async fn what_is_asked_about_a_memory_or_a_grant_shows_them_and_does_nothing() {
    for bad in BAD {
        let browser = Browser::among(bad);
        for (path, form) in [
            ("/brain/forget", "agent=assistant&id=m1"),
            ("/brain/forget", "agent=assistant&id=m1&sure=yes"),
            ("/authority", "act=grant&grantee=assistant&capability=a"),
            ("/authority", "act=revoke&grantee=assistant&capability=a"),
            ("/ledger/verify", "x=1"),
            ("/settings/restore", "file=f&home=h"),
            ("/ledger/turn", "turn=t1"),
        ] {
            let mut request = browser.request(&Method::POST, path);
            *request.body_mut() = format!("{form}&token={}", browser.token()).into();
            let answer = browser.ask(request).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            is_harmless(path, bad, &answer.text);
        }
    }
}

#[tokio::test]
async fn what_stands_in_an_address_is_shown_and_does_nothing() {
    let browser = Browser::new();
    for bad in BAD {
        let word: String = bad.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            "/brain?q=",
            "/authority?of=",
            "/ledger/turn?turn=",
            "/chat/search?agent=assistant&q=",
            "/models?done=",
            "/models?agent=",
        ] {
            let answer = browser.get(&format!("{path}{word}")).await;
            is_harmless(path, bad, &answer.text);
        }
        let care = browser.get(&format!("/brain/care?agent={word}&done=fork&what={word}&diff={word}")).await;
        is_harmless("/brain/care", bad, &care.text);
    }
}

#[tokio::test]
async fn a_login_elsewhere_is_a_link_only_where_it_leads_to_a_site() {
    let browser = Browser::new();
    let mut request = browser.request(&Method::POST, "/servers/server");
    *request.body_mut() = format!("act=login&name=files&token={}", browser.token()).into();
    let text = browser.ask(request).await.text;
    assert!(
        text.contains("href=\"https://login.example.org/\" target=\"_blank\" rel=\"noopener noreferrer\""),
        "{text}"
    );
}
