//! The way to a brain: calls on its agent's behalf.

use crate::cli::call::success;
use crate::cli::failure::Outcome;
use crate::cli::screen::Screen;
use crate::cli::session::Session;
use crate::desk::CallRequest;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// A brain, and where what it answers is shown.
pub(super) struct Brain<'s> {
    pub(super) session: &'s mut Session,
    pub(super) agent: String,
}

/// The two interfaces of a brain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// What agents do with their own.
    Memory,
    /// What owners do.
    Upkeep,
}

impl Brain<'_> {
    /// Call a function, and take what it answered when it went well.
    pub(super) async fn ask<T: DeserializeOwned>(&self, of: Of, function: &str, arguments: Json) -> Outcome<T> {
        let answer = self.answer(of, function, arguments).await?;
        Ok(serde_json::from_value(success(answer)?)?)
    }

    /// The same; for programs the whole answer is printed, and then there is nothing more to show.
    pub(super) async fn show<T: DeserializeOwned>(
        &mut self,
        of: Of,
        function: &str,
        arguments: Json,
    ) -> Outcome<Option<T>> {
        let answer = self.answer(of, function, arguments).await?;
        if self.screen().is_json() {
            self.screen().document(&answer)?;
            return success(answer).map(|_| None);
        }
        Ok(Some(serde_json::from_value(success(answer)?)?))
    }

    pub(super) fn screen(&mut self) -> &mut Screen {
        &mut self.session.screen
    }

    async fn answer(&self, of: Of, function: &str, arguments: Json) -> Outcome<Json> {
        let capability = match of {
            Of::Memory => "loket:brain/memory",
            Of::Upkeep => "loket:brain/upkeep",
        };
        let request = CallRequest {
            capability: capability.to_owned(),
            package: None,
            function: function.to_owned(),
            arguments,
            agent: Some(self.agent.clone()),
        };
        Ok(self.session.client.call(&request).await?)
    }
}
