//! Trying again: when a server is busy or away, and whoever asks said that the request may be sent more than once.

use super::body::Body;
use super::client::{Ask, Behalf, Client, Head};
use super::error::HttpError;
use super::headers::Header;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

/// The most tries after the first.
const MOST: u32 = 10;
/// The latest that the last try may begin.
const LATEST: Duration = Duration::from_secs(120);
/// How long is waited before the second try, where the server does not say; then twice as long each time.
const FIRST: Duration = Duration::from_millis(500);
/// How long is waited at most, where the server does not say.
const LONGEST: Duration = Duration::from_secs(30);
/// What servers answer that are busy, or about to be back. 529 is what some call overloaded.
const PASSING: [u16; 8] = [408, 425, 429, 500, 502, 503, 504, 529];

/// How often to try again.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct Retry {
    /// Tries after the first.
    pub times: u32,
    /// How long after the first try the last may begin, in milliseconds.
    pub within: u32,
}

impl Client {
    /// Sends a request until the answer is more than a word for later, or there is no time for another try. Each try is checked against
    /// the grants as the first one is.
    pub(super) async fn patiently(
        &self,
        ask: Ask,
        behalf: &Behalf<'_>,
        retry: Retry,
    ) -> Result<(Head, Body), HttpError> {
        let within = Duration::from_millis(retry.within.into()).min(LATEST);
        let latest = (Instant::now() + within).min(behalf.deadline);
        let times = retry.times.min(MOST);
        for tried in 0..times {
            let (wait, answer) = match self.once_asked(ask.clone(), behalf).await {
                Ok((head, body)) if is_passing(&head) => (asked_for(&head.headers), Ok((head, body))),
                Err(HttpError::Unreachable(why)) => (None, Err(HttpError::Unreachable(why))),
                answer => return answer,
            };
            let wait = wait.unwrap_or_else(|| pause(tried, chance()));
            if Instant::now() + wait >= latest {
                return answer;
            }
            // Its connection may be used again, or another's.
            drop(answer);
            tracing::debug!(tried, ?wait, "loket.http.retry");
            tokio::time::sleep(wait).await;
        }
        self.once_asked(ask, behalf).await
    }
}

/// Whether an answer is a word for later. Some servers say of one that it is not.
fn is_passing(head: &Head) -> bool {
    let final_word = value(&head.headers, "x-should-retry").is_some_and(|word| word.eq_ignore_ascii_case("false"));
    PASSING.contains(&head.status) && !final_word
}

/// How long the server asks to wait: in milliseconds, in seconds, or until a day and time.
fn asked_for(headers: &[Header]) -> Option<Duration> {
    let number = |name: &str| value(headers, name)?.trim().parse::<f64>().ok().filter(|number| *number >= 0.0);
    if let Some(milliseconds) = number("retry-after-ms") {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    if let Some(seconds) = number("retry-after") {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = rfc2822::parse(value(headers, "retry-after")?.trim()).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default())
}

/// How long to wait after so many tries in vain: between a half and the whole of what doubles each time. `chance` is from 0 to 1.
fn pause(tried: u32, chance: f64) -> Duration {
    let whole = FIRST.saturating_mul(1 << tried.min(16)).min(LONGEST);
    whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

/// A number from 0 to 1 that differs each time, so that those who were sent away together do not come back together.
fn chance() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

fn value<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, &str)]) -> Vec<Header> {
        all.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect()
    }

    #[test]
    fn a_server_says_how_long_in_three_ways() {
        let seconds = |all: &[(&str, &str)]| asked_for(&headers(all)).map(|wait| wait.as_secs_f64());
        assert_eq!(seconds(&[("Retry-After", "20")]), Some(20.0));
        assert_eq!(seconds(&[("retry-after", "1.5")]), Some(1.5));
        assert_eq!(seconds(&[("retry-after", "20"), ("retry-after-ms", "250")]), Some(0.25));
        assert_eq!(seconds(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(0.0), "that is over");
        let soon = rfc2822::to_string(&(jiff::Zoned::now() + Duration::from_secs(100))).expect("a date");
        assert!(seconds(&[("retry-after", &soon)]).is_some_and(|wait| (90.0..=100.0).contains(&wait)), "{soon}");
        for nonsense in ["", "-1", "NaN", "soon", "1e999"] {
            assert_eq!(seconds(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_have_chance_in_them() {
        assert_eq!(pause(0, 0.0), Duration::from_millis(250));
        assert_eq!(pause(0, 1.0), Duration::from_millis(500));
        assert_eq!(pause(3, 1.0), Duration::from_secs(4));
        assert_eq!(pause(u32::MAX, 1.0), LONGEST);
        let some: std::collections::HashSet<u64> = (0..20).map(|_| chance().to_bits()).collect();
        assert!(some.len() > 10, "it differs");
    }

    #[test]
    fn what_a_server_calls_final_is_not_tried_again() {
        let head = |status, all: &[(&str, &str)]| Head { status, headers: headers(all), url: String::new() };
        assert!(is_passing(&head(429, &[])) && is_passing(&head(503, &[])) && is_passing(&head(529, &[])));
        assert!(!is_passing(&head(429, &[("x-should-retry", "false")])));
        assert!(!is_passing(&head(200, &[])) && !is_passing(&head(400, &[])) && !is_passing(&head(401, &[])));
    }
}
