//! Keys for the first time, and for who forgot the passphrase: good once, and not for long. They are in memory alone.

use super::{digest, has_digest, random};
use std::time::{Duration, Instant};

/// For how long a key is good.
pub(crate) const GOOD: Duration = Duration::from_secs(30 * 60);

/// The key that is good now, if one is.
#[derive(Debug, Default)]
pub(crate) struct Keys(Option<(String, Instant)>);

impl Keys {
    /// Makes one, which takes the place of the one before.
    pub(crate) fn make(&mut self, now: Instant) -> Result<String, String> {
        let key = random()?;
        self.0 = Some((digest(&key), now + GOOD));
        Ok(key)
    }

    /// Whether this is it.
    pub(crate) fn is_good(&self, key: &str, now: Instant) -> bool {
        self.0.as_ref().is_some_and(|(digest, until)| now < *until && has_digest(key, digest))
    }

    /// Uses it up; whether it was the one.
    pub(crate) fn take(&mut self, key: &str, now: Instant) -> bool {
        let good = self.is_good(key, now);
        if good {
            self.0 = None;
        }
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_once_and_for_half_an_hour_and_until_there_is_another() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        assert!(!keys.is_good("", now));
        let key = keys.make(now).expect("randomness");
        assert!(keys.is_good(&key, now) && keys.is_good(&key, now + GOOD - Duration::from_secs(1)));
        assert!(!keys.is_good(&key, now + GOOD) && !keys.take(&key, now + GOOD));
        assert!(!keys.take(&key[1..], now));
        assert!(keys.take(&key, now) && !keys.take(&key, now));
        let first = keys.make(now).expect("randomness");
        let second = keys.make(now).expect("randomness");
        assert!(!keys.is_good(&first, now) && keys.is_good(&second, now));
    }
}
