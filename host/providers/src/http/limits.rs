//! How much one request may take.

use std::time::Duration;

/// The longest body of a request.
pub const LONGEST_REQUEST: usize = 1 << 20;
/// The most that one `read` gives.
pub const LONGEST_PIECE: usize = 1 << 20;
/// The most headers of a request, or of an answer.
pub const MOST_HEADERS: usize = 128;
/// The most bytes that the headers of a request, or of an answer, have together.
pub const LONGEST_HEAD: usize = 64 << 10;

/// How much one request may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Until the head of the answer is there, all redirects included, where the request does not say.
    pub head: Duration,
    /// Until a connection stands.
    pub connect: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// From the request to the end of the answer.
    pub total: Duration,
    /// Bytes of an answer's body, decoded.
    pub body: u64,
    /// Redirects that are followed; with 0, one is an answer like any other.
    pub redirects: usize,
    /// Answers that one instance has open.
    pub open: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(60),
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(600),
            body: 32 << 20,
            redirects: 10,
            open: 16,
        }
    }
}
