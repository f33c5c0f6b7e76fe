//! Lists that grow, a page at a time: each page says by which cursor the next one is asked for.
//!
//! A cursor is opaque, and only this service makes one. It holds what the last items of a page were, not how many came before: what comes
//! or goes meanwhile is neither told twice nor left out.

use super::answer::Refusal;
use super::routes::App;
use crate::desk::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many items a page has at most, and how many where nothing is said.
pub(crate) const MOST: u32 = 1000;
const USUAL: u32 = 100;
/// So many of a page's last items are in its cursor: the list can be gone on with as long as one of them is there.
const ANCHORS: usize = 8;
/// Bytes of an item's print, and of a cursor's seal.
const PRINT: usize = 8;
const SEAL: usize = 16;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Page<T> {
    /// What is on it, in the order of the list.
    pub(crate) items: Vec<T>,
    /// By what the next page is asked for, as `cursor`; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// At most so many items: 1 to 1,000; 100 when absent.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<u32>,
    /// The `next` of the page before; the first page when absent.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
}

impl Which {
    /// How many items.
    fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::invalid(format!("`limit` is {limit}")).hint(format!("ask for 1 to {MOST}")));
        }
        Ok(limit as usize)
    }
}

/// A page of a list that the desk gives as a whole. `list` says which list it is, with all that narrows it; `key` tells its items apart.
pub(crate) fn of<T>(
    app: &App,
    list: &str,
    which: &Which,
    all: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Refusal> {
    let limit = which.limit()?;
    let print = |item: &T| -> [u8; PRINT] {
        let mut print = [0; PRINT];
        print.copy_from_slice(&blake3::hash(key(item).as_bytes()).as_bytes()[..PRINT]);
        print
    };
    let begin = match &which.cursor {
        None => 0,
        Some(cursor) => {
            let held = opened(app, list, cursor)?;
            let anchors: Vec<&[u8]> = held.chunks(PRINT).collect();
            let last = all.iter().rposition(|item| anchors.contains(&&print(item)[..]));
            last.map(|at| at + 1).ok_or_else(|| {
                Problem::invalid("what was on the page before this `cursor` is all gone").hint("begin the list anew")
            })?
        }
    };
    let count = all.len();
    let items: Vec<T> = all.into_iter().skip(begin).take(limit).collect();
    let is_last = begin + items.len() >= count;
    let anchors: Vec<u8> = items[items.len().saturating_sub(ANCHORS)..].iter().flat_map(print).collect();
    let next = (!is_last).then(|| sealed(app, list, &anchors));
    Ok(Page { items, next })
}

/// A cursor that holds this.
pub(crate) fn sealed(app: &App, list: &str, held: &[u8]) -> String {
    hex::encode([held, &seal(app, list, held)[..]].concat())
}

/// What a cursor of this list holds.
pub(crate) fn opened(app: &App, list: &str, cursor: &str) -> Result<Vec<u8>, Problem> {
    let wrong = || {
        Problem::invalid("the `cursor` is none of this list's, or of another service")
            .hint("send the `next` of the page before, with the same query; leave it out to begin")
    };
    let most = 2 * (ANCHORS * PRINT + SEAL);
    let bytes = (cursor.len() <= most).then(|| hex::decode(cursor).ok()).flatten().ok_or_else(wrong)?;
    let (held, shown) = bytes.split_at_checked(bytes.len().saturating_sub(SEAL)).ok_or_else(wrong)?;
    if !constant_time_eq::constant_time_eq(shown, &seal(app, list, held)) {
        return Err(wrong());
    }
    Ok(held.to_vec())
}

fn seal(app: &App, list: &str, held: &[u8]) -> [u8; SEAL] {
    let mut hasher = blake3::Hasher::new_keyed(&app.gate.cursor_key());
    hasher.update(&(list.len() as u64).to_le_bytes()).update(list.as_bytes()).update(held);
    let mut seal = [0; SEAL];
    seal.copy_from_slice(&hasher.finalize().as_bytes()[..SEAL]);
    seal
}
