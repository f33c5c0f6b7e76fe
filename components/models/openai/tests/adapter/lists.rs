//! Models and vectors of a server.

use crate::fake::{Script, Server, check};
use loket_model_adapter::embeddings::Passages;
use loket_model_adapter::models::{Features, State};
use loket_openai::{listing, vectors};

const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small\nembed=tiny-embed";

fn passages(texts: &[&str]) -> Passages {
    Passages { model: Some("a".into()), texts: texts.iter().map(|text| (*text).to_owned()).collect() }
}

#[test]
fn models_are_listed_with_what_each_kind_of_server_says() {
    let llama = r#"{"models":[{"name":"small","model":"small","capabilities":["completion","multimodal"]}],"object":"list",
        "data":[{"id":"small","object":"model","owned_by":"llamacpp","meta":{"n_ctx_train":8192,"size":98000000}}]}"#;
    let server = Server::answering(LOCAL, [Script::json(llama)]);
    let models = listing::list(&server, Some("a")).expect("a list");
    assert_eq!((models.len(), models[0].context, models[0].size), (1, Some(8192), Some(98_000_000)));
    assert_eq!((&models[0].state, models[0].features), (&State::Loaded, Features::IMAGES));
    let sent = server.sent.borrow();
    assert_eq!((sent[0].method.as_str(), sent[0].url.as_str()), ("GET", "http://127.0.0.1:8080/v1/models"));

    let others = r#"{"data":[{"id":"b","max_model_len":4096},{"id":"a","context_length":128000,"architecture":{"input_modalities":["text","image"]},
        "supported_parameters":["tools"]},{"id":"a"},{"id":7},{}]}"#;
    let models = listing::list(&Server::answering(LOCAL, [Script::json(others)]), None).expect("a list");
    let names: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context)).collect();
    assert_eq!(names, [("small", None), ("a", Some(128_000)), ("b", Some(4096))]);
    assert_eq!(models[0].state, State::Missing, "the settings name what is not there");
    assert_eq!(models[1].features, Features::IMAGES | Features::TOOLS);
}

#[test]
fn a_list_that_cannot_be_had_says_why() {
    let refused = Server::answering(LOCAL, [Script::refusal(401, &[], "")]);
    check(listing::list(&refused, None).expect_err("it is refused"), "failed", &["`key = \"a-key\"`"]);
    let nonsense = Server::answering(LOCAL, [Script::json("<html>")]);
    check(listing::list(&nonsense, None).expect_err("no list"), "failed", &["no answer of its kind", "<html>"]);
    let unknown = Server::answering(LOCAL, []);
    check(listing::list(&unknown, Some("b")).expect_err("no such model"), "not-found", &["`[models.b]`"]);
}

#[test]
fn texts_become_vectors_in_their_order() {
    let body = r#"{"data":[{"index":1,"embedding":[0,1.5]},{"index":0,"embedding":[1,0]}],"model":"tiny-embed"}"#;
    let server = Server::answering(LOCAL, [Script::json(body)]);
    let embedded = vectors::embed(&server, &passages(&["a", "b"])).expect("vectors");
    assert_eq!((embedded.model.as_str(), embedded.vectors), ("tiny-embed", vec![vec![1.0, 0.0], vec![0.0, 1.5]]));
    assert_eq!((&server.body(0)["model"], &server.body(0)["input"][1]), (&"tiny-embed".into(), &"b".into()));
}

#[test]
fn vectors_that_are_none_are_an_error() {
    for body in [
        r#"{"data":[]}"#,
        r#"{"data":[{"embedding":[]}]}"#,
        r#"{"data":[{"embedding":["x"]}]}"#,
        r#"{"data":[{"embedding":"AAAA"}]}"#,
        r#"{"data":[{"embedding":[1e300]}]}"#,
    ] {
        let server = Server::answering(LOCAL, [Script::json(body)]);
        let error = vectors::embed(&server, &passages(&["a"])).expect_err(body);
        check(error, "failed", &["and no vectors: check `embed` of `[models.a]`"]);
    }
    let uneven = r#"{"data":[{"embedding":[1]},{"embedding":[1,2]}]}"#;
    let server = Server::answering(LOCAL, [Script::json(uneven)]);
    check(vectors::embed(&server, &passages(&["a", "b"])).expect_err("uneven"), "failed", &["no vectors"]);
    for texts in [vec![], vec!["x"; 257]] {
        let error = vectors::embed(&Server::answering(LOCAL, []), &passages(&texts)).expect_err("too many");
        check(error, "invalid", &["send 1 to 256"]);
    }
    let long = "x".repeat(9_000);
    check(
        vectors::embed(&Server::answering(LOCAL, []), &passages(&[&long])).expect_err("too long"),
        "invalid",
        &["cut it"],
    );
}
