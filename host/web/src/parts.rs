//! What is in many pages: heads, problems, states, moments, and the icons.

use crate::entry::Me;
use crate::plain::plain;
use crate::texts::t;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use loket_gateways::desk::Problem;
use maud::{Markup, PreEscaped, html};

/// The head of a page.
pub(crate) fn head(title: &str, what: Option<&str>) -> Markup {
    html! {
        header.page-head {
            h1 { (title) }
            @if let Some(what) = what { p { (what) } }
        }
    }
}

/// What a form brings along that was made for this session.
pub(crate) fn token(me: &Me) -> Markup {
    html! { input type="hidden" name="token" value=(me.csrf); }
}

/// What went wrong.
pub(crate) fn problem(problem: &Problem) -> Markup {
    html! {
        div.problem role="alert" {
            p { strong { (icon("wrong")) (code_in(&problem.message)) } }
            @if let Some(hint) = &problem.hint { p { (t("parts.next")) " " (code_in(hint)) } }
        }
    }
}

/// What was done.
pub(crate) fn done(words: &str) -> Markup {
    html! { p.done role="status" { (icon("yes")) (words) } }
}

/// Where there is nothing.
pub(crate) fn empty(title: &str, what: &str) -> Markup {
    html! { div.empty { (icon("empty")) h2 { (title) } p { (what) } } }
}

/// How something is: `ready` and the like, or why it cannot run, line by line.
pub(crate) fn state(state: &str) -> Markup {
    let (first, rest) = state.split_once('\n').map_or((state, ""), |(first, rest)| (first, rest));
    let good = matches!(first, "ready" | "sealed" | "granted" | "allow" | "trusted");
    html! {
        @if rest.is_empty() && first.len() <= 24 {
            span.state .good[good] .bad[!good] { (plain(first)) }
        } @else {
            details.state-more {
                summary { span.state.bad { (t("parts.not-ready")) } }
                p { (plain(first)) }
                @for line in rest.lines() { p { (plain(line)) } }
            }
        }
    }
}

/// A moment that was told as RFC 3339. Scripts show it as people here write it.
pub(crate) fn moment(told: &str) -> Markup {
    let Ok(at) = told.parse::<Timestamp>() else { return html! { (plain(told)) } };
    let shown = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(at.to_string()) { (shown) } }
}

/// A moment in milliseconds since 1970.
pub(crate) fn moment_of(milliseconds: u64) -> Markup {
    let at = i64::try_from(milliseconds).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| html! { (milliseconds) " ms" }, |at| moment(&at.to_string()))
}

/// Who called whom, from the first to the last.
pub(crate) fn chain(chain: &str) -> Markup {
    html! {
        ol.chain {
            @for link in chain.split(" > ") { li { code { (plain(link)) } } }
        }
    }
}

/// Words with commands in back-quotes.
pub(crate) fn code_in(words: &str) -> Markup {
    let words = plain(words);
    html! {
        @for (at, part) in words.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Bytes as people say them.
pub(crate) fn bytes(bytes: u64) -> String {
    let (mut whole, mut rest, mut unit) = (bytes, 0, "B");
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if whole < 1024 {
            break;
        }
        (rest, whole, unit) = (whole % 1024 * 10 / 1024, whole / 1024, next);
    }
    if unit == "B" || whole >= 100 { format!("{whole} {unit}") } else { format!("{whole}.{rest} {unit}") }
}

/// A sign of ours. Beside each stands what it means, so that nobody is read it aloud.
pub(crate) fn icon(name: &str) -> Markup {
    let paths = match name {
        "loket" => {
            r#"<path d="M4 21V11a8 8 0 0 1 16 0v10"/><path d="M2.5 21h19"/><path d="M4 14.5h16"/><circle cx="12" cy="9.2" r="1.6" fill="currentColor" stroke="none"/>"#
        }
        "chat" => {
            r#"<path d="M20 15a3 3 0 0 1-3 3H9l-4.5 3v-3.4A3 3 0 0 1 4 15V7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3z"/><path d="M8.5 9h7M8.5 13h4"/>"#
        }
        "approvals" => {
            r#"<path d="M12 3 4.5 6v5.5c0 4.6 3.1 8 7.5 9.5 4.4-1.5 7.5-4.9 7.5-9.5V6z"/><path d="m8.7 12 2.3 2.3 4.3-4.6"/>"#
        }
        "agents" => r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"/>"#,
        "authority" => {
            r#"<circle cx="5" cy="12" r="2.3"/><circle cx="19" cy="5.5" r="2.3"/><circle cx="19" cy="18.5" r="2.3"/><path d="M7.2 11.2c5-.6 5.2-4.6 9.6-5.3M7.2 12.8c5 .6 5.2 4.6 9.6 5.3"/>"#
        }
        "brain" => {
            r#"<path d="M12 5.2A3 3 0 0 0 6.4 6.6 3.2 3.2 0 0 0 4.6 12a3.3 3.3 0 0 0 1.6 5.2A3 3 0 0 0 12 18.6zM12 5.2a3 3 0 0 1 5.6 1.4A3.2 3.2 0 0 1 19.4 12a3.3 3.3 0 0 1-1.6 5.2A3 3 0 0 1 12 18.6z"/><path d="M8 10.2c1.2 0 2 .6 2 1.8M16 10.2c-1.2 0-2 .6-2 1.8"/>"#
        }
        "servers" => {
            r#"<rect x="4" y="4.5" width="16" height="6" rx="1.6"/><rect x="4" y="13.5" width="16" height="6" rx="1.6"/><path d="M7.5 7.5h.1M7.5 16.5h.1M11 7.5h5.5M11 16.5h5.5"/>"#
        }
        "models" => {
            r#"<rect x="7" y="7" width="10" height="10" rx="2"/><path d="M10 3.5V7M14 3.5V7M10 17v3.5M14 17v3.5M3.5 10H7M3.5 14H7M17 10h3.5M17 14h3.5"/>"#
        }
        "attach" => {
            r#"<path d="m19.5 11.5-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7-7"/>"#
        }
        "search" => r#"<circle cx="10.5" cy="10.5" r="6"/><path d="m15.2 15.2 5 5"/>"#,
        "packages" => r#"<path d="m12 3 8 4.4v9.2L12 21l-8-4.4V7.4z"/><path d="m4.3 7.5 7.7 4.3 7.7-4.3M12 11.8V21"/>"#,
        "ledger" => {
            r#"<path d="M6 3h11a2 2 0 0 1 2 2v16H7a2 2 0 0 1-2-2V4a1 1 0 0 1 1-1z"/><path d="M9 8h6M9 12h6M9 16h3"/>"#
        }
        "guardian" => {
            r#"<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3"/><path d="M12 14.5v2.5"/>"#
        }
        "settings" => {
            r#"<path d="M4 7h9M17 7h3M4 17h3M11 17h9M4 12h4M12 12h8"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/><circle cx="10" cy="12" r="2"/>"#
        }
        "api" => r#"<path d="m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14"/>"#,
        "more" => r#"<path d="M4 7h16M4 12h16M4 17h16"/>"#,
        "out" => r#"<path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4M6 12h9"/>"#,
        "yes" => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
        "wrong" => r#"<path d="M12 3.5 22 20.5H2z"/><path d="M12 10v4.5M12 17.3v.2"/>"#,
        "send" => r#"<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5"/>"#,
        "stop" => r#"<rect x="7" y="7" width="10" height="10" rx="1.5" fill="currentColor"/>"#,
        "new" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "empty" => r#"<path d="M4 20v-9a8 8 0 0 1 16 0v9"/><path d="M2.5 20h19M4 14h16"/>"#,
        _ => "",
    };
    html! {
        svg.icon viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false" fill="none"
            stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" { (PreEscaped(paths)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_as_people_say_them() {
        for (number, told) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (300 << 20, "300 MiB")]
        {
            assert_eq!(bytes(number), told);
        }
    }

    #[test]
    fn what_others_wrote_is_escaped_wherever_it_is_shown() {
        let bad = "<script>alert(1)</script>";
        let shown = [
            problem(&Problem::failed(bad).hint(format!("`{bad}`"))),
            state(bad),
            state(&format!("{bad}\n{bad}")),
            moment(bad),
            chain(&format!("owner > {bad}")),
            code_in(bad),
        ];
        for shown in shown {
            assert!(!shown.into_string().contains("<script"));
        }
    }
}
