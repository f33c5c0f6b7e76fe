//! What the tool claims: unique names of the right version, in order where they are timed, and what one tells of itself.

use loket_uuid::{Version, make, read};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Bytes that look random, and are the same each time.
fn scattered(count: u64) -> Vec<u8> {
    let mixed = |n: u64| {
        let n = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (n ^ (n >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    };
    (0..count).map(|n| (mixed(n) >> 40) as u8).collect()
}

#[test]
fn those_of_one_batch_are_all_different_and_of_the_version_that_was_asked_for() {
    for (version, number) in [(Version::Random, 4), (Version::Timed, 7)] {
        let made = make(version, 1000, 1_795_442_580_123, scattered).expect("so many may be made");
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 1000);
        for uuid in &made {
            let about = read(uuid).expect("it is one");
            assert_eq!((about.version, &about.uuid), (number, uuid));
        }
    }
}

#[test]
fn timed_ones_tell_when_they_were_made_and_sort_by_it() {
    let first = make(Version::Timed, 10, 1_795_442_580_123, scattered).expect("so many may be made");
    let second = make(Version::Timed, 10, 1_795_442_580_124, scattered).expect("so many may be made");
    assert_eq!(read(&first[0]).expect("it is one").made, Some(1_795_442_580_123));
    let all: Vec<_> = first.iter().chain(&second).collect();
    assert!(all.is_sorted(), "{all:?}");
    assert_eq!(read(&make(Version::Random, 1, 5, scattered).expect("one")[0]).expect("it is one").made, None);
}

#[test]
fn every_form_is_read() {
    let plain = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    for form in [
        plain,
        "F81D4FAE7DEC11D0A76500A0C91E6BF6",
        "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
        " urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n",
    ] {
        let about = read(form).expect(form);
        // The example of RFC 9562 was made in 1997.
        assert_eq!(
            (about.uuid.as_str(), about.version, about.made.map(|made| made / 86_400_000 / 365)),
            (plain, 1, Some(27))
        );
    }
    assert_eq!(read("00000000-0000-0000-0000-000000000000").expect("nil").version, 0);
    assert_eq!(read("ffffffff-ffff-ffff-ffff-ffffffffffff").expect("max").version, 15);
}

#[test]
fn errors_say_what_would_be_right() {
    for count in [0, 1001] {
        assert!(make(Version::Random, count, 0, scattered).expect_err("a bad count").contains("1 to 1000"));
    }
    assert!(make(Version::Random, 2, 0, |_| vec![0; 16]).expect_err("too few").contains("try again"));
    let why = read(&"x".repeat(1 << 20)).expect_err("no uuid");
    assert!(why.contains("32 digits in hex") && why.len() < 300, "{why}");
}

proptest! {
    #[test]
    fn no_input_panics(text in "\\PC{0,60}", millis in any::<u64>(), count in any::<u32>()) {
        drop(read(&text));
        drop(make(Version::Timed, count % 2_000, millis, scattered));
    }

    #[test]
    fn every_number_of_128_bits_can_be_read_and_written(bits in any::<u128>()) {
        let text = format!("{bits:032x}");
        prop_assert_eq!(read(&text).expect("it has 32 digits").uuid.replace('-', ""), text);
    }
}
