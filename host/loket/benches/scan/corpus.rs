//! The corpus: a file for each attack in `hostile/`, and for each look-alike in `benign/`.
//!
//! A file is a component in the text format. The comment at its head says what it does, and then, a line each:
//!
//! * `;; scanner: NAME`: who should say so, or who could be fooled;
//! * `;; unseen: WHY`: in an attack that is put together only when it runs, so that nobody can see it before; it counts as missed;
//! * `;; package: NAME`: the package that it would be, where that matters;
//! * `;; signature: WORD`: what its signature comes to, where there is anything to say of it;
//! * `;; known-bad: WHY`: in an attack whose digest the owner has among those that are bad.
//!
//! Beside it may lie `NAME.persona.md`, an agent's persona, and `NAME.before.wat`, the version that it replaces. In double braces stands what
//! is written out: `noise N` for so many bytes of which none says anything about the next, `times N TEXT` for a text so many times, `file
//! NAME` for another attack's text, `blank N` for so many spaces compressed, and `list NAME VERSION SOURCE KIND, …` for a list of dependencies
//! as `cargo auditable` writes it.
//!
//! `advisories/` is what the owner laid out: made-up advisories about made-up packages, in the form of the RustSec database.

use auditable_serde::{DependencyKind, Package, Source, VersionInfo};
use loket::scan::alone::Candidate;
use loket_providers::scan::Signature;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One of the corpus.
pub(crate) struct Specimen {
    /// Its file's name.
    pub(crate) name: String,
    /// Whether it is an attack.
    pub(crate) is_hostile: bool,
    /// Who should say so, or who could be fooled: `secrets`.
    pub(crate) scanner: String,
    /// Whether it is put together only when it runs.
    pub(crate) is_unseen: bool,
    /// What scanners are shown.
    pub(crate) candidate: Candidate,
    /// The version that it replaces.
    pub(crate) replaced: Option<Candidate>,
}

/// All of them, attacks first, by name.
pub(crate) fn read() -> Vec<Specimen> {
    let mut all = Vec::new();
    for (folder, is_hostile) in [("hostile", true), ("benign", false)] {
        let is_one = |file: &&PathBuf| file.extension().is_some_and(|e| e == "wat") && !ends(file, ".before.wat");
        all.extend(inside(&place().join(folder)).iter().filter(is_one).map(|file| specimen(file, is_hostile)));
    }
    all
}

/// Lays the owner's advisories out in a home, with the digests of what is known to be bad.
pub(crate) fn lay_out_advisories(home: &Path) {
    let to = home.join("advisories");
    for collection in ["crates", "rust"] {
        for package in inside(&place().join("advisories").join(collection)) {
            let folder = to.join(collection).join(package.file_name().expect("it has one"));
            fs::create_dir_all(&folder).expect("it can be made");
            for file in inside(&package) {
                fs::copy(&file, folder.join(file.file_name().expect("it has one"))).expect("it can be copied");
            }
        }
    }
    let mut list = String::new();
    for file in inside(&place().join("hostile")) {
        let text = fs::read_to_string(&file).expect("it can be read");
        if let Some(why) = head(&text, "known-bad") {
            let digest = hex::encode(Sha256::digest(component(&file, &text)));
            writeln!(list, "[[digest]]\nsha256 = \"{digest}\"\nwhy = \"{why}\"").expect("it is a text");
        }
    }
    fs::write(to.join("known-bad.toml"), list).expect("it can be written");
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scan")
}

/// What is in a folder, by name.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("`{}`: {e}", folder.display())).flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// What the comment at a text's head says.
fn head<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(";; ")?.strip_prefix(key)?.strip_prefix(": "))
}

fn ends(file: &Path, end: &str) -> bool {
    file.to_str().is_some_and(|file| file.ends_with(end))
}

fn specimen(file: &Path, is_hostile: bool) -> Specimen {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("`{}`: {e}", file.display()));
    let head = |key: &str| head(&text, key);
    let scanner = head("scanner").unwrap_or_else(|| panic!("`{}` does not say `;; scanner: NAME`", file.display()));
    let package = head("package").map(str::to_owned);
    let persona = fs::read_to_string(file.with_extension("persona.md")).ok();
    let documents: Vec<_> = persona.map(|text| ("persona.md".to_owned(), written_out(&text))).into_iter().collect();
    let before = file.with_extension("before.wat");
    let before = fs::read_to_string(&before).ok().map(|text| (before, text));
    let candidate = Candidate::new(package.clone(), &component(file, &text).into(), &documents);
    Specimen {
        name: file.file_stem().and_then(|stem| stem.to_str()).expect("a plain name").to_owned(),
        is_hostile,
        scanner: scanner.to_owned(),
        is_unseen: head("unseen").is_some(),
        candidate: match head("signature") {
            Some(word) => candidate.signed(signature(word)),
            None => candidate,
        },
        replaced: before.map(|(file, text)| Candidate::new(package, &component(&file, &text).into(), &[])),
    }
}

fn signature(word: &str) -> Signature {
    match word {
        "none" => Signature::Unsigned,
        "trusted" => Signature::Trusted { name: "anna".into(), key: "3FD6E0B1A2C49785".into() },
        "unknown" => Signature::Unknown("91AB03C5D7E82F64".into()),
        "revoked" => Signature::Revoked("anna".into()),
        "broken" => Signature::Broken("its signature is not one of key 3FD6E0B1A2C49785 over these bytes".into()),
        _ => panic!("`{word}` is nothing that a signature comes to"),
    }
}

fn component(file: &Path, text: &str) -> Vec<u8> {
    wat::parse_str(written_out(text)).unwrap_or_else(|e| panic!("`{}`: {e}", file.display()))
}

/// The text with what stands in double braces written out.
fn written_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (inner, after))) =
        rest.split_once("{{").and_then(|(before, behind)| Some((before, behind.split_once("}}")?)))
    {
        out.push_str(before);
        let (kind, much) = inner.split_once(' ').unwrap_or((inner, ""));
        let (count, what) = much.split_once(' ').unwrap_or((much, ""));
        let number = || count.parse().expect("a number");
        match kind {
            "noise" => noise(number(), &mut out),
            "times" => out.push_str(&what.repeat(number())),
            "blank" => compressed(&vec![b' '; number()], &mut out),
            "file" => out.push_str(&file_of(much)),
            "list" => compressed(&serde_json::to_vec(&list(much)).expect("JSON"), &mut out),
            _ => panic!("`{kind}` is nothing that is written out"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Bytes as if they had been drawn: the same each time.
fn noise(count: usize, out: &mut String) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let _ = write!(out, "\\{:02x}", state >> 32 & 0xff);
    }
}

/// The text of another attack, without its head.
fn file_of(name: &str) -> String {
    let text = fs::read_to_string(place().join("hostile").join(name).with_extension("wat")).expect("it is there");
    text.lines().filter(|line| !line.starts_with(";;")).collect::<Vec<_>>().join("\n")
}

/// A list of dependencies: of each the name, the version, where it is from, and what it is for where that is `build`.
fn list(much: &str) -> VersionInfo {
    let package = |text: &str| {
        let mut words = text.split_whitespace();
        let mut next = || words.next().expect("a name, a version and a source");
        let (name, version, source) = (next().to_owned(), next().parse().expect("a version"), Source::from(next()));
        let kind = if words.next() == Some("build") { DependencyKind::Build } else { DependencyKind::Runtime };
        Package { name, version, source, kind, dependencies: Vec::new(), root: false }
    };
    let packages = much.split(',').filter(|text| !text.trim().is_empty()).map(package).collect();
    VersionInfo { packages, format: 1 }
}

/// Bytes as `cargo auditable` compresses them.
fn compressed(bytes: &[u8], out: &mut String) {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("it goes to memory");
    for byte in encoder.finish().expect("it goes to memory") {
        let _ = write!(out, "\\{byte:02x}");
    }
}
