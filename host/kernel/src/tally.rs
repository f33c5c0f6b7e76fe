//! How much of a grant is used: calls in one turn, calls in one day.
//!
//! Only grants that have such a limit are counted. A call counts against all of its grants or against none: what one of them refuses uses up
//! nothing of the others.

use crate::fault::{CallError, Exhaustion};
use crate::grants::Grant;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const DAY: u64 = 86_400_000;

/// Counts by grant.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Counts>);

type Counts = HashMap<u64, Count>;

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    day: u64,
    calls: u32,
}

impl Tally {
    /// Counts one call of a turn, at a moment in milliseconds since 1970, against the limits of these grants: those for a turn here, those for
    /// a day (UTC) in `today`.
    ///
    /// # Errors
    /// `exhausted` when one of the grants is used up, with the moment when a day's calls renew; nothing is counted then.
    pub fn count(&self, today: &Tally, grants: &[Arc<Grant>], now: u64) -> Result<(), CallError> {
        let (mut turn, mut today) = (self.counts(), today.counts());
        let day = now / DAY;
        let full = |counts: &Counts, grant: &Grant, day: u64, most: Option<u32>| {
            let used = counts.get(&grant.id).filter(|count| count.day == day).map_or(0, |count| count.calls);
            most.filter(|most| used >= *most)
        };
        for grant in grants {
            let name = || grant.scope.name();
            if let Some(most) = full(&turn, grant, 0, grant.per_turn) {
                return Err(CallError::Exhausted(Exhaustion {
                    limit: "calls-per-turn".into(),
                    detail: format!("the grant for `{}` allows {most} calls in one turn", name()),
                    renews: None,
                }));
            }
            if let Some(most) = full(&today, grant, day, grant.per_day) {
                return Err(CallError::Exhausted(Exhaustion {
                    limit: "calls-per-day".into(),
                    detail: format!("the grant for `{}` allows {most} calls a day (UTC)", name()),
                    renews: Some((day + 1) * DAY),
                }));
            }
        }
        for grant in grants {
            one_more(&mut turn, grant, 0, grant.per_turn);
            one_more(&mut today, grant, day, grant.per_day);
        }
        Ok(())
    }

    /// Takes over what was counted before a restart.
    pub fn restore(&self, grant: u64, now: u64, calls: u32) {
        self.counts().insert(grant, Count { day: now / DAY, calls });
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one_more(counts: &mut Counts, grant: &Grant, day: u64, most: Option<u32>) {
    if most.is_some() {
        let count = counts.entry(grant.id).or_default();
        let calls = if count.day == day { count.calls } else { 0 };
        *count = Count { day, calls: calls + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Principal;
    use crate::grants::{Scope, Verdict};

    fn grant(id: u64, per_turn: Option<u32>, per_day: Option<u32>) -> Arc<Grant> {
        let scope = Scope { provider: "host".into(), interface: Some("a:b/c".into()), functions: vec![] };
        Arc::new(Grant {
            terms: Default::default(),
            id,
            grantee: Principal::Agent("ann".into()),
            scope,
            verdict: Verdict::Allow,
            per_turn,
            per_day,
            delegates: vec![],
            since: 0,
        })
    }

    #[track_caller]
    fn exhausted(counted: Result<(), CallError>) -> Exhaustion {
        match counted {
            Err(CallError::Exhausted(exhaustion)) => exhaustion,
            other => panic!("it is used up: {other:?}"),
        }
    }

    #[test]
    fn a_turn_gets_as_many_calls_as_the_grant_says() {
        let (turn, today) = (Tally::default(), Tally::default());
        let grants = [grant(1, Some(2), None)];
        assert!(turn.count(&today, &grants, 0).is_ok() && turn.count(&today, &grants, 0).is_ok());
        assert_eq!(exhausted(turn.count(&today, &grants, 0)).limit, "calls-per-turn");
        assert!(Tally::default().count(&today, &grants, 0).is_ok(), "the next turn has as many again");
    }

    #[test]
    fn a_days_calls_renew_at_midnight() {
        let (turn, today) = (Tally::default(), Tally::default());
        let grants = [grant(1, None, Some(1))];
        assert!(turn.count(&today, &grants, 10).is_ok());
        assert_eq!(exhausted(turn.count(&today, &grants, 20)).renews, Some(DAY));
        assert!(turn.count(&today, &grants, DAY).is_ok());
    }

    #[test]
    fn what_one_limit_refuses_uses_up_no_other() {
        let (turn, today) = (Tally::default(), Tally::default());
        let (narrow, both) = (grant(1, None, Some(1)), grant(2, Some(2), Some(9)));
        assert!(turn.count(&today, &[both.clone(), narrow.clone()], 0).is_ok());
        for _ in 0..5 {
            exhausted(turn.count(&today, &[both.clone(), narrow.clone()], 0));
        }
        assert!(turn.count(&today, std::slice::from_ref(&both), 0).is_ok(), "the second of two in this turn");
        assert_eq!(exhausted(turn.count(&today, &[both], 0)).limit, "calls-per-turn");
    }
}
