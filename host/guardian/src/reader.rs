//! Reading TOML strictly: unknown keys, wrong types and values out of bounds are told with their line and a way out.

use crate::money::Money;
use crate::report::Report;
use loket_registry::name::shown;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How many bytes a manifest or a configuration may have; whoever reads the file need not read more.
pub const MAX_TEXT: usize = 256 << 10;

/// Reads a file's text: `fill` takes what it knows out of the root table and tells of problems.
///
/// A problem makes the whole file unusable, and all problems are told at once.
pub(crate) fn read<T>(
    file: &str,
    text: &str,
    subject: &'static str,
    fill: impl FnOnce(&mut Problems<'_>, Section<'_>) -> Option<T>,
) -> Result<T, Report> {
    let unusable = Report::new(format!("`{}` cannot be used", shown(file)));
    if text.len() > MAX_TEXT {
        let why = format!("it has {} bytes, and at most {MAX_TEXT} are read", text.len());
        return Err(unusable.because(why, Some("leave out what does not belong there".into())));
    }
    let mut problems = Problems { text, list: Vec::new() };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let line = problems.line(&error.span().unwrap_or_default());
            let message = error.message().replace('\n', "; ");
            let why = format!("line {line}: it is not valid TOML: {}", shown(&message));
            return Err(unusable
                .because(why, Some(format!("mend line {line}; values are written `key = \"text\"` or `key = 8`"))));
        }
    };
    let root = Section { table: table.get_ref(), subject, path: "", entry: None, line: 1 };
    match fill(&mut problems, root) {
        Some(value) if problems.list.is_empty() => Ok(value),
        _ => {
            let mut list = problems.list;
            list.sort_by_key(|(line, ..)| *line);
            let alone = list.len() == 1;
            Err(list.into_iter().fold(unusable, |report, (line, why, next)| {
                // Among several hints, each says where it belongs.
                let next = if alone { next } else { format!("line {line}: {next}") };
                report.because(format!("line {line}: {why}"), Some(next))
            }))
        }
    }
}

/// The problems of a file so far.
pub(crate) struct Problems<'a> {
    text: &'a str,
    list: Vec<(usize, String, String)>,
}

impl Problems<'_> {
    /// Tells of a problem: the line, what is wrong with it, and what to do.
    pub(crate) fn tell(&mut self, line: usize, why: impl Into<String>, next: impl Into<String>) {
        self.list.push((line, why.into(), next.into()));
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

/// A table, and how messages call it.
#[derive(Clone, Copy)]
pub(crate) struct Section<'a> {
    table: &'a DeTable<'a>,
    subject: &'static str,
    path: &'static str,
    /// Its own name, where the owner chose it: the `local` of `[models.local]`.
    entry: Option<&'a str>,
    /// Where it begins.
    pub(crate) line: usize,
}

/// A string, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) value: &'a str,
    pub(crate) line: usize,
}

impl<'a> Section<'a> {
    /// Tells of every key that is not among these, with the nearest one that is.
    pub(crate) fn known(&self, problems: &mut Problems<'_>, keys: &[&str]) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if keys.contains(&name) {
                continue;
            }
            let place = match (self.path, self.entry) {
                ("", _) => self.subject.to_owned(),
                (path, None) => format!("`[{path}]`"),
                (path, Some(entry)) => format!("`[{path}.{}]`", shown(entry)),
            };
            let known: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
            let why = format!("`{}` is not known in {place}; known are {}", shown(name), known.join(", "));
            let next = match nearest(name, keys) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("take `{}` out", shown(name)),
            };
            problems.tell(problems.line(&key.span()), why, next);
        }
    }

    /// The string under a key.
    pub(crate) fn string(&self, problems: &mut Problems<'_>, key: &str) -> Option<Text<'a>> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        match value.get_ref() {
            DeValue::String(text) => Some(Text { value: text, line }),
            other => self.other_type(problems, line, key, "a string", other, format!("write `{key} = \"…\"`")),
        }
    }

    /// The strings in the list under a key, at most `most`; where `single`, one string may stand for a list of one.
    pub(crate) fn strings(
        &self,
        problems: &mut Problems<'_>,
        key: &str,
        most: usize,
        single: bool,
    ) -> Option<Vec<Text<'a>>> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        let next = || format!("write `{key} = [\"…\", \"…\"]`");
        let items = match value.get_ref() {
            DeValue::Array(items) => items,
            DeValue::String(text) if single => return Some(vec![Text { value: text, line }]),
            other => return self.other_type(problems, line, key, "a list of strings", other, next()),
        };
        if items.len() > most {
            let why = format!("`{}` has {} entries, and may have {most}", self.named(key), items.len());
            problems.tell(line, why, "leave some out");
            return None;
        }
        let mut texts = Vec::with_capacity(items.len());
        for item in items.iter() {
            let line = problems.line(&item.span());
            match item.get_ref() {
                DeValue::String(text) => texts.push(Text { value: text, line }),
                other => return self.other_type(problems, line, key, "a list of strings", other, next()),
            }
        }
        Some(texts)
    }

    /// The whole number under a key, within bounds.
    pub(crate) fn number(&self, problems: &mut Problems<'_>, key: &str, bounds: RangeInclusive<u32>) -> Option<u32> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        let next = format!("write a number from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(number) = value.get_ref() else {
            return self.other_type(problems, line, key, "a whole number", value.get_ref(), next);
        };
        match u32::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => {
                let why =
                    format!("`{}` is {}, which is out of its bounds", self.named(key), shown(&number.to_string()));
                problems.tell(line, why, next);
                None
            }
        }
    }

    /// The larger whole number under a key, within bounds.
    pub(crate) fn whole(&self, problems: &mut Problems<'_>, key: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        let next = format!("write a number from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(number) = value.get_ref() else {
            return self.other_type(problems, line, key, "a whole number", value.get_ref(), next);
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => {
                let why =
                    format!("`{}` is {}, which is out of its bounds", self.named(key), shown(&number.to_string()));
                problems.tell(line, why, next);
                None
            }
        }
    }

    /// The amount of money under a key, as it is written: digits, never a number of floating point.
    pub(crate) fn money(&self, problems: &mut Problems<'_>, key: &str) -> Option<Money> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        let text = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::String(text) => text.as_ref(),
            other => {
                return self.other_type(
                    problems,
                    line,
                    key,
                    "an amount of money",
                    other,
                    format!("write `{key} = 1.25`"),
                );
            }
        };
        Text { value: text, line }.parse(problems, key)
    }

    /// What is true or false under a key.
    pub(crate) fn truth(&self, problems: &mut Problems<'_>, key: &str) -> Option<bool> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            other => self.other_type(problems, line, key, "true or false", other, format!("write `{key} = true`")),
        }
    }

    /// The table under a key.
    pub(crate) fn section(&self, problems: &mut Problems<'_>, key: &'static str) -> Option<Section<'a>> {
        let value = self.table.get(key)?;
        let line = problems.line(&value.span());
        match value.get_ref() {
            DeValue::Table(table) => Some(Section { table, subject: self.subject, path: key, entry: None, line }),
            other => self.other_type(
                problems,
                line,
                key,
                "a table",
                other,
                format!("write `[{}]` on a line of its own", self.named(key)),
            ),
        }
    }

    /// The tables under a key.
    pub(crate) fn sections(&self, problems: &mut Problems<'_>, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let items: &[Spanned<DeValue<'_>>] = match value.get_ref() {
            DeValue::Array(items) => items,
            _ => std::slice::from_ref(value),
        };
        let mut sections = Vec::with_capacity(items.len());
        for item in items {
            let line = problems.line(&item.span());
            match item.get_ref() {
                DeValue::Table(table) => {
                    sections.push(Section { table, subject: self.subject, path: key, entry: None, line })
                }
                other => {
                    let next = format!("write `[[{key}]]` on a line of its own");
                    self.other_type::<()>(problems, line, key, "a list of tables", other, next);
                }
            }
        }
        sections
    }

    /// The tables under a key whose names the owner chose, at most `most`: `[models.local]`, `[models.large]`.
    pub(crate) fn entries(
        &self,
        problems: &mut Problems<'_>,
        key: &'static str,
        most: usize,
    ) -> Vec<(Text<'a>, Section<'a>)> {
        let Some(section) = self.section(problems, key) else { return Vec::new() };
        if section.table.len() > most {
            let why = format!("`[{key}]` has {} entries, and may have {most}", section.table.len());
            problems.tell(section.line, why, "leave some out");
            return Vec::new();
        }
        let mut entries = Vec::with_capacity(section.table.len());
        for (name, value) in section.table {
            let line = problems.line(&name.span());
            let name: &'a str = name.get_ref();
            match value.get_ref() {
                DeValue::Table(table) => {
                    let own = Section { table, entry: Some(name), line, ..section };
                    entries.push((Text { value: name, line }, own));
                }
                other => {
                    let next = format!("write `[{key}.{}]` on a line of its own", shown(name));
                    section.other_type::<()>(problems, line, name, "a table", other, next);
                }
            }
        }
        entries
    }

    /// All keys with their values as text, at most `most`: strings, whole numbers, `true` and `false`.
    pub(crate) fn pairs(&self, problems: &mut Problems<'_>, most: usize) -> Vec<(&'a str, String)> {
        if self.table.len() > most {
            let why = format!("`{}` has {} keys, and may have {most}", self.named("*"), self.table.len());
            problems.tell(self.line, why, "leave some out");
            return Vec::new();
        }
        let mut pairs = Vec::with_capacity(self.table.len());
        for (key, value) in self.table {
            let line = problems.line(&value.span());
            let key: &'a str = key.get_ref();
            match value.get_ref() {
                DeValue::String(text) => pairs.push((key, text.to_string())),
                DeValue::Integer(number) => pairs.push((key, number.to_string())),
                DeValue::Boolean(truth) => pairs.push((key, truth.to_string())),
                other => {
                    let next = format!("write `{} = \"…\"`", shown(key));
                    self.other_type::<()>(problems, line, key, "a string, a whole number, true or false", other, next);
                }
            }
        }
        pairs
    }

    /// Whether there is such a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Tells that a key which must be there is not.
    pub(crate) fn needs(&self, problems: &mut Problems<'_>, key: &str, example: &str) {
        if self.table.contains_key(key) {
            return;
        }
        let why = format!("`{}` is missing", self.named(key));
        problems.tell(self.line, why, format!("add a line such as `{key} = {example}`"));
    }

    fn named(&self, key: &str) -> String {
        match (self.path, self.entry) {
            ("", _) => key.to_owned(),
            (path, None) => format!("{path}.{key}"),
            (path, Some(entry)) => format!("{path}.{}.{key}", shown(entry)),
        }
    }

    fn other_type<T>(
        &self,
        problems: &mut Problems<'_>,
        line: usize,
        key: &str,
        wanted: &str,
        found: &DeValue<'_>,
        next: String,
    ) -> Option<T> {
        let found = match found {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        problems.tell(line, format!("`{}` must be {wanted}, and it is {found}", self.named(key)), next);
        None
    }
}

impl<'a> Text<'a> {
    /// What the text parses to; or tells why it does not.
    pub(crate) fn parse<T: std::str::FromStr<Err: Display>>(
        &self,
        problems: &mut Problems<'_>,
        key: &str,
    ) -> Option<T> {
        match self.value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                // Our parsers' messages end with what to do, behind the first colon that follows what is wrong.
                let message = error.to_string();
                let (why, next) = message.rsplit_once(": ").unwrap_or((&message, "correct it"));
                problems.tell(self.line, format!("`{key}`: {why}"), next);
                None
            }
        }
    }
}

/// The key that was probably meant: one that begins like this, or that is a slip of the finger away.
fn nearest<'k>(wrong: &str, keys: &[&'k str]) -> Option<&'k str> {
    let wrong = wrong.to_ascii_lowercase().replace('-', "_");
    if let Some(whole) = keys.iter().find(|key| wrong.len() > 2 && key.starts_with(&wrong)) {
        return Some(whole);
    }
    let distances = keys.iter().map(|key| (strsim::damerau_levenshtein(&wrong, key), *key));
    distances.min().filter(|(distance, key)| *distance <= key.len() / 3).map(|(_, key)| key)
}
