//! The control room as people meet it: a real host, its pages, and a real browser. A binary of its own: the browser is another program, and
//! takes its time.
//!
//! `cargo xtask test` installs Chromium and what drives it. Files in reading order: `driver` a scenario in a browser, `scenes` what must be
//! seen there; the scenarios themselves are in `browser/`. `service` is the program itself, started and killed. And `api`: the service as another
//! program meets it, by the API's description alone.

mod api;
mod driver;
#[path = "../host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;
mod scenes;
mod service;
