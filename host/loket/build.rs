//! Puts packages and agents into the program: the files of the folder that `LOKET_BUNDLE` names, each packed, as the list that
//! `src/bundle.rs` reads.
//! Without that variable, as when the host is built in a checkout, the list is empty.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LOKET_BUNDLE");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    let mut list = String::from("&[\n");
    if let Some(folder) = env::var_os("LOKET_BUNDLE").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder, "", &mut files)?;
        files.sort();
        for (at, (name, path)) in files.into_iter().enumerate() {
            let packed = out.join(format!("bundled-{at}.gz"));
            let mut file = GzEncoder::new(fs::File::create(&packed)?, Compression::best());
            file.write_all(&fs::read(path)?)?;
            file.finish()?;
            // Writing to a string cannot fail.
            let _ = writeln!(list, "    ({name:?}, include_bytes!({:?})),", packed.display().to_string());
        }
    }
    list.push_str("]\n");
    fs::write(out.join("bundle.rs"), list)
}

/// The files below a folder, each with its path there, whose parts are divided by `/`.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
