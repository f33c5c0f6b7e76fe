//! The one integration-test binary: the whole host, with components built from source.
//!
//! `cargo xtask test` builds the components and says where they are; [`house`] makes homes from them.

mod agent_forms;
mod approvals;
mod architecture;
mod attached;
mod backup;
mod brains;
mod broken_off;
mod budgets;
mod bulk;
mod commands;
mod contract;
mod documents;
mod entrance;
mod escapes;
mod folders;
mod foreign;
mod form;
mod guardian;
mod hostile;
mod hostile_bytes;
mod hot_agents;
mod hot_load;
mod hot_settings;
mod house;
mod languages;
mod linking;
mod logs;
mod memory;
mod native;
mod oci;
mod pages;
mod permissions;
mod pins;
mod process;
mod replay;
mod restoring;
mod resume;
#[cfg(target_os = "linux")]
mod run;
mod scan_corpus;
mod scanners;
mod schedules;
mod secrets;
mod servers;
#[cfg(target_os = "linux")]
mod service;
mod shutdown;
mod signing;
mod supply;
mod telemetry;
#[cfg(unix)]
mod terminal;
mod thinking;
#[cfg(target_os = "linux")]
mod tool_servers;
mod tools;
mod waiting;
mod wasi;
mod web;
mod yanking;
