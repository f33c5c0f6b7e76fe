//! `[[schedules]]` of an `agent.toml`: at which moments the agent is told something by itself, and what. Which moment is the next is reckoned
//! here, too, from one that is given: no clock is read.

use crate::manifest::AgentName;
use crate::reader::{Problems, Section, Text};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, civil};
use loket_registry::name::shown;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How many schedules an agent may have.
pub const MAX_SCHEDULES: usize = 32;
/// How many bytes a schedule may say.
pub const MAX_SAY: usize = 4096;
/// How far apart the moments of `every` may be.
pub const EVERY: RangeInclusive<SignedDuration> = SignedDuration::from_mins(1)..=SignedDuration::from_hours(366 * 24);

/// How many bytes a rule may have: more is no moment, no duration and no pattern.
const MAX_RULE: usize = 128;
const AN_AT: &str = "write a moment with its offset, such as `at = \"2026-12-24T08:00:00+01:00\"`";
const AN_EVERY: &str = "write a duration from a minute to 366 days, such as `every = \"30m\"` or `every = \"1d\"`";
const A_CRON: &str =
    "write five fields: minute, hour, day of the month, month, day of the week, such as `cron = \"0 7 * * 1-5\"`";
const A_ZONE: &str = "write the name of a time zone, such as `zone = \"Europe/Amsterdam\"`; without one it is UTC";

/// Something that an agent is told by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, which no other schedule of the agent has: in kebab case, as agents' names are.
    pub name: String,
    /// When.
    pub rule: Rule,
    /// The words that the agent is told.
    pub say: String,
}

/// When something is to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    text: String,
    when: When,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// Once, in milliseconds.
    At(u64),
    /// So many milliseconds apart.
    Every(u64),
    /// When the clocks of a zone show what fits the pattern.
    Cron(Arc<Cron>, TimeZone),
}

impl Rule {
    /// Under which key it stands in a manifest.
    pub fn kind(&self) -> &'static str {
        match self.when {
            When::At(_) => "at",
            When::Every(_) => "every",
            When::Cron(..) => "cron",
        }
    }

    /// As it stands there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The zone by whose clocks a pattern goes, by its name; UTC has none here.
    pub fn zone(&self) -> Option<&str> {
        match &self.when {
            When::Cron(_, zone) => zone.iana_name().filter(|name| *name != "UTC"),
            _ => None,
        }
    }

    /// All of it in one line: of two rules with the same, the moments are the same.
    pub fn line(&self) -> String {
        let (kind, text) = (self.kind(), &self.text);
        self.zone().map_or_else(|| format!("{kind} {text}"), |zone| format!("{kind} {text} {zone}"))
    }

    /// The first moment after another one, of a schedule that there is since a third; all in milliseconds. None where it will not happen any
    /// more.
    pub fn next(&self, since: u64, after: u64) -> Option<u64> {
        let next = match &self.when {
            When::At(at) => Some(*at),
            When::Every(apart) => {
                let been = after.saturating_sub(since) / apart;
                apart.checked_mul(been + 1).and_then(|far| since.checked_add(far))
            }
            When::Cron(cron, zone) => {
                let after = Timestamp::from_millisecond(i64::try_from(after).ok()?).ok()?;
                let next = cron.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok()?;
                milliseconds(next.timestamp())
            }
        };
        next.filter(|next| *next > after)
    }
}

fn milliseconds(moment: Timestamp) -> Option<u64> {
    u64::try_from(moment.as_millisecond()).ok()
}

/// Reads `[[schedules]]`.
pub(crate) fn read(problems: &mut Problems<'_>, root: Section<'_>) -> Vec<Schedule> {
    let sections = root.sections(problems, "schedules");
    if let Some(first) = sections.get(MAX_SCHEDULES) {
        let why = format!("there are {} schedules, and an agent may have {MAX_SCHEDULES}", sections.len());
        problems.tell(first.line, why, "leave some out");
        return Vec::new();
    }
    let mut names: Vec<&str> = Vec::new();
    let mut schedules = Vec::new();
    for section in sections {
        section.known(problems, &["name", "at", "every", "cron", "zone", "say"]);
        section.needs(problems, "name", "\"morning\"");
        section.needs(problems, "say", "\"what is there to do today?\"");
        let name = section.string(problems, "name").and_then(|text| name(problems, text, &mut names));
        let rule = rule(problems, section);
        let say = section.string(problems, "say").and_then(|text| say(problems, text));
        if let (Some(name), Some(rule), Some(say)) = (name, rule, say) {
            schedules.push(Schedule { name, rule, say });
        }
    }
    schedules
}

fn name<'a>(problems: &mut Problems<'_>, text: Text<'a>, names: &mut Vec<&'a str>) -> Option<String> {
    let name = text.value;
    if name.parse::<AgentName>().is_err() {
        let why = format!("`{}` is no name for a schedule", shown(name));
        let next = "write at most 64 lower-case letters and digits in kebab case, such as `every-morning`";
        problems.tell(text.line, why, next);
        return None;
    }
    if names.contains(&name) {
        problems.tell(text.line, format!("there are two schedules `{name}`"), "give one of them another name");
        return None;
    }
    names.push(name);
    Some(name.to_owned())
}

fn say(problems: &mut Problems<'_>, text: Text<'_>) -> Option<String> {
    let words = text.value;
    let (why, next) = if words.trim().is_empty() {
        ("`say` is empty".to_owned(), "write what the agent is to be told")
    } else if words.len() > MAX_SAY {
        (format!("`say` has {} bytes, and may have {MAX_SAY}", words.len()), "put the longer part into the persona")
    } else if words.contains(char::is_control) {
        ("`say` has line ends or other control characters".to_owned(), "write it in one line")
    } else {
        return Some(words.to_owned());
    };
    problems.tell(text.line, why, next);
    None
}

fn rule(problems: &mut Problems<'_>, section: Section<'_>) -> Option<Rule> {
    let given: Vec<&str> = ["at", "every", "cron"].into_iter().filter(|key| section.has(key)).collect();
    let [key] = given[..] else {
        let (why, next) = match given[..] {
            [] => ("a schedule does not say when", "add one line: `at = …` for once, `every = …`, or `cron = …`"),
            _ => ("a schedule says in more than one way when", "leave one of `at`, `every` and `cron`"),
        };
        problems.tell(section.line, why, next);
        return None;
    };
    let zone = section.string(problems, "zone");
    if let (Some(zone), true) = (zone, key != "cron") {
        let next = if key == "at" { "take it out: `at` has its offset" } else { "take it out" };
        problems.tell(zone.line, format!("`zone` means nothing beside `{key}`"), next);
        return None;
    }
    let text = section.string(problems, key)?;
    let read = match (key, text.value.len() > MAX_RULE) {
        (_, true) => {
            Err((format!("`{key}` has {} bytes, and may have {MAX_RULE}", text.value.len()), "make it shorter"))
        }
        ("at", _) => at(text.value),
        ("every", _) => every(text.value),
        _ => match zone.map_or(Ok(TimeZone::UTC), |text| time_zone(text.value).map_err(|told| (text.line, told))) {
            Ok(zone) => cron(text.value, zone),
            Err((line, (why, next))) => {
                problems.tell(line, why, next);
                return None;
            }
        },
    };
    match read {
        Ok(when) => Some(Rule { text: text.value.to_owned(), when }),
        Err((why, next)) => {
            problems.tell(text.line, why, next);
            None
        }
    }
}

/// What is wrong, and what to do.
type Told = (String, &'static str);

fn at(text: &str) -> Result<When, Told> {
    let moment = text.parse::<Timestamp>().ok().and_then(milliseconds);
    moment.map(When::At).ok_or_else(|| (format!("`at` is `{}`, which is no moment", shown(text)), AN_AT))
}

fn every(text: &str) -> Result<When, Told> {
    let apart = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let apart = apart.ok_or_else(|| (format!("`every` is `{}`, which is no duration", shown(text)), AN_EVERY))?;
    match u64::try_from(apart.as_millis()) {
        Ok(apart_ms) if EVERY.contains(&apart) => Ok(When::Every(apart_ms)),
        _ => Err((format!("`every` is `{}`, which is out of its bounds", shown(text)), AN_EVERY)),
    }
}

fn cron(text: &str, zone: TimeZone) -> Result<When, Told> {
    let fields = text.split_whitespace().count();
    if fields != 5 {
        return Err((format!("`cron` is `{}`, which is not five fields but {fields}", shown(text)), A_CRON));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    // It is read in capital letters: what is none of them has no place in it.
    let read = if text.is_ascii() { parser.parse(text).ok() } else { None };
    let cron = read.ok_or_else(|| (format!("`cron` is `{}`, which is no pattern of moments", shown(text)), A_CRON))?;
    // On clocks that no summer changes, one of eight years has all days that there are.
    match cron.find_next_occurrence(&civil::date(2024, 1, 1).at(0, 0, 0, 0), true) {
        Ok(_) => Ok(When::Cron(Arc::new(cron), zone)),
        Err(_) => Err((format!("`cron` is `{}`, and there is no such day", shown(text)), A_CRON)),
    }
}

/// A zone as it was when this was built: nothing of the machine is asked.
fn time_zone(text: &str) -> Result<TimeZone, Told> {
    let zone = TimeZoneDatabase::bundled().get(text);
    zone.map_err(|_| (format!("`zone` is `{}`, which is no time zone that is known", shown(text)), A_ZONE))
}
