//! What a grant of `loket:model/chat` can say: how much its holder may think in a day.
//!
//! `loket grant ann loket:model/chat --term tokens_a_day=100000`. Like all terms they only narrow: of several grants along a chain the
//! narrowest counts, and the budgets of the home and of the manifest hold besides.

use loket_guardian::budget::TOKENS_A_DAY;
use loket_guardian::{Budget, Money};
use loket_kernel::Terms;

/// The limits' names in errors.
pub(super) const TOKENS: &str = "tokens-a-day";
pub(super) const MONEY: &str = "money-a-day";

/// The keys.
pub(super) const KEYS: [&str; 2] = ["money_a_day", "tokens_a_day"];

/// Reads the terms of a grant that is being made.
///
/// # Errors
/// What is wrong with them, and what would be right.
pub(super) fn read(terms: &Terms) -> Result<Terms, String> {
    let mut pairs = Vec::new();
    for key in terms.keys() {
        let mut values = terms.values(key);
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(format!("`{key}` can be said once"));
        };
        let value = match key {
            "tokens_a_day" => tokens(value)
                .ok_or_else(|| {
                    format!(
                        "`tokens_a_day` is a number from 1 to {}, not `{}`",
                        TOKENS_A_DAY.end(),
                        value.escape_debug()
                    )
                })?
                .to_string(),
            _ => value.parse::<Money>().map_err(|error| error.to_string())?.to_string(),
        };
        pairs.push((key.to_owned(), value));
    }
    Ok(Terms::new(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))))
}

/// What all of these allow together; none where they say nothing.
pub fn narrowest(all: &[Terms]) -> Option<Budget> {
    let tokens = all.iter().flat_map(|terms| terms.values("tokens_a_day")).filter_map(tokens).min();
    let money = all.iter().flat_map(|terms| terms.values("money_a_day")).filter_map(|text| text.parse().ok()).min();
    let budget = Budget { tokens, money };
    (!budget.is_open()).then_some(budget)
}

fn tokens(text: &str) -> Option<u64> {
    text.parse().ok().filter(|tokens| TOKENS_A_DAY.contains(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_along_a_chain_counts() {
        let terms = |tokens, money| Terms::new([("tokens_a_day", tokens), ("money_a_day", money)]);
        let budget = narrowest(&[terms("500", "1.5"), Terms::default(), terms("70", "20")]).expect("there is one");
        assert_eq!((budget.tokens, budget.money.map(|money| money.to_string()).as_deref()), (Some(70), Some("1.50")));
        assert_eq!(narrowest(&[Terms::default()]), None);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let read = |key, value| read(&Terms::new([(key, value)]));
        assert_eq!(read("money_a_day", "2.5").expect("it is money").to_string(), "money_a_day 2.50");
        for (key, value) in
            [("tokens_a_day", "0"), ("tokens_a_day", "many"), ("money_a_day", "-1"), ("money_a_day", "1e9")]
        {
            let why = read(key, value).expect_err(value);
            assert!(why.contains(value), "{why}");
        }
    }
}
