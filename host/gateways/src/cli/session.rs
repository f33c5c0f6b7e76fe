//! What a command works with: the desk, wherever it is, the screen, and what is typed.

use super::screen::Screen;
use super::{Signing, Start, StartOptions};
use crate::client::{Client, discover};
use crate::desk::{Desk, Problem};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncBufRead;

/// One run of a command.
pub(crate) struct Session {
    /// The way to the desk.
    pub(crate) client: Client,
    /// Standard output.
    pub(crate) screen: Screen,
    /// Standard input.
    pub(crate) input: Input,
    /// The home folder.
    pub(crate) home: PathBuf,
    /// What is done with keys on this machine.
    pub(crate) signing: Signing,
    /// The desk, when it was opened for this command.
    desk: Option<Arc<dyn Desk>>,
}

impl Session {
    /// Find the service of a home; where none runs, open the home for this command.
    pub(crate) async fn open(
        home: &Path,
        start: Start,
        signing: Signing,
        screen: Screen,
        input: Input,
    ) -> Result<Self, Problem> {
        if let Some(client) = Client::running(home).await? {
            return Ok(Self { client, screen, input, home: home.to_owned(), signing, desk: None });
        }
        discover::make_state(home)?;
        let desk = start(StartOptions { home: home.to_owned(), watch: false, guardian_key: None }).await?;
        let client = Client::in_process(desk.clone());
        Ok(Self { client, screen, input, home: home.to_owned(), signing, desk: Some(desk) })
    }

    /// Whether the home was opened for this command: nobody else can answer what it is asked meanwhile.
    pub(crate) fn is_alone(&self) -> bool {
        self.desk.is_some()
    }

    /// A session with a desk of a test.
    #[cfg(test)]
    pub(crate) fn test(desk: Arc<dyn Desk>, screen: Screen, typed: &str) -> Self {
        let lines = Box::new(std::io::Cursor::new(typed.to_owned().into_bytes()));
        let input = Input { lines, is_terminal: false, is_typed: false };
        let (client, signing) = (Client::in_process(desk), super::tests::fake::SIGNING);
        Self { client, screen, input, home: PathBuf::from("home"), signing, desk: None }
    }

    /// Let the home go, when it was opened for this command.
    pub(crate) async fn close(self) {
        self.client.settled().await;
        drop(self.client);
        if let Some(desk) = self.desk {
            desk.close().await;
        }
    }
}

/// Standard input.
pub(crate) struct Input {
    /// What is piped in.
    pub(crate) lines: Box<dyn AsyncBufRead + Send + Unpin>,
    /// Whether a person types, and sees what is printed.
    pub(crate) is_terminal: bool,
    /// Whether a person types, wherever it is printed.
    pub(crate) is_typed: bool,
}

impl Input {
    /// Whether a person can be asked something in between.
    pub(crate) fn can_be_asked(&self, screen: &Screen) -> bool {
        // Tests pipe in what a person would type.
        screen.is_terminal() && !screen.is_json() && (self.is_terminal || cfg!(test))
    }

    /// The process's own.
    pub(crate) fn stdin() -> Self {
        Self {
            lines: Box::new(tokio::io::BufReader::new(tokio::io::stdin())),
            is_terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            is_typed: std::io::stdin().is_terminal(),
        }
    }
}
