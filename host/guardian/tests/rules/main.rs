//! The guardian's rules, as tables: formats in [`manifests`] and [`configs`], the link rule in [`verdicts`].

mod configs;
mod manifests;
mod verdicts;
