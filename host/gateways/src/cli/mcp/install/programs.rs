//! The programs that are known, as their makers document where they keep the servers that they start, and in which form.

use crate::desk::Problem;
use clap::ValueEnum;
use etcetera::BaseStrategy;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// A program that starts MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Program {
    ClaudeDesktop,
    ClaudeCode,
    Cursor,
    Vscode,
    Zed,
}

impl Program {
    /// As it is typed, and as its token is called.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Where it keeps its settings.
    pub(super) fn settings(self) -> Result<PathBuf, Problem> {
        let folders = etcetera::base_strategy::choose_native_strategy().map_err(|error| {
            Problem::failed(format!("there is no user folder with the settings of `{}`: {error}", self.name()))
                .hint("name the file with `--file`")
        })?;
        let home = folders.home_dir().to_owned();
        // What Apple calls the place for settings is not where these programs have them.
        let settings = if cfg!(target_os = "macos") { folders.data_dir() } else { folders.config_dir() };
        Ok(match self {
            Program::ClaudeDesktop => settings.join("Claude/claude_desktop_config.json"),
            Program::ClaudeCode => home.join(".claude.json"),
            Program::Cursor => home.join(".cursor/mcp.json"),
            Program::Vscode => settings.join("Code/User/mcp.json"),
            Program::Zed if cfg!(windows) => settings.join("Zed/settings.json"),
            Program::Zed => home.join(".config/zed/settings.json"),
        })
    }

    /// Under which key servers stand there.
    pub(super) fn key(self) -> &'static str {
        match self {
            Program::ClaudeDesktop | Program::ClaudeCode | Program::Cursor => "mcpServers",
            Program::Vscode => "servers",
            Program::Zed => "context_servers",
        }
    }

    /// What stands there for a server that is started: `command`, `args` and `env`, with what the program wants besides.
    pub(super) fn entry(self, mut started: Json) -> Json {
        match self {
            Program::ClaudeCode | Program::Vscode => started["type"] = json!("stdio"),
            Program::Zed => started["source"] = json!("custom"),
            Program::ClaudeDesktop | Program::Cursor => {}
        }
        started
    }
}
