//! Documentation inside a component: written by [`inject`], read by [`crate::describe()`].
//!
//! Encoders leave doc comments out of components, so they travel in custom sections, in the JSON of wit-parser's own
//! `PackageMetadata` behind its version byte. There are two:
//!
//! * [`SECTION`], `package-docs`, is the one that other tools know. In a component they take it for the world that they
//!   infer from the binary (`root`, with only the functions and types that are there) and refuse the whole component
//!   when it names anything else. So only what they accept is written there: the world and the functions at its root.
//! * [`INTERFACES`], `interface-docs`, has the interfaces under their full names (`acme:calc/math@1.2.0`), of all packages.
//!
//! Reading also takes a `package-docs` section as other builds write it: the metadata of the author's own WIT package, with
//! short interface names. A section that cannot be read counts as none: its component is merely undocumented.

use crate::describe::{Border, SurfaceError};
use crate::surface::InterfaceName;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::BinaryReader;
use wit_parser::{PackageId, PackageMetadata, Resolve, World, WorldId, WorldItem, WorldKey};

/// The section that other tools know as well.
pub const SECTION: &str = PackageMetadata::SECTION_NAME;
/// The section with the documentation of interfaces under their full names.
pub const INTERFACES: &str = "interface-docs";
/// The largest section that is read; a larger one counts as none.
pub const MAX_SECTION: usize = 4 << 20;

/// The id of a custom section.
const CUSTOM: u8 = 0;
/// The version byte before the JSON. Version 0 is read, too.
const VERSION: u8 = 1;

/// Why documentation could not be put into a component.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocsError {
    /// The bytes are not a component.
    #[error(transparent)]
    Component(#[from] SurfaceError),
    /// The package has no world that exports what the component exports.
    #[error(
        "the package `{package}` has no world with the component's exports ({exports}): give the WIT that the component was built from"
    )]
    NoWorld {
        /// The package that was searched.
        package: String,
        /// What the component exports.
        exports: String,
    },
    /// The docs have no JSON form, or are too long to be read again.
    #[error("the documentation cannot be written: {0}")]
    Encoding(String),
}

type Map<T> = BTreeMap<String, T>;

/// `PackageMetadata`, as far as it is about documentation. Unknown keys are skipped.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Package {
    #[serde(skip_serializing_if = "Map::is_empty")]
    worlds: Map<WorldDocs>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    interfaces: Map<InterfaceDocs>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct WorldDocs {
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<String>,
    /// Imports; in version 0 also exports.
    #[serde(skip_serializing_if = "Map::is_empty")]
    interfaces: Map<InterfaceDocs>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    interface_exports: Map<InterfaceDocs>,
    /// Imports; in version 0 also exports.
    #[serde(skip_serializing_if = "Map::is_empty")]
    funcs: Map<FunctionDocs>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    func_exports: Map<FunctionDocs>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    types: Map<TypeDocs>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct InterfaceDocs {
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    funcs: Map<FunctionDocs>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    types: Map<TypeDocs>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum FunctionDocs {
    /// Version 0.
    Text(Option<String>),
    Docs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        docs: Option<String>,
    },
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TypeDocs {
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    items: Map<String>,
}

impl FunctionDocs {
    fn text(&self) -> Option<&str> {
        match self {
            FunctionDocs::Text(text) | FunctionDocs::Docs { docs: text } => text.as_deref(),
        }
    }
}

/// What a component's sections say.
#[derive(Debug, Default)]
pub(crate) struct DocBook {
    /// Interfaces by full name.
    full: Map<InterfaceDocs>,
    /// `package-docs`, whoever wrote it.
    package: Package,
    /// The package that the short names in `package` belong to.
    home: Option<String>,
}

impl DocBook {
    /// Reads the sections; `exports` are the full names of the exported interfaces, from which the author's package is told.
    pub(crate) fn read(sections: &[(&str, &[u8])], exports: impl Iterator<Item = String>) -> Self {
        let find = |name: &str| sections.iter().find(|section| section.0 == name).and_then(|s| decode(s.1));
        let package = find(SECTION).unwrap_or_default();
        let full = find(INTERFACES).unwrap_or_default().interfaces;
        let home = exports
            .filter_map(|name| name.parse::<InterfaceName>().ok())
            .find(|name| !name.is_local() && package.interfaces.contains_key(&name.interface))
            .map(|name| name.package);
        DocBook { full, package, home }
    }

    pub(crate) fn interface(&self, name: &InterfaceName) -> &str {
        self.find(name, |interface| interface.docs.as_deref())
    }

    pub(crate) fn function(&self, interface: Option<&InterfaceName>, export: bool, function: &str) -> &str {
        let Some(name) = interface else {
            return self.world(|world| {
                let exported = export.then(|| world.func_exports.get(function)).flatten();
                exported.or_else(|| world.funcs.get(function)).and_then(FunctionDocs::text)
            });
        };
        self.find(name, |interface| interface.funcs.get(function).and_then(FunctionDocs::text))
    }

    /// A field of a record, or a case of a variant, enum or flags type.
    pub(crate) fn item(&self, interface: Option<&InterfaceName>, ty: &str, item: &str) -> &str {
        match interface {
            Some(name) => self.find(name, |interface| case_docs(&interface.types, ty, item)),
            None => self.world(|world| case_docs(&world.types, ty, item)),
        }
    }

    /// Asks every place that may know the interface, the most exact first.
    fn find<'b>(&'b self, name: &InterfaceName, get: impl Fn(&'b InterfaceDocs) -> Option<&'b str>) -> &'b str {
        if let Some(text) = self.full.get(&name.to_string()).and_then(&get) {
            return text;
        }
        if name.is_local() {
            let local = |map: &'b Map<InterfaceDocs>| map.get(&name.interface).and_then(&get);
            return self.world(|world| local(&world.interface_exports).or_else(|| local(&world.interfaces)));
        }
        let short = (self.home.as_deref() == Some(&name.package)).then(|| self.package.interfaces.get(&name.interface));
        short.flatten().and_then(get).unwrap_or_default()
    }

    /// The first world that has an answer: a package may declare several, and the binary does not say which one it is.
    fn world<'b>(&'b self, get: impl Fn(&'b WorldDocs) -> Option<&'b str>) -> &'b str {
        self.package.worlds.values().find_map(get).unwrap_or_default()
    }
}

fn case_docs<'b>(types: &'b Map<TypeDocs>, ty: &str, item: &str) -> Option<&'b str> {
    types.get(ty)?.items.get(item).map(String::as_str)
}

fn decode(section: &[u8]) -> Option<Package> {
    match section.split_first() {
        Some((0 | &VERSION, json)) if json.len() < MAX_SECTION => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

/// Puts the doc comments of `wit` into a component that was built from it, in place of those that it carries.
///
/// `package` is the author's own package in `wit`; it has the world that the component implements. Interfaces of
/// other packages in `wit` are documented too, when the component imports or exports them.
///
/// ```
/// let component = empty_component();
/// let mut wit = wit_parser::Resolve::default();
/// let package = wit.push_str("calc.wit", "package acme:calc; /// Sums. \n world calc {}")?;
/// let documented = loket_values::docs::inject(&component, &wit, package)?;
/// assert!(documented.starts_with(&component));
/// # fn empty_component() -> Vec<u8> { wasm_encoder::Component::new().finish() }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the bytes are not a component, or no world in `package` exports what it exports.
pub fn inject(component: &[u8], wit: &Resolve, package: PackageId) -> Result<Vec<u8>, DocsError> {
    let border = Border::read(component)?;
    let names = |exports| border.side(exports).map(|(name, _)| name.to_owned()).collect::<BTreeSet<String>>();
    let (imports, exports) = (names(false), names(true));
    let world = &wit.worlds[find_world(wit, package, &exports)?];

    let mut root = WorldDocs { docs: world.docs.contents.clone(), ..WorldDocs::default() };
    let mut interfaces = Map::new();
    for (items, border, side) in
        [(&world.imports, &imports, &mut root.funcs), (&world.exports, &exports, &mut root.func_exports)]
    {
        for (key, item) in items {
            match item {
                WorldItem::Function(function) => {
                    if let (true, Some(text)) = (border.contains(&function.name), &function.docs.contents) {
                        side.insert(function.name.clone(), FunctionDocs::Docs { docs: Some(text.clone()) });
                    }
                }
                WorldItem::Interface { id, .. } => {
                    interfaces.insert(world_key(wit, key), interface_docs(wit, *id));
                }
                WorldItem::Type { .. } => {}
            }
        }
    }
    let mut bytes = without_docs(component)?;
    let has_root = root.docs.is_some() || !root.funcs.is_empty() || !root.func_exports.is_empty();
    if has_root {
        append(&mut bytes, SECTION, &json!({ "worlds": { "root": root } }))?;
    }
    interfaces.retain(|_, docs| docs.docs.is_some() || !docs.funcs.is_empty() || !docs.types.is_empty());
    if !interfaces.is_empty() {
        append(&mut bytes, INTERFACES, &json!({ "interfaces": interfaces }))?;
    }
    Ok(bytes)
}

/// `componentize-py` puts an interface of this name beside what the world exports.
const BESIDES: &str = "exports";

/// The smallest world of the package that exports all that the component does.
fn find_world(wit: &Resolve, package: PackageId, exports: &BTreeSet<String>) -> Result<WorldId, DocsError> {
    let package = &wit.packages[package];
    let covers = |world: &World| {
        let offered: BTreeSet<String> = world.exports.keys().map(|key| world_key(wit, key)).collect();
        exports.iter().all(|name| name == BESIDES || offered.contains(name))
    };
    let world = package.worlds.values().copied().filter(|id| covers(&wit.worlds[*id]));
    world.min_by_key(|id| wit.worlds[*id].exports.len()).ok_or_else(|| DocsError::NoWorld {
        package: package.name.to_string(),
        exports: exports.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    })
}

fn world_key(wit: &Resolve, key: &WorldKey) -> String {
    wit.name_world_key(key)
}

/// The metadata of one interface, through wit-parser's own extraction of what belongs there.
fn interface_docs(wit: &Resolve, id: wit_parser::InterfaceId) -> InterfaceDocs {
    use wit_parser::TypeDefKind as Kind;
    let interface = &wit.interfaces[id];
    let mut docs = InterfaceDocs { docs: interface.docs.contents.clone(), ..InterfaceDocs::default() };
    for (name, function) in &interface.functions {
        if let Some(text) = &function.docs.contents {
            docs.funcs.insert(name.clone(), FunctionDocs::Docs { docs: Some(text.clone()) });
        }
    }
    for (name, id) in &interface.types {
        let ty = &wit.types[*id];
        let items: Vec<(&String, &wit_parser::Docs)> = match &ty.kind {
            Kind::Record(record) => record.fields.iter().map(|field| (&field.name, &field.docs)).collect(),
            Kind::Variant(variant) => variant.cases.iter().map(|case| (&case.name, &case.docs)).collect(),
            Kind::Enum(cases) => cases.cases.iter().map(|case| (&case.name, &case.docs)).collect(),
            Kind::Flags(flags) => flags.flags.iter().map(|flag| (&flag.name, &flag.docs)).collect(),
            _ => Vec::new(),
        };
        let items: Map<String> =
            items.into_iter().filter_map(|(name, docs)| Some((name.clone(), docs.contents.clone()?))).collect();
        if ty.docs.contents.is_some() || !items.is_empty() {
            docs.types.insert(name.clone(), TypeDocs { docs: ty.docs.contents.clone(), items });
        }
    }
    docs
}

/// The component without the documentation sections at its top level.
fn without_docs(component: &[u8]) -> Result<Vec<u8>, DocsError> {
    const HEADER: usize = 8;
    let broken = |error: wasmparser::BinaryReaderError| DocsError::Encoding(error.to_string());
    let mut bytes = Vec::with_capacity(component.len());
    let (header, rest) = component.split_at_checked(HEADER).unwrap_or((component, &[]));
    bytes.extend_from_slice(header);
    // At the top level everything is a section: an id, a size and a body, nested components included.
    let mut reader = BinaryReader::new(rest, 0);
    while !reader.eof() {
        let start = reader.current_position();
        let id = reader.read_u8().map_err(broken)?;
        let size = reader.read_var_u32().map_err(broken)?;
        let body = reader.read_bytes(size as usize).map_err(broken)?;
        let end = reader.current_position();
        let is_docs = id == CUSTOM
            && BinaryReader::new(body, 0).read_string().is_ok_and(|name| [SECTION, INTERFACES].contains(&name));
        if !is_docs {
            bytes.extend_from_slice(&rest[start..end]);
        }
    }
    Ok(bytes)
}

fn append(bytes: &mut Vec<u8>, name: &str, docs: &serde_json::Value) -> Result<(), DocsError> {
    let mut data = vec![VERSION];
    serde_json::to_writer(&mut data, docs).map_err(|error| DocsError::Encoding(error.to_string()))?;
    if data.len() > MAX_SECTION {
        return Err(DocsError::Encoding(format!("it has {} bytes, {MAX_SECTION} are read; shorten it", data.len())));
    }
    let section = CustomSection { name: Cow::Borrowed(name), data: Cow::Owned(data) };
    bytes.push(section.id());
    section.encode(bytes);
    Ok(())
}
