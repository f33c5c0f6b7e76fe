//! Names of packages, capabilities and interfaces, from a terminal, a manifest or a file's path: what is read is written again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket_guardian::capability::CapabilityName;
use loket_registry::{PackageName, PackageRef};
use loket_values::InterfaceName;
use std::fmt::Display;
use std::str::FromStr;

fuzz_target!(|text: &str| {
    returns::<PackageName>(text);
    returns::<PackageRef>(text);
    returns::<CapabilityName>(text);
    returns::<InterfaceName>(text);
});

/// What was read and written reads as the same again.
fn returns<T: FromStr + Display + PartialEq>(text: &str) {
    if let Ok(name) = text.parse::<T>() {
        let written = name.to_string();
        assert!(written.parse::<T>().is_ok_and(|again| again == name), "`{text}` was written as `{written}`");
    }
}
