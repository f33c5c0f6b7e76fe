//! What models took on the days before, and today: as bars, and the numbers as a table.

use crate::parts;
use crate::plain::{excerpt, plain};
use crate::plot::{self, Bar};
use crate::texts::{t, tf};
use loket_gateways::desk::{CostInfo, Problem, SpendDay, SpendReport, UseInfo};
use maud::{Markup, html};

/// So many agents can be chosen among.
const AGENTS: usize = 200;

/// The days of all agents, or of the one that was chosen.
pub(super) fn section(report: &Result<SpendReport, Problem>, agent: Option<&str>) -> Markup {
    html! {
        section.list #spend {
            h2 { (t("spend.title")) }
            @match report {
                Err(problem) => (parts::problem(problem)),
                Ok(report) => {
                    @if !report.agents.is_empty() { (choice(report, agent)) }
                    @if report.days.iter().all(|day| day.used.calls == 0 && day.elsewhere.is_empty()) { p { (t("spend.none")) } }
                    @else { (shown(report)) }
                }
            }
        }
    }
}

/// Whose days: a form that only reads.
fn choice(report: &SpendReport, agent: Option<&str>) -> Markup {
    html! {
        form.find method="get" action="/models#spend" {
            select name="agent" aria-label=(t("spend.whose")) {
                option value="" { (t("models.together")) }
                @for name in report.agents.iter().take(AGENTS) {
                    option value=(name) selected[agent == Some(name.as_str())] { (excerpt(name, 64)) }
                }
            }
            button type="submit" { (t("spend.show")) }
        }
    }
}

fn shown(report: &SpendReport) -> Markup {
    let bars = |value: fn(&SpendDay) -> f64, unit: &str, said: fn(&UseInfo) -> String| -> Vec<Bar> {
        let bar = |day: &SpendDay| {
            let label = format!("{}: {} {unit}", plain(&day.day), said(&day.used));
            Bar { label, value: value(day), bad: false }
        };
        report.days.iter().map(bar).collect()
    };
    let money = report.days.iter().any(|day| amount(&day.used) > 0.0);
    let (tokens, currency) = (tokens(&report.used).to_string(), plain(&report.currency));
    let days = report.days.len().to_string();
    html! {
        div.plots {
            figure {
                @let say = tf("spend.alt", &[("n", &tokens), ("days", &days)]);
                figcaption { strong { (t("agent.tokens")) } " " (say) }
                (plot::bars(&say, &bars(|day| self::tokens(&day.used) as f64, t("agent.tokens"), |used| self::tokens(used).to_string())))
            }
            @if money {
                figure {
                    @let spent = format!("{} {currency}", plain(&report.used.cost));
                    @let say = tf("spend.alt", &[("n", &spent), ("days", &days)]);
                    figcaption { strong { (t("models.money")) } " " (say) }
                    (plot::bars(&say, &bars(|day| amount(&day.used), &currency, |used| plain(&used.cost))))
                }
            }
        }
        details.table-of {
            summary { (t("spend.numbers")) }
            div.scroll tabindex="0" role="group" aria-label=(t("spend.title")) {
                table {
                    thead { tr {
                        th scope="col" { (t("spend.day")) }
                        th.number scope="col" { (t("agent.calls")) }
                        th.number scope="col" { (t("agent.tokens")) }
                        th.number scope="col" { (t("models.money")) }
                    } }
                    tbody { @for day in report.days.iter().rev() { (row(&day.day, &day.used, &day.elsewhere, &currency)) } }
                    tfoot { (row(t("spend.all"), &report.used, &report.elsewhere, &currency)) }
                }
            }
        }
    }
}

fn row(name: &str, used: &UseInfo, elsewhere: &[CostInfo], currency: &str) -> Markup {
    let others = elsewhere.iter().map(|other| format!(", {} {}", plain(&other.cost), plain(&other.currency)));
    html! {
        tr {
            th scope="row" { (plain(name)) }
            td.number { (used.calls) }
            td.number { (tokens(used)) }
            td.number { (plain(&used.cost)) " " (currency) @for other in others { (other) } }
        }
    }
}

fn tokens(used: &UseInfo) -> u64 {
    used.input.saturating_add(used.output)
}

fn amount(used: &UseInfo) -> f64 {
    used.cost.parse().ok().filter(|amount: &f64| amount.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str, calls: u64, cost: &str) -> SpendDay {
        let used = UseInfo { calls, input: 10 * calls, cost: cost.to_owned(), ..UseInfo::default() };
        SpendDay { day: day.to_owned(), used, elsewhere: vec![], agents: vec![], models: vec![] }
    }

    fn report(days: Vec<SpendDay>) -> SpendReport {
        let used = UseInfo { calls: 3, input: 30, cost: "0.75".to_owned(), ..UseInfo::default() };
        let (currency, agents) = ("USD".to_owned(), vec!["ann".to_owned(), "bob".to_owned()]);
        SpendReport { currency, days, used, elsewhere: vec![], agents }
    }

    fn html(days: Vec<SpendDay>, agent: Option<&str>) -> String {
        section(&Ok(report(days)), agent).into_string()
    }

    #[test]
    fn each_day_is_a_bar_and_a_row_and_money_is_drawn_where_there_was_any() {
        let mut euro = day("2026-11-29", 1, "0.00");
        euro.elsewhere = vec![CostInfo { currency: "EUR".to_owned(), cost: "1.20".to_owned() }];
        let priced = html(vec![euro.clone(), day("2026-11-30", 2, "0.75"), day("2026-12-01", 0, "0.00")], None);
        assert_eq!((priced.matches("<rect").count(), priced.matches("<figure").count()), (6, 2), "{priced}");
        assert!(priced.contains("<title>2026-11-30: 0.75 USD</title>"), "{priced}");
        assert!(priced.contains("0.00 USD, 1.20 EUR"), "what is in another currency stands beside: {priced}");
        assert_eq!(priced.matches("<tr>").count(), 5, "a head, a row a day, and all together");
        let free = html(vec![euro], None);
        assert_eq!(free.matches("<figure").count(), 1, "{free}");
    }

    #[test]
    fn whose_days_they_are_is_chosen_and_nothing_is_drawn_where_nothing_was_used() {
        let bobs = html(vec![day("2026-11-30", 0, "0.00")], Some("bob"));
        assert!(bobs.contains("<option value=\"bob\" selected>") && !bobs.contains("<svg"), "{bobs}");
    }
}
