//! What an attendant does: it confines one command, watches its time and its output, and ends all that it started.
//!
//! It is a process of its own, so that a command's parent is nobody who holds secrets, its limits are no limits of the host's, and what the
//! command leaves behind falls to it (it is their subreaper). It does not confine itself, only the thread on which the command is started:
//! what the kernel forbids to a thread it forbids to all that this thread starts. So no unsafe code runs between fork and exec.

use super::confine;
use super::order::{Ending, LONGEST, Order, Output, Report};
use super::processes;
use rustix::process::{
    Pid, Resource, Rlimit, WaitOptions, WaitStatus, getpid, prlimit, set_child_subreaper, setrlimit, setsid, wait,
};
use rustix::thread::set_no_new_privs;
use std::io::{self, BufRead as _, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The largest file that a command may write, in bytes.
const LARGEST_FILE: u64 = 1 << 30;
/// How many files a process may have open.
const OPEN_FILES: u64 = 1_024;
/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(5);
/// How often its processes are counted.
const COUNT: Duration = Duration::from_millis(100);
/// How long all that a command started may take to end when it is killed.
const DYING: Duration = Duration::from_secs(5);

/// Attends to the command that comes on standard input, and reports on standard output.
pub fn attend() -> ExitCode {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
    let order: Order =
        match read.map_err(|e| e.to_string()).and_then(|_| serde_json::from_slice(&line).map_err(|e| e.to_string())) {
            Ok(order) => order,
            Err(_) => return ExitCode::FAILURE,
        };
    drop(input);
    let report = run(&order).unwrap_or_else(Report::Not);
    let told = serde_json::to_vec(&report).map_err(io::Error::from).and_then(|text| {
        let mut out = io::stdout().lock();
        out.write_all(&text).and_then(|()| out.flush())
    });
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(order: &Order) -> Result<Report, String> {
    // A session of its own: no terminal, and no signal that was meant for the host.
    let _ = setsid();
    set_child_subreaper(Some(getpid())).map_err(|e| format!("what it starts cannot be followed: {e}"))?;
    limit(order).map_err(|e| format!("its limits cannot be set: {e}"))?;
    let mut child = start(order)?;
    let begun = Instant::now();
    let (ending, command) = (Duration::from_millis(order.milliseconds), pid(&child)?);
    // Not before it is started, as the attendant would have to do with as little.
    let memory = Rlimit { current: Some(order.memory), maximum: Some(order.memory) };
    let _ = prlimit(Some(command), Resource::As, memory);
    let host = host_is_gone();
    let stdout = child.stdout.take().map(|stream| collect(stream, order.output));
    let stderr = child.stderr.take().map(|stream| collect(stream, order.output));
    if let Some(mut stdin) = child.stdin.take() {
        let input = order.input.clone();
        // It ends when all was read, or nobody reads any more.
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let ended = follow(command, order.processes, begun + ending, &host);
    processes::end_all(DYING)?;
    let all = |stream: Option<Receiver<Output>>| {
        // Whoever held the other end is dead by now.
        stream.and_then(|stream| stream.recv_timeout(DYING).ok()).unwrap_or_default()
    };
    Ok(Report::Ended { ending: ended, stdout: all(stdout), stderr: all(stderr) })
}

/// Starts the command, on a thread that is confined before.
fn start(order: &Order) -> Result<Child, String> {
    let order = order.clone();
    let starting = thread::spawn(move || {
        set_no_new_privs(true).map_err(|e| format!("its privileges cannot be held: {e}"))?;
        if order.confined {
            confine::this_thread(&order).map_err(|why| format!("it could not be confined: {why}"))?;
        }
        let mut command = Command::new(&order.program);
        command.args(&order.arguments).env_clear().envs(&order.environment).current_dir(&order.folder).process_group(0);
        command.stdin(if order.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        child.map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => format!("`{}` is not there, or what it needs to run is not", order.program.display()),
            io::ErrorKind::PermissionDenied => {
                format!("`{}` may not be executed: it lies neither among the system's programs nor in a folder that was granted, or its permissions forbid it", order.program.display())
            }
            _ => format!("`{}` cannot be started: {e}", order.program.display()),
        })
    });
    starting.join().unwrap_or_else(|_| Err("it could not be started".into()))
}

/// What every process of the command inherits.
fn limit(order: &Order) -> io::Result<()> {
    let seconds = order.milliseconds.div_ceil(1_000).saturating_add(1);
    // The number is of all processes of this user: those that are there already do not count against the command.
    let processes = processes::tasks_of_this_user().saturating_add(u64::from(order.processes)).saturating_add(16);
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, LARGEST_FILE),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Cpu, seconds),
        (Resource::Nproc, processes),
    ] {
        let most = rustix::process::getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

fn pid(child: &Child) -> Result<Pid, String> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| "it has no number".into())
}

/// Tells when the host lets go: its end of the input is closed.
fn host_is_gone() -> Receiver<()> {
    let (tell, told) = channel::<()>();
    thread::spawn(move || {
        let tell: Sender<()> = tell;
        let mut rest = [0; 512];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        drop(tell);
    });
    told
}

/// Waits until the command ends, or must.
fn follow(command: Pid, most: u32, deadline: Instant, host: &Receiver<()>) -> Ending {
    let mut counted = Instant::now();
    loop {
        while let Ok(Some((who, status))) = wait(WaitOptions::NOHANG) {
            if who == command {
                return ending(status);
            }
        }
        if matches!(host.recv_timeout(LOOK), Err(RecvTimeoutError::Disconnected)) || Instant::now() >= deadline {
            return Ending::TimedOut;
        }
        if counted.elapsed() >= COUNT {
            counted = Instant::now();
            if processes::mine().len() > most as usize {
                return Ending::Signalled(rustix::process::Signal::KILL.as_raw());
            }
        }
    }
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Signalled(signal.unwrap_or_default()),
    }
}

/// Reads a stream to its end, and keeps its beginning.
fn collect(mut stream: impl Read + Send + 'static, most: usize) -> Receiver<Output> {
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut kept, mut dropped) = (Vec::new(), 0_u64);
        let mut piece = [0; 16 << 10];
        while let Ok(size @ 1..) = stream.read(&mut piece) {
            let room = size.min(most - kept.len());
            kept.extend_from_slice(&piece[..room]);
            dropped += (size - room) as u64;
        }
        let _ = tell.send(Output { text: String::from_utf8_lossy(&kept).into_owned(), dropped });
    });
    told
}
