//! The tool `loket:uuid`: UUIDs made and read.
//!
//! Files in reading order: [`mod@make`] new ones, [`mod@read`] what one tells. This file has the border to the component model.

pub mod make;
pub mod read;

pub use bindings::exports::loket::uuid::uuids::{About, Version};
pub use make::make;
pub use read::read;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Tool;
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit", "wit"],
        world: "loket:uuid/uuid",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Tool with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Tool;

impl bindings::exports::loket::uuid::uuids::Guest for Tool {
    fn make(version: Option<Version>, count: Option<u32>) -> Result<Vec<String>, String> {
        let now = bindings::wasi::clocks::wall_clock::now();
        let millis = now.seconds.saturating_mul(1000).saturating_add(u64::from(now.nanoseconds / 1_000_000));
        make(
            version.unwrap_or(Version::Random),
            count.unwrap_or(1),
            millis,
            bindings::wasi::random::random::get_random_bytes,
        )
    }

    fn read(uuid: String) -> Result<About, String> {
        read(&uuid)
    }
}
