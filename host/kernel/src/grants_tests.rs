//! The rules of authority, case by case.

use super::*;

fn agent(name: &str) -> Principal {
    Principal::Agent(name.into())
}

fn package(name: &str) -> Principal {
    Principal::Package(name.into())
}

fn scope(provider: &str, interface: Option<&str>) -> Scope {
    Scope { provider: provider.into(), interface: interface.map(Into::into), functions: Vec::new() }
}

fn grant(id: u64, grantee: Principal, scope: Scope, verdict: Verdict, delegates: Vec<Delegation>) -> Grant {
    Grant { id, grantee, scope, verdict, per_turn: None, per_day: None, delegates, since: 0 }
}

fn memory() -> Capability {
    Capability::host("loket:brain/memory")
}

fn via_agent() -> Chain {
    Chain::new(Principal::Owner).then(Capability::of("agent:ann", "loket:roles/handler"), agent("ann"))
}

fn via_tool() -> Chain {
    via_agent().then(Capability::of("acme:tool", "acme:tool/acts"), package("acme:tool"))
}

#[track_caller]
fn check(table: &Table, chain: &Chain, expect: &str) {
    let got = match table.check(chain, &memory(), "recall") {
        Ok(_) => "allowed".to_owned(),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(got, expect);
}

#[test]
fn the_owner_may_do_everything() {
    check(&Table::default(), &Chain::new(Principal::Owner), "allowed");
}

#[test]
fn an_agent_may_do_nothing_that_was_not_granted() {
    check(&Table::default(), &via_agent(), "denied");
    let granted =
        Table::new([grant(1, agent("ann"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![])]);
    check(&granted, &via_agent(), "allowed");
    let other = Table::new([grant(1, agent("bob"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![])]);
    check(&other, &via_agent(), "denied");
}

#[test]
fn the_strictest_grant_decides() {
    let with = |verdict| grant(2, agent("ann"), scope("host", Some("loket:brain/memory")), verdict, vec![]);
    let yes = grant(1, agent("ann"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    check(&Table::new([yes.clone(), with(Verdict::Ask)]), &via_agent(), "needs-approval");
    check(&Table::new([yes, with(Verdict::Deny), with(Verdict::Ask)]), &via_agent(), "denied");
}

#[test]
fn a_grant_for_some_functions_covers_no_others() {
    let mut some = scope("host", Some("loket:brain/memory"));
    some.functions = vec!["get".into()];
    check(&Table::new([grant(1, agent("ann"), some.clone(), Verdict::Allow, vec![])]), &via_agent(), "denied");
    some.functions.push("recall".into());
    check(&Table::new([grant(1, agent("ann"), some, Verdict::Allow, vec![])]), &via_agent(), "allowed");
}

#[test]
fn a_tool_with_a_grant_gives_nothing_to_an_agent_to_which_it_was_not_delegated() {
    let tool = grant(1, package("acme:tool"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    let bare = grant(2, agent("ann"), scope("acme:tool", None), Verdict::Allow, vec![]);
    let table = Table::new([tool.clone(), bare]);
    check(&table, &via_tool(), "denied");

    let delegates = Table::new([tool.clone()]).delegable(&package("acme:tool"));
    let full = grant(2, agent("ann"), scope("acme:tool", None), Verdict::Allow, delegates);
    check(&Table::new([tool, full.clone()]), &via_tool(), "allowed");
    // Nor does the delegation alone help, when the tool has lost its own grant.
    check(&Table::new([full]), &via_tool(), "denied");
}

#[test]
fn what_a_provider_is_granted_later_is_not_passed_on() {
    let mut earlier = scope("host", Some("loket:brain/memory"));
    earlier.functions = vec!["get".into()];
    let before = Table::new([grant(1, package("acme:tool"), earlier, Verdict::Allow, vec![])]);
    let call =
        grant(2, agent("ann"), scope("acme:tool", None), Verdict::Allow, before.delegable(&package("acme:tool")));
    let later = grant(3, package("acme:tool"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    check(&Table::new([call, later]), &via_tool(), "denied");
}

#[test]
fn asking_anywhere_along_the_chain_means_asking() {
    let tool = grant(1, package("acme:tool"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    let delegates = Table::new([tool.clone()]).delegable(&package("acme:tool"));
    let asking = grant(2, agent("ann"), scope("acme:tool", None), Verdict::Ask, delegates);
    check(&Table::new([tool, asking]), &via_tool(), "needs-approval");
}

#[test]
fn a_refusal_names_the_command_that_would_allow_it() {
    let error = Table::default().check(&via_agent(), &memory(), "recall").expect_err("nothing is granted");
    assert_eq!(error.remedy(), Some("loket grant ann loket:brain/memory"));
    let other = Capability::of("acme:abacus", "acme:calc/math");
    assert_eq!(remedy(&agent("ann"), &other), "loket grant ann acme:calc/math --provider acme:abacus");
}
