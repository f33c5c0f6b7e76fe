//! What the web reader claims, against a web of a few pages.

mod fake;

use fake::{Web, exhausted};
use loket_fetch::{Body, Error, Header, Part, get_json, get_text, piece, request};
use proptest::prelude::*;

const BLOG: &str = r##"<!doctype html><html><head><title>How bees vote - The Hive</title>
<meta charset="utf-8"><style>p { color: red }</style><script>alert("no")</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul></nav>
<article><h1>How bees vote</h1>
<p>When a swarm looks for a new home, its <a href="scouts.html">scouts</a> dance for the places that they found, and the better the
place, the longer they dance. Others follow the dance, look for themselves, and dance in turn, or not.</p>
<p>After some hours, all dance for one place. Nobody has counted, and nobody was asked twice: a <em>quorum</em> at the place itself
is what ends the vote, as <b>Seeley</b> and his students found out, year after year, on an island without trees.</p>
<ul><li>First, scouts search.</li><li>Then, they dance.</li></ul>
<table><tr><th>Place</th><th>Dances</th></tr><tr><td>Oak</td><td>31</td></tr></table>
</article><footer>Copyright, imprint, and <a href="/privacy">privacy</a></footer></body></html>"##;

#[track_caller]
fn read(web: &Web, url: &str, part: Part) -> loket_fetch::Text {
    let text = get_text(web, url, part, None, None).unwrap_or_else(|error| panic!("`{url}`: {error:?}"));
    assert_eq!(web.open(), 0, "the answer is closed");
    text
}

#[test]
fn an_article_comes_as_markdown_with_its_title_and_whole_links() {
    let url = "https://hive.example/posts/vote";
    let web = Web::default().with(url, "text/html; charset=utf-8", BLOG);
    let page = read(&web, url, Part::Article);
    assert_eq!((page.status, page.url.as_str(), page.kind.as_str()), (200, url, "text/html"));
    assert!(page.title.as_deref().is_some_and(|title| title.contains("How bees vote")), "{:?}", page.title);
    assert!(page.text.contains("[scouts](https://hive.example/posts/scouts.html)"), "{}", page.text);
    assert!(page.text.contains("*quorum*") && page.text.contains("**Seeley**"), "{}", page.text);
    assert!(page.text.contains("- First, scouts search."), "{}", page.text);
    assert!(page.text.contains("| Oak"), "{}", page.text);
    for noise in ["alert", "color", "Shop", "imprint"] {
        assert!(!page.text.contains(noise), "`{noise}` is in {}", page.text);
    }
    assert_eq!(page.next, None);
}

#[test]
fn the_whole_page_has_its_menus_too() {
    let url = "https://hive.example/posts/vote";
    let web = Web::default().with(url, "text/html", BLOG);
    let page = read(&web, url, Part::Whole);
    assert!(page.text.contains("[Shop](https://hive.example/shop)"), "{}", page.text);
    assert!(page.text.contains("[privacy](https://hive.example/privacy)"), "{}", page.text);
    assert!(!page.text.contains("alert"), "{}", page.text);
}

#[test]
fn a_page_without_an_article_is_read_whole() {
    let items: String = (0..80).map(|n| format!("<li><a href=/post/{n}>Post {n}</a></li>")).collect();
    let url = "https://hive.example/";
    let web = Web::default().with(url, "text/html", format!("<title>All posts</title><ul>{items}</ul>"));
    let page = read(&web, url, Part::Article);
    assert!(page.text.contains("[Post 79](https://hive.example/post/79)"), "{}", page.text);
    assert_eq!(page.title.as_deref(), Some("All posts"));
}

#[test]
fn a_long_text_is_read_piece_by_piece() {
    let whole: String = (0..5_000).map(|n| format!("Zeile {n}: größer\n")).collect();
    let web = Web::default().with("https://a.example/log", "text/plain", whole.clone());
    let (mut read, mut start, mut pieces) = (String::new(), Some(0), 0);
    while let Some(from) = start {
        let piece = get_text(&web, "https://a.example/log", Part::Article, Some(from), Some(10_000)).expect("it reads");
        assert_eq!(piece.characters as usize, whole.chars().count());
        assert!(piece.text.ends_with('\n'), "it ends where a line does");
        read += &piece.text;
        start = piece.next;
        pieces += 1;
    }
    assert_eq!(read, whole);
    assert!(pieces > 5);
    let behind = get_text(&web, "https://a.example/log", Part::Article, Some(9_999_999), None);
    assert!(matches!(behind, Err(Error::Invalid(why)) if why.contains("go on where `next` says")));
    for wrong in [0, 100_001] {
        let piece = get_text(&web, "https://a.example/log", Part::Article, None, Some(wrong));
        assert!(matches!(piece, Err(Error::Invalid(why)) if why.contains("`max-chars`")));
    }
}

#[test]
fn a_text_is_read_in_the_character_set_that_it_has() {
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let japanese = encoding_rs::SHIFT_JIS.encode("<html><head><meta charset='Shift_JIS'></head>日本語").0.into_owned();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("größer".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let web = Web::default()
        .with("https://a.example/header", "text/plain; charset=ISO-8859-1", latin("größer"))
        .with("https://a.example/nothing", "text/plain", latin("größer"))
        .with("https://a.example/utf8", "text/plain", "größer")
        .with("https://a.example/meta", "text/html", japanese)
        .with("https://a.example/mark", "text/plain; charset=utf-8", utf16);
    for (url, expect) in
        [("header", "größer"), ("nothing", "größer"), ("utf8", "größer"), ("meta", "日本語"), ("mark", "größer")]
    {
        assert_eq!(read(&web, &format!("https://a.example/{url}"), Part::Whole).text, expect, "{url}");
    }
}

#[test]
fn what_is_no_text_is_told_with_its_type_and_size() {
    let web = Web::default().with("https://a.example/cat", "image/png", vec![0x89; 70_000]).answering(
        "https://a.example/unnamed",
        200,
        &[],
        vec![0; 10],
    );
    for (url, word) in [("cat", "`image/png` of 70000 bytes"), ("unnamed", "`application/octet-stream` of 10 bytes")] {
        let error = get_text(&web, &format!("https://a.example/{url}"), Part::Article, None, None).expect_err(url);
        assert!(matches!(&error, Error::Failed(why) if why.contains(word)), "{error:?}");
    }
    let answer = request(&web, "get".into(), "https://a.example/cat", vec![], None, None).expect("it answers");
    assert!(matches!(answer.body, Body::Binary(70_000)));
}

#[test]
fn an_error_page_is_an_answer_with_its_status() {
    let web = Web::default().answering(
        "https://a.example/gone",
        404,
        &[("content-type", "text/html")],
        "<title>Gone</title><p>There is nothing here.",
    );
    let page = read(&web, "https://a.example/gone", Part::Article);
    assert_eq!(page.status, 404);
    assert!(page.text.contains("There is nothing here."), "{}", page.text);
    let error = get_text(&web, "https://nowhere.example/", Part::Article, None, None).expect_err("nobody is there");
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[test]
fn what_is_too_large_is_refused_and_closed() {
    let web = Web::default().answering("https://a.example/told", 200, &[("Content-Length", "99999999")], "x").with(
        "https://a.example/untold",
        "text/plain",
        vec![b'x'; 5 << 20],
    );
    for url in ["https://a.example/told", "https://a.example/untold"] {
        let (limit, detail) = exhausted(get_text(&web, url, Part::Article, None, None).expect_err(url));
        assert_eq!(limit, "answer-size");
        assert!(detail.contains("4194304"), "{detail}");
        assert_eq!(web.open(), 0);
    }
}

#[test]
fn a_pointer_leads_into_a_document() {
    let url = "https://api.example/list";
    let web = Web::default().with(url, "application/json", r#"{"items":[{"name":"oak","a/b":1}],"total":1}"#);
    let get = |pointer: &str| get_json(&web, url, pointer);
    assert_eq!(get("/items/0/name").expect("it is there").value, "\"oak\"");
    assert_eq!(get("/items/0/a~1b").expect("it is there").value, "1");
    assert!(get("").expect("it is there").value.starts_with("{\"items\""));
    let error = get("/items/0/size/x").expect_err("it is not there");
    assert!(
        matches!(&error, Error::NotFound(why) if why.contains("`/items/0` is an object with `name`, `a/b`")),
        "{error:?}"
    );
    let error = get("/items/3").expect_err("it is not there");
    assert!(matches!(&error, Error::NotFound(why) if why.contains("`/items` is a list of 1 items")), "{error:?}");
    assert!(
        matches!(get("items").expect_err("no pointer"), Error::Invalid(why) if why.contains("begins with a slash"))
    );
}

#[test]
fn a_large_value_is_described_instead() {
    let rows: Vec<String> = (0..9_000).map(|n| format!("{{\"n\":{n}}}")).collect();
    let body = format!("{{\"rows\":[{}],\"took\":3}}", rows.join(","));
    let web = Web::default().with("https://api.example/rows", "application/json", body);
    let (limit, detail) = exhausted(get_json(&web, "https://api.example/rows", "").expect_err("it is large"));
    assert_eq!(limit, "value-size");
    assert!(detail.contains("the document is an object with `rows`, `took`"), "{detail}");
    let (_, detail) = exhausted(get_json(&web, "https://api.example/rows", "/rows").expect_err("it is large"));
    assert!(detail.contains("`/rows` is a list of 9000 items, from `/rows/0` on"), "{detail}");
    assert_eq!(get_json(&web, "https://api.example/rows", "/rows/8999/n").expect("it is small").value, "8999");
}

#[test]
fn what_is_no_json_says_how_it_begins() {
    let web =
        Web::default().answering("https://api.example/", 502, &[("content-type", "text/html")], "<h1>Bad gateway");
    let error = get_json(&web, "https://api.example/", "").expect_err("it is none");
    assert!(
        matches!(&error, Error::Failed(why) if why.contains("status 502") && why.contains("<h1>Bad gateway")),
        "{error:?}"
    );
}

#[test]
fn a_request_is_sent_as_it_was_asked_for() {
    let web = Web::default().answering("https://api.example/notes", 201, &[("Location", "/notes/7")], "{\"id\":7}");
    let header = Header { name: "Authorization".into(), value: "Bearer {{secret:notes-key}}".into() };
    let body = Some("{\"text\":\"größer\"}".to_owned());
    let answer =
        request(&web, "post".into(), "https://api.example/notes", vec![header], body, None).expect("it answers");
    assert_eq!(answer.status, 201);
    assert!(matches!(&answer.body, Body::Text(text) if text == "{\"id\":7}"));
    assert!(answer.headers.iter().any(|h| h.name == "Location" && h.value == "/notes/7"));
    let sent = web.sent.borrow();
    assert_eq!((sent[0].method.as_str(), sent[0].url.as_str()), ("POST", "https://api.example/notes"));
    assert_eq!(sent[0].headers[0].value, "Bearer {{secret:notes-key}}");
    assert_eq!(sent[0].body, "{\"text\":\"größer\"}".as_bytes());
}

#[test]
fn a_page_nested_without_end_is_refused_and_does_not_crash() {
    // As much stack as an instance has.
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let work = || {
        for tag in ["div", "blockquote", "ul><li", "b", "table><tr><td"] {
            let html = format!("<{tag}>").repeat(3_000) + "deep";
            let web = Web::default().with("https://a.example/", "text/html", html);
            let page = get_text(&web, "https://a.example/", Part::Article, None, None);
            assert!(page.is_err() || page.is_ok_and(|page| page.text.contains("deep")), "{tag}");
        }
        // The deepest that is taken.
        let html = "<blockquote>".repeat(240) + "<p>deep</p>";
        let web = Web::default().with("https://a.example/", "text/html", html);
        get_text(&web, "https://a.example/", Part::Whole, None, None).expect("it reads");
    };
    small.spawn(work).expect("a thread starts").join().expect("it does not crash");
}

proptest! {
    #[test]
    fn no_page_makes_it_panic(html in "(<(/?)(p|a|table|td|ul|li|h1|pre|img|title|base|b)( href=\"[a-z:/#?]{0,9}\")?>|[a-z \\n&;<]{0,9}){0,60}") {
        let web = Web::default().with("https://a.example/", "text/html", html);
        for part in [Part::Article, Part::Whole] {
            get_text(&web, "https://a.example/", part, None, None).expect("it reads");
        }
    }

    #[test]
    fn pieces_are_whole_characters_and_lose_none(text in "[aé日\\n]{0,200}", most in 1u32..50) {
        let (mut read, mut start) = (String::new(), Some(0));
        while let Some(from) = start {
            let piece = piece::cut(&text, from, most).expect("a piece");
            prop_assert!(piece.text.chars().count() <= most as usize);
            read += piece.text;
            start = piece.next;
        }
        prop_assert_eq!(read, text);
    }
}
