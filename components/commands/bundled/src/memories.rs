//! Commands about the memory.

use crate::outside::{Memory, Outside, Query, Trouble};
use crate::run::Order;
use crate::words::{day, id, line};

/// Memories that are shown.
const SHOWN: u32 = 12;
/// Characters of each.
const CHARACTERS: usize = 200;
/// The longest text that a memory may hold, in bytes (the contract's limit).
const MEMORY: usize = 64 * 1024;
/// The longest query, in bytes (the contract's limit).
const QUERY: usize = 8 * 1024;

type Text<O> = Result<String, Trouble<<O as Outside>::Error>>;

/// `/remember text`
pub fn remember<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let text = order.needed("text")?;
    if text.len() > MEMORY {
        return Err(Trouble::Invalid(format!("a memory may have {MEMORY} bytes, and this has {}", text.len())));
    }
    let id = outside.remember(text, &order.conversation).map_err(Trouble::Call)?;
    Ok(format!("Remembered: “{}” ({id})", line(text, CHARACTERS)))
}

/// `/recall [words]`
pub fn recall<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let words = order.value("words").unwrap_or_default();
    let found = look(outside, words)?;
    Ok(match (found.is_empty(), words) {
        (true, "") => "Nothing is remembered yet.".into(),
        (true, words) => format!("Nothing is remembered about “{}”.", line(words, 80)),
        (false, _) => lines(&found),
    })
}

/// `/forget what`
pub fn forget<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let what = order.needed("what")?;
    let Some(id) = id(what) else {
        let found = look(outside, what)?;
        return Ok(match found.is_empty() {
            true => format!("Nothing is remembered about “{}”, so there is nothing to forget.", line(what, 80)),
            false => format!("Which of these? Say `/forget` with its id.\n{}", lines(&found)),
        });
    };
    let Some(memory) = outside.get(id).map_err(Trouble::Call)? else {
        return Err(Trouble::NotFound(format!("there is no memory `{id}`; `/recall` shows those that there are")));
    };
    outside.forget(id).map_err(Trouble::Call)?;
    let mut gone = 1;
    // Exchanges in which the same words were said would keep what is to be forgotten.
    let words = memory.text.trim().to_lowercase();
    let query = Query { text: cut(&words).into(), episodes: true, limit: 100, ..Query::default() };
    for echo in outside.recall(&query).map_err(Trouble::Call)? {
        if echo.id != id && echo.text.to_lowercase().contains(&words) {
            outside.forget(&echo.id).map_err(Trouble::Call)?;
            gone += 1;
        }
    }
    let said = match gone {
        1 => String::new(),
        2 => " With it went one exchange in which it was said.".into(),
        many => format!(" With it went {} exchanges in which it was said.", many - 1),
    };
    Ok(format!("Forgotten: “{}”.{said}", line(&memory.text, CHARACTERS)))
}

/// `/lesson wrong right`
pub fn lesson<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let (wrong, right) = (order.needed("wrong")?, order.needed("right")?);
    if wrong.len() > MEMORY || right.len() > MEMORY {
        return Err(Trouble::Invalid(format!("each part of a lesson may have {MEMORY} bytes")));
    }
    let id = outside.correct(wrong, right).map_err(Trouble::Call)?;
    Ok(format!("Learned: “{}” ({id})", line(right, CHARACTERS)))
}

/// `/export [exchanges]`
pub fn export<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let many = match order.value("exchanges").map(str::parse::<u32>) {
        None => 100,
        Some(Ok(many)) if (1..=100).contains(&many) => many,
        Some(_) => return Err(Trouble::Invalid("`exchanges` is 1 to 100".into())),
    };
    let conversation = Some(order.conversation.clone());
    let query = Query { text: String::new(), episodes: true, conversation, limit: many };
    let mut exchanges = outside.recall(&query).map_err(Trouble::Call)?;
    if exchanges.is_empty() {
        return Ok("Nothing was said in this conversation yet.".into());
    }
    exchanges.reverse();
    let mut text = format!("# A conversation with {}\n", order.agent);
    for exchange in &exchanges {
        let halves = exchange.text.strip_prefix("asked: ").and_then(|rest| rest.split_once("\nanswered: "));
        match halves {
            Some((asked, answered)) => text.push_str(&format!(
                "\n## {}\n\n{}\n\n{answered}\n",
                day(exchange.written),
                asked.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
            )),
            None => text.push_str(&format!("\n## {}\n\n{}\n", day(exchange.written), exchange.text)),
        }
    }
    Ok(text)
}

/// What fits some words, or what is newest.
pub(crate) fn look<O: Outside>(outside: &mut O, words: &str) -> Result<Vec<Memory>, Trouble<O::Error>> {
    let query = Query { text: cut(words).into(), limit: SHOWN, ..Query::default() };
    outside.recall(&query).map_err(Trouble::Call)
}

fn lines(found: &[Memory]) -> String {
    let lines = found.iter().map(|memory| {
        format!("- {} {} “{}” ({})", memory.kind, day(memory.written), line(&memory.text, CHARACTERS), memory.id)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The longest beginning that a query takes.
fn cut(words: &str) -> &str {
    let end = (0..=QUERY.min(words.len())).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
    &words[..end]
}
