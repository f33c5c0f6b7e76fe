//! What a scanner answers.

use crate::text::clip;
use std::ops::Range;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Unusual, and mostly harmless.
    Low,
    /// Better looked at.
    Medium,
    /// The owner should decide.
    High,
    /// It must not run.
    Critical,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// `component`, or the name of a document.
    pub place: String,
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// What is there, made harmless to show.
    pub text: String,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, `imports/unused`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in one line.
    pub title: String,
    /// Why it matters here.
    pub message: String,
    /// Where.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// A finding without a place so far.
    pub fn new(
        id: &str,
        severity: Severity,
        title: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding {
            id: id.into(),
            severity,
            title: title.into(),
            message: message.into(),
            evidence: Vec::new(),
            remedy: remedy.into(),
        }
    }

    /// The same, found at these bytes of the component.
    #[must_use]
    pub fn at(self, range: Range<u64>, text: &str) -> Finding {
        self.within("component", range, text)
    }

    /// The same, found there.
    #[must_use]
    pub fn within(mut self, place: &str, range: Range<u64>, text: &str) -> Finding {
        let length = range.end.saturating_sub(range.start);
        self.evidence.push(Evidence { place: place.into(), offset: range.start, length, text: text.into() });
        self
    }
}

/// The findings as the contract allows them: worst first, and everything cut to its bound.
pub fn bounded(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(500);
    for finding in &mut findings {
        clip(&mut finding.id, 64);
        clip(&mut finding.title, 256);
        clip(&mut finding.message, 2048);
        clip(&mut finding.remedy, 1024);
        finding.evidence.truncate(16);
        for evidence in &mut finding.evidence {
            clip(&mut evidence.place, 256);
            clip(&mut evidence.text, 256);
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_to_the_bounds_and_has_the_worst_first() {
        let small = Finding::new("a/b", Severity::Low, "t", "m", "r");
        let mut big = Finding::new(&"ä".repeat(100), Severity::High, "t".repeat(999), "m".repeat(9999), "");
        for _ in 0..40 {
            big = big.at(0..1, &"x".repeat(999));
        }
        let mut all = vec![small; 600];
        all.push(big);
        let all = bounded(all);
        assert_eq!((all.len(), all[0].severity), (500, Severity::High));
        assert!(all[0].id.len() <= 64 && all[0].title.len() <= 256 && all[0].message.len() <= 2048);
        assert!(all[0].evidence.len() == 16 && all[0].evidence.iter().all(|e| e.text.len() <= 256));
    }
}
