//! The pictures of results, for whoever can see: of the kinds that models take, by what their own first bytes say, and no more than fit.

use super::provided::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

/// The most pictures of one result.
const MOST: usize = 4;
/// The most bytes of all pictures of a batch.
const BATCH: usize = 512 << 10;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// What it is by its first bytes, whatever was said of it.
    pub(super) mime: &'static str,
    pub(super) data: Vec<u8>,
}

/// What whoever asked can still see of a batch's pictures.
#[derive(Debug)]
pub(super) struct Sight {
    room: Room,
    /// Those of the result that is written now.
    pictures: Vec<Picture>,
}

#[derive(Debug)]
enum Room {
    /// Whoever asked reads words only.
    Blind,
    /// So many bytes.
    Bytes(usize),
    /// The words take all of it.
    Words,
}

impl Sight {
    /// Of whoever reads words only.
    pub(super) fn none() -> Sight {
        Sight { room: Room::Blind, pictures: Vec::new() }
    }

    /// Of a batch.
    pub(super) fn of_a_batch() -> Sight {
        Sight { room: Room::Bytes(BATCH), pictures: Vec::new() }
    }

    /// Of a batch whose words leave nothing.
    pub(super) fn taken_by_words() -> Sight {
        Sight { room: Room::Words, pictures: Vec::new() }
    }

    /// What stands in a result for bytes: which of its pictures they are, or that they are left out.
    pub(super) fn piece(&mut self, kind: &str, blob: &Blob) -> Json {
        match self.see(kind, blob) {
            Ok(Picture { mime, data }) => {
                let picture =
                    json!({ "kind": "image", "mime": mime, "bytes": data.len(), "picture": self.pictures.len() + 1 });
                self.pictures.push(Picture { mime, data });
                picture
            }
            Err(why) => json!({ "kind": kind, "mime": blob.mime, "bytes": length(&blob.data), "left-out": why }),
        }
    }

    /// The pictures of the result that was written.
    pub(super) fn take(&mut self) -> Vec<Picture> {
        std::mem::take(&mut self.pictures)
    }

    /// The picture that bytes are; else why they are none that can be seen, which is plain where nobody takes them for one.
    fn see(&mut self, kind: &str, blob: &Blob) -> Result<Picture, Json> {
        if let Room::Blind = self.room {
            return Err(Json::Bool(true));
        }
        let Some(mime) = mime(&blob.data) else {
            return Err(match kind {
                "image" => "it is no PNG, JPEG, GIF or WebP".into(),
                _ => Json::Bool(true),
            });
        };
        let no_room = || Json::from("the words of these results leave no room for pictures: ask for less at once");
        let Room::Bytes(room) = &mut self.room else { return Err(no_room()) };
        if self.pictures.len() == MOST {
            return Err(format!("of one result {MOST} pictures are shown").into());
        }
        let data = match room.checked_sub(length(&blob.data)) {
            Some(_) => STANDARD.decode(&blob.data).map_err(|_| Json::from("its bytes cannot be read"))?,
            None => {
                let why = format!(
                    "{} KiB of pictures are shown at once, and it does not fit: ask for a smaller one, or for it alone",
                    BATCH >> 10
                );
                return Err(why.into());
            }
        };
        *room -= data.len();
        Ok(Picture { mime, data })
    }
}

/// How many bytes base64 stands for.
fn length(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

/// What a picture in base64 is by its first 12 bytes.
fn mime(base64: &str) -> Option<&'static str> {
    match &STANDARD.decode(base64.get(..16)?).ok()?[..] {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes that begin with these.
    fn blob(mime: &str, first: &[u8], bytes: usize) -> Blob {
        let mut data = first.to_vec();
        data.resize(bytes, 0);
        Blob { mime: mime.to_owned(), data: STANDARD.encode(data) }
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    fn png(bytes: usize) -> Blob {
        blob("image/png", PNG, bytes)
    }

    #[test]
    fn what_a_picture_is_its_first_bytes_say_and_nobody_else() {
        for (kind, said, first, is) in [
            ("image", "image/png", PNG, Some("image/png")),
            ("image", "image/png", b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            ("image", "text/html", b"GIF89a", Some("image/gif")),
            ("image", "image/gif", b"GIF87a", Some("image/gif")),
            ("image", "", b"RIFF\x10\0\0\0WEBP", Some("image/webp")),
            ("bytes", "application/octet-stream", PNG, Some("image/png")),
            ("image", "image/png", b"RIFF\x10\0\0\0WAVE", None),
            ("image", "image/png", b"<svg xmlns=", None),
            ("image", "image/svg+xml", b"<svg xmlns=", None),
            ("image", "image/png", b"%PDF-1.7", None),
            ("image", "image/png", b"\x89PNG\n", None),
            ("audio", "audio/wav", b"RIFF\x10\0\0\0WAVE", None),
        ] {
            let mut sight = Sight::of_a_batch();
            let told = sight.piece(kind, &blob(said, first, 40));
            let seen = sight.take().pop().map(|picture| (picture.mime, picture.data.len()));
            assert_eq!(seen, is.map(|mime| (mime, 40)), "{said} {first:?}");
            assert_eq!(told["mime"], is.unwrap_or(said), "{told}");
            assert_eq!((told["picture"] == 1, told["left-out"].is_null()), (is.is_some(), is.is_some()), "{told}");
            assert_eq!(told["bytes"], 40, "{told}");
        }
        let mut sight = Sight::of_a_batch();
        for data in ["", "iVBO", "no base64 at all!", "iVBORw0KGgoAAAAN!", "größer als alles andere"] {
            let told = sight.piece("image", &Blob { mime: "image/png".to_owned(), data: data.to_owned() });
            assert!(told["left-out"].is_string() && sight.take().is_empty(), "{data:?}: {told}");
        }
    }

    #[test]
    fn so_many_pictures_of_a_result_are_shown_and_so_many_bytes_of_a_batch() {
        const ALL: usize = BATCH;
        // For each result how large its pictures are, and which of them are shown.
        #[rustfmt::skip]
        let cases: [&[(&[usize], &[bool])]; 6] = [
            &[(&[100; 4], &[true; 4])],
            &[(&[100; 6], &[true, true, true, true, false, false]), (&[100], &[true])],
            &[(&[ALL], &[true])],
            &[(&[ALL + 1], &[false])],
            // The first calls' before others, and what is too large keeps no other from its place.
            &[(&[ALL - 100], &[true]), (&[200, 100, 12], &[false, true, false])],
            &[(&[ALL / 2 + 1, ALL / 2 + 1], &[true, false]), (&[ALL / 2 - 1], &[true])],
        ];
        for results in cases {
            let mut sight = Sight::of_a_batch();
            for (sizes, shown) in results {
                let told: Vec<Json> = sizes.iter().map(|size| sight.piece("image", &png(*size))).collect();
                let is_shown: Vec<bool> = told.iter().map(|told| told["picture"].is_u64()).collect();
                assert_eq!(is_shown, *shown, "{results:?}: {told:?}");
                let expected: Vec<usize> =
                    sizes.iter().zip(*shown).filter(|(_, is)| **is).map(|(size, _)| *size).collect();
                let numbers: Vec<u64> = told.iter().filter_map(|told| told["picture"].as_u64()).collect();
                let seen: Vec<usize> = sight.take().iter().map(|picture| picture.data.len()).collect();
                assert_eq!(seen, expected, "{results:?}");
                assert!(numbers.iter().copied().eq(1..=u64::try_from(seen.len()).expect("few")), "{numbers:?}");
                let says_why = |told: &Json| told["left-out"].as_str().is_some_and(|why| why.contains("shown"));
                assert!(told.iter().all(|told| told["picture"].is_u64() || says_why(told)), "{told:?}");
            }
        }
    }

    #[test]
    fn whoever_reads_words_only_is_told_and_shown_nothing() {
        for (mut sight, is_plain) in [(Sight::none(), true), (Sight::taken_by_words(), false)] {
            let told = sight.piece("image", &png(40));
            assert!(sight.take().is_empty());
            assert_eq!((told["left-out"] == true, told["left-out"].is_string()), (is_plain, !is_plain), "{told}");
        }
    }
}
