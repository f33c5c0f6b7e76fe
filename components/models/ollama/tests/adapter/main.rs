//! What the adapter claims, against servers that say what a test writes.

mod chats;
mod library;
