//! What can be reached from where: direct calls for certain, calls through tables as possible.
//!
//! A call through a table goes to whatever of the same type the table may hold; where the slot is a number that is written just before the
//! call, and nobody changes the table, to that slot alone. So the shims that every component has for its imports are followed exactly.

use crate::linking::{Linked, Target};
use crate::wasm::{Module, Wasm};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use wasmparser::{FuncType, Operator};

/// The calls of one function of a module.
#[derive(Debug, Default, Clone)]
struct Calls {
    direct: BTreeSet<u32>,
    /// Table, type, and the slot where it is known.
    through: BTreeSet<(u32, u32, Option<u32>)>,
    /// Functions whose address it takes.
    taken: Vec<u32>,
    /// Tables that it changes.
    changes: Vec<u32>,
    /// Whether it calls what is not followed.
    unknown: bool,
}

/// Who calls whom, in a component that was linked.
#[derive(Debug)]
pub struct Graph<'w, 'a> {
    linked: &'w Linked,
    modules: &'w [Module<'a>],
    calls: Vec<Vec<Calls>>,
    /// What each table may hold: the slot where it is known, and the function.
    tables: Vec<Vec<(Option<u32>, Target)>>,
    /// Tables that are changed while it runs.
    changed: HashSet<usize>,
}

/// What was reached: indices into the linked component's imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached {
    /// By direct calls.
    pub certain: BTreeSet<usize>,
    /// By whatever calls there may be; these include the certain ones.
    pub possible: BTreeSet<usize>,
    /// Whether something was reached that is not understood: then it may be anything.
    pub unknown: bool,
}

impl<'w, 'a> Graph<'w, 'a> {
    /// Reads the code of all modules.
    pub fn of(wasm: &'w Wasm<'a>, linked: &'w Linked) -> Graph<'w, 'a> {
        let calls: Vec<Vec<Calls>> = wasm
            .modules
            .iter()
            .map(|module| module.bodies.iter().map(|body| read(body).unwrap_or_else(unread)).collect())
            .collect();
        let mut graph = Graph {
            linked,
            modules: &wasm.modules,
            calls,
            tables: vec![Vec::new(); linked.tables],
            changed: HashSet::new(),
        };
        graph.fill_tables();
        graph
    }

    /// What can be reached from these functions.
    pub fn reach(&self, roots: &[Target]) -> Reached {
        let (certain, unknown_for_certain) = self.walk(roots, false);
        let (possible, unknown) = self.walk(roots, true);
        Reached { certain, possible, unknown: unknown || unknown_for_certain }
    }

    fn fill_tables(&mut self) {
        for (at, instance) in self.linked.instances.iter().enumerate() {
            let Some(module) = self.modules.get(instance.module) else { continue };
            let table = |index: u32| instance.tables.get(index as usize).copied();
            for element in &module.elements {
                let functions = element.functions.iter().enumerate();
                for (slot, function) in functions.filter_map(|(slot, function)| Some((slot, (*function)?))) {
                    let target = self.target(at, function);
                    match element.place {
                        Some((index, first)) => {
                            let slot = first.and_then(|first| first.checked_add(u32::try_from(slot).ok()?));
                            if let Some(table) = table(index) {
                                self.tables[table].push((slot, target));
                            }
                        }
                        // It may be put anywhere.
                        None => instance.tables.iter().for_each(|table| self.tables[*table].push((None, target))),
                    }
                }
            }
            for calls in self.calls.get(instance.module).into_iter().flatten() {
                self.changed.extend(calls.changes.iter().filter_map(|index| table(*index)));
                for function in &calls.taken {
                    let target = self.target(at, *function);
                    instance.tables.iter().for_each(|table| self.tables[*table].push((None, target)));
                }
            }
        }
        for table in &mut self.tables {
            table.sort_unstable();
            table.dedup();
        }
    }

    /// A function of an instance, by its index there.
    fn target(&self, instance: usize, function: u32) -> Target {
        let imported = self.linked.instances.get(instance).map(|i| &i.imported[..]).unwrap_or_default();
        match imported.get(function as usize) {
            Some(target) => *target,
            None => Target::Defined { instance, function },
        }
    }

    fn walk(&self, roots: &[Target], through_tables: bool) -> (BTreeSet<usize>, bool) {
        let (mut reached, mut unknown) = (BTreeSet::new(), false);
        let mut seen: HashSet<Target> = HashSet::new();
        let mut groups: HashSet<(usize, Option<&FuncType>)> = HashSet::new();
        let mut next: Vec<Target> = roots.to_vec();
        while let Some(target) = next.pop() {
            if !seen.insert(target) {
                continue;
            }
            let (instance, function) = match target {
                Target::Import(import) => {
                    reached.insert(import);
                    continue;
                }
                Target::Unknown => {
                    unknown = true;
                    continue;
                }
                Target::Builtin => continue,
                Target::Defined { instance, function } => (instance, function),
            };
            let Some(calls) = self.calls_of(instance, function) else { continue };
            unknown |= calls.unknown;
            next.extend(calls.direct.iter().map(|callee| self.target(instance, *callee)));
            for (table, ty, slot) in &calls.through {
                let Some(table) = self.linked.instances[instance].tables.get(*table as usize).copied() else {
                    continue;
                };
                let wanted = self.type_at(instance, *ty);
                let exact = slot.filter(|_| !self.changed.contains(&table));
                let holds = &self.tables[table];
                match exact {
                    Some(slot) if holds.iter().any(|(at, _)| *at == Some(slot)) => {
                        next.extend(holds.iter().filter(|(at, _)| *at == Some(slot)).map(|(_, target)| *target));
                    }
                    _ if through_tables && groups.insert((table, wanted)) => {
                        let fits = |target: &Target| match (self.type_of(*target), wanted) {
                            (Some(own), Some(wanted)) => own == wanted,
                            _ => true,
                        };
                        next.extend(holds.iter().map(|(_, target)| *target).filter(fits));
                    }
                    _ => {}
                }
            }
        }
        (reached, unknown)
    }

    fn calls_of(&self, instance: usize, function: u32) -> Option<&Calls> {
        let instance = self.linked.instances.get(instance)?;
        let own = (function as usize).checked_sub(instance.imported.len())?;
        self.calls.get(instance.module)?.get(own)
    }

    fn type_at(&self, instance: usize, ty: u32) -> Option<&FuncType> {
        let module = self.modules.get(self.linked.instances.get(instance)?.module)?;
        module.types.get(ty as usize)?.as_ref()
    }

    /// The type of a function, where it is one of a module.
    fn type_of(&self, target: Target) -> Option<&FuncType> {
        let Target::Defined { instance, function } = target else { return None };
        let imported = self.linked.instances.get(instance)?.imported.len();
        let module = self.modules.get(self.linked.instances.get(instance)?.module)?;
        let ty = module.functions.get((function as usize).checked_sub(imported)?)?;
        self.type_at(instance, *ty)
    }
}

/// What of the imports is reached from each export, by the export's name.
pub fn by_export(graph: &Graph<'_, '_>, linked: &Linked, most: usize) -> BTreeMap<String, Reached> {
    let exports = linked.exports.iter().take(most);
    exports.map(|(name, roots)| (name.clone(), graph.reach(roots))).collect()
}

/// What is reached from all exports together, and while it is instantiated.
pub fn by_anyone(graph: &Graph<'_, '_>, linked: &Linked) -> Reached {
    let mut roots: Vec<Target> = linked.exports.iter().flat_map(|(_, targets)| targets.iter().copied()).collect();
    roots.extend(&linked.starts);
    graph.reach(&roots)
}

/// Code that cannot be read may call anything.
fn unread() -> Calls {
    Calls { unknown: true, ..Calls::default() }
}

fn read(body: &wasmparser::FunctionBody<'_>) -> Option<Calls> {
    let mut calls = Calls::default();
    let mut number: Option<u32> = None;
    for operator in body.get_operators_reader().ok()? {
        let operator = operator.ok()?;
        match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                calls.direct.insert(function_index);
            }
            Operator::CallIndirect { type_index, table_index }
            | Operator::ReturnCallIndirect { type_index, table_index } => {
                calls.through.insert((table_index, type_index, number));
            }
            // Where a reference came from is not followed.
            Operator::CallRef { .. } | Operator::ReturnCallRef { .. } => calls.unknown = true,
            Operator::RefFunc { function_index } => calls.taken.push(function_index),
            Operator::TableSet { table }
            | Operator::TableGrow { table }
            | Operator::TableFill { table }
            | Operator::TableInit { table, .. }
            | Operator::TableCopy { dst_table: table, .. } => calls.changes.push(table),
            _ => {}
        }
        number = match operator {
            Operator::I32Const { value } => Some(value.cast_unsigned()),
            _ => None,
        };
    }
    Some(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with the imports `a` and `b` of `acme:x/y`, lowered into a module whose text is `module`.
    fn reached(module: &str) -> (Reached, Vec<String>) {
        let text = format!(
            r#"(component
                (import "acme:x/y" (instance $y (export "a" (func)) (export "b" (func))))
                (alias export $y "a" (func $a)) (alias export $y "b" (func $b))
                (core func $la (canon lower (func $a))) (core func $lb (canon lower (func $b)))
                (core instance $given (export "a" (func $la)) (export "b" (func $lb)))
                (core module $m
                    (import "y" "a" (func $a)) (import "y" "b" (func $b))
                    {module})
                (core instance $i (instantiate $m (with "y" (instance $given))))
                (func $run (canon lift (core func $i "run")))
                (export "run" (func $run)))"#
        );
        let bytes = wat::parse_str(text).expect("a component");
        let wasm = Wasm::read(&bytes);
        let linked = Linked::of(&wasm);
        assert!(!linked.incomplete);
        let graph = Graph::of(&wasm, &linked);
        let by = by_export(&graph, &linked, 100);
        let names = linked.imports.iter().map(|(_, function)| function.clone()).collect();
        (by["run"].clone(), names)
    }

    #[track_caller]
    fn check(module: &str, certain: &[&str], possible: &[&str]) {
        let (found, names) = reached(module);
        let named = |set: &BTreeSet<usize>| set.iter().map(|at| names[*at].as_str()).collect::<Vec<_>>();
        assert_eq!((named(&found.certain), named(&found.possible)), (certain.to_vec(), possible.to_vec()), "{module}");
        assert!(!found.unknown);
    }

    #[test]
    fn direct_calls_are_followed_through_functions_that_are_called() {
        check("(func (export \"run\") (call $in)) (func $in (call $a)) (func (call $b))", &["a"], &["a"]);
        check("(func (export \"run\"))", &[], &[]);
    }

    #[test]
    fn a_call_through_a_table_may_reach_what_the_table_holds() {
        let table = "(type $v (func)) (table 2 funcref) (elem (i32.const 0) $a $other) (func $other (call $b))
            (func (export \"run\") (local i32) (call_indirect (type $v) (local.get 0)))";
        check(table, &[], &["a", "b"]);
    }

    #[test]
    fn a_call_to_a_slot_that_is_a_number_reaches_that_slot_alone() {
        let fixed = |more: &str| {
            format!(
                "(type $v (func)) (table $t 2 funcref) (elem (i32.const 0) $a $b)
                (func (export \"run\") (call_indirect (type $v) (i32.const 1))) {more}"
            )
        };
        check(&fixed(""), &["b"], &["b"]);
        // Not where somebody changes the table.
        check(&fixed("(func (table.set $t (i32.const 1) (ref.null func)))"), &[], &["a", "b"]);
    }

    #[test]
    fn functions_of_another_type_are_not_reached() {
        let table = "(type $v (func)) (type $w (func (param i32))) (table 2 funcref) (elem (i32.const 0) $one)
            (func $one (param i32) (call $a))
            (func (export \"run\") (local i32) (call_indirect (type $v) (local.get 0)))";
        check(table, &[], &[]);
    }
}
