//! Packs what new projects are made of into one file: the templates, and the interfaces of the contract that a project may name.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What of WASI an app needs.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(Path::new("templates"), "", &mut files)?;
    let contract = Path::new("../../wit");
    for entry in fs::read_dir(contract)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "deps" {
            collect(&path, &format!("wit/loket-{name}/"), &mut files)?;
        }
    }
    for name in WASI {
        files.push((format!("wit/wasi-{name}/{name}.wit"), contract.join(format!("deps/{name}.wit"))));
    }
    for folder in [Path::new("templates"), contract] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    files.sort();
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default().join("templates.tar.gz");
    let mut archive = tar::Builder::new(GzEncoder::new(fs::File::create(out)?, Compression::best()));
    for (name, path) in files {
        let bytes = fs::read(path)?;
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, &bytes[..])?;
    }
    archive.into_inner()?.finish().map(drop)
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
