//! A web of a few pages, in the place of the imported client.

use loket_fetch::client::{Header, Request, Response};
use loket_fetch::exchange::Http;
use loket_fetch::{Error, Exhaustion};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a page answers.
#[derive(Clone)]
struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Pages by their addresses; what was sent and what is open.
#[derive(Default)]
pub(crate) struct Web {
    pages: BTreeMap<String, Page>,
    open: RefCell<BTreeMap<u32, Vec<u8>>>,
    pub(crate) sent: RefCell<Vec<Request>>,
}

impl Web {
    pub(crate) fn with(self, url: &str, kind: &str, body: impl Into<Vec<u8>>) -> Web {
        self.answering(url, 200, &[("Content-Type", kind)], body)
    }

    pub(crate) fn answering(
        mut self,
        url: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Web {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.pages.insert(url.to_owned(), Page { status, headers, body: body.into() });
        self
    }

    /// How many answers nobody closed.
    pub(crate) fn open(&self) -> usize {
        self.open.borrow().len()
    }
}

impl Http for Web {
    fn send(&self, request: &Request) -> Result<Response, Error> {
        self.sent.borrow_mut().push(request.clone());
        let page = self.pages.get(&request.url).cloned();
        let page = page.ok_or_else(|| Error::Unavailable(format!("`{}` cannot be reached", request.url)))?;
        let id = self.sent.borrow().len() as u32;
        self.open.borrow_mut().insert(id, page.body);
        let headers = page.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        Ok(Response { id, status: page.status, headers, url: request.url.clone() })
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        let mut open = self.open.borrow_mut();
        let body = open.get_mut(&id).ok_or_else(|| Error::NotFound(format!("no answer {id} is open")))?;
        // In pieces as a network gives them.
        let piece = body.len().min(limit as usize).min(60_000);
        Ok(body.drain(..piece).collect())
    }

    fn close(&self, id: u32) {
        self.open.borrow_mut().remove(&id);
    }
}

/// The limit that an error names.
#[track_caller]
pub(crate) fn exhausted(error: Error) -> (String, String) {
    match error {
        Error::Exhausted(Exhaustion { limit, detail, .. }) => (limit, detail),
        other => panic!("it is not exhausted: {other:?}"),
    }
}
