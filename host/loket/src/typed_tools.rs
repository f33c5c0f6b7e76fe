//! What a component imports of a server of tools: `mcp:NAME/tools`, with the types of what the owner accepted. Admission links it like what a
//! package exports; where the types are others since, whoever was built for the old ones finds nobody until it is built anew.

use crate::host::Host;
use loket_guardian::mcp::{McpName, NAMESPACE};
use loket_guardian::verdict::Candidate;
use loket_kernel::Capability;
use loket_kernel::link::Import;
use loket_kernel::unit::plain_name;
use loket_providers::mcp::typed::Typed;
use loket_registry::PackageRef;
use loket_values::{Interface, InterfaceName};
use semver::Version;

/// Whether an interface is of a server.
pub(crate) fn is_of_a_server(interface: &Interface) -> bool {
    interface.name.as_ref().is_some_and(is_a_servers)
}

/// Whether a name is of a server's interface.
pub(crate) fn is_a_servers(name: &InterfaceName) -> bool {
    name.package.strip_prefix(NAMESPACE).is_some_and(|rest| rest.starts_with(':'))
}

impl Host {
    /// What a server's accepted tools look like with types, where an interface is of one.
    fn typed_tools(&self, name: &InterfaceName) -> Option<Typed> {
        let server = McpName::of_package(&name.package).filter(|name| self.settings.live().mcp.contains_key(name))?;
        let typed = self.mcp.as_ref()?.typed(&server).ok()?;
        typed.interface.name.as_ref().is_some_and(|own| own.same_interface(name)).then_some(typed)
    }

    /// A server among those who could answer an import.
    pub(crate) fn server_exporting(&self, name: &InterfaceName) -> Option<Candidate> {
        let typed = self.typed_tools(name)?;
        // Which version a server is of is nobody's to say; what it offers is what was accepted.
        let package = PackageRef { name: name.package.parse().ok()?, version: Version::new(0, 0, 0) };
        Some(Candidate { package, interface: typed.interface, yanked: false })
    }

    /// The import as grants name its functions: by the server's own names.
    pub(crate) fn as_granted(&self, import: &Interface) -> Interface {
        let Some(typed) = import.name.as_ref().and_then(|name| self.typed_tools(name)) else { return import.clone() };
        let mut named = import.clone();
        for function in &mut named.functions {
            if let Some(own) = typed.names.get(&function.name) {
                function.name.clone_from(own);
            }
        }
        named
    }

    /// An import that a server answers.
    pub(crate) fn import_of_server(&self, import: &Interface) -> Option<Import> {
        let name = import.name.as_ref().filter(|name| is_a_servers(name))?;
        let typed = self.typed_tools(name)?;
        let capability = Capability::of(&name.package, &plain_name(import)).at_version(&typed.version);
        Some(Import { interface: import.clone(), capability, names: typed.names })
    }
}
