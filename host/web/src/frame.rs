//! What is around each page: the way to the others, what waits, and safe mode in large letters.

use crate::app::App;
use crate::assets::url;
use crate::entry::Me;
use crate::parts::icon;
use crate::texts::t;
use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

/// Where somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Chat,
    Approvals,
    Agents,
    Brain,
    Authority,
    Packages,
    Servers,
    Models,
    Ledger,
    Guardian,
    Settings,
    Api,
    Nowhere,
}

/// The pages that there is a way to, in its order: a new one is a line here.
const WAYS: [(Here, &str, &str, &str); 12] = [
    (Here::Chat, "/", "nav.chat", "chat"),
    (Here::Approvals, "/approvals", "nav.approvals", "approvals"),
    (Here::Agents, "/agents", "nav.agents", "agents"),
    (Here::Brain, "/brain", "nav.brain", "brain"),
    (Here::Authority, "/authority", "nav.authority", "authority"),
    (Here::Packages, "/packages", "nav.packages", "packages"),
    (Here::Servers, "/servers", "nav.servers", "servers"),
    (Here::Models, "/models", "nav.models", "models"),
    (Here::Ledger, "/ledger", "nav.ledger", "ledger"),
    (Here::Guardian, "/guardian", "nav.guardian", "guardian"),
    (Here::Settings, "/settings", "nav.settings", "settings"),
    (Here::Api, "/api", "nav.api", "api"),
];
/// So many have a place on a small screen; the others are behind "More".
const AT_HAND: usize = 4;

/// A page.
pub(crate) struct Page {
    pub(crate) title: &'static str,
    pub(crate) here: Here,
    pub(crate) body: Markup,
}

impl Page {
    /// In its frame, for whoever is in.
    pub(crate) async fn framed(self, app: &App, me: &Me) -> Html<String> {
        let waiting = app.desk.asks().await.map_or(0, |asks| asks.len());
        let is = |here: Here| self.here == here;
        let (chat, approvals, ledger, packages) =
            (is(Here::Chat), is(Here::Approvals), is(Here::Ledger), is(Here::Packages));
        let inner = html! {
            a.skip href="#main" { (t("frame.skip")) }
            (safe_mode(app.desk.is_in_safe_mode()))
            div.frame {
                nav.rail aria-label=(t("nav.label")) {
                    a.brand href="/" { (icon("loket")) span { (t("frame.name")) } }
                    ul { @for way in WAYS { li { (link(way, self.here, waiting)) } } }
                    form.out method="post" action="/logout" {
                        input type="hidden" name="token" value=(me.csrf);
                        button.quiet type="submit" { (icon("out")) span { (t("nav.out")) } }
                    }
                }
                main #main .chatting[chat] tabindex="-1" { (self.body) }
                nav.bar aria-label=(t("nav.label")) {
                    ul {
                        @for way in &WAYS[..AT_HAND] { li { (link(*way, self.here, waiting)) } }
                        li {
                            details.more {
                                summary { (icon("more")) span { (t("nav.more")) } }
                                ul {
                                    @for way in &WAYS[AT_HAND..] { li { (link(*way, self.here, waiting)) } }
                                    li {
                                        form method="post" action="/logout" {
                                            input type="hidden" name="token" value=(me.csrf);
                                            button.quiet type="submit" { (icon("out")) span { (t("nav.out")) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            script type="module" src=(url("base.js")) {}
            @if chat { script type="module" src=(url("chat.js")) {} }
            @if approvals { script type="module" src=(url("approvals.js")) {} }
            @if ledger { script type="module" src=(url("ledger.js")) {} }
            @if packages { script type="module" src=(url("drop.js")) {} }
        };
        document(self.title, chat, "", &inner)
    }

    /// By itself, for whoever is not in yet.
    pub(crate) fn alone(self, app: &App) -> Html<String> {
        let inner = html! {
            a.skip href="#main" { (t("frame.skip")) }
            (safe_mode(app.desk.is_in_safe_mode()))
            div.door {
                header.door-head { (icon("loket")) span { (t("frame.name")) } }
                main #main tabindex="-1" { (self.body) }
            }
            script type="module" src=(url("base.js")) {}
        };
        document(self.title, false, "alone", &inner)
    }
}

fn document(title: &str, chat: bool, class: &str, inner: &Markup) -> Html<String> {
    let whole = html! {
        (DOCTYPE)
        html lang=(t("frame.lang")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content="#f6f4ef" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#131716" media="(prefers-color-scheme: dark)";
                title { (title) " · " (t("frame.name")) }
                link rel="icon" type="image/svg+xml" href=(url("icon.svg"));
                link rel="stylesheet" href=(url("style.css"));
                link rel="stylesheet" href=(url("pages.css"));
                @if chat { link rel="stylesheet" href=(url("chat.css")); }
            }
            body class=(class) { (inner) }
        }
    };
    Html(whole.into_string())
}

fn link(
    (to, path, name, sign): (Here, &'static str, &'static str, &'static str),
    here: Here,
    waiting: usize,
) -> Markup {
    let current = (to == here).then_some("page");
    let counts = to == Here::Approvals;
    html! {
        a href=(path) aria-current=[current] {
            (icon(sign))
            span { (t(name)) }
            @if counts {
                span.count data-asks="" hidden[waiting == 0] {
                    span data-count="" { (waiting) }
                    span.unseen { " " (t("nav.waiting")) }
                }
            }
        }
    }
}

/// Above everything else. It is there also when it is not on, so that it can be shown as soon as it is.
fn safe_mode(on: bool) -> Markup {
    html! {
        div.safe-mode role="status" data-safe-mode="" hidden[!on] {
            strong { (t("safe-mode.title")) }
            span { (t("safe-mode.what")) }
            a href="/guardian" { (t("safe-mode.why")) }
        }
    }
}
