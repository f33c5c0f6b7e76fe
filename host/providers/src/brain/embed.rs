//! Recall by meaning, for agents that were granted `loket:model/embeddings` and a model that answers it: the question becomes a vector, and
//! so do, some at a time, memories that have none yet. Whatever is missing or fails on the way leaves recall by words alone.

use super::onward::Onward;
use super::shelf::Shelf;
use super::with;
use crate::model::Choice;
use loket_brain::{Meaning, MemoryText};
use loket_kernel::{Call, Counter};
use loket_values::Value;
use loket_values::json::decode;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What is asked of the model.
const EMBED: (&str, &str) = ("loket:model/embeddings", "embed");
/// Memories that get a vector beside one question.
const AT_ONCE: usize = 64;
/// Bytes of one text (the contract's limit).
const MOST_TEXT: usize = 8 << 10;
/// How long a recall waits for vectors.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a model that gave none is left alone.
const REST: Duration = Duration::from_secs(60);
/// How long a brain in which all had a vector is taken to be so, while it has as many memories.
const SETTLED: Duration = Duration::from_secs(600);
/// Agents of whom is remembered what they asked last.
const MOST_KNOWN: usize = 1024;

/// The way from words to vectors.
pub struct Embed {
    shelf: Arc<Shelf>,
    choice: Choice,
    counter: Weak<Counter>,
    known: Mutex<HashMap<Arc<str>, Known>>,
}

/// What is known of an agent's model, and of what was asked last.
#[derive(Default, Clone)]
struct Known {
    package: String,
    /// The model as vectors are kept under it, with its package: two packages may call different models the same.
    model: Option<String>,
    /// The last question, and its vector.
    asked: Option<(String, Vec<f32>)>,
    /// It gave no vectors, and is left alone until then.
    rests: Option<Instant>,
    /// With so many memories all had a vector, at that time.
    settled: Option<(u64, Instant)>,
}

#[derive(Deserialize)]
struct Embedded {
    model: String,
    vectors: Vec<Vec<f32>>,
}

impl Embed {
    /// Vectors for the brains on a shelf, by the models that were chosen.
    pub fn new(shelf: Arc<Shelf>, choice: Choice, counter: &Arc<Counter>) -> Embed {
        Embed { shelf, choice, counter: Arc::downgrade(counter), known: Mutex::default() }
    }

    /// A question's vector, when there can be one.
    pub(super) async fn meaning(&self, call: &Call, agent: &Arc<str>, question: &str) -> Option<Meaning> {
        if question.trim().is_empty() {
            return None;
        }
        let onward = Onward::to_model(call, &self.counter, &self.choice, EMBED)?;
        let known = self.known().get(agent).filter(|known| known.package == onward.chosen.package).cloned();
        let mut known = known.unwrap_or_else(|| Known { package: onward.chosen.package.clone(), ..Known::default() });
        if known.rests.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        if let (Some(model), Some((_, vector))) =
            (&known.model, known.asked.as_ref().filter(|(asked, _)| asked == question))
        {
            return Some(Meaning { model: model.clone(), vector: vector.clone() });
        }
        let meaning =
            tokio::time::timeout(PATIENCE, self.ask(&onward, agent, &mut known, question)).await.ok().flatten();
        known.rests = meaning.is_none().then(|| Instant::now() + REST);
        let mut all = self.known();
        if all.len() >= MOST_KNOWN {
            all.clear();
        }
        all.insert(agent.clone(), known);
        meaning
    }

    async fn ask(&self, onward: &Onward, agent: &Arc<str>, known: &mut Known, question: &str) -> Option<Meaning> {
        let bare = match known.model.clone() {
            Some(model) => self.without(agent, known, &model).await,
            None => Vec::new(),
        };
        let mut texts = vec![question];
        texts.extend(bare.iter().map(|memory| memory.text.as_str()));
        let (model, mut vectors) = embed(onward, &texts).await?;
        let question_vector = vectors.remove(0);
        self.keep(agent, &model, bare, vectors).await;
        if known.model.as_ref() != Some(&model) {
            // The first word of this model: the memories that it has not seen are known only now.
            (known.model, known.settled) = (Some(model.clone()), None);
            let bare = self.without(agent, known, &model).await;
            let texts: Vec<&str> = bare.iter().map(|memory| memory.text.as_str()).collect();
            if !texts.is_empty()
                && let Some((same, vectors)) = embed(onward, &texts).await
                && same == model
            {
                self.keep(agent, &model, bare, vectors).await;
            }
        }
        known.asked = Some((question.to_owned(), question_vector.clone()));
        Some(Meaning { model, vector: question_vector })
    }

    /// Some memories that have no vector of this model.
    async fn without(&self, agent: &Arc<str>, known: &mut Known, model: &str) -> Vec<MemoryText> {
        let (settled, model) = (known.settled, model.to_owned());
        let found = with(&self.shelf, agent, move |brain| {
            let count = brain.count()?;
            if settled.is_some_and(|(then, at)| then == count && at.elapsed() < SETTLED) {
                return Ok((count, Vec::new()));
            }
            Ok((count, brain.without_vector(&model, AT_ONCE)?))
        });
        let (count, bare) = found.await.unwrap_or_default();
        if bare.is_empty() && settled.is_none_or(|(then, at)| then != count || at.elapsed() >= SETTLED) {
            known.settled = Some((count, Instant::now()));
        }
        bare
    }

    async fn keep(&self, agent: &Arc<str>, model: &str, of: Vec<MemoryText>, vectors: Vec<Vec<f32>>) {
        if of.is_empty() {
            return;
        }
        let (model, vectors) = (model.to_owned(), of.into_iter().map(|memory| memory.id).zip(vectors).collect());
        let kept = with(&self.shelf, agent, move |brain| brain.set_vectors(&model, vectors)).await;
        if let Err(error) = kept {
            tracing::debug!(%agent, %error, "loket.brain.vectors");
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Arc<str>, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A vector for each text, and the model that made them.
async fn embed(onward: &Onward, texts: &[&str]) -> Option<(String, Vec<Vec<f32>>)> {
    let text = |text: &&str| Value::String(text[..text.floor_char_boundary(MOST_TEXT)].to_owned());
    let passages = Value::Record(vec![
        // The router puts the model's name in.
        ("model".to_owned(), Value::Option(None)),
        ("texts".to_owned(), Value::List(texts.iter().map(text).collect())),
    ]);
    let answer = onward.ask(vec![passages]).await?;
    let Embedded { model, vectors } = decode(&answer).ok()?;
    (vectors.len() == texts.len()).then(|| (format!("{} {model}", onward.chosen.package), vectors))
}
