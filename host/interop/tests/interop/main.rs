//! Loket's packages, met by the libraries of wasm-pkg-tools. `cargo xtask test` runs them; they want `LOKET_REGISTRY` and `LOKET_PEERS`.

mod local;
mod oci;

use loket_registry::{PackageName, Registry};
use std::path::PathBuf;
use wit_parser::Resolve;

/// A folder that the build filled.
fn built(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| panic!("`{variable}` is not set: run `cargo xtask test`")).into()
}

/// A bundled component, as the build published it.
fn component() -> Vec<u8> {
    let registry = Registry::open(vec![built("LOKET_REGISTRY")]).expect("open");
    let name: PackageName = "loket:calc".parse().expect("a name");
    let newest = registry.newest(&name, &semver::VersionReq::STAR).expect("it was built");
    registry.read(&newest).expect("read").bytes().to_vec()
}

/// A package of WIT in its binary form; with so many functions.
fn wit(package: &str, functions: usize) -> Vec<u8> {
    let functions: String = (0..functions).map(|n| format!("f{n}: func(x: string) -> string;\n")).collect();
    let text = format!("package {package};\ninterface things {{\n{functions}}}\nworld tool {{ export things; }}\n");
    let mut resolve = Resolve::default();
    let id = resolve.push_str("things.wit", &text).expect("it is WIT");
    wit_component::encode(&resolve, id).expect("encoded")
}
