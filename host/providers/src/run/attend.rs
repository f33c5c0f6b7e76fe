//! What an attendant does: it confines one command or server, watches its time and its output, and ends all that it started.
//!
//! It is a process of its own, so that a command's parent is nobody who holds secrets, its limits are no limits of the host's, and what the
//! command leaves behind falls to it (it is their subreaper). It does not confine itself, only the thread on which the command is started:
//! what the kernel forbids to a thread it forbids to all that this thread starts. So no unsafe code runs between fork and exec.

use super::confine;
use super::order::{Ending, LONGEST, Order, Output, Report, SERVER_WORD, WORD};
use super::processes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, Resource, Rlimit, WaitOptions, WaitStatus, getpid, prlimit, set_child_subreaper, setrlimit, setsid, wait,
};
use rustix::thread::set_no_new_privs;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead as _, Read, Write as _};
use std::os::fd::AsFd as _;
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
/// The same for a server, which is there for long and mostly waits.
const LOOK_AT_SERVER: Duration = Duration::from_millis(100);
const COUNT_SERVER: Duration = Duration::from_secs(1);
/// How long a server may take to end by itself.
const GOING: Duration = Duration::from_secs(1);
/// How long all that a command started may take to end when it is killed.
const DYING: Duration = Duration::from_secs(5);

/// Attends to what a word means, if it means anything.
pub fn attend(word: &OsStr) -> Option<ExitCode> {
    let attend: fn() -> ExitCode = match word.to_str()? {
        WORD => attend_command,
        SERVER_WORD => attend_server,
        _ => return None,
    };
    close_others();
    Some(attend())
}

/// Attends to the command that comes on standard input, and reports on standard output.
fn attend_command() -> ExitCode {
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

/// Attends to the server whose order comes first on standard input; all that comes after it is the server's.
fn attend_server() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // The host keeps what comes here for whoever asks why there is no server.
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), String> {
    let order = first_line().and_then(|line| serde_json::from_slice(&line).map_err(io::Error::from));
    let order: Order = order.map_err(|e| format!("its order cannot be read: {e}"))?;
    prepare(&order, None)?;
    let child = start(&order, [Stdio::inherit, Stdio::inherit, Stdio::inherit])?;
    let server = pid(&child)?;
    hold(server, Resource::Data, order.memory);
    let gone = || host_let_go(LOOK_AT_SERVER);
    let mut ended = follow(server, order.processes, (None, COUNT_SERVER), gone);
    if ended == Ending::TimedOut {
        // Its input has ended, by which it is told to go; it may have something to write down.
        let wait = || {
            thread::sleep(LOOK);
            false
        };
        ended = follow(server, order.processes, (Some(Instant::now() + GOING), COUNT), wait);
    }
    processes::end_all(DYING)?;
    match ended {
        Ending::Exited(0) | Ending::TimedOut => Ok(()),
        Ending::Exited(code) => Err(format!("it ended with the code {code}")),
        Ending::Signalled(signal) => Err(format!("it was ended by the signal {signal}")),
    }
}

/// The order, and not a byte more.
fn first_line() -> io::Result<Vec<u8>> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (mut line, mut byte) = (Vec::new(), [0]);
    while input.read(&mut byte)? == 1 && byte != *b"\n" {
        line.push(byte[0]);
        if line.len() as u64 > LONGEST {
            return Err(io::Error::other("it is too long"));
        }
    }
    Ok(line)
}

/// Waits for a while; answers whether the host has let go of its end of the input meanwhile.
fn host_let_go(patience: Duration) -> bool {
    let stdin = io::stdin();
    // Nothing is asked for: that the other end is closed is told in any case, and what comes there is for the server.
    let mut ends = [PollFd::new(&stdin, PollFlags::empty())];
    let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(patience.subsec_nanos()) };
    let told = poll(&mut ends, Some(&patience));
    told.is_ok_and(|told| told > 0) && ends[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

/// What comes before anything is started.
fn prepare(order: &Order, time: Option<Duration>) -> Result<(), String> {
    // A session of its own: no terminal, and no signal that was meant for the host.
    let _ = setsid();
    set_child_subreaper(Some(getpid())).map_err(|e| format!("what it starts cannot be followed: {e}"))?;
    limit(order, time).map_err(|e| format!("its limits cannot be set: {e}"))
}

/// Closes all files but standard input, output and error: whoever started the host may have left others open in it, which are passed on from
/// process to process.
#[expect(unsafe_code, reason = "the call has no safe form")]
fn close_others() {
    // SAFETY: no memory is passed, and this process has opened nothing yet.
    let _ = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
}

/// Holds it to so much memory. Not before it is started, as the attendant would have to do with as little.
fn hold(command: Pid, resource: Resource, most: u64) {
    let _ = prlimit(Some(command), resource, Rlimit { current: Some(most), maximum: Some(most) });
}

fn run(order: &Order) -> Result<Report, String> {
    let time = Duration::from_millis(order.milliseconds);
    prepare(order, Some(time))?;
    let input = if order.input.is_empty() { Stdio::null } else { Stdio::piped };
    let mut child = start(order, [input, Stdio::piped, Stdio::piped])?;
    let (begun, command) = (Instant::now(), pid(&child)?);
    hold(command, Resource::As, order.memory);
    let host = host_is_gone();
    let stdout = child.stdout.take().map(|stream| collect(stream, order.output));
    let stderr = child.stderr.take().map(|stream| collect(stream, order.output));
    if let Some(mut stdin) = child.stdin.take() {
        let input = order.input.clone();
        // It ends when all was read, or nobody reads any more.
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let gone = || matches!(host.recv_timeout(LOOK), Err(RecvTimeoutError::Disconnected));
    let ended = follow(command, order.processes, (Some(begun + time), COUNT), gone);
    processes::end_all(DYING)?;
    let all = |stream: Option<Receiver<Output>>| {
        // Whoever held the other end is dead by now.
        stream.and_then(|stream| stream.recv_timeout(DYING).ok()).unwrap_or_default()
    };
    Ok(Report::Ended { ending: ended, stdout: all(stdout), stderr: all(stderr) })
}

/// Starts the command, on a thread that is confined before.
fn start(order: &Order, [stdin, stdout, stderr]: [fn() -> Stdio; 3]) -> Result<Child, String> {
    let order = order.clone();
    let starting = thread::spawn(move || {
        set_no_new_privs(true).map_err(|e| format!("its privileges cannot be held: {e}"))?;
        if order.confined {
            confine::this_thread(&order).map_err(|why| format!("it could not be confined: {why}"))?;
        }
        let mut command = Command::new(&order.program);
        command.args(&order.arguments).env_clear().envs(&order.environment).current_dir(&order.folder).process_group(0);
        let child = command.stdin(stdin()).stdout(stdout()).stderr(stderr()).spawn();
        child.map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => format!("`{}` is not there, or what it needs to run is not", order.program.display()),
            io::ErrorKind::PermissionDenied => {
                format!("`{}` may not be executed: it, or what its first line says that it is run by, lies neither among the system's programs nor in a folder that was granted, or its permissions forbid it", order.program.display())
            }
            _ => format!("`{}` cannot be started: {e}", order.program.display()),
        })
    });
    starting.join().unwrap_or_else(|_| Err("it could not be started".into()))
}

/// What every process of the command inherits.
fn limit(order: &Order, time: Option<Duration>) -> io::Result<()> {
    let seconds = time.map(|time| time.as_secs().saturating_add(2));
    // The number is of all processes of this user: those that are there already do not count against the command.
    let processes = processes::tasks_of_this_user().saturating_add(u64::from(order.processes)).saturating_add(16);
    let limits = [
        (Resource::Core, Some(0)),
        (Resource::Fsize, Some(LARGEST_FILE)),
        (Resource::Nofile, Some(OPEN_FILES)),
        (Resource::Cpu, seconds),
        // Of a server that is there for long, the count would be of all that this user does meanwhile: its processes are counted one by one.
        (Resource::Nproc, time.map(|_| processes)),
    ];
    for (resource, most) in limits.into_iter().filter_map(|(resource, most)| Some((resource, most?))) {
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

/// Waits until the command ends, or must. `gone` waits for a moment, and says whether the host has let go.
fn follow(
    command: Pid,
    most: u32,
    (deadline, count): (Option<Instant>, Duration),
    mut gone: impl FnMut() -> bool,
) -> Ending {
    let mut counted = Instant::now();
    loop {
        while let Ok(Some((who, status))) = wait(WaitOptions::NOHANG) {
            if who == command {
                return ending(status);
            }
        }
        if gone() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ending::TimedOut;
        }
        if counted.elapsed() >= count {
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
