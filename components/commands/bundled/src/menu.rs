//! What commands there are, and what each takes.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One word, or several in double quotes.
    Word,
    /// A whole number.
    Number,
    /// All that is left of the line.
    Rest,
}

/// Something that a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Its name, without the slash.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
}

const fn parameter(name: &'static str, summary: &'static str, kind: Kind, optional: bool) -> Parameter {
    Parameter { name, summary, kind, optional }
}

/// All of them.
pub const ALL: [Usage; 11] = [
    Usage {
        name: "help",
        summary: "Say what can be said with a slash, or what one command takes.",
        parameters: &[parameter("command", "the command, with or without its slash", Kind::Word, true)],
    },
    Usage {
        name: "remember",
        summary: "Remember a fact, word for word.",
        parameters: &[parameter("text", "one statement that can be understood by itself", Kind::Rest, false)],
    },
    Usage {
        name: "recall",
        summary: "Look into the memory: what fits the words, or what is newest.",
        parameters: &[parameter("words", "plain words, as you would ask", Kind::Rest, true)],
    },
    Usage {
        name: "forget",
        summary: "Forget one memory for good, by its id; by words it only shows which there are.",
        parameters: &[parameter("what", "a memory's id, or words to find it by", Kind::Rest, false)],
    },
    Usage {
        name: "lesson",
        summary: "Put something right: what was wrong, then what is right.",
        parameters: &[
            parameter(
                "wrong",
                "what was wrong, in double quotes, or the id of the memory that was wrong",
                Kind::Word,
                false,
            ),
            parameter("right", "what is right", Kind::Rest, false),
        ],
    },
    Usage { name: "tools", summary: "List the tools that this agent may call.", parameters: &[] },
    Usage { name: "grants", summary: "List what this agent is granted.", parameters: &[] },
    Usage {
        name: "model",
        summary: "Say which model this agent thinks with, and how another is chosen.",
        parameters: &[parameter("name", "the model that you would rather have", Kind::Word, true)],
    },
    Usage { name: "new", summary: "Begin a new conversation; what is remembered stays.", parameters: &[] },
    Usage { name: "stats", summary: "Count what this agent did today, and what it remembers.", parameters: &[] },
    Usage {
        name: "export",
        summary: "Write out this conversation's newest exchanges, as Markdown.",
        parameters: &[parameter(
            "exchanges",
            "how many: 1 to 100, all that there are of these when left out",
            Kind::Number,
            true,
        )],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_last_and_nothing_needed_comes_after_what_may_be_left_out() {
        for usage in ALL {
            for (at, parameter) in usage.parameters.iter().enumerate() {
                assert!(parameter.kind != Kind::Rest || at + 1 == usage.parameters.len(), "{}", usage.name);
                let before = usage.parameters[..at].iter().any(|before| before.optional);
                assert!(!before || parameter.optional, "{}", usage.name);
                assert!(parameter.summary.len() <= 256 && usage.summary.len() <= 256);
            }
        }
    }
}
