//! WASI beyond the baseline that the host can link natively, and by which grant a component gets it.
//!
//! All interfaces of such a package belong together: one grant, for the package, is for the one in which the power lies. Those that carry
//! no power of their own are linked without it.

use loket_values::InterfaceName;

/// A WASI package that can be linked natively.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The package: `wasi:http`.
    pub package: &'static str,
    /// The interface under whose name it is granted and answered: `outgoing-handler`.
    pub capability: &'static str,
    /// Its interfaces that do something only by the grant.
    granted: &'static [&'static str],
    /// Its interfaces that are linked without one: there is nothing behind them then.
    free: &'static [&'static str],
    /// The pre-release that is meant; empty for the releases of 0.2.
    draft: &'static str,
    /// What the command that grants it ends with.
    terms: &'static str,
}

/// All of them. What can send out is last: it is asked for when the turn has the labels of all the others.
pub const FAMILIES: [Family; 4] = [
    Family {
        package: "wasi:filesystem",
        capability: "preopens",
        granted: &[],
        free: &["preopens", "types"],
        draft: "",
        terms: " --folder PATH",
    },
    Family {
        package: "wasi:keyvalue",
        capability: "store",
        granted: &["store", "atomics", "batch"],
        free: &[],
        draft: "draft",
        terms: "",
    },
    Family {
        package: "wasi:http",
        capability: "outgoing-handler",
        granted: &["outgoing-handler"],
        free: &["types"],
        draft: "",
        terms: " --host HOST",
    },
    Family {
        package: "wasi:sockets",
        capability: "network",
        granted: &[
            "network",
            "instance-network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
            "ip-name-lookup",
        ],
        free: &[],
        draft: "",
        terms: " --address HOST:PORT",
    },
];

/// The family of a package, by the package's name: `wasi:http`.
pub fn family(package: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.package == package)
}

impl Family {
    /// The name under which it is granted and answered.
    pub fn name(&self) -> InterfaceName {
        InterfaceName { package: self.package.into(), interface: self.capability.into(), version: None }
    }

    /// Whether an interface of it can be linked.
    pub fn has(&self, name: &InterfaceName) -> bool {
        self.is_free(name) || self.granted.contains(&name.interface.as_str())
    }

    /// Whether an interface of it is linked without a grant.
    pub fn is_free(&self, name: &InterfaceName) -> bool {
        self.free.contains(&name.interface.as_str())
    }

    /// Whether it is of a version that the host links.
    pub fn speaks(&self, name: &InterfaceName) -> bool {
        name.version
            .as_ref()
            .is_some_and(|version| (version.major, version.minor, version.pre.as_str()) == (0, 2, self.draft))
    }

    /// The versions that it speaks, in words.
    pub fn versions(&self) -> String {
        match self.draft {
            "" => "0.2".to_owned(),
            draft => format!("0.2.0-{draft}"),
        }
    }

    /// The command that grants it.
    pub fn remedy(&self, grantee: &impl std::fmt::Display) -> String {
        format!("loket grant {grantee} {}{}", self.package, self.terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, has: bool, is_free: bool, speaks: bool) {
        let name: InterfaceName = name.parse().expect("an interface");
        let family = family(&name.package).expect("it can be linked natively");
        assert_eq!((family.has(&name), family.is_free(&name), family.speaks(&name)), (has, is_free, speaks), "{name}");
    }

    #[test]
    fn each_interface_is_linked_by_its_familys_grant_or_carries_no_power() {
        check("wasi:filesystem/types@0.2.6", true, true, true);
        check("wasi:http/types@0.2.0", true, true, true);
        check("wasi:http/outgoing-handler@0.2.12", true, false, true);
        check("wasi:http/incoming-handler@0.2.12", false, false, true);
        check("wasi:sockets/ip-name-lookup@0.2.3", true, false, true);
        check("wasi:keyvalue/batch@0.2.0-draft", true, false, true);
        check("wasi:keyvalue/watcher@0.2.0-draft", false, false, true);
    }

    #[test]
    fn other_versions_are_not_taken_for_those_that_are_linked() {
        for name in [
            "wasi:keyvalue/store@0.2.0-draft2",
            "wasi:keyvalue/store@0.2.0",
            "wasi:keyvalue/store",
            "wasi:sockets/tcp@0.2.0-rc-2023-11-10",
            "wasi:sockets/tcp@1.0.0",
        ] {
            check(name, true, false, false);
        }
    }

    #[test]
    fn every_family_is_granted_by_an_interface_of_its_own() {
        for of in &FAMILIES {
            assert!(of.has(&of.name()), "{}", of.package);
        }
        assert_eq!(family("wasi:io"), None);
        assert_eq!(family("acme:http"), None);
    }
}
