//! What the owner's advisories say of what a component is made of.

use crate::made::Made;
use crate::sbom::Listed;
use loket_scan_reader::known::{Advisory, Ingredient, Kind, Knows, MOST_ASKED, Rating};
use loket_scan_reader::text::shown;
use loket_scan_reader::{Finding, Severity};
use std::ops::Range;

/// The most packages that are asked about.
const MOST: usize = 20_000;

/// How far what is advised against can do harm here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It is in the component.
    Inside,
    /// It made the component.
    Tool,
    /// It ran while the component was built.
    Building,
}

/// Asks about everything, and tells what is said.
pub fn inspect(listed: &Listed, made: &Made, known: &dyn Knows) -> Vec<Finding> {
    let part = |only_builds| if only_builds { Part::Building } else { Part::Inside };
    let dependencies = listed.packages.iter().map(|(i, (place, only_builds))| (i, place, part(*only_builds)));
    let tools = made.tools.iter().map(|(tool, place)| {
        let part = if tool.name == "std" { Part::Inside } else { Part::Tool };
        (tool, place, part)
    });
    let all: Vec<(&Ingredient, &Range<u64>, Part)> = tools.chain(dependencies).take(MOST).collect();
    let mut findings = Vec::new();
    let mut is_known = known.advisories(&[]).is_some();
    for some in all.chunks(MOST_ASKED) {
        let asked: Vec<Ingredient> = some.iter().map(|(ingredient, ..)| (*ingredient).clone()).collect();
        let Some(told) = known.advisories(&asked) else {
            is_known = false;
            break;
        };
        let of = |advisory: Advisory| {
            let (ingredient, place, part) = some.get(advisory.about)?;
            Some(told_of(&advisory, ingredient, (*place).clone(), *part))
        };
        findings.extend(told.into_iter().filter_map(of));
    }
    if is_known && made.is_rust && !listed.is_there {
        findings.push(unlisted());
    }
    findings
}

fn told_of(advisory: &Advisory, ingredient: &Ingredient, place: Range<u64>, part: Part) -> Finding {
    let (id, worst) = match advisory.kind {
        Kind::Vulnerability => ("supply/vulnerable", severity(advisory.rating)),
        Kind::Unsound => ("supply/unsound", Severity::Low),
        Kind::Unmaintained => ("supply/unmaintained", Severity::Info),
        Kind::Notice => ("supply/notice", Severity::Info),
    };
    let (most, how) = match part {
        Part::Inside => (Severity::High, "It contains"),
        Part::Tool => (Severity::Medium, "It was made with"),
        Part::Building => (Severity::Low, "It was built with the help of"),
    };
    let plain = |text: &str| shown(text.as_bytes());
    let (name, version) = (plain(&ingredient.name), plain(&ingredient.version));
    let rated = match advisory.rating {
        Some(rating) => format!(" It is rated {}.", words(rating)),
        None if advisory.kind == Kind::Vulnerability => " Nobody rated it.".to_owned(),
        None => String::new(),
    };
    let mended: Vec<String> = advisory.mended.iter().map(|version| format!("`{}`", plain(version))).collect();
    let remedy = match mended.is_empty() {
        true => format!("no version of `{name}` mends it: look for a component that does without"),
        false => format!("ask its author to build it with `{name}` {}", mended.join(" or ")),
    };
    let title = format!("{}: {}", plain(&advisory.id), plain(&advisory.title));
    let message = format!("{how} `{name}` {version}, which that advisory is about.{rated}");
    Finding::new(id, worst.min(most), title, message, remedy).at(place, &format!("{name} {version}"))
}

/// The rating is for a program that may do everything. What runs behind a border is for the owner to decide: nothing here blocks by itself.
fn severity(rating: Option<Rating>) -> Severity {
    match rating {
        Some(Rating::Critical | Rating::High) => Severity::High,
        Some(Rating::Medium) | None => Severity::Medium,
        Some(Rating::Low | Rating::None) => Severity::Low,
    }
}

fn words(rating: Rating) -> &'static str {
    match rating {
        Rating::None => "harmless",
        Rating::Low => "low",
        Rating::Medium => "medium",
        Rating::High => "high",
        Rating::Critical => "critical",
    }
}

/// What is not listed cannot be looked up.
fn unlisted() -> Finding {
    Finding::new(
        "supply/no-sbom",
        Severity::Info,
        "it does not say what it is made of",
        "It was written in Rust and has no list of its dependencies, so your advisories could not be asked about them.",
        "ask its author to build it with `cargo auditable`",
    )
}
