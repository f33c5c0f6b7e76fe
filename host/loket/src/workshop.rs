//! Components from their sources, for whoever types `loket new`, `loket build` or `loket dev`: in their own process, and in no home.

use crate::desk::wrong;
use loket_gateways::cli::Workshop;
use loket_gateways::desk::Problem;
use loket_gateways::workshop::{BuildReport, NewReport, NewRequest};
use loket_guardian::role::Role;
use loket_values::describe;
use loket_workshop::kind::Language;
use loket_workshop::new::{NewError, Plan};
use std::path::Path;

/// What the command line is given.
pub const WORKSHOP: Workshop = Workshop { new, build, watch };

fn new(request: &NewRequest) -> Result<NewReport, Problem> {
    let unknown = |e: loket_workshop::kind::UnknownKind| {
        wrong("invalid", e.to_string(), "`loket new --help` lists what there is")
    };
    let language: Language = request.language.parse().map_err(unknown)?;
    let plan = Plan {
        role: request.role.parse().map_err(unknown)?,
        language,
        namespace: request.namespace.clone(),
        name: request.name.clone(),
    };
    let folder = loket_workshop::new::new(&plan, &request.parent).map_err(|error| {
        let code = if matches!(error, NewError::Io { .. } | NewError::Wit(_)) { "failed" } else { "invalid" };
        wrong(code, error.to_string(), error.hint())
    })?;
    let package = format!("{}:{}", plan.namespace, plan.name);
    Ok(NewReport { package, folder, test: language.test().to_owned() })
}

fn build(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<BuildReport, Problem> {
    let built =
        loket_workshop::build::build(folder, say).map_err(|error| wrong("failed", error.to_string(), error.hint()))?;
    let surface = describe(&built.component).map_err(|error| {
        wrong("failed", format!("what was built is no component: {error}"), "look what its tools said")
    })?;
    Ok(BuildReport {
        package: built.package,
        version: built.version,
        role: Role::of(&surface).to_string(),
        file: built.file,
        bytes: built.component.len() as u64,
        component: built.component,
    })
}

fn watch(folder: &Path, saved: Box<dyn Fn() + Send>) -> Result<Box<dyn Send + Sync>, Problem> {
    let watching = loket_workshop::watch::watch(folder, saved).map_err(|error| {
        let hint = "on Linux, a higher `fs.inotify.max_user_watches` may be what is missing; or `loket build` after each change";
        wrong("failed", format!("`{}` cannot be watched: {error}", folder.display()), hint)
    })?;
    Ok(Box::new(watching))
}
