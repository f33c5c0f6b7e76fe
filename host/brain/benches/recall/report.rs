//! The tables: a line for each class of question and one for all, each figure of both sides and how many points lie between them.

use crate::dataset::Dataset;
use crate::metrics::{Figures, mean};
use crate::sides::Asked;
use std::collections::BTreeMap;

/// The figures of both sides for some questions.
#[derive(Default, Clone)]
struct Pair {
    ours: Vec<Figures>,
    theirs: Vec<Figures>,
}

impl Pair {
    fn add(&mut self, asked: &Asked) {
        self.ours.push(asked.ours);
        self.theirs.push(asked.theirs);
    }

    fn line(&self, what: &str, count: usize) -> String {
        let figures = mean(&self.ours).each().into_iter().zip(mean(&self.theirs).each());
        let cells = figures.map(|(ours, theirs)| {
            let points = (ours - theirs) * 100.0;
            format!("  {:>6.1} {:>6.1} {points:>+6.1}", ours * 100.0, theirs * 100.0)
        });
        format!("{what:<14} {count:>5}{}", cells.collect::<String>())
    }
}

/// What was found so far, over all datasets.
#[derive(Default)]
pub(crate) struct Report {
    classes: BTreeMap<String, Pair>,
    datasets: Vec<(String, Pair)>,
    /// Of those whose script has spaces.
    spaced: (usize, Pair),
}

impl Report {
    /// Prints the table of a dataset, and keeps its figures.
    pub(crate) fn add(&mut self, dataset: &Dataset, asked: &[Asked]) {
        let mut classes: BTreeMap<&str, Pair> = BTreeMap::new();
        let mut all = Pair::default();
        for (question, asked) in dataset.questions.iter().zip(asked) {
            classes.entry(&question.class).or_default().add(asked);
            self.classes.entry(question.class.clone()).or_default().add(asked);
            all.add(asked);
            if dataset.is_spaced() {
                self.spaced.1.add(asked);
            }
        }
        self.spaced.0 += usize::from(dataset.is_spaced());
        println!("{}: {} memories, {}", dataset.name, dataset.memories.len(), dataset.about);
        println!("{}", head());
        for (class, pair) in &classes {
            println!("{}", pair.line(class, pair.ours.len()));
        }
        println!("{}\n", all.line("all", all.ours.len()));
        self.datasets.push((dataset.name.clone(), all));
    }

    /// Prints what all datasets come to together.
    pub(crate) fn close(&self) {
        if self.datasets.len() < 2 {
            return;
        }
        println!("all {} datasets", self.datasets.len());
        println!("{}", head());
        let mut all = Pair::default();
        for (class, pair) in &self.classes {
            println!("{}", pair.line(class, pair.ours.len()));
            all.ours.extend(&pair.ours);
            all.theirs.extend(&pair.theirs);
        }
        println!("{}", all.line("all", all.ours.len()));
        let (spaced, pair) = &self.spaced;
        if (1..self.datasets.len()).contains(spaced) {
            println!("{}", pair.line("with spaces", pair.ours.len()));
        }
        let means = Pair {
            ours: self.datasets.iter().map(|(_, pair)| mean(&pair.ours)).collect(),
            theirs: self.datasets.iter().map(|(_, pair)| mean(&pair.theirs)).collect(),
        };
        println!("{}\n", means.line("mean of sets", self.datasets.len()));
        for (name, pair) in &self.datasets {
            println!("{}", pair.line(name, pair.ours.len()));
        }
    }
}

fn head() -> String {
    let figures = ["recall@5", "recall@10", "nDCG@10"];
    let over: String = figures.iter().map(|figure| format!("  {figure:>20}")).collect();
    let under = "    ours   FTS5 points".repeat(figures.len());
    format!("{:20}{over}\n{:20}{under}", "", "")
}

/// Prints the questions that the brain did not answer in full, with what it answered instead.
pub(crate) fn misses(dataset: &Dataset, asked: &[Asked]) {
    for (question, asked) in dataset.questions.iter().zip(asked).filter(|(_, asked)| asked.ours.recall_10 < 1.0) {
        let better = if asked.theirs.recall_10 > asked.ours.recall_10 { ", FTS5 found more" } else { "" };
        println!("{} [{}{better}] {}", dataset.name, question.class, question.text);
        let mut lacking: Vec<usize> =
            question.relevant.keys().copied().filter(|place| !asked.answer.contains(place)).collect();
        lacking.sort_unstable();
        for place in lacking {
            println!("    lacks  {}", dataset.memories[place].text);
        }
        for place in asked.answer.iter().take(3) {
            let sign = if question.relevant.contains_key(place) { "right " } else { "found " };
            println!("    {sign} {}", dataset.memories[*place].text);
        }
    }
}
