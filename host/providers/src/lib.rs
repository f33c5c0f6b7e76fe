//! The capabilities that the host itself answers, one folder each.
//!
//! Files in reading order: [`contract`] the types that they answer with, [`setup`] what the owner set, [`brain`] memory, [`agent`] who an agent is and what is
//! left of its turn, [`model`] the way to a model,
//! [`tools`] tools by name, [`events`] what streams out of a call, [`config`] what the owner set for a package, [`http`] requests to other hosts, [`secrets`] what is put into them, [`scan`] the component under inspection, [`run`] programs of the machine, [`mcp`] servers of tools, [`issuer`] tokens that others signed;
//! `native` what they share.

pub mod agent;
pub mod brain;
pub mod config;
pub mod contract;
pub mod events;
pub mod files;
pub mod http;
pub mod issuer;
pub mod mcp;
pub mod model;
mod native;
pub mod run;
pub mod scan;
pub mod secrets;
pub mod setup;
pub mod tools;
