//! A question answered: rows chosen, grouped, sorted, and told in pages.

use crate::cell::{Cell, holds};
use crate::group::{group, once};
use crate::page::{count, rows};
use crate::read::{position, read, shown};
use crate::{Aggregate, Answer, Condition, Direction, Sorting};
use csv::StringRecord;
use std::cmp::Ordering;

/// How many rows are told when nobody says.
const USUAL: u32 = 100;
/// How many may be asked for at once.
const MOST: u32 = 1_000;
/// How many entries each list of a question may have.
const ENTRIES: usize = 20;

/// What is asked.
#[derive(Debug, Default)]
pub struct Question {
    /// The columns that are told; all when it is empty.
    pub select: Vec<String>,
    /// What must hold for a row.
    pub conditions: Vec<Condition>,
    /// The columns whose values make a group.
    pub group_by: Vec<String>,
    /// What is calculated of each group.
    pub aggregates: Vec<Aggregate>,
    /// By what rows are sorted.
    pub sort_by: Vec<Sorting>,
}

/// Answers a question.
///
/// # Errors
/// As the contract says.
pub fn query(
    csv: &str,
    question: &Question,
    start: u32,
    limit: Option<u32>,
    separator: Option<&str>,
) -> Result<Answer, String> {
    let limit = match limit.unwrap_or(USUAL) {
        0 => return Err(format!("`limit` is 0, which tells nothing: ask for 1 to {MOST}")),
        many if many > MOST => {
            return Err(format!("`limit` is {many}, and at most {MOST} are told at once: go on with `next`"));
        }
        limit => limit as usize,
    };
    let Question { select, conditions, group_by, aggregates, sort_by } = question;
    let longest = [select.len(), conditions.len(), group_by.len(), aggregates.len(), sort_by.len()].into_iter().max();
    if longest > Some(ENTRIES) {
        return Err(format!("each list of a question may have {ENTRIES} entries: ask less at once"));
    }
    let table = read(csv, separator)?;
    let conditions =
        conditions.iter().map(|c| Ok((table.column(&c.column)?, c))).collect::<Result<Vec<_>, String>>()?;
    let holds = |row: &&StringRecord| conditions.iter().all(|(at, c)| holds(c, row.get(*at).unwrap_or_default()));
    let chosen: Vec<&StringRecord> = table.rows.iter().filter(holds).collect();
    let (columns, mut found) = if group_by.is_empty() && aggregates.is_empty() {
        // Rows keep all their cells until they are sorted: also by a column that is not told.
        (table.columns.clone(), chosen.iter().map(|row| row.iter().map(str::to_owned).collect()).collect())
    } else {
        if !select.is_empty() {
            let why =
                "`select` has no meaning beside `group-by` and `aggregates`, whose columns are told: leave it out";
            return Err(why.to_owned());
        }
        group(&table, &chosen, &once(group_by), aggregates)?
    };
    sort(&mut found, &columns, sort_by)?;
    let total = count(found.len());
    if start > 0 && start >= total {
        return Err(format!(
            "`start` is {start}, and there are {total} rows: begin with 0, then go on where `next` says"
        ));
    }
    let selected =
        once(select).iter().map(|name| position(&columns, name, "the table")).collect::<Result<Vec<_>, _>>()?;
    let (columns, page): (Vec<String>, Vec<Vec<String>>) = {
        let page = found.into_iter().skip(start as usize).take(limit);
        match selected.is_empty() {
            true => (columns, page.collect()),
            false => {
                let pick = |row: Vec<String>| selected.iter().map(|at| row[*at].clone()).collect();
                (selected.iter().map(|at| columns[*at].clone()).collect(), page.map(pick).collect())
            }
        }
    };
    let (rows, told) = rows(&columns, page.iter().map(Vec::as_slice))?;
    let told = start.saturating_add(count(told));
    Ok(Answer { total, next: (told < total).then_some(told), rows })
}

fn sort(rows: &mut [Vec<String>], columns: &[String], by: &[Sorting]) -> Result<(), String> {
    let by = by.iter().map(|sorting| {
        let at = position(columns, &sorting.column, "the answer")
            .map_err(|why| format!("it cannot be sorted by `{}`: {why}", shown(&sorting.column)))?;
        Ok((at, sorting.direction))
    });
    let by = by.collect::<Result<Vec<_>, String>>()?;
    if by.is_empty() {
        return Ok(());
    }
    let order = |one: &Vec<String>, two: &Vec<String>| {
        let each = by.iter().map(|(at, direction)| {
            let (one, two) = (Cell::of(&one[*at]), Cell::of(&two[*at]));
            match (direction, one.text.is_empty() || two.text.is_empty()) {
                // What is empty is last either way.
                (Direction::Descending, false) => two.order(&one),
                _ => one.order(&two),
            }
        });
        each.fold(Ordering::Equal, Ordering::then)
    };
    rows.sort_by(order);
    Ok(())
}
