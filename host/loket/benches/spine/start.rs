//! A host's start, with twenty packages whose code is compiled already.

use crate::Outcome;
use crate::measure::{Table, Target, median, quantile, time};
use crate::stage::folder;
use loket::Host;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKAGES: usize = 20;
const ROUNDS: usize = 15;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let home = tempfile::tempdir()?;
    lay_out(home.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let open = || {
        runtime.block_on(async {
            let begun = Instant::now();
            let host = Host::open(home.path()).await.map_err(|p| p.message)?;
            let took = begun.elapsed();
            let ready = host.world().packages.values().filter(|p| p.refused().is_none()).count();
            host.close().await;
            if ready == PACKAGES {
                Outcome::Ok(took.as_nanos() as f64)
            } else {
                Err(format!("only {ready} packages were admitted").into())
            }
        })
    };
    // The first one compiles.
    open()?;
    let opened = (0..ROUNDS).map(|_| open()).collect::<Outcome<Vec<f64>>>()?;
    let times = format!("median {}, slowest {}", time(median(&opened)), time(quantile(&opened, 1.0)));
    table.row("open a home of 20 packages, on the wall", times, median(&opened) / 1e6, Target::Most(150.0, " ms"));

    answered(home.path())?;
    let served = (0..ROUNDS).map(|_| answered(home.path())).collect::<Outcome<Vec<f64>>>()?;
    let times = format!("median {}, slowest {}", time(median(&served)), time(quantile(&served, 1.0)));
    table.row("`loket serve`, until it answers", times, median(&served) / 1e6, Target::Most(150.0, " ms"));
    Ok(())
}

/// A home with the bundled agent and twenty packages: the bundled ones, and one of them under other names until they are enough.
fn lay_out(home: &Path) -> Outcome<()> {
    let bundled = folder("LOKET_REGISTRY")?;
    let mut packages = 0;
    for package in std::fs::read_dir(bundled.join("loket"))?.flatten() {
        for file in std::fs::read_dir(package.path())?.flatten() {
            let to = home.join("registry/loket").join(package.file_name());
            std::fs::create_dir_all(&to)?;
            std::fs::copy(file.path(), to.join(file.file_name()))?;
            packages += 1;
        }
    }
    let calc = bundled.join("loket/calc");
    let calc = std::fs::read_dir(&calc)?.flatten().next().ok_or("the bundled registry has no `loket:calc`")?;
    let calc = std::fs::read(calc.path())?;
    for copy in packages..PACKAGES {
        let mut bytes = calc.clone();
        // A custom section makes it other bytes, with a digest and compiled code of its own.
        bytes.extend([0, 3, 1, b'n', u8::try_from(copy)?]);
        let folder = home.join(format!("registry/bench/copy{copy}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("1.0.0.wasm"), bytes)?;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents/assistant");
    let agent = home.join("agents/assistant");
    std::fs::create_dir_all(&agent)?;
    for file in ["agent.toml", "persona.md"] {
        std::fs::copy(source.join(file), agent.join(file))?;
    }
    Ok(())
}

/// From the start of the process to its first answer.
fn answered(home: &Path) -> Outcome<f64> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home).args(["serve", "--listen", &address.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let service = Service(command.spawn()?);
    while begun.elapsed() < Duration::from_secs(30) {
        if let Ok(mut stream) = TcpStream::connect(address) {
            write!(stream, "GET /api/v1/health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            if answer.starts_with("HTTP/1.1 200") {
                return Ok(begun.elapsed().as_nanos() as f64);
            }
            return Err(format!("the service answered {:?}", answer.lines().next()).into());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    drop(service);
    Err("the service did not answer within 30 s".into())
}

/// Ended however the measurement ends.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let asked = i32::try_from(self.0.id())
            .map(|id| nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM));
        if !matches!(asked, Ok(Ok(()))) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}
