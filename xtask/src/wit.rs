//! `cargo xtask wit`: the contract parses, is documented, keeps to its rules, and is the one that was agreed on.

use crate::{packages, workspace};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wit_component::WitPrinter;
use wit_parser::{Docs, Function, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => check(false),
        ["--bless"] => check(true),
        _ => bail!("`cargo xtask wit` takes `--bless` or nothing"),
    }
}

/// Checks the contract; `bless` rewrites its snapshot instead of comparing with it.
pub(crate) fn check(bless: bool) -> Result<()> {
    let (resolve, packages) = packages::contract().context("the contract in `wit/` does not parse")?;
    let mut faults = Vec::new();
    for package in &packages {
        Inspection { resolve: &resolve, faults: &mut faults }.package(*package);
    }
    faults.extend(foreign()?);
    let printed = print(&resolve, &packages)?;
    let snapshot = workspace::root().join("wit/contract.snap");
    if bless {
        let changed = workspace::publish(&snapshot, printed.as_bytes())?;
        eprintln!("    `wit/contract.snap` {}", if changed { "rewritten" } else { "was up to date" });
    } else if std::fs::read_to_string(&snapshot).unwrap_or_default() != printed {
        faults.push("the contract is not the one in `wit/contract.snap`: if the change is meant, run `cargo xtask wit --bless` and commit it".into());
    }
    if !faults.is_empty() {
        bail!("the contract breaks {} of its rules:\n  {}", faults.len(), faults.join("\n  "));
    }
    eprintln!("    {} packages in `wit/` are sound", packages.len());
    Ok(())
}

/// The contract in one text, sorted and without comments.
fn print(resolve: &Resolve, packages: &[PackageId]) -> Result<String> {
    let mut texts = BTreeMap::new();
    for package in packages {
        let mut printer = WitPrinter::default();
        printer.emit_docs(false).print(resolve, *package, &[])?;
        texts.insert(resolve.packages[*package].name.to_string(), printer.output.to_string());
    }
    let head = "// The contract as the last `cargo xtask wit --bless` found it. Not to be edited.\n".to_owned();
    Ok(texts.into_values().fold(head, |all, text| format!("{all}\n{text}")))
}

/// WASI that the host's own crates answer, and `wasmtime-wasi` does not.
const ANSWERED: [&str; 2] = ["config.wit", "keyvalue"];

/// Compares `wit/deps/` with what the pinned `wasmtime-wasi` implements.
fn foreign() -> Result<Vec<String>> {
    let theirs = source_of("wasmtime-wasi")?.join("src/p2/wit/deps");
    let read = |folder: &Path| -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let relative = |path: &PathBuf| path.strip_prefix(folder).map_or_else(|_| path.clone(), Path::to_path_buf);
        let files =
            workspace::files(folder).into_iter().filter(|file| file.extension().is_some_and(|end| end == "wit"));
        files.map(|file| Ok((relative(&file), std::fs::read(&file)?))).collect()
    };
    let ours = read(&workspace::root().join("wit/deps"))?;
    let theirs = read(&theirs)?;
    let mut faults = Vec::new();
    for (file, text) in &theirs {
        let shown = file.display();
        match ours.get(file) {
            None => faults.push(format!(
                "`wit/deps/{shown}` is missing: copy it from `src/p2/wit/deps` of the pinned `wasmtime-wasi`"
            )),
            Some(ours) if ours != text => {
                faults.push(format!("`wit/deps/{shown}` differs from that of the pinned `wasmtime-wasi`: copy it anew"))
            }
            Some(_) => {}
        }
    }
    let strangers =
        ours.keys().filter(|file| !theirs.contains_key(*file) && ANSWERED.iter().all(|own| !file.starts_with(own)));
    faults.extend(
        strangers
            .map(|file| format!("`wit/deps/{}` is not part of the pinned `wasmtime-wasi`: remove it", file.display())),
    );
    Ok(faults)
}

/// The folder of a dependency's source.
fn source_of(name: &str) -> Result<PathBuf> {
    let metadata = workspace::output(workspace::cargo().args(["metadata", "--format-version", "1", "--locked"]))
        .or_else(|_| workspace::output(workspace::cargo().args(["metadata", "--format-version", "1"])))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("`cargo metadata` answered no JSON")?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let package = packages.iter().find(|package| package["name"] == name);
    let manifest = package.and_then(|package| package["manifest_path"].as_str()).map(PathBuf::from);
    let folder = manifest.and_then(|manifest| manifest.parent().map(Path::to_path_buf));
    folder.with_context(|| format!("the workspace does not depend on `{name}`"))
}

/// A walk over a package that notes what breaks the rules.
struct Inspection<'i> {
    resolve: &'i Resolve,
    faults: &'i mut Vec<String>,
}

impl Inspection<'_> {
    fn package(&mut self, id: PackageId) {
        let resolve = self.resolve;
        let package = &resolve.packages[id];
        let name = package.name.to_string();
        self.documented(&name, &package.docs);
        for (world, id) in &package.worlds {
            self.documented(&format!("{name}/{world}"), &resolve.worlds[*id].docs);
        }
        for (interface, id) in &package.interfaces {
            let place = format!("{}:{}/{interface}", package.name.namespace, package.name.name);
            self.interface(&place, *id);
        }
    }

    fn interface(&mut self, place: &str, id: InterfaceId) {
        let interface = &self.resolve.interfaces[id];
        self.documented(place, &interface.docs);
        for (name, ty) in &interface.types {
            self.type_definition(&format!("{place}.{name}"), id, *ty);
        }
        for (name, function) in &interface.functions {
            self.function(&format!("{place}#{name}"), function);
        }
    }

    fn type_definition(&mut self, place: &str, home: InterfaceId, id: TypeId) {
        let ty = &self.resolve.types[id];
        if let TypeDefKind::Type(Type::Id(other)) = ty.kind
            && self.resolve.types[other].owner != TypeOwner::Interface(home)
        {
            // A `use`: documented where it is defined.
            return;
        }
        self.documented(place, &ty.docs);
        let items: Vec<(&String, &Docs)> = match &ty.kind {
            TypeDefKind::Record(record) => record.fields.iter().map(|field| (&field.name, &field.docs)).collect(),
            TypeDefKind::Variant(variant) => variant.cases.iter().map(|case| (&case.name, &case.docs)).collect(),
            TypeDefKind::Enum(cases) => cases.cases.iter().map(|case| (&case.name, &case.docs)).collect(),
            TypeDefKind::Flags(flags) => flags.flags.iter().map(|flag| (&flag.name, &flag.docs)).collect(),
            TypeDefKind::Resource | TypeDefKind::Handle(_) => {
                self.faults.push(format!("{place}: a resource; Loket's interfaces pass values only"));
                Vec::new()
            }
            _ => Vec::new(),
        };
        for (item, docs) in items {
            self.documented(&format!("{place}.{item}"), docs);
        }
        self.value(place, &ty.kind);
    }

    fn function(&mut self, place: &str, function: &Function) {
        self.documented(place, &function.docs);
        for parameter in &function.params {
            if parameter.ty == Type::Bool {
                self.faults.push(format!(
                    "{place}: the parameter `{}` is a bare `bool`; name its two cases in an enum",
                    parameter.name
                ));
            }
            self.used(place, parameter.ty);
        }
        if let Some(ty) = function.result {
            self.used(place, ty);
            if let Type::Id(id) = ty
                && let TypeDefKind::Result(result) = &self.resolve.types[id].kind
                && result.err == Some(Type::String)
            {
                self.faults.push(format!("{place}: the error is a bare `string`; use `loket:types/types.error`"));
            }
        }
    }

    /// A type where it is used: what has no name is looked into; what has one was checked where it is defined.
    fn used(&mut self, place: &str, ty: Type) {
        let Type::Id(id) = ty else { return };
        let definition = &self.resolve.types[id];
        if definition.name.is_none() {
            self.value(place, &definition.kind);
        }
    }

    fn value(&mut self, place: &str, kind: &TypeDefKind) {
        let mut parts: Vec<Type> = Vec::new();
        match kind {
            TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                self.faults.push(format!(
                    "{place}: a future or stream; Loket's interfaces pass whole values, and emit events on the way"
                ));
            }
            TypeDefKind::Handle(_) => {
                self.faults.push(format!("{place}: a handle; Loket's interfaces pass values only"))
            }
            TypeDefKind::Record(record) => parts.extend(record.fields.iter().map(|field| field.ty)),
            TypeDefKind::Variant(variant) => parts.extend(variant.cases.iter().filter_map(|case| case.ty)),
            TypeDefKind::Tuple(tuple) => parts.extend(&tuple.types),
            TypeDefKind::Result(result) => parts.extend(result.ok.into_iter().chain(result.err)),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => parts.push(*ty),
            TypeDefKind::Map(key, value) => parts.extend([*key, *value]),
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) | TypeDefKind::Resource | TypeDefKind::Unknown => {}
        }
        for part in parts {
            self.used(place, part);
        }
    }

    fn documented(&mut self, place: &str, docs: &Docs) {
        if docs.contents.as_deref().unwrap_or_default().trim().is_empty() {
            self.faults.push(format!("{place}: not documented"));
        }
    }
}
