//! `loket mcp`: the Model Context Protocol in both directions. Alone it is a server at a pipe; its acts are about servers whose tools agents
//! can be granted.
//!
//! Files in reading order: this one says what can be typed, `bring` brings in, accepts and takes out, `login` logs in and out, `import` reads
//! what other programs keep of their servers, `install` lets such a program in, `wit` writes what components are built against, `shown` prints.

mod bring;
mod import;
mod install;
mod login;
mod shown;
mod wit;

use super::failure::Outcome;
use super::session::Session;
use crate::desk::ServerAddRequest;
use clap::Subcommand;
use std::path::PathBuf;

/// Servers of tools (MCP): bring one in, accept what it offers; or be one at a pipe
///
/// What a server offers is granted like anything else, as `mcp:NAME/tools`. What it says of its tools is kept as you accepted
/// it: what it says otherwise later is not served before you accept that, too.
///
/// Without a command this is itself a server, on standard input and output, for a program that starts its servers itself. It goes through the
/// service where `loket serve` runs, and opens the home itself where not. With a token it sees and calls what that token was made for; without
/// one it is you, and may do all that you may.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  loket mcp add time --to assistant -- /opt/mcp/bin/mcp-server-time
  loket mcp add far https://mcp.example.org/mcp --secret far
  loket mcp import claude_desktop_config.json
  loket mcp list
  loket mcp show time              its tools, and what changed
  loket mcp wit time --out wit/deps    to build a component that calls it
  loket mcp login far              where a server wants you to log in
  loket mcp install claude-desktop     the other way: let that program in
  loket grant assistant mcp:time/tools#convert_time
  LOKET_TOKEN=loket_… loket mcp    be a server, for whom that token was made"
)]
pub(crate) struct McpArgs {
    #[command(subcommand)]
    act: Option<Act>,
    /// The token of the client that is served at the pipe; else that is you
    #[arg(long, value_name = "TOKEN", env = "LOKET_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Act {
    Add(AddArgs),
    Import(ImportArgs),
    Install(install::InstallArgs),
    List(ListArgs),
    Show(ShowArgs),
    Accept(AcceptArgs),
    Wit(WitArgs),
    Login(LoginArgs),
    Logout(LogoutArgs),
    Remove(RemoveArgs),
}

/// Bring a server in: write it into `loket.toml`, and accept what it offers
///
/// A program is started confined: it reads and changes the folders that are named here, and a working folder of its own; it has
/// no network and nothing in its environment, unless you say so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is started by `npx` or `uvx` is fetched first: that takes `--network`.

Examples:
  loket mcp add time --to assistant -- /opt/mcp/bin/mcp-server-time
  loket mcp add git --folder ~/work:ro -- mcp-server-git --repository ~/work
  loket mcp add hub --network --secret-env TOKEN=github -- hub-server stdio
  loket mcp add far https://mcp.example.org/mcp --secret far")]
struct AddArgs {
    /// What it is to be called: lower-case letters and digits, such as `files`
    name: String,
    /// Its address
    #[arg(value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// The agent that may use its tools: those that change nothing at once, the others when you say yes
    #[arg(long, value_name = "AGENT")]
    to: Option<String>,
    /// The secret that opens its address, by name: see `loket secret`
    #[arg(long, value_name = "SECRET", requires = "url")]
    secret: Option<String>,
    /// A folder that it works on, `:ro` behind it to read only; may be given several times
    #[arg(long = "folder", value_name = "PATH[:ro]")]
    folders: Vec<String>,
    /// A file or folder that it may read besides, to run; may be given several times
    #[arg(long = "read", value_name = "PATH")]
    read: Vec<String>,
    /// A variable of its environment
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// A variable that holds a secret, by the secret's name
    #[arg(long = "secret-env", value_name = "NAME=SECRET", value_parser = pair)]
    secrets: Vec<(String, String)>,
    /// Let it use the network
    #[arg(long)]
    network: bool,
    /// Start it also where nothing can confine it: it may do there whatever you may
    #[arg(long)]
    full_trust: bool,
    /// Let it ask you something while it answers a call: it waits like a call that waits for your yes
    #[arg(long)]
    elicitation: bool,
    /// The program and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Bring in the servers that another program's `mcpServers` names
///
/// Values that look like secrets are not taken over: you are told how to keep them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp import ~/.config/Claude/claude_desktop_config.json
  loket mcp import .mcp.json --network --to assistant")]
struct ImportArgs {
    /// The file: JSON with `mcpServers`
    file: PathBuf,
    /// The agent that may use their tools
    #[arg(long, value_name = "AGENT")]
    to: Option<String>,
    /// Let them use the network
    #[arg(long)]
    network: bool,
}

/// List the servers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp list
  loket mcp list --json")]
struct ListArgs {}

/// Ask a server what it offers, and show what of it you accepted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp show time")]
struct ShowArgs {
    /// The server
    name: String,
}

/// Accept what a server offers now
///
/// What is new, changed or gone is shown first, and you are asked. Where nobody can be asked, name what you looked at with
/// `--digest`; `--yes` accepts whatever it offers now, unless scanners find something in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp accept time
  loket mcp accept time --to assistant")]
struct AcceptArgs {
    /// The server
    name: String,
    /// The agent that may use its tools
    #[arg(long, value_name = "AGENT")]
    to: Option<String>,
    /// Accept it without being asked
    #[arg(long)]
    yes: bool,
    /// Only if it is this that it offers: the SHA-256 that `loket mcp show` tells
    #[arg(long, value_name = "SHA-256")]
    digest: Option<String>,
}

/// Write the WIT of what you accepted of a server
///
/// A component that is built against it imports `mcp:NAME/tools` and calls the tools like functions. It is linked when it is granted them, to
/// the types that you accepted: when these change, it is built anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp wit time                     to look at it
  loket mcp wit time --out wit/deps      the file `mcp-time.wit` there
  loket grant acme:clock mcp:time/tools#get_current_time")]
struct WitArgs {
    /// The server
    name: String,
    /// The folder to write it to, such as a project's `wit/deps`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Log in at a server that wants it
///
/// It tells an address to open in a browser, and waits for it to come back to a port of this machine that is open for this login alone. What
/// comes of it is kept among the secrets, each tied to the host to which it may be shown, and renewed by itself where the server does that.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What to ask for may be said under `[mcp.NAME.oauth]` in `loket.toml`.

Examples:
  loket mcp login far
  loket mcp login far --browser")]
struct LoginArgs {
    /// The server
    name: String,
    /// Open the address in this system's browser
    #[arg(long)]
    browser: bool,
}

/// Log out at a server: forget its tokens
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp logout far")]
struct LogoutArgs {
    /// The server
    name: String,
}

/// Take a server out of `loket.toml`, and forget what you accepted of it
///
/// Grants for its tools stay, and mean nothing until there is a server of that name again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket mcp remove time")]
struct RemoveArgs {
    /// The server
    name: String,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// One of the acts; without one, speak until the pipe ends.
pub(crate) async fn run(session: &mut Session, args: McpArgs) -> Outcome {
    match args.act {
        None => Ok(session.client.bridge(args.token.as_deref(), &mut session.input.lines, tokio::io::stdout()).await?),
        Some(Act::Add(args)) => bring::add(session, request(args)?).await,
        Some(Act::Import(args)) => import::import(session, args).await,
        Some(Act::Install(args)) => install::install(session, args).await,
        Some(Act::List(_)) => shown::list(session).await,
        Some(Act::Show(args)) => shown::show(session, &args.name).await,
        Some(Act::Accept(args)) => bring::accept(session, args).await,
        Some(Act::Wit(args)) => wit::write(session, args).await,
        Some(Act::Login(args)) => login::log_in(session, args.name, args.browser).await,
        Some(Act::Logout(args)) => login::log_out(session, args.name).await,
        Some(Act::Remove(args)) => bring::remove(session, args.name).await,
    }
}

fn request(args: AddArgs) -> std::io::Result<ServerAddRequest> {
    let absolute =
        |paths: Vec<String>| paths.iter().map(|path| super::grants::absolute(path)).collect::<Result<_, _>>();
    Ok(ServerAddRequest {
        name: args.name,
        command: args.command,
        url: args.url,
        secret: args.secret,
        env: args.env.into_iter().collect(),
        secrets: args.secrets.into_iter().collect(),
        folders: absolute(args.folders)?,
        read: absolute(args.read)?,
        network: args.network,
        full_trust: args.full_trust,
        elicitation: args.elicitation,
        to: args.to,
    })
}
