//! What other programs keep of their servers, brought in.

use super::install::settings;
use super::{ImportArgs, bring};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::session::Session;
use crate::desk::Problem;
use crate::pasted::{self, Pasted};

pub(super) async fn import(session: &mut Session, args: ImportArgs) -> Outcome {
    let ImportArgs { file, to, network } = args;
    let shown = file.display().to_string();
    let wrong = |why: &str| format!("`{shown}` cannot be imported: {why}");
    let text = settings::text(&file).map_err(|e| Problem::invalid(wrong(&e.to_string())))?;
    let read = pasted::read(&text, to.as_deref(), network)
        .map_err(|problem| Problem { message: wrong(&problem.message), ..problem })?;
    let mut failed: Option<Failure> = None;
    for Pasted { called: name, request, todo } in read {
        match session.client.tool_server_add(&request).await {
            Ok(mut change) => {
                change.todo.splice(0..0, todo);
                bring::told(session, &change, &format!("`{}` is a server of this home", request.name))?;
            }
            Err(problem) => {
                let message = format!("`{name}` was not brought in: {}", problem.message);
                if !session.screen.is_json() {
                    session.screen.wrapped(0, &message)?;
                }
                failed.get_or_insert(Failure::from(Problem { message, ..problem }));
            }
        }
    }
    failed.map_or(Ok(()), Err)
}
