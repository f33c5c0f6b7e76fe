//! Reading a [`Surface`] from a component's bytes, whoever wrote them.
//!
//! The types are taken from wasmparser's validator rather than from a decoded WIT package: it is written for hostile
//! input, and it also reads valid components that have no WIT form. What is read is bounded by the constants here.

use crate::docs::DocBook;
use crate::lower::{Lower, Stop};
use crate::surface::{Interface, InterfaceName, Surface};
use crate::types::Docs;
use thiserror::Error;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

/// The largest component that is read.
pub const MAX_BYTES: usize = 64 << 20;
/// How deep a type may nest.
pub const MAX_DEPTH: usize = 64;
/// How many functions a component may import and export together.
pub const MAX_FUNCTIONS: usize = 4096;
/// How many parts (types, fields, cases, and every 64 bytes of names and docs) all signatures may have once aliases are resolved.
pub const MAX_PARTS: usize = 200_000;

/// Why a component's surface cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SurfaceError {
    /// It is a core module.
    #[error(
        "this is a core module, not a component: build it for `wasm32-wasip2`, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// It is a WIT package in binary form, which has nothing to run.
    #[error(
        "this is a WIT package, not a component: it only declares interfaces, publish the component that implements them"
    )]
    WitPackage,
    /// It is something else altogether.
    #[error("this is not a component: {0}")]
    NotWasm(&'static str),
    /// It is cut off or breaks the rules of the format.
    #[error("this component is damaged or breaks the format's rules: {message} (at byte {offset}); build it again")]
    Invalid {
        /// What the validator says.
        message: String,
        /// Where.
        offset: u64,
    },
    /// It passes one of the limits.
    #[error("this component passes a limit: {what}, the limit is {limit}; split it, or simplify its interfaces")]
    TooLarge {
        /// What there is too much of.
        what: String,
        /// The limit.
        limit: usize,
    },
    /// It is written for WASI 0.3.
    #[error(
        "`{name}` is asynchronous (WASI 0.3), and this host runs WASI 0.2: build the component for `wasm32-wasip2`, with functions that are not `async`"
    )]
    Async {
        /// The interface or function.
        name: String,
    },
}

/// Reads what a component imports and exports, with the documentation that it carries.
///
/// Interfaces that values cannot carry are no error: they come with `unsupported` set and without functions.
///
/// # Errors
/// When the bytes are not a valid component, or pass one of the limits of this module.
pub fn describe(component: &[u8]) -> Result<Surface, SurfaceError> {
    let border = Border::read(component)?;
    let book = DocBook::read(&border.sections, border.exports());
    let mut lower = Lower::new(&border.types, &book);
    let imports = lower_side(&border, &mut lower, false)?;
    let exports = lower_side(&border, &mut lower, true)?;
    Ok(Surface { imports, exports })
}

/// The custom sections at the top level, by name and in order, each with the range of its data; at most `most`. Whatever cannot be read
/// ends the list.
pub fn sections(bytes: &[u8], most: usize) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut sections = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::Version { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::CustomSection(section)) if depth == 1 && sections.len() < most => {
                let start = usize::try_from(section.data_offset()).unwrap_or(usize::MAX);
                sections.push((section.name(), start..start.saturating_add(section.data().len())));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    sections
}

/// A validated component: the names at its border in binary order, their types, and its documentation sections.
pub(crate) struct Border<'a> {
    externs: Vec<(&'a str, bool)>,
    types: Types,
    /// The custom sections at the top level, by name.
    pub(crate) sections: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Border<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, SurfaceError> {
        if bytes.len() > MAX_BYTES {
            return Err(too_large(format!("it has {} bytes", bytes.len()), MAX_BYTES));
        }
        refuse_other_formats(bytes)?;
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let (mut externs, mut sections) = (Vec::new(), Vec::new());
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(invalid)?;
            match &payload {
                Payload::Version { .. } => depth += 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section.clone() {
                        externs.push((import.map_err(invalid)?.name.name, false));
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section.clone() {
                        externs.push((export.map_err(invalid)?.name.name, true));
                    }
                }
                Payload::CustomSection(section) if depth == 1 => sections.push((section.name(), section.data())),
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if let wasmparser::ValidPayload::End(types) = validator.payload(&payload).map_err(invalid)?
                && depth == 0
            {
                let border = Border { externs, types, sections };
                return if border.is_wit_package() { Err(SurfaceError::WitPackage) } else { Ok(border) };
            }
        }
        Err(SurfaceError::NotWasm("it ends before its first section is complete; build it again"))
    }

    /// The names and types of its imports, or of its exports.
    pub(crate) fn side(&self, exports: bool) -> impl Iterator<Item = (&'a str, &ComponentItem)> {
        self.externs.iter().filter(move |(_, export)| *export == exports).filter_map(move |&(name, export)| {
            let types = self.types.as_ref();
            let item =
                if export { types.component_item_for_export(name) } else { types.component_item_for_import(name) };
            Some((name, item?))
        })
    }

    /// The full names of the interfaces that it exports.
    fn exports(&self) -> impl Iterator<Item = String> {
        self.side(true).map(|(name, item)| full_name(name, item).into_owned())
    }

    /// A WIT package in binary form exports component types, and nothing else.
    fn is_wit_package(&self) -> bool {
        !self.externs.is_empty()
            && self.side(false).next().is_none()
            && self.side(true).all(|(_, item)| {
                matches!(item.ty, ComponentEntityType::Type { created: ComponentAnyTypeId::Component(_), .. })
            })
    }
}

/// The interfaces of one side, functions at the root last.
fn lower_side(border: &Border<'_>, lower: &mut Lower<'_>, exports: bool) -> Result<Vec<Interface>, SurfaceError> {
    let mut interfaces = Vec::new();
    let mut root = Interface { name: None, functions: Vec::new(), unsupported: None, docs: Docs::default() };
    for (name, item) in border.side(exports) {
        match item.ty {
            ComponentEntityType::Instance(id) => {
                let name = interface_name(&full_name(name, item));
                interfaces.extend(lower_instance(border, lower, name, id)?);
            }
            ComponentEntityType::Func(id) => match lower.function(None, exports, name, id) {
                Ok(function) => root.functions.push(function),
                Err(stop) => note(&mut root, stop)?,
            },
            ComponentEntityType::Type { created, .. } => lower.name_type(None, name, item, created),
            // Core modules, values and components at the border: the linker refuses them, values cannot carry them.
            ComponentEntityType::Module(_) => note(&mut root, Stop::unsupported("core module", name))?,
            ComponentEntityType::Component(_) => note(&mut root, Stop::unsupported("component", name))?,
            ComponentEntityType::Value(_) => note(&mut root, Stop::unsupported("value", name))?,
        }
    }
    if root.unsupported.is_some() {
        root.functions.clear();
    }
    if root.unsupported.is_some() || !root.functions.is_empty() {
        interfaces.push(root);
    }
    Ok(interfaces)
}

/// One interface; `None` when it only carries types.
fn lower_instance(
    border: &Border<'_>,
    lower: &mut Lower<'_>,
    name: InterfaceName,
    id: ComponentInstanceTypeId,
) -> Result<Option<Interface>, SurfaceError> {
    let wasi_three = name.package.starts_with("wasi:")
        && name.version.as_ref().is_some_and(|version| version.major == 0 && version.minor == 3);
    if wasi_three {
        return Err(SurfaceError::Async { name: name.to_string() });
    }
    let items = &border.types.as_ref()[id].exports;
    let docs = lower.interface_docs(&name);
    let mut interface = Interface { name: Some(name.clone()), functions: Vec::new(), unsupported: None, docs };
    for (label, item) in items {
        match item.ty {
            ComponentEntityType::Type { created, .. } => {
                lower.name_type(Some(&name), label, item, created);
                if matches!(created, ComponentAnyTypeId::Resource(_)) {
                    note(&mut interface, Stop::unsupported("resource", label))?;
                }
            }
            ComponentEntityType::Func(id) => match lower.function(Some(&name), true, label, id) {
                Ok(function) => interface.functions.push(function),
                Err(stop) => note(&mut interface, stop)?,
            },
            _ => note(&mut interface, Stop::unsupported("nested instance", label))?,
        }
    }
    if interface.unsupported.is_some() {
        interface.functions.clear();
    }
    let carries_calls = interface.unsupported.is_some() || !interface.functions.is_empty();
    Ok(carries_calls.then_some(interface))
}

/// Keeps the first culprit; limits and asynchronous functions end the reading.
fn note(interface: &mut Interface, stop: Stop) -> Result<(), SurfaceError> {
    match stop {
        Stop::Unsupported(culprit) => {
            interface.unsupported.get_or_insert(culprit);
            Ok(())
        }
        Stop::Async(name) => Err(SurfaceError::Async { name }),
        Stop::TooLarge(what, limit) => Err(too_large(what, limit)),
    }
}

/// The name with its whole version: a binary may keep `@1` in the name and `.2.0` beside it.
fn full_name<'n>(name: &'n str, item: &ComponentItem) -> std::borrow::Cow<'n, str> {
    match &item.version_suffix {
        Some(suffix) => format!("{name}{suffix}").into(),
        None => name.into(),
    }
}

/// The validator lets only well-formed names through; one that is not of a package is the component's own.
fn interface_name(name: &str) -> InterfaceName {
    name.parse().unwrap_or_else(|_| InterfaceName::local(name))
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), SurfaceError> {
    if bytes.is_empty() {
        return Err(SurfaceError::NotWasm("it is empty; build it again"));
    }
    let text = bytes.trim_ascii_start();
    if text.starts_with(b"(component") || text.starts_with(b"(module") {
        return Err(SurfaceError::NotWasm("it is the text form; turn it into a binary with `wasm-tools parse`"));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(SurfaceError::NotWasm(
            "it does not begin with `\\0asm`; give the `.wasm` file that the build made",
        ));
    }
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding: Encoding::Component, .. })) => Ok(()),
        Some(Ok(_)) => Err(SurfaceError::CoreModule),
        Some(Err(error)) => Err(invalid(error)),
        None => Err(SurfaceError::NotWasm("it is empty; build it again")),
    }
}

fn invalid(error: wasmparser::BinaryReaderError) -> SurfaceError {
    SurfaceError::Invalid { message: error.message().to_owned(), offset: error.offset() }
}

fn too_large(what: String, limit: usize) -> SurfaceError {
    SurfaceError::TooLarge { what, limit }
}
