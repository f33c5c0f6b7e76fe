//! A package that comes as a file: chosen in a form, or dropped on it. It is published like one from the command line, and judged the same.

use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::upload::{Upload, Uploaded};
use crate::parts;
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::Response;
use loket_gateways::desk::{MOST_PACKAGE_BYTES, Problem, PublishRequest};
use maud::{Markup, html};
use std::sync::Arc;

/// The namespace and the version of a file that nobody named.
const NAMESPACE: &str = "local";
const VERSION: &str = "0.1.0";

/// Where a file goes.
pub(super) fn form(me: &Me) -> Markup {
    html! {
        details.card.install data-drop="" {
            summary { (t("install.title")) }
            form.stack method="post" action="/packages/install" enctype="multipart/form-data" data-drop-form="" data-sending=(t("install.sending")) {
                // Before the file: nothing is taken in for who does not have it.
                (parts::token(me))
                p.note { (tf("install.what", &[("most", &parts::bytes(MOST_PACKAGE_BYTES as u64))])) }
                label.drop { span { (t("install.file")) } input type="file" name="component" accept=".wasm,application/wasm" required; }
                label { span { (t("install.name")) }
                    input type="text" name="package" maxlength="200" autocomplete="off" spellcheck="false" placeholder="acme:calc@1.2.0"; }
                label { span { (t("install.signature")) } input type="file" name="signature" accept=".minisig"; }
                button.primary type="submit" { (t("install.do")) }
                p.note role="status" data-drop-says="" {}
            }
        }
    }
}

/// `POST /packages/install`
pub(crate) async fn install(State(app): State<Arc<App>>, Upload(sent): Upload) -> Result<Response, Fault> {
    let package = publish(&app, sent).await?;
    Ok(see(&format!("/packages/package?{}", query(&[("name", &package), ("done", "installed")]))))
}

async fn publish(app: &App, sent: Uploaded) -> Result<String, Problem> {
    let Uploaded { component, file, package, signature } = sent;
    let package = match package.trim() {
        "" => named(&file)?,
        package => package.to_owned(),
    };
    let signature = Some(signature).filter(|signature| !signature.trim().is_empty());
    let from = Some("a file, in the control room".to_owned());
    let published = app.desk.publish(PublishRequest { package, signature, from }, component).await?;
    Ok(published.package)
}

/// What a file would be called as a package.
fn named(file: &str) -> Result<String, Problem> {
    let stem = file.strip_suffix(".wasm").unwrap_or(file).to_lowercase();
    let words: Vec<&str> = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    match name.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => Ok(format!("{NAMESPACE}:{name}@{VERSION}")),
        false => Err(Problem::invalid("the file has no name that a package could have")
            .hint("write what it is to be called, as `acme:calc@1.2.0`")),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_file_that_nobody_named_is_called_after_itself() {
        assert_eq!(named("My_Tool.wasm").as_deref().ok(), Some("local:my-tool@0.1.0"));
        assert_eq!(named("../<script>.wasm").as_deref().ok(), Some("local:script@0.1.0"));
        for bad in ["", ".wasm", "---.wasm", "7.wasm", "größe-.wasm\u{202e}"] {
            assert!(named(bad).is_err() || named(bad).is_ok_and(|name| name.is_ascii()), "{bad}");
        }
    }
}
