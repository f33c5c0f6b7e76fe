//! What a server may ask of the host: which folders it works on, and nothing else. What it asks beyond that is refused in so many words.
#![expect(deprecated, reason = "the newest revision drops roots and logging; servers of the others still use them")]

use super::letters::excerpt;
use super::session::OLDER;
use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, Implementation, ListRootsResult, LoggingMessageNotificationParam, Root,
    RootsCapabilities,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use std::path::PathBuf;
use tokio::sync::mpsc;
use url::Url;

/// The host's side of a connection.
pub(super) struct Asked {
    pub(super) name: String,
    /// The folders that the owner named for it.
    pub(super) roots: Vec<PathBuf>,
    /// Told when the server says that its tools are others.
    pub(super) changed: mpsc::Sender<()>,
}

impl ClientHandler for Asked {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.roots = Some(RootsCapabilities::default());
        ClientConfig::new(capabilities, Implementation::new("loket", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(OLDER)
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, rmcp::ErrorData> {
        let uri = |path: &PathBuf| Url::from_file_path(path).ok().map(|url| Root::new(url.to_string()));
        Ok(ListRootsResult::new(self.roots.iter().filter_map(uri).collect()))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        // Once is enough: whoever hears it asks for all of them.
        let _ = self.changed.try_send(());
    }

    async fn on_logging_message(&self, message: LoggingMessageNotificationParam, _: NotificationContext<RoleClient>) {
        let text = excerpt(&message.data.to_string(), 500);
        tracing::debug!(server = self.name, text, "loket.mcp.log");
    }
}
