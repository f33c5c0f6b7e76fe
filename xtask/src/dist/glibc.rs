//! Which glibc a program needs: the newest version among the names that it asks the loader for.

use std::fmt;

/// A version of glibc.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    pub(super) const fn new(major: u32, minor: u32) -> Version {
        Version { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The newest version that is named in a program's bytes; `None` when there is none.
pub(super) fn needed(program: &[u8]) -> Option<Version> {
    const NAME: &[u8] = b"GLIBC_";
    let names = program.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    names.filter_map(|(at, _)| version(&program[at + NAME.len()..])).max()
}

/// `2.17`, ended by a zero byte, as names of versions are in a program.
fn version(bytes: &[u8]) -> Option<Version> {
    let end = bytes.iter().take(12).position(|byte| *byte == 0)?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    Some(Version::new(numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_the_versions_that_are_named_counts() {
        let program = b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_PRIVATE\0GLIBC_2.9\0libc.so.6\0";
        assert_eq!(needed(program), Some(Version::new(2, 17)));
        assert_eq!(needed(b"\0GLIBC_2.17"), None, "a name that does not end is none");
        assert_eq!(needed(b"static"), None);
    }
}
