//! How cells compare: by number where both are numbers, else by letters.

use crate::{Condition, Operator};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// The number in a cell, if it is one.
pub fn number(cell: &str) -> Option<Decimal> {
    let cell = cell.trim();
    if cell.is_empty() || cell.contains('_') {
        return None;
    }
    Decimal::from_str_exact(cell).or_else(|_| Decimal::from_scientific(cell)).ok()
}

/// A cell, read once.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'t> {
    /// Its text, without white space around.
    pub text: &'t str,
    /// Its number, if it is one.
    pub number: Option<Decimal>,
}

impl<'t> Cell<'t> {
    /// Reads a cell.
    pub fn of(text: &'t str) -> Cell<'t> {
        Cell { text: text.trim(), number: number(text) }
    }

    /// Which of two is the smaller one: numbers before words, what is empty last.
    pub fn order(&self, other: &Cell<'_>) -> Ordering {
        match (self.number, other.number) {
            (Some(one), Some(two)) => one.cmp(&two),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => (self.text.is_empty(), self.text).cmp(&(other.text.is_empty(), other.text)),
        }
    }
}

/// Whether a condition holds for a cell.
pub fn holds(condition: &Condition, cell: &str) -> bool {
    let (cell, value) = (Cell::of(cell), Cell::of(&condition.value));
    // A cell that is empty is neither smaller nor larger than anything, and a word is not compared with a number.
    let order = || match (cell.number.is_some(), value.number.is_some()) {
        (one, two) if one == two && !cell.text.is_empty() => Some(cell.order(&value)),
        _ => None,
    };
    let same = || match (cell.number, value.number) {
        (Some(one), Some(two)) => one == two,
        _ => cell.text == value.text,
    };
    match condition.operator {
        Operator::Equal => same(),
        Operator::Other => !same(),
        Operator::Less => order() == Some(Ordering::Less),
        Operator::AtMost => order().is_some_and(Ordering::is_le),
        Operator::Greater => order() == Some(Ordering::Greater),
        Operator::AtLeast => order().is_some_and(Ordering::is_ge),
        Operator::Contains => cell.text.to_lowercase().contains(&value.text.to_lowercase()),
        Operator::Empty => cell.text.is_empty(),
        Operator::Filled => !cell.text.is_empty(),
    }
}
