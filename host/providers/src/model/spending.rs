//! What was used today, by agent and model, and whether there may be more; and what was used on the days before.
//!
//! A day is one of UTC. A call that has begun is let end, also where it passes a budget; the next is refused. What is counted is kept by the
//! host as soon as it changes: a crash loses the calls that ended while one small file was being written, and nothing else.

use super::day::{Day, Use};
use super::days::{Days, MOST_DAYS};
use super::terms::{MONEY, TOKENS};
use crate::setup::Setup;
use loket_guardian::{Budget, Currency, Money, Price, Tokens};
use loket_kernel::fault::Exhaustion;
use loket_kernel::{Call, CallError, Principal};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const DAY: u64 = 86_400_000;
/// Who thinks when no agent does.
pub const OWNER: &str = "owner";

/// For whom a model thinks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whom<'w> {
    /// The agent whose turn it is.
    pub agent: Option<&'w str>,
    /// The package that asks in its own name, where it is not an agent who does.
    pub package: Option<&'w str>,
}

impl<'w> Whom<'w> {
    /// Who asks by a call.
    pub fn of(call: &'w Call) -> Whom<'w> {
        let package = match call.chain.last() {
            Principal::Package(name) => Some(&**name),
            _ => None,
        };
        Whom { agent: call.turn.agent.as_deref(), package }
    }
}

impl<'w> From<Option<&'w str>> for Whom<'w> {
    fn from(agent: Option<&'w str>) -> Self {
        Whom { agent, package: None }
    }
}

/// What was used today, and on the days before.
#[derive(Default)]
pub struct Spending {
    kept: Mutex<Kept>,
    changed: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct Kept {
    /// The day of the last call, which may be over.
    today: Day,
    before: Days,
    /// How often a day was put to those before.
    turns: u64,
}

impl Kept {
    /// What is known of a day.
    fn on(&self, day: u64) -> Option<&Day> {
        if self.today.day == day { Some(&self.today) } else { self.before.on(day) }
    }

    /// Another day has come, mostly the next. One that is known already, because the clock was set back, goes on as it was.
    fn turn_to(&mut self, day: u64) {
        if self.today.day == day {
            return;
        }
        let next = self.before.on(day).cloned().unwrap_or_else(|| Day { day, ..Day::default() });
        let over = std::mem::replace(&mut self.today, next);
        if !over.used.is_empty() {
            self.before.put(over);
            self.turns += 1;
        }
    }
}

impl Spending {
    /// Goes on with what was counted before a restart. Of a day that is in both, because one was written and the other not any more, the one
    /// with more calls is the later.
    pub fn restore(&self, today: Day, before: Days) {
        let known = before.on(today.day).filter(|known| known.of(None).calls > today.of(None).calls).cloned();
        *self.kept() = Kept { today: known.unwrap_or(today), before, turns: 0 };
    }

    /// Says who is told when anything was counted: in the middle of a call, so that it must not wait.
    pub fn tell(&self, changed: impl Fn() + Send + Sync + 'static) {
        let _ = self.changed.set(Box::new(changed));
    }

    /// What was used on the day of a moment, in milliseconds since 1970.
    pub fn on(&self, now: u64) -> Day {
        let day = now / DAY;
        self.kept().on(day).cloned().unwrap_or_else(|| Day { day, ..Day::default() })
    }

    /// So many days up to the one of a moment, the oldest first; also those on which nothing was used.
    pub fn days(&self, now: u64, many: u64) -> Vec<Day> {
        let (last, kept) = (now / DAY, self.kept());
        let first = (last + 1).saturating_sub(many.min(MOST_DAYS as u64));
        (first..=last).map(|day| kept.on(day).cloned().unwrap_or_else(|| Day { day, ..Day::default() })).collect()
    }

    /// What is to be kept of today, which is not before a moment; and how often a day came to those before, so that whoever keeps them knows
    /// when they are others.
    pub fn today(&self, now: u64) -> (Day, u64) {
        let mut kept = self.kept();
        let day = kept.today.day.max(now / DAY);
        kept.turn_to(day);
        (kept.today.clone(), kept.turns)
    }

    /// The days before the one of the last call, and how often one came to them.
    pub fn before(&self) -> (Days, u64) {
        let kept = self.kept();
        (kept.before.clone(), kept.turns)
    }

    /// Counts a call.
    pub fn count<'w>(
        &self,
        whom: impl Into<Whom<'w>>,
        address: &str,
        tokens: Tokens,
        price: Option<&Price>,
        currency: &Currency,
        now: u64,
    ) {
        let whom = whom.into();
        let cost = price.map_or(0, |price| price.cost(tokens).millionths());
        let Tokens { input, output, cached } = tokens;
        {
            let mut kept = self.kept();
            kept.turn_to(now / DAY);
            let today = &mut kept.today;
            today.price_in(currency.to_string());
            let took = Use { calls: 1, input, output, cached, cost };
            let models = today.used.entry(whom.agent.unwrap_or(OWNER).to_owned()).or_default();
            let used = models.entry(address.to_owned()).or_default();
            *used = used.plus(took);
            if let Some(package) = whom.package {
                let used = today.by_package.entry(package.to_owned()).or_default();
                *used = used.plus(took);
            }
        }
        if let Some(changed) = self.changed.get() {
            changed();
        }
    }

    /// Whether an agent may ask a model now, by the home's budget and by what its manifest says.
    ///
    /// # Errors
    /// `exhausted` with the moment when it renews. What a spent amount of money refuses are models that cost something: one without a price
    /// goes on.
    pub fn within(&self, setup: &Setup, agent: Option<&str>, price: Option<&Price>, now: u64) -> Result<(), CallError> {
        let own = agent.and_then(|agent| Some((agent, &setup.thinking.get(agent)?.budget)));
        if setup.budget.budget.is_open() && own.is_none_or(|(_, budget)| budget.is_open()) {
            return Ok(());
        }
        let costs = price.is_some_and(|price| !price.is_free());
        let day = self.on(now);
        let words = |who: &str, file: &str| (format!("{who} may"), format!("`[budget]` of `{file}`"));
        check(&setup.budget.budget, day.of(None), costs, &setup.budget.currency, now, || {
            words("all agents of this home together", "loket.toml")
        })?;
        match own {
            Some((agent, budget)) => check(budget, day.of(Some(agent)), costs, &setup.budget.currency, now, || {
                words(&format!("the agent `{agent}`"), &format!("agents/{agent}/agent.toml"))
            }),
            None => Ok(()),
        }
    }

    /// Whether an agent may think now, by what its grants say, or a package that asks in its own name, by what it asked for itself. Whichever
    /// model it asks: the grant is that of the router.
    ///
    /// # Errors
    /// `exhausted` with the moment when it renews.
    pub(super) fn within_grant<'w>(
        &self,
        whom: impl Into<Whom<'w>>,
        budget: Budget,
        currency: &Currency,
        now: u64,
    ) -> Result<(), CallError> {
        let Whom { agent, package } = whom.into();
        let who = package.or(agent).unwrap_or(OWNER);
        let day = self.on(now);
        let used = match package {
            Some(package) => day.by_package.get(package).copied().unwrap_or_default(),
            None => day.of(Some(who)),
        };
        check(&budget, used, true, currency, now, || {
            (format!("`{who}` may"), "its grant for `loket:model/chat`".to_owned())
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a budget has anything left. `words` says whose it is, and where it is written.
fn check(
    budget: &Budget,
    used: Use,
    costs: bool,
    currency: &Currency,
    now: u64,
    words: impl Fn() -> (String, String),
) -> Result<(), CallError> {
    let spent = |limit: &str, most: String, used: String| {
        let (who, place) = words();
        let detail =
            format!("{who} use {most} a day (UTC), and {used} are used: wait until it renews, or raise it in {place}");
        Err(CallError::Exhausted(Exhaustion { limit: limit.into(), detail, renews: Some((now / DAY + 1) * DAY) }))
    };
    match budget.tokens {
        Some(most) if used.tokens().total() >= most => {
            return spent(TOKENS, format!("{most} tokens"), used.tokens().total().to_string());
        }
        _ => {}
    }
    match budget.money {
        Some(most) if costs && used.cost >= most.millionths() => {
            spent(MONEY, format!("{most} {currency}"), Money::of_millionths(used.cost).to_string())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Thinking;
    use loket_guardian::HostBudget;
    use proptest::prelude::*;

    const NOON: u64 = 20_000 * DAY + DAY / 2;

    fn budget(tokens: Option<u64>, money: Option<&str>) -> Budget {
        Budget { tokens, money: money.map(|text| text.parse().expect("an amount")) }
    }

    fn setup(host: Budget, ann: Budget) -> Setup {
        let thinking = Thinking { budget: ann, ..Thinking::default() };
        Setup {
            thinking: [("ann".to_owned(), thinking)].into(),
            budget: HostBudget { budget: host, currency: Currency::default() },
            ..Setup::default()
        }
    }

    fn dear() -> Price {
        let money = |text: &str| text.parse().expect("an amount");
        Price { input: money("1"), output: money("10"), cached: money("0.1") }
    }

    fn used(spending: &Spending, agent: &str, tokens: u64, now: u64) {
        let tokens = Tokens { input: tokens, ..Tokens::default() };
        spending.count(Some(agent), "m", tokens, Some(&dear()), &Currency::default(), now);
    }

    #[track_caller]
    fn spent(within: Result<(), CallError>) -> Exhaustion {
        match within {
            Err(CallError::Exhausted(exhaustion)) => exhaustion,
            other => panic!("it is spent: {other:?}"),
        }
    }

    #[test]
    fn the_call_that_passes_a_budget_is_the_last_of_the_day() {
        let (spending, setup) = (Spending::default(), setup(budget(Some(100), None), Budget::default()));
        let within = |now| spending.within(&setup, Some("ann"), None, now);
        used(&spending, "ann", 99, NOON);
        assert!(within(NOON).is_ok(), "one is left");
        used(&spending, "bob", 50, NOON);
        let told = spent(within(NOON));
        assert_eq!((told.limit.as_str(), told.renews), ("tokens-a-day", Some(20_001 * DAY)));
        assert!(
            told.detail.contains("100 tokens") && told.detail.contains("149") && told.detail.contains("loket.toml"),
            "{told:?}"
        );
        assert!(within(20_001 * DAY).is_ok(), "it renews at midnight");
        assert_eq!(spending.on(20_001 * DAY).of(None), Use::default());
    }

    #[test]
    fn a_manifest_narrows_for_its_agent_alone_and_widens_nothing() {
        let spending = Spending::default();
        used(&spending, "ann", 10, NOON);
        let own = setup(Budget::default(), budget(Some(10), None));
        assert!(spent(spending.within(&own, Some("ann"), None, NOON)).detail.contains("agents/ann/agent.toml"));
        assert!(spending.within(&own, Some("bob"), None, NOON).is_ok());
        assert!(spending.within(&own, None, None, NOON).is_ok());
        let wider = setup(budget(Some(10), None), budget(Some(1_000), None));
        assert!(spent(spending.within(&wider, Some("ann"), None, NOON)).detail.contains("loket.toml"));
    }

    #[test]
    fn money_that_is_spent_leaves_models_that_cost_nothing() {
        let (spending, setup) = (Spending::default(), setup(budget(None, Some("0.5")), Budget::default()));
        used(&spending, "ann", 500_000, NOON);
        let told = spent(spending.within(&setup, Some("ann"), Some(&dear()), NOON));
        assert_eq!(told.limit, "money-a-day");
        assert!(told.detail.contains("0.50 USD"), "{told:?}");
        assert!(spending.within(&setup, Some("ann"), None, NOON).is_ok(), "one without a price");
        let free = Price { input: Money::default(), output: Money::default(), cached: Money::default() };
        assert!(spending.within(&setup, Some("ann"), Some(&free), NOON).is_ok());
    }

    #[test]
    fn a_packages_grant_narrows_what_it_asked_for_in_its_own_name() {
        let spending = Spending::default();
        used(&spending, "ann", 1_000, NOON);
        let package = Whom { agent: Some("ann"), package: Some("mcp:files") };
        let within = |tokens| spending.within_grant(package, budget(Some(tokens), None), &Currency::default(), NOON);
        assert!(within(10).is_ok(), "what the agent used besides is not its own");
        let tokens = Tokens { input: 10, ..Tokens::default() };
        spending.count(package, "m", tokens, None, &Currency::default(), NOON);
        assert!(spent(within(10)).detail.contains("`mcp:files` may"));
        let mine = spending.within_grant(Some("ann"), budget(Some(1_010), None), &Currency::default(), NOON);
        spent(mine);
    }

    #[test]
    fn a_grant_narrows_what_its_agent_used_in_all() {
        let spending = Spending::default();
        used(&spending, "ann", 10, NOON);
        let within =
            |agent, tokens| spending.within_grant(agent, budget(Some(tokens), None), &Currency::default(), NOON);
        assert!(spent(within(Some("ann"), 10)).detail.contains("loket:model/chat"));
        assert!(within(Some("ann"), 11).is_ok() && within(Some("bob"), 10).is_ok());
    }

    #[test]
    fn another_currency_begins_its_sum_anew_and_keeps_the_tokens() {
        let spending = Spending::default();
        used(&spending, "ann", 1_000_000, NOON);
        let euro = "EUR".parse().expect("a currency");
        spending.count(Some("ann"), "m", Tokens { input: 1, ..Tokens::default() }, Some(&dear()), &euro, NOON);
        let used = spending.on(NOON).of(Some("ann"));
        assert_eq!((used.input, used.cost), (1_000_001, 1));
    }

    #[test]
    fn what_was_counted_reads_back() {
        let spending = Spending::default();
        used(&spending, "ann", 7, NOON);
        let text = serde_json::to_string(&spending.on(NOON)).expect("it has a form");
        let again = Spending::default();
        again.restore(serde_json::from_str(&text).expect("it reads"), Days::default());
        assert_eq!(again.on(NOON), spending.on(NOON));
        assert_eq!(again.on(NOON).of_model("m").calls, 1);
    }

    const NEXT: u64 = NOON + DAY;

    #[test]
    fn a_day_that_is_over_comes_to_those_before_once() {
        let spending = Spending::default();
        used(&spending, "ann", 7, NOON);
        assert_eq!((spending.today(NOON).1, spending.before().0.count()), (0, 0), "it is not over yet");
        used(&spending, "ann", 1, 20_001 * DAY - 1);
        used(&spending, "bob", 3, 20_001 * DAY);
        let (before, turns) = spending.before();
        assert_eq!((turns, before.on(20_000).map(|day| day.of(None).input)), (1, Some(8)));
        assert_eq!(spending.today(NEXT).0.of(None).input, 3);
        // Nobody asks a model for days, and whoever writes turns to the next all the same.
        assert_eq!(spending.today(NOON + 5 * DAY), (Day { day: 20_005, ..Day::default() }, 2));
        assert_eq!(spending.before().0.on(20_001).map(|day| day.of(Some("bob")).input), Some(3));
        assert_eq!(spending.today(NOON).0.day, 20_005, "who writes late turns nothing back");
        let sums: Vec<u64> = spending.days(NOON + 5 * DAY, 6).iter().map(|day| day.of(None).input).collect();
        assert_eq!(sums, [8, 3, 0, 0, 0, 0]);
        assert_eq!(spending.days(NOON, 1_000_000).len(), MOST_DAYS);
        assert_eq!(spending.days(0, 5).len(), 1, "there is no day before the first");
    }

    #[test]
    fn a_day_that_nobody_wrote_after_is_told_as_one_of_those_before() {
        let spending = Spending::default();
        used(&spending, "ann", 7, NOON);
        let sums: Vec<u64> = spending.days(NEXT, 2).iter().map(|day| day.of(None).input).collect();
        assert_eq!(sums, [7, 0]);
    }

    #[test]
    fn a_clock_that_is_set_back_renews_nothing_and_loses_nothing() {
        let (spending, setup) = (Spending::default(), setup(budget(Some(10), None), Budget::default()));
        used(&spending, "ann", 10, NOON);
        used(&spending, "ann", 3, NEXT);
        spent(spending.within(&setup, Some("ann"), None, NOON));
        used(&spending, "ann", 1, NOON);
        used(&spending, "ann", 4, NEXT);
        let sums: Vec<u64> = spending.days(NEXT, 2).iter().map(|day| day.of(None).input).collect();
        assert_eq!(sums, [11, 7]);
    }

    #[test]
    fn of_a_day_that_was_kept_in_both_places_the_later_counts() {
        let earlier = Spending::default();
        used(&earlier, "ann", 5, NOON);
        let today = earlier.on(NOON);
        used(&earlier, "ann", 6, NOON);
        used(&earlier, "ann", 1, NEXT);
        for (kept, sum) in [(today.clone(), 11), (earlier.before().0.on(20_000).cloned().expect("it is over"), 11)] {
            let again = Spending::default();
            again.restore(kept, earlier.before().0);
            assert_eq!(again.days(NEXT, 2).iter().map(|day| day.of(None).input).collect::<Vec<_>>(), [sum, 0]);
            used(&again, "ann", 2, NEXT);
            assert_eq!(again.days(NEXT, 2).iter().map(|day| day.of(None).input).collect::<Vec<_>>(), [sum, 2]);
        }
    }

    #[test]
    fn costs_of_days_are_in_the_currency_of_their_day() {
        let (spending, euro) = (Spending::default(), "EUR".parse().expect("a currency"));
        used(&spending, "ann", 1_000_000, NOON);
        let tokens = Tokens { input: 2_000_000, ..Tokens::default() };
        spending.count(Some("ann"), "m", tokens, Some(&dear()), &euro, NOON);
        spending.count(Some("ann"), "m", tokens, Some(&dear()), &euro, NEXT);
        let costs: Vec<_> = spending.days(NEXT, 2).iter().map(|day| format!("{:?}", day.costs(None))).collect();
        assert_eq!(costs, ["{\"EUR\": 2000000, \"USD\": 1000000}", "{\"EUR\": 2000000}"]);
    }

    proptest! {
        #[test]
        fn no_more_than_one_call_passes_a_budget(most in 1..10_000u64, calls in proptest::collection::vec(0..3_000u64, 1..40)) {
            let (spending, setup) = (Spending::default(), setup(budget(Some(most), None), Budget::default()));
            let (mut sum, mut passed) = (0, 0);
            for tokens in calls {
                match spending.within(&setup, Some("ann"), None, NOON) {
                    Ok(()) => {
                        prop_assert!(sum < most, "a spent budget lets nothing pass");
                        used(&spending, "ann", tokens, NOON);
                        sum += tokens;
                        passed += u32::from(sum > most);
                    }
                    Err(_) => prop_assert!(sum >= most, "one that is not spent refuses nothing"),
                }
            }
            prop_assert!(passed <= 1);
            prop_assert_eq!(spending.on(NOON).of(None).tokens().total(), sum);
        }
    }
}
