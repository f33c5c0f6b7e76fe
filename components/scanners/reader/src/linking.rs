//! Who is linked to whom: a component's definitions carried out in thought, until each core function is known by the instance that it
//! belongs to.
//!
//! Only functions and tables matter here. What is not understood becomes [`Target::Unknown`], which can reach anything.

use crate::wasm::{Component, Module, Step, Wasm};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentTypeRef,
    ExternalKind, Instance, TypeRef,
};

/// So many definitions are carried out, nested ones again for each time that they are instantiated.
const MOST_STEPS: usize = 200_000;
/// So deep may components be nested.
const MOST_DEPTH: usize = 32;

/// A core function, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// What the component imports: an index into [`Linked::imports`].
    Import(usize),
    /// A function of a core instance.
    Defined {
        /// Which instance.
        instance: usize,
        /// Its index there, imported functions counted first.
        function: u32,
    },
    /// What the runtime itself answers: handles, tasks.
    Builtin,
    /// It could be anything.
    Unknown,
}

/// A core instance.
#[derive(Debug)]
pub struct CoreInstance {
    /// Of which module.
    pub module: usize,
    /// Who answers its imported functions, in order.
    pub imported: Vec<Target>,
    /// Its tables, imported ones first: the same number is the same table.
    pub tables: Vec<usize>,
}

/// A component, linked.
#[derive(Debug, Default)]
pub struct Linked {
    /// What it asks for: interface and function, in the order in which they are lowered.
    pub imports: Vec<(String, String)>,
    /// The core instances.
    pub instances: Vec<CoreInstance>,
    /// What it offers, `acme:calc/math#add`, with the functions that a call runs.
    pub exports: Vec<(String, Vec<Target>)>,
    /// What runs when it is instantiated.
    pub starts: Vec<Target>,
    /// How many tables there are.
    pub tables: usize,
    /// Whether something was left out, so that less is known than could be.
    pub incomplete: bool,
}

type Map<T> = Rc<BTreeMap<String, T>>;

#[derive(Debug, Clone)]
enum Item {
    Func(Func),
    Instance(Map<Item>),
    /// An instance that is imported: whatever is taken from it is known by its name.
    Imported(Rc<str>),
    Module(usize),
    Component(usize),
    Other,
}

#[derive(Debug, Clone)]
enum Func {
    Import(Rc<str>, Rc<str>),
    Lifted(Rc<[Target]>),
    Unknown,
}

#[derive(Debug, Clone, Copy)]
enum CoreItem {
    Func(Target),
    Table(usize),
    Other,
}

impl Linked {
    /// Links a component, or a core module as if each of its imports were a function of an interface.
    pub fn of(wasm: &Wasm<'_>) -> Linked {
        let mut linked = Linked { incomplete: wasm.fault.is_some(), ..Linked::default() };
        match wasm.root() {
            Some(root) => {
                let mut left = MOST_STEPS;
                let exports = linked.carry_out(wasm, root, &BTreeMap::new(), true, 0, &mut left);
                for (name, item) in exports.iter() {
                    linked.offer(name, item);
                }
            }
            None => linked.module_alone(wasm),
        }
        linked
    }

    fn module_alone(&mut self, wasm: &Wasm<'_>) {
        let Some(module) = wasm.modules.first() else { return };
        let imported = module.imported().map(|(from, name, _)| self.import(from, name)).collect();
        let exports = self.instantiated(0, module, imported, Vec::new());
        for (name, item) in exports.iter() {
            if let CoreItem::Func(target) = item {
                self.exports.push((name.clone(), vec![*target]));
            }
        }
    }

    fn import(&mut self, interface: &str, function: &str) -> Target {
        let at = self.imports.iter().position(|(i, f)| i == interface && f == function);
        Target::Import(at.unwrap_or_else(|| {
            self.imports.push((interface.to_owned(), function.to_owned()));
            self.imports.len() - 1
        }))
    }

    /// Notes what can be called from outside.
    fn offer(&mut self, name: &str, item: &Item) {
        match item {
            Item::Func(func) => {
                let targets = self.called(func);
                self.exports.push((name.to_owned(), targets));
            }
            Item::Instance(items) => {
                for (function, item) in items.iter() {
                    if let Item::Func(func) = item {
                        let targets = self.called(func);
                        self.exports.push((format!("{name}#{function}"), targets));
                    }
                }
            }
            _ => {}
        }
    }

    /// What a call of a component's function runs.
    fn called(&mut self, func: &Func) -> Vec<Target> {
        match func {
            Func::Import(interface, function) => vec![self.import(interface, function)],
            Func::Lifted(targets) => targets.to_vec(),
            Func::Unknown => vec![Target::Unknown],
        }
    }

    /// A module's new instance: what it exports.
    fn instantiated(
        &mut self,
        index: usize,
        module: &Module<'_>,
        imported: Vec<Target>,
        mut tables: Vec<usize>,
    ) -> Map<CoreItem> {
        let instance = self.instances.len();
        for _ in &module.tables {
            tables.push(self.tables);
            self.tables += 1;
        }
        let function = |at: u32| match imported.get(at as usize) {
            Some(target) => *target,
            None => Target::Defined { instance, function: at },
        };
        let exports = module.exports.iter().map(|(_, name, kind, at)| {
            let item = match kind {
                ExternalKind::Func | ExternalKind::FuncExact => CoreItem::Func(function(*at)),
                ExternalKind::Table => tables.get(*at as usize).map_or(CoreItem::Other, |t| CoreItem::Table(*t)),
                _ => CoreItem::Other,
            };
            ((*name).to_owned(), item)
        });
        let exports = Rc::new(exports.collect());
        if let Some((_, start)) = module.start {
            self.starts.push(function(start));
        }
        self.instances.push(CoreInstance { module: index, imported, tables });
        exports
    }

    /// Carries out the definitions of a component: what it exports.
    fn carry_out(
        &mut self,
        wasm: &Wasm<'_>,
        component: &Component<'_>,
        arguments: &BTreeMap<String, Item>,
        top: bool,
        depth: usize,
        left: &mut usize,
    ) -> Map<Item> {
        let mut spaces = Spaces::default();
        let mut exports = BTreeMap::new();
        if depth > MOST_DEPTH {
            self.incomplete = true;
            return Rc::new(exports);
        }
        for (_, step) in &component.steps {
            if *left == 0 {
                self.incomplete = true;
                break;
            }
            *left -= 1;
            match step {
                Step::Import(import) => {
                    let name = full(import.name.name, import.name.version_suffix);
                    let item = match arguments.get(&*name) {
                        Some(item) => item.clone(),
                        None if top => imported(&name, &import.ty),
                        None => Item::Other,
                    };
                    spaces.define(kind_of(&import.ty), item);
                }
                Step::Module(module) => spaces.modules.push(Item::Module(*module)),
                Step::Component(component) => spaces.components.push(Item::Component(*component)),
                Step::CoreInstance(instance) => {
                    let items = self.core_instance(wasm, &spaces, instance);
                    spaces.core_instances.push(items);
                }
                Step::Instance(instance) => {
                    let items = match instance {
                        ComponentInstance::FromExports(items) => {
                            let item = |e: &wasmparser::ComponentExport<'_>| {
                                (e.name.name.to_owned(), spaces.get(e.kind, e.index))
                            };
                            Rc::new(items.iter().map(item).collect())
                        }
                        ComponentInstance::Instantiate { component_index, args } => {
                            let given: BTreeMap<String, Item> =
                                args.iter().map(|a| (a.name.to_owned(), spaces.get(a.kind, a.index))).collect();
                            match spaces.components.get(*component_index as usize) {
                                Some(Item::Component(at)) => match wasm.components.get(*at) {
                                    Some(inner) => self.carry_out(wasm, inner, &given, false, depth + 1, left),
                                    None => Rc::default(),
                                },
                                _ => {
                                    self.incomplete = true;
                                    Rc::default()
                                }
                            }
                        }
                    };
                    spaces.instances.push(Item::Instance(items));
                }
                Step::Alias(alias) => self.alias(&mut spaces, alias),
                Step::Canon(canon) => self.canon(&mut spaces, canon),
                Step::Export(export) => {
                    let item = spaces.get(export.kind, export.index);
                    exports.insert(full(export.name.name, export.name.version_suffix), item.clone());
                    spaces.define(export.kind, item);
                }
                Step::Start(function) => {
                    if let Some(Item::Func(func)) = spaces.funcs.get(*function as usize).cloned() {
                        let targets = self.called(&func);
                        self.starts.extend(targets);
                    }
                }
            }
        }
        Rc::new(exports)
    }

    fn core_instance(&mut self, wasm: &Wasm<'_>, spaces: &Spaces, instance: &Instance<'_>) -> Map<CoreItem> {
        match instance {
            Instance::FromExports(items) => {
                let item = |e: &wasmparser::Export<'_>| {
                    let item = match e.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => CoreItem::Func(spaces.core_func(e.index)),
                        ExternalKind::Table => spaces.core_table(e.index),
                        _ => CoreItem::Other,
                    };
                    (e.name.to_owned(), item)
                };
                Rc::new(items.iter().map(item).collect())
            }
            Instance::Instantiate { module_index, args } => {
                let Some(Item::Module(index)) = spaces.modules.get(*module_index as usize) else {
                    self.incomplete = true;
                    return Rc::default();
                };
                let Some(module) = wasm.modules.get(*index) else { return Rc::default() };
                let given = |from: &str, name: &str| {
                    let argument = args.iter().find(|argument| argument.name == from)?;
                    spaces.core_instances.get(argument.index as usize)?.get(name).copied()
                };
                let (mut imported, mut tables) = (Vec::new(), Vec::new());
                for (_, import) in &module.imports {
                    match (import.ty, given(import.module, import.name)) {
                        (TypeRef::Func(_) | TypeRef::FuncExact(_), Some(CoreItem::Func(target))) => {
                            imported.push(target);
                        }
                        (TypeRef::Func(_) | TypeRef::FuncExact(_), _) => {
                            self.incomplete = true;
                            imported.push(Target::Unknown);
                        }
                        (TypeRef::Table(_), Some(CoreItem::Table(table))) => tables.push(table),
                        (TypeRef::Table(_), _) => {
                            tables.push(self.tables);
                            self.tables += 1;
                        }
                        _ => {}
                    }
                }
                self.instantiated(*index, module, imported, tables)
            }
        }
    }

    fn alias(&mut self, spaces: &mut Spaces, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::InstanceExport { kind, instance_index, name } => {
                let item = match spaces.instances.get(*instance_index as usize) {
                    Some(Item::Instance(items)) => items.get(*name).cloned().unwrap_or(Item::Other),
                    Some(Item::Imported(interface)) if *kind == ComponentExternalKind::Func => {
                        Item::Func(Func::Import(interface.clone(), (*name).into()))
                    }
                    _ => Item::Other,
                };
                spaces.define(*kind, item);
            }
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                let item = spaces.core_instances.get(*instance_index as usize).and_then(|i| i.get(*name)).copied();
                match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => spaces.core_funcs.push(match item {
                        Some(CoreItem::Func(target)) => target,
                        _ => Target::Unknown,
                    }),
                    ExternalKind::Table => spaces.core_tables.push(item.unwrap_or(CoreItem::Other)),
                    _ => {}
                }
            }
            ComponentAlias::Outer { kind, .. } => {
                use wasmparser::ComponentOuterAliasKind as Outer;
                match kind {
                    Outer::CoreModule => spaces.modules.push(Item::Other),
                    Outer::Component => spaces.components.push(Item::Other),
                    Outer::CoreType | Outer::Type => {}
                }
            }
        }
    }

    fn canon(&mut self, spaces: &mut Spaces, canon: &CanonicalFunction) {
        match canon {
            CanonicalFunction::Lift { core_func_index, options, .. } => {
                let mut run = vec![spaces.core_func(*core_func_index)];
                run.extend(options.iter().filter_map(|option| match option {
                    CanonicalOption::Realloc(at) | CanonicalOption::PostReturn(at) | CanonicalOption::Callback(at) => {
                        Some(spaces.core_func(*at))
                    }
                    _ => None,
                }));
                spaces.funcs.push(Item::Func(Func::Lifted(run.into())));
            }
            CanonicalFunction::Lower { func_index, .. } => {
                let target = match spaces.funcs.get(*func_index as usize).cloned() {
                    Some(Item::Func(Func::Import(interface, function))) => self.import(&interface, &function),
                    // A function of its own, lowered again: what it runs first.
                    Some(Item::Func(Func::Lifted(run))) => run.first().copied().unwrap_or(Target::Unknown),
                    _ => Target::Unknown,
                };
                spaces.core_funcs.push(target);
            }
            _ => spaces.core_funcs.push(Target::Builtin),
        }
    }
}

/// What a component has defined so far, by kind and index.
#[derive(Default)]
struct Spaces {
    funcs: Vec<Item>,
    instances: Vec<Item>,
    components: Vec<Item>,
    modules: Vec<Item>,
    core_funcs: Vec<Target>,
    core_tables: Vec<CoreItem>,
    core_instances: Vec<Map<CoreItem>>,
}

impl Spaces {
    fn define(&mut self, kind: ComponentExternalKind, item: Item) {
        match kind {
            ComponentExternalKind::Func => self.funcs.push(match item {
                Item::Func(func) => Item::Func(func),
                _ => Item::Func(Func::Unknown),
            }),
            ComponentExternalKind::Instance => self.instances.push(item),
            ComponentExternalKind::Component => self.components.push(item),
            ComponentExternalKind::Module => self.modules.push(item),
            ComponentExternalKind::Value | ComponentExternalKind::Type => {}
        }
    }

    fn get(&self, kind: ComponentExternalKind, index: u32) -> Item {
        let space = match kind {
            ComponentExternalKind::Func => &self.funcs,
            ComponentExternalKind::Instance => &self.instances,
            ComponentExternalKind::Component => &self.components,
            ComponentExternalKind::Module => &self.modules,
            ComponentExternalKind::Value | ComponentExternalKind::Type => return Item::Other,
        };
        space.get(index as usize).cloned().unwrap_or(Item::Other)
    }

    fn core_func(&self, index: u32) -> Target {
        self.core_funcs.get(index as usize).copied().unwrap_or(Target::Unknown)
    }

    fn core_table(&self, index: u32) -> CoreItem {
        self.core_tables.get(index as usize).copied().unwrap_or(CoreItem::Other)
    }
}

fn imported(name: &str, ty: &ComponentTypeRef) -> Item {
    match ty {
        ComponentTypeRef::Instance(_) => Item::Imported(name.into()),
        ComponentTypeRef::Func(_) => Item::Func(Func::Import("".into(), name.into())),
        _ => Item::Other,
    }
}

fn kind_of(ty: &ComponentTypeRef) -> ComponentExternalKind {
    match ty {
        ComponentTypeRef::Module(_) => ComponentExternalKind::Module,
        ComponentTypeRef::Func(_) => ComponentExternalKind::Func,
        ComponentTypeRef::Value(_) => ComponentExternalKind::Value,
        ComponentTypeRef::Type(_) => ComponentExternalKind::Type,
        ComponentTypeRef::Instance(_) => ComponentExternalKind::Instance,
        ComponentTypeRef::Component(_) => ComponentExternalKind::Component,
    }
}

/// A binary may keep `@1` in the name and `.2.0` beside it.
fn full(name: &str, suffix: Option<&str>) -> String {
    format!("{name}{}", suffix.unwrap_or_default())
}
