//! Names that imitate those that are trusted.

use loket_scan_reader::text::shown;
use loket_scan_reader::{Finding, Severity};

/// Namespaces that belong to the host, and to WebAssembly itself.
const TRUSTED: [&str; 2] = ["loket", "wasi"];
/// Too short to be imitated: many words are one letter away.
const SHORT: usize = 4;

/// Looks at the name of the package, and at those at its border.
pub fn inspect<'a>(
    package: Option<&str>,
    border: impl Iterator<Item = (&'a str, u64, bool)>,
    findings: &mut Vec<Finding>,
) {
    if let Some((namespace, _)) = package.and_then(|package| package.split_once(':'))
        && let Some(trusted) = imitated(namespace)
    {
        findings.push(told(namespace, trusted, package.unwrap_or_default()));
    }
    for (name, offset, is_export) in border {
        let Some((namespace, rest)) = name.split_once(':') else { continue };
        let end = offset + name.len() as u64 + 2;
        if let Some(trusted) = imitated(namespace) {
            findings.push(told(namespace, trusted, name).at(offset..end, &shown(name.as_bytes())));
        } else if is_export && namespace == "loket" && !is_ours(package, rest) {
            let finding = Finding::new(
                "poison/foreign-namespace",
                Severity::Medium,
                format!("it offers `{}`, and is not of the namespace `loket`", shown(name.as_bytes())),
                "Whoever lists its tools may take them for the host's own.",
                "ask its author to name its interfaces after its own package",
            );
            findings.push(finding.at(offset..end, &shown(name.as_bytes())));
        }
    }
}

/// Whether a component may offer this interface of ours: its role says so, or it is one of ours.
fn is_ours(package: Option<&str>, rest: &str) -> bool {
    const CONTRACT: [&str; 4] = ["roles/", "model/", "tools/provider", "channel/"];
    package.is_none_or(|package| package.starts_with("loket:")) || CONTRACT.iter().any(|own| rest.starts_with(own))
}

fn told(name: &str, trusted: &str, whole: &str) -> Finding {
    Finding::new(
        "poison/imitation",
        Severity::High,
        format!("`{}` looks like `{trusted}` and is another", shown(whole.as_bytes())),
        format!("`{}` is one slip away from `{trusted}`: who grants it may mean the other.", shown(name.as_bytes())),
        "compare the names letter by letter before you grant anything",
    )
}

/// The trusted namespace that a name is taken for, and is not.
fn imitated(name: &str) -> Option<&'static str> {
    // A neighbour by right.
    if ["wasm", "wast"].contains(&name) {
        return None;
    }
    let plain = plain(name);
    TRUSTED.iter().copied().find(|trusted| {
        *trusted != name
            && (plain == *trusted
                || trusted.len() >= SHORT && plain.len() >= SHORT && is_one_slip_away(&plain, trusted))
    })
}

/// With what looks alike made alike.
fn plain(name: &str) -> String {
    let letters = name.chars().map(|letter| crate::letters::looks_latin(letter).unwrap_or(letter));
    letters
        .map(|letter| match letter {
            '0' => 'o',
            '1' | '|' | '!' => 'l',
            '3' => 'e',
            '5' | '$' => 's',
            '4' | '@' => 'a',
            '7' => 't',
            other => other.to_ascii_lowercase(),
        })
        .filter(|letter| letter.is_alphabetic())
        .collect()
}

/// One letter more, less, other, or two that changed places.
fn is_one_slip_away(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (ra, rb) = (&a[same..], &b[same..]);
    match (a.len() as isize) - (b.len() as isize) {
        0 => ra.get(1..) == rb.get(1..) || ra.len() >= 2 && ra[0] == rb[1] && ra[1] == rb[0] && ra[2..] == rb[2..],
        1 => ra[1..] == *rb,
        -1 => *ra == rb[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_look_alikes_are_imitations_and_other_words_are_not() {
        for name in ["1oket", "lokket", "lokte", "loket-", "l0ket", "wasl", "w4si", "lоket"] {
            assert!(imitated(name).is_some(), "{name}");
        }
        for name in ["loket", "wasi", "acme", "market", "rocket", "bucket", "was", "wasm", "local"] {
            assert!(imitated(name).is_none(), "{name}");
        }
    }
}
