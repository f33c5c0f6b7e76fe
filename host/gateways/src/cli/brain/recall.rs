//! `loket brain AGENT recall`: what fits a question, best first, and why.

use super::ask::{Brain, Of};
use super::entry::{self, Entry, Kind};
use super::when::{self, Period};
use crate::cli::failure::Outcome;
use crate::cli::plain;
use crate::cli::screen::Screen;
use clap::ValueEnum;
use jiff::Zoned;
use serde::Deserialize;
use serde_json::json;
use std::io;

/// Find memories that fit a question, best first, and say why each does
///
/// Words such as `last week` or `in May 2024` say of what time the memories should be.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant recall when is the garden watered
  loket brain assistant search what was said of the car last week
  loket brain assistant recall garden --since 2026-11-01 --tag plants --around 1")]
pub(super) struct RecallArgs {
    /// The question, in plain words
    #[arg(required = true)]
    text: Vec<String>,
    /// Only this kind; may be given several times
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<Kind>,
    /// Only with this word to find it by; given several times, with all of them
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
    /// Only written then or later: a day, a moment, or how long ago, such as `7d`
    #[arg(long, value_name = "WHEN", value_parser = when::since)]
    since: Option<u64>,
    /// Only written before then; of a day, before its end
    #[arg(long, value_name = "WHEN", value_parser = when::until)]
    until: Option<u64>,
    /// None that bears this label; may be given several times
    #[arg(long, value_name = "LABEL")]
    without: Vec<Label>,
    /// With so many memories that stand beside each in its conversation, on either side
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=3))]
    around: u32,
    /// At most so many
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
}

/// What is known of where words came from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Label {
    /// Private data had been seen
    Private,
    /// Words by strangers had been met
    Untrusted,
}

#[derive(Debug, Deserialize)]
struct Hit {
    entry: Entry,
    why: Why,
    context: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Why {
    matched: Vec<String>,
    age: u64,
    period: Option<Period>,
    leads: bool,
    meaning: Option<u32>,
}

/// Ask, and show what fits.
pub(super) async fn recall(brain: &mut Brain<'_>, args: RecallArgs) -> Outcome {
    let without = args.without.iter().map(|label| match label {
        Label::Private => "private",
        Label::Untrusted => "untrusted",
    });
    let query = json!({
        "text": args.text.join(" "), "kinds": Kind::names(&args.kinds), "tags": args.tags, "conversation": null,
        "since": args.since, "until": args.until, "without": without.collect::<Vec<_>>(), "tokens": null,
        "around": args.around, "limit": args.limit,
    });
    let Some(hits) = brain.show::<Vec<Hit>>(Of::Memory, "recall", json!({ "query": query })).await? else {
        return Ok(());
    };
    let screen = brain.screen();
    if hits.is_empty() {
        return Ok(screen.text("nothing fits")?);
    }
    hits.iter().try_for_each(|hit| show(screen, hit))?;
    Ok(())
}

fn show(screen: &mut Screen, hit: &Hit) -> io::Result<()> {
    entry::show(screen, &hit.entry)?;
    let why = reasons(screen, hit).join("; ");
    screen.faint(2, &why)?;
    for beside in &hit.context {
        let line = format!("{}  {}  {}", screen.day(beside.written), beside.kind, plain::excerpt(&beside.text, 200));
        screen.faint(4, &line)?;
    }
    Ok(())
}

fn reasons(screen: &Screen, Hit { entry, why, .. }: &Hit) -> Vec<String> {
    let mut reasons = Vec::new();
    if !why.matched.is_empty() {
        reasons.push(format!("found by {}", why.matched.join(", ")));
    }
    reasons.extend(why.meaning.map(|place| format!("no. {place} by meaning")));
    reasons.extend(why.period.map(|period| format!("of {}", when::period(period, screen.zone(), &Zoned::now()))));
    reasons.extend(why.leads.then(|| "a lesson on this".to_owned()));
    reasons.push(when::age(why.age));
    reasons.push(format!("strength {}", entry.strength));
    reasons.extend((entry.used > 0).then(|| format!("used {}", when::times(entry.used))));
    reasons
}
