//! A memory as its table has it: what is as usual takes no bytes, and what other memories have too is a number.
//!
//! ```text
//!   packed  = version kind traits written touched [labels] [who] [turn] [tags] [conversation] [strength]
//!             [superseded] [corrects] [faded] [derived] [also] body
//!   traits  : which of those in brackets are there, and flags that need no more
//!   written : later than the time in its id, touched: later than written; in milliseconds, below nothing too
//!   who, tags, conversation : numbers of names
//!   body    : the words themselves to the end, or a lesson's or a skill's parts
//! ```
//!
//! All in postcard. It can be read with its brain's names only; what stands by itself, in the log and in the journal, is a whole
//! [`Record`].

use super::names::{Name, Named};
use super::record::{Body, Record, unstorable};
use crate::error::BrainError;
use crate::id::{MemoryId, time_of};
use crate::types::{Source, Timestamp};
use serde::{Deserialize, Serialize};

/// The version byte of packed records, in the row of those of whole ones.
pub(super) const VERSION: u8 = 3;

/// What a memory has that not every one has; the usual ones first, so that they fit a byte.
mod traits {
    pub(super) const TAGS: u16 = 1;
    pub(super) const CONVERSATION: u16 = 1 << 1;
    pub(super) const WHO: u16 = 1 << 2;
    pub(super) const TURN: u16 = 1 << 3;
    pub(super) const LABELS: u16 = 1 << 4;
    pub(super) const STRENGTH: u16 = 1 << 5;
    pub(super) const SUPERSEDED: u16 = 1 << 6;
    pub(super) const PARTS: u16 = 1 << 7;
    pub(super) const CORRECTS: u16 = 1 << 8;
    pub(super) const PINNED: u16 = 1 << 9;
    pub(super) const FADED: u16 = 1 << 10;
    pub(super) const ALIKE: u16 = 1 << 11;
    pub(super) const DERIVED: u16 = 1 << 12;
    pub(super) const ALSO: u16 = 1 << 13;
}

/// A turn: hosts name them with ULIDs.
#[derive(Serialize, Deserialize)]
enum Turn<'t> {
    Ulid([u8; 16]),
    Named(&'t str),
}

impl<'t> Turn<'t> {
    fn of(turn: &'t str) -> Turn<'t> {
        match MemoryId::from(turn).key() {
            Some(ulid) => Turn::Ulid(ulid.to_be_bytes()),
            None => Turn::Named(turn),
        }
    }

    fn text(&self) -> String {
        match self {
            Turn::Ulid(bytes) => MemoryId::from_key(u128::from_be_bytes(*bytes)).to_string(),
            Turn::Named(turn) => (*turn).to_owned(),
        }
    }
}

/// The names that a memory bears as packed, each as often as it does.
pub(super) fn names(record: &Record) -> impl Iterator<Item = Name<'_>> {
    let who = (!is_nobody(&record.source)).then(|| Name::who(&record.source));
    let tags = record.tags.iter().map(|tag| Name::Tag(tag));
    let conversation = record.conversation.as_deref().map(Name::Conversation);
    who.into_iter().chain(tags).chain(conversation).chain(record.also.iter().map(Name::who))
}

fn is_nobody(source: &Source) -> bool {
    source.agent.is_empty() && source.chain.is_empty() && source.package.is_none()
}

/// Packs a record; `number` gives each name its number.
pub(super) fn pack(
    key: u128,
    record: &Record,
    mut number: impl FnMut(Name<'_>) -> Result<u32, BrainError>,
) -> Result<Vec<u8>, BrainError> {
    let source = &record.source;
    let has = [
        (traits::TAGS, !record.tags.is_empty()),
        (traits::CONVERSATION, record.conversation.is_some()),
        (traits::WHO, !is_nobody(source)),
        (traits::TURN, !source.turn.is_empty()),
        (traits::LABELS, record.labels != 0),
        (traits::STRENGTH, record.strength != 1),
        (traits::SUPERSEDED, record.superseded.is_some()),
        (traits::PARTS, !matches!(record.body, Body::Plain(_))),
        (traits::CORRECTS, record.corrects.is_some()),
        (traits::PINNED, record.pinned),
        (traits::FADED, record.faded != 0),
        (traits::ALIKE, record.alike),
        (traits::DERIVED, !record.derived.is_empty()),
        (traits::ALSO, !record.also.is_empty()),
    ];
    let has = has.into_iter().filter(|(_, has)| *has).fold(0, |all, (bit, _)| all | bit);
    let text = if let Body::Plain(text) = &record.body { text.as_str() } else { "" };
    let mut bytes = Vec::with_capacity(64 + text.len());
    bytes.extend([VERSION, record.kind]);
    let mut packer = Packer { bytes, has };
    packer.put(&has)?;
    packer.put(&(record.written.wrapping_sub(time_of(key)) as i64))?;
    packer.put(&(record.touched.wrapping_sub(record.written) as i64))?;
    packer.put_if(traits::LABELS, || Ok(record.labels))?;
    packer.put_if(traits::WHO, || number(Name::who(source)))?;
    packer.put_if(traits::TURN, || Ok(Turn::of(&source.turn)))?;
    packer
        .put_if(traits::TAGS, || record.tags.iter().map(|tag| number(Name::Tag(tag))).collect::<Result<Vec<_>, _>>())?;
    if let Some(conversation) = &record.conversation {
        packer.put(&number(Name::Conversation(conversation))?)?;
    }
    packer.put_if(traits::STRENGTH, || Ok(record.strength))?;
    packer.put_if(traits::SUPERSEDED, || Ok(record.superseded.map(u128::to_be_bytes).unwrap_or_default()))?;
    packer.put_if(traits::CORRECTS, || Ok(record.corrects.map(u128::to_be_bytes).unwrap_or_default()))?;
    packer.put_if(traits::FADED, || Ok(record.faded))?;
    packer.put_if(traits::DERIVED, || Ok(record.derived.iter().map(|key| key.to_be_bytes()).collect::<Vec<_>>()))?;
    packer.put_if(traits::ALSO, || {
        let also = record.also.iter().map(|source| Ok((number(Name::who(source))?, Turn::of(&source.turn))));
        also.collect::<Result<Vec<_>, BrainError>>()
    })?;
    packer.put_if(traits::PARTS, || Ok(&record.body))?;
    let mut bytes = packer.bytes;
    bytes.extend_from_slice(text.as_bytes());
    Ok(bytes)
}

struct Packer {
    bytes: Vec<u8>,
    has: u16,
}

impl Packer {
    fn put(&mut self, value: &impl Serialize) -> Result<(), BrainError> {
        let bytes = postcard::to_extend(value, std::mem::take(&mut self.bytes));
        self.bytes = bytes.map_err(|error| unstorable(&error))?;
        Ok(())
    }

    fn put_if<T: Serialize>(
        &mut self,
        bit: u16,
        value: impl FnOnce() -> Result<T, BrainError>,
    ) -> Result<(), BrainError> {
        if self.has & bit == 0 { Ok(()) } else { self.put(&value()?) }
    }
}

/// Reads a memory as its table has it: packed, or whole, as older formats had it.
pub(crate) fn read(key: u128, bytes: &[u8], names: &impl Named) -> Result<Record, BrainError> {
    let Some((&VERSION, rest)) = bytes.split_first() else { return Record::decode(key, bytes) };
    unpack(key, rest, names).map_err(|error| {
        let id = MemoryId::from_key(key);
        match error {
            Unreadable::Form(error) => BrainError::damaged(format!("memory `{id}` is damaged: {error}")),
            Unreadable::Brain(BrainError::Damaged { what, .. }) => {
                BrainError::damaged(format!("memory `{id}` is damaged: {what}"))
            }
            Unreadable::Brain(error) => error,
        }
    })
}

enum Unreadable {
    Form(postcard::Error),
    Brain(BrainError),
}

impl From<postcard::Error> for Unreadable {
    fn from(error: postcard::Error) -> Unreadable {
        Unreadable::Form(error)
    }
}

impl From<BrainError> for Unreadable {
    fn from(error: BrainError) -> Unreadable {
        Unreadable::Brain(error)
    }
}

fn unpack(key: u128, bytes: &[u8], names: &impl Named) -> Result<Record, Unreadable> {
    let (&kind, rest) = bytes.split_first().ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
    let mut rest = Unpacker { rest, has: 0 };
    rest.has = rest.take()?;
    let written: Timestamp = time_of(key).wrapping_add_signed(rest.take()?);
    let touched = written.wrapping_add_signed(rest.take()?);
    let labels = rest.take_if(traits::LABELS)?.unwrap_or(0);
    let who: Option<u32> = rest.take_if(traits::WHO)?;
    let turn: Option<Turn<'_>> = rest.take_if(traits::TURN)?;
    let turn = turn.map(|turn| turn.text()).unwrap_or_default();
    let by = match who {
        Some(who) => source(who, turn, names)?,
        None => Source { turn, ..Source::default() },
    };
    let tags: Vec<u32> = rest.take_if(traits::TAGS)?.unwrap_or_default();
    let tags = tags.into_iter().map(|tag| text(tag, names)).collect::<Result<_, _>>()?;
    let conversation: Option<u32> = rest.take_if(traits::CONVERSATION)?;
    let conversation = conversation.map(|conversation| text(conversation, names)).transpose()?;
    let strength = rest.take_if(traits::STRENGTH)?.unwrap_or(1);
    let superseded: Option<[u8; 16]> = rest.take_if(traits::SUPERSEDED)?;
    let corrects: Option<[u8; 16]> = rest.take_if(traits::CORRECTS)?;
    let faded = rest.take_if(traits::FADED)?.unwrap_or(0);
    let derived: Vec<[u8; 16]> = rest.take_if(traits::DERIVED)?.unwrap_or_default();
    let also: Vec<(u32, Turn<'_>)> = rest.take_if(traits::ALSO)?.unwrap_or_default();
    let also = also.into_iter().map(|(who, turn)| source(who, turn.text(), names)).collect::<Result<_, _>>()?;
    let body = match rest.take_if(traits::PARTS)? {
        Some(body) => body,
        None => {
            let text = str::from_utf8(rest.rest).map_err(|_| postcard::Error::DeserializeBadUtf8)?;
            Body::Plain(text.to_owned())
        }
    };
    Ok(Record {
        kind,
        body,
        tags,
        conversation,
        written,
        touched,
        source: by,
        also,
        labels,
        corrects: corrects.map(u128::from_be_bytes),
        superseded: superseded.map(u128::from_be_bytes),
        strength,
        pinned: rest.has & traits::PINNED != 0,
        faded,
        alike: rest.has & traits::ALIKE != 0,
        derived: derived.into_iter().map(u128::from_be_bytes).collect(),
    })
}

fn source(who: u32, turn: String, names: &impl Named) -> Result<Source, Unreadable> {
    let bytes = names.name(who)?;
    let Name::Who(agent, chain, package) = Name::read(&bytes)? else { return Err(another(who)) };
    Ok(Source { agent: agent.to_owned(), turn, chain: chain.to_owned(), package: package.map(str::to_owned) })
}

fn text(number: u32, names: &impl Named) -> Result<String, Unreadable> {
    let bytes = names.name(number)?;
    match Name::read(&bytes)? {
        Name::Conversation(text) | Name::Tag(text) => Ok(text.to_owned()),
        Name::Who(..) => Err(another(number)),
    }
}

fn another(number: u32) -> Unreadable {
    BrainError::damaged(format!("the name with the number {number} is of another kind")).into()
}

struct Unpacker<'b> {
    rest: &'b [u8],
    has: u16,
}

impl<'b> Unpacker<'b> {
    fn take<T: Deserialize<'b>>(&mut self) -> Result<T, postcard::Error> {
        let (value, rest) = postcard::take_from_bytes(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    fn take_if<T: Deserialize<'b>>(&mut self, bit: u16) -> Result<Option<T>, postcard::Error> {
        if self.has & bit == 0 { Ok(None) } else { self.take().map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::names::missing;
    use crate::types::Step;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Names in the order of their numbers, from 1.
    #[derive(Default)]
    struct Few(Vec<Vec<u8>>);

    impl Few {
        fn number(&mut self, name: Name<'_>) -> u32 {
            let bytes = postcard::to_stdvec(&name).expect("encodes");
            let known = self.0.iter().position(|known| *known == bytes);
            known.unwrap_or_else(|| {
                self.0.push(bytes);
                self.0.len() - 1
            }) as u32
                + 1
        }
    }

    impl Named for Few {
        fn name(&self, number: u32) -> Result<Arc<[u8]>, BrainError> {
            let name = (number as usize).checked_sub(1).and_then(|at| self.0.get(at));
            Ok(name.ok_or_else(|| missing(number))?.as_slice().into())
        }
    }

    const KEY: u128 = 1000 << 80 | 7;

    fn plain() -> Record {
        Record {
            kind: 0,
            body: Body::Plain("words".into()),
            tags: Vec::new(),
            conversation: None,
            written: 1000,
            touched: 1000,
            source: Source::default(),
            also: Vec::new(),
            labels: 0,
            corrects: None,
            superseded: None,
            strength: 1,
            pinned: false,
            faded: 0,
            alike: false,
            derived: Vec::new(),
        }
    }

    #[test]
    fn the_packed_form_is_fixed() {
        // A change of these bytes is a change of the format on disk: give it a new version and keep reading this one.
        let mut names = Few::default();
        let packed = pack(KEY, &plain(), |name| Ok(names.number(name))).expect("packed");
        assert_eq!(packed, b"\x03\x00\x00\x00\x00words");
        let said = |turn: &str| Source { agent: "a".into(), turn: turn.into(), chain: "h".into(), package: None };
        let full = Record {
            kind: 2,
            body: Body::Lesson { right: "r".into(), wrong: "w".into(), borrowed: true, applies: String::new() },
            tags: vec!["t".into(), "u".into()],
            conversation: Some("c".into()),
            written: 999,
            touched: 1001,
            source: said("00000000000000000000000009"),
            also: vec![said("n")],
            labels: 3,
            corrects: Some(4),
            superseded: Some(5),
            strength: 6,
            pinned: true,
            faded: 2,
            alike: true,
            derived: vec![8],
        };
        let packed = pack(KEY, &full, |name| Ok(names.number(name))).expect("packed");
        let ids = [4u128, 5, 8, 9].map(u128::to_be_bytes);
        let expected = [
            b"\x03\x02\xff\x7f\x01\x04\x03\x01\x00".as_slice(),
            &ids[3],
            b"\x02\x02\x03\x04\x06",
            &ids[1],
            &ids[0],
            b"\x02\x01",
            &ids[2],
            b"\x01\x01\x01\x01n\x01\x01r\x01w\x01\x00",
        ];
        assert_eq!(packed, expected.concat());
        let stored: Vec<&[u8]> = names.0.iter().map(Vec::as_slice).collect();
        assert_eq!(stored, [b"\x00\x01a\x01h\x00".as_slice(), b"\x02\x01t", b"\x02\x01u", b"\x01\x01c"]);
        assert_eq!(Record::kind_of(&packed), Some(crate::types::Kind::Lesson));
        assert_eq!(read(KEY, &packed, &names).expect("read"), full);
    }

    fn sources() -> impl Strategy<Value = Source> {
        let turn = prop_oneof![Just(String::new()), Just(MemoryId::from_key(KEY).to_string()), "\\PC{0,12}"];
        ("\\PC{0,4}", turn, "\\PC{0,4}", prop::option::of("\\PC{0,4}"))
            .prop_map(|(agent, turn, chain, package)| Source { agent, turn, chain, package })
    }

    fn bodies() -> impl Strategy<Value = Body> {
        let text = || "\\PC{0,20}";
        let step = (text(), text(), text()).prop_map(|(tool, arguments, outcome)| Step { tool, arguments, outcome });
        prop_oneof![
            text().prop_map(Body::Plain),
            (text(), text(), any::<bool>(), text()).prop_map(|(right, wrong, borrowed, applies)| Body::Lesson {
                right,
                wrong,
                borrowed,
                applies
            }),
            (text(), prop::collection::vec(step, 0..3)).prop_map(|(text, steps)| Body::Skill { text, steps }),
        ]
    }

    prop_compose! {
        fn records()(
            (kind, labels, strength, faded) in (0..4u8, any::<u8>(), any::<u32>(), 0..5u8),
            (pinned, alike) in any::<(bool, bool)>(),
            (written, touched) in any::<(u64, u64)>(),
            (corrects, superseded) in any::<(Option<u128>, Option<u128>)>(),
            body in bodies(),
            tags in prop::collection::vec("\\PC{0,6}", 0..4),
            conversation in prop::option::of("\\PC{0,6}"),
            source in sources(),
            also in prop::collection::vec(sources(), 0..4),
            derived in prop::collection::vec(any::<u128>(), 0..4),
        ) -> Record {
            Record {
                kind, body, tags, conversation, written, touched, source, also, labels, corrects, superseded, strength, pinned, faded,
                alike, derived,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_packed_is_read_as_it_was_and_names_what_it_says(key in any::<u128>(), record in records()) {
            let (mut few, mut asked) = (Few::default(), Vec::new());
            let packed = pack(key, &record, |name| {
                let number = few.number(name);
                asked.push(number);
                Ok(number)
            });
            let packed = packed.expect("packed");
            prop_assert_eq!(read(key, &packed, &few).expect("read"), record.clone());
            let mut told: Vec<u32> = names(&record).map(|name| few.number(name)).collect();
            told.sort_unstable();
            asked.sort_unstable();
            prop_assert_eq!(told, asked);
        }

        #[test]
        fn no_bytes_are_too_strange(key in any::<u128>(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let few = Few(vec![b"\x00\x01a\x01h\x00".to_vec(), b"\x02\x01t".to_vec(), b"\x09".to_vec()]);
            let _ = read(key, &[&[VERSION], bytes.as_slice()].concat(), &few);
        }
    }
}
