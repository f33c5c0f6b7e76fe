//! Money: what models cost, in whole millionths of a currency. No floating point: what is summed up a million times must not drift.

use loket_registry::name::shown;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Millionths in one of a currency; also how many tokens a price is for.
const MILLION: u64 = 1_000_000;
/// The largest amount that can be written, in whole units.
const MOST: u64 = 1_000_000_000;

/// An amount in millionths: 1.25 is 1,250,000 of them. Which currency, the home says once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u64);

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no amount of money: write digits, and at most six behind a point, such as 1.25", shown(.0))]
pub struct MoneyError(String);

/// A currency by its three letters: `EUR`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// A text that is no currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no currency: write its three capital letters, such as EUR", shown(.0))]
pub struct CurrencyError(String);

/// Tokens of a call, or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Of those read, the ones that the server had kept from before.
    pub cached: u64,
}

/// What a model costs, each for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// For tokens read.
    pub input: Money,
    /// For tokens written.
    pub output: Money,
    /// For tokens read that the server had kept from before.
    pub cached: Money,
}

impl Money {
    /// So many millionths.
    pub const fn of_millionths(millionths: u64) -> Money {
        Money(millionths)
    }

    /// In millionths.
    pub const fn millionths(self) -> u64 {
        self.0
    }

    /// Both together; the largest amount there is, where that would be more.
    #[must_use]
    pub fn plus(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl Tokens {
    /// All that were read and written.
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Tokens) -> Tokens {
        Tokens {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached: self.cached.saturating_add(other.cached),
        }
    }
}

impl Price {
    /// What a call cost, rounded up to a millionth: so a budget is never passed by what was rounded away. A server that says that more was
    /// kept than read is not believed.
    pub fn cost(&self, tokens: Tokens) -> Money {
        let cached = tokens.cached.min(tokens.input);
        let each = |tokens: u64, price: Money| u128::from(tokens) * u128::from(price.0);
        let read = each(tokens.input - cached, self.input).saturating_add(each(cached, self.cached));
        let exact = read.saturating_add(each(tokens.output, self.output));
        Money(u64::try_from(exact.div_ceil(MILLION.into())).unwrap_or(u64::MAX))
    }

    /// Whether it costs nothing.
    pub fn is_free(&self) -> bool {
        [self.input, self.output, self.cached] == [Money::default(); 3]
    }
}

impl fmt::Display for Money {
    /// With at least two digits behind the point, and no zeros beyond.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:06}", self.0 % MILLION);
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / MILLION, &digits[..kept])
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError(text.to_owned());
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, most: usize| {
            !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 10) || !digits(part, 6) {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
        match whole {
            0..MOST => Ok(Money(whole * MILLION + part)),
            _ => Err(wrong()),
        }
    }
}

impl Default for Currency {
    /// In which the well-known servers name their prices.
    fn default() -> Self {
        Currency(*b"USD")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Currency(letters)),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn amounts_are_written_as_people_write_them_and_read_back() {
        for (text, millionths, shown) in [
            ("1.25", 1_250_000, "1.25"),
            ("10", 10_000_000, "10.00"),
            ("0.000001", 1, "0.000001"),
            ("0.075", 75_000, "0.075"),
            ("0", 0, "0.00"),
        ] {
            assert_eq!((money(text), money(text).to_string().as_str()), (Money(millionths), shown));
        }
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.0000001", "1,25", "1000000000", "99999999999", "inf", "١"]
        {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_call_costs_what_its_tokens_cost_rounded_up() {
        let price = Price { input: money("1.25"), output: money("10"), cached: money("0.125") };
        let cost = |input, output, cached| price.cost(Tokens { input, output, cached }).to_string();
        assert_eq!(cost(1_000_000, 0, 0), "1.25");
        assert_eq!(cost(1_000_000, 1_000_000, 1_000_000), "10.125");
        assert_eq!(cost(1_000, 100, 800), "0.00135");
        assert_eq!(cost(1, 0, 0), "0.000002", "1.25 millionths, rounded up");
        assert_eq!(cost(1_000_000, 0, u64::MAX), "0.125", "more cannot be kept than is read");
        let dear = Price { input: Money(u64::MAX), ..price };
        assert_eq!(dear.cost(Tokens { input: u64::MAX, output: u64::MAX, cached: 0 }), Money(u64::MAX));
    }

    #[test]
    fn currencies_have_three_letters() {
        assert_eq!("EUR".parse::<Currency>().expect("it is one").to_string(), "EUR");
        for text in ["", "eur", "EURO", "€", "E1R"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn amounts_read_back(millionths in 0..MOST * MILLION) {
            prop_assert_eq!(money(&Money(millionths).to_string()), Money(millionths));
        }

        #[test]
        fn a_cost_is_never_below_the_exact_one_and_by_less_than_a_millionth_above(
            input in 0..1u64 << 40, output in 0..1u64 << 40, cached in 0..1u64 << 41,
            prices in proptest::array::uniform3(0..1u64 << 40),
        ) {
            let price = Price { input: Money(prices[0]), output: Money(prices[1]), cached: Money(prices[2]) };
            let kept = u128::from(cached.min(input));
            let exact = (u128::from(input) - kept) * u128::from(prices[0])
                + kept * u128::from(prices[2])
                + u128::from(output) * u128::from(prices[1]);
            let cost = price.cost(Tokens { input, output, cached }).0;
            if cost < u64::MAX {
                let cost = u128::from(cost) * u128::from(MILLION);
                prop_assert!(cost >= exact && cost - exact < u128::from(MILLION));
            }
        }

        #[test]
        fn two_calls_cost_no_less_than_both_at_once(
            a in proptest::array::uniform3(0..1u64 << 30), b in proptest::array::uniform3(0..1u64 << 30), price in 0..1u64 << 30,
        ) {
            let price = Price { input: Money(price), output: Money(price * 3), cached: Money(price / 10) };
            let tokens = |[input, output, cached]: [u64; 3]| Tokens { input: input + cached, output, cached };
            let (a, b) = (tokens(a), tokens(b));
            prop_assert!(price.cost(a).plus(price.cost(b)) >= price.cost(a.plus(b)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = (text.parse::<Money>(), text.parse::<Currency>());
        }
    }
}
