//! The owner logs in at a server of tools, and out again.

use super::login::{Begun, Login, Progress};
use super::server::Server;
use super::{Servers, unknown};
use loket_guardian::mcp::McpName;
use loket_kernel::CallError;
use std::sync::Arc;
use std::time::Duration;

impl Servers {
    /// Begins a login: finds out where, and what a browser is to open. The server is asked first, as it says then what it wants.
    ///
    /// # Errors
    /// `not-found` where there is no such server, `invalid` where nobody logs in there, `failed` where it says nothing that helps.
    pub async fn log_in(&self, name: &McpName) -> Result<Begun, CallError> {
        let (server, login) = self.login(name)?;
        server.wake().await;
        // A connection that there is says nothing of what it would want.
        server.hang_up().await;
        let asked = server.session().await;
        let begun = login.begin().await;
        server.wake().await;
        begun.map_err(|why| match asked {
            // It is open already, and has no need of a login.
            Ok(_) => CallError::Failed(format!("nobody can log in at `{name}`, and nobody need, as it answers: {why}")),
            Err(_) => CallError::Failed(format!("nobody can log in at `{name}`: {why}")),
        })
    }

    /// How far a login is that has begun, at the latest after this time.
    ///
    /// # Errors
    /// As for beginning one.
    pub async fn log_in_progress(&self, name: &McpName, most: Duration) -> Result<Progress, CallError> {
        let (server, login) = self.login(name)?;
        let progress = login.progress(most).await;
        if progress == Progress::Done {
            server.hang_up().await;
        }
        Ok(progress)
    }

    /// Forgets a login, and ends the connection that it opened; says whether there was one.
    ///
    /// # Errors
    /// `not-found` where there is no such server, `failed` when the tokens are kept still.
    pub async fn log_out(&self, name: &McpName) -> Result<bool, CallError> {
        let (server, login) = self.login(name)?;
        let was = login.forget().await.map_err(CallError::Failed)?;
        server.hang_up().await;
        Ok(was)
    }

    /// Why a server wants its owner to log in, if that is what it waits for.
    pub fn needs_login(&self, name: &McpName) -> Option<String> {
        self.0.server(name)?.needs_login()
    }

    fn login(&self, name: &McpName) -> Result<(Arc<Server>, Arc<Login>), CallError> {
        let server = self.0.server(name).ok_or_else(|| unknown(name))?;
        match server.login.clone() {
            Some(login) => Ok((server, login)),
            None => Err(CallError::Invalid(format!(
                "nobody logs in at `{name}`: it is a program of this machine, or opened by a `secret`"
            ))),
        }
    }
}
