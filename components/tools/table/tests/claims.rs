//! What the tool claims: rows chosen, grouped and sorted, exact sums, errors with their line, bounds.

use loket_table::{Aggregate, Condition, Direction, Measure, Operator, Question, Sorting, overview, query};
use proptest::prelude::*;

const SALES: &str = "\
city,item,price,sold on
Delft,tea,0.10,2026-01-03
Ghent,milk,20,2026-01-01
Delft,\"tea, green\",0.20,2026-01-02
Ghent,tea,3,
,milk,1.5,2026-02-01
";

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn filter(column: &str, operator: Operator, value: &str) -> Condition {
    Condition { column: column.into(), operator, value: value.into() }
}

fn measure(measure: Measure, column: &str) -> Aggregate {
    Aggregate { measure, column: column.into() }
}

fn by(column: &str, direction: Direction) -> Sorting {
    Sorting { column: column.into(), direction }
}

#[track_caller]
fn check(question: Question, expect: &str) {
    let answer = query(SALES, &question, 0, None, None).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(answer.rows, expect, "{question:?}");
    assert_eq!((answer.total as usize, answer.next), (expect.lines().count() - 1, None));
}

#[track_caller]
fn refuse(csv: &str, question: Question, expect: &str) {
    let why = query(csv, &question, 0, None, None).expect_err(csv);
    assert!(why.contains(expect), "{why}");
}

#[test]
fn conditions_choose_rows_and_select_chooses_columns() {
    let with = |conditions| Question { select: names(&["item"]), conditions, ..Question::default() };
    check(with(vec![filter("city", Operator::Equal, "Delft")]), "item\ntea\n\"tea, green\"\n");
    check(with(vec![filter("city", Operator::Other, "Delft")]), "item\nmilk\ntea\nmilk\n");
    check(with(vec![filter("price", Operator::Greater, "3")]), "item\nmilk\n");
    check(with(vec![filter("price", Operator::Equal, "3.00")]), "item\ntea\n");
    check(with(vec![filter("price", Operator::AtMost, "0.2")]), "item\ntea\n\"tea, green\"\n");
    check(with(vec![filter("sold on", Operator::Less, "2026-01-03")]), "item\nmilk\n\"tea, green\"\n");
    check(
        with(vec![filter("item", Operator::Contains, "TEA"), filter("city", Operator::Equal, "Ghent")]),
        "item\ntea\n",
    );
    check(with(vec![filter("sold on", Operator::Empty, "")]), "item\ntea\n");
    check(with(vec![filter("city", Operator::Filled, ""), filter("item", Operator::Equal, "milk")]), "item\nmilk\n");
    // A word is neither larger nor smaller than a number.
    check(with(vec![filter("item", Operator::Greater, "1")]), "item\n");
}

#[test]
fn groups_are_calculated_exactly() {
    let question = Question {
        group_by: names(&["city"]),
        aggregates: vec![measure(Measure::Count, "*"), measure(Measure::Sum, "price"), measure(Measure::Mean, "price")],
        sort_by: vec![by("sum(price)", Direction::Descending)],
        ..Question::default()
    };
    check(question, "city,count(*),sum(price),mean(price)\nGhent,2,23,11.5\n,1,1.5,1.5\nDelft,2,0.3,0.15\n");
    let all = vec![
        measure(Measure::Count, "city"),
        measure(Measure::Different, "item"),
        measure(Measure::Least, "price"),
        measure(Measure::Most, "sold on"),
    ];
    check(
        Question { aggregates: all, ..Question::default() },
        "count(city),different(item),least(price),most(sold on)\n4,3,0.10,2026-02-01\n",
    );
    let none = Question {
        conditions: vec![filter("city", Operator::Equal, "Bern")],
        aggregates: vec![measure(Measure::Count, "*"), measure(Measure::Sum, "price"), measure(Measure::Mean, "price")],
        ..Question::default()
    };
    check(none, "count(*),sum(price),mean(price)\n0,0,\n");
}

#[test]
fn rows_are_sorted_also_by_what_is_not_told_and_what_is_empty_is_last() {
    let sorted = |direction| Question {
        select: names(&["Price"]),
        sort_by: vec![by("sold on", direction)],
        ..Question::default()
    };
    check(sorted(Direction::Ascending), "price\n20\n0.20\n0.10\n1.5\n3\n");
    check(sorted(Direction::Descending), "price\n1.5\n0.10\n0.20\n20\n3\n");
}

#[test]
fn an_overview_tells_what_is_in_the_columns() {
    let told = overview(SALES, None).expect("a table");
    assert_eq!(told.rows, 5);
    let price = &told.columns[2];
    assert_eq!((price.filled, price.numbers, price.different), (5, 5, 5));
    assert_eq!((price.least.as_deref(), price.most.as_deref()), (Some("0.10"), Some("20")));
    assert_eq!((told.columns[0].filled, told.columns[0].numbers, told.columns[0].different), (4, 0, 2));
    assert_eq!(told.sample, SALES.lines().take(4).map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn separators_and_marks_of_other_programs_are_understood() {
    let all = || Question { sort_by: vec![by("b", Direction::Ascending)], ..Question::default() };
    for (csv, separator) in [
        ("\u{feff}a;b\r\n1;2\r\n", None),
        ("a\tb\n1\t2\n", None),
        ("a|b\n1|2\n", None),
        ("a:b\n1:2\n", Some(":")),
        ("a\tb\n1\t2\n", Some("\\t")),
    ] {
        assert_eq!(query(csv, &all(), 0, None, separator).expect(csv).rows, "a,b\n1,2\n", "{csv}");
    }
    let twice = query("a,a,\n1,2,3\n", &Question::default(), 0, None, None).expect("a table");
    assert_eq!(twice.rows, "a,a-2,column\n1,2,3\n");
}

#[test]
fn many_rows_come_in_pages_that_miss_none() {
    let csv: String = std::iter::once("n\n".to_owned()).chain((0..2500).map(|n| format!("{n}\n"))).collect();
    let (mut start, mut seen) = (0, Vec::new());
    loop {
        let page = query(&csv, &Question::default(), start, Some(1000), None).expect("a table");
        assert_eq!(page.total, 2500);
        seen.extend(page.rows.lines().skip(1).map(|n| n.parse::<u32>().expect("a number")));
        let Some(next) = page.next else { break };
        start = next;
    }
    assert_eq!(seen, (0..2500).collect::<Vec<_>>());
    let wide = format!("n\n{}", format!("{}\n", "x".repeat(4_000)).repeat(100));
    let page = query(&wide, &Question::default(), 0, None, None).expect("a table");
    assert!(page.rows.len() <= 50_000 && page.next == Some(12), "{} {:?}", page.rows.len(), page.next);
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    let sum = |column| Question { aggregates: vec![measure(Measure::Sum, column)], ..Question::default() };
    refuse(SALES, sum("item"), "`tea` in column `item`, line 2, is no number");
    refuse(SALES, sum("cost"), "has no column `cost`; it has `city`, `item`, `price`, `sold on`");
    refuse(SALES, sum("*"), "name a column");
    refuse("a,b\n1\n", Question::default(), "line 2 has 1 cells, and there are 2 columns");
    refuse("", Question::default(), "the table is empty");
    let sorted = Question { sort_by: vec![by("x", Direction::Ascending)], ..Question::default() };
    refuse(SALES, sorted, "cannot be sorted by `x`");
    let both = Question { select: names(&["city"]), group_by: names(&["city"]), ..Question::default() };
    refuse(SALES, both, "leave it out");
    assert!(query(SALES, &Question::default(), 5, None, None).expect_err("no more").contains("there are 5 rows"));
    assert!(query(SALES, &Question::default(), 0, None, Some(",,")).expect_err("two").contains("one sign"));
    let huge = "a\n79228162514264337593543950335\n1\n";
    refuse(huge, sum("a"), "more than 28 digits");
}

#[test]
fn hostile_tables_end_in_an_error_or_an_answer_and_soon() {
    let begun = std::time::Instant::now();
    refuse(&"a".repeat(600 << 10), Question::default(), "pass fewer rows");
    refuse(&",".repeat(300), Question::default(), "may have 200");
    refuse(&format!("a\n{}", "1\n".repeat(20_001)), Question::default(), "more than 20000 rows");
    // Quotes within quotes within quotes, and one that is never closed: cells, and nothing that grows.
    for csv in [format!("a\n{}", "\"".repeat(500_000)), format!("a\n\"{}", "x\n".repeat(100_000)), "a\n\0\n".to_owned()]
    {
        let _ = query(&csv, &Question::default(), 0, None, None);
        let _ = overview(&csv, None);
    }
    // Every row a group of its own, with as much calculated as can be asked for.
    let csv: String = std::iter::once("a\n".to_owned()).chain((0..20_000).map(|n| format!("{n}\n"))).collect();
    let aggregates =
        || (0..20).map(|n| measure([Measure::Sum, Measure::Most, Measure::Different][n % 3], "a")).collect();
    let question = Question { group_by: names(&["a"]), aggregates: aggregates(), ..Question::default() };
    let answer = query(&csv, &question, 0, Some(1000), None).expect("a table");
    assert!(answer.total == 20_000 && answer.rows.len() <= 50_000 && answer.next.is_some());
    let many = Question { select: names(&["a"; 21]), ..Question::default() };
    refuse("a\n1\n", many, "may have 20 entries");
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn no_input_panics(csv in "\\PC{0,40}([,;\"\n]|\\PC){0,60}", word in "\\PC{0,12}") {
        drop(overview(&csv, None));
        let question = Question {
            group_by: vec![word.clone()],
            conditions: vec![filter(&word, Operator::Less, &word)],
            sort_by: vec![by(&word, Direction::Descending)],
            ..Question::default()
        };
        drop(query(&csv, &question, 0, None, None));
    }

    #[test]
    fn what_was_told_is_the_same_table_again(cells in proptest::collection::vec(("\\PC{0,10}", "[a,\"\n;]{0,6}"), 1..10)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["one", "two"]).expect("memory");
        for (one, two) in &cells {
            writer.write_record([one, two]).expect("memory");
        }
        let csv = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
        let first = query(&csv, &Question::default(), 0, None, Some(",")).expect("a table");
        let again = query(&first.rows, &Question::default(), 0, None, Some(",")).expect("a table");
        prop_assert_eq!(first.rows, again.rows);
        prop_assert_eq!(first.total as usize, cells.len());
    }

    #[test]
    fn sums_agree_with_the_machine(numbers in proptest::collection::vec(-1_000_000_i64..1_000_000, 1..50)) {
        let csv: String = std::iter::once("n\n".to_owned()).chain(numbers.iter().map(|n| format!("{n}\n"))).collect();
        let question = Question { aggregates: vec![measure(Measure::Sum, "n")], ..Question::default() };
        let answer = query(&csv, &question, 0, None, None).expect("a table");
        prop_assert_eq!(answer.rows, format!("sum(n)\n{}\n", numbers.iter().sum::<i64>()));
    }
}
