//! The bounds of every argument, and what is said when one is passed.

use crate::error::BrainError;
use crate::types::{Correction, Draft, Query, Revision};

const TEXT: usize = 64 << 10;
const QUERY: usize = 8 << 10;
const TAGS: usize = 32;
const NAME: usize = 128;
const STEPS: usize = 32;
const STEP: usize = 8 << 10;
const AROUND: u32 = 3;

fn invalid<T>(message: String) -> Result<T, BrainError> {
    Err(BrainError::Invalid(message))
}

fn text(what: &str, text: &str, most: usize) -> Result<(), BrainError> {
    if text.trim().is_empty() {
        return invalid(format!("the {what} is empty: give at least one word"));
    }
    bounded(what, text, most)
}

fn bounded(what: &str, text: &str, most: usize) -> Result<(), BrainError> {
    if text.len() > most {
        return invalid(format!(
            "the {what} has {} bytes, and at most {most} are kept: shorten it, or split it",
            text.len()
        ));
    }
    Ok(())
}

fn tags(tags: &[String], conversation: Option<&str>) -> Result<(), BrainError> {
    if tags.len() > TAGS {
        return invalid(format!(
            "there are {} tags, and at most {TAGS} are kept: leave out the least telling",
            tags.len()
        ));
    }
    tags.iter().try_for_each(|tag| text("tag", tag, NAME))?;
    conversation.map_or(Ok(()), |conversation| text("name of the conversation", conversation, NAME))
}

pub(crate) fn draft(draft: &Draft) -> Result<(), BrainError> {
    text("text", &draft.text, TEXT)?;
    tags(&draft.tags, draft.conversation.as_deref())?;
    if draft.steps.len() > STEPS {
        return invalid(format!(
            "there are {} steps, and at most {STEPS} are kept: split the skill",
            draft.steps.len()
        ));
    }
    draft.steps.iter().try_for_each(|step| {
        text("name of a step's tool", &step.tool, NAME)?;
        bounded("text of a step's arguments", &step.arguments, STEP)?;
        bounded("text of a step's outcome", &step.outcome, STEP)
    })
}

pub(crate) fn revision(revision: &Revision) -> Result<(), BrainError> {
    revision.text.as_deref().map_or(Ok(()), |new| text("text", new, TEXT))?;
    tags(revision.tags.as_deref().unwrap_or_default(), None)
}

pub(crate) fn query(query: &Query) -> Result<(), BrainError> {
    bounded("query's text", &query.text, QUERY)?;
    tags(&query.tags, query.conversation.as_deref())?;
    if query.around > AROUND {
        return invalid(format!("{} neighbours are too many: ask for 0 to {AROUND}", query.around));
    }
    if let (Some(since), Some(until)) = (query.since, query.until)
        && since >= until
    {
        return invalid(format!("no time is between {since} and {until}: let `since` be before `until`"));
    }
    page(query.limit).map(|_| ())
}

pub(crate) fn page(limit: u32) -> Result<usize, BrainError> {
    piece(limit, 100)
}

/// A limit of 1 to `most`.
pub(crate) fn piece(limit: u32, most: u32) -> Result<usize, BrainError> {
    if (1..=most).contains(&limit) {
        Ok(limit as usize)
    } else {
        invalid(format!("the limit {limit} is out of range: ask for 1 to {most}"))
    }
}

pub(crate) fn correction(correction: &Correction) -> Result<(), BrainError> {
    text("text of what is right", &correction.right, TEXT)?;
    bounded("text of what was wrong", &correction.wrong, TEXT)?;
    bounded("text of when it applies", &correction.applies, QUERY)?;
    if correction.mistake.is_none() && correction.wrong.trim().is_empty() {
        return invalid(
            "nothing says what was wrong: give the mistake's id, or say in words what was wrong".to_owned(),
        );
    }
    Ok(())
}
