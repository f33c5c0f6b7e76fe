//! Rows as text.

/// How many bytes an answer may have.
const PAGE: usize = 50_000;
/// How many characters of a cell are told.
const WIDE: usize = 5_000;

/// Writes rows as CSV below the columns' names, as many as fit on a page; answers with how many these are.
///
/// # Errors
/// Never: writing into memory does not fail.
pub fn rows<'t>(columns: &[String], rows: impl Iterator<Item = &'t [String]>) -> Result<(String, usize), String> {
    let mut text = line(columns)?;
    let mut told = 0;
    for row in rows {
        let line = line(row)?;
        // One is always told, however long.
        if told > 0 && text.len() + line.len() > PAGE {
            break;
        }
        text.push_str(&line);
        told += 1;
    }
    Ok((text, told))
}

fn line(cells: &[String]) -> Result<String, String> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let cut = |cell: &String| match cell.char_indices().nth(WIDE) {
        Some((at, _)) => format!("{}…", &cell[..at]),
        None => cell.clone(),
    };
    writer.write_record(cells.iter().map(cut)).map_err(|error| error.to_string())?;
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A count as the contract has it.
pub fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
