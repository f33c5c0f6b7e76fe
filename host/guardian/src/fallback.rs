//! `[fallback]` of an `agent.toml`: what the agent thinks with when its model cannot answer, and what else is to be said of several models.

use crate::models::ModelChoice;
use crate::reader::{Problems, Section};
use loket_registry::name::shown;

/// How many models may stand behind the first.
pub const MAX_FALLBACKS: usize = 8;

/// What an agent thinks with besides its model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fallback {
    /// The models behind the first, in the order in which they are tried.
    pub models: Vec<ModelChoice>,
    /// Whether one is asked after the other, or all at once.
    pub order: Order,
    /// For how long an agent stays with the model that answered.
    pub pin: Pin,
    /// Whether another model may begin anew when one broke off whose words were shown already.
    pub restart: bool,
}

/// In which order models are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The next one when the one before cannot answer.
    #[default]
    OneByOne,
    /// All at once: whose first word is there first goes on, the others are stopped.
    Race,
}

/// For how long an agent stays with the model that answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pin {
    /// To the end of the turn.
    #[default]
    Turn,
    /// As long as the conversation goes on, or the host runs.
    Conversation,
}

impl Fallback {
    /// Reads `[fallback]`; `first` is the model before these.
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>, first: Option<&ModelChoice>) -> Fallback {
        section.known(problems, &["models", "order", "pin", "restart"]);
        section.needs(problems, "models", "[\"local\", \"loket:offline\"]");
        let mut models: Vec<ModelChoice> = Vec::new();
        for text in section.strings(problems, "models", MAX_FALLBACKS, true).unwrap_or_default() {
            match text.parse::<ModelChoice>(problems, "models") {
                Some(model) if models.contains(&model) || Some(&model) == first => {
                    let why = format!("the model `{model}` is named twice");
                    problems.tell(
                        text.line,
                        why,
                        "name each model once: the first as `model`, those behind it in `[fallback]`",
                    );
                }
                model => models.extend(model),
            }
        }
        let order = [("one-by-one", Order::OneByOne), ("race", Order::Race)];
        let pin = [("turn", Pin::Turn), ("conversation", Pin::Conversation)];
        Fallback {
            models,
            order: one_of(problems, section, "order", &order),
            pin: one_of(problems, section, "pin", &pin),
            restart: section.truth(problems, "restart").unwrap_or_default(),
        }
    }
}

fn one_of<T: Copy + Default>(problems: &mut Problems<'_>, section: Section<'_>, key: &str, known: &[(&str, T)]) -> T {
    let Some(text) = section.string(problems, key) else { return T::default() };
    match known.iter().find(|(word, _)| *word == text.value) {
        Some((_, value)) => *value,
        None => {
            let words: Vec<_> = known.iter().map(|(word, _)| format!("`{key} = \"{word}\"`")).collect();
            problems.tell(
                text.line,
                format!("`{key}` cannot be `{}`", shown(text.value)),
                format!("write {}", words.join(" or ")),
            );
            T::default()
        }
    }
}
