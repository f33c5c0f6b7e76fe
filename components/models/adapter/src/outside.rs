//! What an adapter asks of the world: its imports, or a test's.

use crate::Error;
use crate::bindings::loket::events::emit;
use crate::bindings::wasi::config::store;
use crate::client::{self, Request, Response};

/// The longest event of text, in bytes: beneath the limit of `loket:events/emit`.
const SAID: usize = 32 << 10;

/// What an adapter asks of the world.
pub trait Outside {
    /// The owner's settings for this package.
    ///
    /// # Errors
    /// When they cannot be read.
    fn settings(&self) -> Result<Vec<(String, String)>, Error>;
    /// Sends a request.
    ///
    /// # Errors
    /// As `loket:http/client` says.
    fn send(&self, request: &Request) -> Result<Response, Error>;
    /// Reads on.
    ///
    /// # Errors
    /// As `loket:http/client` says.
    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error>;
    /// Lets go of an answer.
    fn close(&self, id: u32);
    /// Tells whoever watches what is said: not more than an event holds.
    fn tell(&self, text: &str);
    /// Tells whoever watches how far something is.
    fn progress(&self, what: &str, done: u64, total: Option<u64>);

    /// Tells whoever watches what is said, however much it is.
    fn say(&self, mut words: &str) {
        while !words.is_empty() {
            let (now, later) = words.split_at(words.floor_char_boundary(SAID));
            self.tell(now);
            words = later;
        }
    }
}

/// The imports.
#[derive(Debug, Clone, Copy)]
pub struct Imported;

impl Outside for Imported {
    fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        store::get_all().map_err(|error| {
            let (store::Error::Upstream(why) | store::Error::Io(why)) = error;
            Error::Failed(format!("the settings in `loket.toml` cannot be read: {why}"))
        })
    }

    fn send(&self, request: &Request) -> Result<Response, Error> {
        client::send(request)
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        client::read(id, limit)
    }

    fn close(&self, id: u32) {
        client::close(id);
    }

    fn tell(&self, text: &str) {
        // Nobody may be watching; the reply is whole either way.
        let _ = emit::emit(&emit::Event::Text(text.to_owned()));
    }

    fn progress(&self, what: &str, done: u64, total: Option<u64>) {
        let _ = emit::emit(&emit::Event::Progress(emit::Progress { what: what.to_owned(), done, total }));
    }
}
