//! What scanners find, and what follows from it: a component passes, waits for the owner, or is not let in.
//!
//! The rule is pure: findings and the owner's policy come in, a judgement goes out. What a scanner found is kept as it found it, so that
//! another policy judges it anew.

use crate::reader::{Problems, Section};
use loket_registry::name::shown;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

/// How much the owner may accept by its digest.
pub const MAX_ACCEPTED: usize = 1_000;
/// The most findings of one scanner.
pub const MAX_FINDINGS: usize = 500;
/// The most places of one finding.
pub const MAX_PLACES: usize = 16;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// Its name, as the contract and `loket.toml` have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `component`, or the name of a document.
    pub place: String,
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// What is there.
    pub text: String,
}

/// Something that a scanner found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name.
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

/// What came of one scanner's look at a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The scanner, as package and version.
    pub scanner: String,
    /// What it found; or why it could not say, which lets nothing pass.
    pub found: Result<Vec<Finding>, String>,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is told.
    Inform,
    /// The component waits until the owner accepts it.
    Ask,
    /// The component is not let in.
    Block,
}

impl Action {
    /// Its name, as `loket.toml` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Inform => "inform",
            Action::Ask => "ask",
            Action::Block => "block",
        }
    }
}

/// The owner's policy: `[scan]` in `loket.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPolicy {
    /// What follows from a finding, by severity.
    pub critical: Action,
    /// The same.
    pub high: Action,
    /// The same.
    pub medium: Action,
    /// The same.
    pub low: Action,
    /// The same.
    pub info: Action,
    /// The digests of what the owner looked at and accepted, as the host named them: what would ask is only told.
    pub accept: BTreeSet<String>,
}

impl Default for ScanPolicy {
    fn default() -> Self {
        ScanPolicy {
            critical: Action::Block,
            high: Action::Ask,
            medium: Action::Inform,
            low: Action::Inform,
            info: Action::Inform,
            accept: BTreeSet::new(),
        }
    }
}

impl ScanPolicy {
    /// Reads `[scan]`.
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> ScanPolicy {
        section.known(problems, &["critical", "high", "medium", "low", "info", "accept"]);
        let mut policy = ScanPolicy::default();
        for severity in Severity::ALL {
            let key = severity.as_str();
            let Some(text) = section.string(problems, key) else { continue };
            let actions = [Action::Inform, Action::Ask, Action::Block];
            match actions.into_iter().find(|action| action.as_str() == text.value) {
                Some(action) => *policy.place(severity) = action,
                None => {
                    let why = format!("`scan.{key}` is `{}`, which is no action", shown(text.value));
                    problems.tell(text.line, why, format!("write `{key} = \"block\"`, `\"ask\"` or `\"inform\"`"));
                }
            }
        }
        for text in section.strings(problems, "accept", MAX_ACCEPTED, false).unwrap_or_default() {
            let digest = text.value.strip_prefix("sha256:").unwrap_or(text.value).to_ascii_lowercase();
            if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                policy.accept.insert(digest);
            } else {
                let why = format!("`scan.accept` has `{}`, which is no SHA-256 digest", shown(text.value));
                problems.tell(text.line, why, "write the 64 hex digits that the refusal shows");
            }
        }
        policy
    }

    fn place(&mut self, severity: Severity) -> &mut Action {
        match severity {
            Severity::Info => &mut self.info,
            Severity::Low => &mut self.low,
            Severity::Medium => &mut self.medium,
            Severity::High => &mut self.high,
            Severity::Critical => &mut self.critical,
        }
    }

    /// What follows from a finding of this severity in this component.
    fn action(&self, severity: Severity, digest: &str) -> Action {
        let action = match severity {
            Severity::Info => self.info,
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        };
        if action == Action::Ask && self.accept.contains(digest) { Action::Inform } else { action }
    }
}

/// What follows from all findings together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Judgement {
    /// The strictest of what follows from each.
    pub action: Action,
    /// What each scanner found, or that it failed, the strictest first: its name, what follows, and the finding.
    pub told: Vec<(String, Action, Finding)>,
}

impl Judgement {
    /// Whether the component may go on to be compiled.
    pub fn passes(&self) -> bool {
        self.action == Action::Inform
    }

    /// What stands in the way.
    pub fn against(&self) -> impl Iterator<Item = &(String, Action, Finding)> {
        self.told.iter().filter(|(_, action, _)| *action > Action::Inform)
    }
}

/// The rule: what follows from the outcomes of all scanners for the component of this digest.
pub fn judge(policy: &ScanPolicy, digest: &str, outcomes: &[Outcome]) -> Judgement {
    let mut told = Vec::new();
    for Outcome { scanner, found } in outcomes {
        match found {
            Ok(findings) => {
                told.extend(findings.iter().map(|f| (scanner.clone(), policy.action(f.severity, digest), f.clone())))
            }
            Err(why) => told.push((scanner.clone(), Action::Block, failed(scanner, why))),
        }
    }
    told.sort_by_key(|(_, action, finding)| Reverse((*action, finding.severity)));
    Judgement { action: told.first().map_or(Action::Inform, |(_, action, _)| *action), told }
}

/// The host's own finding about a scanner that did not do its work. No policy lets it pass.
fn failed(scanner: &str, why: &str) -> Finding {
    Finding {
        id: "host/scanner-failed".into(),
        severity: Severity::Critical,
        title: format!("`{scanner}` could not inspect it"),
        message: why.to_owned(),
        evidence: Vec::new(),
        remedy: "look whether the component was made to break the scanner; where it is only large, raise `[limits]` in loket.toml; else replace or remove that scanner".into(),
    }
}

/// Checks that a scanner's answer keeps to the bounds of the contract.
///
/// # Errors
/// Which bound it breaks.
pub fn bounded(findings: &[Finding]) -> Result<(), String> {
    let most = |what: &str, has: usize, may: usize| match has > may {
        true => Err(format!("its answer has {what} of {has}, and {may} are allowed")),
        false => Ok(()),
    };
    most("a number of findings", findings.len(), MAX_FINDINGS)?;
    for finding in findings {
        most("an id", finding.id.len(), 64)?;
        most("a title", finding.title.len(), 256)?;
        most("a message", finding.message.len(), 2048)?;
        most("a remedy", finding.remedy.len(), 1024)?;
        most("a number of places", finding.evidence.len(), MAX_PLACES)?;
        for evidence in &finding.evidence {
            most("a place", evidence.place.len(), 256)?;
            most("a piece of evidence", evidence.text.len(), 256)?;
        }
        if finding.id.is_empty() || finding.title.is_empty() {
            return Err("its answer has a finding without an id or a title".into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn finding(severity: Severity) -> Finding {
        Finding {
            id: "x/y".into(),
            severity,
            title: "t".into(),
            message: String::new(),
            evidence: vec![],
            remedy: String::new(),
        }
    }

    fn outcome(severities: &[Severity]) -> Outcome {
        Outcome { scanner: "s".into(), found: Ok(severities.iter().copied().map(finding).collect()) }
    }

    #[track_caller]
    fn check(policy: &ScanPolicy, severities: &[Severity], expect: Action) {
        assert_eq!(judge(policy, "d", &[outcome(severities)]).action, expect, "{severities:?}");
    }

    #[test]
    fn the_worst_finding_decides() {
        let policy = ScanPolicy::default();
        check(&policy, &[], Action::Inform);
        check(&policy, &[Severity::Info, Severity::Low, Severity::Medium], Action::Inform);
        check(&policy, &[Severity::Low, Severity::High], Action::Ask);
        check(&policy, &[Severity::High, Severity::Critical, Severity::Info], Action::Block);
    }

    #[test]
    fn a_scanner_that_failed_blocks_whatever_the_policy_says() {
        let policy = ScanPolicy { critical: Action::Inform, high: Action::Inform, ..ScanPolicy::default() };
        let failed = Outcome { scanner: "s".into(), found: Err("it trapped".into()) };
        let judgement = judge(&policy, "d", &[outcome(&[Severity::Critical]), failed]);
        assert_eq!(judgement.action, Action::Block);
        assert_eq!(judgement.told[0].2.id, "host/scanner-failed");
        assert_eq!(judgement.against().count(), 1);
    }

    #[test]
    fn what_the_owner_accepted_passes_where_it_would_ask_and_nowhere_else() {
        let policy = ScanPolicy { accept: ["d".to_owned()].into(), ..ScanPolicy::default() };
        check(&policy, &[Severity::High], Action::Inform);
        check(&policy, &[Severity::Critical], Action::Block);
        assert_eq!(judge(&policy, "other", &[outcome(&[Severity::High])]).action, Action::Ask);
    }

    #[test]
    fn the_policy_is_read_from_the_settings() {
        let digest = "AB".repeat(32);
        let text = format!("[scan]\nmedium = \"ask\"\nhigh = \"block\"\naccept = [\"sha256:{digest}\"]\n");
        let config = HostConfig::parse("loket.toml", &text).expect("it reads");
        assert_eq!((config.live.scan.medium, config.live.scan.high), (Action::Ask, Action::Block));
        assert!(config.live.scan.accept.contains(&digest.to_lowercase()));
        for (text, word) in [
            ("[scan]\nhigh = \"maybe\"", "`maybe`"),
            ("[scan]\naccept = [\"abc\"]", "`abc`"),
            ("[scan]\nserious = \"ask\"", "`serious`"),
        ] {
            let report = HostConfig::parse("loket.toml", text).expect_err("it is wrong");
            assert!(report.message().contains(word), "{report}");
        }
    }

    #[test]
    fn an_answer_beyond_its_bounds_is_told_by_the_bound() {
        assert_eq!(bounded(&[finding(Severity::Low)]), Ok(()));
        let many = vec![finding(Severity::Low); MAX_FINDINGS + 1];
        assert!(bounded(&many).expect_err("too many").contains("501"));
        let long = Finding { title: "x".repeat(257), ..finding(Severity::Low) };
        assert!(bounded(&[long]).expect_err("too long").contains("257"));
        let nameless = Finding { id: String::new(), ..finding(Severity::Low) };
        assert!(bounded(&[nameless]).is_err());
    }
}
