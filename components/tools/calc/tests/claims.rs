//! What the calculator claims: results, errors with their place, and no panic on any input.

use loket_calc::evaluate;
use proptest::prelude::*;

#[track_caller]
fn check(expression: &str, expect: &str) {
    assert_eq!(evaluate(expression).as_deref(), Ok(expect), "{expression}");
}

#[track_caller]
fn refuse(expression: &str, expect: &str) {
    let fault = evaluate(expression).expect_err(expression).to_string();
    assert!(fault.contains(expect), "`{expression}` said: {fault}");
}

#[test]
fn decimals_are_exact() {
    check("0.1 + 0.2", "0.3");
    check("1.10 * 3", "3.3");
    check("1_000.50", "1000.5");
    check("1e6 + .5", "1000000.5");
    check("10 / 4", "2.5");
    check("1 / 3", "0.3333333333333333333333333333");
    check("79228162514264337593543950335", "79228162514264337593543950335");
}

#[test]
fn operators_bind_as_on_paper() {
    check("2 + 3 * 4", "14");
    check("(2 + 3) * 4", "20");
    check("10 - 4 - 3", "3");
    check("100 / 10 / 5", "2");
    check("2 ^ 3 ^ 2", "512");
    check("-2 ^ 2", "-4");
    check("2 ^ -2", "0.25");
    check("2 * -3", "-6");
    check("- -3", "3");
    check("17 % 5", "2");
    check("6 × 7 ÷ 2 − 1", "20");
    check("0 * -1", "0");
}

#[test]
fn functions_answer() {
    check("sqrt(2.25)", "1.5");
    check("4 ^ 0.5", "2");
    check("abs(-3) + ABS(2)", "5");
    check("round(2.5)", "3");
    check("round(-2.345, 2)", "-2.35");
    check("min(3, 1, 2) + max(3, 1, 2)", "4");
    check("percent(15, 80)", "12");
    check("19.99 * 3 + percent(15, 100)", "74.97");
}

#[test]
fn faults_say_where_and_what_would_be_right() {
    refuse("", "at character 1: the expression is empty");
    refuse("2 +", "at character 4: the expression ends here");
    refuse("2 * (3 + 4", "the `(` at character 5 is never closed");
    refuse("2 + 3)", "at character 6: this `)` closes nothing");
    refuse("2 3", "at character 3: there is no operator before `3`");
    refuse("1,5 + 2", "a decimal point is `.`");
    refuse("2 ** 3", "at character 4: `**` is no operator; write `^`");
    refuse("1 / (2 - 2)", "at character 3: this divides by zero");
    refuse("7 % 0", "divides by zero");
    refuse("sqrt(-1)", "has no square root");
    refuse("sin(1)", "there is no function `sin`; there are `sqrt(x)`");
    refuse("min()", "`min` does not take 0 arguments");
    refuse("x + 1", "`x` is no number");
    refuse("é = 1", "at character 1: `é` means nothing here");
    refuse("ß", "at character 1");
    refuse("(-8) ^ 0.5", "is no real number");
    refuse("0 ^ -1", "zero has no negative power");
    refuse("9 ^ 999", "does not fit");
    refuse("round(1, 99)", "0 to 28 digits");
}

#[test]
fn size_and_depth_are_bounded() {
    refuse(&"1+".repeat(4096), "calculate it in parts");
    refuse(&"(".repeat(4000), "nests deeper than 64");
    refuse(&"-".repeat(4000), "nests deeper than 64");
    refuse(&format!("{}2", "2^".repeat(1000)), "nests deeper than 64");
    check(&format!("{}1{}", "(".repeat(60), ")".repeat(60)), "1");
    check(&format!("0{}", "+1".repeat(2000)), "2000");
}

proptest! {
    #[test]
    fn no_input_panics(expression in "\\PC{0,80}") {
        drop(evaluate(&expression));
    }

    #[test]
    fn nothing_that_looks_like_arithmetic_panics(expression in "[-+*/%^()., 0-9a-z]{0,120}") {
        drop(evaluate(&expression));
    }

    #[test]
    fn whole_numbers_agree_with_the_machine(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, c in 1_i64..1000) {
        prop_assert_eq!(evaluate(&format!("({a} + {b}) * {c}")), Ok(((a + b) * c).to_string()));
        prop_assert_eq!(evaluate(&format!("{a} - {b} % {c}")), Ok((a - b % c).to_string()));
    }

    #[test]
    fn results_can_be_calculated_with(a in -1_000_000_i64..1_000_000, b in 1_i64..1_000_000) {
        let quotient = evaluate(&format!("{a} / {b}")).expect("a quotient");
        prop_assert_eq!(evaluate(&format!("{quotient} - ({quotient})")), Ok("0".to_owned()));
    }
}
