//! The corpus: a file for each attack in `hostile/`, and for each look-alike in `benign/`.
//!
//! A file is a component in the text format. The comment at its head says what it does, and then, a line each:
//!
//! * `;; scanner: NAME`: who should say so, or who could be fooled;
//! * `;; unseen: WHY`: in an attack that is put together only when it runs, so that nobody can see it before; it counts as missed;
//! * `;; package: NAME`: the package that it would be, where that matters.
//!
//! Beside it may lie `NAME.persona.md`, an agent's persona, and `NAME.before.wat`, the version that it replaces. `{{noise N}}` in the text
//! stands for so many bytes of which none says anything about the next, and `{{times N TEXT}}` for a text so many times.

use loket::scan::alone::Candidate;
use std::fmt::Write as _;
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
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scan");
    let mut all = Vec::new();
    for (folder, is_hostile) in [("hostile", true), ("benign", false)] {
        let files = std::fs::read_dir(place.join(folder)).expect("the corpus is there").flatten();
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
        files.sort();
        let is_one = |file: &&PathBuf| file.extension().is_some_and(|e| e == "wat") && !ends(file, ".before.wat");
        all.extend(files.iter().filter(is_one).map(|file| specimen(file, is_hostile)));
    }
    all
}

fn ends(file: &Path, end: &str) -> bool {
    file.to_str().is_some_and(|file| file.ends_with(end))
}

fn specimen(file: &Path, is_hostile: bool) -> Specimen {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("`{}`: {e}", file.display()));
    let head = |key: &str| text.lines().find_map(|line| line.strip_prefix(&format!(";; {key}: ")));
    let scanner = head("scanner").unwrap_or_else(|| panic!("`{}` does not say `;; scanner: NAME`", file.display()));
    let package = head("package").map(str::to_owned);
    let persona = std::fs::read_to_string(file.with_extension("persona.md")).ok();
    let documents: Vec<_> = persona.map(|text| ("persona.md".to_owned(), written_out(&text))).into_iter().collect();
    let before = file.with_extension("before.wat");
    let before = std::fs::read_to_string(&before).ok().map(|text| (before, text));
    Specimen {
        name: file.file_stem().and_then(|stem| stem.to_str()).expect("a plain name").to_owned(),
        is_hostile,
        scanner: scanner.to_owned(),
        is_unseen: head("unseen").is_some(),
        candidate: Candidate::new(package.clone(), &component(file, &text).into(), &documents),
        replaced: before.map(|(file, text)| Candidate::new(package, &component(&file, &text).into(), &[])),
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
        let (kind, much) = inner.split_once(' ').expect("a kind and a number");
        let (count, what) = much.split_once(' ').unwrap_or((much, ""));
        let count: usize = count.parse().expect("a number");
        match kind {
            "noise" => noise(count, &mut out),
            "times" => out.push_str(&what.repeat(count)),
            _ => panic!("`{kind}` is neither `noise` nor `times`"),
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
