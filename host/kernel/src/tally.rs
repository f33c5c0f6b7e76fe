//! How much of a grant is used: calls in one turn, calls in one day.
//!
//! Only grants that have such a limit are counted.

use crate::fault::{CallError, Exhaustion};
use crate::grants::Grant;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const DAY: u64 = 86_400_000;

/// Counts by grant.
#[derive(Debug, Default)]
pub struct Tally(Mutex<HashMap<u64, Count>>);

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    day: u64,
    calls: u32,
}

impl Tally {
    /// Counts one call of a turn.
    ///
    /// # Errors
    /// `exhausted` when the turn has used up the grant; the call is not counted then.
    pub fn in_turn(&self, grant: &Grant) -> Result<(), CallError> {
        match grant.per_turn {
            Some(most) => self.count(grant, 0, most, |grant| Exhaustion {
                limit: "calls-per-turn".into(),
                detail: format!("the grant for `{}` allows {most} calls in one turn", grant.scope.name()),
                renews: None,
            }),
            None => Ok(()),
        }
    }

    /// Counts one call of a day (UTC), at a moment in milliseconds since 1970.
    ///
    /// # Errors
    /// `exhausted` when the day's calls are used up, with the moment when they renew.
    pub fn in_day(&self, grant: &Grant, now: u64) -> Result<(), CallError> {
        match grant.per_day {
            Some(most) => self.count(grant, now / DAY, most, |grant| Exhaustion {
                limit: "calls-per-day".into(),
                detail: format!("the grant for `{}` allows {most} calls a day (UTC)", grant.scope.name()),
                renews: Some((now / DAY + 1) * DAY),
            }),
            None => Ok(()),
        }
    }

    /// Takes over what was counted before a restart.
    pub fn restore(&self, grant: u64, now: u64, calls: u32) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(grant, Count { day: now / DAY, calls });
    }

    fn count(
        &self,
        grant: &Grant,
        day: u64,
        most: u32,
        spent: impl FnOnce(&Grant) -> Exhaustion,
    ) -> Result<(), CallError> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(grant.id).or_default();
        if count.day != day {
            *count = Count { day, calls: 0 };
        }
        if count.calls >= most {
            return Err(CallError::Exhausted(spent(grant)));
        }
        count.calls += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Principal;
    use crate::grants::{Scope, Verdict};

    fn grant(per_turn: Option<u32>, per_day: Option<u32>) -> Grant {
        let scope = Scope { provider: "host".into(), interface: Some("a:b/c".into()), functions: vec![] };
        Grant {
            id: 1,
            grantee: Principal::Agent("ann".into()),
            scope,
            verdict: Verdict::Allow,
            per_turn,
            per_day,
            delegates: vec![],
            since: 0,
        }
    }

    #[test]
    fn a_turn_gets_as_many_calls_as_the_grant_says() {
        let tally = Tally::default();
        let grant = grant(Some(2), None);
        assert!(tally.in_turn(&grant).is_ok() && tally.in_turn(&grant).is_ok());
        assert_eq!(tally.in_turn(&grant).expect_err("the third is too many").code(), "exhausted");
    }

    #[test]
    fn a_days_calls_renew_at_midnight() {
        let tally = Tally::default();
        let grant = grant(None, Some(1));
        assert!(tally.in_day(&grant, 10).is_ok());
        let Err(CallError::Exhausted(spent)) = tally.in_day(&grant, 20) else { panic!("the second is too many") };
        assert_eq!(spent.renews, Some(DAY));
        assert!(tally.in_day(&grant, DAY).is_ok());
    }
}
