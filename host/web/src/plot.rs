//! Small pictures of numbers, drawn here as SVG: bars in a row, and how much of something is used up. What they say also stands beside them.

use maud::{Markup, html};

/// How wide and how high a row of bars is, in its own units.
const WIDE: f64 = 640.0;
const HIGH: f64 = 96.0;

/// A bar: what it is, and how much.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// It went wrong.
    pub(crate) bad: bool,
}

/// Bars in a row, from the left to the right.
pub(crate) fn bars(alt: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    // A few are no wider than many.
    let step = (WIDE / bars.len().max(1) as f64).min(28.0);
    html! {
        svg.plot viewBox=(format!("0 0 {WIDE} {HIGH}")) role="img" aria-label=(alt) focusable="false" preserveAspectRatio="xMinYMax meet" {
            line x1="0" x2=(WIDE) y1=(HIGH - 0.5) y2=(HIGH - 0.5) {}
            @for (at, bar) in bars.iter().enumerate() {
                @let high = (bar.value / most * (HIGH - 6.0)).max(2.0);
                rect .bad[bar.bad] x=(format!("{:.1}", at as f64 * step + 1.5)) y=(format!("{:.1}", HIGH - high))
                    width=(format!("{:.1}", (step - 3.0).max(1.0))) height=(format!("{high:.1}")) rx="2" { title { (bar.label) } }
            }
        }
    }
}

/// How much of the most that anybody used: where nothing is limited.
pub(crate) fn share(alt: &str, part: f64, most: f64) -> Markup {
    filled(alt, if most > 0.0 { (part / most).clamp(0.0, 1.0) } else { 0.0 }, "")
}

/// How much of what may be used is used.
pub(crate) fn meter(alt: &str, used: f64, most: f64) -> Markup {
    let share = if most > 0.0 { (used / most).clamp(0.0, 1.0) } else { 1.0 };
    let class = if share >= 1.0 {
        "full"
    } else if share >= 0.8 {
        "high"
    } else {
        ""
    };
    filled(alt, share, class)
}

fn filled(alt: &str, share: f64, class: &str) -> Markup {
    html! {
        svg class={ "meter " (class) } viewBox="0 0 200 10" role="img" aria-label=(alt) focusable="false" preserveAspectRatio="none" {
            rect.all width="200" height="10" rx="5" {}
            rect.used width=(format!("{:.1}", 200.0 * share)) height="10" rx="5" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_too_much_are_drawn_as_well() {
        assert!(bars("none", &[]).into_string().contains("<svg"));
        assert!(meter("too much", 9.0, 3.0).into_string().contains("width=\"200.0\""));
        assert!(meter("nothing is allowed", 0.0, 0.0).into_string().contains("full"));
        assert!(!share("no limit", 3.0, 3.0).into_string().contains("full"));
    }

    #[test]
    fn a_label_is_escaped() {
        let bar = Bar { label: "<script>".into(), value: 1.0, bad: false };
        assert!(!bars("<b>", &[bar]).into_string().contains("<script"));
    }
}
