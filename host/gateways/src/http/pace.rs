//! How often whoever comes may ask: a bucket for each, which fills up again by the time. A program gone wild holds up itself and nobody else.
//!
//! A bucket is one moment, that at which it is full again: the generic cell rate algorithm, as ATM networks have it.
//!
//! Each token and each session that is good has a bucket; all programs that show the owner's own token share one. Strangers share one for each
//! address, and whoever is turned away takes out of another one there: a web page that is refused again and again keeps nobody from the
//! login.

use super::answer::Refusal;
use crate::desk::Problem;
use axum::http::StatusCode;
use lru::LruCache;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
/// Of how many a bucket is kept, of each kind; who was away longest gets a full one.
const MOST: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Whose requests those of strangers are, and where it is set how many they may be.
const STRANGERS: &str = "from where you are, without a token that is good,";
const STRANGERS_SET: &str = "`strangers_a_minute` in `[server]` of loket.toml";

/// How many requests may come in a minute. A minute's may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of one token, or of one session.
    pub known: NonZeroU32,
    /// Of all at one address that show neither, or none that is good; as many again may be turned away there.
    pub strangers: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Self {
        const KNOWN: NonZeroU32 = NonZeroU32::new(60_000).unwrap();
        const STRANGERS: NonZeroU32 = NonZeroU32::new(1_200).unwrap();
        Self { known: KNOWN, strangers: STRANGERS }
    }
}

/// What everybody has left. Pages find it in the extensions of each request: only they know whose session is good.
#[derive(Debug, Clone)]
pub struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    known: Buckets<String>,
    strangers: Buckets<IpAddr>,
    refused: Buckets<IpAddr>,
}

impl Pace {
    /// With full buckets.
    pub(crate) fn new(rates: Rates) -> Self {
        let (known, strangers) = (Buckets::new(rates.known), Buckets::new(rates.strangers));
        Self(Arc::new(Inner { known, strangers, refused: Buckets::new(rates.strangers) }))
    }

    /// A request of somebody known: of a token, by whose name it comes in, or of a session.
    ///
    /// # Errors
    /// 429, and when the next may come.
    pub fn known(&self, name: &str) -> Result<(), Refusal> {
        let set = "`requests_a_minute` in `[server]` of loket.toml";
        self.0.known.take(name.to_owned(), "in your name", set)
    }

    /// A request of somebody who showed nothing that is good, for what is there for everybody: the login, for example.
    ///
    /// # Errors
    /// As [`Pace::known`].
    pub fn stranger(&self, address: IpAddr) -> Result<(), Refusal> {
        self.0.strangers.take(place(address), STRANGERS, STRANGERS_SET)
    }

    /// A request that is turned away, whatever comes of this.
    ///
    /// # Errors
    /// As [`Pace::known`]: that it comes too often is then all that is said.
    pub fn refused(&self, address: IpAddr) -> Result<(), Refusal> {
        self.0.refused.take(place(address), STRANGERS, STRANGERS_SET)
    }

    /// That what somebody shows may be looked at where that takes a while: not any more where too many were turned away.
    ///
    /// # Errors
    /// As [`Pace::known`].
    pub(crate) fn may_be_looked_at(&self, address: IpAddr) -> Result<(), Refusal> {
        let left = self.0.refused.left_at(&place(address), Instant::now());
        left.map_err(|wait| self.0.refused.refusal(wait, STRANGERS, STRANGERS_SET))
    }
}

#[derive(Debug)]
struct Buckets<K: Hash + Eq> {
    a_minute: NonZeroU32,
    /// When each is full again.
    all: Mutex<LruCache<K, Instant>>,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(a_minute: NonZeroU32) -> Self {
        Self { a_minute, all: Mutex::new(LruCache::new(MOST)) }
    }

    fn take(&self, who: K, whose: &str, set: &str) -> Result<(), Refusal> {
        self.take_at(who, Instant::now()).map_err(|wait| self.refusal(wait, whose, set))
    }

    fn refusal(&self, wait: Duration, whose: &str, set: &str) -> Refusal {
        let why = format!("more than {} requests came {whose} within a minute", self.a_minute);
        // In whole seconds, and never before the time.
        let seconds =
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(u32::from(wait.subsec_nanos() > 0));
        let seconds = NonZeroU32::new(seconds).unwrap_or(NonZeroU32::MIN);
        let problem = Problem::exhausted(why).hint(format!("wait {seconds} s, or raise {set}"));
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, problem).with_retry(seconds)
    }

    /// Whether one more could be taken, or how long it is until then.
    fn left_at(&self, who: &K, now: Instant) -> Result<(), Duration> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        self.after(all.peek(who).copied().unwrap_or(now), now).map(drop)
    }

    /// When a bucket that is full again at one moment is so after one more was taken at another.
    fn after(&self, full: Instant, now: Instant) -> Result<Instant, Duration> {
        let after = full.max(now) + MINUTE / self.a_minute.get();
        match (after - now).checked_sub(MINUTE) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(after),
        }
    }

    /// Takes one of a minute's requests out of a bucket, or says how long it is until there is one.
    fn take_at(&self, who: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let full = all.get_or_insert_mut(who, || now);
        *full = self.after(*full, now)?;
        Ok(())
    }
}

/// Who counts as one stranger: all of this machine, and all of a network as one household has it.
pub(super) fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address if address.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(known: u32, strangers: u32) -> Pace {
        let number = |number| NonZeroU32::new(number).expect("not 0");
        Pace::new(Rates { known: number(known), strangers: number(strangers) })
    }

    #[test]
    fn what_is_granted_passes_and_more_is_refused_until_the_time_that_is_told() {
        let pace = pace(3, 1);
        assert!((0..3).all(|_| pace.known("owner").is_ok()));
        let refusal = pace.known("owner").expect_err("the fourth in a minute");
        assert_eq!((refusal.status, refusal.problem.code.as_str()), (StatusCode::TOO_MANY_REQUESTS, "exhausted"));
        assert!(refusal.problem.hint.is_some_and(|hint| hint.contains("20 s") && hint.contains("requests_a_minute")));
        assert!((0..3).all(|_| pace.known("session:1").is_ok()), "somebody else is not held up");
    }

    #[test]
    fn a_bucket_fills_up_by_the_time_and_no_further() {
        let buckets: Buckets<u8> = Buckets::new(NonZeroU32::new(60).expect("not 0"));
        let begin = Instant::now();
        let take = |second: u64| buckets.take_at(0, begin + Duration::from_secs(second));
        assert!((0..60).all(|_| take(0).is_ok()));
        assert_eq!(take(0), Err(Duration::from_secs(1)));
        assert_eq!((take(1), take(1)), (Ok(()), Err(Duration::from_secs(1))));
        assert!(
            (0..60).all(|_| take(1000).is_ok()) && take(1000).is_err(),
            "a minute's, however long it was left alone"
        );
    }

    #[test]
    fn strangers_share_one_for_each_place() {
        for (one, another, is_one) in [
            ("127.0.0.1", "127.9.9.9", true),
            ("127.0.0.1", "::1", true),
            ("::ffff:127.0.0.1", "::1", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("2001:db8::1", "2001:db8::2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let pace = pace(1, 1);
            let ask = |address: &str| pace.stranger(address.parse().expect("an address"));
            assert!(ask(one).is_ok() && ask(one).is_err(), "{one}");
            assert_eq!(ask(another).is_err(), is_one, "{one} {another}");
            assert!(pace.known("owner").is_ok(), "the owner is not held up");
            let refuse = |address: &str| pace.refused(address.parse().expect("an address"));
            let look = |address: &str| pace.may_be_looked_at(address.parse().expect("an address"));
            assert!(look(one).is_ok() && look(one).is_ok(), "looking takes nothing");
            assert!(refuse(one).is_ok() && refuse(one).is_err(), "what is turned away is counted by itself");
            assert_eq!((look(one).is_err(), look(another).is_err()), (true, is_one), "{one} {another}");
        }
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let pace = pace(1, 1);
        for number in 0..2 * MOST.get() {
            assert!(pace.known(&number.to_string()).is_ok());
        }
        assert_eq!(pace.0.known.all.lock().expect("whole").len(), MOST.get());
    }
}
