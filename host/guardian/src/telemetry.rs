//! Whom monitoring is told of turns and calls: `[telemetry]` of `loket.toml`. Nobody, where it is not there.

use crate::reader::{Problems, Section};
use loket_registry::name::shown;

/// How long an address may be, in characters.
const MAX_ADDRESS: usize = 2_048;
/// How long names may be.
const MAX_NAME: usize = 64;

/// A collector of traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// Its address, to which `/v1/traces` is added.
    pub otlp: String,
    /// The name of the secret that it is shown.
    pub secret: Option<String>,
    /// The header in which that is: a bearer token in `authorization`, or the secret as it is in any other.
    pub header: String,
    /// Seconds from one group of spans to the next.
    pub seconds: u32,
}

impl Telemetry {
    /// Reads `[telemetry]`.
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> Option<Telemetry> {
        section.known(problems, &["otlp", "secret", "header", "seconds"]);
        let seconds = section.number(problems, "seconds", 1..=3_600).unwrap_or(5);
        let mut word = |key: &str, fits: fn(u8) -> bool| {
            let text = section.string(problems, key)?;
            if text.value.is_empty() || text.value.len() > MAX_NAME || !text.value.bytes().all(fits) {
                let why = format!("`{key}` cannot be `{}`", shown(text.value));
                problems.tell(text.line, why, format!("write a name, such as `{key} = \"api-key\"`"));
                return None;
            }
            Some(text.value.to_owned())
        };
        let secret = word("secret", |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        let header = word("header", |b| b.is_ascii_alphanumeric() || b == b'-');
        let Some(otlp) = section.string(problems, "otlp") else {
            let next = "write the collector's address, such as `otlp = \"http://127.0.0.1:4318\"`";
            problems.tell(section.line, "`[telemetry]` names no collector", next);
            return None;
        };
        let fits = otlp.value.len() <= MAX_ADDRESS && otlp.value.bytes().all(|b| b.is_ascii_graphic());
        if !fits || !["http://", "https://"].iter().any(|scheme| otlp.value.starts_with(scheme)) {
            let why = format!("`otlp` cannot be `{}`", shown(otlp.value));
            problems.tell(otlp.line, why, "write an address, such as `otlp = \"http://127.0.0.1:4318\"`");
            return None;
        }
        let header = header.unwrap_or_else(|| "authorization".to_owned());
        Some(Telemetry { otlp: otlp.value.to_owned(), secret, header, seconds })
    }

    /// All that it says, in a form of its own: what is sealed.
    pub(crate) fn policy(&self) -> String {
        format!("{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<Option<Telemetry>, String> {
        HostConfig::parse("loket.toml", text).map(|config| config.live.telemetry).map_err(|report| report.to_string())
    }

    #[test]
    fn a_collector_is_named_by_its_address_and_nobody_is_told_by_default() {
        assert_eq!(parse(""), Ok(None));
        let own =
            parse("[telemetry]\notlp = \"http://127.0.0.1:4318\"\n").expect("it can be read").expect("it is there");
        assert_eq!((own.seconds, own.header.as_str(), own.secret), (5, "authorization", None));
        let text = "[telemetry]\notlp = \"https://a.example\"\nsecret = \"bees\"\nheader = \"x-team\"\nseconds = 60\n";
        let own = parse(text).expect("it can be read").expect("it is there");
        assert_eq!((own.seconds, own.header.as_str(), own.secret.as_deref()), (60, "x-team", Some("bees")));
    }

    #[test]
    fn what_has_no_meaning_is_refused_with_its_line() {
        for (text, why) in [
            ("[telemetry]\n", "names no collector"),
            ("[telemetry]\notlp = \"127.0.0.1:4318\"\n", "`otlp` cannot be"),
            ("[telemetry]\notlp = \"http://a b\"\n", "`otlp` cannot be"),
            ("[telemetry]\notlp = \"http://a\"\nheader = \"a: b\"\n", "`header` cannot be"),
            ("[telemetry]\notlp = \"http://a\"\nsecret = \"A B\"\n", "`secret` cannot be"),
            ("[telemetry]\notlp = \"http://a\"\nseconds = 0\n", "seconds"),
            ("[telemetry]\notlp = \"http://a\"\nurl = \"x\"\n", "url"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn whom_the_home_tells_of_itself_is_sealed() {
        let policy = |text: &str| HostConfig::parse("loket.toml", text).expect("it can be read").policy();
        let at = |address: &str| policy(&format!("[telemetry]\notlp = \"{address}\"\n"));
        assert_ne!(at("http://127.0.0.1:4318"), policy(""));
        assert_ne!(at("http://127.0.0.1:4318"), at("http://10.0.0.1:4318"));
    }
}
