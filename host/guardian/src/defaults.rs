//! What the bundled agents are granted at the first start: a list that anyone can read, in `defaults.toml`.

use crate::capability::{CapabilityName, Grantee};
use crate::reader::{Problems, Section, read};
use crate::report::Report;

/// The list as it is written.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// One grant that a bundled agent, or a bundled package for it, gets at the first start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultGrant {
    /// To whom.
    pub grantee: Grantee,
    /// What it is granted.
    pub capability: CapabilityName,
    /// What for.
    pub why: String,
}

/// The grants of the bundled agents and packages, in the order in which they are written: what a package may exercise for an agent stands
/// before that agent's grant of the package, which passes it on.
///
/// # Errors
/// When the embedded list cannot be read, which a test rules out.
pub fn grants() -> Result<Vec<DefaultGrant>, Report> {
    parse("defaults.toml", DEFAULTS)
}

fn parse(file: &str, text: &str) -> Result<Vec<DefaultGrant>, Report> {
    read(file, text, "the list of default grants", |problems, root| {
        root.known(problems, &["grant"]);
        let mut grants: Vec<DefaultGrant> = Vec::new();
        for section in root.sections(problems, "grant") {
            section.known(problems, &["agent", "package", "capability", "why"]);
            section.needs(problems, "capability", "\"loket:brain/memory\"");
            section.needs(problems, "why", "\"to remember\"");
            let grantee = grantee(problems, section);
            let capability = section.string(problems, "capability").and_then(|text| text.parse(problems, "capability"));
            let why = section.string(problems, "why").map(|text| text.value.to_owned());
            if let (Some(grantee), Some(capability), Some(why)) = (grantee, capability, why) {
                grants.push(DefaultGrant { grantee, capability, why });
            }
        }
        Some(grants)
    })
}

fn grantee(problems: &mut Problems<'_>, section: Section<'_>) -> Option<Grantee> {
    if let Some(package) = section.string(problems, "package") {
        return package.parse(problems, "package").map(Grantee::Package);
    }
    section.needs(problems, "agent", "\"assistant\"");
    section.string(problems, "agent").and_then(|text| text.parse(problems, "agent")).map(Grantee::Agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_list_says_exactly_this() {
        let grants = grants().expect("the embedded list is sound");
        let lines: Vec<_> = grants.iter().map(|grant| format!("{} {}", grant.grantee, grant.capability)).collect();
        assert_eq!(
            lines,
            [
                "assistant loket:brain/memory",
                "assistant loket:model/chat",
                "assistant loket:offline",
                "assistant loket:tools/catalog",
                "assistant loket:calc",
                "assistant loket:text",
                "assistant loket:clock",
                "assistant loket:json",
                "assistant loket:strings",
                "assistant loket:hash",
                "assistant loket:uuid",
                "assistant loket:table",
                "loket:todo wasi:keyvalue/store",
                "assistant loket:todo",
                "loket:commands loket:brain/memory",
                "loket:commands loket:agent/about",
                "assistant loket:commands",
            ]
        );
        assert!(grants.iter().all(|grant| !grant.why.is_empty()));
    }

    #[test]
    fn a_grant_with_a_hole_is_refused() {
        let report =
            parse("defaults.toml", "[[grant]]\nagent = \"assistant\"\nwhy = \"\"\n").expect_err("no capability");
        assert_eq!(report.why(), ["line 1: `grant.capability` is missing"]);
    }
}
