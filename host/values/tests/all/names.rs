//! Tool names: short, reversible, never two for one.

use loket_values::names::{MAX_NAME, Origin, ToolNames};
use proptest::prelude::*;

fn origin(package: &str, interface: Option<&str>, function: &str) -> Origin {
    Origin { package: package.into(), interface: interface.map(Into::into), function: function.into() }
}

#[track_caller]
fn named(origins: &[Origin], names: &[&str]) {
    let table = ToolNames::build(origins.iter().cloned()).expect("no collision");
    let found: Vec<_> = origins.iter().map(|origin| table.name(origin).expect("named")).collect();
    assert_eq!(found, names);
    let reversed = ToolNames::build(origins.iter().rev().cloned()).expect("no collision");
    assert_eq!(table, reversed, "the order does not matter");
}

#[test]
fn a_function_is_named_after_its_package() {
    named(
        &[origin("loket:calc", Some("arithmetic"), "evaluate"), origin("loket:text-tools@1.0.0", None, "to-upper")],
        &["calc_evaluate", "text-tools_to-upper"],
    );
}

#[test]
fn the_interface_tells_two_functions_of_a_package_apart() {
    named(
        &[
            origin("a:fs", Some("disk"), "read"),
            origin("a:fs", Some("tape"), "read"),
            origin("a:fs", Some("tape"), "wind"),
        ],
        &["fs_disk_read", "fs_tape_read", "fs_wind"],
    );
}

#[test]
fn long_names_end_with_a_digest() {
    let long = "a-very-long-function-name-that-someone-thought-was-a-good-idea";
    named(
        &[origin("a:calc", None, &format!("{long}-one")), origin("a:calc", None, &format!("{long}-two"))],
        &[
            "calc_a-very-long-function-name-that-someone-tho_cd75227a0ba90074",
            "calc_a-very-long-function-name-that-someone-tho_e310a97986c09a2a",
        ],
    );
}

#[test]
fn two_functions_with_one_name_are_refused() {
    let clash = [origin("acme:calc", Some("math"), "add"), origin("loket:calc", Some("arithmetic"), "add")];
    let error = ToolNames::build(clash).expect_err("it collides");
    assert_eq!(
        error.to_string(),
        "`acme:calc/math#add` and `loket:calc/arithmetic#add` would both be the tool `calc_add`: \
         remove or rename one of the packages"
    );
}

proptest! {
    #[test]
    fn the_way_back_is_the_way_there(
        origins in prop::collection::vec(("[a-z]{1,3}:[a-z]{1,40}", prop::option::of("[a-z]{1,20}"), "[a-zA-Zé-]{1,60}"), 0..12)
    ) {
        let origins: Vec<Origin> = origins.iter().map(|(p, i, f)| origin(p, i.as_deref(), f)).collect();
        if let Ok(table) = ToolNames::build(origins.iter().cloned()) {
            for origin in &origins {
                let name = table.name(origin).expect("every function has a name");
                prop_assert_eq!(table.origin(name), Some(origin));
                prop_assert!((1..=MAX_NAME).contains(&name.len()), "{}", name);
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{}", name);
            }
        }
    }
}
