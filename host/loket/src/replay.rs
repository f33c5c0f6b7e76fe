//! A recorded turn run again: the very bytes that ran, linked to nothing but the turn's page.
//!
//! Which bytes, the page says. Neither grants nor admission are asked: whatever the component asks is answered from the page, so it can do
//! nothing that was not done. What it is linked to at the counter of today does not matter either: its imports go by the names that the
//! page has for those who answered.

use crate::desk::wrong;
use crate::host::Host;
use crate::settings::space;
use crate::stock::Item;
use crate::typed_tools::is_of_a_server;
use loket_gateways::desk::Problem;
use loket_guardian::baseline::{Standing, standing};
use loket_kernel::link::Import;
use loket_kernel::page::FIRST;
use loket_kernel::replay::{Replayed, replay};
use loket_kernel::unit::{Parts, plain_name};
use loket_kernel::{Capability, Chain, Limits, Page, PageError, Principal, Unit};
use loket_providers::mcp::kebab::kebab;
use loket_values::Interface;
use std::sync::Arc;

impl Host {
    /// Runs a recorded turn again from its page; nothing outside is touched and nothing written. The page comes back with what it came to.
    ///
    /// # Errors
    /// When no component ran in it, something of it was forgotten or never kept, or its bytes are not here any more.
    pub async fn replay_page(&self, page: Page) -> Result<(Page, Replayed), Problem> {
        let first = page.first().map_err(unread)?;
        let capability = Capability::from_words(&first.capability, &|interface| self.answers(interface));
        if capability.is_host() {
            return Err(unread(PageError::NoComponent { turn: page.turn, asked: first.asked() }));
        }
        if let Some(link) = page.linked_natively(FIRST) {
            return Err(wrong(
                "invalid",
                format!(
                    "turn `{}` cannot be run again: its component was linked to `{}` natively, and what it did there is not recorded",
                    page.turn, link.capability
                ),
                format!("loket ledger --turn {}", page.turn),
            ));
        }
        page.is_whole(FIRST).map_err(unread)?;
        let item = self.bytes_of(&page)?;
        let unit = tokio::task::block_in_place(|| self.hollow(&page, &capability, &item))?;
        let begun = Chain::beginning(&first.chain).unwrap_or_else(|| Chain::new(Principal::Owner));
        let chain = begun.then(capability.clone(), first.function.clone(), unit.principal.clone());
        // It may take as long as any turn, and is asked for by somebody who waits.
        let _place = self.lanes.enter(&"replay".into()).await.map_err(crate::desk::problem)?;
        let limits = Limits::clone(&self.counter.limits());
        let hidden = self.counter.what_is_hidden();
        let replayed = replay(&unit, chain, &capability.interface, &page, &limits, hidden).await.map_err(unread)?;
        Ok((page, replayed))
    }

    /// The very bytes that ran.
    fn bytes_of(&self, page: &Page) -> Result<Item, Problem> {
        let (Some(package), Some(digest)) = (&page.package, &page.digest) else {
            return Err(wrong(
                "invalid",
                format!("the page of turn `{}` does not say which bytes ran: it is of an earlier version", page.turn),
                "run a turn that was recorded since",
            ));
        };
        let (stock, world) = (self.stock(), self.world());
        let kept = world.packages.values().map(|package| &package.item);
        stock.items.values().chain(kept).find(|item| item.digest == *digest).cloned().ok_or_else(|| {
            wrong(
                "not-found",
                format!(
                    "turn `{}` ran `{package}` with the SHA-256 {digest}, and these bytes are not in the registry",
                    page.turn
                ),
                "put that file back, under any version: `loket publish FILE`",
            )
        })
    }

    /// The component, linked to a page. Blocks where it is compiled.
    fn hollow(&self, page: &Page, capability: &Capability, item: &Item) -> Result<Unit, Problem> {
        let broken =
            |why: String| wrong("failed", format!("`{}` cannot be run again: {why}", item.reference), "loket doctor");
        let surface = item.surface.as_ref().map_err(|e| broken(e.clone()))?;
        let (mut sealed, mut imports) = (false, Vec::new());
        for import in &surface.imports {
            let name = import.name.as_ref();
            match name.map(standing) {
                Some(Standing::Sealed) => sealed = true,
                _ if name.is_some_and(|name| loket_guardian::native::family(&name.package).is_some()) => {}
                _ => imports.push(self.once_answered(page, import)),
            }
        }
        let code = self.code(item).map_err(broken)?;
        let principal = match capability.provider.strip_prefix("agent:") {
            Some(agent) => Principal::Agent(agent.into()),
            None => Principal::Package(capability.provider.clone()),
        };
        let parts = Parts {
            principal,
            package: page.package.clone().unwrap_or_else(|| item.reference.to_string()).into(),
            surface: surface.clone(),
            code: &code,
            imports: &imports,
            sealed,
            natives: self.natives.hollow(surface),
            space: space(&self.settings.fixed.space),
        };
        Unit::new(self.engines.clone(), parts).map_err(|e| broken(e.to_string()))
    }

    /// Who answered an import in a turn; where it was not asked, whoever comes first to mind.
    fn once_answered(&self, page: &Page, import: &Interface) -> Import {
        let interface: Arc<str> = plain_name(import).into();
        let is_host = |name: &str| self.answers(name);
        let mut asked = page.made_by(FIRST).map(|call| Capability::from_words(&call.capability, &is_host));
        let answered = asked.find(|capability| capability.interface == interface);
        let capability = answered.unwrap_or_else(|| Capability::host(&interface));
        let mut import = Import::of(import.clone(), capability);
        if is_of_a_server(&import.interface) {
            // The page has the server's own names.
            let own = page.made_by(FIRST).filter(|call| *call.capability == *interface).map(|call| &*call.function);
            import.names = own.filter_map(|own| Some((kebab(own)?, own.to_owned()))).collect();
        }
        import
    }
}

/// A page that cannot be used, as gateways tell it.
pub(crate) fn unread(error: PageError) -> Problem {
    match &error {
        PageError::Missing(_) => wrong("not-found", error.to_string(), "`loket ledger` shows turns"),
        PageError::NoComponent { turn, .. } | PageError::Forgotten { turn, .. } | PageError::Elsewhere { turn, .. } => {
            wrong("invalid", error.to_string(), format!("loket ledger --turn {turn}"))
        }
        PageError::Unreadable { turn, .. } => wrong("failed", error.to_string(), format!("loket ledger --turn {turn}")),
        PageError::Ledger(_) => wrong("failed", error.to_string(), "loket ledger --verify"),
    }
}
