//! Text into a table.

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

/// How long a table may be, in bytes.
const LONGEST: usize = 512 << 10;
/// How many rows it may have.
const ROWS: usize = 20_000;
/// How many columns it may have.
const COLUMNS: usize = 200;
/// What can stand between cells when nobody says.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table: every row has as many cells as there are columns.
#[derive(Debug)]
pub struct Table {
    /// The columns' names, each once.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<StringRecord>,
}

impl Table {
    /// The number of a column.
    ///
    /// # Errors
    /// When there is none of that name, with those that are there.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        position(&self.columns, name, "the table")
    }
}

/// The number of a column among these.
///
/// # Errors
/// When there is none of that name, with those that are there.
pub fn position(columns: &[String], name: &str, whose: &str) -> Result<usize, String> {
    /// How many names are told.
    const SHOWN: usize = 30;
    let like = |column: &&String| column.trim().eq_ignore_ascii_case(name.trim());
    let exact = columns.iter().position(|column| column == name);
    let mut alike = columns.iter().filter(like);
    match (exact, alike.next(), alike.next()) {
        (Some(at), ..) => Ok(at),
        (None, Some(one), None) => Ok(columns.iter().position(|column| column == one).unwrap_or_default()),
        _ => {
            let names: Vec<_> = columns.iter().take(SHOWN).map(|name| format!("`{}`", shown(name))).collect();
            let more = if columns.len() > SHOWN { " and more" } else { "" };
            Err(format!("{whose} has no column `{}`; it has {}{more}", shown(name), names.join(", ")))
        }
    }
}

/// A text as errors show it: on one line, and not long.
pub fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

/// Reads a table.
///
/// # Errors
/// As the contract says.
pub fn read(csv: &str, separator: Option<&str>) -> Result<Table, String> {
    let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
    if csv.len() > LONGEST {
        return Err(format!("the table has {} bytes, and at most {LONGEST} are read: pass fewer rows", csv.len()));
    }
    let mut reader = ReaderBuilder::new().delimiter(between(csv, separator)?).from_reader(csv.as_bytes());
    let columns = columns(&mut reader)?;
    let mut rows = Vec::new();
    for row in reader.records() {
        if rows.len() == ROWS {
            return Err(format!("the table has more than {ROWS} rows: pass fewer"));
        }
        rows.push(row.map_err(|error| wrong(&error, &columns))?);
    }
    Ok(Table { columns, rows })
}

fn columns(reader: &mut Reader<&[u8]>) -> Result<Vec<String>, String> {
    let header = reader.headers().map_err(|error| wrong(&error, &[]))?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if columns.is_empty() {
        return Err("the table is empty: pass CSV, with the columns' names in the first row".into());
    }
    if columns.len() > COLUMNS {
        return Err(format!("the table has {} columns, and may have {COLUMNS}", columns.len()));
    }
    // Two of one name are told apart by a number, as nobody could ask for the second otherwise.
    let mut named: Vec<String> = Vec::with_capacity(columns.len());
    for name in columns {
        let name = if name.is_empty() { "column".to_owned() } else { name };
        let free = |name: &String| !named.contains(name);
        let name = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}"))).find(free);
        named.extend(name);
    }
    Ok(named)
}

/// What stands between cells.
fn between(csv: &str, separator: Option<&str>) -> Result<u8, String> {
    match separator {
        Some("\\t" | "tab") => Ok(b'\t'),
        Some(sign) => match sign.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err(format!("`{}` cannot separate cells: pass one sign, such as `,`, `;` or a tab", shown(sign))),
        },
        None => {
            let first = csv.lines().next().unwrap_or_default().as_bytes();
            let often = |sign: &u8| first.iter().filter(|byte| *byte == sign).count();
            // Of those that stand as often, the first.
            Ok(*SEPARATORS.iter().rev().max_by_key(|sign| often(sign)).unwrap_or(&b','))
        }
    }
}

fn wrong(error: &csv::Error, columns: &[String]) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => format!(
            "line {} has {len} cells, and there are {expected_len} columns{}: put a cell with the separator in it into double quotes, or say \
             what the `separator` is",
            pos.as_ref().map_or(1, |pos| pos.line()),
            columns.first().map(|name| format!(" (`{}`…)", shown(name))).unwrap_or_default()
        ),
        _ => format!("this is no CSV: {error}"),
    }
}
