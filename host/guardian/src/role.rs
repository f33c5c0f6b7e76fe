//! What a component is, read from its exports and from nothing else.

use loket_values::{InterfaceName, Surface};
use std::fmt;

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It handles events: exports `loket:roles/handler`.
    Agent,
    /// It thinks for others: exports `loket:model/chat`.
    Model,
    /// It looks at other components: exports `loket:roles/inspector`.
    Scanner,
    /// It carries messages to and from people: exports `loket:roles/carrier`.
    Channel,
    /// It answers slash commands: exports `loket:roles/commander`.
    Command,
    /// It serves HTTP: exports `wasi:http/incoming-handler`.
    App,
    /// It exports functions that anyone can call with values.
    Tool,
    /// It exports nothing that can be called with values.
    Library,
}

/// The interfaces that make a role, in the order in which they count where a component exports several.
const ROLES: [(&str, &str, Role); 6] = [
    ("loket:roles", "handler", Role::Agent),
    ("loket:model", "chat", Role::Model),
    ("loket:roles", "inspector", Role::Scanner),
    ("loket:roles", "carrier", Role::Channel),
    ("loket:roles", "commander", Role::Command),
    ("wasi:http", "incoming-handler", Role::App),
];

impl Role {
    /// The role of a component. Versions do not count here; a version that the host does not speak is the verdict's matter.
    pub fn of(surface: &Surface) -> Role {
        if let Some((role, _)) = Role::with_interface(surface) {
            return role;
        }
        let callable = surface.exports.iter().any(|export| {
            // Of WASI only a program: that is one function, which takes what a command line has.
            let other_wasi = export.name.as_ref().is_some_and(|name| {
                name.package.starts_with("wasi:")
                    && (name.package.as_str(), name.interface.as_str()) != ("wasi:cli", "run")
            });
            !other_wasi && export.unsupported.is_none() && !export.functions.is_empty()
        });
        if callable { Role::Tool } else { Role::Library }
    }

    /// The role and the exported interface that makes it; `None` for tools and libraries.
    pub fn with_interface(surface: &Surface) -> Option<(Role, &InterfaceName)> {
        ROLES.iter().find_map(|(package, interface, role)| {
            let names = surface.exports.iter().filter_map(|export| export.name.as_ref());
            let mut names = names.filter(|name| name.package == *package && name.interface == *interface);
            names.next().map(|name| (*role, name))
        })
    }

    /// Its name, as inspections show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Model => "model",
            Role::Scanner => "scanner",
            Role::Channel => "channel",
            Role::Command => "command",
            Role::App => "app",
            Role::Tool => "tool",
            Role::Library => "library",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_values::{Docs, Function, Interface};

    /// Exports: `name` with a function, `name!` with a resource, `-` for a function at the root.
    #[track_caller]
    fn check(exports: &[&str], expect: Role) {
        let interface = |text: &&str| {
            let unsupported = text.ends_with('!').then(|| "resource `thing`".to_owned());
            let run = Function { name: "run".into(), params: vec![], result: None, docs: Docs::default() };
            let name = text.trim_end_matches('!');
            Interface {
                name: (name != "-").then(|| name.parse().expect("an interface")),
                functions: if unsupported.is_some() { vec![] } else { vec![run] },
                unsupported,
                docs: Docs::default(),
            }
        };
        let surface = Surface { imports: vec![], exports: exports.iter().map(interface).collect() };
        assert_eq!(Role::of(&surface), expect, "{exports:?}");
    }

    #[test]
    fn the_exports_make_the_role() {
        check(&["loket:roles/handler@0.1.0"], Role::Agent);
        check(&["loket:model/chat@0.1.0"], Role::Model);
        check(&["loket:roles/inspector@0.1.0"], Role::Scanner);
        check(&["loket:roles/carrier@0.1.0"], Role::Channel);
        check(&["loket:roles/commander@0.1.0"], Role::Command);
        check(&["wasi:http/incoming-handler@0.2.6!"], Role::App);
        check(&["acme:calc/math@1.2.0"], Role::Tool);
        check(&["-"], Role::Tool);
        check(&["ops"], Role::Tool);
        check(&["loket:tools/provider@0.1.0"], Role::Tool);
        check(&[], Role::Library);
        check(&["acme:files/tree@1.0.0!"], Role::Library);
    }

    #[test]
    fn a_role_counts_more_than_the_functions_beside_it() {
        check(&["acme:calc/math@1.2.0", "loket:roles/handler@0.1.0"], Role::Agent);
        check(&["loket:model/chat@0.1.0", "loket:roles/handler@0.1.0"], Role::Agent);
        check(&["acme:files/tree@1.0.0!", "-"], Role::Tool);
    }

    #[test]
    fn a_version_of_another_contract_does_not_turn_an_agent_into_a_tool() {
        check(&["loket:roles/handler@7.0.0"], Role::Agent);
    }

    #[test]
    fn a_program_for_a_command_line_is_a_tool_too() {
        check(&["wasi:cli/run@0.2.6"], Role::Tool);
        check(&["wasi:clocks/wall-clock@0.2.6"], Role::Library);
    }
}
