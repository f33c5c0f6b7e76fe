//! What can be typed: the commands, their options, and the words that explain them.

use super::approvals::ApprovalsArgs;
use super::approve::{ApproveArgs, RejectArgs};
use super::backup::{BackupArgs, RestoreArgs};
use super::brain::BrainArgs;
use super::build::BuildArgs;
use super::call::CallArgs;
use super::chat::ChatArgs;
use super::dev::DevArgs;
use super::grants::{GrantArgs, GrantsArgs, RevokeArgs};
use super::guardian::GuardianArgs;
use super::inspect::InspectArgs;
use super::keys::KeysArgs;
use super::ledger::LedgerArgs;
use super::mcp::McpArgs;
use super::models::ModelsArgs;
use super::new::NewArgs;
use super::oci::{PullArgs, PushArgs};
use super::pages::{CompletionsArgs, ManArgs};
use super::publish::PublishArgs;
use super::registry::{RegistryArgs, UnyankArgs, YankArgs};
use super::replay::ReplayArgs;
use super::scan::ScanArgs;
use super::schedules::SchedulesArgs;
use super::secret::SecretArgs;
use super::serve::ServeArgs;
use super::service::ServiceArgs;
use super::token::TokenArgs;
use super::web::WebArgs;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A home for AI agents on your own machine.
///
/// Agents, their tools and their models are WebAssembly components. Each may do what you granted it and nothing else, each
/// call is written in a ledger that you can check, and what an agent learns stays with you.
#[derive(Debug, Parser)]
#[command(name = "loket", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
First steps:
  loket agents                              who is there
  loket chat                                talk to the agent `assistant`
  loket inspect assistant                   what it may do, and through whom
  loket ledger                              what it did

Commands work on their own, or through the service when `loket serve` runs.
Exit codes:
  0 done, 1 failed, 2 wrong command line, 3 refused or waiting for your approval")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Print JSON for programs: one document, or one a line where there is no end; an error is one on stderr
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    /// The home folder: else the nearest `.loket` upward from here, else your own
    #[arg(long, global = true, env = "LOKET_HOME", hide_env_values = true, value_name = "DIR", display_order = 901)]
    pub(crate) home: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Chat(ChatArgs),
    Agents(AgentsArgs),
    Schedules(SchedulesArgs),
    Brain(BrainArgs),
    Packages(PackagesArgs),
    Inspect(InspectArgs),
    Publish(PublishArgs),
    Push(PushArgs),
    Pull(PullArgs),
    Approve(ApproveArgs),
    Reject(RejectArgs),
    Yank(YankArgs),
    Unyank(UnyankArgs),
    Registry(RegistryArgs),
    Keys(KeysArgs),
    Guardian(GuardianArgs),
    Scan(ScanArgs),
    Call(CallArgs),
    Grant(GrantArgs),
    Revoke(RevokeArgs),
    Grants(GrantsArgs),
    Approvals(ApprovalsArgs),
    Models(ModelsArgs),
    Secret(SecretArgs),
    Token(TokenArgs),
    Web(WebArgs),
    Mcp(McpArgs),
    Ledger(LedgerArgs),
    Replay(ReplayArgs),
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Doctor(DoctorArgs),
    New(NewArgs),
    Build(BuildArgs),
    Dev(DevArgs),
    Serve(ServeArgs),
    Service(ServiceArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// List the agents of this home
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket agents
  loket inspect assistant      one of them, more closely")]
pub(crate) struct AgentsArgs {}

/// List the packages of this home: tools, models, agents and so on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket packages
  loket inspect loket:calc     one of them, more closely")]
pub(crate) struct PackagesArgs {}

/// Look the whole host over, and say what to do about what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The exit code is 1 when something is at fault; warnings do not count.

Examples:
  loket doctor
  loket doctor --json")]
pub(crate) struct DoctorArgs {}
