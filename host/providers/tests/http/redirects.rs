//! Redirects: each is checked like a request of its own.

use crate::ground::{Ground, Plan, error, granted, refusal};
use crate::servers::Server;
use loket_providers::http::limits::Limits;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn a_redirect_leads_only_to_what_is_granted() {
    let there = Server::saying("there").await;
    let here = Server::redirecting(302, there.url("/next?a=b#c")).await;
    let ground = Ground::new();
    let (from, to) = (granted(&here), granted(&there));

    let guest = ground.guest(&[("host", &from), ("host", &to)]);
    let answer = guest.get(&here.url("/")).await.expect("granted works");
    assert_eq!(answer.url, there.url("/next?a=b"), "the answer says who gave it");
    assert_eq!(guest.rest(answer.id).await.expect("it reads"), b"there");

    let reached = there.connections();
    let refused = refusal(ground.guest(&[("host", &from)]).get(&here.url("/")).await, "redirects elsewhere");
    assert!(refused.remedy.contains(&format!("--host {from} --host {to}")), "{refused:?}");
    assert_eq!(there.connections(), reached, "not granted never gets there");
}

#[tokio::test]
async fn a_redirect_is_no_way_into_a_private_network() {
    let inside = Server::saying("inside").await;
    let ground = Ground::new();
    ground.names.say("intranet.test", &[&["10.0.0.1"]]);
    ground.own.add("127.0.0.1:1".parse().expect("an address"));
    for to in [
        inside.url("/"),
        format!("http://0x7f.1:{}/", inside.port()),
        format!("http://[::ffff:127.0.0.1]:{}/", inside.port()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://intranet.test/".to_owned(),
        "http://127.0.0.1:1/".to_owned(),
    ] {
        let here = Server::redirecting(302, to.clone()).await;
        refusal(
            ground.guest(&[("host", &granted(&here)), ("host", "intranet.test")]).get(&here.url("/")).await,
            "redirects",
        );
    }
    let here = Server::redirecting(302, "http://127.0.0.1:1/".to_owned()).await;
    refusal(ground.owner().get(&here.url("/")).await, "where this host itself listens");
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_checked_for_its_method_too() {
    let there = Server::saying("there").await;
    let here = Server::redirecting(303, there.url("/")).await;
    let ground = Ground::new();
    let (from, to) = (granted(&here), granted(&there));
    let post = json!({ "url": here.url("/"), "method": "POST", "body": "aGk=" });
    let terms = [("host", from.as_str()), ("host", to.as_str()), ("method", "POST")];
    refusal(ground.guest(&terms).request(post.clone()).await, "the method `GET`");
    let terms = [&terms[..], &[("method", "GET")]].concat();
    ground.guest(&terms).request(post).await.expect("granted works");
    assert_eq!(there.asked()[0].method, "GET");
    assert_eq!(there.asked()[0].body, b"", "what was posted is not sent on");
}

#[tokio::test]
async fn what_is_personal_is_not_sent_on_to_another_host() {
    let there = Server::saying("there").await;
    let here = Server::redirecting(307, there.url("/")).await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&here)), ("host", &granted(&there))]);
    let headers = json!([
        { "name": "Authorization", "value": "Basic dTpw" },
        { "name": "cookie", "value": "a=b" },
        { "name": "x-kept", "value": "1" },
    ]);
    guest.request(json!({ "url": here.url("/"), "headers": headers })).await.expect("granted works");
    let (first, second) = (&here.asked()[0], &there.asked()[0]);
    assert_eq!((first.header("authorization"), first.header("cookie")), (Some("Basic dTpw"), Some("a=b")));
    assert_eq!((second.header("authorization"), second.header("cookie")), (None, None));
    assert_eq!(second.header("x-kept"), Some("1"));
    assert_eq!(second.header("host"), Some(granted(&there).as_str()), "the host's name is that of the new host");
}

#[tokio::test]
async fn what_is_personal_stays_on_the_same_host() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/" => (308, vec![("location", "/next".to_owned())], vec![]),
        _ => (200, vec![], asked.body.clone()),
    })
    .await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let headers = json!([{ "name": "authorization", "value": "Basic dTpw" }]);
    let request = json!({ "url": server.url("/"), "method": "PUT", "body": "aGk=", "headers": headers });
    let answer = guest.request(request).await.expect("granted works");
    assert_eq!(guest.rest(answer.id).await.expect("it reads"), b"hi", "method and body are kept");
    assert_eq!(server.asked()[1].header("authorization"), Some("Basic dTpw"));
}

#[tokio::test]
async fn redirects_come_to_an_end() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let server = Server::new(move |_| {
        let next = counted.fetch_add(1, Ordering::SeqCst);
        (302, vec![("location", format!("/{next}"))], vec![])
    })
    .await;
    let ground = Ground::with(Plan { limits: Limits { redirects: 3, ..Limits::default() }, ..Plan::default() });
    error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "exhausted", "3 redirects");
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_error() {
    let ground = Ground::new();
    for to in ["file:///etc/passwd", "http://", "gopher://127.0.0.1/", "http://user@127.0.0.1/", "http://[::1%25lo]/"] {
        let server = Server::redirecting(302, to.to_owned()).await;
        error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "failed", "redirects to");
    }
    let server = Server::new(|_| (302, vec![], b"nowhere".to_vec())).await;
    let answer = ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await.expect("it is an answer");
    assert_eq!(answer.status, 302);
}
