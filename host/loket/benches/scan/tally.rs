//! Who found what, and what that makes in precision and recall.

use super::corpus::Specimen;
use loket::scan::alone::Alone;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The severities from which on something counts as flagged: what asks or blocks, and what is worth a look.
pub(crate) const FROM: [&str; 2] = ["high", "medium"];

/// What came of one of the corpus.
pub(crate) struct Outcome {
    name: String,
    is_hostile: bool,
    is_unseen: bool,
    scanner: String,
    /// The worst that each scanner says, by rank.
    worst: BTreeMap<String, usize>,
}

/// What came of all of them.
pub(crate) struct Tally(Vec<Outcome>);

/// The rank of a severity.
fn rank(severity: &str) -> usize {
    ["info", "low", "medium", "high", "critical"].iter().position(|s| *s == severity).expect("a severity")
}

/// The scanner's name without its namespace and version: `secrets`.
fn short(scanner: &str) -> String {
    let name = scanner.split('@').next().unwrap_or_default();
    name.strip_prefix("loket:scan-").unwrap_or(name).to_owned()
}

impl Tally {
    /// Shows everything to the scanners.
    pub(crate) async fn of(alone: &Alone, corpus: Vec<Specimen>) -> Tally {
        let mut outcomes = Vec::with_capacity(corpus.len());
        for Specimen { name, is_hostile, scanner, is_unseen, candidate, replaced } in corpus {
            let report = alone.look(&name, candidate, replaced).await;
            let mut worst = BTreeMap::new();
            for finding in &report.findings {
                let worst = worst.entry(short(&finding.scanner)).or_insert(0);
                *worst = rank(&finding.severity).max(*worst);
                assert!(!finding.id.starts_with("host/"), "`{name}` is no subject: {}", finding.message);
            }
            outcomes.push(Outcome { name, is_hostile, is_unseen, scanner, worst });
        }
        Tally(outcomes)
    }

    /// How many attacks there are, and how many look-alikes.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let hostile = self.0.iter().filter(|outcome| outcome.is_hostile).count();
        (hostile, self.0.len() - hostile)
    }

    /// The scanners that somebody in the corpus is meant for.
    fn scanners(&self) -> BTreeSet<&str> {
        self.0.iter().map(|outcome| outcome.scanner.as_str()).collect()
    }

    /// What one scanner makes of the attacks that are its own, and of all look-alikes; or all scanners of all, together.
    fn row<'a>(&self, scanner: Option<&'a str>, from: &str, written_out: bool) -> Row<'a> {
        let is_flagged = |outcome: &&Outcome| {
            let mut ranks = outcome.worst.iter().filter(|(name, _)| scanner.is_none_or(|wanted| wanted == *name));
            ranks.any(|(_, worst)| *worst >= rank(from))
        };
        let is_its = |outcome: &&Outcome| {
            outcome.is_hostile
                && scanner.is_none_or(|wanted| wanted == outcome.scanner)
                && !(written_out && outcome.is_unseen)
        };
        let names = |outcomes: Vec<&Outcome>| -> Vec<String> {
            outcomes.iter().map(|o| format!("{}{}", o.name, if o.is_unseen { "*" } else { "" })).collect()
        };
        let (found, missed): (Vec<_>, Vec<_>) = self.0.iter().filter(is_its).partition(|outcome| is_flagged(outcome));
        let wrong = self.0.iter().filter(|outcome| !outcome.is_hostile).filter(is_flagged).collect();
        Row {
            scanner: scanner.unwrap_or(if written_out { "all*" } else { "all" }),
            found: found.len(),
            missed: names(missed),
            wrong: names(wrong),
        }
    }

    fn rows(&self, from: &str) -> Vec<Row<'_>> {
        let mut rows: Vec<_> = self.scanners().into_iter().map(|name| self.row(Some(name), from, false)).collect();
        rows.extend([self.row(None, from, false), self.row(None, from, true)]);
        rows
    }
}

/// A line of the table.
struct Row<'a> {
    scanner: &'a str,
    found: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.0} %", part as f64 * 100.0 / whole as f64) }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hostile, benign) = self.sizes();
        writeln!(f, "{hostile} hostile components, {benign} benign ones. * is put together only when it runs;")?;
        writeln!(f, "`all*` leaves those out.")?;
        for from in FROM {
            writeln!(f, "\nflagged: {from} and worse")?;
            writeln!(
                f,
                "  {:10} {:>5} {:>6} {:>11} {:>9} {:>6}",
                "scanner", "found", "missed", "false alarm", "precision", "recall"
            )?;
            for row in self.rows(from) {
                let (found, missed, wrong) = (row.found, row.missed.len(), row.wrong.len());
                let (precision, recall) = (share(found, found + wrong), share(found, found + missed));
                writeln!(f, "  {:10} {found:>5} {missed:>6} {wrong:>11} {precision:>9} {recall:>6}", row.scanner)?;
            }
            for row in self.rows(from).iter().filter(|row| !row.scanner.starts_with("all")) {
                list(f, &format!("{} misses", row.scanner), &row.missed)?;
                list(f, &format!("{} cries wolf", row.scanner), &row.wrong)?;
            }
            list(f, "nobody finds", &self.row(None, from, false).missed)?;
        }
        Ok(())
    }
}

/// Names behind what they are, in lines that fit a screen.
fn list(f: &mut fmt::Formatter<'_>, what: &str, names: &[String]) -> fmt::Result {
    const WIDTH: usize = 110;
    if names.is_empty() {
        return Ok(());
    }
    write!(f, "  {what}:")?;
    let mut column = WIDTH;
    for name in names {
        if column + name.len() > WIDTH {
            write!(f, "\n    {name}")?;
            column = 0;
        } else {
            write!(f, ", {name}")?;
        }
        column += name.len() + 2;
    }
    writeln!(f)
}
