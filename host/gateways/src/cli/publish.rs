//! `loket publish`: a component becomes a version of a package in the home's registry.

use super::failure::Outcome;
use super::hidden::{PassphraseArgs, small};
use super::screen::{BOLD, DIM, Screen, state};
use super::session::Session;
use crate::desk::{MOST_PACKAGE_BYTES, Problem, PublishRequest, Published};
use anstyle::Style;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Publish a component into the home's registry, where it is taken up at once
///
/// Name and version are those that its build wrote into it, or those that you give. A version that was published does not
/// change: publishing other bytes under it is refused. It may do nothing until you grant it something.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Signing happens here, before anything is sent: the secret key does not leave
this machine. `loket keys make` makes one.

Examples:
  loket publish calc.wasm
  loket publish calc.wasm --sign anna.key
  loket publish build/calc.wasm --name acme:calc --version 1.2.0")]
pub(crate) struct PublishArgs {
    /// The component, a `.wasm` file
    file: PathBuf,
    /// The package, instead of the name that the component says
    #[arg(long, value_name = "NAMESPACE:NAME")]
    name: Option<String>,
    /// The version, instead of the one that the component says
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Sign it with the secret key in this file
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Publish it, and show what became of it.
pub(crate) async fn run(session: &mut Session, args: PublishArgs) -> Outcome {
    let component = read(&args.file).map_err(|error| unread(&args.file, &error))?;
    if component.len() > MOST_PACKAGE_BYTES {
        let problem = Problem::invalid(format!(
            "`{}` has more than {MOST_PACKAGE_BYTES} bytes, and a package may not",
            args.file.display()
        ));
        return Err(problem.hint("leave out what it does not need").into());
    }
    let package = (session.signing.named)(&component, args.name.as_deref(), args.version.as_deref())?;
    let signature = match &args.sign {
        Some(key) => Some(sign(session, &args.passphrase, key, &package, &component).await?),
        None => None,
    };
    let published = session.client.publish(&PublishRequest { package, signature, from: None }, component).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(published)?)?);
    }
    Ok(show(screen, &published)?)
}

/// Signs it with the key in a file, which is asked for its passphrase if it has one.
async fn sign(
    session: &mut Session,
    passphrase: &PassphraseArgs,
    key: &Path,
    package: &str,
    component: &[u8],
) -> Outcome<String> {
    let secret = small(key).map_err(|error| unread(key, &error))?;
    let passphrase = match (session.signing.is_encrypted)(&secret) {
        true => Some(passphrase.read(&mut session.input).await?),
        false => None,
    };
    Ok((session.signing.sign)(&secret, passphrase.as_ref().map(|text| text.as_str()), package, component)?)
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MOST_PACKAGE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unread(file: &Path, error: &io::Error) -> Problem {
    Problem::not_found(format!("`{}` cannot be read: {error}", file.display()))
        .hint("check the path, and who may read it")
}

/// Shows what was published.
pub(crate) fn show(screen: &mut Screen, published: &Published) -> io::Result<()> {
    let is_word = !published.state.contains(char::is_whitespace);
    let word = if is_word { &published.state } else { "not ready" };
    let package = format!("{}  ", published.package);
    screen.parts(&[(Style::new(), "published  "), (BOLD, &package), (state(word), word)])?;
    screen.styled(DIM, &format!("      sha256 {}", published.digest))?;
    screen.wrapped(6, &published.signature.words)?;
    if !is_word {
        screen.wrapped(6, &published.state)?;
    }
    if published.signature.state == "unknown" {
        screen.wrapped(6, "hint: loket keys trust NAME FILE.pub")?;
    }
    Ok(())
}
