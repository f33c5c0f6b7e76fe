//! What `describe` reads, and how interfaces are matched.

use crate::fixture;
use loket_values::{Field, Function, Interface, InterfaceName, Mismatch, SurfaceError, Type, describe, docs};
use wasm_encoder::{Component, Module};

#[test]
fn a_surface_lists_interfaces_in_order_and_root_functions_last() {
    let surface = describe(fixture::calc()).expect("it is a component");
    let shown = |side: &[Interface]| side.iter().map(show).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(shown(&surface.imports), @"
    acme:calc/files@1.2.0
      unsupported: resource `file`
    acme:calc/pipes@1.2.0
      unsupported: a stream in function `watch`
    acme:calc/words@1.2.0
      unsupported: resource `handle`
    acme:calc/everything@1.2.0
      all: func(a: bool, b: s8, c: u8, d: s16, e: u16, f: s32, g: u32, h: s64, i: u64, j: f32, k: f64, l: char, m: string, bytes: list<u8>, points: list<record { x: f32, y: f64, label: option<string> }>, pair: tuple<u32, string>, why: variant { syntax(u32), overflow }, hue: enum { red, blue }, rights: flags { read, write }, maybe: option<u32>, nested: option<option<u32>>, plain: result, good: result<u32>, bad: result<_, string>, both: result<u32, variant { syntax(u32), overflow }>) -> result<list<option<record { x: f32, y: f64, label: option<string> }>>, variant { syntax(u32), overflow }>
    (root)
      now: func() -> u64
    ");
    insta::assert_snapshot!(shown(&surface.exports), @"
    acme:calc/arithmetic@1.2.0
      evaluate: func(expression: string) -> result<string, variant { syntax(u32), overflow }>
      clear: func()
    extra
      act: func()
    (root)
      ping: func() -> u32
    ");
}

fn show(interface: &Interface) -> String {
    let name = interface.name.as_ref().map_or("(root)".to_owned(), ToString::to_string);
    let unsupported = interface.unsupported.iter().map(|culprit| format!("\n  unsupported: {culprit}"));
    let functions = interface.functions.iter().map(|function| format!("\n  {}", function.signature()));
    format!("{name}{}", unsupported.chain(functions).collect::<String>())
}

#[test]
fn docs_survive_inject_and_describe() {
    let component = fixture::documented();
    let surface = describe(&component).expect("it is a component");
    let arithmetic = surface.export(&"acme:calc/arithmetic@1.2.0".parse().expect("a name")).expect("exported");
    assert_eq!(arithmetic.docs.0, "Sums as people write them.");
    let evaluate = arithmetic.function("evaluate").expect("there");
    assert_eq!(evaluate.docs.0, "Evaluate an expression.\n\nKnows `+` and `-`.");
    let Some(Type::Result { err: Some(err), .. }) = &evaluate.result else { panic!("{:?}", evaluate.result) };
    let Type::Variant(cases) = &**err else { panic!("{err}") };
    assert_eq!(cases[0].docs.0, "Not understood: where.", "the docs of a type from another interface");
    let root = surface.exports.iter().find(|interface| interface.name.is_none()).expect("ping");
    assert_eq!(root.functions[0].docs.0, "Answer.");
    let extra = surface.export(&InterfaceName::local("extra")).expect("extra");
    assert_eq!(extra.functions[0].docs.0, "Do it.");
    let now = surface.imports.iter().find(|interface| interface.name.is_none()).expect("now");
    assert_eq!(now.functions[0].docs.0, "Tell the time.");
}

#[test]
fn injecting_twice_changes_nothing() {
    let (resolve, package) = fixture::wit();
    let once = fixture::documented();
    assert_eq!(docs::inject(&once, &resolve, package).expect("it fits"), once);
}

#[test]
fn other_tools_still_read_a_documented_component() {
    let decoded = wit_component::decode(&fixture::documented()).expect("it is decoded");
    let package = decoded.package();
    let world = decoded.resolve().select_world(&[package], None).expect("a world");
    assert_eq!(decoded.resolve().worlds[world].docs.contents.as_deref(), Some("The world of the tests."));
}

#[test]
fn the_metadata_of_an_authors_package_is_read_too() {
    let (resolve, package) = fixture::wit();
    let metadata = wit_parser::PackageMetadata::extract(&resolve, package).encode().expect("JSON");
    let mut component = fixture::calc().to_vec();
    append(&mut component, docs::SECTION, &metadata);
    assert!(
        wit_component::decode(&component).is_err(),
        "why `inject` writes another form: this one breaks other tools"
    );
    let surface = describe(&component).expect("it is a component");
    let arithmetic = surface.export(&"acme:calc/arithmetic@1.2.0".parse().expect("a name")).expect("exported");
    assert!(arithmetic.functions[0].docs.0.starts_with("Evaluate"));
    let root = surface.exports.iter().find(|interface| interface.name.is_none()).expect("ping");
    assert_eq!(root.functions[0].docs.0, "Answer.");
}

#[test]
fn a_broken_docs_section_counts_as_none() {
    for data in [&b""[..], b"\x07{}", b"\x01{", b"\x01[]", b"\x01{\"worlds\": 7}"] {
        let mut component = fixture::calc().to_vec();
        append(&mut component, docs::SECTION, data);
        append(&mut component, docs::INTERFACES, data);
        assert_eq!(describe(&component), describe(fixture::calc()));
    }
}

fn append(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    use wasm_encoder::{CustomSection, Encode, Section};
    let section = CustomSection { name: name.into(), data: data.into() };
    component.push(section.id());
    section.encode(component);
}

#[test]
fn wit_that_the_component_was_not_built_from_is_refused() {
    let (resolve, package) = fixture::parse("package acme:other; world nothing {}");
    let error = docs::inject(fixture::calc(), &resolve, package).expect_err("it does not fit");
    insta::assert_snapshot!(error, @"the package `acme:other` has no world with the component's exports (`acme:calc/arithmetic@1.2.0`, `extra`, `ping`): give the WIT that the component was built from");
}

#[track_caller]
fn refused(bytes: &[u8], message: &str) {
    assert_eq!(describe(bytes).expect_err("it is refused").to_string(), message);
}

#[test]
fn what_is_not_a_component_is_refused_with_a_way_out() {
    refused(b"", "this is not a component: it is empty; build it again");
    refused(
        b"  (component)",
        "this is not a component: it is the text form; turn it into a binary with `wasm-tools parse`",
    );
    refused(
        b"PK\x03\x04",
        "this is not a component: it does not begin with `\\0asm`; give the `.wasm` file that the build made",
    );
    refused(
        &Module::new().finish(),
        "this is a core module, not a component: build it for `wasm32-wasip2`, or wrap it with `wasm-tools component new`",
    );
    let (resolve, package) = fixture::wit();
    refused(
        &wit_component::encode(&resolve, package, false).expect("a WIT package"),
        "this is a WIT package, not a component: it only declares interfaces, publish the component that implements them",
    );
}

#[test]
fn asynchronous_functions_are_refused_with_a_hint() {
    let component = fixture::component("package a:b; interface i { f: async func(); } world w { import i; }");
    refused(
        &component,
        "`a:b/i#f` is asynchronous (WASI 0.3), and this host runs WASI 0.2: build the component for `wasm32-wasip2`, \
         with functions that are not `async`",
    );
}

#[test]
fn a_component_without_a_border_has_an_empty_surface() {
    let surface = describe(&Component::new().finish()).expect("it is a component");
    assert!(surface.imports.is_empty() && surface.exports.is_empty());
    assert!(matches!(describe(&Component::new().finish()[..4]), Err(SurfaceError::Invalid { .. })));
}

fn name(text: &str) -> InterfaceName {
    text.parse().expect("a name")
}

#[test]
fn names_are_written_as_they_are_read() {
    for text in ["loket:brain/memory", "wasi:http/types@0.2.6", "a:b/c@1.0.0-rc.1+x", "own"] {
        assert_eq!(name(text).to_string(), text);
    }
}

#[test]
fn names_of_another_form_are_refused() {
    for text in ["", "a:b", "a/b", "a:b/", ":b/c", "a:b/c/d", "a:b-/c", "1a:b/c", "own@1.0.0", "a:b/c d"] {
        let error = text.parse::<InterfaceName>().expect_err(text);
        assert!(error.to_string().contains("is not the name of an interface"), "{error}");
    }
    let error = "a:b/c@1.2".parse::<InterfaceName>().expect_err("two numbers");
    assert!(error.to_string().contains("has no valid version"), "{error}");
}

#[track_caller]
fn matched(have: &str, want: &str, compatible: bool, serves: bool) {
    let (have, want) = (name(have), name(want));
    assert_eq!((have.compatible(&want), have.serves(&want)), (compatible, serves), "{have} for {want}");
    assert_eq!(want.compatible(&have), compatible, "compatibility has no direction");
}

#[test]
fn versions_match_on_one_track() {
    matched("a:b/c@1.2.0", "a:b/c@1.1.9", true, true);
    matched("a:b/c@1.1.9", "a:b/c@1.2.0", true, false);
    matched("a:b/c@2.0.0", "a:b/c@1.2.0", false, false);
    matched("a:b/c@0.2.6", "a:b/c@0.2.0", true, true);
    matched("a:b/c@0.3.0", "a:b/c@0.2.0", false, false);
    matched("a:b/c@0.0.1", "a:b/c@0.0.1", true, true);
    matched("a:b/c@0.0.2", "a:b/c@0.0.1", false, false);
    matched("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0", false, false);
    matched("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0-rc.1", true, true);
    matched("a:b/c", "a:b/c", true, true);
    matched("a:b/c", "a:b/c@1.0.0", false, false);
    matched("a:b/c@1.0.0", "a:b/d@1.0.0", false, false);
}

fn interface(functions: Vec<Function>) -> Interface {
    Interface { name: None, functions, unsupported: None, docs: "".into() }
}

fn function(name: &str, param: &str, ty: Type, result: Option<Type>) -> Function {
    let params = vec![Field { name: param.into(), ty, docs: "what it is about".into() }];
    Function { name: name.into(), params, result, docs: "what it does".into() }
}

#[test]
fn an_interface_satisfies_one_that_wants_less() {
    let (f, g) = (function("f", "a", Type::U8, None), function("g", "a", Type::U8, Some(Type::Char)));
    let both = interface(vec![f.clone(), g]);
    assert_eq!(both.satisfies(&interface(vec![f])), Ok(()));
    assert_eq!(both.satisfies(&both), Ok(()));
}

#[test]
fn a_mismatch_names_both_signatures() {
    let have = interface(vec![function("f", "a", Type::U8, None)]);
    let check = |wanted: Function| match have.satisfies(&interface(vec![wanted])) {
        Err(mismatch) => mismatch.to_string(),
        Ok(()) => panic!("it is satisfied"),
    };
    assert_eq!(
        check(function("f", "a", Type::U16, None)),
        "its function `f` differs: `f: func(a: u16)` is wanted, and it has `f: func(a: u8)`"
    );
    assert_eq!(
        check(function("f", "b", Type::U8, Some(Type::Bool))),
        "its function `f` differs: `f: func(b: u8) -> bool` is wanted, and it has `f: func(a: u8)`"
    );
    assert_eq!(check(function("g", "a", Type::U8, None)), "it has no function `g: func(a: u8)`");
    let unsupported = Interface { unsupported: Some("resource `x`".into()), ..interface(Vec::new()) };
    assert_eq!(unsupported.satisfies(&have), Err(Mismatch::Unsupported("resource `x`".into())));
}
