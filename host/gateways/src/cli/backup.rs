//! `loket backup` and `loket restore`: a home in one file, and back.

use super::Restore;
use super::failure::Outcome;
use super::lists::count;
use super::screen::{DIM, Screen, size};
use super::session::Session;
use crate::desk::{BackupRequest, Problem};
use std::path::{Path, PathBuf};

/// Put this home into one file, also while its service runs and agents work
///
/// The file is a compressed tar archive: agents with their memories and workspaces, packages, grants, settings, the ledger,
/// and the secrets as they lie on disk, encrypted. Each part has its digest in it, and all of it is read back before it gets
/// its name. Tokens and compiled code are not in it: a new home makes its own.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Whoever has the file can read what your agents know: keep it as you keep them.
The key of the secrets goes along only with --with-key, and never when it is in
a keyring.

Examples:
  loket backup /mnt/disk/loket.tar.gz
  loket backup --with-key /mnt/safe/loket.tar.gz
  loket restore /mnt/disk/loket.tar.gz --home /srv/loket     the way back")]
pub(crate) struct BackupArgs {
    /// The file; there must be nothing at it, and it must not lie in the home
    file: PathBuf,
    /// Take the key of the secrets along, when it lies in a file: whoever has the backup has the secrets then
    #[arg(long)]
    with_key: bool,
}

/// Make a home of a backup, in an empty folder
///
/// Everything is read and checked before anything is put in its place: a file that is damaged, not whole, or written by a
/// newer Loket leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket restore /mnt/disk/loket.tar.gz --home /srv/loket
  loket ledger --verify --home /srv/loket                    look it over")]
pub(crate) struct RestoreArgs {
    /// The backup
    file: PathBuf,
}

/// Put the home into a file.
pub(crate) async fn backup(session: &mut Session, args: BackupArgs) -> Outcome {
    let file = absolute(&args.file)?;
    let Some(file) = file.to_str() else {
        return Err(Problem::invalid(format!("the path `{}` is not UTF-8", file.display()))
            .hint("name another")
            .into());
    };
    let request = BackupRequest { file: file.to_owned(), with_key: args.with_key };
    let kept = session.client.backup(&request).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(kept)?)?);
    }
    screen.text(&format!("kept  {}", kept.file))?;
    let (files, bytes, packed) = (count(kept.files as usize, "file"), size(kept.bytes), size(kept.packed));
    screen.styled(DIM, &format!("      {files}, {bytes}, packed {packed}; all of it was read back"))?;
    screen.wrapped(6, &kept.key)?;
    for left_out in &kept.left_out {
        screen.wrapped(6, &format!("left out: {left_out}"))?;
    }
    Ok(())
}

/// Make a home of a file.
pub(crate) async fn restore(home: &Path, args: RestoreArgs, restore: Restore, mut screen: Screen) -> Outcome {
    let (file, home) = (absolute(&args.file)?, home.to_owned());
    let made = tokio::task::spawn_blocking(move || restore(&file, &home)).await;
    let made = made.map_err(|error| Problem::failed(format!("restoring broke off: {error}")))??;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(made)?)?);
    }
    screen.text(&format!("restored  {}", made.home))?;
    let (day, time) = screen.moment(&made.made);
    let (files, bytes) = (count(made.files as usize, "file"), size(made.bytes));
    let lines = count(usize::try_from(made.lines).unwrap_or(usize::MAX), "line");
    screen
        .styled(DIM, &format!("          {files}, {bytes}, kept {day} {time} by loket {}; ledger: {lines}", made.by))?;
    for note in &made.notes {
        screen.wrapped(10, note)?;
    }
    Ok(screen.styled(DIM, &format!("then: {}", made.next))?)
}

fn absolute(path: &Path) -> Result<PathBuf, Problem> {
    std::path::absolute(path)
        .map_err(|error| Problem::invalid(format!("`{}` is no path: {error}", path.display())).hint("name a file"))
}
