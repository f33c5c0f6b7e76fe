//! How bad news is told: what cannot be, why, and what to do next.

use std::fmt;

/// How many reasons a report tells in full.
const MAX_TOLD: usize = 20;
/// How many characters a reason or a hint may have.
const MAX_LINE: usize = 1000;

/// What cannot be, why, and what to do next. The reasons and hints are bounded, whoever caused them.
///
/// ```text
/// agent `scout` cannot be admitted
///   it imports `acme:calc/math@1.2.0`, and its grants do not name it
/// hint: loket grant scout acme:calc/math
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    what: String,
    why: Vec<String>,
    next: Vec<String>,
    untold: usize,
}

impl Report {
    /// A report without reasons so far.
    pub fn new(what: impl Into<String>) -> Report {
        Report { what: what.into(), why: Vec::new(), next: Vec::new(), untold: 0 }
    }

    /// With one more reason, and what to do about it. The same hint is given once.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>, next: Option<String>) -> Report {
        if self.why.len() == MAX_TOLD {
            self.untold += 1;
            return self;
        }
        self.why.push(cut(why.into()));
        let next = next.map(cut).filter(|next| !self.next.contains(next));
        self.next.extend(next);
        self
    }

    /// With one more thing to do.
    #[must_use]
    pub fn hint(mut self, next: impl Into<String>) -> Report {
        self.next.push(cut(next.into()));
        self
    }

    /// What cannot be: one line.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why, a line each.
    pub fn why(&self) -> &[String] {
        &self.why
    }

    /// What to do next, a line each.
    pub fn next(&self) -> &[String] {
        &self.next
    }

    /// What and why, without what to do next.
    pub fn message(&self) -> String {
        let mut message = self.what.clone();
        for why in &self.why {
            message.push_str("\n  ");
            message.push_str(why);
        }
        if self.untold > 0 {
            message.push_str(&format!("\n  and {} more of this kind", self.untold));
        }
        message
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        self.next.iter().try_for_each(|next| write!(f, "\nhint: {next}"))
    }
}

impl std::error::Error for Report {}

fn cut(mut line: String) -> String {
    if let Some((end, _)) = line.char_indices().nth(MAX_LINE) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_hints_are_bounded_and_hints_are_given_once() {
        let report = (0..MAX_TOLD + 3).fold(Report::new("it cannot be"), |report, n| {
            report.because(format!("reason {n}: {}", "x".repeat(2 * MAX_LINE)), Some("do it".into()))
        });
        let text = report.to_string();
        assert!(text.len() < (MAX_TOLD + 1) * (MAX_LINE + 20), "{}", text.len());
        assert!(text.ends_with("\n  and 3 more of this kind\nhint: do it"));
    }
}
