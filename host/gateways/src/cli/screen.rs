//! Where a command prints: words for people or JSON for programs, as wide as the terminal, coloured only on one.

use super::plain;
use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::io::{self, IsTerminal, Write};

/// Words that matter less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();

/// The narrowest and the widest that text is laid out for.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;
/// The width where there is no terminal to ask.
const WIDTH: usize = 80;

/// The least that the last column of a table is left with.
const LAST: usize = 9;

/// Standard output.
pub(crate) struct Screen {
    writer: Box<dyn Write + Send>,
    json: bool,
    is_terminal: bool,
    width: usize,
    zone: TimeZone,
}

impl Screen {
    /// The process's own.
    pub(crate) fn stdout(json: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
        let is_terminal = io::stdout().is_terminal();
        let width = if is_terminal { width.clamp(*WIDTHS.start(), *WIDTHS.end()) } else { WIDTH };
        Self { width, is_terminal, ..Self::to(anstream::stdout(), json) }
    }

    /// Another writer, 80 columns, UTC unless the system says otherwise.
    fn to(writer: impl Write + Send + 'static, json: bool) -> Self {
        Self { writer: Box::new(writer), json, is_terminal: false, width: WIDTH, zone: TimeZone::system() }
    }

    /// A writer without colours and in UTC, for tests.
    #[cfg(test)]
    pub(crate) fn test(writer: impl Write + Send + 'static, json: bool, is_terminal: bool) -> Self {
        struct Plain<W: Write>(W);
        impl<W: Write> Write for Plain<W> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write_all(&anstream::adapter::strip_bytes(bytes).into_vec())?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                self.0.flush()
            }
        }
        Self { zone: TimeZone::UTC, is_terminal, ..Self::to(Plain(writer), json) }
    }

    /// Whether programs read this.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person watches.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// A document for programs, indented.
    pub(crate) fn document(&mut self, value: &Json) -> io::Result<()> {
        writeln!(self.writer, "{}", plain::plain_json(&format!("{value:#}")))
    }

    /// A document on one line, at once.
    pub(crate) fn json_line(&mut self, value: &Json) -> io::Result<()> {
        writeln!(self.writer, "{}", plain::plain_json(&value.to_string()))?;
        self.writer.flush()
    }

    /// A line that is JSON already.
    pub(crate) fn json_text(&mut self, json: &str) -> io::Result<()> {
        writeln!(self.writer, "{}", plain::plain_json(json))
    }

    /// Text that may have several lines, and a line end.
    pub(crate) fn text(&mut self, words: &str) -> io::Result<()> {
        writeln!(self.writer, "{}", plain::plain(words))
    }

    /// More text without a line end, at once.
    pub(crate) fn stream(&mut self, words: &str) -> io::Result<()> {
        write!(self.writer, "{}", plain::plain(words))?;
        self.writer.flush()
    }

    /// One line in a style.
    pub(crate) fn styled(&mut self, style: Style, words: &str) -> io::Result<()> {
        writeln!(self.writer, "{style}{}{style:#}", plain::plain_line(words))?;
        self.writer.flush()
    }

    /// One line of several styles.
    pub(crate) fn parts(&mut self, parts: &[(Style, &str)]) -> io::Result<()> {
        for (style, words) in parts {
            let words = plain::plain_line(words);
            write!(self.writer, "{style}{words}{style:#}")?;
        }
        writeln!(self.writer)?;
        self.writer.flush()
    }

    /// Text wrapped to the width, every line after so many spaces.
    pub(crate) fn wrapped(&mut self, indent: usize, words: &str) -> io::Result<()> {
        for line in wrap(&plain::plain(words), self.width.saturating_sub(indent).max(20)) {
            writeln!(self.writer, "{}", format!("{:indent$}{line}", "").trim_end())?;
        }
        Ok(())
    }

    /// The same in words that matter less.
    pub(crate) fn faint(&mut self, indent: usize, words: &str) -> io::Result<()> {
        for line in wrap(&plain::plain(words), self.width.saturating_sub(indent).max(20)) {
            writeln!(self.writer, "{DIM}{}{DIM:#}", format!("{:indent$}{line}", "").trim_end())?;
        }
        Ok(())
    }

    /// Where whoever reads this is.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A table: a heading for each column, and the rows; columns named in `right` are aligned to the right.
    pub(crate) fn table(&mut self, heads: &[&str], right: &[usize], rows: &[Vec<String>]) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(80));
        table.set_header(heads.iter().map(|head| (*head).to_owned()).collect::<Vec<String>>());
        for row in rows {
            table.add_row(row.iter().map(|cell| plain::plain_line(cell)).collect::<Vec<String>>());
        }
        let last = heads.len().saturating_sub(1);
        // Names stay whole as long as the last column keeps room for its words.
        let widths = table.column_max_content_widths();
        let taken: usize = widths.iter().take(last).map(|width| usize::from(*width) + 2).sum();
        let whole = taken + LAST <= self.width;
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if whole && index != last {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            if right.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for (index, line) in table.lines().enumerate() {
            let style = if index == 0 { BOLD } else { Style::new() };
            writeln!(self.writer, "{style}{}{style:#}", line.trim_end())?;
        }
        Ok(())
    }

    /// The day of a moment that is given in milliseconds since 1970.
    pub(crate) fn day(&self, milliseconds: u64) -> String {
        let moment = i64::try_from(milliseconds).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        moment.map_or_else(|| "at some time".to_owned(), |at| at.to_zoned(self.zone.clone()).date().to_string())
    }

    /// Day and time to the second of a moment in RFC 3339; as it came when it is none.
    pub(crate) fn moment(&self, text: &str) -> (String, String) {
        match text.parse::<Timestamp>() {
            Ok(at) => {
                let at = at.to_zoned(self.zone.clone());
                (at.date().to_string(), at.strftime("%H:%M:%S").to_string())
            }
            Err(_) => (String::new(), plain::excerpt(text, 24)),
        }
    }
}

/// How a state is coloured: green for what works, yellow for what waits, red for what does not.
pub(crate) fn state(word: &str) -> Style {
    let colour = match word {
        "ready" | "ok" | "allow" | "granted" | "built in" | "current" => AnsiColor::Green,
        "ask" | "warning" | "library" => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new().fg_color(Some(colour.into()))
}

/// Break lines at spaces; a longer word stays whole, so that a command in it can be copied.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// A size for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        // Whole tenths, without floating point.
        _ => {
            let tenths = bytes.div_ceil(104_858);
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}
