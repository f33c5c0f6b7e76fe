//! Which plain functions somebody has, kept until a grant changes, or what is served: so a call does not look through all that there is.

use loket_kernel::grants::Table;
use loket_kernel::{CallError, Chain, Counter};
use loket_providers::tools::listing::Listing;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that are kept; then all are made anew.
const MOST: usize = 64;

/// The functions of whoever asked last, by who begins the chain.
#[derive(Default)]
pub(crate) struct Listings(Mutex<HashMap<Arc<str>, Kept>>);

struct Kept {
    edition: u64,
    /// Held, so that no later table has its place in memory.
    grants: Arc<Table>,
    listing: Arc<Listing>,
}

impl Listings {
    /// The functions of whoever begins a chain, as of now.
    ///
    /// # Errors
    /// As [`Listing::of`].
    pub(super) fn of(&self, counter: &Counter, chain: &Chain) -> Result<Arc<Listing>, CallError> {
        // Asked for first: what changes from here on makes what is kept an old one.
        let (edition, grants) = (counter.edition(), counter.grants.now());
        let is_of_now = |kept: &&Kept| kept.edition == edition && Arc::ptr_eq(&kept.grants, &grants);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().get(chain.text()).filter(is_of_now) {
            return Ok(kept.listing.clone());
        }
        let listing = Arc::new(Listing::of(counter, chain)?);
        let mut all = lock();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(chain.text().clone(), Kept { edition, grants, listing: listing.clone() });
        Ok(listing)
    }
}
