//! What the host notes while it runs: on stderr, as much as `LOKET_LOG` says, and without the values of secrets.
//!
//! Files in reading order: this one begins and says where notes go, [`form`] how a note looks, [`json`] a note as an object,
//! [`cleansed`] the one way out, without secrets.

mod cleansed;
mod form;
mod json;

pub(super) use form::LogForm;

use super::failure::Failure;
use crate::desk::Desk;
use cleansed::Notes;
use form::Form;
use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::sync::{Arc, OnceLock, Weak};
use tracing_subscriber::EnvFilter;

/// Who knows what must not be noted.
static HOST: OnceLock<Weak<dyn Desk>> = OnceLock::new();
/// How a service's notes look; unset where a single command runs.
static SERVICE: OnceLock<Form> = OnceLock::new();

/// Begin to note what is wrong: a single command.
pub(super) fn begin() {
    // A certificate that does not hold is said as the reason why a registry cannot be reached.
    start("error,rustls_platform_verifier=off", Form::Text);
}

/// Begin to note what is done: a service. `named` is the form that the owner chose, if one was chosen.
pub(super) fn begin_service(named: Option<LogForm>) {
    let form = Form::of(named);
    if SERVICE.set(form).is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
    start("info", form);
}

/// From now on this host says what must not be noted; there is one in a process.
pub(super) fn redact_by(desk: &Arc<dyn Desk>) {
    let _ = HOST.set(Arc::downgrade(desk));
}

/// Notes why a service ends, when its notes are for programs; whether that was so. Else it is told like any failure.
pub(super) fn tells(failure: &Failure) -> bool {
    let for_programs = SERVICE.get().is_some_and(|form| *form != Form::Text);
    let (Failure::Problem(problem) | Failure::Usage(problem)) = failure else { return for_programs };
    if for_programs {
        let hint = problem.hint.as_deref().unwrap_or_default();
        tracing::error!(code = %problem.code, hint, "{}", problem.message);
    }
    for_programs
}

fn start(level: &str, form: Form) {
    let filter = EnvFilter::try_from_env("LOKET_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let notes = Notes::new(form, |message| HOST.get().and_then(Weak::upgrade)?.redact(message), io::stderr);
    let begun = tracing_subscriber::fmt().with_env_filter(filter);
    // There is one already where this is not the first call in the process, as in tests.
    let _ = match form {
        Form::Text => {
            let colours =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            begun.with_writer(notes).with_ansi(colours).try_init()
        }
        // The journal has the time and the level.
        Form::Journal => begun.with_writer(notes).with_ansi(false).without_time().with_level(false).try_init(),
        Form::Json => begun.event_format(json::Json::new(notes.clone())).with_writer(notes).try_init(),
    };
}

/// What a service panicked with goes the way of all notes: it may hold what must not be shown.
fn panicked(panic: &std::panic::PanicHookInfo<'_>) {
    thread_local!(static INSIDE: Cell<bool> = const { Cell::new(false) });
    // One while this is noted says nothing: there is no way left that is known to be clean.
    if INSIDE.replace(true) {
        return;
    }
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    let said = panic.payload_as_str().unwrap_or("(no words)");
    tracing::error!(place, thread, "panic: {said}");
    INSIDE.set(false);
}
