//! Rows that belong together, and what is calculated of them.

use crate::cell::{Cell, number};
use crate::read::{Table, shown};
use crate::{Aggregate, Measure};
use csv::StringRecord;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The rows of an answer that is calculated: its columns, and its rows in the order in which their groups begin.
///
/// # Errors
/// For a column that is not there, and for sums over what is no number.
pub fn group(
    table: &Table,
    rows: &[&StringRecord],
    by: &[String],
    aggregates: &[Aggregate],
) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let keys = by.iter().map(|name| table.column(name)).collect::<Result<Vec<_>, _>>()?;
    let of = |aggregate: &Aggregate| match (&*aggregate.column, aggregate.measure) {
        ("*", Measure::Count) => Ok(None),
        ("*", _) => Err("`*` can be counted, and nothing else: name a column".to_owned()),
        (name, _) => table.column(name).map(Some),
    };
    let wanted = aggregates.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let mut columns: Vec<String> = keys.iter().map(|key| table.columns[*key].clone()).collect();
    columns.extend(aggregates.iter().zip(&wanted).map(|(aggregate, column)| {
        let column = column.map_or("*", |column| table.columns[column].as_str());
        format!("{}({column})", word(aggregate.measure))
    }));
    let mut numbers: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut groups: Vec<Vec<&StringRecord>> = Vec::new();
    for row in rows {
        let key: Vec<&str> = keys.iter().map(|key| row.get(*key).unwrap_or_default().trim()).collect();
        let at = *numbers.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(row);
    }
    // Of a whole table there is an answer also when no row is left: a count of 0.
    if keys.is_empty() && groups.is_empty() {
        groups.push(Vec::new());
    }
    let mut answer = Vec::with_capacity(groups.len());
    for rows in groups {
        let mut line: Vec<String> = keys
            .iter()
            .map(|key| rows.first().and_then(|row| row.get(*key)).unwrap_or_default().trim().to_owned())
            .collect();
        for (aggregate, column) in aggregates.iter().zip(&wanted) {
            line.push(match column {
                None => rows.len().to_string(),
                Some(column) => calculate(table, &rows, *column, aggregate.measure)?,
            });
        }
        answer.push(line);
    }
    Ok((columns, answer))
}

/// A measure as it is written in a column's name.
fn word(measure: Measure) -> &'static str {
    match measure {
        Measure::Count => "count",
        Measure::Different => "different",
        Measure::Sum => "sum",
        Measure::Mean => "mean",
        Measure::Least => "least",
        Measure::Most => "most",
    }
}

fn calculate(table: &Table, rows: &[&StringRecord], column: usize, measure: Measure) -> Result<String, String> {
    let name = shown(&table.columns[column]);
    let cells = || rows.iter().filter_map(|row| row.get(column)).map(str::trim).filter(|cell| !cell.is_empty());
    let sum = || -> Result<(Decimal, u64), String> {
        let (mut sum, mut count) = (Decimal::ZERO, 0);
        for row in rows {
            let cell = row.get(column).unwrap_or_default().trim();
            if cell.is_empty() {
                continue;
            }
            let number = number(cell).ok_or_else(|| {
                let line = row.position().map_or(0, csv::Position::line);
                format!(
                    "`{}` in column `{name}`, line {line}, is no number: leave such rows out with `where`, or `count` them",
                    shown(cell)
                )
            })?;
            sum = sum.checked_add(number).ok_or_else(|| format!("the sum of `{name}` has more than 28 digits"))?;
            count += 1;
        }
        Ok((sum, count))
    };
    let first = |found: Option<Cell<'_>>| found.map(|cell| cell.text.to_owned()).unwrap_or_default();
    Ok(match measure {
        Measure::Count => cells().count().to_string(),
        Measure::Different => cells().collect::<HashSet<_>>().len().to_string(),
        Measure::Sum => sum()?.0.normalize().to_string(),
        Measure::Mean => match sum()? {
            (_, 0) => String::new(),
            (sum, count) => sum.checked_div(count.into()).map(|mean| mean.normalize().to_string()).unwrap_or_default(),
        },
        Measure::Least => first(cells().map(Cell::of).min_by(|one, two| one.order(two))),
        Measure::Most => first(cells().map(Cell::of).max_by(|one, two| one.order(two))),
    })
}

/// Names that are asked for twice, once each.
pub fn once(names: &[String]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    names.iter().filter(|name| seen.insert(name.as_str(), ()).is_none()).cloned().collect()
}
