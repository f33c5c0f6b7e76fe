//! What lies in a component's data: other programs, scripts, and what is packed.

use loket_scan_reader::text::{entropy, find, forwards, shown};
use loket_scan_reader::wasm::Region;
use loket_scan_reader::{Finding, Severity, Wasm, backwards};

/// The piece whose entropy is measured.
const WINDOW: usize = 4096;
/// A piece of which each byte says more than this is packed or encrypted: English has 4, code 6, noise of this length 7.95.
const PACKED: f64 = 7.6;
/// So many bytes of that in one place are told.
const MUCH: usize = 16 << 10;
/// So many places of a kind are told.
const MOST: usize = 16;

/// Looks through the regions.
pub fn inspect(wasm: &Wasm<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for region in wasm.regions() {
        // Bindings carry their own types as a component in a custom section; debug data is as it is.
        if region.what.starts_with("component-type") || region.what.starts_with(".debug_") || region.what == "name" {
            continue;
        }
        programs(&region, &mut findings);
        scripts(&region, &mut findings);
        findings.extend(packed(&region));
        if findings.len() > 200 {
            break;
        }
    }
    findings
}

/// Programs inside, by more than their first letters.
fn programs(region: &Region<'_>, findings: &mut Vec<Finding>) {
    type Check = fn(&[u8]) -> bool;
    let kinds: [(&str, &str, &[u8], Check, Severity); 4] = [
        ("structure/embedded-wasm", "a WebAssembly module or component", b"\0asm", is_wasm, Severity::Medium),
        ("structure/embedded-program", "a program for Linux (ELF)", b"\x7fELF", is_elf, Severity::High),
        ("structure/embedded-program", "a program for Windows (PE)", b"MZ", is_pe, Severity::High),
        ("structure/embedded-program", "a program for macOS (Mach-O)", b"\xcf\xfa\xed\xfe", is_macho, Severity::High),
    ];
    for (id, what, magic, check, severity) in kinds {
        let mut from = 0;
        let mut told = 0;
        while let Some(at) = find(region.bytes, magic, from) {
            from = at + 1;
            if !check(&region.bytes[at..]) {
                continue;
            }
            let offset = region.offset + at as u64;
            let finding = Finding::new(
                id,
                severity,
                format!("{what} is in its {}", shown(region.what.as_bytes())),
                "A component has no use for a program of another kind, but to hand it on to somebody who runs it.",
                "ask its author what it is for",
            );
            findings.push(finding.at(offset..offset + magic.len() as u64, &shown(magic)));
            told += 1;
            if told == MOST {
                break;
            }
        }
    }
}

fn is_wasm(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..8), Some([1, 0, 0, 0] | [0x0d, 0, 1, 0]))
        && bytes.get(8).is_some_and(|section| *section <= 13)
}

fn is_elf(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..7), Some([1 | 2, 1 | 2, 1])) && bytes.len() > 52
}

fn is_pe(bytes: &[u8]) -> bool {
    let Some(at) = bytes.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes) else {
        return false;
    };
    (0x40..0x1000).contains(&at) && bytes.get(at as usize..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

fn is_macho(bytes: &[u8]) -> bool {
    // For Intel or ARM, and of a kind that there is.
    matches!(bytes.get(4..8), Some([7 | 12, 0, 0, 1])) && matches!(bytes.get(12..16), Some([1..=11, 0, 0, 0]))
}

/// Scripts, and the lines by which others are made to run something.
fn scripts(region: &Region<'_>, findings: &mut Vec<Finding>) {
    const SCRIPTS: &[&[u8]] = backwards!["#!/bin/sh\n", "#!/bin/bash\n", "#!/usr/bin/env "];
    const ATTACKS: &[&[u8]] = backwards![
        "bash -i >& /dev/tcp/",
        "/bin/sh -i",
        "powershell -enc",
        "powershell -e ",
        "powershell.exe -nop",
        "IEX(New-Object",
        "eval(base64_decode(",
        "| base64 -d | sh",
        "exec(base64.b64decode("
    ];
    let scripts = SCRIPTS.iter().map(|line| (line, Severity::Medium));
    for (line, severity) in scripts.chain(ATTACKS.iter().map(|line| (line, Severity::High))) {
        let line = forwards(line);
        if let Some(at) = find(region.bytes, &line, 0) {
            findings.push(script(region, at, line.len(), severity));
        }
    }
    // `curl https://… | sh`, in whatever words.
    for fetch in ["curl ", "wget "] {
        let mut from = 0;
        while let Some(at) = find(region.bytes, fetch.as_bytes(), from) {
            from = at + 1;
            let line = &region.bytes[at..(at + 300).min(region.bytes.len())];
            let line = line.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or_default();
            let Some(pipe) = find(line, b"|", 0) else { continue };
            let rest = line[pipe + 1..].trim_ascii_start();
            let shells: [&[u8]; 5] = [b"sh", b"bash", b"sudo sh", b"sudo bash", b"python"];
            let is_shell = shells.iter().any(|shell| {
                rest.starts_with(shell)
                    && rest.get(shell.len()).is_none_or(|next| !next.is_ascii_alphanumeric() || *next == b'3')
            });
            if is_shell && line[..pipe].windows(3).any(|three| three == b"://") {
                findings.push(script(region, at, pipe + 1, Severity::High));
                break;
            }
        }
    }
}

fn script(region: &Region<'_>, at: usize, length: usize, severity: Severity) -> Finding {
    let offset = region.offset + at as u64;
    let there = shown(&region.bytes[at..(at + length + 40).min(region.bytes.len())]);
    Finding::new(
        "structure/script",
        severity,
        format!("a script is in its {}", shown(region.what.as_bytes())),
        "The component cannot run it. Whoever it is handed to might: a terminal, a continuous-integration file, a person.",
        "ask its author what it is for",
    )
    .at(offset..offset + length as u64, &there)
}

/// The longest stretch that is packed.
fn packed(region: &Region<'_>) -> Option<Finding> {
    if region.bytes.len() < MUCH {
        return None;
    }
    let (mut longest, mut begins, mut length) = (0..0, 0, 0);
    let mut all = 0;
    for (at, piece) in region.bytes.chunks(WINDOW).enumerate() {
        let is_packed = piece.len() == WINDOW && entropy(piece) > PACKED && !is_known(region.bytes, at * WINDOW);
        if is_packed {
            if length == 0 {
                begins = at * WINDOW;
            }
            length += WINDOW;
            all += WINDOW;
            if length > longest.len() {
                longest = begins..begins + length;
            }
        } else {
            length = 0;
        }
    }
    if longest.len() < MUCH {
        return None;
    }
    // Where most of a component is packed, what it is remains to be unpacked.
    let severity = if all > 256 << 10 && all * 2 > region.bytes.len() { Severity::High } else { Severity::Medium };
    let finding = Finding::new(
        "structure/packed",
        severity,
        format!("{} KiB of its {} are packed or encrypted", all >> 10, shown(region.what.as_bytes())),
        "What is in there no scanner can see. Compressed tables and pictures look like this, too.",
        "ask its author what it is; a component that is built from plain data can be looked through",
    );
    let offset = region.offset + longest.start as u64;
    Some(finding.at(offset..offset + longest.len() as u64, &format!("{} bytes in one piece", longest.len())))
}

/// Whether a picture or a font began not long before: those are packed by nature.
fn is_known(bytes: &[u8], at: usize) -> bool {
    const KINDS: [&[u8]; 5] = [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"wOF2", b"wOFF", b"GIF89a"];
    let before = &bytes[at.saturating_sub(256 << 10)..(at + 16).min(bytes.len())];
    KINDS.iter().any(|magic| find(before, magic, 0).is_some())
}
