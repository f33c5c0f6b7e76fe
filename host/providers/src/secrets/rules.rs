//! What may be a secret: its name, its value, its hosts.

use super::error::SecretsError;
use crate::http::pattern::HostPattern;
use crate::http::secret::is_name;

/// The longest name.
pub const LONGEST_NAME: usize = 64;
/// The shortest value: a shorter one would be found, and taken out, in texts that have nothing to do with it.
pub const SHORTEST_VALUE: usize = 8;
/// The longest value, in bytes.
pub const LONGEST_VALUE: usize = 16 << 10;
/// The most hosts that one secret is tied to.
pub const MOST_HOSTS: usize = 32;
/// The most secrets of a home.
pub const MOST_SECRETS: usize = 500;
/// The most bytes of all values together: whatever is shown or kept is searched for all of them.
pub const MOST_VALUES: usize = 64 << 10;

/// Whether this can name a secret.
pub(crate) fn name(name: &str) -> Result<(), SecretsError> {
    if is_name(name) {
        return Ok(());
    }
    Err(SecretsError::Name { name: name.chars().take(LONGEST_NAME).collect(), most: LONGEST_NAME })
}

/// Whether this can be a value: what a header can carry as it is, and long enough to be told from other words.
pub(super) fn value(value: &str) -> Result<(), SecretsError> {
    let why = match value {
        _ if value.len() < SHORTEST_VALUE => "it is shorter than 8 characters, too short to be told from other words",
        _ if value.len() > LONGEST_VALUE => "it is longer than 16 KiB",
        _ if value.contains(['\n', '\r']) => "it has several lines, and a header has one",
        _ if value.bytes().any(|b| b.is_ascii_control()) => "it has control characters, which no header can carry",
        _ if !value.is_ascii() => "it has characters other than ASCII, which headers do not carry alike everywhere",
        _ if value.trim() != value => "it begins or ends with a space, which headers lose",
        _ => return Ok(()),
    };
    Err(SecretsError::Value(why))
}

/// The patterns of hosts as they are kept: at least one, none twice.
pub(super) fn hosts(wanted: &[String]) -> Result<Vec<HostPattern>, SecretsError> {
    if wanted.is_empty() {
        return Err(SecretsError::Hosts("a secret without a host could be sent nowhere".to_owned()));
    }
    if wanted.len() > MOST_HOSTS {
        return Err(SecretsError::Hosts(format!(
            "a secret is tied to {MOST_HOSTS} hosts at most, not {}",
            wanted.len()
        )));
    }
    let mut hosts: Vec<HostPattern> = Vec::new();
    for text in wanted {
        let host = HostPattern::parse(text).map_err(|e| SecretsError::Hosts(e.to_string()))?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for fine in ["a", "github-token", "a.b_c-1", &"x".repeat(64)] {
            name(fine).expect(fine);
        }
        for wrong in ["", "A", "a b", "ä", "a/b", "a\n", "{{x}}", &"x".repeat(65)] {
            assert!(matches!(name(wrong), Err(SecretsError::Name { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_value_is_what_a_header_can_carry() {
        for fine in ["12345678", "Bearer with spaces \"and\" quotes", &"x".repeat(LONGEST_VALUE)] {
            value(fine).expect("it fits");
        }
        for wrong in [
            "",
            "1234567",
            "two\nlines",
            "two\r\nlines",
            "a\0bcdefgh",
            "tab\tulated",
            "größe der Welt",
            " leading1",
            "trailing ",
            &"x".repeat(LONGEST_VALUE + 1),
        ] {
            let error = value(wrong).expect_err("it does not fit").to_string();
            assert!(wrong.len() < 4 || !error.contains(wrong), "a message never holds a value: {error}");
        }
    }
}
