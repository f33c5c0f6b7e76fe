//! The rules of authority, case by case.

use super::*;
use crate::chain::Chain;

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
    Grant { id, grantee, scope, terms: Terms::default(), verdict, per_turn: None, per_day: None, delegates, since: 0 }
}

fn memory() -> Capability {
    Capability::host("loket:brain/memory")
}

fn via_agent() -> Chain {
    Chain::new(Principal::Owner).then(Capability::of("agent:ann", "loket:roles/handler"), "handle".into(), agent("ann"))
}

fn via_tool() -> Chain {
    via_agent().then(Capability::of("acme:tool", "acme:tool/acts"), "act".into(), package("acme:tool"))
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
fn of_equally_specific_grants_the_strictest_decides() {
    let with = |verdict| grant(2, agent("ann"), scope("host", Some("loket:brain/memory")), verdict, vec![]);
    let yes = grant(1, agent("ann"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    check(&Table::new([yes.clone(), with(Verdict::Ask)]), &via_agent(), "needs-approval");
    check(&Table::new([yes, with(Verdict::Deny), with(Verdict::Ask)]), &via_agent(), "denied");
}

/// What some grants of ann's for `acme:calc` come to, for `add` of `acme:calc/math`.
#[track_caller]
fn decided(grants: &[(Option<&str>, &[&str], Verdict)], expect: Verdict) -> Table {
    let scoped = |(id, (interface, functions, verdict)): (u64, &(Option<&str>, &[&str], Verdict))| {
        let functions = functions.iter().map(|f| (*f).into()).collect();
        grant(id, agent("ann"), Scope { functions, ..scope("acme:calc", *interface) }, *verdict, vec![])
    };
    let table = Table::new((0..).zip(grants).map(scoped));
    let reversed = Table::new((0..).zip(grants.iter().rev()).map(scoped));
    for table in [&table, &reversed] {
        let decision = table.decide(&agent("ann"), &calc(), "add").expect("it is covered");
        assert_eq!(decision.verdict, expect, "whatever the order: {table:?}");
    }
    table
}

fn calc() -> Capability {
    Capability::of("acme:calc", "acme:calc/math")
}

const MATH: Option<&str> = Some("acme:calc/math");

#[test]
fn the_more_specific_grant_decides() {
    use Verdict::{Allow, Ask};
    decided(&[(None, &[], Ask), (MATH, &[], Allow)], Allow);
    decided(&[(None, &[], Allow), (MATH, &[], Ask)], Ask);
    decided(&[(MATH, &[], Ask), (MATH, &["add"], Allow)], Allow);
    decided(&[(MATH, &[], Allow), (None, &["add"], Ask)], Ask);
    decided(&[(None, &["add"], Ask), (MATH, &["add", "sub"], Allow)], Allow);
    decided(&[(MATH, &["add"], Allow), (MATH, &["add", "sub"], Ask)], Ask);
}

#[test]
fn a_deny_is_final_however_broad_it_is() {
    use Verdict::{Allow, Ask, Deny};
    decided(&[(None, &[], Deny), (MATH, &[], Allow), (MATH, &["add"], Allow)], Deny);
    decided(&[(None, &[], Allow), (MATH, &[], Ask), (MATH, &["add"], Deny)], Deny);
    decided(&[(None, &[], Allow), (MATH, &["sub"], Deny)], Allow);
}

/// Does what a hint says: each command makes a grant, in the place of an earlier one for the same.
fn typed(table: &Table, commands: &str) -> Table {
    let mut grants: Vec<Grant> = table.list(None).iter().map(|g| Grant::clone(g)).collect();
    for command in commands.split(" && ") {
        let words: Vec<_> = command.split(' ').collect();
        let ["loket", "grant", who, what, options @ ..] = &words[..] else { panic!("{command}") };
        let mut scope = match what.contains('/') {
            true => scope(what.split('/').next().expect("a package"), Some(what)),
            false => scope(what, None),
        };
        for option in options.chunks(2) {
            let ["--function", function] = option else { panic!("{command}") };
            scope.functions.push((*function).into());
        }
        grants.retain(|g| g.scope != scope);
        grants.push(grant(grants.len() as u64 + 100, agent(who), scope, Verdict::Allow, vec![]));
    }
    Table::new(grants)
}

#[test]
fn whoever_types_what_a_refusal_hints_at_sees_the_call_pass() {
    use Verdict::{Allow, Ask, Deny};
    for grants in [
        &[(None, &[][..], Ask)][..],
        &[(MATH, &[], Ask)],
        &[(MATH, &["add", "sub"], Ask)],
        &[(None, &["add"], Ask)],
        &[(None, &[], Deny)],
        &[(None, &[], Deny), (MATH, &["add"], Ask)],
        &[(None, &[], Deny), (MATH, &[], Deny), (MATH, &["add"], Allow)],
        &[(MATH, &["add"], Ask), (MATH, &["add", "sub"], Ask), (MATH, &[], Ask)],
        &[(MATH, &["sub"], Allow)],
    ] {
        let scoped = |(id, (interface, functions, verdict)): (u64, &(Option<&str>, &[&str], Verdict))| {
            let functions = functions.iter().map(|f| (*f).into()).collect();
            grant(id, agent("ann"), Scope { functions, ..scope("acme:calc", *interface) }, *verdict, vec![])
        };
        let table = Table::new((0..).zip(grants).map(scoped));
        let refused = table.check(&via_agent(), &calc(), "add").expect_err("it is refused at first");
        let remedy = refused.remedy().expect("a refusal hints at something");
        let after = typed(&table, remedy).check(&via_agent(), &calc(), "add");
        assert!(after.is_ok(), "{grants:?}: {remedy}: {after:?}");
    }
}

#[test]
fn a_call_counts_against_every_grant_that_covers_it() {
    let limited = |id, scope, per_day| Grant { per_day, ..grant(id, agent("ann"), scope, Verdict::Allow, vec![]) };
    let add = Scope { functions: vec!["add".into()], ..scope("acme:calc", MATH) };
    let more = Scope { functions: vec!["add".into(), "sub".into()], ..scope("acme:calc", MATH) };
    let table = Table::new([
        limited(1, scope("acme:calc", None), Some(5)),
        limited(2, add, Some(2)),
        limited(3, more, None),
        limited(4, scope("acme:other", None), Some(1)),
    ]);
    let counted = table.check(&via_agent(), &calc(), "add").expect("it is granted");
    let ids: Vec<_> = counted.limited.iter().map(|g| g.id).collect();
    assert_eq!(ids, [1, 2], "neither the newer nor the more specific grant lifts a limit");
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
fn only_the_grant_by_which_it_was_called_delegates() {
    let tool = grant(1, package("acme:tool"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    let delegates = Table::new([tool.clone()]).delegable(&package("acme:tool"));
    let whole = grant(2, agent("ann"), scope("acme:tool", None), Verdict::Allow, delegates);
    let of = |function: &str| Scope { functions: vec![function.into()], ..scope("acme:tool", Some("acme:tool/acts")) };
    let bare = |function, verdict| grant(3, agent("ann"), of(function), verdict, vec![]);
    check(&Table::new([tool.clone(), whole.clone(), bare("act", Verdict::Allow)]), &via_tool(), "denied");
    check(&Table::new([tool.clone(), whole.clone(), bare("other", Verdict::Allow)]), &via_tool(), "allowed");
    check(&Table::new([tool.clone(), whole.clone(), bare("other", Verdict::Deny)]), &via_tool(), "allowed");
    check(&Table::new([tool, whole, bare("act", Verdict::Deny)]), &via_tool(), "denied");
}

/// A call of the tool's to what is open to all.
#[track_caller]
fn check_open(grants: impl IntoIterator<Item = Grant>, expect: &str) {
    let got = match Table::new(grants).check_open(&via_tool(), &Capability::host("loket:events/emit"), "emit", false) {
        Ok(passed) => format!("allowed, {} limited", passed.limited.len()),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(got, expect);
}

#[test]
fn what_is_open_stays_open_when_someone_is_granted_it() {
    let emit = |who, verdict| grant(1, who, scope("host", Some("loket:events/emit")), verdict, vec![]);
    check_open([], "allowed, 0 limited");
    check_open([emit(package("acme:tool"), Verdict::Allow)], "allowed, 0 limited");
    check_open([emit(agent("ann"), Verdict::Allow)], "allowed, 0 limited");
    let limited = Grant { per_turn: Some(3), ..emit(package("acme:tool"), Verdict::Allow) };
    check_open([limited], "allowed, 1 limited");
}

#[test]
fn what_is_open_is_taken_from_a_chain_by_a_deny_to_anyone_in_it() {
    let emit = |who, verdict| grant(1, who, scope("host", Some("loket:events/emit")), verdict, vec![]);
    check_open([emit(package("acme:tool"), Verdict::Deny)], "denied");
    check_open([emit(agent("ann"), Verdict::Deny)], "denied");
    check_open([emit(agent("bob"), Verdict::Deny)], "allowed, 0 limited");
}

#[test]
fn a_refusal_names_the_command_that_would_allow_it() {
    let error = Table::default().check(&via_agent(), &memory(), "recall").expect_err("nothing is granted");
    assert_eq!(error.remedy(), Some("loket grant ann loket:brain/memory"));
    let other = Capability::of("acme:abacus", "acme:calc/math");
    assert_eq!(remedy(&agent("ann"), &other), "loket grant ann acme:calc/math --provider acme:abacus");
}

#[test]
fn a_call_brings_the_terms_of_every_grant_along_its_chain() {
    let terms = |host: &str| Terms::new([("host", host)]);
    let client = || scope("host", Some("loket:http/client"));
    let tool = |host| Grant { terms: terms(host), ..grant(1, package("acme:tool"), client(), Verdict::Allow, vec![]) };
    let delegation = |host| Delegation { holder: package("acme:tool"), scope: client(), terms: terms(host) };
    let through = |host| grant(2, agent("ann"), scope("acme:tool", None), Verdict::Allow, vec![delegation(host)]);
    let table = Table::new([tool("a.example, later b.example"), through("a.example")]);
    let passed = table.check(&via_tool(), &Capability::host("loket:http/client"), "send").expect("it is granted");
    let words: Vec<_> = passed.terms.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["host a.example, later b.example", "host a.example"],
        "what the tool is granted later is not the agent's"
    );
}

#[test]
fn what_a_provider_could_pass_on_keeps_its_terms() {
    let terms = Terms::new([("folder", "/notes:ro")]);
    let held = Grant {
        terms: terms.clone(),
        ..grant(1, package("acme:tool"), scope("host", Some("loket:files/folders")), Verdict::Allow, vec![])
    };
    let delegable = Table::new([held]).delegable(&package("acme:tool"));
    assert_eq!(delegable.iter().map(|d| &d.terms).collect::<Vec<_>>(), [&terms]);
}

/// Ann's chain through the tool, whose call she was perhaps let make by the owner's yes.
fn through_tool(approved: bool) -> Chain {
    let via = Capability::of("acme:tool", "acme:tool/acts");
    via_agent().after(via, "act".into(), package("acme:tool"), approved)
}

#[test]
fn a_yes_stands_for_allow_and_for_nothing_more() {
    let own = |verdict| grant(1, agent("ann"), scope("host", Some("loket:brain/memory")), verdict, vec![]);
    for (grants, passes) in [(vec![own(Verdict::Ask)], true), (vec![own(Verdict::Deny)], false), (vec![], false)] {
        let table = Table::new(grants);
        assert!(table.check_as(&via_agent(), &memory(), "recall", false).is_err());
        assert_eq!(table.check_as(&via_agent(), &memory(), "recall", true).is_ok(), passes, "{table:?}");
    }
}

#[test]
fn what_is_done_inside_a_call_that_was_approved_is_not_asked_about_and_must_be_delegated() {
    let own = grant(1, package("acme:tool"), scope("host", Some("loket:brain/memory")), Verdict::Allow, vec![]);
    let passed = Delegation { holder: package("acme:tool"), scope: own.scope.clone(), terms: Terms::default() };
    let onward = |verdict, delegates| grant(2, agent("ann"), scope("acme:tool", None), verdict, delegates);
    let table = Table::new([own.clone(), onward(Verdict::Ask, vec![passed])]);
    check(&table, &through_tool(false), "needs-approval");
    check(&table, &through_tool(true), "allowed");
    check(&Table::new([own.clone(), onward(Verdict::Ask, vec![])]), &through_tool(true), "denied");
    check(&Table::new([own.clone(), onward(Verdict::Deny, vec![])]), &through_tool(true), "denied");
    check(&Table::new([own]), &through_tool(true), "denied");
}
