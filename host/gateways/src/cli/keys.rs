//! `loket keys`: keys that sign packages, and whose signatures count.

use super::failure::{Failure, Outcome};
use super::hidden::{self, PassphraseArgs};
use super::screen::{BOLD, DIM, Screen};
use super::session::{Input, Session};
use super::{Made, Signing};
use crate::desk::{KeyInfo, KeyName, KeyRequest, Problem};
use anstyle::Style;
use clap::Subcommand;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many characters a public key has.
const PUBLIC: usize = 56;

/// Make keys that sign packages, and say whose signatures count
///
/// Keys and signatures are those of the `minisign` program. A secret key stays in its file on the machine of whoever signs; a
/// home knows public keys only.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket keys make anna.key               your own key, and anna.pub beside it
  loket keys trust anna anna.pub         packages that it signs are anna's
  loket publish calc.wasm --sign anna.key
  loket keys list
  loket keys revoke anna                 what it signed counts no more")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Make(MakeArgs),
    List(ListArgs),
    Trust(TrustArgs),
    Revoke(RevokeArgs),
    Remove(RemoveArgs),
}

/// Make a key: a file with the secret key, and one with the public key beside it
///
/// The secret key is encrypted with a passphrase, which is asked for. Nothing is sent anywhere, and no home is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket keys make ~/anna.key
  loket keys make build.key --no-passphrase      for a machine that builds alone")]
pub(crate) struct MakeArgs {
    /// The file of the secret key; the public key's ends with `.pub` instead
    file: PathBuf,
    /// Do not encrypt the secret key: whoever has the file can sign
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// List the keys whose signatures count, and those that were revoked
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket keys list
  loket keys list --json")]
struct ListArgs {}

/// Trust a key: what it signed and will sign is its holder's
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A key that was revoked is not trusted again: remove it first, if that was a
mistake.

Examples:
  loket keys trust anna anna.pub
  loket keys trust anna RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")]
struct TrustArgs {
    /// What to call its holder: `a-z`, `0-9`, `-` and `_`
    name: String,
    /// The public key, or the `.pub` file that holds it
    key: String,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Trust a key no longer, whenever it signed
///
/// It stays on the list, so that it is not trusted again by mistake.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket keys revoke anna")]
struct RevokeArgs {
    /// What its holder is called
    name: String,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Forget a key: what it signed is a stranger's then
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket keys remove anna")]
struct RemoveArgs {
    /// What its holder is called
    name: String,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl KeysArgs {
    /// What needs no home.
    pub(crate) fn made(&self) -> Option<&MakeArgs> {
        match &self.act {
            Act::Make(args) => Some(args),
            _ => None,
        }
    }
}

/// One of the acts.
pub(crate) async fn run(session: &mut Session, args: KeysArgs) -> Outcome {
    match args.act {
        Act::Make(args) => make(&args, session.signing, &mut session.screen, &mut session.input).await,
        Act::List(_) => list(session).await,
        Act::Trust(args) => {
            let key = session.client.key_trust(&KeyRequest { public: public(&args.key)?, name: args.name }).await?;
            done(session, "trusted", &key, &args.passphrase).await
        }
        Act::Revoke(args) => {
            let key = session.client.key_revoke(&KeyName { name: args.name }).await?;
            done(session, "revoked", &key, &args.passphrase).await
        }
        Act::Remove(args) => {
            let key = session.client.key_remove(&KeyName { name: args.name }).await?;
            done(session, "removed", &key, &args.passphrase).await
        }
    }
}

/// The keys of a sealed home are sealed: there, it holds once the owner seals them as they are to be.
async fn done(session: &mut Session, what: &str, key: &KeyInfo, passphrase: &PassphraseArgs) -> Outcome {
    if key.waits_for_seal {
        if !session.screen.is_json() {
            session.screen.wrapped(0, "The trusted keys are a part of the seal: seal them as they are to be.")?;
        }
        super::guardian::seal(session, passphrase).await?;
    }
    tell(&mut session.screen, what, key)
}

/// Make a key, in files that are new.
pub(crate) async fn make(args: &MakeArgs, signing: Signing, screen: &mut Screen, input: &mut Input) -> Outcome {
    let (secret, public) = (&args.file, args.file.with_extension("pub"));
    if *secret == public {
        return Err(Failure::usage(
            format!("`{}` is the name of a public key's file", secret.display()),
            "name the file of the secret key, such as `anna.key`",
        ));
    }
    for file in [secret, &public] {
        if file.symlink_metadata().is_ok() {
            let problem = Problem::invalid(format!("there is something at `{}` already", file.display()));
            return Err(problem.hint("name another file; a key is never written over").into());
        }
    }
    let passphrase = if args.no_passphrase { None } else { Some(args.passphrase.chosen(input).await?) };
    let made = (signing.make)(passphrase.as_ref().map(|text| text.as_str()))?;
    write(secret, &made.secret, 0o600).and_then(|()| write(&public, &made.file, 0o644)).map_err(|error| {
        Problem::failed(format!("`{}` cannot be written: {error}", secret.display()))
            .hint("check the folder, and the room on its disk")
    })?;
    let Made { id, public: key, .. } = made;
    if screen.is_json() {
        let made = serde_json::json!({ "secret-file": secret, "public-file": public, "public": key, "id": id });
        return Ok(screen.document(&made)?);
    }
    let plain = Style::new();
    screen.parts(&[(plain, "made  "), (BOLD, &secret.display().to_string()), (DIM, "  the secret key: keep it")])?;
    screen.parts(&[(plain, "      "), (BOLD, &public.display().to_string()), (DIM, "  the public key, for others")])?;
    screen.text(&format!("      {key}"))?;
    let name = secret.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    Ok(screen.styled(DIM, &format!("      a home trusts it after: loket keys trust {name} {}", public.display()))?)
}

pub(super) fn write(file: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The public key that is meant: it itself, or the one in the file. Nothing else of a file is sent: it may be the secret key's.
fn public(key: &str) -> Outcome<String> {
    let is_public = |line: &str| line.len() == PUBLIC && line.starts_with("RW");
    if is_public(key) {
        return Ok(key.to_owned());
    }
    let why = match hidden::small(Path::new(key)) {
        Ok(text) => match text.lines().map(str::trim).find(|line| is_public(line)) {
            Some(line) => return Ok(line.to_owned()),
            None => "no line of it is one".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    Err(Problem::invalid(format!("`{key}` is no public key, and no file that holds one: {why}"))
        .hint("name the `.pub` file, or write the key itself: 56 characters that begin with `RW`")
        .into())
}

async fn list(session: &mut Session) -> Outcome {
    let keys = session.client.keys().await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(keys)?)?);
    }
    if keys.is_empty() {
        return Ok(screen.wrapped(0, "no key is trusted; `loket keys trust --help` shows how to trust one")?);
    }
    let rows: Vec<Vec<String>> = keys
        .into_iter()
        .map(|key| {
            let since = screen.moment(&key.since).0;
            let state =
                key.revoked.map_or_else(|| "trusted".to_owned(), |at| format!("revoked {}", screen.moment(&at).0));
            vec![key.name, key.id, since, state]
        })
        .collect();
    Ok(screen.table(&["KEY", "ID", "SINCE", "STATE"], &[], &rows)?)
}

fn tell(screen: &mut Screen, done: &str, key: &KeyInfo) -> Outcome {
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(key)?)?);
    }
    screen.text(&format!("{done}  `{}`, key {}", key.name, key.id))?;
    Ok(screen.styled(DIM, &format!("         {}", key.public))?)
}
