//! `loket guardian`: the seal of the home. The owner's key is opened here, and goes nowhere.

use super::Sealing;
use super::failure::{Failure, Outcome};
use super::hidden::{self, PassphraseArgs};
use super::screen::{BOLD, DIM, Screen, state};
use super::session::Session;
use crate::client::discover;
use crate::desk::{GuardianStatus, LeaveRequest, Problem, SealRequest, SealStatement, StatementRequest};
use anstyle::Style;
use clap::Subcommand;
use std::io;
use std::path::{Path, PathBuf};

/// Seal this home, and see whether it is as you sealed it
///
/// A seal is your signature over the program, its contract, the keys that you trust and the policy. From then on the host looks
/// whether they are as you sealed them, whether its own files are as it wrote them, and whether packages are as they were let run:
/// when it starts, whenever something is to be loaded, and every ten minutes. Where something differs, it goes into safe mode:
/// what runs goes on, and nothing new is let in, until you end it with your passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The key that signs is made with the first seal, and lies in the home's
`state/owner.key` under your passphrase. Keep a copy of it, and write down the
public key: `loket serve --guardian-key KEY` takes no other.

Examples:
  loket guardian seal               once all is set up, and after an update
  loket guardian status
  loket guardian verify             look at every byte now
  loket guardian leave              end safe mode, once all is put back")]
pub(crate) struct GuardianArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Status(StatusArgs),
    Verify(VerifyArgs),
    Seal(SealArgs),
    Leave(LeaveArgs),
}

/// Show whether the home is sealed, and what is not as it should be
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket guardian status
  loket guardian status --json")]
struct StatusArgs {}

/// Look at everything that is sealed, byte for byte
///
/// The exit code is 1 when something is not as it should be.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket guardian verify
  loket guardian verify --key RWQf6LRCGA9i53mlYecO4IzT51TG...
  minisign -V -P RWQf... -m state/seal.toml      the seal alone")]
struct VerifyArgs {
    /// The seal must be one of this key, which you kept elsewhere
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Seal the home as it is now; ends safe mode
///
/// Shows what is sealed first. The passphrase is asked for; with the first seal, you choose it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Seal anew after you updated the program, or changed `[scan]`, `[guardian]` or
`registry` in `loket.toml`. Packages whose bytes were changed are judged anew.

Examples:
  loket guardian seal")]
struct SealArgs {
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// End safe mode, once everything is as you sealed it
///
/// Files that the host writes itself are put back as it wrote them. All else you put back before, or seal as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket guardian leave")]
struct LeaveArgs {
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// What is said before the first seal.
const CHOOSE: &str =
    "This home gets a key of yours. Choose a passphrase: without it nobody can seal the home again, you included.";

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: GuardianArgs) -> Outcome {
    match args.act {
        Act::Status(_) => {
            let status = session.client.guardian().await?;
            tell(&mut session.screen, &status)
        }
        Act::Verify(args) => verify(session, args).await,
        Act::Seal(args) => {
            let (status, is_new) = seal(session, &args.passphrase).await?;
            sealed(session, &status, is_new)
        }
        Act::Leave(args) => leave(session, &args.passphrase).await,
    }
}

async fn verify(session: &mut Session, args: VerifyArgs) -> Outcome {
    if let Some(key) = &args.key {
        let state = discover::state(&session.home);
        let read = |name: &str| hidden::small(&state.join(name)).unwrap_or_default();
        (session.signing.sealing.check)(key, &read("seal.toml"), &read("seal.toml.minisig"))?;
    }
    let status = session.client.guardian_verify().await?;
    tell(&mut session.screen, &status)?;
    if status.state == "safe-mode" { Err(Failure::Found) } else { Ok(()) }
}

/// Seals the home as it is now; whether a key was made for it.
pub(crate) async fn seal(session: &mut Session, passphrase: &PassphraseArgs) -> Outcome<(GuardianStatus, bool)> {
    let Sealing { make, public, sign, .. } = session.signing.sealing;
    let file = key_file(&session.home);
    let known = read_key(&file)?;
    let (key, chosen) = match &known {
        Some(text) => (text.clone(), None),
        None => {
            if let Some(key) = session.client.guardian().await?.key {
                return Err(missing(&file, &key));
            }
            if !session.screen.is_json() {
                session.screen.wrapped(0, CHOOSE)?;
            }
            let chosen = passphrase.chosen(&mut session.input).await?;
            (make(&chosen)?, Some(chosen))
        }
    };
    let own = public(&key)?;
    let request = StatementRequest { key: Some(own.clone()) };
    let statement = session.client.guardian_statement(&request).await?;
    if !session.screen.is_json() {
        show(&mut session.screen, &statement)?;
    }
    let passphrase = match chosen {
        Some(chosen) => chosen,
        None => passphrase.read(&mut session.input).await?,
    };
    let signature = sign(&key, &passphrase, &statement.statement, &statement.comment)?;
    if known.is_none() {
        super::keys::write(&file, &key, 0o600).map_err(|error| unwritten(&file, &error))?;
    }
    let request = SealRequest { statement: statement.statement, signature };
    match session.client.guardian_seal(&request).await {
        Ok(status) => Ok((status, known.is_none())),
        Err(problem) => {
            // A key that sealed nothing is none. Where nobody can say whether it did, it stays.
            let is_none = |status: GuardianStatus| status.key.as_deref() != Some(&own);
            if known.is_none() && session.client.guardian().await.is_ok_and(is_none) {
                let _ = std::fs::remove_file(&file);
            }
            Err(problem.into())
        }
    }
}

fn sealed(session: &mut Session, status: &GuardianStatus, is_new: bool) -> Outcome {
    let file = key_file(&session.home);
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(status)?)?);
    }
    screen.parts(&[(Style::new(), "sealed  "), (BOLD, status.key.as_deref().unwrap_or_default())])?;
    if is_new {
        let kept =
            format!("Your key lies in {}. Keep a copy of it, and the line above, somewhere else.", file.display());
        screen.wrapped(8, &kept)?;
    }
    Ok(())
}

async fn leave(session: &mut Session, passphrase: &PassphraseArgs) -> Outcome {
    let status = session.client.guardian().await?;
    let Some(safe) = status.safe_mode else {
        return Err(Problem::invalid("this home is not in safe mode").hint("loket guardian status").into());
    };
    let file = key_file(&session.home);
    let Some(key) = read_key(&file)? else {
        return Err(missing(&file, status.key.as_deref().unwrap_or("the owner's")));
    };
    let passphrase = passphrase.read(&mut session.input).await?;
    let signature = (session.signing.sealing.sign)(&key, &passphrase, &safe.farewell, &safe.comment)?;
    let status = session.client.guardian_leave(&LeaveRequest { signature }).await?;
    tell(&mut session.screen, &status)
}

fn key_file(home: &Path) -> PathBuf {
    discover::state(home).join("owner.key")
}

/// The text of the owner's key, if it is there.
fn read_key(file: &Path) -> Outcome<Option<String>> {
    match hidden::small(file) {
        Ok(text) => Ok(Some(text.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::failed(format!("`{}` cannot be read: {error}", file.display()))
            .hint("check whose file it is")
            .into()),
    }
}

fn missing(file: &Path, key: &str) -> Failure {
    Problem::not_found(format!("the owner's key is not at `{}`, and this home is sealed with {key}", file.display()))
        .hint("put back a copy of it")
        .into()
}

fn unwritten(file: &Path, error: &io::Error) -> Problem {
    Problem::failed(format!("`{}` cannot be written: {error}", file.display()))
        .hint("check the folder, and the room on its disk")
}

/// What is about to be sealed.
fn show(screen: &mut Screen, statement: &SealStatement) -> io::Result<()> {
    screen.text("About to be sealed:")?;
    for part in &statement.parts {
        let digest = part.digest.as_deref().unwrap_or("there is none");
        screen.parts(&[(BOLD, &format!("  {}  ", part.what)), (Style::new(), &part.file)])?;
        screen.styled(DIM, &format!("    {digest}"))?;
    }
    Ok(())
}

/// A day and a time of it.
fn moment(screen: &Screen, text: &str) -> String {
    let (day, time) = screen.moment(text);
    format!("{day} {time}")
}

fn tell(screen: &mut Screen, status: &GuardianStatus) -> Outcome {
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(status)?)?);
    }
    let style = if status.state == "sealed" { state("ok") } else { state("warning") };
    screen.parts(&[(style, &status.state.replace('-', " "))])?;
    if let Some(sealed) = &status.sealed {
        let when = moment(screen, sealed);
        screen.parts(&[(DIM, "  sealed   "), (Style::new(), &when)])?;
    }
    if let Some(key) = &status.key {
        screen.parts(&[(DIM, "  key      "), (Style::new(), key)])?;
    }
    if let Some(checked) = &status.checked {
        let when = moment(screen, checked);
        screen.parts(&[(DIM, "  checked  "), (Style::new(), &when)])?;
    }
    for fault in &status.faults {
        screen.wrapped(2, &fault.why)?;
    }
    if let Some(safe) = &status.safe_mode {
        let since = moment(screen, &safe.since);
        if status.faults.is_empty() {
            screen.wrapped(2, "Everything is in order again. It began with:")?;
            for why in &safe.why {
                screen.wrapped(4, why)?;
            }
        }
        screen.wrapped(2, &format!("Since {since} what runs goes on, and nothing new is let in."))?;
        let next = if status.faults.is_empty() {
            "hint: loket guardian leave"
        } else {
            "hint: put back what was changed, then `loket guardian leave`; if it was you, `loket guardian seal`"
        };
        screen.wrapped(2, next)?;
    } else if status.key.is_none() {
        screen
            .wrapped(2, "Nobody notices when somebody changes the program, the keys that you trust, or what runs.")?;
        screen.wrapped(2, "hint: loket guardian seal")?;
    }
    Ok(())
}
