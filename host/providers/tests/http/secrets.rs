//! Secrets: put in where everyone agrees, dropped elsewhere, and taken out of what comes back.

use crate::ground::{Ground, Plan, error, granted, refusal, to_base64};
use crate::servers::{Said, Server};
use serde_json::json;

const VALUE: &str = "tok3n/with+signs\"0";

/// A ground whose secret `token` is tied to these hosts.
fn tied(hosts: &[String]) -> Ground {
    Ground::with(Plan { secrets: vec![("token", VALUE, hosts.to_vec())], ..Plan::default() })
}

/// Says back all that it was told, in every way.
async fn echo() -> Server {
    Server::new(|asked| -> Said {
        let told = asked.header("authorization").unwrap_or("nothing").to_owned();
        let json = serde_json::json!({ "told": told }).to_string();
        let body = format!("{told} {} {json}", to_base64(format!("u:{told}").as_bytes()));
        (200, vec![("x-told", told)], body.into_bytes())
    })
    .await
}

#[tokio::test]
async fn a_secret_is_put_in_and_the_component_never_sees_it() {
    let server = echo().await;
    let host = granted(&server);
    let ground = tied(std::slice::from_ref(&host));
    let guest = ground.guest(&[("host", &host), ("secret", "token")]);
    let answer =
        guest.get_with(&server.url("/"), "authorization", "Bearer {{secret:token}}").await.expect("granted works");
    assert_eq!(server.asked()[0].header("authorization"), Some(&*format!("Bearer {VALUE}")), "the server gets it");
    assert_eq!(answer.header("x-told"), Some("Bearer [secret token]"));
    let body = String::from_utf8(guest.rest(answer.id).await.expect("it reads")).expect("text");
    let hidden = body.matches("[secret token]").count();
    assert!(hidden == 3 && !body.contains("tok3n") && !body.contains("dG9r"), "{body}");
}

#[tokio::test]
async fn a_secret_must_be_granted_by_everyone_along_the_chain() {
    let server = echo().await;
    let host = granted(&server);
    let ground = tied(std::slice::from_ref(&host));
    let (with, without) =
        ([("host", host.as_str()), ("secret", "token")], [("host", host.as_str()), ("secret", "other")]);
    let send = async |all: &[&[(&str, &str)]]| {
        ground.chained(all).get_with(&server.url("/"), "authorization", "{{secret:token}}").await
    };
    send(&[&with, &with]).await.expect("granted works");
    send(&[]).await.expect("the owner may");
    for grants in [&[&with[..], &without[..]], &[&without[..], &with[..]], &[&with[..], &with[..1]]] {
        let refused = refusal(send(grants).await, "no grant names the secret `token`");
        assert!(refused.remedy.ends_with("--secret token"), "{refused:?}");
    }
    assert_eq!(server.connections(), 1 + 1, "refused requests never get there");
}

#[tokio::test]
async fn a_secret_goes_only_to_the_hosts_that_it_is_tied_to() {
    let (server, other) = (echo().await, echo().await);
    let ground = tied(&[granted(&server)]);
    let guest = ground.guest(&[
        ("host", &granted(&server)),
        ("host", &granted(&other)),
        ("secret", "token"),
        ("secret", "lost"),
    ]);
    guest.get_with(&server.url("/"), "x-key", "{{secret:token}}").await.expect("tied works");
    let refused = refusal(guest.get_with(&other.url("/"), "x-key", "{{secret:token}}").await, "is not tied to");
    assert_eq!(refused.remedy, format!("loket secret set token --host {}", granted(&other)));
    refusal(guest.get_with(&server.url("/"), "x-key", "{{secret:lost}}").await, "there is no secret `lost`");
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_secret_does_not_cross_a_network_in_the_clear() {
    let ground = tied(&["api.test".to_owned(), "api.test:80".to_owned()]);
    ground.names.say("api.test", &[&["10.0.0.1"]]);
    let guest = ground.guest(&[("host", "api.test:80"), ("secret", "token")]);
    refusal(guest.get_with("http://api.test/", "x-key", "{{secret:token}}").await, "ask over https");
}

#[tokio::test]
async fn a_secret_is_not_sent_on_to_another_host() {
    let there = echo().await;
    let here = Server::redirecting(307, there.url("/")).await;
    let ground = tied(&[granted(&here), granted(&there)]);
    let guest = ground.guest(&[("host", &granted(&here)), ("host", &granted(&there)), ("secret", "token")]);
    guest.get_with(&here.url("/"), "x-key", "{{secret:token}}").await.expect("granted works");
    assert_eq!(here.asked()[0].header("x-key"), Some(VALUE));
    assert_eq!(
        there.asked()[0].header("x-key"),
        None,
        "although it is tied to that one too: only a request of its own names it"
    );
}

#[tokio::test]
async fn a_secret_stays_on_the_same_host() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/" => (302, vec![("location", "/next".to_owned())], vec![]),
        _ => (200, vec![], vec![]),
    })
    .await;
    let ground = tied(&[granted(&server)]);
    let guest = ground.guest(&[("host", &granted(&server)), ("secret", "token")]);
    guest.get_with(&server.url("/"), "x-key", "{{secret:token}}").await.expect("granted works");
    assert_eq!(server.asked()[1].header("x-key"), Some(VALUE));
}

#[tokio::test]
async fn a_placeholder_stands_in_a_header_and_is_whole() {
    let server = echo().await;
    let host = granted(&server);
    let ground = tied(std::slice::from_ref(&host));
    let guest = ground.guest(&[("host", &host), ("secret", "token")]);
    error(guest.get(&server.url("/?key={{secret:token}}")).await, "invalid", "header");
    for half in ["{{secret:", "{{secret:token", "{{secret:}}", "{{secret:TOKEN}}", "{{secret:to ken}}"] {
        error(guest.get_with(&server.url("/"), "x-key", half).await, "invalid", "{{secret:NAME}}");
    }
    assert_eq!(server.connections(), 0);
    let request = json!({ "url": server.url("/"), "method": "POST", "body": to_base64(b"{{secret:token}}") });
    guest.request(request).await.expect("in a body it is a text like any other");
    assert_eq!(server.asked()[0].body, b"{{secret:token}}");
}

#[tokio::test]
async fn a_secret_is_found_over_the_borders_of_pieces() {
    let server =
        Server::new(|_| (200, vec![], format!("{}{VALUE}{}", "x".repeat(1000), "y".repeat(1000)).into_bytes())).await;
    let host = granted(&server);
    let ground = tied(std::slice::from_ref(&host));
    for limit in [1, 3, 7, 1010, 1 << 20] {
        let guest = ground.guest(&[("host", &host)]);
        let answer = guest.get(&server.url("/")).await.expect("granted works");
        let mut all = Vec::new();
        loop {
            let piece = guest.read(answer.id, limit).await.expect("it reads");
            assert!(piece.len() <= limit as usize);
            if piece.is_empty() {
                break;
            }
            all.extend(piece);
        }
        let text = String::from_utf8(all).expect("text");
        assert_eq!(text, format!("{}[secret token]{}", "x".repeat(1000), "y".repeat(1000)), "{limit}");
    }
}
