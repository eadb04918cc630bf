//! What a checkpoint puts into the store, and how a projection is made of it again.
//!
//! | key | value |
//! |---|---|
//! | `l` or `s`, account, position | a chunk of lines, of all of them or of those of another day |
//! | `m` | the stamp, and how long each part is with its digest |
//! | `t`, `o`, `n`, `q`, `p`, number | a piece of a part: state, opened, counts of lines, of the others, points |
//! | `a` | the stamp of the last entry that any checkpoint went to, whether it came to its end or not |
//!
//! Numbers in keys are big-endian. Only pieces that are not in the store yet are put again.
//!
//! Pieces and `m` are put together, or none of them. Lines are put before, one chunk after the other, and do not count
//! until `m` says so. A checkpoint that did not come to its end leaves lines behind that are true as long as the journal
//! has the entry that `a` names; the next one puts the same again, whose chunks end where these do.

use std::sync::Arc;

use longmen_journal::hash::{digest, digest128};
use longmen_journal::{Hash, Stamp};
use longmen_wire::{decode_snapshot, encode_snapshot};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::history::{Fresh, History, Lines};
use crate::holds::OpenHolds;
use crate::points::Points;
use crate::projection::Projection;
use crate::store::{Row, Store};

const META: &[u8] = b"m";
const AHEAD: &[u8] = b"a";

/// The keys of the parts' pieces begin with these.
const TAGS: [u8; 5] = *b"tonqp";

/// Bytes of a piece: about a page of sled's.
const PIECE: usize = 4_096;

/// A stamp as bytes: position, hash, time.
const STAMP_LEN: usize = 48;

/// Everything but lines, as bytes.
type Parts = [Vec<u8>; 5];

/// What is put into the store.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) stamp: Stamp,
    parts: Parts,
    /// Every line since the checkpoint before.
    lines: Vec<(Lines, Arc<Fresh>)>,
}

/// What is in the store.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// The digests of the pieces of each part.
    pieces: [Vec<[u8; 16]>; 5],
    /// No line is of an entry behind this one.
    pub(crate) ahead: Option<Stamp>,
}

/// The row that makes the others count.
#[derive(Serialize, Deserialize)]
struct Meta {
    position: u64,
    hash: [u8; 32],
    time_ns: u64,
    parts: [Extent; 5],
}

/// How long a part is, and its BLAKE3; that of the state is the hash of the state.
#[derive(Serialize, Deserialize)]
struct Extent {
    len: u64,
    digest: [u8; 32],
}

impl Checkpoint {
    /// The projection at its last entry, without lines; nothing where it has no entry.
    pub(crate) fn of(projection: &Projection) -> Option<Self> {
        let mut state = Vec::new();
        encode_snapshot(&projection.state, &mut state);
        let parts = [
            state,
            numbers_to_bytes(&projection.opened),
            numbers_to_bytes(projection.history.counts()),
            numbers_to_bytes(projection.shifted.counts()),
            projection.points.all().iter().flat_map(stamp_to_bytes).collect(),
        ];
        Some(Self { stamp: projection.last?, parts, lines: Vec::new() })
    }

    /// The lines too; nothing may have been folded in since.
    pub(crate) fn with_lines(mut self, projection: &mut Projection) -> Self {
        self.lines = [&mut projection.history, &mut projection.shifted].map(History::set_apart).into();
        self
    }

    /// Puts it, and gives what is in the store then; if that fails, the checkpoint before still counts.
    pub(crate) fn put(&self, store: &dyn Store, mut stored: Stored) -> Result<Stored, StoreError> {
        if stored.ahead.is_none_or(|ahead| ahead.position < self.stamp.position) {
            store.put_all(vec![(AHEAD.to_vec(), stamp_to_bytes(&self.stamp))])?;
            stored.ahead = Some(self.stamp);
        }
        self.lines.iter().try_for_each(|(of, lines)| lines.put(*of, store))?;
        let mut rows: Vec<Row> = Vec::new();
        for ((tag, part), kept) in TAGS.iter().zip(&self.parts).zip(&mut stored.pieces) {
            put_part(*tag, part, kept, &mut rows);
        }
        let Stamp { position, hash, time_ns } = self.stamp;
        let extent = |part: &Vec<u8>| Extent { len: len_of(part), digest: *digest(part).as_bytes() };
        let parts = self.parts.each_ref().map(extent);
        let meta = Meta { position, hash: *hash.as_bytes(), time_ns, parts };
        let meta = postcard::to_extend(&meta, Vec::new())
            .map_err(|error| StoreError::Io { op: "written", cause: error.to_string() })?;
        rows.push((META.to_vec(), meta));
        store.put_all(rows)?;
        Ok(stored)
    }
}

/// The projection as it was at the store's last checkpoint, or that of no entry where none has come to its end.
pub(crate) fn load(store: &Arc<dyn Store>) -> Result<(Projection, Stored), StoreError> {
    let ahead = store.get(AHEAD)?.as_deref().and_then(stamp_of);
    let mut stored = Stored { ahead, ..Stored::default() };
    let Some(meta) = store.get(META)? else {
        return match store.get(&piece_key(TAGS[0], 0))? {
            None => Ok((Projection::new(Arc::clone(store)), stored)),
            Some(_) => Err(damaged("the row that says what they are is missing")),
        };
    };
    let meta: Meta = postcard::from_bytes(&meta).map_err(|_| damaged("the row that says what they are"))?;
    if ahead.is_none_or(|ahead| ahead.position < meta.position) {
        return Err(damaged("the row that says how far they go"));
    }
    let mut parts = Parts::default();
    for (((tag, extent), kept), part) in TAGS.iter().zip(&meta.parts).zip(&mut stored.pieces).zip(&mut parts)
    {
        *part = get_part(store.as_ref(), *tag, extent, kept)?;
    }
    let [state, opened, counts, shifted, points] = parts;
    let state = decode_snapshot(&state).map_err(|_| damaged("the state"))?;
    let (opened, counts, shifted) = (numbers_of(&opened), numbers_of(&counts), numbers_of(&shifted));
    let accounts = state.books().accounts().len();
    if opened.len() != accounts || counts.len().max(shifted.len()) > accounts {
        return Err(damaged("what is known of accounts"));
    }
    let last = Stamp { position: meta.position, hash: Hash::from_bytes(meta.hash), time_ns: meta.time_ns };
    let below = last.position.checked_add(1).ok_or_else(|| damaged("the position"))?;
    let projection = Projection {
        open_holds: OpenHolds::of(state.books()),
        state,
        history: History::new(Lines::All, Arc::clone(store), below, counts),
        shifted: History::new(Lines::Shifted, Arc::clone(store), below, shifted),
        points: Points::from(points.chunks_exact(STAMP_LEN).filter_map(stamp_of).collect::<Vec<_>>()),
        opened,
        last: Some(last),
        rebuilt_at: None,
    };
    Ok((projection, stored))
}

/// Adds the pieces that are not in the store.
fn put_part(tag: u8, part: &[u8], kept: &mut Vec<[u8; 16]>, rows: &mut Vec<Row>) {
    for ((no, at), piece) in (0_u32..).zip(0..).zip(part.chunks(PIECE)) {
        let digest = digest128(piece);
        match kept.get_mut(at) {
            Some(old) if *old == digest => continue,
            Some(old) => *old = digest,
            None => kept.push(digest),
        }
        rows.push((piece_key(tag, no), piece.to_vec()));
    }
}

fn get_part(
    store: &dyn Store,
    tag: u8,
    extent: &Extent,
    kept: &mut Vec<[u8; 16]>,
) -> Result<Vec<u8>, StoreError> {
    let name = char::from(tag);
    let mut part = Vec::new();
    for no in 0_u32.. {
        if len_of(&part) >= extent.len {
            break;
        }
        let piece = store.get(&piece_key(tag, no))?;
        let piece = piece.filter(|piece| !piece.is_empty());
        let piece = piece.ok_or_else(|| damaged(&format!("piece {no} of part {name} is missing")))?;
        kept.push(digest128(&piece));
        part.extend_from_slice(&piece);
    }
    if len_of(&part) != extent.len || digest(&part).as_bytes() != &extent.digest {
        return Err(damaged(&format!("part {name} is not what the last checkpoint put there")));
    }
    Ok(part)
}

fn piece_key(tag: u8, no: u32) -> Vec<u8> {
    let mut key = vec![tag];
    key.extend_from_slice(&no.to_be_bytes());
    key
}

fn len_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn numbers_to_bytes(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn numbers_of(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks_exact(8).filter_map(number_of).collect()
}

fn number_of(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

fn stamp_to_bytes(stamp: &Stamp) -> Vec<u8> {
    [&stamp.position.to_le_bytes()[..], stamp.hash.as_bytes(), &stamp.time_ns.to_le_bytes()].concat()
}

fn stamp_of(bytes: &[u8]) -> Option<Stamp> {
    let (position, rest) = bytes.split_at_checked(8)?;
    let (hash, time_ns) = rest.split_at_checked(32)?;
    let hash = Hash::from_bytes(hash.try_into().ok()?);
    Some(Stamp { position: number_of(position)?, hash, time_ns: number_of(time_ns)? })
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged { what: what.to_owned() }
}

#[cfg(test)]
mod tests;
