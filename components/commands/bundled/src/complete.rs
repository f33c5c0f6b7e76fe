//! What could be meant by what is typed of a value.

use crate::memories::look;
use crate::outside::{Outside, Trouble};
use crate::words::{id, line};

/// The most candidates.
const MOST: usize = 50;
/// Characters of what is said of one.
const CHARACTERS: usize = 60;

/// Values with what each is, the likeliest first.
///
/// # Errors
/// What the calls came to.
pub fn complete<O: Outside>(
    outside: &mut O,
    command: &str,
    parameter: &str,
    typed: &str,
) -> Result<Vec<(String, String)>, Trouble<O::Error>> {
    let typed = typed.trim();
    match (command, parameter) {
        ("help", "command") => {
            let typed = typed.trim_start_matches('/');
            let commands = outside.commands().map_err(Trouble::Call)?.into_iter();
            let commands = commands.map(|c| (c.call.trim_start_matches('/').to_owned(), line(&c.summary, CHARACTERS)));
            Ok(commands.filter(|(call, _)| call.starts_with(typed)).take(MOST).collect())
        }
        // Nobody types an id: words find it.
        ("forget", "what") | ("lesson", "wrong") if id(typed).is_none() => {
            let found = look(outside, typed)?.into_iter().filter(|memory| command != "lesson" || memory.kind == "fact");
            Ok(found.take(MOST).map(|memory| (memory.id, line(&memory.text, CHARACTERS))).collect())
        }
        _ => Ok(vec![]),
    }
}
