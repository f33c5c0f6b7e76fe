//! The BEIR layout, in which public collections for retrieval come: `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`.
//!
//! A document becomes a memory, its title before its text. A document without words is left out, and one that is longer than a
//! memory may be is cut, for both sides. Questions without a judgement in `test.tsv` are not asked.

use super::common::memory::Memory;
use super::dataset::{Dataset, Question, Unreadable, lines, name};
use loket_brain::{Kind, Language};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::path::Path;

/// The longest text that a brain takes.
const LONGEST: usize = 64 << 10;
/// The longest question that a brain takes.
const LONGEST_QUESTION: usize = 8 << 10;
/// All documents are of one moment: the collections say nothing of time.
const TIME: u64 = 1_700_000_000_000;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// Reads a folder. Errors name the file and the line.
pub(crate) fn read(folder: &Path) -> Result<Dataset, Unreadable> {
    let (mut memories, mut places) = (Vec::new(), HashMap::new());
    let (mut blank, mut cut) = (0, 0);
    let file = folder.join("corpus.jsonl");
    lines(&file, |at, line| {
        let document: Document = json(&file, at, line)?;
        let title = document.title.filter(|title| !title.trim().is_empty());
        let text = title.map_or_else(|| document.text.clone(), |title| format!("{title}. {}", document.text));
        let place = (!text.trim().is_empty()).then_some(memories.len());
        if places.insert(document.id.clone(), place).is_some() {
            return Err(Unreadable::new(&file, at, format!("there is a document `{}` already", document.id)));
        }
        match place {
            Some(_) => {
                cut += usize::from(text.len() > LONGEST);
                let text = head(text, LONGEST);
                memories.push(Memory { kind: Kind::Fact, text, tags: Vec::new(), conversation: None, time: TIME });
            }
            None => blank += 1,
        }
        Ok(())
    })?;

    let (mut questions, mut numbers) = (Vec::new(), HashMap::new());
    let file = folder.join("queries.jsonl");
    lines(&file, |at, line| {
        let asked: Asked = json(&file, at, line)?;
        if numbers.insert(asked.id.clone(), questions.len()).is_some() {
            return Err(Unreadable::new(&file, at, format!("there is a question `{}` already", asked.id)));
        }
        let (text, class) = (head(asked.text, LONGEST_QUESTION), "test".to_owned());
        questions.push(Question { text, at: TIME, class, relevant: HashMap::new() });
        Ok(())
    })?;

    let file = folder.join("qrels/test.tsv");
    lines(&file, |at, line| {
        let wrong = |what: String| Unreadable::new(&file, at, what);
        let row: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [question, document, grade] = row[..] else {
            return Err(wrong(format!("it has {} columns; three are wanted, with tabs between them", row.len())));
        };
        if at == 1 && grade.parse::<i64>().is_err() {
            return Ok(());
        }
        let grade: i64 = grade.parse().map_err(|_| wrong(format!("the grade `{grade}` is no number")))?;
        let number = *numbers.get(question).ok_or_else(|| wrong(format!("there is no question `{question}`")))?;
        let place = *places.get(document).ok_or_else(|| wrong(format!("there is no document `{document}`")))?;
        if let (Some(place), Ok(grade @ 1..=20)) = (place, u32::try_from(grade)) {
            questions[number].relevant.insert(place, grade);
        }
        Ok(())
    })?;
    questions.retain(|question| !question.relevant.is_empty());

    let mut about = "in the BEIR layout".to_owned();
    for (count, what) in [(blank, "without words left out"), (cut, "cut to what a memory may hold")] {
        if count > 0 {
            about += &format!("; {count} documents {what}");
        }
    }
    Ok(Dataset { name: name(folder), language: Language::default(), about, memories, questions })
}

fn json<T: DeserializeOwned>(file: &Path, at: usize, line: &str) -> Result<T, Unreadable> {
    serde_json::from_str(line).map_err(|error| Unreadable::new(file, at, error))
}

/// The beginning of a text.
fn head(mut text: String, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
