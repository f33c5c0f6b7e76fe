//! What a package is called: its name, one version of it, and which versions would do.

use semver::{Version, VersionReq};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many bytes a namespace or a name may have.
pub const MAX_LABEL: usize = 64;
/// How many bytes a version may have.
pub const MAX_VERSION: usize = 64;

/// A text that names no package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is not of the form `namespace:name`.
    #[error("`{}` is not the name of a package: write `namespace:name`, both in lower-case kebab case", shown(.0))]
    Form(String),
    /// The namespace or the name is too long.
    #[error("`{}` is too long for the name of a package: the namespace and the name may have {MAX_LABEL} characters each", shown(.0))]
    Long(String),
    /// It has no version where one is needed.
    #[error("`{}` has no version: write it behind the name, such as `{}@1.2.0`", shown(.0), shown(.0))]
    NoVersion(String),
    /// What stands behind the `@` is not a version.
    #[error("`{}` has no valid version: write three numbers behind the `@`, such as `@1.2.0`", shown(.0))]
    Version(String),
    /// What stands behind the `@` does not say which versions would do.
    #[error("`{}` has no valid choice of versions: write for example `@1.2`, `@^0.1` or `@=1.2.0` behind the name", shown(.0))]
    Requirement(String),
}

/// A package's name: `namespace:name`, both in lower-case kebab case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageName {
    namespace: Arc<str>,
    name: Arc<str>,
}

/// One version of a package: `acme:calc@1.2.0`. Ordered by name, then from the oldest version to the newest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageRef {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
}

/// A package and which of its versions would do: `acme:calc@^1.2`, or `acme:calc` for any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackageReq {
    /// The package.
    pub name: PackageName,
    /// Which versions would do.
    pub versions: VersionReq,
}

impl PackageName {
    /// The name of `name` in `namespace`.
    ///
    /// # Errors
    /// When one of them is not in lower-case kebab case, or is too long.
    pub fn new(namespace: &str, name: &str) -> Result<PackageName, NameError> {
        let whole = || format!("{namespace}:{name}");
        if namespace.len() > MAX_LABEL || name.len() > MAX_LABEL {
            return Err(NameError::Long(whole()));
        }
        if !is_kebab(namespace) || !is_kebab(name) {
            return Err(NameError::Form(whole()));
        }
        Ok(PackageName { namespace: namespace.into(), name: name.into() })
    }

    /// What stands before the colon.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What stands behind the colon.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One version of it.
    #[must_use]
    pub fn at(&self, version: Version) -> PackageRef {
        PackageRef { name: self.clone(), version }
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.name)
    }
}

impl FromStr for PackageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once(':') {
            Some((namespace, name)) => PackageName::new(namespace, name),
            None => Err(NameError::Form(text.to_owned())),
        }
    }
}

impl fmt::Display for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

impl FromStr for PackageRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((name, version)) = text.split_once('@') else {
            return Err(match text.parse::<PackageName>() {
                Ok(_) => NameError::NoVersion(text.to_owned()),
                Err(error) => error,
            });
        };
        let name = name.parse()?;
        let version = parse_version(version).ok_or_else(|| NameError::Version(text.to_owned()))?;
        Ok(PackageRef { name, version })
    }
}

impl fmt::Display for PackageReq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.versions == VersionReq::STAR {
            return self.name.fmt(f);
        }
        write!(f, "{}@{}", self.name, self.versions)
    }
}

impl FromStr for PackageReq {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (name, versions) = match text.split_once('@') {
            None => (text, VersionReq::STAR),
            Some((name, versions)) => {
                let read = (versions.len() <= MAX_VERSION).then(|| VersionReq::parse(versions).ok()).flatten();
                (name, read.ok_or_else(|| NameError::Requirement(text.to_owned()))?)
            }
        };
        Ok(PackageReq { name: name.parse()?, versions })
    }
}

/// The version that a text is, if it is one of bounded length.
pub fn parse_version(text: &str) -> Option<Version> {
    if text.len() > MAX_VERSION { None } else { Version::parse(text).ok() }
}

/// Words of lower-case letters and digits, joined by single hyphens, the first beginning with a letter.
fn is_kebab(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The text as a message may carry it: whoever wrote it may have put anything in, control characters and a book included.
pub fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 200;
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        match c {
            _ if count == MAX_SHOWN => {
                shown.push('…');
                break;
            }
            '\'' | '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_two_labels_in_lower_case_kebab() {
        for good in ["acme:calc", "a:b", "loket:calc-2", "x1:y-2z"] {
            assert_eq!(good.parse::<PackageName>().expect(good).to_string(), good);
        }
        for bad in [
            "",
            "acme",
            ":",
            "acme:",
            ":calc",
            "Acme:calc",
            "acme:Calc",
            "acme:ca_lc",
            "acme:-calc",
            "acme:calc-",
            "acme:ca--lc",
            "acme:1calc",
            "acme:calc/x",
            "acme:../x",
            "acme:.",
            "acme:calc:x",
            "acme:c\u{202e}x",
            "acme: calc",
            "acme:calc\0",
            "acme:c\\d",
        ] {
            assert!(matches!(bad.parse::<PackageName>(), Err(NameError::Form(_))), "{bad:?}");
        }
        let long = format!("acme:{}", "a".repeat(MAX_LABEL + 1));
        assert_eq!(long.parse::<PackageName>(), Err(NameError::Long(long)));
    }

    #[test]
    fn a_reference_says_what_is_wrong_with_it() {
        let no_version = "acme:calc".parse::<PackageRef>().expect_err("no version").to_string();
        assert_eq!(no_version, "`acme:calc` has no version: write it behind the name, such as `acme:calc@1.2.0`");
        let short = "acme:calc@1.2".parse::<PackageRef>().expect_err("no patch").to_string();
        assert_eq!(short, "`acme:calc@1.2` has no valid version: write three numbers behind the `@`, such as `@1.2.0`");
        let long = format!("acme:calc@1.0.0-{}", "a".repeat(MAX_VERSION));
        assert!(matches!(long.parse::<PackageRef>(), Err(NameError::Version(_))));
    }

    #[test]
    fn messages_carry_no_control_characters() {
        let message = "acme:\u{1b}[2J\u{202e}".parse::<PackageName>().expect_err("hostile").to_string();
        assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message:?}");
    }

    #[test]
    fn a_requirement_without_versions_takes_any() {
        let any = "loket:assistant".parse::<PackageReq>().expect("a name");
        assert_eq!(any.versions, VersionReq::STAR);
        assert_eq!(any.to_string(), "loket:assistant");
        let some = "loket:assistant@^0.1".parse::<PackageReq>().expect("a requirement");
        assert_eq!(some.to_string(), "loket:assistant@^0.1");
        assert!(matches!("loket:assistant@new".parse::<PackageReq>(), Err(NameError::Requirement(_))));
    }

    fn label() -> impl Strategy<Value = String> {
        "[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,3}"
    }

    proptest! {
        #[test]
        fn names_and_references_read_back_as_they_were_written(
            namespace in label(),
            name in label(),
            numbers in any::<(u32, u32, u32)>(),
            pre in "(-[a-z]{1,5}\\.[1-9][0-9]{0,3})?",
            build in "(\\+[a-z0-9]{1,8})?",
        ) {
            let (major, minor, patch) = numbers;
            let text = format!("{namespace}:{name}@{major}.{minor}.{patch}{pre}{build}");
            let reference: PackageRef = text.parse().expect("well-formed");
            prop_assert_eq!(reference.to_string(), text);
            prop_assert_eq!(reference.name.to_string().parse::<PackageName>(), Ok(reference.name.clone()));
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in ".*") {
            let _ = text.parse::<PackageName>();
            let _ = text.parse::<PackageRef>();
            let _ = text.parse::<PackageReq>();
        }
    }
}
