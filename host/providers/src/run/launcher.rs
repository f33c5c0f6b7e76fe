//! How attendants are started, and whether they can confine what they run.

use arc_swap::ArcSwap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

/// How attendants are started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    program: PathBuf,
    confines: bool,
}

impl Launcher {
    /// By a program of `loket`, which does `attend::attend` when its first argument is one of the words of `order`; whether it can confine
    /// is asked of the kernel.
    pub fn of(program: impl Into<PathBuf>) -> Launcher {
        Launcher { program: program.into(), confines: can_confine() }
    }

    /// By the program that runs now, also when another has taken its place on the disk.
    pub fn here() -> Launcher {
        Launcher::of("/proc/self/exe")
    }

    /// The same on a system that can confine nothing.
    #[must_use]
    pub fn without_confinement(self) -> Launcher {
        Launcher { confines: false, ..self }
    }

    /// Whether it can confine.
    pub fn confines(&self) -> bool {
        self.confines
    }

    /// An attendant of this kind, with pipes for its input and output. Of the host's environment it gets nothing.
    pub(crate) fn command(&self, word: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command.arg(word).env_clear().current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }
}

#[cfg(target_os = "linux")]
fn can_confine() -> bool {
    super::confine::is_possible()
}

#[cfg(not(target_os = "linux"))]
fn can_confine() -> bool {
    false
}

/// How attendants are started now.
#[derive(Debug, Clone)]
pub struct Launch(Arc<ArcSwap<Launcher>>);

impl Launch {
    /// In this way.
    pub fn new(launcher: Launcher) -> Launch {
        Launch(Arc::new(ArcSwap::from_pointee(launcher)))
    }

    /// In which way now.
    pub fn now(&self) -> Arc<Launcher> {
        self.0.load_full()
    }

    /// In another way from now on.
    pub fn set(&self, launcher: Launcher) {
        self.0.store(Arc::new(launcher));
    }
}
