//! One run of a command.

use crate::menu::ALL;
use crate::outside::{Outside, Trouble};
use crate::{memories, tellings};

/// What was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// The command.
    pub name: String,
    /// Parameters with their values.
    pub arguments: Vec<(String, String)>,
    /// The agent that is spoken to.
    pub agent: String,
    /// The conversation.
    pub conversation: String,
}

impl Order {
    /// A value, where one was given.
    pub fn value(&self, name: &str) -> Option<&str> {
        let given = self.arguments.iter().find(|(parameter, _)| parameter == name);
        given.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub fn needed<E>(&self, name: &str) -> Result<&str, Trouble<E>> {
        self.value(name).ok_or_else(|| Trouble::Invalid(format!("`/{}` needs `{name}`", self.name)))
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What is shown.
    pub text: String,
    /// Whether a new conversation begins.
    pub fresh: bool,
}

/// The longest text that is shown, in bytes: below what the contract takes.
const MOST_TEXT: usize = 128 * 1024;

/// Run a command.
///
/// # Errors
/// `NotFound` for one that there is not, `Invalid` for values that make no sense, and what its calls came to.
pub fn run<O: Outside>(outside: &mut O, order: &Order) -> Result<Outcome, Trouble<O::Error>> {
    let text = match order.name.as_str() {
        "help" => tellings::help(outside, order),
        "remember" => memories::remember(outside, order),
        "recall" => memories::recall(outside, order),
        "forget" => memories::forget(outside, order),
        "lesson" => memories::lesson(outside, order),
        "export" => memories::export(outside, order),
        "tools" => tellings::tools(outside),
        "grants" => tellings::grants(outside),
        "model" => tellings::model(outside, order),
        "stats" => tellings::stats(outside),
        "new" => {
            return Ok(Outcome { text: "A new conversation begins. What is remembered stays.".into(), fresh: true });
        }
        other => {
            let names: Vec<_> = ALL.iter().map(|usage| usage.name).collect();
            let other: String = other.chars().take(40).collect();
            Err(Trouble::NotFound(format!("there is no command `{other}` here; there are: {}", names.join(", "))))
        }
    };
    text.map(|mut text| {
        if text.len() > MOST_TEXT {
            let end = (0..=MOST_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
            text.push_str("\n(there is more than can be shown)");
        }
        Outcome { text, fresh: false }
    })
}
