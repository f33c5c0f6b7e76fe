//! The link rule: who answers an import, and what is said where nobody does.

use loket_guardian::verdict::judge;
use loket_guardian::{
    Access, Candidate, GrantState, Grantee, Held, HostInterface, Provider, Question, Source, Verdict,
};
use loket_values::{Docs, Field, Function, Interface, InterfaceName, Surface, Type};

/// An interface with one function `run` that takes a value of this type.
fn interface(name: &str, ty: Type) -> Interface {
    let params = vec![Field { name: "input".into(), ty, docs: Docs::default() }];
    let run = Function { name: "run".into(), params, result: None, docs: Docs::default() };
    let name = (!name.is_empty()).then(|| name.parse().expect("an interface"));
    Interface { name, functions: vec![run], unsupported: None, docs: Docs::default() }
}

fn with_resource(name: &str) -> Interface {
    Interface { functions: vec![], unsupported: Some("resource `stream`".into()), ..interface(name, Type::String) }
}

/// A host with some capabilities, and a table of what lies around it.
struct World {
    grantee: Grantee,
    surface: Surface,
    grants: Vec<(&'static str, Held)>,
    packages: Vec<Candidate>,
}

impl World {
    /// An agent that imports these.
    fn importing(imports: &[Interface]) -> World {
        World {
            grantee: Grantee::Agent("scout".parse().expect("a name")),
            surface: Surface {
                imports: imports.to_vec(),
                exports: vec![interface("loket:roles/handler@0.1.0", Type::Bool)],
            },
            grants: vec![],
            packages: vec![],
        }
    }

    fn import(name: &str) -> World {
        World::importing(&[interface(name, Type::String)])
    }

    /// Granted: an interface without its version.
    fn grant(mut self, name: &'static str, held: impl Into<Held>) -> World {
        self.grants.push((name, held.into()));
        self
    }

    /// Granted by naming the package that answers.
    fn grant_to(self, name: &'static str, provider: &str) -> World {
        let provider = Some(Provider::Package(provider.parse().expect("a name")));
        self.grant(name, Held { provider, ..GrantState::Allow.into() })
    }

    /// A package that exports an interface.
    fn package(mut self, package: &str, interface: Interface) -> World {
        self.packages.push(Candidate { package: package.parse().expect("a reference"), interface, yanked: false });
        self
    }

    /// A package that exports an interface as everyone imports it.
    fn exporter(self, package: &str, name: &str) -> World {
        self.package(package, interface(name, Type::String))
    }

    fn judge(&self) -> Verdict {
        let host = [
            ("loket:events/emit@0.1.2", Access::BuiltIn),
            ("loket:brain/memory@0.1.2", Access::Granted),
            ("wasi:http/outgoing-handler", Access::Granted),
            ("wasi:filesystem/preopens", Access::Granted),
        ]
        .map(|(name, access)| HostInterface { interface: interface(name, Type::String), access });
        let grants = |name: &InterfaceName| {
            let plain = InterfaceName { version: None, ..name.clone() }.to_string();
            let held = self.grants.iter().find(|(granted, _)| *granted == plain);
            held.map_or(GrantState::Missing.into(), |(_, held)| held.clone())
        };
        let exports = |name: &InterfaceName| {
            let same =
                |candidate: &&Candidate| candidate.interface.name.as_ref().is_some_and(|own| own.same_interface(name));
            self.packages.iter().filter(same).cloned().collect()
        };
        judge(&Question {
            grantee: &self.grantee,
            package: &"acme:scout@1.0.0".parse().expect("a reference"),
            surface: &self.surface,
            host: &host,
            roles: &["loket:roles/handler@0.1.0".parse().expect("an interface")],
            grants: &grants,
            exports: &exports,
        })
    }

    /// One line an import: its state, and the package that answers.
    #[track_caller]
    fn admitted(&self, expect: &[&str]) {
        match self.judge() {
            Verdict::Admit(plan) => {
                let line = |link: &loket_guardian::Link| match &link.source {
                    Source::Package { package, interface } => format!("{}: {package} as {interface}", link.state()),
                    _ => link.state().to_owned(),
                };
                assert_eq!(plan.links().iter().map(line).collect::<Vec<_>>(), expect);
            }
            refused @ Verdict::Refuse(_) => panic!("{}", refused.report(&self.grantee).expect("a report")),
        }
    }

    #[track_caller]
    fn refused(&self) -> String {
        let report = self.judge().report(&self.grantee).expect("it is refused");
        format!("error: {report}")
    }
}

use GrantState::{Allow, Ask, Deny};

#[test]
fn a_component_without_imports_is_admitted() {
    World::importing(&[]).admitted(&[]);
}

#[test]
fn the_baseline_and_what_is_built_in_need_no_grant() {
    let imports = [
        with_resource("wasi:io/streams@0.2.6"),
        with_resource("wasi:filesystem/types@0.2.6"),
        interface("loket:events/emit@0.1.0", Type::String),
    ];
    World::importing(&imports).admitted(&["sealed", "sealed", "built in"]);
}

#[test]
fn a_capability_of_the_host_needs_a_grant() {
    let world = || World::import("loket:brain/memory@0.1.0");
    world().grant("loket:brain/memory", Allow).admitted(&["granted"]);
    world().grant("loket:brain/memory", Ask).admitted(&["ask"]);
    insta::assert_snapshot!("host_missing", world().refused());
    insta::assert_snapshot!("host_denied", world().grant("loket:brain/memory", Deny).refused());
}

#[test]
fn a_capability_of_the_host_must_be_what_the_component_knows() {
    let newer = World::import("loket:brain/memory@0.2.0").grant("loket:brain/memory", Allow);
    insta::assert_snapshot!("host_version", newer.refused());
    World::import("loket:brain/memory@0.1.3").grant("loket:brain/memory", Allow).refused();
    let other =
        World::importing(&[interface("loket:brain/memory@0.1.0", Type::U32)]).grant("loket:brain/memory", Allow);
    insta::assert_snapshot!("host_differs", other.refused());
}

#[test]
fn wasi_that_the_host_links_natively_may_use_resources() {
    let world = || World::importing(&[with_resource("wasi:http/outgoing-handler@0.2.6")]);
    world().grant("wasi:http/outgoing-handler", Allow).admitted(&["granted"]);
    insta::assert_snapshot!("wasi_missing", world().refused());
}

#[test]
fn one_grant_is_for_all_of_a_package_that_is_linked_natively() {
    let http = ["wasi:http/types@0.2.6", "wasi:http/outgoing-handler@0.2.6"].map(with_resource);
    World::importing(&http).grant("wasi:http/outgoing-handler", Allow).admitted(&["granted", "granted"]);
    // What carries no power of its own needs no grant.
    World::importing(&http[..1]).admitted(&["sealed"]);
    assert_eq!(World::importing(&http).refused().matches("it imports").count(), 1);
    World::importing(&[with_resource("wasi:http/incoming-handler@0.2.6")])
        .grant("wasi:http/outgoing-handler", Allow)
        .refused();
}

#[test]
fn files_are_sealed_until_they_are_granted() {
    let files =
        || World::importing(&["wasi:filesystem/types@0.2.6", "wasi:filesystem/preopens@0.2.6"].map(with_resource));
    files().admitted(&["sealed", "sealed"]);
    files().grant("wasi:filesystem/preopens", Deny).admitted(&["sealed", "sealed"]);
    files().grant("wasi:filesystem/preopens", Allow).admitted(&["granted", "granted"]);
    World::importing(&[with_resource("wasi:filesystem/types@1.0.0")])
        .grant("wasi:filesystem/preopens", Allow)
        .refused();
}

#[test]
fn wasi_that_nobody_provides_is_refused_with_an_alternative() {
    insta::assert_snapshot!("wasi_nobody", World::importing(&[with_resource("wasi:sockets/tcp@0.2.6")]).refused());
    insta::assert_snapshot!("wasi_three", World::import("wasi:cli/environment@0.3.0").refused());
    insta::assert_snapshot!("wasi_early", World::import("wasi:cli/environment@0.2.0-rc-2023-11-10").refused());
}

#[test]
fn a_package_answers_by_a_grant() {
    let world = || World::import("acme:calc/math@1.2.0").exporter("acme:calc@1.2.5", "acme:calc/math@1.2.5");
    world().grant("acme:calc/math", Allow).admitted(&["granted: acme:calc@1.2.5 as acme:calc/math@1.2.5"]);
    world().grant("acme:calc/math", Ask).admitted(&["ask: acme:calc@1.2.5 as acme:calc/math@1.2.5"]);
    insta::assert_snapshot!("package_missing", world().refused());
    insta::assert_snapshot!("package_denied", world().grant("acme:calc/math", Deny).refused());
}

#[test]
fn the_newest_version_that_fits_is_chosen() {
    let world = World::import("acme:calc/math@1.2.0")
        .grant("acme:calc/math", Allow)
        .exporter("acme:calc@1.1.0", "acme:calc/math@1.1.0")
        .exporter("acme:calc@1.2.0", "acme:calc/math@1.2.0")
        .exporter("acme:calc@1.10.0", "acme:calc/math@1.10.0")
        .exporter("acme:calc@2.0.0", "acme:calc/math@2.0.0");
    world.admitted(&["granted: acme:calc@1.10.0 as acme:calc/math@1.10.0"]);
    // A newer version that breaks its promise does not hide an older one that keeps it.
    let world = world.package("acme:calc@1.11.0", interface("acme:calc/math@1.11.0", Type::Bool));
    world.admitted(&["granted: acme:calc@1.10.0 as acme:calc/math@1.10.0"]);
    let world = world.exporter("acme:calc@3.0.0-rc.1", "acme:calc/math@1.12.0");
    world.admitted(&["granted: acme:calc@1.10.0 as acme:calc/math@1.10.0"]);
}

#[test]
fn a_pre_release_is_chosen_where_there_is_nothing_else() {
    World::import("acme:calc/math@1.2.0")
        .grant("acme:calc/math", Allow)
        .exporter("acme:calc@2.0.0-rc.1", "acme:calc/math@1.2.0")
        .admitted(&["granted: acme:calc@2.0.0-rc.1 as acme:calc/math@1.2.0"]);
}

#[test]
fn a_yanked_version_is_chosen_where_there_is_nothing_else() {
    let yanked = |mut world: World| {
        world.packages.last_mut().expect("one").yanked = true;
        world
    };
    let world = World::import("acme:calc/math@1.2.0").grant("acme:calc/math", Allow);
    let world = yanked(world.exporter("acme:calc@1.3.0", "acme:calc/math@1.2.0"));
    world.admitted(&["granted: acme:calc@1.3.0 as acme:calc/math@1.2.0"]);
    let world = world.exporter("acme:calc@1.2.0", "acme:calc/math@1.2.0");
    world.admitted(&["granted: acme:calc@1.2.0 as acme:calc/math@1.2.0"]);
}

#[test]
fn of_several_packages_the_grant_names_one() {
    let world = || {
        World::import("acme:calc/math@1.2.0")
            .exporter("acme:calc@1.2.0", "acme:calc/math@1.2.0")
            .exporter("evil:calc@9.9.9", "acme:calc/math@1.99.0")
    };
    world().grant_to("acme:calc/math", "acme:calc").admitted(&["granted: acme:calc@1.2.0 as acme:calc/math@1.2.0"]);
    insta::assert_snapshot!("ambiguous", world().refused());
    assert_eq!(
        world().grant("acme:calc/math", Allow).refused(),
        world().refused(),
        "a grant that names none decides nothing"
    );
    insta::assert_snapshot!("provider_gone", world().grant_to("acme:calc/math", "acme:abacus").refused());
    let denied = Held { remedy: Some("loket grant scout acme:calc".into()), ..Deny.into() };
    let told = world().grant("acme:calc/math", denied).refused();
    assert!(told.contains("the owner denied it") && told.ends_with("loket grant scout acme:calc"), "{told}");
}

#[test]
fn a_package_that_does_not_fit_makes_nothing_ambiguous() {
    World::import("acme:calc/math@1.2.0")
        .grant("acme:calc/math", Allow)
        .exporter("acme:calc@1.2.0", "acme:calc/math@1.2.0")
        .exporter("acme:old@1.0.0", "acme:calc/math@0.9.0")
        .package("acme:odd@1.0.0", interface("acme:calc/math@1.2.0", Type::Bool))
        .admitted(&["granted: acme:calc@1.2.0 as acme:calc/math@1.2.0"]);
}

#[test]
fn packages_that_do_not_fit_are_listed_with_the_reason() {
    let world = World::import("acme:calc/math@1.2.0")
        .grant("acme:calc/math", Allow)
        .exporter("acme:calc@2.0.0", "acme:calc/math@2.0.0")
        .exporter("acme:calc@1.1.0", "acme:calc/math@1.1.0")
        .package("acme:calc@1.3.0", interface("acme:calc/math@1.3.0", Type::Bool))
        .package("acme:calc@1.2.0", with_resource("acme:calc/math@1.2.0"));
    insta::assert_snapshot!(world.refused());
}

#[test]
fn a_grant_may_name_a_package_for_what_the_host_answers_too() {
    let world = || World::import("loket:brain/memory@0.1.0").exporter("acme:diary@1.0.0", "loket:brain/memory@0.1.0");
    world().grant("loket:brain/memory", Allow).admitted(&["granted"]);
    let host = Held { provider: Some(Provider::Host), ..Allow.into() };
    world().grant("loket:brain/memory", host).admitted(&["granted"]);
    world()
        .grant_to("loket:brain/memory", "acme:diary")
        .admitted(&["granted: acme:diary@1.0.0 as loket:brain/memory@0.1.0"]);
}

#[test]
fn a_component_does_not_answer_itself() {
    let world = World::import("acme:calc/math@1.2.0").grant("acme:calc/math", Allow);
    insta::assert_snapshot!("nobody", world.refused());
    assert_eq!(world.exporter("acme:scout@2.0.0", "acme:calc/math@1.2.0").refused(), {
        World::import("acme:calc/math@1.2.0").refused()
    });
}

#[test]
fn only_values_pass_between_components() {
    let world = World::importing(&[with_resource("acme:files/tree@1.0.0")])
        .grant("acme:files/tree", Allow)
        .package("acme:files@1.0.0", with_resource("acme:files/tree@1.0.0"));
    insta::assert_snapshot!(world.refused());
}

#[test]
fn what_belongs_to_no_package_is_answered_by_none() {
    insta::assert_snapshot!(World::importing(&[interface("", Type::String), interface("ops", Type::String)]).refused());
}

#[test]
fn an_agent_of_another_contract_is_refused() {
    let mut world = World::importing(&[]);
    world.surface.exports = vec![interface("loket:roles/handler@0.9.0", Type::Bool)];
    insta::assert_snapshot!(world.refused());
    world.surface.exports = vec![interface("loket:roles/handler@0.1.7", Type::Bool)];
    world.admitted(&[]);
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_to_whom() {
    let mut world = World::importing(&[
        interface("loket:brain/memory@0.1.0", Type::String),
        interface("acme:mail/send@1.0.0", Type::String),
        interface("loket:events/emit@0.1.0", Type::String),
    ]);
    world.grantee = Grantee::Package("acme:invoice".parse().expect("a name"));
    insta::assert_snapshot!(world.refused());
}
