//! What a table is like.

use crate::cell::Cell;
use crate::page::{count, rows};
use crate::read::read;
use crate::{Column, Overview};
use std::collections::HashSet;

/// How many different values are counted.
const DIFFERENT: usize = 1_000;
/// How many rows are shown.
const SAMPLE: usize = 3;
/// How many characters of a value are told.
const WIDE: usize = 80;

/// Tells what a table is like.
///
/// # Errors
/// As the contract says.
pub fn overview(csv: &str, separator: Option<&str>) -> Result<Overview, String> {
    let table = read(csv, separator)?;
    let columns = table.columns.iter().enumerate().map(|(at, name)| {
        let cells: Vec<Cell<'_>> = table
            .rows
            .iter()
            .filter_map(|row| row.get(at))
            .map(Cell::of)
            .filter(|cell| !cell.text.is_empty())
            .collect();
        let mut different = HashSet::new();
        for cell in &cells {
            if different.len() == DIFFERENT {
                break;
            }
            different.insert(cell.text);
        }
        let told = |cell: &Cell<'_>| cell.text.chars().take(WIDE).collect();
        Column {
            name: name.clone(),
            filled: count(cells.len()),
            numbers: count(cells.iter().filter(|cell| cell.number.is_some()).count()),
            different: count(different.len()),
            least: cells.iter().min_by(|a, b| a.order(b)).map(told),
            most: cells.iter().max_by(|a, b| a.order(b)).map(told),
        }
    });
    let columns: Vec<Column> = columns.collect();
    let cells = |row: &csv::StringRecord| row.iter().map(|cell| cell.chars().take(WIDE).collect()).collect();
    let sample: Vec<Vec<String>> = table.rows.iter().take(SAMPLE).map(cells).collect();
    let (sample, _) = rows(&table.columns, sample.iter().map(Vec::as_slice))?;
    Ok(Overview { rows: count(table.rows.len()), columns, sample })
}
