//! What the tool claims: it asks the server that the owner named, tells what was found, and says what to do where that fails.

use loket_search::ask::Question;
use loket_search::client::{Header, Request, Response};
use loket_search::exchange::Http;
use loket_search::{Age, Category, Error, Findings, search};
use std::cell::{Cell, RefCell};

/// A server that answers everything in one way.
struct Server {
    status: u16,
    body: Vec<u8>,
    asked: RefCell<Vec<(String, Vec<Header>)>>,
    read: Cell<usize>,
    open: Cell<i32>,
}

impl Server {
    fn new(status: u16, body: impl Into<Vec<u8>>) -> Server {
        Server { status, body: body.into(), asked: RefCell::default(), read: Cell::default(), open: Cell::default() }
    }
}

impl Http for Server {
    fn send(&self, request: &Request) -> Result<Response, Error> {
        self.asked.borrow_mut().push((request.url.clone(), request.headers.clone()));
        self.open.set(self.open.get() + 1);
        Ok(Response { id: 1, status: self.status, headers: vec![], url: request.url.clone() })
    }

    fn read(&self, _: u32, limit: u32) -> Result<Vec<u8>, Error> {
        let rest = &self.body[self.read.get()..];
        let piece = rest[..rest.len().min(limit as usize)].to_vec();
        self.read.set(self.read.get() + piece.len());
        Ok(piece)
    }

    fn close(&self, _: u32) {
        self.open.set(self.open.get() - 1);
    }
}

fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn ask(server: &Server, question: &Question) -> Result<Findings, Error> {
    let found = search(server, &settings(&[("url", "https://searx.example.org/")]), question);
    assert_eq!(server.open.get(), 0, "what was opened is closed");
    found
}

fn words(query: &str) -> Question {
    Question { query: query.into(), ..Question::default() }
}

fn told(error: Error) -> String {
    match error {
        Error::Invalid(why) | Error::NotFound(why) | Error::Unavailable(why) | Error::Failed(why) => why,
        Error::Exhausted(limit) => limit.detail,
        other => format!("{other:?}"),
    }
}

const FOUND: &str = r#"{ "query": "oak", "number_of_results": 2, "results": [
    { "title": "Oak \u001b[31m", "url": "https://example.org/oak", "content": "The  oak\ngrows slowly.", "engine": "x", "publishedDate": "2026-01-02T00:00:00" },
    { "title": "Again", "url": "https://example.org/oak", "content": "" },
    { "title": "Trick", "url": "javascript:alert(1)", "content": "" },
    { "title": "No address" }, "nonsense",
    { "title": "Elm", "url": "https://example.org/elm" }
], "answers": ["42", { "answer": "a tree", "url": null }, 7], "suggestions": ["oak tree"], "infoboxes": [] }"#;

#[test]
fn what_was_found_is_told_and_what_is_odd_is_left_out() {
    let server = Server::new(200, FOUND);
    let found = ask(&server, &words(" oak & elm ")).expect("it answers");
    let hits: Vec<_> = found.hits.iter().map(|h| (h.title.as_str(), h.url.as_str(), h.snippet.as_str())).collect();
    assert_eq!(
        hits,
        [("Oak [31m", "https://example.org/oak", "The oak grows slowly."), ("Elm", "https://example.org/elm", "")]
    );
    assert_eq!(found.hits[0].published.as_deref(), Some("2026-01-02T00:00:00"));
    assert_eq!(
        (found.answers, found.suggestions, found.next),
        (vec!["42".into(), "a tree".into()], vec!["oak tree".into()], Some(2))
    );
    let asked = server.asked.borrow();
    assert_eq!(asked[0].0, "https://searx.example.org/search?q=oak+%26+elm&format=json&pageno=1");
}

#[test]
fn everything_that_was_asked_is_in_the_address() {
    let server = Server::new(200, FOUND);
    let question = Question {
        query: "oak".into(),
        category: Some(Category::It),
        language: Some("de-CH".into()),
        age: Some(Age::Month),
        page: Some(3),
    };
    let set = settings(&[("url", "http://127.0.0.1:8888/searx"), ("header", "Authorization: Bearer {{secret:searx}}")]);
    assert_eq!(search(&server, &set, &question).expect("it answers").next, Some(4));
    let asked = server.asked.borrow();
    assert_eq!(
        asked[0].0,
        "http://127.0.0.1:8888/searx/search?q=oak&format=json&pageno=3&categories=it&language=de-CH&time_range=month"
    );
    assert!(asked[0].1.iter().any(|h| h.name == "Authorization" && h.value == "Bearer {{secret:searx}}"));
}

#[test]
fn nothing_found_is_no_error() {
    let found = ask(&Server::new(200, r#"{"results":[]}"#), &words("x")).expect("it answers");
    assert_eq!((found.hits.len(), found.next), (0, None));
}

#[test]
fn errors_say_what_to_do() {
    for (status, body, word) in [
        (403, "", "settings.yml"),
        (429, "", "too often"),
        (502, "", "try again later"),
        (404, "", "`url`"),
        (200, "<html>", "it is HTML"),
        (200, "{}", "none of SearXNG's"),
        (200, "[[[[", "none of SearXNG's"),
    ] {
        let why = told(ask(&Server::new(status, body), &words("x")).expect_err(body));
        assert!(why.contains(word), "{status}: {why}");
    }
    for (question, word) in [
        (words("  "), "no words"),
        (words(&"x".repeat(501)), "fewer words"),
        (Question { page: Some(0), ..words("x") }, "from 1 to 50"),
        (Question { language: Some("en&safesearch=0".into()), ..words("x") }, "no language"),
    ] {
        let server = Server::new(200, FOUND);
        let why = told(ask(&server, &question).expect_err("it is wrong"));
        assert!(why.contains(word) && server.asked.borrow().is_empty(), "{why}");
    }
    for (pairs, word) in [
        (&[][..], "loket grant loket:search loket:http/client"),
        (&[("url", "searx")], "no address of a server"),
        (&[("url", "https://")], "no address of a server"),
        (&[("url", "https://a.example/ x")], "no address of a server"),
        (&[("url", "file:///etc")], "no address of a server"),
        (&[("url", "https://a.example/?x=1")], "no address of a server"),
        (&[("url", "https://a.example"), ("header", "nonsense")], "no header"),
    ] {
        let why = told(search(&Server::new(200, FOUND), &settings(pairs), &words("x")).expect_err("it is wrong"));
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn a_hostile_answer_is_cut_and_bounded() {
    let long = "x ".repeat(20_000);
    let result = format!(r#"{{"title":"{long}","url":"https://example.org/N","content":"{long}"}}"#);
    let results: Vec<_> = (0..10).map(|n| result.replace('N', &n.to_string())).collect();
    let body = format!(r#"{{"results":[{}],"answers":["{long}"]}}"#, results.join(","));
    let found = ask(&Server::new(200, body), &words("x")).expect("it answers");
    assert!(found.hits.iter().all(|h| h.title.chars().count() <= 201 && h.snippet.chars().count() <= 501));
    assert!(found.answers[0].chars().count() <= 501);
    let many: Vec<_> = (0..500).map(|n| format!(r#"{{"title":"t","url":"https://example.org/{n}"}}"#)).collect();
    let found =
        ask(&Server::new(200, format!(r#"{{"results":[{}]}}"#, many.join(","))), &words("x")).expect("it answers");
    assert_eq!(found.hits.len(), 20);
    let why = told(ask(&Server::new(200, vec![b' '; 2 << 20]), &words("x")).expect_err("too large"));
    assert!(why.contains("more than 1048576 bytes"), "{why}");
    assert!(ask(&Server::new(200, "[".repeat(100_000)), &words("x")).is_err());
}
