//! The same project in Rust under `cargo component`, whose authors need not know `loket build`.

use crate::house::built;
use crate::project::{Project, well, with_tools};
use crate::roles::Asked;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn cargo_component_builds_a_project_in_rust_and_loket_build_after_it_documents_it() {
    let program = built("LOKET_PEERS").join("cargo-component/bin/cargo-component");
    // With interfaces of others in it, and without.
    for (role, asked) in [("tool", Asked::Tool), ("agent", Asked::Agent)] {
        let project = Project::new(role, "rust");
        let mut build = Command::new(&program);
        build.args(["component", "build", "--release", "--target", "wasm32-unknown-unknown"]);
        with_tools(build.current_dir(&project.folder));
        well(build.output().expect("it is there"));
        let made = project.folder.join("target/wasm32-unknown-unknown/release");
        let made = made.join(format!("local_my_{role}_rust.wasm"));
        let component = std::fs::read(made).expect("it is there");
        assert_eq!(component.get(4..8), Some(&[0x0d, 0, 1, 0][..]), "it is a component, and no module");
        if role == "agent" {
            asked.is_answered(&project, component).await;
        }
        // A tool is asked for its documentation, too.
        asked.is_answered(&project, project.build()).await;
    }
}
