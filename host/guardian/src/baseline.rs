//! Which WASI interfaces are linked sealed for everyone, and which are more than that.
//!
//! Some languages' standard libraries always import the baseline. Sealed, it gives nothing away: no files, no
//! environment, no arguments, an empty input; what is printed goes to the host's log, a bounded part of it.

use loket_values::InterfaceName;

/// The packages of the baseline.
const SEALED: [&str; 5] = ["wasi:io", "wasi:cli", "wasi:clocks", "wasi:random", "wasi:filesystem"];

/// What an imported interface is to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in the baseline: linked sealed, without a grant.
    Sealed,
    /// It is WASI, and does more than the baseline: it needs someone to answer it, and a grant.
    More,
    /// It is WASI 0.3, which this host does not run.
    Asynchronous,
    /// It is a package of the baseline in a version that this host has not.
    OtherVersion,
    /// It is not WASI.
    Foreign,
}

/// What an imported interface is to the baseline.
pub fn standing(name: &InterfaceName) -> Standing {
    if !name.package.starts_with("wasi:") {
        return Standing::Foreign;
    }
    let version = name.version.as_ref().map(|version| (version.major, version.minor, version.pre.is_empty()));
    match (version, SEALED.contains(&name.package.as_str())) {
        (Some((0, 3, _)), _) => Standing::Asynchronous,
        (Some((0, 2, true)), true) => Standing::Sealed,
        (_, true) => Standing::OtherVersion,
        (_, false) => Standing::More,
    }
}

/// What an author can import instead of an interface that nothing on this host answers.
pub fn alternative(name: &InterfaceName) -> Option<&'static str> {
    match name.package.as_str() {
        "wasi:http" | "wasi:sockets" => Some("loket:http/client"),
        "wasi:keyvalue" | "wasi:blobstore" => Some("loket:brain/memory"),
        "wasi:logging" => Some("loket:events/emit"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expect: Standing) {
        assert_eq!(standing(&name.parse().expect("an interface")), expect, "{name}");
    }

    #[test]
    fn the_baseline_is_sealed_at_every_0_2() {
        for name in [
            "wasi:io/streams@0.2.0",
            "wasi:io/poll@0.2.12",
            "wasi:cli/environment@0.2.6",
            "wasi:cli/terminal-stdout@0.2.3",
            "wasi:clocks/wall-clock@0.2.6",
            "wasi:random/insecure-seed@0.2.6",
            "wasi:filesystem/preopens@0.2.6",
        ] {
            check(name, Standing::Sealed);
        }
    }

    #[test]
    fn what_reaches_out_is_more_than_the_baseline() {
        for name in [
            "wasi:sockets/tcp@0.2.6",
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:keyvalue/store@0.2.0-draft",
            "wasi:config/store@0.2.0-rc.1",
            "wasi:logging/logging",
        ] {
            check(name, Standing::More);
        }
    }

    #[test]
    fn other_versions_are_not_taken_for_the_baseline() {
        check("wasi:cli/environment@0.3.0", Standing::Asynchronous);
        check("wasi:http/handler@0.3.0-rc-2025-09-16", Standing::Asynchronous);
        check("wasi:cli/environment@0.2.0-rc-2023-11-10", Standing::OtherVersion);
        check("wasi:cli/environment@1.0.0", Standing::OtherVersion);
        check("wasi:cli/environment", Standing::OtherVersion);
    }

    #[test]
    fn a_name_that_only_looks_like_wasi_is_foreign() {
        check("wasix:io/streams@0.2.0", Standing::Foreign);
        check("acme:io/streams@0.2.0", Standing::Foreign);
        check("streams", Standing::Foreign);
    }
}
