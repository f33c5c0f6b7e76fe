//! The bytes taken apart: core modules with their parts, components with their definitions in order, and every region that may hold text.

use std::ops::Range;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentImport, ComponentInstance, ElementItems, ElementKind,
    ExternalKind, FuncType, FunctionBody, Import, Instance, MemoryType, Operator, Parser, Payload, TableType, TypeRef,
};

/// Everything, in the order of the bytes.
#[derive(Debug, Default)]
pub struct Wasm<'a> {
    /// Core modules, wherever they are nested.
    pub modules: Vec<Module<'a>>,
    /// Components; the first is the whole, where it is one.
    pub components: Vec<Component<'a>>,
    /// Custom sections, wherever they are.
    pub customs: Vec<Custom<'a>>,
    /// Sections of components that hold names: types, imports, exports.
    pub borders: Vec<Region<'a>>,
    /// What could not be read, and where; what comes before it is here.
    pub fault: Option<(String, u64)>,
}

/// Bytes in their place.
#[derive(Debug, Clone, Copy)]
pub struct Region<'a> {
    /// What they are, in words.
    pub what: &'a str,
    /// Where they begin.
    pub offset: u64,
    /// They.
    pub bytes: &'a [u8],
}

/// A custom section.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its data begins.
    pub offset: u64,
    /// Its data.
    pub bytes: &'a [u8],
}

/// A core module.
#[derive(Debug, Default)]
pub struct Module<'a> {
    /// Where all of it is.
    pub range: Range<u64>,
    /// Its function types, by index; `None` for what is no function type.
    pub types: Vec<Option<FuncType>>,
    /// What it imports, each with its place.
    pub imports: Vec<(u64, Import<'a>)>,
    /// The types of the functions that it defines.
    pub functions: Vec<u32>,
    /// Its own tables, each with its place.
    pub tables: Vec<(u64, TableType)>,
    /// Its own memories, each with its place.
    pub memories: Vec<(u64, MemoryType)>,
    /// What it exports: the place, the name, what kind of thing, and its index.
    pub exports: Vec<(u64, &'a str, ExternalKind, u32)>,
    /// The function that runs when it is instantiated, with the place that says so.
    pub start: Option<(u64, u32)>,
    /// What is put into tables.
    pub elements: Vec<Element>,
    /// Its code, a body for each function that it defines.
    pub bodies: Vec<FunctionBody<'a>>,
    /// What is put into memories.
    pub data: Vec<Data<'a>>,
}

/// An element segment.
#[derive(Debug)]
pub struct Element {
    /// The table and the first slot, where both are known.
    pub place: Option<(u32, Option<u32>)>,
    /// The functions.
    pub functions: Vec<Option<u32>>,
}

/// A data segment.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// Where it is in the file.
    pub offset: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A component: its definitions in order.
#[derive(Debug, Default)]
pub struct Component<'a> {
    /// Where all of it is.
    pub range: Range<u64>,
    /// Each with its place.
    pub steps: Vec<(u64, Step<'a>)>,
}

/// A definition in a component, as far as it matters for who is linked to whom.
#[derive(Debug)]
#[expect(missing_docs, reason = "the cases are the format's own sections")]
pub enum Step<'a> {
    Import(ComponentImport<'a>),
    Module(usize),
    Component(usize),
    CoreInstance(Instance<'a>),
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Canon(CanonicalFunction),
    Export(ComponentExport<'a>),
    Start(u32),
}

/// So many parts of a kind are kept; what is beyond is left out, and `fault` says so.
const MOST: usize = 1_000_000;

/// What is open while the parser goes through.
enum Open {
    Module(usize),
    Component(usize),
}

impl<'a> Wasm<'a> {
    /// Takes bytes apart.
    pub fn read(bytes: &'a [u8]) -> Wasm<'a> {
        let mut wasm = Wasm::default();
        if let Err(fault) = wasm.take_apart(bytes) {
            wasm.fault = Some(fault);
        }
        wasm
    }

    /// The component that is the whole.
    pub fn root(&self) -> Option<&Component<'a>> {
        self.components.first()
    }

    /// Every region that may hold text: data, custom sections, names at a component's border.
    pub fn regions(&self) -> Vec<Region<'a>> {
        let data = self.modules.iter().flat_map(|module| &module.data);
        let data = data.map(|data| Region { what: "data", offset: data.offset, bytes: data.bytes });
        let customs = self.customs.iter().map(|c| Region { what: c.name, offset: c.offset, bytes: c.bytes });
        data.chain(customs).chain(self.borders.iter().copied()).collect()
    }

    fn take_apart(&mut self, bytes: &'a [u8]) -> Result<(), (String, u64)> {
        let fault = |error: wasmparser::Error| (error.message().to_owned(), error.offset());
        let mut open: Vec<Open> = Vec::new();
        let mut next_range = 0..bytes.len() as u64;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(fault)?;
            let part = |range: Range<u64>| {
                let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
                bytes.get(range)
            };
            if let Some((what, range)) = border(&payload) {
                let offset = range.start;
                self.borders.extend(part(range).map(|bytes| Region { what, offset, bytes }));
            }
            match payload {
                Payload::Version { encoding, .. } => match encoding {
                    wasmparser::Encoding::Module => {
                        open.push(Open::Module(self.modules.len()));
                        self.modules.push(Module { range: next_range.clone(), ..Module::default() });
                    }
                    wasmparser::Encoding::Component => {
                        open.push(Open::Component(self.components.len()));
                        self.components.push(Component { range: next_range.clone(), ..Component::default() });
                    }
                },
                Payload::End(_) => drop(open.pop()),
                Payload::CustomSection(section) => self.customs.push(Custom {
                    name: section.name(),
                    offset: section.data_offset(),
                    bytes: section.data(),
                }),
                // What is nested is announced here, and comes next.
                Payload::ModuleSection { unchecked_range, .. } => {
                    let next = self.modules.len();
                    self.step(&open, unchecked_range.start, Step::Module(next));
                    next_range = unchecked_range;
                }
                Payload::ComponentSection { unchecked_range, .. } => {
                    let next = self.components.len();
                    self.step(&open, unchecked_range.start, Step::Component(next));
                    next_range = unchecked_range;
                }
                payload => match open.last() {
                    Some(Open::Module(module)) => self.modules[*module].take(payload).map_err(fault)?,
                    Some(Open::Component(_)) => self.define(&open, payload).map_err(fault)?,
                    None => {}
                },
            }
            if self.modules.len() + self.components.len() + self.customs.len() > MOST {
                return Err(("it has more parts than are looked at".into(), 0));
            }
        }
        Ok(())
    }

    fn step(&mut self, open: &[Open], offset: u64, step: Step<'a>) {
        if let Some(Open::Component(component)) = open.last() {
            self.components[*component].steps.push((offset, step));
        }
    }

    fn define(&mut self, open: &[Open], payload: Payload<'a>) -> wasmparser::Result<()> {
        macro_rules! each {
            ($section:expr, $step:path) => {
                for item in $section.into_iter_with_offsets() {
                    let (offset, item) = item?;
                    self.step(open, offset, $step(item));
                }
            };
        }
        match payload {
            Payload::ComponentImportSection(section) => each!(section, Step::Import),
            Payload::InstanceSection(section) => each!(section, Step::CoreInstance),
            Payload::ComponentInstanceSection(section) => each!(section, Step::Instance),
            Payload::ComponentAliasSection(section) => each!(section, Step::Alias),
            Payload::ComponentCanonicalSection(section) => each!(section, Step::Canon),
            Payload::ComponentExportSection(section) => each!(section, Step::Export),
            Payload::ComponentStartSection { start, range } => {
                self.step(open, range.start, Step::Start(start.func_index));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The sections that hold names at a component's border.
fn border(payload: &Payload<'_>) -> Option<(&'static str, Range<u64>)> {
    match payload {
        Payload::ComponentTypeSection(section) => Some(("types", section.range())),
        Payload::ComponentImportSection(section) => Some(("imports", section.range())),
        Payload::ComponentExportSection(section) => Some(("exports", section.range())),
        _ => None,
    }
}

impl<'a> Module<'a> {
    fn take(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.into_types() {
                        self.types.push(match ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    self.imports.push(import?);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table?;
                    self.tables.push((offset, table.ty));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    self.memories.push(memory?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.into_iter_with_offsets() {
                    let (offset, export) = export?;
                    self.exports.push((offset, export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { func, range } => self.start = Some((range.start, func)),
            Payload::ElementSection(section) => {
                for element in section {
                    self.elements.push(element_of(element?)?);
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    // The bytes stand at the end of the segment.
                    let offset = data.range.end.saturating_sub(data.data.len() as u64);
                    self.data.push(Data { offset, bytes: data.data });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The functions that it imports, by module and name.
    pub fn imported(&self) -> impl Iterator<Item = (&'a str, &'a str, u32)> + '_ {
        self.imports.iter().filter_map(|(_, import)| match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => Some((import.module, import.name, ty)),
            _ => None,
        })
    }
}

fn element_of(element: wasmparser::Element<'_>) -> wasmparser::Result<Element> {
    let place = match &element.kind {
        ElementKind::Active { table_index, offset_expr } => {
            let first = constant(offset_expr).and_then(|first| u32::try_from(first).ok());
            Some((table_index.unwrap_or(0), first))
        }
        ElementKind::Passive | ElementKind::Declared => None,
    };
    let mut functions = Vec::new();
    match element.items {
        ElementItems::Functions(items) => {
            for function in items {
                functions.push(Some(function?));
            }
        }
        ElementItems::Expressions(_, items) => {
            for expression in items {
                let mut function = None;
                for operator in expression?.get_operators_reader() {
                    if let Operator::RefFunc { function_index } = operator? {
                        function = Some(function_index);
                    }
                }
                functions.push(function);
            }
        }
    }
    Ok(Element { place, functions })
}

/// The value of an expression that is one number.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<u64> {
    let mut operators = expression.get_operators_reader();
    let value = match operators.read().ok()? {
        Operator::I32Const { value } => u64::from(value.cast_unsigned()),
        Operator::I64Const { value } => value.cast_unsigned(),
        _ => return None,
    };
    matches!(operators.read(), Ok(Operator::End)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_taken_apart_with_places_that_lead_back_to_its_bytes() {
        let bytes = wat::parse_str(
            r#"(component
                (core module $m
                    (memory 1)
                    (data (i32.const 16) "a text in data")
                    (func (export "f") (result i32) (i32.const 1)))
                (core instance $i (instantiate $m))
                (func $f (result u32) (canon lift (core func $i "f")))
                (export "run" (func $f))
                (@custom "notes" "some words"))"#,
        )
        .expect("a component");
        let wasm = Wasm::read(&bytes);
        assert!(wasm.fault.is_none(), "{:?}", wasm.fault);
        assert_eq!((wasm.components.len(), wasm.modules.len()), (1, 1));
        assert_eq!(wasm.components[0].range, 0..bytes.len() as u64);
        let module = wasm.modules[0].range.clone();
        let module = &bytes[usize::try_from(module.start).expect("small")..usize::try_from(module.end).expect("small")];
        assert_eq!(Wasm::read(module).modules.len(), 1, "a module is found whole");
        let regions = wasm.regions();
        for (what, text) in [("data", "a text in data"), ("notes", "some words")] {
            let region = regions.iter().find(|region| region.what == what).expect("it is there");
            let at = usize::try_from(region.offset).expect("small");
            assert_eq!(&bytes[at..at + region.bytes.len()], region.bytes);
            assert_eq!(region.bytes, text.as_bytes());
        }
    }

    #[test]
    fn whatever_the_bytes_are_nothing_panics() {
        let good = wat::parse_str("(component (core module (func unreachable)))").expect("a component");
        for end in 0..good.len() {
            let _ = Wasm::read(&good[..end]).regions();
            let mut flipped = good.clone();
            flipped[end] ^= 0x5a;
            let _ = Wasm::read(&flipped).regions();
        }
    }
}
