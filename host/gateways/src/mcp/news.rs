//! What changed, told to whoever listens: that other tools are there, or that a resource is another.

use super::behind::{Behind, List, News};
use crate::access::Visitor;
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
