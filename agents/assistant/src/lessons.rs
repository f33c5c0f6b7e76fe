//! What a tool's refusal or error teaches: one lesson, written once a turn; striking again strengthens it.

use crate::bounds;
use crate::outside::{Correction, Outside, Trouble};
use serde_json::Value;

/// The lessons of a turn.
#[derive(Debug, Default)]
pub struct Lessons {
    written: Vec<String>,
    /// Their ids.
    pub ids: Vec<String>,
    /// The first trouble with writing one, if there was any.
    pub trouble: Option<Trouble>,
}

impl Lessons {
    /// Learn from a tool call that did not work.
    pub fn tool_failed(&mut self, outside: &mut impl Outside, name: &str, arguments: &Value, trouble: &Trouble) {
        let wrong = wrong(name, arguments, trouble);
        if self.written.len() >= bounds::LESSONS_WRITTEN || self.written.contains(&wrong) {
            return;
        }
        self.written.push(wrong.clone());
        let right = bounds::shorten(&right(trouble), bounds::LESSON);
        let correction =
            Correction { mistake: None, wrong, right, applies: format!("before calling the tool `{name}` again") };
        match outside.correct(correction) {
            Ok(id) => self.ids.push(id),
            Err(trouble) => self.trouble = self.trouble.take().or(Some(trouble)),
        }
    }
}

/// What was wrong. A refusal holds for all arguments, so its words leave them out: the same words strengthen the same lesson.
fn wrong(name: &str, arguments: &Value, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Denied(_) | Trouble::NeedsApproval(_) | Trouble::Unavailable(_) | Trouble::Exhausted { .. } => {
            format!("calling the tool `{name}`")
        }
        _ => bounds::shorten(&format!("calling the tool `{name}` with {arguments}"), bounds::LESSON),
    }
}

fn right(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Denied(refusal) if refusal.remedy.is_empty() => {
            format!("it is refused: {}. Ask the owner to allow it.", refusal.reason)
        }
        Trouble::Denied(refusal) => {
            format!("it is refused: {}. The owner can allow it with `{}`.", refusal.reason, refusal.remedy)
        }
        Trouble::NeedsApproval(refusal) if refusal.remedy.is_empty() => {
            format!("it needs the owner's approval first: {}", refusal.reason)
        }
        Trouble::NeedsApproval(refusal) => {
            format!(
                "it needs the owner's approval first: {}. The owner gives it with `{}`.",
                refusal.reason, refusal.remedy
            )
        }
        Trouble::Invalid(words) => format!("give it arguments that fit: {words}"),
        Trouble::NotFound(words) => format!("it is not there: {words}"),
        Trouble::Exhausted { limit, detail, .. } => format!("keep within the limit `{limit}`: {detail}"),
        Trouble::Unavailable(words) => format!("it was not available, later may work: {words}"),
        Trouble::Failed(words) => format!("it failed: {words}"),
        Trouble::Other(words) => format!("it did not work: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::Refusal;
    use serde_json::json;

    #[test]
    fn a_refusals_lesson_says_the_remedy_and_leaves_the_arguments_out() {
        let refusal = Refusal {
            capability: "acme:web/get".into(),
            function: "fetch".into(),
            reason: "`assistant` has no grant for it".into(),
            remedy: "loket grant assistant acme:web".into(),
        };
        let trouble = Trouble::Denied(refusal);
        assert_eq!(wrong("web_fetch", &json!({"url": "x"}), &trouble), "calling the tool `web_fetch`");
        assert!(right(&trouble).contains("`loket grant assistant acme:web`"));
    }

    #[test]
    fn an_errors_lesson_names_the_arguments() {
        let trouble = Trouble::Invalid("`n` is a number".into());
        assert_eq!(wrong("add", &json!({"n": "x"}), &trouble), r#"calling the tool `add` with {"n":"x"}"#);
    }
}
