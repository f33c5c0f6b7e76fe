//! What the tool claims: the digests that others publish for the same bytes, and errors that say what would be right.

use loket_hash::{Algorithm, Encoding, check, digest, input};
use proptest::prelude::*;

const ALL: [Algorithm; 6] =
    [Algorithm::Sha256, Algorithm::Sha512, Algorithm::Blake3, Algorithm::Sha1, Algorithm::Md5, Algorithm::Crc32];

#[test]
fn digests_are_those_that_the_algorithms_own_papers_give() {
    for (algorithm, text, expect) in [
        (Algorithm::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (Algorithm::Sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Algorithm::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Algorithm::Md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
        (Algorithm::Crc32, "123456789", "cbf43926"),
        (Algorithm::Blake3, "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
        (
            Algorithm::Sha512,
            "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(digest(text.as_bytes(), algorithm), expect, "{algorithm:?}");
    }
}

#[test]
fn bytes_can_be_given_in_base64_and_hex() {
    for (encoding, text) in [
        (Encoding::Text, "hi?>"),
        (Encoding::Base64, "aGk/Pg=="),
        (Encoding::Base64, "aGk/Pg"),
        (Encoding::Base64, "aGk_Pg"),
        (Encoding::Hex, "68693F3e"),
    ] {
        assert_eq!(input::bytes(text.into(), encoding).as_deref(), Ok(&b"hi?>"[..]), "{text}");
    }
}

#[test]
fn a_digest_that_is_known_is_recognised() {
    for algorithm in ALL {
        let known = digest(b"tea", algorithm).to_uppercase();
        assert_eq!(check(b"tea", &known, None), Ok(Some(algorithm)));
        assert_eq!(check(b"tea", &format!(" {known}\n"), Some(algorithm)), Ok(Some(algorithm)));
        assert_eq!(check(b"coffee", &known, None), Ok(None));
    }
}

#[test]
fn errors_say_what_would_be_right() {
    for (why, word) in [
        (input::bytes("x".repeat((512 << 10) + 1), Encoding::Text).expect_err("too long"), "may have 524288"),
        (input::bytes("abc".into(), Encoding::Hex).expect_err("odd"), "two digits"),
        (input::bytes("a*c".into(), Encoding::Base64).expect_err("no sign"), "no Base64"),
        (check(b"", "sha256:ab", None).expect_err("a prefix"), "the digest alone"),
        (check(b"", "abc", None).expect_err("short"), "3 digits"),
        (check(b"", "cbf43926", Some(Algorithm::Md5)).expect_err("another"), "of another algorithm"),
    ] {
        assert!(why.contains(word), "{why}");
    }
}

proptest! {
    #[test]
    fn the_same_bytes_have_the_same_digest_however_they_are_written(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
        prop_assert_eq!(input::bytes(base64, Encoding::Base64), Ok(bytes.clone()));
        prop_assert_eq!(input::bytes(hex::encode(&bytes), Encoding::Hex), Ok(bytes));
    }

    #[test]
    fn no_input_panics(text in "\\PC{0,60}", known in "\\PC{0,60}") {
        for encoding in [Encoding::Text, Encoding::Base64, Encoding::Hex] {
            if let Ok(bytes) = input::bytes(text.clone(), encoding) {
                drop(check(&bytes, &known, None));
            }
        }
    }
}
