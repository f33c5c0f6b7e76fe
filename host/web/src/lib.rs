//! The control room: the pages of Loket, served by the program itself, behind the gate of its API.
//!
//! Pages are made here as HTML; scripts make them livelier, and what can be done without them is. A page asks the desk, as the command
//! line does, and has no way around it. All that it shows may be hostile: it is escaped by `maud`, and what is Markdown is cleaned.
//!
//! Files in reading order: [`routes`] every path in one table, `entry` who may come in, `headers` what every answer says to browsers,
//! `form` what is sent to us, `app` what pages share, `frame` what is around each page, `parts` what is in many, `plot` small pictures of numbers, `brain` the way to an agent's memory, `turns` what the ledger says of an agent's turns, `texts` all words in one
//! place, `markdown` and `plain` words of others made harmless, `fault` what went wrong, `assets` scripts and styles, `live` what changes
//! while a page is open, [`mod@pages`] the pages, a file each.

mod app;
mod assets;
mod brain;
mod entry;
mod fault;
mod form;
mod frame;
mod headers;
mod live;
mod markdown;
pub mod pages;
mod parts;
mod plain;
mod plot;
pub mod routes;
mod texts;
mod turns;

pub use routes::pages;
