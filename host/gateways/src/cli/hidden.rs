//! What is typed without being shown, or piped in: values of secrets, passphrases.

use super::failure::{Failure, Outcome};
use super::session::Input;
use crate::desk::Problem;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

/// The longest value that is read; who gets it says what is right.
const LONGEST: u64 = 64 * 1024;

/// One line that nobody sees. The line break at its end is not a part of it.
pub(crate) async fn line(
    input: &mut Input,
    prompt: String,
    unread: impl Fn(&dyn Display) -> Failure,
) -> Outcome<Zeroizing<String>> {
    if input.is_typed {
        let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
        return match typed {
            Ok(Ok(value)) => Ok(Zeroizing::new(value)),
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::Interrupted),
            Ok(Err(error)) => Err(unread(&error)),
            Err(error) => Err(unread(&error)),
        };
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    (&mut input.lines).take(LONGEST).read_to_end(&mut bytes).await.map_err(|error| unread(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unread(&"it is not UTF-8"))?;
    Ok(Zeroizing::new(without_end(text).to_owned()))
}

/// Where a passphrase comes from: a file, or whoever types it or pipes it in.
#[derive(Debug, clap::Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from this file, and ask for none
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of a key that is there.
    pub(crate) async fn read(&self, input: &mut Input) -> Outcome<Zeroizing<String>> {
        match &self.passphrase_file {
            Some(file) => of_file(file),
            None => line(input, "passphrase of the key (not shown): ".to_owned(), unread).await,
        }
    }

    /// The passphrase of a key that is being made: typed twice, since nobody sees it.
    pub(crate) async fn chosen(&self, input: &mut Input) -> Outcome<Zeroizing<String>> {
        let first = self.read(input).await?;
        if self.passphrase_file.is_none() && input.is_typed {
            let second = line(input, "the same again: ".to_owned(), unread).await?;
            if first != second {
                let problem = Problem::invalid("the two passphrases are not the same");
                return Err(problem.hint("begin again; nothing was made").into());
            }
        }
        Ok(first)
    }
}

fn of_file(file: &Path) -> Outcome<Zeroizing<String>> {
    let why = |why: &dyn Display| unread(&format!("`{}`: {why}", file.display()));
    Ok(Zeroizing::new(without_end(&small(file).map_err(|error| why(&error))?).to_owned()))
}

/// The text of a file that should be small.
pub(crate) fn small(file: &Path) -> io::Result<Zeroizing<String>> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(file)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn without_end(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

fn unread(why: &dyn Display) -> Failure {
    let problem = Problem::invalid(format!("the passphrase cannot be read: {why}"));
    problem.hint("type it on a terminal, pipe it in, or name a file with `--passphrase-file`").into()
}
