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
