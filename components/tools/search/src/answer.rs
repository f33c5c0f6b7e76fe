//! What came back: a stranger's JSON, of which is taken what is understood, each text on one line and cut.

use crate::{Error, Findings, Hit};
use serde::Deserialize;
use serde_json::Value;

/// How many pages are told.
const HITS: usize = 20;
/// How many answers and suggestions are told.
const FEW: usize = 5;
/// How many characters a title has, and an answer or snippet.
const TITLE: usize = 200;
const WIDE: usize = 500;
/// How many bytes an address has.
const ADDRESS: usize = 2_000;

#[derive(Deserialize)]
struct Answer {
    results: Vec<Value>,
    #[serde(default)]
    answers: Vec<Value>,
    #[serde(default)]
    suggestions: Vec<Value>,
}

/// Reads an answer to a question for a page of results.
///
/// # Errors
/// `failed` for what is no answer of SearXNG's.
pub fn read(body: &[u8], page: u32) -> Result<Findings, Error> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| {
        let hint = match body.trim_ascii_start().first() {
            Some(b'<') => {
                "it is HTML: the server's owner allows JSON with `search: formats: [html, json]` in its `settings.yml`"
            }
            _ => "perhaps `url` is not where a SearXNG is",
        };
        Error::Failed(format!("the server's answer is none of SearXNG's: {error}; {hint}"))
    })?;
    let mut hits: Vec<Hit> = Vec::new();
    for result in &answer.results {
        if hits.len() == HITS {
            break;
        }
        if let Some(hit) = hit(result)
            && hits.iter().all(|known| known.url != hit.url)
        {
            hits.push(hit);
        }
    }
    let words = |values: &[Value]| -> Vec<String> {
        // An answer is a text, or in newer versions an object that has one.
        let text =
            |value: &Value| value.as_str().or_else(|| value.get("answer")?.as_str()).map(|text| line(text, WIDE));
        values.iter().filter_map(text).filter(|text| !text.is_empty()).take(FEW).collect()
    };
    let next = (!hits.is_empty()).then_some(page.saturating_add(1));
    Ok(Findings { answers: words(&answer.answers), suggestions: words(&answer.suggestions), hits, next })
}

fn hit(result: &Value) -> Option<Hit> {
    let text = |key: &str| result.get(key).and_then(Value::as_str);
    let url = text("url")?;
    // What is no page of the web cannot be read, and may be meant to do something else.
    let page = url.starts_with("https://") || url.starts_with("http://");
    if !page || url.len() > ADDRESS || url.contains(|sign: char| sign.is_whitespace() || sign.is_control()) {
        return None;
    }
    Some(Hit {
        title: line(text("title").unwrap_or_default(), TITLE),
        url: url.to_owned(),
        snippet: line(text("content").unwrap_or_default(), WIDE),
        published: text("publishedDate").map(|date| line(date, 40)).filter(|date| !date.is_empty()),
    })
}

/// A text on one line, cut where it is long.
fn line(text: &str, most: usize) -> String {
    // No more is looked at than can be told: what is between words may be long as well.
    let bounded: String = text.chars().take(most * 4).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let words: Vec<&str> = bounded.split_whitespace().collect();
    let whole = words.join(" ");
    match whole.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}
