//! What a version asks for beyond the one before it: real binaries of generated worlds, judged by an oracle that knows only how they were
//! made.

use loket_guardian::difference::{Answerer, Difference, Surroundings, Wants};
use loket_registry::PackageName;
use loket_values::{Interface, InterfaceName, Surface};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// The interfaces that worlds are made of: package, interface, its versions, what it is.
const INTERFACES: [(&str, &str, [&str; 2], Is); 8] = [
    ("acme:maps", "tiles", ["1.0.0", "1.4.2"], Is::Asked),
    ("acme:maps", "routes", ["1.0.0", "2.0.0"], Is::Asked),
    ("loket:http", "client", ["0.1.0", "0.1.1"], Is::Asked),
    ("wasi:clocks", "wall-clock", ["0.2.0", "0.2.6"], Is::Free),
    ("loket:events", "emit", ["0.1.0", "0.1.1"], Is::Free),
    ("dep:one", "api", ["1.0.0", "1.1.0"], Is::Package(0)),
    ("dep:two", "api", ["1.0.0", "1.1.0"], Is::Package(1)),
    ("dep:three", "api", ["1.0.0", "1.1.0"], Is::Package(2)),
];

/// Types of a parameter. The last two are records of one name, which differ inside.
const TYPES: [&str; 5] = ["u32", "string", "list<u8>", "record a: u32", "record a: option<u32>"];
const FUNCTIONS: usize = 3;
const ROOT: &str = "acme:app";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Asked,
    /// Everyone has it.
    Free,
    /// Another package answers it.
    Package(usize),
}

/// What a world imports: by interface, which of its versions, and by function the type of its parameter.
type World = BTreeMap<usize, (usize, BTreeMap<usize, usize>)>;

/// How a version is made from the one before it.
#[derive(Debug, Clone)]
enum Edit {
    Drop(usize),
    DropFunction(usize, usize),
    Put(usize, usize, usize),
    Version(usize, usize),
    /// An interface goes, and another comes with the same functions.
    Rename(usize, usize),
}

fn world() -> impl Strategy<Value = World> {
    let functions = prop::collection::btree_map(0..FUNCTIONS, 0..TYPES.len(), 1..=FUNCTIONS);
    prop::collection::btree_map(0..INTERFACES.len(), (0..2_usize, functions), 0..5)
}

fn edit() -> impl Strategy<Value = Edit> {
    let one = 0..INTERFACES.len();
    prop_oneof![
        one.clone().prop_map(Edit::Drop),
        (one.clone(), 0..FUNCTIONS).prop_map(|(i, f)| Edit::DropFunction(i, f)),
        (one.clone(), 0..FUNCTIONS, 0..TYPES.len()).prop_map(|(i, f, t)| Edit::Put(i, f, t)),
        (one.clone(), 0..2_usize).prop_map(|(i, v)| Edit::Version(i, v)),
        (one.clone(), one).prop_map(|(from, to)| Edit::Rename(from, to)),
    ]
}

fn edited(world: &World, edits: &[Edit]) -> World {
    let mut world = world.clone();
    for edit in edits {
        match *edit {
            Edit::Drop(interface) => drop(world.remove(&interface)),
            Edit::DropFunction(interface, function) => {
                if let Some((_, functions)) = world.get_mut(&interface).filter(|(_, functions)| functions.len() > 1) {
                    functions.remove(&function);
                }
            }
            Edit::Put(interface, function, ty) => {
                world.entry(interface).or_default().1.insert(function, ty);
            }
            Edit::Version(interface, version) => {
                if let Some(import) = world.get_mut(&interface) {
                    import.0 = version;
                }
            }
            Edit::Rename(from, to) => {
                if let Some(import) = world.remove(&from) {
                    world.insert(to, import);
                }
            }
        }
    }
    world
}

/// The world as a component, and what is read from that.
fn surface(world: &World) -> Surface {
    let mut text = "package acme:app@1.0.0;\nworld app {\n".to_owned();
    let name = |interface: usize, version: usize| {
        let (package, name, versions, _) = INTERFACES[interface];
        (format!("{package}@{}", versions[version]), format!("{package}/{name}@{}", versions[version]))
    };
    for (interface, (version, _)) in world {
        writeln!(text, "  import {};", name(*interface, *version).1).expect("text");
    }
    text += "}\n";
    let mut packages: BTreeMap<String, String> = BTreeMap::new();
    for (interface, (version, functions)) in world {
        let inside = packages.entry(name(*interface, *version).0).or_default();
        writeln!(inside, "  interface {} {{", INTERFACES[*interface].1).expect("text");
        for (function, ty) in functions {
            let ty = match TYPES[*ty].strip_prefix("record ") {
                Some(fields) => {
                    writeln!(inside, "    record r{function} {{ {fields} }}").expect("text");
                    format!("r{function}")
                }
                None => TYPES[*ty].to_owned(),
            };
            writeln!(inside, "    f{function}: func(p: {ty});").expect("text");
        }
        *inside += "  }\n";
    }
    for (package, inside) in packages {
        writeln!(text, "package {package} {{\n{inside}}}").expect("text");
    }
    let mut resolve = Resolve::default();
    let package = resolve.push_str("app.wit", &text).unwrap_or_else(|e| panic!("{text}\n{e:?}"));
    let world = resolve.select_world(&[package], None).expect("it has one world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).expect("it is embedded");
    let component = ComponentEncoder::default().module(&module).expect("it is a module").encode().expect("encoded");
    loket_values::describe(&component).expect("it is a component")
}

fn package(index: usize) -> PackageName {
    INTERFACES[5 + index].0.parse().expect("a name")
}

fn difference(old: &Surface, new: &Surface, dependencies: &[Surface]) -> Difference {
    let root: PackageName = ROOT.parse().expect("a name");
    let is = |name: &InterfaceName| INTERFACES.iter().find(|(p, i, ..)| *p == name.package && *i == name.interface);
    let is_free = |name: &InterfaceName| name.package == "loket:events";
    let answerer = |_: &PackageName, import: &Interface| match is(import.name.as_ref()?)?.3 {
        Is::Package(index) => Some(Answerer { package: package(index), surface: &dependencies[index] }),
        _ => None,
    };
    let home = Surroundings { is_free: &is_free, answerer: &answerer };
    let wants = |surface: &Surface| Wants::of(&root, surface, &home);
    Difference::between(&root, &wants(old), &wants(new))
}

/// The oracle: what a world reaches, as facts that are added until there are no more.
fn reach(root: &World, dependencies: &[World]) -> BTreeSet<(Option<usize>, &'static str, usize, usize)> {
    let mut inside = BTreeSet::from([None]);
    loop {
        let mut facts = BTreeSet::new();
        let mut more = inside.clone();
        for who in &inside {
            for (interface, (_, functions)) in who.map_or(root, |index: usize| &dependencies[index]) {
                let (package, name, _, is) = INTERFACES[*interface];
                if is == Is::Free {
                    continue;
                }
                if let Is::Package(index) = is {
                    more.insert(Some(index));
                }
                let name = if package == "acme:maps" { name } else { package };
                facts.extend(functions.iter().map(|(function, ty)| (*who, name, *function, *ty)));
            }
        }
        if more.len() == inside.len() {
            return facts;
        }
        inside = more;
    }
}

#[test]
fn no_version_that_asks_for_more_is_missed_and_none_that_does_not_is_held_up() {
    /// How many pairs of worlds.
    const PAIRS: u32 = 1500;
    let (more, same, through) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let config = Config { cases: PAIRS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let pairs = (world(), prop::collection::vec(edit(), 0..4), [world(), world(), world()]);
    let judged = runner.run(&pairs, |(old, edits, dependencies)| {
        let new = edited(&old, &edits);
        let surfaces: Vec<Surface> = dependencies.iter().map(surface).collect();
        let found = difference(&surface(&old), &surface(&new), &surfaces);
        let (before, now) = (reach(&old, &dependencies), reach(&new, &dependencies));
        let expect = now.difference(&before).next().is_some();
        prop_assert_eq!(found.asks_for_more(), expect, "{:#?}", found.lines().collect::<Vec<_>>());
        let counter = if expect { &more } else { &same };
        counter.set(counter.get() + 1);
        // Asked for by another package only: nothing that the version itself imports tells of it.
        let own = now.difference(&before).all(|(who, ..)| who.is_none());
        through.set(through.get() + u32::from(expect && !own));
        Ok(())
    });
    judged.unwrap_or_else(|error| panic!("{error}"));
    assert!(more.get() > 300 && same.get() > 300 && through.get() > 50, "{more:?} {same:?} {through:?}");
}

#[test]
fn a_difference_is_told_line_by_line() {
    let import = |functions: &[(usize, usize)]| (0, functions.iter().copied().collect::<BTreeMap<_, _>>());
    let old = World::from([(0, import(&[(0, 0), (1, 3)])), (1, import(&[(0, 0)])), (3, import(&[(0, 0)]))]);
    let new = World::from([(0, import(&[(0, 0), (1, 4)])), (5, import(&[(1, 0), (2, 1)])), (4, import(&[(0, 0)]))]);
    let one = World::from([(2, import(&[(0, 1)])), (3, import(&[(0, 0)]))]);
    let dependencies = [surface(&one), surface(&World::new()), surface(&World::new())];
    let found = difference(&surface(&old), &surface(&new), &dependencies);
    insta::assert_snapshot!(found.lines().collect::<Vec<_>>().join("\n"), @r"
    + dep:one/api f1, f2
    + loket:http/client f0 (through `dep:one`)
    ~ acme:maps/tiles f1, now f1: func(p: record { a: option<u32> })
    - acme:maps/routes f0
    ");
    assert!(found.asks_for_more());
    let back = difference(&surface(&old), &surface(&old), &dependencies);
    assert!(!back.asks_for_more() && back.changes().is_empty());
}
