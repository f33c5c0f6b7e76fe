//! `loket completions` and `loket man`: what shells and readers of manuals want to know of the command line, made from itself.

use super::args::Cli;
use super::failure::Outcome;
use crate::desk::Problem;
use clap::CommandFactory as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Print completions for a shell
///
/// The shell reads them when it starts; where they belong is the shell's own affair.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket completions bash > ~/.local/share/bash-completion/completions/loket
  loket completions zsh > ~/.zfunc/_loket
  loket completions fish > ~/.config/fish/completions/loket.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Write the manual pages into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  loket man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder; it is made if it is not there
    folder: PathBuf,
}

pub(crate) fn completions(args: &CompletionsArgs) -> Outcome {
    // In one piece: whoever reads only its beginning has closed the pipe.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "loket", &mut text);
    Ok(std::io::stdout().write_all(&text)?)
}

pub(crate) fn man(args: &ManArgs) -> Outcome {
    let folder = &args.folder;
    let failed = |error: std::io::Error| {
        Problem::failed(format!("the manual pages cannot be written to `{}`: {error}", folder.display()))
            .hint("name a folder that you may write to")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    Ok(())
}
