//! One package: what admission says of it, what scanners found and where, what it asks for beyond the one before, and the owner's decision.

use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::{
    DecisionRequest, ExportInfo, ImportInfo, Inspection, PackageInfo, PackageVersion, Problem, ScanFinding,
};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What a remark begins with that says what is asked for beyond the package before.
const BESIDE: &str = "beside ";
/// What one begins with that says what a scanner found: it is told in full below.
const SCAN: &str = "scan, ";
/// How much of the evidence is shown, in characters.
const EVIDENCE: usize = 400;

/// Which package.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    name: String,
    done: Option<String>,
}

/// What is decided.
#[derive(Debug, Deserialize)]
pub(crate) struct Act {
    act: String,
    /// `namespace:name@version`
    package: String,
    /// What was looked at.
    #[serde(default)]
    digest: String,
}

/// `GET /packages/package`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("package.title"), here: Here::Packages, body }.framed(&app, &me).await)
}

/// `POST /packages/package`
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    Form(Act { act, package, digest }, _): Form<Act>,
) -> Result<Response, Fault> {
    let decision =
        || DecisionRequest { package: package.clone(), digest: Some(digest.clone()).filter(|d| !d.is_empty()) };
    let version = || PackageVersion { package: package.clone() };
    let done = match act.as_str() {
        "approve" => app.desk.approve(decision()).await.map(|_| "approved"),
        "reject" => app.desk.reject(decision()).await.map(|_| "rejected"),
        "yank" => app.desk.yank(version()).await.map(|_| "yanked"),
        "unyank" => app.desk.unyank(version()).await.map(|_| "unyanked"),
        _ => Err(Problem::invalid("nobody knows what to do with this package").hint("open its page again")),
    };
    Ok(match done? {
        // What was rejected is there no more.
        "rejected" => see("/packages"),
        done => see(&format!("/packages/package?{}", query(&[("name", &package), ("done", done)]))),
    })
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let inspection = app.clean(app.desk.inspect(&asked.name).await?);
    let findings = app.desk.findings(&asked.name).await.map(|findings| app.clean(findings));
    let packages = app.clean(app.desk.packages().await?);
    let is_it = |package: &&PackageInfo| format!("{}@{}", package.name, package.version) == inspection.package;
    let listed = packages.iter().find(is_it);
    let waits = listed.and_then(|package| package.waits.as_deref());
    let beside: Vec<&str> = inspection.notes.iter().filter_map(|note| note.strip_prefix(BESIDE)).collect();
    let is_other = |note: &&String| !note.starts_with(BESIDE) && !note.starts_with(SCAN);
    let notes: Vec<&String> = inspection.notes.iter().filter(is_other).collect();
    let done = match asked.done.as_deref() {
        Some("approved") => Some(t("package.approved")),
        Some("installed") => Some(t("package.installed")),
        Some("yanked") => Some(t("package.yanked")),
        Some("unyanked") => Some(t("package.unyanked")),
        _ => None,
    };
    Ok(html! {
        p { a href="/packages" { (t("package.back")) } }
        (parts::head(&plain(&inspection.package), None))
        @if let Some(done) = done { (parts::done(done)) }
        (report(&inspection, waits, me))
        @if !beside.is_empty() {
            section.list {
                h2 { (t("package.beside")) }
                p.note { (t("package.beside-what")) }
                ul.changes { @for line in beside { li { ins { (parts::code_in(line)) } } } }
            }
        }
        section.list {
            h2 { (t("package.findings")) }
            @match &findings {
                Err(problem) => (parts::problem(problem)),
                Ok(findings) if findings.is_empty() => p { (t("package.no-findings")) },
                Ok(findings) => { @for finding in findings { (found(finding)) } }
            }
        }
        (imports(&inspection.imports, &inspection.sealed))
        (exports(&inspection.exports))
        @if !notes.is_empty() {
            section.list { h2 { (t("package.notes")) } ul { @for note in notes { li { (parts::code_in(note)) } } } }
        }
        @if let Some(listed) = listed { (take_back(listed, me)) }
    })
}

fn report(inspection: &Inspection, waits: Option<&str>, me: &Me) -> Markup {
    let lines: Vec<&str> = inspection.state.lines().collect();
    let is_ready = inspection.state == "ready";
    html! {
        section.card.verdict .good[is_ready] .alarm[!is_ready && waits.is_none()] .waits[waits.is_some()] {
            h2 { @if is_ready { (t("package.ready")) } @else if waits.is_some() { (t("package.waits")) } @else { (t("package.not-ready")) } }
            @if !is_ready { ul.report { @for line in lines { li { (parts::code_in(line.trim())) } } } }
            dl.facts {
                dt { (t("package.role")) } dd { (plain(&inspection.role)) }
                @if let Some(signature) = &inspection.signature { dt { (t("packages.signature")) } dd { (parts::code_in(&signature.words)) } }
                dt { (t("packages.size")) } dd { (parts::bytes(inspection.bytes)) }
                dt { "SHA-256" } dd { code.long { (plain(&inspection.digest)) } }
                @if let Some(waits) = waits.filter(|waits| *waits != inspection.digest) {
                    dt { (t("package.waits-digest")) } dd { code.long { (plain(waits)) } }
                }
            }
            @if let Some(waits) = waits {
                form.row method="post" action="/packages/package" {
                    (parts::token(me))
                    input type="hidden" name="package" value=(inspection.package);
                    input type="hidden" name="digest" value=(waits);
                    button.primary type="submit" name="act" value="approve" { (t("package.approve")) }
                    button.refuse type="submit" name="act" value="reject" { (t("package.reject")) }
                }
                p.note { (t("package.decide-what")) }
            } @else {
                p { a href={ "/authority?" (query(&[("of", inspection.package.split('@').next().unwrap_or_default())])) } { (t("authority.could-button")) } }
            }
        }
    }
}

fn found(finding: &ScanFinding) -> Markup {
    let is_bad = matches!(finding.severity.as_str(), "high" | "critical");
    html! {
        article.card.finding .alarm[is_bad] {
            header {
                h3 { (parts::code_in(&finding.title)) }
                span {
                    span.state .bad[finding.severity != "info"] { (plain(&finding.severity)) } " "
                    span.chip { @match finding.action.as_str() {
                        "block" => (t("package.blocks")),
                        "ask" => (t("package.asks")),
                        _ => (t("package.informs")),
                    } }
                }
            }
            p dir="auto" { (parts::code_in(&finding.message)) }
            @for at in &finding.evidence {
                div.evidence {
                    p.note { (tf("package.at", &[("place", &plain(&at.place)), ("offset", &format!("{:#x}", at.offset)), ("length", &at.length.to_string())])) }
                    pre tabindex="0" { (excerpt(&at.text, EVIDENCE)) }
                }
            }
            @if !finding.remedy.is_empty() { p { (t("parts.next")) " " (parts::code_in(&finding.remedy)) } }
            p.note { code { (plain(&finding.id)) } " · " (plain(&finding.scanner)) }
        }
    }
}

fn imports(imports: &[ImportInfo], sealed: &[String]) -> Markup {
    html! {
        section.list {
            h2 { (t("package.imports")) }
            @if imports.is_empty() { p { (t("package.no-imports")) } }
            @else { div.scroll tabindex="0" role="group" aria-label=(t("package.imports")) { table {
                thead { tr {
                    th scope="col" { (t("authority.capability")) }
                    th scope="col" { (t("packages.state")) }
                    th scope="col" { (t("authority.limits")) }
                } }
                tbody { @for import in imports {
                    tr {
                        th scope="row" {
                            code { (plain(&import.capability)) }
                            p.note { (excerpt(&import.functions.join(", "), 200)) }
                        }
                        td { (parts::state(&import.state)) @if let Some(remedy) = &import.remedy { p.note { (parts::code_in(remedy)) } } }
                        td { (plain(&import.terms)) }
                    }
                } }
            } } }
            @if !sealed.is_empty() {
                details { summary { (t("package.sealed")) } ul { @for name in sealed { li { code { (plain(name)) } } } } }
            }
        }
    }
}

fn exports(exports: &[ExportInfo]) -> Markup {
    html! {
        @if !exports.is_empty() {
            section.list {
                h2 { (t("package.exports")) }
                @for export in exports {
                    details.card {
                        summary { code { (plain(&export.capability)) } }
                        @if !export.docs.is_empty() { p.as-written dir="auto" { (plain(&export.docs)) } }
                        ul { @for function in &export.functions { li { code { (plain(function)) } } } }
                    }
                }
            }
        }
    }
}

/// A version that is chosen for nobody new any more, or again.
fn take_back(package: &PackageInfo, me: &Me) -> Markup {
    html! {
        section.list {
            h2 { (t("package.take-back")) }
            p.note { (t("package.take-back-what")) }
            form method="post" action="/packages/package" {
                (parts::token(me))
                input type="hidden" name="package" value=(format!("{}@{}", package.name, package.version));
                @if package.yanked { button type="submit" name="act" value="unyank" { (t("package.unyank")) } }
                @else { button.quiet type="submit" name="act" value="yank" { (t("package.yank")) } }
            }
        }
    }
}
