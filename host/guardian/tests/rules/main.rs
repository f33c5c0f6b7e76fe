//! The guardian's rules, as tables: formats in [`manifests`] and [`configs`], the link rule in [`verdicts`], what a version asks
//! for beyond the one before it in [`differences`].

mod configs;
mod differences;
mod manifests;
mod schedules;
mod verdicts;
