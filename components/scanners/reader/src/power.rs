//! What an interface gives to whoever has it: the words by which scanners sort imports.

/// What can be done with an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// Read what belongs to the owner: files, memories, keys and values.
    Private,
    /// Send something out of the host, or fetch from strangers.
    Out,
    /// Act through others: tools by name, programs of the machine; another package's functions are not meant.
    Act,
    /// Nothing of that kind.
    Harmless,
}

/// The power of an interface, by its name with or without a version.
pub fn power(interface: &str) -> Power {
    let name = interface.split('@').next().unwrap_or_default();
    const PRIVATE: [&str; 8] = [
        "loket:brain/",
        "loket:files/",
        "loket:secrets/",
        "wasi:filesystem/",
        "wasi:keyvalue/",
        "wasi:cli/environment",
        "wasi:cli/stdin",
        "wasi:sql/",
    ];
    const OUT: [&str; 5] =
        ["loket:http/", "loket:channel/outbox", "wasi:http/outgoing-handler", "wasi:sockets/", "wasi:messaging/"];
    const ACT: [&str; 4] = ["loket:tools/", "loket:bus/", "loket:schedule/", "loket:run/"];
    let is = |all: &[&str]| all.iter().any(|prefix| name.starts_with(prefix));
    if is(&PRIVATE) {
        Power::Private
    } else if is(&OUT) {
        Power::Out
    } else if is(&ACT) {
        Power::Act
    } else {
        Power::Harmless
    }
}

/// Whether it belongs to the WASI baseline that standard libraries import whether they use it or not; the host links it sealed.
pub fn is_baseline(interface: &str) -> bool {
    const BASELINE: [&str; 6] =
        ["wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:random/", "wasi:filesystem/", "wasi:config/"];
    BASELINE.iter().any(|prefix| interface.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_sorted_by_what_they_give() {
        for (name, expect) in [
            ("loket:files/folders@0.1.0", Power::Private),
            ("loket:http/client@0.1.0", Power::Out),
            ("wasi:http/outgoing-handler@0.2.6", Power::Out),
            ("wasi:http/types@0.2.6", Power::Harmless),
            ("wasi:sockets/tcp@0.2.6", Power::Out),
            ("loket:tools/catalog", Power::Act),
            ("loket:run/commands@0.1.0", Power::Act),
            ("acme:calc/math@1.0.0", Power::Harmless),
        ] {
            assert_eq!(power(name), expect, "{name}");
        }
        assert!(is_baseline("wasi:cli/exit@0.2.6") && !is_baseline("wasi:sockets/tcp@0.2.6"));
    }
}
