//! Long runs of episodes get a summary: by the model when there is one, else by choosing the sentences that say most. The episodes stay,
//! worn by a step, so that the summary comes before them.

use super::{Act, Dreaming, Plan, Seen, Task};
use crate::store::record::{Body, Record};
use crate::text::Language;
use crate::types::{DeedKind, Kind, Labels, Origin, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;

/// A run is long from so many episodes on,
const LONG: usize = 12;
/// and a summary is of at most so many.
const MOST: usize = 60;
/// A conversation is over when nothing was said in it for so long.
const QUIET: Timestamp = 24 * 3600 * 1000;
/// Sentences of a summary that are chosen.
const SENTENCES: u32 = 5;
const MOST_BYTES: usize = 8 << 10;
/// The tag of summaries.
const TAG: &str = "summary";

pub(super) fn plans(seen: &[&Seen], language: Language, dreaming: &Dreaming<'_>) -> Vec<Plan> {
    let mut done: HashSet<u128> = HashSet::new();
    let mut conversations: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in seen.iter().copied().filter(|seen| seen.record.kind() == Kind::Episode) {
        done.extend(&seen.record.derived);
        if let (Some(conversation), true) = (&seen.record.conversation, seen.record.derived.is_empty()) {
            conversations.entry(conversation).or_default().push(seen);
        }
    }
    let mut plans = Vec::new();
    for (conversation, mut run) in conversations {
        run.retain(|seen| !done.contains(&seen.key));
        let quiet = run.last().is_some_and(|last| dreaming.now.saturating_sub(last.record.touched) >= QUIET);
        if run.len() < LONG || !quiet {
            continue;
        }
        run.truncate(MOST);
        let words = words(&run, language, dreaming);
        if words.is_empty() {
            continue;
        }
        let origin = Origin { source: dreaming.source.clone(), labels: Labels::NONE, time: dreaming.now };
        let mut record = Record::new(Kind::Episode, Body::Plain(words.clone()), &origin);
        record.tags = vec![TAG.to_owned()];
        record.conversation = Some(conversation.to_owned());
        record.labels = run.iter().fold(0, |labels, seen| labels | seen.record.labels);
        let wear =
            run.iter().map(|seen| super::fade::level(seen, true, dreaming.now).unwrap_or(seen.record.faded)).collect();
        let act = Act::Write { record: Box::new(record), replaces: None, wear };
        plans.push(Plan { kind: DeedKind::Summary, keys: run.iter().map(|seen| seen.key).collect(), act, words });
    }
    plans
}

fn words(run: &[&Seen], language: Language, dreaming: &Dreaming<'_>) -> String {
    let texts: Vec<String> = run.iter().map(|seen| seen.record.text()).collect();
    if let Some(words) = dreaming.words(Task::Episodes, &texts) {
        return words;
    }
    // One statement a line, closed, so that the end of an episode ends a sentence.
    let mut text = String::new();
    for line in run.iter().flat_map(|seen| seen.record.says().lines()).map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push_str(if line.ends_with(['.', '!', '?', '。', '！', '？']) { "\n" } else { ".\n" });
    }
    let chosen = summariser(language).summarize_sentences(&text, NonZeroU32::new(SENTENCES).unwrap_or(NonZeroU32::MIN));
    bounded(chosen.into_iter().map(str::trim).collect::<Vec<_>>().join(" "))
}

fn summariser(language: Language) -> summary::Summarizer {
    use summary::Language as Of;
    let known = match language.code() {
        "en" => Of::English,
        "da" => Of::Danish,
        "de" => Of::German,
        "es" => Of::Spanish,
        "fi" => Of::Finnish,
        "fr" => Of::French,
        "id" => Of::Indonesian,
        "it" => Of::Italian,
        "nl" => Of::Dutch,
        "no" => Of::Norwegian,
        "pt" => Of::Portuguese,
        "ru" => Of::Russian,
        "sv" => Of::Swedish,
        "tr" => Of::Turkish,
        _ => return summary::Summarizer::new_language_agnostic(),
    };
    summary::Summarizer::new(known)
}

fn bounded(mut words: String) -> String {
    if words.len() > MOST_BYTES {
        let mut end = MOST_BYTES;
        while !words.is_char_boundary(end) {
            end -= 1;
        }
        words.truncate(end);
    }
    words.trim().to_owned()
}
