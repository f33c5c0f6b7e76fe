//! The packages of this home: what each is, whose signature it has, and whether it may run.
//!
//! Files: this one the list, [`one`] a package and what the owner decides about it, [`install`] one that comes as a file.

pub(crate) mod install;
pub(crate) mod one;

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{count, t};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::PackageInfo;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `GET /packages`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Result<Html<String>, Fault> {
    let packages = app.clean(app.desk.packages().await?);
    let mut roles: BTreeMap<&str, Vec<&PackageInfo>> = BTreeMap::new();
    for package in &packages {
        roles.entry(&package.role).or_default().push(package);
    }
    let body = html! {
        (parts::head(t("packages.title"), Some(t("packages.what"))))
        @let waiting: Vec<&PackageInfo> = packages.iter().filter(|package| package.waits.is_some()).collect();
        @if !waiting.is_empty() {
            section.card.waits-card {
                h2 { (t("packages.waiting")) }
                ul { @for package in waiting { li { (link(package)) } } }
            }
        }
        (install::form(&me))
        @if packages.is_empty() { (parts::empty(t("packages.none"), t("packages.none-what"))) }
        @for (role, packages) in &roles { (table(role, packages)) }
    };
    Ok(Page { title: t("packages.title"), here: Here::Packages, body }.framed(&app, &me).await)
}

fn table(role: &str, packages: &[&PackageInfo]) -> Markup {
    html! {
        section.list {
            h2 { (plain(role)) " " small { (count(packages.len() as u64, "packages.one", "packages.many")) } }
            div.scroll tabindex="0" role="group" aria-label=(plain(role)) {
                table {
                    thead { tr {
                        th scope="col" { (t("packages.name")) }
                        th scope="col" { (t("packages.version")) }
                        th scope="col" { (t("packages.state")) }
                        th scope="col" { (t("packages.signature")) }
                        th.number scope="col" { (t("packages.size")) }
                    } }
                    tbody { @for package in packages { (row(package)) } }
                }
            }
        }
    }
}

fn row(package: &PackageInfo) -> Markup {
    html! {
        tr {
            th scope="row" { (link(package)) }
            td { (plain(&package.version)) @if package.yanked { " " span.state.bad { (t("packages.yanked")) } } }
            td {
                (parts::state(&package.state))
                @if package.waits.is_some() { " " span.state.bad { (t("packages.waits")) } }
            }
            td { (parts::code_in(&package.signature.words)) }
            td.number { (parts::bytes(package.bytes)) }
        }
    }
}

/// The way to one version.
fn link(package: &PackageInfo) -> Markup {
    let reference = format!("{}@{}", package.name, package.version);
    html! {
        a href={ "/packages/package?" (query(&[("name", &reference)])) } {
            code { (plain(&package.name)) } span.unseen { " " (plain(&package.version)) }
        }
    }
}
