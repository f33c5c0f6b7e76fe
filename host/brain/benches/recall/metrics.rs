//! What is counted of an answer: recall at a depth, and the normalised discounted cumulative gain.

use std::collections::HashMap;

/// Memory → how relevant it is to a question; what is absent or 0 is not.
pub(crate) type Grades = HashMap<usize, u32>;

/// The figures of one side for one question, each from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) recall_5: f64,
    pub(crate) recall_10: f64,
    pub(crate) ndcg_10: f64,
}

impl Figures {
    /// Of an answer, best first, each memory once.
    pub(crate) fn of(answer: &[usize], grades: &Grades) -> Figures {
        Figures {
            recall_5: recall(5, answer, grades),
            recall_10: recall(10, answer, grades),
            ndcg_10: ndcg(10, answer, grades),
        }
    }

    pub(crate) fn each(self) -> [f64; 3] {
        [self.recall_5, self.recall_10, self.ndcg_10]
    }
}

/// The mean of each figure; zeros when there is none.
pub(crate) fn mean(all: &[Figures]) -> Figures {
    // From 0.0, as the sum of nothing is -0.0.
    let sum = |of: fn(&Figures) -> f64| all.iter().map(of).fold(0.0, |sum, one| sum + one) / all.len().max(1) as f64;
    Figures { recall_5: sum(|f| f.recall_5), recall_10: sum(|f| f.recall_10), ndcg_10: sum(|f| f.ndcg_10) }
}

/// Which share of the relevant memories is among the first `depth`.
pub(crate) fn recall(depth: usize, answer: &[usize], grades: &Grades) -> f64 {
    let relevant = grades.values().filter(|grade| **grade > 0).count();
    let found = answer.iter().take(depth).filter(|memory| grade(grades, memory) > 0).count();
    if relevant == 0 { 0.0 } else { found as f64 / relevant as f64 }
}

/// The gain of the first `depth`, each discounted by its place, as a share of the gain of the best order that there can be.
pub(crate) fn ndcg(depth: usize, answer: &[usize], grades: &Grades) -> f64 {
    let mut best: Vec<u32> = grades.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = gain(best.into_iter().take(depth));
    if ideal == 0.0 { 0.0 } else { gain(answer.iter().take(depth).map(|memory| grade(grades, memory))) / ideal }
}

fn grade(grades: &Grades, memory: &usize) -> u32 {
    grades.get(memory).copied().unwrap_or(0)
}

/// `2^grade - 1`, divided by the binary logarithm of one more than the place.
fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    let gains = grades.enumerate().map(|(at, grade)| (f64::from(grade).exp2() - 1.0) / (at as f64 + 2.0).log2());
    gains.fold(0.0, |sum, one| sum + one)
}
