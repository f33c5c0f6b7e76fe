//! The program itself, and the contract in it, changed on the disk.

use super::{PASSPHRASE, find, flip, replace};
use crate::process::{LOKET, Service, home, loket, says};
use serde_json::Value as Json;
use std::path::Path;

fn status(home: &Path) -> Json {
    let output = loket(home, &["--json", "guardian", "verify"]);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn faults(status: &Json) -> Vec<&str> {
    let faults = status["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
    faults.iter().filter_map(|fault| fault["what"].as_str()).collect()
}

fn chats(home: &Path) {
    let answer = says(home, &["chat", "assistant", "/calc 2+2*3"]);
    assert!(answer.starts_with('8'), "{answer}");
}

/// Ends a service, and clears away what would tell of it.
fn end(service: Service, home: &Path) {
    service.kill();
    std::fs::remove_file(home.join("state/host.json")).expect("it was there");
}

#[test]
fn a_flipped_bit_of_the_program_or_of_the_contract_in_it_is_safe_mode_until_it_is_put_back() {
    let (home, tools) = (home(), tempfile::tempdir().expect("a temporary folder"));
    let home = home.path();
    let (program, secret) = (tools.path().join("loket"), tools.path().join("passphrase"));
    std::fs::copy(LOKET, &program).expect("it can be copied");
    std::fs::write(&secret, PASSPHRASE).expect("it can be written");
    let secret = secret.display().to_string();
    let service = Service::start_program(&program, home);
    says(home, &["guardian", "seal", "--passphrase-file", &secret]);
    assert_eq!(status(home)["state"], "sealed");

    // Its last byte: what runs has the old ones in memory.
    let before = flip(&program, |bytes| bytes.len() - 1);
    let found = status(home);
    assert_eq!((found["state"].as_str(), faults(&found)), (Some("safe-mode"), vec!["program"]));
    assert!(found["faults"][0]["file"].as_str().is_some_and(|file| file == program.display().to_string()), "{found}");
    chats(home);
    let component = crate::house::built("LOKET_FIXTURES").join(super::ECHO);
    let refused = loket(home, &["publish", &component.display().to_string(), "--name", "a:b", "--version", "1.0.0"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("safe mode"), "{refused:?}");
    replace(&program, &before);
    says(home, &["guardian", "leave", "--passphrase-file", &secret]);
    assert_eq!(status(home)["state"], "sealed");
    end(service, home);

    // A letter in the contract's documentation: the program runs, with another contract than the one that was sealed.
    let before = flip(&program, |bytes| find(bytes, "Errors: `not-found` when there is no such component."));
    let service = Service::start_program(&program, home);
    let found = status(home);
    assert_eq!((found["state"].as_str(), faults(&found)), (Some("safe-mode"), vec!["program", "contract"]));
    chats(home);
    end(service, home);
    replace(&program, &before);
    let service = Service::start_program(&program, home);
    assert_eq!(status(home)["state"], "safe-mode", "it is not over by itself");
    says(home, &["guardian", "leave", "--passphrase-file", &secret]);
    assert_eq!(status(home)["state"], "sealed");
    chats(home);
    end(service, home);
}
