//! `cargo xtask up`: from a fresh checkout to a running host and a chat, in one command.

use crate::build::{self, Options};
use crate::workspace::{self, root, step};
use anyhow::{Context as _, Result, bail};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// How long a host may take to answer: it may have to compile its first components.
const START: Duration = Duration::from_secs(90);
/// How long a host may take to end what it is doing, beyond what the home's settings give it for that.
const STOP: Duration = Duration::from_secs(10);
/// What they give it where they say nothing, in seconds: `stop_seconds` in `[limits]`.
const STOP_SECONDS: u64 = 20;

/// What of the settings holds from a host's start to its end, beside where it listens: by section and key, as `Fixed` of
/// `host/guardian/src/config/mod.rs` has it.
const FIXED: [(&str, &str); 6] = [
    ("", "registry"),
    ("", "server"),
    ("secrets", "key"),
    ("limits", "memory_mib"),
    ("limits", "table_elements"),
    ("limits", "total_memory_mib"),
];

/// What was asked for.
struct Wishes {
    home: PathBuf,
    /// Where to listen: as asked for, else as the home's settings say, else at the usual place.
    listen: Option<SocketAddr>,
    chat: bool,
}

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut options = Wishes { home: root().join(".loket"), listen: None, chat: true };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("`{argument}` needs a value behind it"));
        match argument.as_str() {
            "--no-chat" => options.chat = false,
            "--home" => options.home = std::path::absolute(value()?)?,
            "--listen" => {
                let address = value()?.parse();
                options.listen =
                    Some(address.context("`--listen` takes an address and a port, for example `127.0.0.1:1987`")?);
            }
            other => bail!("`cargo xtask up` takes `--no-chat`, `--home DIR` and `--listen ADDR`, not `{other}`"),
        }
    }
    up(&options)
}

fn up(options: &Wishes) -> Result<()> {
    let built = build::build(Options::default())?;
    step("build the host", || workspace::run(workspace::cargo().args(["build", "--release", "--package", "loket"])))?;
    let program = workspace::target().join("release").join(format!("loket{}", std::env::consts::EXE_SUFFIX));
    step(&format!("prepare the home `{}`", options.home.display()), || prepare(&options.home, &built.registry))?;

    let listen = options.listen.or_else(|| settled(&options.home)).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 1987)));
    let host = Running { home: &options.home, listen };
    let state = state_of(&program, &options.home, listen);
    // One that is just starting, or just ending, is waited for: what it is afterwards counts.
    let healthy = host.settle()?;
    if healthy && std::fs::read_to_string(host.file("host.build")).is_ok_and(|old| old == state) {
        let at = origin(listen);
        eprintln!("==> the host is up at {at}; it takes up packages, agents and settings by itself");
    } else {
        if host.is_held() {
            let pid = host.pid()?;
            step(&format!("stop the host that runs what was there before (process {pid})"), || host.stop(pid))?;
        }
        step(&format!("start the host at {}", origin(listen)), || host.start(&program))?;
        workspace::publish(&host.file("host.build"), state.as_bytes())?;
    }
    eprintln!("==> the control room is at {}", control_room(&program, &options.home, listen));
    chat(options, listen, &program)
}

/// Where the control room is opened: while nobody owns the home, by a link that is good once.
fn control_room(program: &Path, home: &Path, listen: SocketAddr) -> String {
    let entrance = std::fs::read_to_string(home.join("state/entrance.json")).unwrap_or_default();
    let entrance: serde_json::Value = serde_json::from_str(&entrance).unwrap_or_default();
    if entrance["passphrase"].is_object() {
        return origin(listen);
    }
    let mut link = Command::new(program);
    link.args(["web", "link", "--json", "--home"]).arg(home).stdin(Stdio::null());
    let told = link.output().ok().and_then(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).ok());
    let link = told.and_then(|told| told["link"].as_str().map(str::to_owned));
    link.unwrap_or_else(|| origin(listen))
}

/// How an address is asked: where other machines come, a host speaks encrypted or not at all.
fn origin(listen: SocketAddr) -> String {
    let scheme = if listen.ip().to_canonical().is_loopback() { "http" } else { "https" };
    format!("{scheme}://{listen}")
}

/// The home's settings, as far as they can be read; the host itself says what is wrong with them.
fn settings(home: &Path) -> toml::Table {
    std::fs::read_to_string(home.join("loket.toml")).unwrap_or_default().parse().unwrap_or_default()
}

/// The address in the home's settings, as far as it is plain.
fn settled(home: &Path) -> Option<SocketAddr> {
    settings(home).get("listen")?.as_str()?.replace("localhost:", "127.0.0.1:").parse().ok()
}

/// How long the host of a home may take to end.
fn patience(home: &Path) -> Duration {
    let settings = settings(home);
    let said = settings.get("limits").and_then(|limits| limits.get("stop_seconds")?.as_integer());
    Duration::from_secs(said.and_then(|said| said.try_into().ok()).unwrap_or(STOP_SECONDS)) + STOP
}

/// Makes the home and what a first start needs in it; what is there already is the owner's, and stays as it is.
fn prepare(home: &Path, registry: &Path) -> Result<()> {
    private_folder(&home.join("state"))?;
    let settings = home.join("loket.toml");
    if !settings.exists() {
        let beside = home.parent().is_some_and(|parent| registry == parent.join("registry"));
        let registry = if beside { "../registry".to_owned() } else { registry.display().to_string() };
        let text = "# Where packages are looked for: the folder into which `cargo xtask build` publishes, seen from this home.\n";
        let text = format!("{text}registry = {}\n", toml::Value::String(registry));
        workspace::publish(&settings, text.as_bytes())?;
    }
    for agent in workspace::folders(&root().join("agents")) {
        let kept = home.join("agents").join(agent.file_name().unwrap_or_default());
        private_folder(&kept)?;
        // The manifest last: an agent is there as soon as its manifest is.
        for name in ["persona.md", "agent.toml"] {
            let (from, to) = (agent.join(name), kept.join(name));
            if from.exists() && !to.exists() {
                workspace::publish(&to, &std::fs::read(&from)?)?;
            }
        }
    }
    Ok(())
}

/// A host, as it is seen from outside.
struct Running<'r> {
    home: &'r Path,
    listen: SocketAddr,
}

impl Running<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.home.join("state").join(name)
    }

    /// What the host says of itself; `None` when nobody answers. A stranger at this address is an error.
    fn health(&self) -> Result<Option<()>> {
        if !self.listen.ip().to_canonical().is_loopback() {
            // There it is asked encrypted; for this machine it has another place, and says in its home where.
            let home = self.announced().and_then(answering);
            return Ok(home.filter(|home| self.is_home(home)).map(drop));
        }
        if get(self.listen).is_none() {
            return Ok(None);
        }
        let Some(home) = answering(self.listen) else {
            bail!(
                "{} is in use by something that is no Loket host\nhint: cargo xtask up --listen 127.0.0.1:PORT",
                self.listen
            );
        };
        if !self.is_home(&home) {
            bail!(
                "{} is in use by the host of `{}`\nhint: cargo xtask up --listen 127.0.0.1:PORT",
                self.listen,
                home.display()
            );
        }
        Ok(Some(()))
    }

    fn is_home(&self, home: &Path) -> bool {
        home.canonicalize().ok() == self.home.canonicalize().ok()
    }

    /// Where on this machine the home's host answers, as far as one said so.
    fn announced(&self) -> Option<SocketAddr> {
        let text = std::fs::read_to_string(self.file("host.json")).ok()?;
        let said: serde_json::Value = serde_json::from_str(&text).ok()?;
        let place: SocketAddr = said["listen"].as_str()?.parse().ok()?;
        place.ip().to_canonical().is_loopback().then_some(place)
    }

    /// Whether a process has the home open. A host lets go of it last of all, when its address and its files are long gone.
    fn is_held(&self) -> bool {
        let lock = std::fs::File::options().write(true).open(self.file("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
    }

    /// Waits until the home is nobody's, or its host answers; whether it does.
    fn settle(&self) -> Result<bool> {
        let (begun, patience) = (Instant::now(), patience(self.home));
        loop {
            let healthy = self.health()?.is_some();
            if healthy || !self.is_held() || begun.elapsed() > patience {
                return Ok(healthy && self.is_held());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The process that has the home open: a host, or else it is not ours to stop.
    fn pid(&self) -> Result<u32> {
        let read = |name| std::fs::read_to_string(self.file(name)).ok()?.trim().parse().ok();
        // What whoever opens a home says, and what a service says while it can be reached.
        let pid: Option<u32> = read("opened").or_else(|| read("host.pid"));
        match pid.filter(|pid| is_host(*pid)) {
            Some(pid) => Ok(pid),
            None => bail!(
                "a command that is no service has the home `{}` open{}\nhint: end it, then run this again",
                self.home.display(),
                pid.map_or_else(String::new, |pid| format!(" (process {pid})")),
            ),
        }
    }

    fn stop(&self, pid: u32) -> Result<()> {
        for (signal, patience) in [("-TERM", patience(self.home)), ("-KILL", Duration::from_secs(5))] {
            // The shell's own `kill`, which is everywhere.
            drop(workspace::output(Command::new("sh").args(["-c", &format!("kill {signal} {pid}")])));
            let begun = Instant::now();
            while begun.elapsed() < patience {
                if !self.is_held() {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        bail!("the process {pid} does not end\nhint: stop it by hand, then run this again");
    }

    fn start(&self, program: &Path) -> Result<()> {
        let log = self.file("host.log");
        let out = std::fs::File::options().create(true).append(true).open(&log);
        let out = out.with_context(|| format!("cannot write `{}`", log.display()))?;
        let err = out.try_clone()?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--home").arg(self.home).arg("--listen").arg(self.listen.to_string());
        command.current_dir(root()).stdin(Stdio::null()).stdout(out).stderr(err);
        detach(&mut command);
        let mut child = command.spawn().with_context(|| format!("cannot start `{}`", program.display()))?;
        workspace::publish(&self.file("host.pid"), format!("{}\n", child.id()).as_bytes())?;
        let answered = self.wait(&mut child);
        if answered.is_err() {
            drop(child.kill());
            drop(child.wait());
            drop(std::fs::remove_file(self.file("host.pid")));
        }
        answered.map_err(|error| {
            anyhow::anyhow!("{error:#}\nits log is `{}`; it ends with:\n{}", log.display(), tail(&log))
        })
    }

    fn wait(&self, child: &mut Child) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if self.health()?.is_some() {
                return Ok(());
            }
            if let Some(status) = child.try_wait()? {
                bail!("the host ended as soon as it was started ({status})");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        bail!("the host does not answer at {} after {} seconds", self.listen, START.as_secs());
    }
}

/// Whether a process is a host that runs; its number may have passed on to another program.
fn is_host(pid: u32) -> bool {
    // Small Linux systems have no `ps`; a process that has ended, and was not waited for, has no command line left.
    let line = match std::fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(words) => String::from_utf8_lossy(&words).replace('\0', " "),
        Err(_) => {
            workspace::output(Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()])).unwrap_or_default()
        }
    };
    line.contains("loket") && line.contains(" serve ")
}

/// Opens the chat when there is somebody to chat; says what to type otherwise.
fn chat(options: &Wishes, listen: SocketAddr, program: &Path) -> Result<()> {
    if options.chat && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return workspace::run(Command::new(program).arg("chat").arg("--home").arg(&options.home));
    }
    println!("Loket is up at {}. To talk to it:\n", origin(listen));
    println!("  {} chat --home {}", program.display(), options.home.display());
    Ok(())
}

/// The home of the host that answers at an address, if one does.
fn answering(address: SocketAddr) -> Option<PathBuf> {
    let answer: serde_json::Value = serde_json::from_str(&get(address)?).ok()?;
    answer["home"].as_str().map(PathBuf::from)
}

/// The body of what is answered to whoever asks a host for its health; `None` when nobody answers, or not yet.
fn get(address: SocketAddr) -> Option<String> {
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&address, limit).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    // The older version: its answers come in one piece, up to the end of the connection.
    write!(stream, "GET /api/v1/health HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    // Should the connection stay open, what came until then is what was said.
    drop(stream.take(64 * 1024).read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    (!answer.is_empty()).then(|| answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
}

/// The state of what a host takes at its start, and only then: when it is another one, the host is started anew. Packages, agents and most
/// settings it takes up by itself.
fn state_of(program: &Path, home: &Path, listen: SocketAddr) -> String {
    let mut hasher = DefaultHasher::new();
    let metadata = std::fs::metadata(program).ok();
    let changed = metadata.as_ref().and_then(|metadata| metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    (listen, program, metadata.map(|metadata| metadata.len()), changed).hash(&mut hasher);
    let settings = settings(home);
    for (section, key) in FIXED {
        let place = if section.is_empty() { Some(&settings) } else { settings.get(section).and_then(|s| s.as_table()) };
        place.and_then(|place| place.get(key)).map(ToString::to_string).hash(&mut hasher);
    }
    format!("{:016x}\n", hasher.finish())
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].iter().map(|line| format!("    {line}\n")).collect()
}

/// Makes a folder that nobody else can look into.
fn private_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).with_context(|| format!("cannot create `{}`", path.display()))
}

/// Lets a child live on when we, or our terminal, end.
fn detach(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0208); // DETACHED_PROCESS | NEW_PROCESS_GROUP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_reads_only_at_its_start_is_its_state() {
        let folder = std::env::temp_dir().join(format!("loket-up-{}", std::process::id()));
        let home = folder.join("home");
        let program = folder.join("loket");
        let state = || state_of(&program, &home, SocketAddr::from(([127, 0, 0, 1], 1987)));
        let write = |path: PathBuf, text: &str| {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            std::fs::write(path, text).expect("it can be written");
        };
        let mut before = state();
        for (path, counts) in [
            (program.clone(), true),
            (home.join("loket.toml"), false),
            (home.join("registry/acme/text/1.0.0.wasm"), false),
            (home.join("agents/scout/agent.toml"), false),
            (home.join("agents/scout/persona.md"), false),
            (home.join("agents/scout/brain/brain.redb"), false),
            (home.join("agents/scout/workspace/notes.md"), false),
            (home.join("state/ledger.redb"), false),
        ] {
            write(path.clone(), "some words");
            let after = state();
            assert_eq!(before != after, counts, "{}", path.display());
            before = after;
        }
        for (settings, counts) in [
            ("registry = \"packages\"", true),
            ("registry = \"packages\"\n[limits]\nseconds = 5", false),
            ("registry = \"packages\"\n[limits]\nseconds = 5\nmemory_mib = 8", true),
            ("[secrets]\nkey = \"file\"", true),
            ("[secrets]\nkey = \"file\"\n[server]\nrequests_a_minute = 10", true),
        ] {
            write(home.join("loket.toml"), settings);
            let after = state();
            assert_eq!(before != after, counts, "{settings}");
            before = after;
        }
        drop(std::fs::remove_dir_all(folder));
    }

    #[test]
    fn a_host_is_given_the_time_that_its_settings_give_it_to_end() {
        let home = std::env::temp_dir().join(format!("loket-up-end-{}", std::process::id()));
        std::fs::create_dir_all(&home).expect("it can be made");
        for (text, seconds) in [("", 30), ("[limits]\nstop_seconds = 60", 70), ("[limits]\nstop_seconds = -1", 30)] {
            std::fs::write(home.join("loket.toml"), text).expect("it can be written");
            assert_eq!(patience(&home).as_secs(), seconds, "{text}");
        }
        drop(std::fs::remove_dir_all(home));
    }

    #[test]
    fn a_host_that_other_machines_reach_is_asked_where_it_answers_this_one() {
        let home = std::env::temp_dir().join(format!("loket-up-reach-{}", std::process::id()));
        std::fs::create_dir_all(home.join("state")).expect("it can be made");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("an address");
        let body = serde_json::json!({ "home": home }).to_string();
        let answers = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody asks");
            let mut asked = [0; 1024];
            let _ = std::io::Read::read(&mut stream, &mut asked);
            write!(stream, "HTTP/1.0 200 OK\r\n\r\n{body}").expect("answered");
        });
        let host = Running { home: &home, listen: SocketAddr::from(([192, 0, 2, 1], 8443)) };
        assert!(host.health().expect("nobody").is_none(), "nobody said where");
        std::fs::write(host.file("host.json"), serde_json::json!({ "listen": place, "pid": 1 }).to_string())
            .expect("it can be written");
        assert!(host.health().expect("it answers").is_some());
        answers.join().expect("it answered");
        assert!(host.health().expect("nobody").is_none(), "it went away");
        assert_eq!(origin(host.listen), "https://192.0.2.1:8443");
        drop(std::fs::remove_dir_all(home));
    }

    #[test]
    fn a_home_is_held_as_long_as_somebody_has_its_lock() {
        let home = std::env::temp_dir().join(format!("loket-up-lock-{}", std::process::id()));
        let host = Running { home: &home, listen: SocketAddr::from(([127, 0, 0, 1], 1)) };
        assert!(!host.is_held(), "there is no home yet");
        std::fs::create_dir_all(home.join("state")).expect("it can be made");
        let lock = std::fs::File::create(host.file("lock")).expect("it can be made");
        assert!(!host.is_held(), "a lock that was left behind is nobody's");
        lock.lock().expect("it can be locked");
        assert!(host.is_held());
        let refused = host.pid().expect_err("no host holds it").to_string();
        assert!(refused.contains("hint: end it"), "{refused}");
        drop(lock);
        assert!(!host.is_held());
        drop(std::fs::remove_dir_all(home));
    }
}
