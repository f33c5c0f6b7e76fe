//! What HTTP promises: a component reaches the hosts that were granted, at the addresses that were checked, and nothing else, whatever
//! those hosts answer.

mod bodies;
mod encryption;
mod gates;
mod ground;
mod headers;
mod lines;
mod redirects;
mod retries;
mod secrets;
mod servers;
