//! The tables in `brain.redb`, and the two counters beside them.

use super::claims::{Claim, claim};
use super::lazy::Lazy;
use super::memories::readable;
use super::names::{NAMES, NUMBERS, Name, Register};
use super::old;
use super::packed;
use super::record::{Body, Record, wrong_words};
use crate::care::copy::table;
use crate::error::BrainError;
use crate::types::Kind;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction};

/// The format that this program writes.
pub(crate) const FORMAT: u64 = 3;

/// `newest` (the time of the newest memory), `stale` (there is something to purge), `loose` (so many bytes came at once, and left free
/// pages), `format`, `brain` (16 random bytes, so that an index of another brain is told apart), `bytes` (what the memories take of the
/// quota), `named` (the last number of a name), `logged` (the number of the last transaction).
pub(crate) const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
/// Id → memory, [`packed`]. The truth.
pub(crate) const MEMORIES: TableDefinition<'static, u128, &'static [u8]> = TableDefinition::new("memories");
/// (Facet, id): what `list` walks along, newest first, and what belongs to another memory.
pub(crate) const FACETS: TableDefinition<'static, (&'static [u8], u128), ()> = TableDefinition::new("facets");
/// (Number of a conversation or a tag, id): what a recall without words walks along, newest first, and what stands beside a memory.
pub(crate) const BEARERS: TableDefinition<'static, (u32, u128), ()> = TableDefinition::new("bearers");
/// Kind and words, hashed to half of what identifies them → the current memory that says just this, or another with that half: look.
pub(crate) const SAYINGS: TableDefinition<'static, u64, u128> = TableDefinition::new("sayings");
/// Mistake → its lesson.
pub(crate) const LESSONS: TableDefinition<'static, u128, u128> = TableDefinition::new("lessons");
/// Wrong words, hashed → the lesson about them.
pub(crate) const WRONGS: TableDefinition<'static, u128, u128> = TableDefinition::new("wrongs");
/// Sequence → (id, [`Change`]): what the index must still take in, and the last change that it took in.
pub(crate) const CHANGES: TableDefinition<'static, u64, (u128, u8)> = TableDefinition::new("changes");
/// Forgotten id → when. Nothing else is kept of it.
pub(crate) const FORGOTTEN: TableDefinition<'static, u128, u64> = TableDefinition::new("forgotten");

/// Subject and attribute, hashed in the same way → the current fact about it.
pub(crate) const HOLDERS: TableDefinition<'static, u64, u128> = TableDefinition::new("holders");
/// Id → how often it was an answer, and when last.
pub(crate) const USES: TableDefinition<'static, u128, (u32, u64)> = TableDefinition::new("uses");
/// Number → a dream, in postcard, so that it can be taken back.
pub(crate) const JOURNAL: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("journal");
/// Id → the vector of its words: the model's number, then its parts as f32.
pub(crate) const VECTORS: TableDefinition<'static, u128, &'static [u8]> = TableDefinition::new("vectors");
/// Forgotten id → its words, until they are erased outside of the brain as well.
pub(crate) const ERASING: TableDefinition<'static, u128, &'static [u8]> = TableDefinition::new("erasing");

/// Fewer bytes at once are not worth a copy.
const LOOSE: u64 = 1 << 20;

/// What a change did to a memory, as far as the index is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Change {
    /// It is new: no index has it yet.
    New = 0,
    /// Its words, tags or standing changed.
    Changed = 1,
    /// It is forgotten.
    Gone = 2,
}

/// The tables, open for writing.
pub(crate) struct Tables<'t> {
    transaction: &'t WriteTransaction,
    meta: Table<'t, &'static str, &'static [u8]>,
    pub(crate) memories: Table<'t, u128, &'static [u8]>,
    facets: Lazy<'t, (&'static [u8], u128), ()>,
    bearers: Lazy<'t, (u32, u128), ()>,
    register: Register<'t>,
    pub(crate) sayings: Table<'t, u64, u128>,
    pub(crate) lessons: Lazy<'t, u128, u128>,
    pub(crate) wrongs: Lazy<'t, u128, u128>,
    changes: Table<'t, u64, (u128, u8)>,
    pub(crate) forgotten: Lazy<'t, u128, u64>,
    pub(crate) holders: Lazy<'t, u64, u128>,
    pub(crate) uses: Lazy<'t, u128, (u32, u64)>,
    pub(crate) journal: Lazy<'t, u64, &'static [u8]>,
    pub(crate) vectors: Lazy<'t, u128, &'static [u8]>,
    pub(crate) erasing: Lazy<'t, u128, &'static [u8]>,
    sequence: u64,
    bytes: u64,
    newest: u64,
    loose: u64,
}

impl<'t> Tables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, BrainError> {
        let meta = transaction.open_table(META)?;
        let changes = transaction.open_table(CHANGES)?;
        let bytes = number(meta.get("bytes")?.map(|bytes| bytes.value().to_vec()));
        let newest = number(meta.get("newest")?.map(|newest| newest.value().to_vec()));
        let loose = number(meta.get("loose")?.map(|loose| loose.value().to_vec()));
        let named = number(meta.get("named")?.map(|named| named.value().to_vec()));
        let named = u32::try_from(named).map_err(|_| BrainError::damaged("the last number of a name is too great"))?;
        let sequence = changes.last()?.map_or(0, |(sequence, _)| sequence.value());
        Ok(Tables {
            transaction,
            meta,
            memories: transaction.open_table(MEMORIES)?,
            facets: Lazy::new(transaction, FACETS),
            bearers: Lazy::new(transaction, BEARERS),
            register: Register::new(transaction, named),
            sayings: transaction.open_table(SAYINGS)?,
            lessons: Lazy::new(transaction, LESSONS),
            wrongs: Lazy::new(transaction, WRONGS),
            changes,
            forgotten: Lazy::new(transaction, FORGOTTEN),
            holders: Lazy::new(transaction, HOLDERS),
            uses: Lazy::new(transaction, USES),
            journal: Lazy::new(transaction, JOURNAL),
            vectors: Lazy::new(transaction, VECTORS),
            erasing: Lazy::new(transaction, ERASING),
            sequence,
            bytes,
            newest,
            loose,
        })
    }

    /// Makes an empty database a brain, with all tables, and answers with the format that it has.
    pub(crate) fn format(&mut self) -> Result<u64, BrainError> {
        self.facets.read()?;
        self.bearers.read()?;
        self.register.make()?;
        self.lessons.read()?;
        self.wrongs.read()?;
        self.forgotten.read()?;
        self.holders.read()?;
        self.uses.read()?;
        self.journal.read()?;
        self.vectors.read()?;
        self.erasing.read()?;
        if let Some(format) = self.meta.get("format")?.map(|bytes| bytes.value().to_vec()) {
            return Ok(number(Some(format)));
        }
        self.set_format(FORMAT)?;
        self.meta.insert("brain", rand::random::<u128>().to_le_bytes().as_slice())?;
        Ok(FORMAT)
    }

    pub(crate) fn set_format(&mut self, format: u64) -> Result<(), BrainError> {
        self.meta.insert("format", format.to_le_bytes().as_slice())?;
        Ok(())
    }

    /// Notes the number of this transaction, by which the log knows what the database has.
    pub(crate) fn set_logged(&mut self, frame: u64) -> Result<(), BrainError> {
        self.meta.insert("logged", frame.to_le_bytes().as_slice())?;
        Ok(())
    }

    /// Notes that bytes of what is gone are left in the file.
    pub(crate) fn grow_stale(&mut self) -> Result<(), BrainError> {
        self.meta.insert("stale", [1].as_slice())?;
        Ok(())
    }

    /// How many memories there are, and how many bytes they take.
    pub(crate) fn usage(&self) -> Result<(u64, u64), BrainError> {
        Ok((self.memories.len()?, self.bytes))
    }

    /// The memories of a facet, oldest first.
    pub(crate) fn facet(&self, facet: &[u8]) -> Result<Vec<u128>, BrainError> {
        self.facets.read()?.range((facet, 0)..=(facet, u128::MAX))?.map(|row| Ok(row?.0.value().1)).collect()
    }

    pub(crate) fn get(&self, key: u128) -> Result<Option<Record>, BrainError> {
        self.memories.get(key)?.map(|bytes| self.read(key, bytes.value())).transpose()
    }

    /// Reads a memory as a row has it.
    pub(crate) fn read(&self, key: u128, bytes: &[u8]) -> Result<Record, BrainError> {
        packed::read(key, bytes, &self.register)
    }

    /// The memory that says just this, if there is one.
    pub(crate) fn saying(&self, identity: u128) -> Result<Option<(u128, Record)>, BrainError> {
        let Some(key) = self.sayings.get(short(identity))?.map(|key| key.value()) else { return Ok(None) };
        Ok(self.get(key)?.filter(|record| record.identity() == identity).map(|record| (key, record)))
    }

    /// The current fact that holds an attribute, if there is one, and what it claims of it.
    pub(crate) fn holder(&self, about: u128) -> Result<Option<(u128, Record, Claim)>, BrainError> {
        let Some(key) = self.holders.read()?.get(short(about))?.map(|key| key.value()) else { return Ok(None) };
        let held = self.get(key)?.filter(|held| held.current() && held.kind() == Kind::Fact);
        let held = held.and_then(|held| claim(held.says()).map(|claim| (key, held, claim)));
        Ok(held.filter(|(_, _, claim)| claim.about == about))
    }

    /// The greatest id of all.
    pub(crate) fn last_key(&self) -> Result<u128, BrainError> {
        Ok(self.memories.last()?.map_or(0, |(key, _)| key.value()))
    }

    /// The time of the newest memory that there ever was.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// The last change of all.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Writes a record of this length in place of `old`, with its facets and its names.
    pub(crate) fn put(
        &mut self,
        key: u128,
        record: &Record,
        names: &Names,
        length: usize,
        old: Option<&Record>,
    ) -> Result<(), BrainError> {
        let before = old.map_or(Ok(0), Record::length)?;
        if let Some(old) = old {
            self.unlink(key, old)?;
            // Its vector is that of its old words.
            if old.body != record.body {
                self.vectors.write()?.remove(key)?;
                self.grow_stale()?;
            }
        }
        self.newest = self.newest.max(record.touched);
        for facet in facets(record) {
            self.facets.write()?.insert((facet.as_slice(), key), ())?;
        }
        for name in borne(record).iter().map(Borne::name) {
            let number = self.register.count(name, 1)?;
            self.bearers.write()?.insert((number, key), ())?;
        }
        if record.current() {
            // Where two say the same for a while, after an edit, the one that came first stays the one that is found.
            if self.sayings.get(short(names.identity))?.is_none() {
                self.sayings.insert(short(names.identity), key)?;
            }
            if let Some(Claim { about, .. }) = names.claim
                && self.holders.read()?.get(short(about))?.is_none()
            {
                self.holders.write()?.insert(short(about), key)?;
            }
        }
        let packed = packed::pack(key, record, |name| self.register.count(name, 1))?;
        self.memories.insert(key, packed.as_slice())?;
        self.bytes = (self.bytes + length as u64).saturating_sub(before as u64);
        Ok(())
    }

    /// Notes anew which memory says what, and which fact holds which attribute: of two, the newer one.
    pub(crate) fn renew_holders(&mut self) -> Result<(), BrainError> {
        self.sayings.retain(|_, _| false)?;
        self.holders.write()?.retain(|_, _| false)?;
        for row in self.memories.iter()? {
            let (key, bytes) = row?;
            let key = key.value();
            let record = packed::read(key, bytes.value(), &self.register);
            let Some(record) = readable(record, "what it says is not compared")? else { continue };
            if record.current() {
                let names = Names::of(&record);
                self.sayings.insert(short(names.identity), key)?;
                if let Some(claim) = names.claim {
                    self.holders.write()?.insert(short(claim.about), key)?;
                }
            }
        }
        Ok(())
    }

    /// Notes anew which lesson is about which wrong words: its own, and those of the facts that it corrects.
    pub(crate) fn renew_wrongs(&mut self) -> Result<(), BrainError> {
        self.wrongs.write()?.retain(|_, _| false)?;
        for row in self.memories.iter()? {
            let (key, bytes) = row?;
            let key = key.value();
            let record = packed::read(key, bytes.value(), &self.register);
            let Some(record) = readable(record, "what it says is not compared")? else { continue };
            if let Body::Lesson { wrong, .. } = &record.body
                && !wrong.is_empty()
            {
                self.wrongs.write()?.insert(wrong_words(wrong), key)?;
            }
            if record.kind() == Kind::Fact
                && let Some(lesson) = self.lessons.read()?.get(key)?
            {
                self.wrongs.write()?.insert(wrong_words(record.says()), lesson.value())?;
            }
        }
        Ok(())
    }

    /// Takes a record away, with its facets and its identity.
    pub(crate) fn remove(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        self.unlink(key, record)?;
        self.memories.remove(key)?;
        self.bytes = self.bytes.saturating_sub(record.length()? as u64);
        self.uses.write()?.remove(key)?;
        self.vectors.write()?.remove(key)?;
        self.grow_stale()
    }

    fn unlink(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        for facet in facets(record) {
            self.facets.write()?.remove((facet.as_slice(), key))?;
        }
        for name in borne(record).iter().map(Borne::name) {
            let number = self.register.count(name, -1)?;
            self.bearers.write()?.remove((number, key))?;
        }
        for name in packed::names(record) {
            self.register.count(name, -1)?;
        }
        let names = Names::of(record);
        if self.sayings.get(short(names.identity))?.is_some_and(|holder| holder.value() == key) {
            self.sayings.remove(short(names.identity))?;
        }
        if let Some(Claim { about, .. }) = names.claim
            && self.holders.read()?.get(short(about))?.is_some_and(|holder| holder.value() == key)
        {
            self.holders.write()?.remove(short(about))?;
        }
        Ok(())
    }

    /// Notes a change for the index.
    pub(crate) fn note(&mut self, key: u128, change: Change) -> Result<(), BrainError> {
        self.sequence += 1;
        self.changes.insert(self.sequence, (key, change as u8))?;
        Ok(())
    }

    /// Drops at most so many notes that the index has taken in; the last of them stays, as the index is checked against it.
    pub(crate) fn prune(&mut self, indexed: u64, most: u64) -> Result<(), BrainError> {
        let first = self.changes.first()?.map(|(sequence, _)| sequence.value());
        if let Some(first) = first {
            self.changes.retain_in(first..indexed.min(first.saturating_add(most)).max(first), |_, _| false)?;
        }
        Ok(())
    }

    /// Notes that so many bytes came at once: what is written again and again by such leaves free pages.
    pub(crate) fn loosen(&mut self, bytes: usize) {
        self.loose += bytes as u64;
    }

    /// Notes that everything is written anew.
    pub(super) fn loosen_all(&mut self) {
        self.loose = self.bytes;
    }

    /// Takes all facets away, and counts from nothing what memories take: each of them is about to be written.
    pub(super) fn forget_facets(&mut self) -> Result<(), BrainError> {
        self.facets.write()?.retain(|_, _| false)?;
        self.bytes = 0;
        Ok(())
    }

    /// Takes over, from the tables of older formats, which memory says what and which fact holds which attribute.
    pub(super) fn keep_holders(&mut self) -> Result<(), BrainError> {
        for row in self.transaction.open_table(old::TEXTS)?.iter()? {
            let (identity, key) = row?;
            self.sayings.insert(short(identity.value()), key.value())?;
        }
        for row in self.transaction.open_table(old::CLAIMS)?.iter()? {
            let (about, key) = row?;
            self.holders.write()?.insert(short(about.value()), key.value())?;
        }
        Ok(())
    }

    /// Drops the tables that only older formats have.
    pub(super) fn drop_old(&mut self) -> Result<(), BrainError> {
        self.transaction.delete_table(old::TEXTS)?;
        self.transaction.delete_table(old::CLAIMS)?;
        Ok(())
    }

    /// Writes the counters; the last thing before a commit. Answers whether names went that nothing bears any more.
    pub(crate) fn finish(mut self) -> Result<bool, BrainError> {
        self.register.settle()?;
        if self.register.lost {
            self.grow_stale()?;
        }
        for (name, value) in [("named", u64::from(self.register.last)), ("loose", self.loose)] {
            if number(self.meta.get(name)?.map(|known| known.value().to_vec())) != value {
                self.meta.insert(name, value.to_le_bytes().as_slice())?;
            }
        }
        self.meta.insert("bytes", self.bytes.to_le_bytes().as_slice())?;
        self.meta.insert("newest", self.newest.to_le_bytes().as_slice())?;
        Ok(self.register.lost)
    }
}

/// Copies all tables into an empty database.
pub(crate) fn copy(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), redb::Error> {
    table(META, from, into)?;
    table(MEMORIES, from, into)?;
    table(FACETS, from, into)?;
    table(BEARERS, from, into)?;
    table(NAMES, from, into)?;
    table(NUMBERS, from, into)?;
    table(SAYINGS, from, into)?;
    table(LESSONS, from, into)?;
    table(WRONGS, from, into)?;
    table(CHANGES, from, into)?;
    table(FORGOTTEN, from, into)?;
    table(HOLDERS, from, into)?;
    table(USES, from, into)?;
    table(JOURNAL, from, into)?;
    table(VECTORS, from, into)?;
    table(ERASING, from, into)
}

/// Copies all tables into an empty database, which has nothing to purge.
pub(crate) fn copy_clean(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), redb::Error> {
    copy_packed(from, into)?;
    into.open_table(META)?.remove("stale")?;
    Ok(())
}

/// Copies all tables into an empty database, which has no free pages to speak of.
pub(crate) fn copy_packed(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), redb::Error> {
    copy(from, into)?;
    into.open_table(META)?.remove("loose")?;
    Ok(())
}

/// Whether so much came at once that a copy would be much smaller: a quarter of what there is.
pub(crate) fn is_loose(transaction: &ReadTransaction) -> Result<bool, BrainError> {
    let meta = transaction.open_table(META)?;
    let read = |name| Ok::<_, BrainError>(number(meta.get(name)?.map(|bytes| bytes.value().to_vec())));
    let (loose, bytes) = (read("loose")?, read("bytes")?);
    Ok(loose >= LOOSE && loose >= bytes / 4)
}

/// Whether a database has today's format and all tables.
pub(crate) fn is_current(transaction: &ReadTransaction) -> Result<bool, BrainError> {
    const TABLES: usize = 16;
    if transaction.list_tables()?.count() < TABLES {
        return Ok(false);
    }
    let format = transaction.open_table(META)?.get("format")?.map(|bytes| bytes.value().to_vec());
    Ok(number(format) == FORMAT)
}

/// Up to which frame a database has what the log has.
pub(crate) fn logged(transaction: &ReadTransaction) -> Result<u64, BrainError> {
    Ok(number(transaction.open_table(META)?.get("logged")?.map(|bytes| bytes.value().to_vec())))
}

/// The brain's own number, which its index bears too.
pub(crate) fn brain_number(transaction: &ReadTransaction) -> Result<u128, BrainError> {
    let meta = transaction.open_table(META)?;
    let bytes = meta.get("brain")?.map(|bytes| bytes.value().to_vec()).unwrap_or_default();
    let bytes =
        bytes.try_into().map_err(|_| BrainError::damaged("the brain's own number is missing from its database"))?;
    Ok(u128::from_le_bytes(bytes))
}

/// The half of a hash that tables have. Who finds something by it looks whether that is what was meant.
pub(crate) fn short(hash: u128) -> u64 {
    hash as u64
}

pub(crate) fn number(bytes: Option<Vec<u8>>) -> u64 {
    bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Of the kinds that there are few of. Facts and episodes are most of all there is: who walks along those passes over the others.
pub(crate) fn kind_facet(kind: Kind) -> Option<Vec<u8>> {
    matches!(kind, Kind::Lesson | Kind::Skill).then(|| vec![b'k', kind as u8])
}

/// What was drawn from a memory.
pub(crate) fn derived_facet(key: u128) -> Vec<u8> {
    [b"d".as_slice(), &key.to_be_bytes()].concat()
}

/// The lessons that correct a memory.
pub(crate) fn corrected_facet(key: u128) -> Vec<u8> {
    [b"w".as_slice(), &key.to_be_bytes()].concat()
}

/// What was merged into a memory.
pub(crate) fn merged_facet(key: u128) -> Vec<u8> {
    [b"m".as_slice(), &key.to_be_bytes()].concat()
}

/// What a memory is held under besides its id.
pub(crate) struct Names {
    /// What makes two memories the same one.
    pub(crate) identity: u128,
    /// What a fact claims of what.
    pub(crate) claim: Option<Claim>,
}

impl Names {
    pub(crate) fn of(record: &Record) -> Names {
        let claim = (record.kind() == Kind::Fact).then(|| claim(record.says())).flatten();
        Names { identity: record.identity(), claim }
    }
}

fn facets(record: &Record) -> Vec<Vec<u8>> {
    let merged = record.superseded.filter(|_| record.alike).map(merged_facet);
    kind_facet(record.kind())
        .into_iter()
        .chain(merged)
        .chain(record.corrects.map(corrected_facet))
        .chain(record.derived.iter().map(|key| derived_facet(*key)))
        .collect()
}

/// A name that memories are walked along by: of tags the form in which they are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Borne {
    Conversation(String),
    Tag(String),
}

impl Borne {
    pub(crate) fn conversation(conversation: &str) -> Borne {
        Borne::Conversation(conversation.to_owned())
    }

    pub(crate) fn tag(tag: &str) -> Borne {
        Borne::Tag(crate::text::tag(tag))
    }

    pub(crate) fn name(&self) -> Name<'_> {
        match self {
            Borne::Conversation(conversation) => Name::Conversation(conversation),
            Borne::Tag(tag) => Name::Tag(tag),
        }
    }
}

fn borne(record: &Record) -> Vec<Borne> {
    let conversation = record.conversation.as_deref().map(Borne::conversation);
    conversation.into_iter().chain(record.tags.iter().map(|tag| Borne::tag(tag))).collect()
}
