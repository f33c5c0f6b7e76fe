//! What changed, told to whoever listens: that other tools are there, or that a resource is another.

use super::behind::{Behind, List, News};
use crate::access::Visitor;
use rmcp::model::{
    PromptListChangedNotification, ResourceListChangedNotification, ResourceUpdatedNotification,
    ResourceUpdatedNotificationParam, ServerNotification, ToolListChangedNotification,
};
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    List(List),
    Resource(String),
    /// Everything whose uri begins so.
    Under(String),
}

impl Change {
    /// The notifications that tell it to whoever watches these uris.
    pub(super) fn notes<'w>(&self, watched: impl Iterator<Item = &'w String>) -> Vec<ServerNotification> {
        let of = |uri: &String| {
            let param = ResourceUpdatedNotificationParam::new(uri.clone());
            ServerNotification::ResourceUpdatedNotification(ResourceUpdatedNotification::new(param))
        };
        match self {
            Change::List(List::Tools) => {
                vec![ServerNotification::ToolListChangedNotification(ToolListChangedNotification::default())]
            }
            Change::List(List::Prompts) => {
                vec![ServerNotification::PromptListChangedNotification(PromptListChangedNotification::default())]
            }
            Change::List(List::Resources) => {
                vec![ServerNotification::ResourceListChangedNotification(ResourceListChangedNotification::default())]
            }
            Change::Resource(uri) => watched.filter(|own| *own == uri).map(of).collect(),
            Change::Under(uri) => watched.filter(|own| own.starts_with(uri.as_str())).map(of).collect(),
        }
    }
}

/// What concerns one client, from now on.
pub(super) struct Listener {
    behind: Arc<dyn Behind>,
    visitor: Visitor,
    news: Receiver<News>,
    print: u64,
}

impl Listener {
    pub(super) fn new(behind: Arc<dyn Behind>, visitor: Visitor) -> Listener {
        let (news, print) = (behind.news(), behind.print(&visitor.caller));
        Listener { behind, visitor, news, print }
    }

    /// What is to be told next; none when nothing will be.
    pub(super) async fn next(&mut self) -> Option<Vec<Change>> {
        let every = || [List::Tools, List::Prompts, List::Resources].map(Change::List).to_vec();
        let is_offered = |component: &str| self.behind.is_offered(&self.visitor.caller, component);
        loop {
            match self.news.recv().await {
                Ok(News::Anything) | Err(RecvError::Lagged(_)) => {
                    let print = self.behind.print(&self.visitor.caller);
                    if std::mem::replace(&mut self.print, print) != print {
                        return Some(every());
                    }
                }
                Ok(News::List(component, list)) if is_offered(&component) => return Some(vec![Change::List(list)]),
                Ok(News::Resource(component, uri)) if is_offered(&component) => {
                    return Some(vec![Change::Resource(uri)]);
                }
                Ok(News::Under(uri)) if self.behind.may_watch(&self.visitor.caller, &uri).is_ok() => {
                    return Some(vec![Change::Under(uri), Change::List(List::Resources)]);
                }
                Ok(_) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
