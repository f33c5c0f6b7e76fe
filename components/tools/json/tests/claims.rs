//! What the tool claims: values and where they are, errors that say what would be right, bounds on all that is hostile.

use loket_json::{Layout, format, outline, query};
use proptest::prelude::*;

const SHOP: &str = r#"{
    "name": "corner",
    "items": [
        { "name": "tea", "price": 3, "tags": ["hot", "leaf"] },
        { "name": "milk", "price": 1.5 },
        { "name": "it's \\ odd", "price": 120, "tags": [] }
    ]
}"#;

#[track_caller]
fn check(path: &str, expect: &[(&str, &str)]) {
    let found = query(SHOP, path, 0, None).unwrap_or_else(|why| panic!("`{path}`: {why}"));
    let found: Vec<_> = found.values.iter().map(|f| (f.path.as_str(), f.value.as_str())).collect();
    assert_eq!(found, expect, "{path}");
}

#[track_caller]
fn refuse(json: &str, path: &str, expect: &str) {
    let why = query(json, path, 0, None).expect_err(path);
    assert!(why.contains(expect), "`{path}` said: {why}");
}

#[test]
fn a_path_finds_values_and_tells_where_they_are() {
    check("$.name", &[("$['name']", "\"corner\"")]);
    check("$.items[0].price", &[("$['items'][0]['price']", "3")]);
    check("$.items[-1].tags", &[("$['items'][2]['tags']", "[]")]);
    check(
        "$..price",
        &[("$['items'][0]['price']", "3"), ("$['items'][1]['price']", "1.5"), ("$['items'][2]['price']", "120")],
    );
    check("$.items[?@.price > 100].name", &[("$['items'][2]['name']", r#""it's \\ odd""#)]);
    check("$.items[?length(@.tags) == 2].name", &[("$['items'][0]['name']", "\"tea\"")]);
    check("$.nothing", &[]);
}

#[test]
fn many_values_come_in_pages_that_miss_none_and_repeat_none() {
    let json = format!("[{}]", (0..1234).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let (mut start, mut all) = (0, Vec::new());
    loop {
        let page = query(&json, "$[*]", start, Some(500)).expect("it is JSON");
        assert_eq!(page.total, 1234);
        all.extend(page.values.into_iter().map(|found| found.value));
        match page.next {
            Some(next) => start = next,
            None => break,
        }
    }
    assert_eq!(all, (0..1234).map(|n| n.to_string()).collect::<Vec<_>>());
    let why = query(&json, "$[*]", 1234, None).expect_err("there is no more");
    assert!(why.contains("begin with 0"), "{why}");
}

#[test]
fn long_values_are_cut_and_a_page_has_so_many_bytes() {
    let json = format!("[{}]", vec![format!("\"{}\"", "ä".repeat(9_000)); 12].join(","));
    let page = query(&json, "$[*]", 0, None).expect("it is JSON");
    assert!(page.values.len() < 12 && page.next.is_some(), "{} values", page.values.len());
    let json = format!("[\"{}\"]", "ä".repeat(12_000));
    let page = query(&json, "$", 0, None).expect("it is JSON");
    assert!(page.values[0].value.ends_with('…') && page.values[0].value.chars().count() == 10_001);
}

#[test]
fn an_outline_tells_members_types_and_counts() {
    let told = outline(SHOP, "$").expect("it is JSON");
    let expect = "$: object with 2 members\n  .name: text \"corner\"\n  .items: list of 3\n    [*]: object\n      .name: text\n      \
                  .price: whole number or number\n      .tags (in 2 of 3): list\n        [*]: text";
    assert_eq!(told, expect);
    assert!(outline(SHOP, "$.items[*]").expect_err("three").contains("leads to 3 values"));
    assert!(outline(SHOP, "$.nothing").expect_err("none").contains("leads nowhere"));
    let wide = format!("{{{}}}", (0..500).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(","));
    let told = outline(&wide, "$").expect("it is JSON");
    assert!(told.lines().count() == 201 && told.ends_with("with `path`"), "{told}");
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    refuse("{\"a\": }", "$", "line 1 column 7");
    refuse("", "$", "pass the document itself");
    refuse("<html>", "$", "error page");
    refuse("{'a': 1}", "$", "no JSON");
    refuse("data.json", "$", "not its name");
    refuse("{}", "items", "begins with `$`");
    refuse("{}", "$.items[", "at character");
    refuse("{}", "$[?match(@.a, 'x')]", "no JSONPath");
    assert!(query("{}", "$", 0, Some(0)).expect_err("none").contains("1 to 500"));
    assert!(query("{}", "$", 0, Some(501)).expect_err("too many").contains("`next`"));
}

#[test]
fn hostile_documents_and_paths_end_in_an_error_and_soon() {
    let begun = std::time::Instant::now();
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    refuse(&deep(200_000 / 2), "$", "recursion limit");
    refuse(&" ".repeat(300 << 10), "$", "at most 262144 are read");
    let wide = format!("[{}]", vec!["[[[[1]]]]"; 20_000].join(","));
    refuse(&wide, "$..*..*..*..*", "too much work");
    refuse(&wide, "$[?count($..*) > 1]", "too much work");
    refuse(&wide, "$[?@[?@[?@..*]]]", "too much work");
    refuse(&wide, &format!("${}", "[0,0,0,0,0,0,0,0,0,0]".repeat(12)), "too much work");
    refuse("[]", &format!("$[?{}@.a{}]", "(".repeat(100), ")".repeat(100)), "nest deeper");
    refuse("[]", &format!("$[?{}@.a]", "!".repeat(400)), "no JSONPath");
    refuse("[]", &format!("${}", ".a".repeat(400)), "may have 500");
    // Deep and dense, with the dearest paths that pass.
    for path in ["$..*", "$..[?@.a == 1]", "$[?@.a]", "$..[0,1,2]"] {
        let _ = query(&deep(127), path, 0, None);
        let _ = query(&wide, path, 0, None);
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn laying_out_anew_is_bounded() {
    assert_eq!(format("{ \"a\" : [1,2] }", Layout::Compact).as_deref(), Ok("{\"a\":[1,2]}"));
    assert_eq!(format("{\"a\":1}", Layout::Indented).as_deref(), Ok("{\n  \"a\": 1\n}"));
    let nested = format!("{}{}{}", "[".repeat(120), vec!["0"; 20_000].join(","), "]".repeat(120));
    assert!(format(&nested, Layout::Indented).expect_err("too long").contains("use `compact`"));
}

proptest! {
    #[test]
    fn no_input_panics(json in "\\PC{0,60}", path in "\\PC{0,40}") {
        drop(query(&json, &path, 0, None));
        drop(outline(&json, &path));
    }

    #[test]
    fn nothing_that_looks_like_a_path_panics(path in "[$]([.*a-c]|\\[|\\]|\\(|\\)|[?@,:'0-9<>=&|!-]){0,60}") {
        drop(query(SHOP, &path, 0, None));
    }

    #[test]
    fn every_value_is_found_again_at_the_place_that_was_told(names in proptest::collection::vec("\\PC{0,8}|[\\x00-\\x1f'\"\\\\]{1,4}", 1..8)) {
        let members: serde_json::Map<_, _> = names.iter().enumerate().map(|(n, name)| (name.clone(), n.into())).collect();
        let json = serde_json::json!({ "all": members }).to_string();
        for found in query(&json, "$..*", 0, None).expect("it is JSON").values {
            let again = query(&json, &found.path, 0, None).unwrap_or_else(|why| panic!("{}: {why}", found.path));
            prop_assert_eq!(&again.values[0].value, &found.value);
            prop_assert_eq!(again.total, 1);
        }
    }

    #[test]
    fn laid_out_anew_it_is_the_same_document(numbers in proptest::collection::vec(any::<i64>(), 0..20)) {
        let json = serde_json::json!({ "n": numbers, "s": "é\n" }).to_string();
        let wide = format(&json, Layout::Indented).expect("it is JSON");
        prop_assert_eq!(format(&wide, Layout::Compact), Ok(json));
    }
}
