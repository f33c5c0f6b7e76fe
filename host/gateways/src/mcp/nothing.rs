//! For tests: a server behind which there is nothing.

use super::behind::{Behind, Came, Hear, News, Page, Subject, Use};
use super::handler::{Handler, Shared};
use super::model::{CallToolResult, GetPromptResult, Prompt, Resource, ResourceContents, ResourceTemplate, Tool};
use super::parked::Waiting;
use crate::access::Visitor;
use crate::desk::{AskRef, Caller, Problem};
use async_trait::async_trait;
use rmcp::model::RequestStateCodec;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The owner's handler.
pub(super) fn handler() -> Handler {
    let (seal, waiting) = (RequestStateCodec::new_unchecked([7; 32]), Waiting::default());
    Handler::new(Arc::new(Shared { behind: Arc::new(Nothing), seal, waiting }), Visitor::owner())
}

struct Nothing;

fn none<T>() -> Result<T, Problem> {
    Err(Problem::not_found("there is nothing"))
}

#[async_trait]
impl Behind for Nothing {
    async fn tools(&self, _: &Caller) -> Result<Vec<Tool>, Problem> {
        Ok(Vec::new())
    }

    async fn call(&self, _: &Caller, _: &Use, _: Arc<dyn Hear>) -> Result<Came<CallToolResult>, Problem> {
        none()
    }

    fn is_plain(&self, _: &Caller, _: &str) -> bool {
        false
    }

    async fn resources(&self, _: &Caller, _: Option<&str>) -> Result<Option<Page<Resource>>, Problem> {
        Ok(None)
    }

    async fn templates(&self, _: &Caller) -> Result<Vec<ResourceTemplate>, Problem> {
        Ok(Vec::new())
    }

    async fn read(&self, _: &Caller, _: &str) -> Result<Option<Vec<ResourceContents>>, Problem> {
        Ok(None)
    }

    fn may_watch(&self, _: &Caller, _: &str) -> Result<(), Problem> {
        Ok(())
    }

    async fn prompts(&self, _: &Caller) -> Result<Vec<Prompt>, Problem> {
        Ok(Vec::new())
    }

    async fn render(&self, _: &Caller, _: &Use, _: Arc<dyn Hear>) -> Result<Came<GetPromptResult>, Problem> {
        none()
    }

    async fn complete(&self, _: &Caller, _: Subject, _: &str, _: &str) -> Result<Vec<String>, Problem> {
        Ok(Vec::new())
    }

    async fn answer(&self, _: &Caller, _: AskRef, _: bool) -> Result<(), Problem> {
        none()
    }

    fn print(&self, _: &Caller) -> u64 {
        0
    }

    fn is_offered(&self, _: &Caller, _: &str) -> bool {
        false
    }

    fn news(&self) -> broadcast::Receiver<News> {
        broadcast::channel(1).1
    }
}
