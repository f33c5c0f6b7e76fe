//! `loket mcp wit`: what a component is built against that calls a server's tools.

use super::WitArgs;
use crate::cli::failure::Outcome;
use crate::cli::session::Session;
use crate::desk::Problem;
use std::path::Path;

pub(super) async fn write(session: &mut Session, args: WitArgs) -> Outcome {
    let wit = session.client.tool_server_wit(&args.name).await?;
    let screen = &mut session.screen;
    let Some(folder) = args.out else {
        return match screen.is_json() {
            true => Ok(screen.document(&serde_json::to_value(wit)?)?),
            false => Ok(screen.text(&wit.text)?),
        };
    };
    // The package's name is one that the host checked: words and hyphens.
    let path = folder.join(format!("{}.wit", wit.package.replace(':', "-")));
    put(&folder, &path, &wit.text).map_err(|error| {
        Problem::failed(format!("`{}` cannot be written: {error}", path.display()))
            .hint("name another folder by `--out`")
    })?;
    match screen.is_json() {
        true => Ok(screen.document(&serde_json::json!({ "package": wit.package, "file": path }))?),
        false => Ok(screen.wrapped(0, &format!("`{}` is written to {}", wit.package, path.display()))?),
    }
}

fn put(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(path, text)
}
