//! The scanner `loket:scan-structure`: what a component is built of.
//!
//! [`payload`] looks at what lies in its data, `build` (here) at how it is put together. `host/docs/scanners/structure.md` says what it finds
//! and what it cannot see.

pub mod payload;

use loket_scan_reader::text::shown;
use loket_scan_reader::wasm::{Module, Step};
use loket_scan_reader::{Finding, Severity, Subject, Wasm};

loket_scan_reader::scanner!(crate::inspect);

/// A memory that begins with more pages than this is unusual: 32 MiB.
const MANY_PAGES: u64 = 512;
/// A table that begins with more elements than this is unusual.
const MANY_ELEMENTS: u64 = 100_000;
/// Names that are longer are not for people.
const LONG_NAME: usize = 256;
/// More custom data than this is unusual.
const MUCH_CUSTOM: u64 = 4 << 20;

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let mut findings = payload::inspect(&wasm);
    if let Some((why, offset)) = &wasm.fault {
        let finding = Finding::new(
            "structure/unreadable",
            Severity::High,
            "it cannot be read to its end",
            format!("What comes behind is not known: {why}."),
            "build it again",
        );
        findings.push(finding.at(*offset..*offset, "here"));
    }
    for module in &wasm.modules {
        findings.extend(start(module));
        findings.extend(memory(module));
        findings.extend(table(module));
    }
    findings.extend(names(&wasm));
    findings.extend(custom(&wasm));
    findings
}

/// Code that runs before anybody calls.
fn start(module: &Module<'_>) -> Option<Finding> {
    let (offset, function) = module.start?;
    let finding = Finding::new(
        "structure/start",
        Severity::Low,
        "code runs while it is instantiated",
        "Before any of its functions is called, for each call anew. Some languages set themselves up so; it is also where a component can do something whatever it is called for.",
        "look what `reach` says of it",
    );
    Some(finding.at(offset..offset + 1, &format!("function {function}")))
}

fn memory(module: &Module<'_>) -> Option<Finding> {
    let (offset, memory) = module.memories.iter().find(|(_, memory)| memory.initial > MANY_PAGES || memory.memory64)?;
    let title = match memory.memory64 {
        true => "it has a memory of 64-bit addresses".to_owned(),
        false => format!("its memory begins with {} MiB", memory.initial >> 4),
    };
    let finding = Finding::new(
        "structure/memory",
        Severity::Low,
        title,
        "Each of its calls takes as much from what all instances have together.",
        "lower `memory_mib` in `[limits]`, or look for one that needs less",
    );
    Some(finding.at(*offset..offset + 1, &format!("{} pages", memory.initial)))
}

fn table(module: &Module<'_>) -> Option<Finding> {
    let (offset, table) = module.tables.iter().find(|(_, table)| table.initial > MANY_ELEMENTS)?;
    let finding = Finding::new(
        "structure/table",
        Severity::Low,
        format!("a table begins with {} elements", table.initial),
        "A program has as many elements as it has functions whose address it takes; this is more than large programs have.",
        "the host's limit `table_elements` holds it; look for another one",
    );
    Some(finding.at(*offset..offset + 1, &format!("{} elements", table.initial)))
}

/// Names that say what no component should do, and names that nobody can read.
fn names(wasm: &Wasm<'_>) -> Vec<Finding> {
    const WORDS: [&str; 12] = [
        "backdoor",
        "keylog",
        "exfiltrat",
        "ransom",
        "shellcode",
        "reverse-shell",
        "rootkit",
        "stealer",
        "cryptominer",
        "botnet",
        "bypass-auth",
        "disable-security",
    ];
    let core = wasm.modules.iter().flat_map(|module| module.exports.iter().map(|(offset, name, ..)| (*offset, *name)));
    let border = wasm.root().into_iter().flat_map(|root| &root.steps).filter_map(|(offset, step)| match step {
        Step::Export(export) => Some((*offset, export.name.name)),
        Step::Import(import) => Some((*offset, import.name.name)),
        _ => None,
    });
    let mut findings = Vec::new();
    for (offset, name) in core.chain(border) {
        let plain = name.to_ascii_lowercase().replace(['_', ' '], "-");
        let range = offset..offset + name.len() as u64 + 1;
        if let Some(word) = WORDS.iter().find(|word| plain.contains(**word)) {
            let finding = Finding::new(
                "structure/name",
                Severity::Medium,
                format!("it exports or imports `{}`", shown(name.as_bytes())),
                format!("`{word}` is not what a component that helps is called for."),
                "ask its author what that is",
            );
            findings.push(finding.at(range, &shown(name.as_bytes())));
        } else if name.len() > LONG_NAME {
            let finding = Finding::new(
                "structure/long-name",
                Severity::Low,
                format!("a name has {} bytes", name.len()),
                "Names that long are made by machines, or are a place to hide something.",
                "look at it",
            );
            findings.push(finding.at(range, &shown(name.as_bytes())));
        }
        if findings.len() >= 50 {
            break;
        }
    }
    findings
}

/// Data that nothing in the component can read: who else is it for?
fn custom(wasm: &Wasm<'_>) -> Option<Finding> {
    let known = |name: &str| {
        name == "name"
            || name.starts_with(".debug_")
            || name.starts_with("reloc.")
            || name.starts_with("component-type")
    };
    let others = wasm.customs.iter().filter(|custom| !known(custom.name));
    let all: u64 = others.clone().map(|custom| custom.bytes.len() as u64).sum();
    if all <= MUCH_CUSTOM {
        return None;
    }
    let largest = others.max_by_key(|custom| custom.bytes.len())?;
    let finding = Finding::new(
        "structure/custom-sections",
        Severity::Medium,
        format!("its custom sections have {} KiB", all >> 10),
        "Code cannot read them. What is in there is for somebody else.",
        "strip it (`wasm-tools strip --all`) before you publish it",
    );
    let end = largest.offset + largest.bytes.len() as u64;
    Some(finding.at(largest.offset..end, &shown(largest.name.as_bytes())))
}
