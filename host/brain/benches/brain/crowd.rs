//! Many brains open in one process: what each takes of memory, and that none has a thread.
//!
//! A process of its own opens them, so that nothing else is in its memory. Each has memories that its index holds and some that it does
//! not; each is asked one question.

use crate::common::Outcome;
use crate::common::memory::{ask, import, remember_each};
use crate::questions::{Sort, questions};
use crate::stage::{Stage, copy, mib, size};
use crate::table::{Bound, Table, time};
use loket_brain::{Brain, Options};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const BRAINS: usize = 1_000;
const INDEXED: usize = 100;
const TAIL: usize = 20;
/// Tells this program that it is the process of its own.
const FOLDER: &str = "LOKET_BENCH_CROWD";
const QUESTION: &str = "LOKET_BENCH_QUESTION";

/// What a process takes at a moment.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Taken {
    resident: f64,
    anonymous: f64,
    threads: f64,
    files: f64,
}

pub(crate) fn measure(table: &mut Table, stage: &mut Stage) -> Outcome<()> {
    let folder = stage.place("crowd");
    let memories = stage.fresh(INDEXED + TAIL)?;
    let (indexed, tail) = memories.split_at(INDEXED);
    let model = stage.place("model");
    let brain = Brain::open(&model, Options::default())?;
    import(&brain, indexed)?;
    brain.index_now()?;
    remember_each(&brain, tail)?;
    brain.close()?;
    (0..BRAINS).try_for_each(|number| copy(&model, &folder.join(number.to_string())))?;
    let question = questions(&memories, Sort::Written, 1).pop().unwrap_or_default();
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.env(FOLDER, &folder).env(QUESTION, question).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let (before, open, asked, seconds): (Taken, Taken, Taken, f64) = serde_json::from_slice(&output.stdout)?;
    let more = |of: fn(&Taken) -> f64, at: Taken| (of(&at) - of(&before)) / 1024.0;
    let from = format!(
        "{:.0} MiB of it not of files; each opened in {}",
        more(|t| t.anonymous, asked),
        time(seconds / BRAINS as f64)
    );
    let what = format!("{BRAINS} brains open and asked once each: resident memory");
    table.row(what, from, more(|t| t.resident, asked), Bound::Most(300.0, " MiB"));
    let from = format!("{:.0} MiB of it not of files", more(|t| t.anonymous, open));
    table.row("  before they are asked", from, more(|t| t.resident, open), Bound::None(" MiB"));
    table.row("  threads more than before", "", asked.threads - before.threads, Bound::Most(0.0, ""));
    table.row("  open files of each", "", (asked.files - before.files) / BRAINS as f64, Bound::None(""));
    let (one, most) = (size(&model)? as f64, (INDEXED + TAIL) as f64);
    table.row(format!("  each on the disk, with {most} memories"), mib(one), one / 1024.0, Bound::None(" KiB"));
    Ok(fs::remove_dir_all(folder)?)
}

/// The process of its own: opens all brains in a folder and tells what that took. None when this process is another.
pub(crate) fn child() -> Option<Outcome<()>> {
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    Some(open_all(&folder, &std::env::var(QUESTION).unwrap_or_default()))
}

fn open_all(folder: &Path, question: &str) -> Outcome<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    // Once through everything, so that what the process itself needs is there before it is looked at.
    let first = Brain::open(&folder.join("0"), Options::default())?;
    ask(&first, question, 0)?;
    let before = Taken::now()?;
    let begun = Instant::now();
    let brains = (1..BRAINS).map(|number| Brain::open(&folder.join(number.to_string()), Options::default()));
    let brains = brains.collect::<Result<Vec<_>, _>>()?;
    let seconds = begun.elapsed().as_secs_f64();
    let open = Taken::now()?;
    for brain in &brains {
        if ask(brain, question, 0)?.is_empty() {
            return Err(format!("nothing was found for `{question}`").into());
        }
    }
    println!("{}", serde_json::to_string(&(before, open, Taken::now()?, seconds))?);
    Ok(())
}

impl Taken {
    fn now() -> Outcome<Taken> {
        let status = fs::read_to_string("/proc/self/status")?;
        let field = |name: &str| -> Outcome<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("a strange `status`")?;
            Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
        };
        let files = fs::read_dir("/proc/self/fd")?.count() as f64;
        Ok(Taken { resident: field("VmRSS:")?, anonymous: field("RssAnon:")?, threads: field("Threads:")?, files })
    }
}
