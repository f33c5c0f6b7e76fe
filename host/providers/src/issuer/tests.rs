//! When keys are fetched, and how long they are believed.

use super::*;
use serde_json::json;

fn key(id: &str) -> Key {
    serde_json::from_value(json!({ "kty": "EC", "crv": "P-256", "kid": id })).expect("a key")
}

fn fit() -> &'static Algorithm {
    Algorithm::of("ES256").expect("it is believed")
}

fn ago(seconds: u64) -> Option<Instant> {
    Some(Instant::now().checked_sub(Duration::from_secs(seconds)).expect("there is no first moment"))
}

fn pending() -> Fetching {
    futures::future::pending().boxed().shared()
}

/// Whether whoever needs a key waits for a fetch, and whether that is another one.
fn fetches(keys: &mut Keys, id: &str) -> (bool, bool) {
    let mut is_other = false;
    let wanted = keys.wanted(Some(id), fit(), || {
        is_other = true;
        pending()
    });
    (wanted.is_some(), is_other)
}

#[test]
fn many_who_need_keys_wait_for_one_fetch_and_whoever_needs_none_does_not_wait() {
    let mut keys = Keys::default();
    assert_eq!(fetches(&mut keys, "one"), (true, true));
    assert_eq!(fetches(&mut keys, "one"), (true, false));
    keys.came(Ok(vec![key("one")])).expect("they came");
    assert_eq!(fetches(&mut keys, "one"), (false, false));
    assert_eq!(fetches(&mut keys, "two"), (false, false), "that was just tried");
    keys.tried = ago(APART.as_secs() + 1);
    assert_eq!(fetches(&mut keys, "two"), (true, true));
    assert_eq!(fetches(&mut keys, "one"), (false, false), "a key that is there waits for nobody");
}

#[test]
fn the_time_between_two_fetches_begins_when_one_has_ended() {
    let mut keys = Keys { tried: ago(APART.as_secs() + 1), ..Keys::default() };
    assert_eq!(fetches(&mut keys, "one"), (true, true));
    keys.came(Err("nobody answers".into())).expect_err("they did not come");
    assert!(keys.tried.is_some_and(|at| at.elapsed() < APART));
    assert_eq!(fetches(&mut keys, "one"), (false, false));
}

#[test]
fn keys_that_cannot_be_fetched_again_are_believed_for_a_day() {
    let aged = |seconds| Keys { all: vec![key("one")], fetched: ago(seconds), ..Keys::default() };
    let believed = |seconds| matches!(aged(seconds).believed(Some("one"), fit()), Found::Key(_));
    assert_eq!(fetches(&mut aged(KEPT.as_secs() - 60), "one"), (false, false));
    assert_eq!(fetches(&mut aged(KEPT.as_secs() + 60), "one"), (true, true));
    assert!(believed(KEPT.as_secs() + 60));
    let day = BELIEVED.as_secs();
    assert!(believed(day - 60) && !believed(day + 60));
}
