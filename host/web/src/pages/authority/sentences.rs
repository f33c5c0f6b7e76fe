//! What somebody could do, in sentences.

use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use loket_gateways::desk::Authority;
use maud::{Markup, html};

/// The deepest that sentences go: below, the table has it.
const DEEPEST: usize = 4;
/// By these a component reaches the world outside.
const OUTWARD: [&str; 7] =
    ["loket:http", "loket:files", "loket:run", "wasi:http", "wasi:filesystem", "wasi:sockets", "loket:channel"];

/// A list of sentences.
pub(super) fn all(tree: &[Authority]) -> Markup {
    html! {
        @if tree.is_empty() { p { (t("could.nothing")) } }
        @else {
            ul.could { @for branch in tree { (said(branch, 0)) } }
            @if !tree.iter().any(|branch| reaches_out(branch, 0)) { p.note { (t("could.inside")) } }
        }
    }
}

fn reaches_out(branch: &Authority, depth: usize) -> bool {
    let outward = OUTWARD.iter().any(|name| branch.capability.starts_with(name)) || branch.provider.starts_with("mcp:");
    branch.verdict != "deny"
        && (outward || depth < 8 && branch.through.iter().any(|inner| reaches_out(inner, depth + 1)))
}

fn said(branch: &Authority, depth: usize) -> Markup {
    let what = deed(branch);
    let sentence = match branch.verdict.as_str() {
        "deny" => tf("could.never", &[("what", &what)]),
        "ask" => tf("could.asks", &[("what", &what)]),
        _ => tf("could.may", &[("what", &what)]),
    };
    html! {
        li {
            (sentence)
            @if !branch.limits.is_empty() { span.note { " (" (excerpt(&branch.limits, 300)) ")" } }
            @if !branch.through.is_empty() && depth < DEEPEST {
                p.note { (tf("could.through", &[("who", &plain(&branch.provider))])) }
                ul { @for inner in &branch.through { (said(inner, depth + 1)) } }
            }
        }
    }
}

/// What a capability lets one do.
fn deed(branch: &Authority) -> String {
    let words = match branch.capability.as_str() {
        "loket:brain/memory" => t("could.memory"),
        "loket:brain/upkeep" => t("could.upkeep"),
        "loket:model/chat" => t("could.model"),
        "loket:model/embeddings" => t("could.embeddings"),
        "loket:tools/catalog" => t("could.catalog"),
        "loket:events/emit" => t("could.events"),
        "loket:http/client" | "wasi:http/outgoing-handler" => t("could.http"),
        "loket:files/folders" | "wasi:filesystem/preopens" => t("could.files"),
        "loket:run/commands" => t("could.run"),
        "loket:secrets/secrets" => t("could.secrets"),
        "loket:agent/about" => t("could.about"),
        name if name.starts_with("wasi:sockets/") => t("could.sockets"),
        "wasi:keyvalue/store" => t("could.keyvalue"),
        other if branch.provider == "host" => return tf("could.host", &[("what", &excerpt(other, 80))]),
        other if branch.provider.starts_with("agent:") => {
            return tf("could.agent", &[("who", &excerpt(other.trim_start_matches("agent:"), 80))]);
        }
        other if branch.provider.starts_with("mcp:") => return tf("could.server", &[("what", &excerpt(other, 80))]),
        other => return tf("could.tool", &[("what", &excerpt(other, 80))]),
    };
    words.to_owned()
}
