//! Streams of any bytes: it does not matter where they are cut, nothing is held without bound, and nothing panics.

use loket_model_adapter::lines::Lines;
use loket_model_adapter::reading::{Reader, Reading};
use loket_model_adapter::sse::Events;
use proptest::prelude::*;

/// Bytes that look like a stream, mostly.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"data: {\"a\": 1}".to_vec()),
        Just(b"event: x".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just("\u{feff}größer".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..10),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn events_are_the_same_wherever_the_stream_is_cut(bytes in bytes(), size in 1usize..20) {
        let whole = Events::default().feed(&bytes).expect("it is short");
        let mut cut = Events::default();
        let pieces: Vec<String> = bytes.chunks(size).flat_map(|piece| cut.feed(piece).expect("it is short")).collect();
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn lines_are_the_same_wherever_the_stream_is_cut(bytes in bytes(), size in 1usize..20) {
        let mut whole = Lines::default();
        let mut all = whole.feed(&bytes).expect("it is short");
        all.extend(whole.rest());
        let mut cut = Lines::default();
        let mut pieces: Vec<String> = bytes.chunks(size).flat_map(|piece| cut.feed(piece).expect("it is short")).collect();
        pieces.extend(cut.rest());
        prop_assert!(all.iter().all(|line| !line.is_empty() && !line.contains('\n')));
        prop_assert_eq!(all, pieces);
    }

    #[test]
    fn what_an_answer_in_json_says_is_the_same_wherever_it_is_cut(words in "\\PC{0,40}", noise in "[\\\\\"u{}:a-d0-9 ]{0,30}", size in 1usize..9) {
        for raw in [serde_json::json!({ "answer": words }).to_string(), format!("{{\"answer\": \"{noise}")] {
            let mut reader = Reader::default();
            let characters: Vec<char> = raw.chars().collect();
            let mut said: String = characters.chunks(size).map(|piece| reader.feed(&piece.iter().collect::<String>())).collect();
            let (reading, rest) = reader.close();
            said += &rest;
            let Reading::Answer(answer) = reading else { panic!("it is no call: {raw}") };
            prop_assert_eq!(said, answer);
        }
        let mut reader = Reader::default();
        reader.feed(&serde_json::json!({ "answer": words }).to_string());
        prop_assert_eq!(reader.close().0, Reading::Answer(words));
    }
}
