//! What a component says of itself: the name and the version that its build wrote into it.

use crate::describe::{Border, SurfaceError};
use wasmparser::{BinaryReader, ComponentName, ComponentNameSectionReader};

/// The section with the name, and that with the version, as `wasm-metadata` and what builds on it write them.
const NAME: &str = "component-name";
const VERSION: &str = "version";
/// The longest name or version that is read, in bytes; a longer one counts as none.
const MAX_LABEL: usize = 1024;

/// A component's name and version, as it says. Whoever built it may have written anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Its name: of a package, of a crate, or of what else the build had.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// Reads what a component says of itself. A section that cannot be read counts as none.
///
/// # Errors
/// When the bytes are not a valid component.
pub fn label(component: &[u8]) -> Result<Label, SurfaceError> {
    let border = Border::read(component)?;
    let last = |wanted: &str| border.sections.iter().rev().find(|(name, _)| *name == wanted).map(|(_, data)| *data);
    let text = |text: &str| (!text.is_empty() && text.len() <= MAX_LABEL).then(|| text.to_owned());
    let version = last(VERSION).and_then(|data| std::str::from_utf8(data).ok()).and_then(text);
    Ok(Label { name: last(NAME).and_then(component_name).and_then(text), version })
}

/// The component's own name, of all the names in the section.
fn component_name(section: &[u8]) -> Option<&str> {
    let names = ComponentNameSectionReader::new(BinaryReader::new(section, 0));
    names.into_iter().map_while(Result::ok).find_map(|name| match name {
        ComponentName::Component { name, .. } => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use wasm_encoder::{Component, ComponentNameSection, CustomSection};

    fn named(name: &str, versions: &[&[u8]]) -> Vec<u8> {
        let mut component = Component::new();
        let mut names = ComponentNameSection::new();
        names.component(name);
        component.section(&names);
        for version in versions {
            component.section(&CustomSection { name: Cow::Borrowed(VERSION), data: Cow::Borrowed(version) });
        }
        component.finish()
    }

    #[track_caller]
    fn check(component: &[u8], name: Option<&str>, version: Option<&str>) {
        let expect = Label { name: name.map(str::to_owned), version: version.map(str::to_owned) };
        assert_eq!(label(component), Ok(expect));
    }

    #[test]
    fn a_component_says_its_name_and_version() {
        check(&named("acme:calc", &[b"1.2.0"]), Some("acme:calc"), Some("1.2.0"));
        check(&named("acme:calc", &[]), Some("acme:calc"), None);
        check(&named("acme:calc", &[b"1.2.0", b"1.3.0"]), Some("acme:calc"), Some("1.3.0"));
        check(&Component::new().finish(), None, None);
    }

    #[test]
    fn what_cannot_be_read_counts_as_none() {
        check(&named("", &[b"\xff"]), None, None);
        check(&named(&"a".repeat(2000), &[&[b'1'; 2000]]), None, None);
        let mut broken = Component::new();
        broken.section(&CustomSection { name: Cow::Borrowed(NAME), data: Cow::Borrowed(&[0, 9, 1]) });
        check(&broken.finish(), None, None);
        assert!(label(b"no component").is_err());
    }
}
