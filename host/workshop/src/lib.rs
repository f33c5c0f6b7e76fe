//! From an empty folder to a component, with nothing of Loket's linked into it: what an author writes is plain code against plain WIT.
//!
//! Files in reading order: [`kind`] what can be made and in which languages, [`name`] what it may be called, `template` the files that are
//! in this program, [`new`] a project of them, [`wit`] what a project says of itself, [`project`] one on disk, [`build`] how each language
//! comes to a module or component, [`component`] what is then written into it, [`tool`] the programs that are run for that, `cache` what
//! they need and projects share, [`watch`] when to do it again.

pub mod build;
mod cache;
pub mod component;
pub mod kind;
pub mod name;
pub mod new;
pub mod project;
mod template;
pub mod tool;
pub mod watch;
pub mod wit;
