//! The accepted tools of a server as an interface with types: what a component imports as `mcp:NAME/tools`. Names are in kebab case there, and
//! the counter has the server's own; grants, the ledger and approvals know one name alone.

use super::kebab::kebab;
use super::offer::Offer;
use super::schema::{Arguments, Naming, Shape, returns};
use super::tools::INTERFACE;
use loket_guardian::mcp::McpName;
use loket_kernel::CallError;
use loket_values::types::Docs;
use loket_values::{Function, Interface, InterfaceName, Type};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A tool with types.
#[derive(Debug, Clone)]
pub(super) struct TypedTool {
    /// As its server describes it.
    pub(super) offer: Offer,
    /// How its arguments are written.
    pub(super) arguments: Arguments,
    /// What its structured result is; nothing where it answers in pieces.
    pub(super) returns: Option<(Type, Shape)>,
    /// Its function, under the name that components call.
    pub(super) function: Function,
}

/// All of a server's accepted tools with types.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The interface as components import it.
    pub interface: Interface,
    /// The server's own name of each function.
    pub names: BTreeMap<String, String>,
    /// What tells these types from others: a component is linked to the types that it was built for.
    pub version: String,
    pub(super) tools: Vec<TypedTool>,
}

impl Typed {
    /// Tools with types; those without a structured result answer with outcomes of this type.
    ///
    /// # Errors
    /// Which two tools would have the same name, or which one has none.
    pub(super) fn of<'o>(
        server: &McpName,
        offers: impl IntoIterator<Item = &'o Offer>,
        outcome: &Type,
    ) -> Result<Typed, String> {
        let (mut tools, mut names) = (Vec::new(), BTreeMap::new());
        for offer in offers {
            let shown = &offer.name;
            let name = kebab(shown).ok_or_else(|| format!("the tool `{shown}` has no name in kebab case"))?;
            if let Some(other) = names.insert(name.clone(), offer.name.clone()) {
                return Err(format!("the tools `{other}` and `{shown}` would both be `{name}`"));
            }
            let arguments = Arguments::read(&offer.parameters, Naming::Kebab);
            let returns = offer.returns.as_ref().and_then(returns);
            let answer = returns.as_ref().map_or(outcome, |(ty, _)| ty);
            let function = Function {
                name,
                params: arguments.params.clone(),
                result: Some(Type::Result {
                    ok: Some(Box::new(answer.clone())),
                    err: Some(Box::new(CallError::ty().clone())),
                }),
                docs: Docs(if offer.description.is_empty() { offer.title.clone() } else { offer.description.clone() }),
            };
            tools.push(TypedTool { offer: offer.clone(), arguments, returns, function });
        }
        let mut functions: Vec<Function> = tools.iter().map(|tool| tool.function.clone()).collect();
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        let types = functions.iter().map(Function::signature).collect::<Vec<_>>().join("\n");
        let version = format!("typed-{}", &hex::encode(Sha256::digest(types))[..16]);
        let interface = Interface {
            name: Some(InterfaceName { package: server.package(), interface: INTERFACE.into(), version: None }),
            functions,
            unsupported: None,
            docs: Docs(format!("The tools of the server `{server}`.")),
        };
        Ok(Typed { interface, names, version, tools })
    }
}
