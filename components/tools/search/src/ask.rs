//! A question as an address.

use crate::settings::Settings;
use crate::{Age, Category, Error};
use form_urlencoded::Serializer;

/// How many characters a query may have.
const LONGEST: usize = 500;
/// The last page that is asked for.
const LAST: u32 = 50;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The words.
    pub query: String,
    /// What kind of pages.
    pub category: Option<Category>,
    /// In which language.
    pub language: Option<String>,
    /// How old they may be.
    pub age: Option<Age>,
    /// Which page of results, from 1.
    pub page: Option<u32>,
}

/// The address that asks it.
///
/// # Errors
/// `invalid`, with what would be right.
pub fn url(settings: &Settings, question: &Question) -> Result<String, Error> {
    let query = question.query.trim();
    let count = query.chars().count();
    if count == 0 {
        return Err(Error::Invalid("`query` has no words: say what to look for".into()));
    }
    if count > LONGEST {
        return Err(Error::Invalid(format!(
            "`query` has {count} characters, and may have {LONGEST}: search with fewer words"
        )));
    }
    let page = question.page.unwrap_or(1);
    if !(1..=LAST).contains(&page) {
        return Err(Error::Invalid(format!(
            "`page` is {page}: it is from 1 to {LAST}; search with other words instead"
        )));
    }
    let mut pairs = Serializer::new(String::new());
    pairs.append_pair("q", query).append_pair("format", "json").append_pair("pageno", &page.to_string());
    if let Some(category) = question.category {
        pairs.append_pair("categories", categories(category));
    }
    if let Some(language) = question.language.as_deref().map(str::trim).filter(|language| !language.is_empty()) {
        let good = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
        if language.len() > 16 || !language.chars().all(good) {
            let shown: String = language.chars().take(20).flat_map(char::escape_debug).collect();
            return Err(Error::Invalid(format!("`{shown}` is no language: write `en` or `de-CH`, or leave it out")));
        }
        pairs.append_pair("language", language);
    }
    if let Some(age) = question.age {
        pairs.append_pair("time_range", range(age));
    }
    Ok(format!("{}/search?{}", settings.url, pairs.finish()))
}

fn categories(category: Category) -> &'static str {
    match category {
        Category::General => "general",
        Category::News => "news",
        Category::Science => "science",
        Category::It => "it",
        Category::Files => "files",
        Category::Images => "images",
        Category::Videos => "videos",
    }
}

fn range(age: Age) -> &'static str {
    match age {
        Age::Day => "day",
        Age::Month => "month",
        Age::Year => "year",
    }
}
