//! `wasi:filesystem`: the folders of a grant, under the names and within the bounds that `loket:files/folders` gives them.
//!
//! A folder `notes` is at `/notes`. The engine resolves each path inside of its folder, links included, and opens nothing outside of it.
//! Without a grant there is no folder at all. What an instance reads is private, and has the labels of whoever wrote what is in its folders;
//! what it writes it does not tell one by one, so all that is in a folder which it may write to gets the labels of its turn.

use crate::names::Served;
use async_trait::async_trait;
use loket_kernel::native::{Equipment, Native};
use loket_kernel::state::State;
use loket_kernel::{Call, CallError, Capability, Effect, Held, Labels, Provider, Reply, Terms, Turn};
use loket_providers::files::Folders;
use loket_providers::files::whole::Folder;
use loket_values::{Interface, InterfaceName};
use std::path::PathBuf;
use std::sync::Arc;
use wasmtime::component::Linker;
use wasmtime_wasi::FsPerms;

/// Files for components.
pub struct Files {
    served: Served,
    folders: Arc<Folders>,
}

impl Files {
    /// Gives the folders that these give.
    pub fn new(folders: Arc<Folders>) -> Files {
        Files { served: Served::new("wasi:filesystem", "preopens"), folders }
    }
}

/// What the counter's yes leaves for an instance.
#[derive(Default)]
struct Leave(Arc<[Folder]>);

#[async_trait]
impl Provider for Files {
    fn capability(&self) -> &Capability {
        &self.served.capability
    }

    fn interface(&self) -> &Interface {
        &self.served.interface
    }

    /// Whoever is linked to it can change what is on the disk.
    fn effect(&self, _function: &str) -> Effect {
        Effect::Outside
    }

    fn term_keys(&self) -> &'static [&'static str] {
        self.folders.term_keys()
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        self.folders.terms(terms)
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let (folders, labels) = self.folders.whole(&call).await?;
        call.held.with(|leave: &mut Leave| leave.0 = folders.into());
        Ok(Reply { value: None, labels: labels.join(Labels::PRIVATE) })
    }
}

#[async_trait]
impl Native for Files {
    /// The functions are the baseline's: they are linked already, and find the folders where there are any.
    fn link(&self, _: &InterfaceName, _: &mut Linker<State>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn equip(&self, instance: &mut Equipment<'_>) -> Result<(), CallError> {
        let folders = instance.held.with(|leave: &mut Leave| leave.0.clone());
        for folder in folders.iter() {
            let access = if folder.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            let opened = instance.wasi.preopened_dir(place(folder), format!("/{}", folder.name), access);
            opened.map_err(|error| {
                CallError::Unavailable(format!("the granted folder `{}` cannot be opened: {error}", folder.name))
            })?;
        }
        Ok(())
    }

    async fn settle(&self, held: &Held, turn: &Turn) -> Result<(), CallError> {
        let folders = held.with(|leave: &mut Leave| leave.0.clone());
        self.folders.mark(&folders, turn.labels.get()).await
    }
}

/// The folder that was opened, whatever has its name by now.
#[cfg(target_os = "linux")]
fn place(folder: &Folder) -> PathBuf {
    use std::os::fd::AsRawFd as _;
    PathBuf::from(format!("/proc/self/fd/{}", folder.open.as_raw_fd()))
}

/// The engine opens folders by their paths only.
#[cfg(not(target_os = "linux"))]
fn place(folder: &Folder) -> PathBuf {
    folder.path.clone()
}
