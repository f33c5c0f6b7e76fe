//! HTML into Markdown: the article of a page, or all of it.

use crate::{Error, Part};
use dom_query::Document;
use dom_smoothie::{Config, Readability, TextMode};
use url::Url;

/// The deepest nesting that is read: pages have some 30 levels, and the work on them is recursive.
const DEEPEST: usize = 256;
/// What is no text of a page.
const SKIPPED: [&str; 9] = ["script", "style", "meta", "head", "noscript", "template", "svg", "iframe", "object"];
/// An article with fewer characters than this share of the page is taken for a wrong guess: 1 in so many.
const SHARE: usize = 20;

/// A page's title, and its text as Markdown.
///
/// # Errors
/// `failed` for a page that is nested too deeply.
pub fn read(html: &str, url: &str, part: Part) -> Result<(Option<String>, String), Error> {
    let document = Document::from(html);
    check(&document, url)?;
    let title = document.select_single("title").text().trim().to_owned();
    let title = Some(title).filter(|title| !title.is_empty());
    absolute(&document, url);
    let whole = tidy(&document.md(Some(&SKIPPED)));
    if part == Part::Whole {
        return Ok((title, whole));
    }
    match article(document) {
        Some((better, text)) if text.len() >= whole.len() / SHARE && !text.is_empty() => Ok((better.or(title), text)),
        _ => Ok((title, whole)),
    }
}

fn article(document: Document) -> Option<(Option<String>, String)> {
    let config = Config { text_mode: TextMode::Markdown, ..Config::default() };
    let article = Readability::with_document(document, None, Some(config)).ok()?.parse().ok()?;
    Some((Some(article.title).filter(|title| !title.is_empty()), tidy(&article.text_content)))
}

/// Refuses what would need a deeper stack than an instance has.
fn check(document: &Document, url: &str) -> Result<(), Error> {
    let mut level = vec![document.root()];
    for _ in 0..DEEPEST {
        level = level.iter().flat_map(|node| node.children_it(false)).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(Error::Failed(format!(
        "the page `{url}` nests its elements deeper than {DEEPEST} levels, and was not read: get it raw with `request`"
    )))
}

/// Makes the addresses in a page whole, so that what is read can be followed.
fn absolute(document: &Document, url: &str) {
    let Ok(mut base) = Url::parse(url) else { return };
    if let Some(own) = document.base_uri().and_then(|own| base.join(&own).ok()) {
        base = own;
    }
    for (elements, attribute) in [("a[href]", "href"), ("img[src]", "src")] {
        for element in document.select(elements).nodes() {
            let target = element.attr_or(attribute, "");
            match base.join(target.trim()) {
                // A picture that lies in the page itself has no words.
                Ok(whole) if whole.scheme() == "data" => element.remove_attr(attribute),
                Ok(whole) => element.set_attr(attribute, whole.as_str()),
                Err(_) => {}
            }
        }
    }
}

/// Without white space at the ends of lines, and with one empty line where there were several.
fn tidy(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut empty = true;
    for line in markdown.lines().map(str::trim_end) {
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        text.push_str(line);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}
