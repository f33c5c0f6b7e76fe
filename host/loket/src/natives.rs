//! What of WASI this host links natively, for components that were not written for Loket.

use crate::home::Home;
use loket_guardian::native::{FAMILIES, Family};
use loket_guardian::verdict::{Plan, Source};
use loket_kernel::native::NativeLink;
use loket_kernel::{Capability, Counter, Native, Provider};
use loket_providers::files::Folders;
use loket_providers::http::client::Client;
use loket_providers::http::connect::Connector;
use loket_providers::http::gate::Gate;
use loket_providers::http::limits::Limits;
use loket_providers::http::own::Own;
use loket_providers::http::resolve::{Resolver, System};
use loket_providers::http::tls::Trust;
use loket_providers::secrets::source::SecretSource;
use loket_values::{Interface, InterfaceName, Surface};
use loket_wasi::keyvalue::store::Store;
use loket_wasi::{Files, Http, KeyValue, Sockets};
use std::sync::Arc;

/// The native capabilities.
#[derive(Default)]
pub(crate) struct Natives {
    all: Vec<Arc<dyn Native>>,
    /// The keys and values of those who keep some.
    values: Option<Arc<Store>>,
}

/// The capability by which a family of interfaces is granted and answered.
pub(crate) fn capability(family: &Family) -> Capability {
    Capability::host(&family.name().to_string())
}

impl Natives {
    /// All of them, each put behind the counter. They share the folders, the addresses that are the host's own, and the secrets with the
    /// capabilities that Loket's own components use.
    pub(crate) fn open(
        counter: &Counter,
        home: &Home,
        folders: Arc<Folders>,
        own: Own,
        secrets: Arc<dyn SecretSource>,
    ) -> Natives {
        let resolver: Arc<dyn Resolver> = Arc::new(System::default());
        // Whoever speaks `wasi:http` follows redirects itself.
        let limits = Limits { redirects: 0, ..Limits::default() };
        let gate = Gate::new(resolver.clone(), own.clone(), Connector::new(Trust::System, limits.connect));
        let values = Arc::new(Store::new(home.state("keyvalue.redb")));
        let all: Vec<Arc<dyn Native>> = vec![
            Arc::new(Files::new(folders)),
            Arc::new(KeyValue::new(values.clone())),
            Arc::new(Http::new(Client::new(gate, secrets, limits))),
            Arc::new(Sockets::new(own, resolver)),
        ];
        counter.serve(all.iter().map(|native| native.clone() as Arc<dyn Provider>));
        Natives { all, values: Some(values) }
    }

    /// The keys and values, when there are any.
    pub(crate) fn values(&self) -> Option<Arc<Store>> {
        self.values.clone().filter(|values| values.is_there())
    }

    /// How each of them looks at the counter.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.all.iter().map(|native| native.interface())
    }

    fn of(&self, family: &Family) -> Option<&Arc<dyn Native>> {
        let capability = capability(family);
        self.all.iter().find(|native| *native.capability() == capability)
    }

    /// What a component that is run again is linked to: the same functions, and nothing is behind any of them.
    pub(crate) fn hollow(&self, surface: &Surface) -> Vec<NativeLink> {
        let families = FAMILIES.iter().filter_map(|family| {
            let names = surface.imports.iter().filter_map(|import| import.name.clone());
            let imports: Vec<InterfaceName> = names.filter(|name| name.package == family.package).collect();
            let native = self.of(family).filter(|_| !imports.is_empty())?;
            Some(NativeLink { native: native.clone(), imports, sealed: true })
        });
        families.collect()
    }

    /// What a component is linked to, in the order in which it is asked for. What needs no grant is among it: a grant may come later.
    pub(crate) fn links(&self, plan: &Plan) -> Vec<NativeLink> {
        let mut links = Vec::new();
        for family in &FAMILIES {
            let mine = |link: &&loket_guardian::verdict::Link| {
                link.import.package == family.package && matches!(link.source, Source::Sealed | Source::Native(_))
            };
            let imports: Vec<InterfaceName> =
                plan.links().iter().filter(mine).map(|link| link.import.clone()).collect();
            if let (Some(native), false) = (self.of(family), imports.is_empty()) {
                let sealed = imports.iter().all(|import| family.is_free(import));
                links.push(NativeLink { native: native.clone(), imports, sealed });
            }
        }
        links
    }
}
