//! Models that are there, models that are fetched, and vectors.

use loket_model_adapter::embeddings::Passages;
use loket_model_adapter::library::Wish;
use loket_model_adapter::models::{Features, State};
use loket_model_adapter::{Error, Exhaustion};
use loket_model_fake::{Script, Server, check};
use loket_ollama::{fetching, listing, vectors};

const HERE: &str = "url=http://127.0.0.1:11434\nmodel=qwen3";

fn wish(name: Option<&str>) -> Wish {
    Wish { model: Some("a".into()), name: name.map(str::to_owned) }
}

#[test]
fn models_are_listed_with_their_size_where_they_are_and_what_they_can_do() {
    let tags = r#"{"models":[{"name":"tiny:latest","model":"tiny:latest","size":98000000,"details":{"family":"llama"}},{"name":"qwen3:latest","model":"qwen3:latest","size":2500000000}]}"#;
    let ps = r#"{"models":[{"name":"qwen3:latest","model":"qwen3:latest","size_vram":1}]}"#;
    let show = r#"{"capabilities":["completion","tools","thinking"],"model_info":{"general.architecture":"qwen3","qwen3.context_length":40960}}"#;
    let server = Server::answering(
        HERE,
        [Script::json(tags), Script::json(ps), Script::json(show), Script::refusal(500, &[], "")],
    );
    let models = listing::list(&server, None).expect("a list");
    assert_eq!(
        (models[0].name.as_str(), &models[0].state, models[0].context),
        ("qwen3:latest", &State::Loaded, Some(40_960))
    );
    assert_eq!(models[0].features, Features::TOOLS | Features::THINKING);
    assert_eq!(
        (models[1].name.as_str(), &models[1].state, models[1].size),
        ("tiny:latest", &State::Ready, Some(98_000_000))
    );
    assert_eq!(models[1].features, Features::empty(), "one that cannot be described hides none of the others");
    let paths: Vec<String> =
        server.sent.borrow().iter().map(|sent| sent.url.replace("http://127.0.0.1:11434", "")).collect();
    assert_eq!(paths, ["/api/tags", "/api/ps", "/api/show", "/api/show"]);
}

#[test]
fn a_model_that_is_not_there_is_missing() {
    let server = Server::answering(HERE, [Script::json(r#"{"models":[]}"#), Script::refusal(404, &[], "")]);
    let models = listing::list(&server, None).expect("a list");
    assert_eq!((models.len(), &models[0].state), (1, &State::Missing));
    let server = Server::new(HERE, [Err(Error::Unavailable("`127.0.0.1:11434` refused the connection".into()))]);
    check(listing::list(&server, None).expect_err("nobody is there"), "unavailable", &["start its server"]);
}

#[test]
fn a_model_is_fetched_and_it_is_told_how_far_that_is() {
    let server = Server::answering(
        HERE,
        [Script::lines(&[
            r#"{"status":"pulling manifest"}"#,
            r#"{"status":"pulling aa","digest":"sha256:aa","total":1000}"#,
            r#"{"status":"pulling aa","digest":"sha256:aa","total":1000,"completed":500}"#,
            r#"{"status":"pulling aa","digest":"sha256:aa","total":1000,"completed":501}"#,
            r#"{"status":"pulling bb","digest":"sha256:bb","total":1000,"completed":1000}"#,
            r#"{"status":"verifying sha256 digest"}"#,
            r#"{"status":"success"}"#,
        ])],
    );
    assert_eq!(fetching::pull(&server, &wish(Some("smollm2:135m"))).expect("it is fetched"), "smollm2:135m");
    assert_eq!(server.body(0)["model"], "smollm2:135m");
    let far = server.far.borrow();
    let far: Vec<_> = far.iter().map(|(what, done, total)| (what.as_str(), *done, *total)).collect();
    assert_eq!(
        far,
        [
            ("pulling manifest", 0, None),
            ("pulling", 0, Some(1000)),
            ("pulling", 500, Some(1000)),
            ("pulling", 1501, Some(2000)),
            ("verifying sha256 digest", 1501, Some(2000)),
        ],
        "a thousandth more is not worth telling"
    );
}

#[test]
fn a_fetch_that_takes_longer_than_an_answer_may_goes_on_where_it_was() {
    let late = || Error::Exhausted(Exhaustion { limit: "time".into(), detail: "600 s".into(), renews: None });
    let mut first = Script::lines(&[r#"{"status":"pulling aa","digest":"aa","total":10,"completed":5}"#]);
    first.pieces.push(Err(late()));
    let second = Script::lines(&[
        r#"{"status":"pulling aa","digest":"aa","total":10,"completed":10}"#,
        r#"{"status":"success"}"#,
    ]);
    let server = Server::answering(HERE, [first.clone(), second]);
    assert_eq!(fetching::pull(&server, &wish(None)).expect("it is fetched"), "qwen3");
    // One that does not get on ends.
    let server = Server::answering(HERE, [first.clone(), first]);
    check(fetching::pull(&server, &wish(None)).expect_err("it stands still"), "exhausted", &["time"]);
}

#[test]
fn what_cannot_be_fetched_says_why() {
    for (line, kind, word) in [
        (r#"{"error":"pull model manifest: file does not exist"}"#, "not-found", "the server finds no model `nope`"),
        (r#"{"error":"write /models: no space left on device"}"#, "failed", "room on its disk"),
        (r#"{"status":"pulling manifest"}"#, "failed", "broke off after"),
        ("<html>", "failed", "no answer of its kind"),
    ] {
        let server = Server::answering(HERE, [Script::lines(&[line])]);
        check(fetching::pull(&server, &wish(Some("nope"))).expect_err(line), kind, &[word]);
    }
    for name in ["", " ", "a\nb", &"x".repeat(600)] {
        let error = fetching::pull(&Server::answering(HERE, []), &wish(Some(name))).expect_err(name);
        check(error, "invalid", &["is no name of a model"]);
    }
}

#[test]
fn texts_become_vectors() {
    let server = Server::answering(HERE, [Script::json(r#"{"model":"qwen3","embeddings":[[1,0],[0,1]]}"#)]);
    let passages = Passages { model: None, texts: vec!["a".into(), "b".into()] };
    let embedded = vectors::embed(&server, &passages).expect("vectors");
    assert_eq!(embedded.vectors, [vec![1.0, 0.0], vec![0.0, 1.0]]);
    let server = Server::answering(HERE, [Script::json(r#"{"embeddings":[[1,0]]}"#)]);
    check(vectors::embed(&server, &passages).expect_err("one is missing"), "failed", &["1 vectors for 2 texts"]);
}
