//! `loket brain`: reading an agent's memories, setting them right, looking after them.
//!
//! Each command is a call, or some calls, of `loket:brain/memory` and `loket:brain/upkeep` on the agent's behalf, through the same counter as
//! the agent's own. Nothing here opens a brain's files.
//!
//! Files in reading order: this one sorts the commands, `ask` is the way to the brain, [`memories`] what agents do as well, [`recall`] finding
//! and why something was found, [`care`] one memory put right and how much there is, [`lines`] out and in, [`copies`] the brain at other times
//! and elsewhere, [`dreams`] what it does while nobody speaks to it, [`forget`] letting go. Below them: [`entry`] how a memory is shown,
//! [`when`] times as people write and read them.

mod ask;
mod care;
mod copies;
mod dreams;
mod entry;
mod forget;
mod lines;
mod memories;
mod recall;
mod when;

use super::failure::Outcome;
use super::session::Session;
use ask::Brain;
use clap::Subcommand;

/// Read an agent's memories, set them right, look after them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant list
  loket brain assistant recall when is the garden watered
  loket brain assistant remember \"the garden is watered at seven\"
  loket brain assistant correct ID --wrong \"at seven\" --right \"at six\"
  loket brain assistant forget ID
  loket brain assistant snapshot before-the-move

ID stands under an answer of `loket chat`, and before what `list` shows.")]
pub(crate) struct BrainArgs {
    /// Whose brain
    agent: String,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    #[command(visible_alias = "search")]
    Recall(recall::RecallArgs),
    List(memories::ListArgs),
    Show(memories::ShowArgs),
    Remember(memories::RememberArgs),
    Correct(memories::CorrectArgs),
    Edit(care::EditArgs),
    Pin(care::PinArgs),
    Unpin(care::UnpinArgs),
    Forget(forget::ForgetArgs),
    Purge(forget::PurgeArgs),
    Usage(care::UsageArgs),
    Export(lines::ExportArgs),
    Import(lines::ImportArgs),
    Snapshot(copies::SnapshotArgs),
    Snapshots(copies::SnapshotsArgs),
    DropSnapshot(copies::DropArgs),
    Diff(copies::DiffArgs),
    Revert(copies::RevertArgs),
    Fork(copies::ForkArgs),
    Dream(dreams::DreamArgs),
    Journal(dreams::JournalArgs),
    Undo(dreams::UndoArgs),
}

/// Do it, and print what came of it.
pub(crate) async fn run(session: &mut Session, args: BrainArgs) -> Outcome {
    let BrainArgs { agent, act } = args;
    let brain = &mut Brain { session, agent };
    match act {
        Act::Recall(args) => recall::recall(brain, args).await,
        Act::List(args) => memories::list(brain, args).await,
        Act::Show(args) => memories::show(brain, args).await,
        Act::Remember(args) => memories::remember(brain, args).await,
        Act::Correct(args) => memories::correct(brain, args).await,
        Act::Edit(args) => care::edit(brain, args).await,
        Act::Pin(args) => care::pin(brain, &args.id).await,
        Act::Unpin(args) => care::unpin(brain, &args.id).await,
        Act::Forget(args) => forget::forget(brain, args).await,
        Act::Purge(args) => forget::purge(brain, args).await,
        Act::Usage(_) => care::usage(brain).await,
        Act::Export(args) => lines::export(brain, args).await,
        Act::Import(args) => lines::import(brain, args).await,
        Act::Snapshot(args) => copies::snapshot(brain, args).await,
        Act::Snapshots(_) => copies::snapshots(brain).await,
        Act::DropSnapshot(args) => copies::drop_snapshot(brain, args).await,
        Act::Diff(args) => copies::diff(brain, args).await,
        Act::Revert(args) => copies::revert(brain, args).await,
        Act::Fork(args) => copies::fork(brain, args).await,
        Act::Dream(args) => dreams::dream(brain, args).await,
        Act::Journal(args) => dreams::journal(brain, args).await,
        Act::Undo(args) => dreams::undo(brain, args).await,
    }
}
