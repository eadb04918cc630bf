//! Pages, and the places where they go on.

use longmen_journal::LedgerId;
use longmen_journal::hash::digest;
use serde::Serialize;

use crate::{Error, View};

/// The most things on one page.
const SIZE_MAX: usize = 1_000;

/// Bytes of what a cursor says, and of the checksum behind it.
const CURSOR_BYTES: usize = 16 + 8 + 8 + 4 + 2;
const CHECK_BYTES: usize = 6;

/// Which part of a long answer is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paging {
    /// How many things at most, 1 to 1 000.
    pub size: usize,
    /// Where to go on: the `next` of the page before.
    pub cursor: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { size: 100, cursor: None }
    }
}

impl Paging {
    /// The first page, of so many things.
    #[must_use]
    pub fn first(size: usize) -> Self {
        Self { size, cursor: None }
    }

    /// The same behind a cursor, of pages of the same size.
    #[must_use]
    pub fn after(&self, cursor: &str) -> Self {
        Self { size: self.size, cursor: Some(cursor.to_owned()) }
    }

    pub(crate) fn checked_size(&self) -> Result<usize, Error> {
        if (1..=SIZE_MAX).contains(&self.size) {
            return Ok(self.size);
        }
        let what = format!("a page of {} things cannot be had; ask for 1 to 1 000 of them", self.size);
        Err(Error::Question { what })
    }
}

/// A place in a list: what was shown, or looked at, last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    /// A position; in lists of other things the number of one.
    pub(crate) position: u64,
    pub(crate) account: u32,
    pub(crate) index: u16,
}

impl Place {
    pub(crate) fn number(number: usize) -> Self {
        Self { position: u64::try_from(number).unwrap_or(u64::MAX), account: 0, index: 0 }
    }
}

/// A place as a text that only the same question of the same ledger takes.
fn write(ledger: LedgerId, question: [u8; 8], place: Place) -> String {
    let mut bytes = Vec::with_capacity(CURSOR_BYTES + CHECK_BYTES);
    bytes.extend_from_slice(ledger.as_bytes());
    bytes.extend_from_slice(&question);
    bytes.extend_from_slice(&place.position.to_be_bytes());
    bytes.extend_from_slice(&place.account.to_be_bytes());
    bytes.extend_from_slice(&place.index.to_be_bytes());
    bytes.extend_from_slice(&digest(&bytes).as_bytes()[..CHECK_BYTES]);
    to_hex(&bytes)
}

fn read(ledger: LedgerId, question: [u8; 8], text: &str) -> Result<Place, Error> {
    let refused = |what| Error::Cursor { what };
    let bytes = from_hex(text).filter(|bytes| bytes.len() == CURSOR_BYTES + CHECK_BYTES);
    let bytes = bytes.ok_or(refused("it is not the text of a cursor, or not all of it"))?;
    let (said, check) = bytes.split_at(CURSOR_BYTES);
    if digest(said).as_bytes()[..CHECK_BYTES] != *check {
        return Err(refused("it was changed on its way"));
    }
    if said[..16] != *ledger.as_bytes() {
        return Err(refused("it is of another ledger"));
    }
    if said[16..24] != question {
        return Err(refused("it is of another question"));
    }
    Ok(Place {
        position: u64::from_be_bytes(array(&said[24..32])),
        account: u32::from_be_bytes(array(&said[32..36])),
        index: u16::from_be_bytes(array(&said[36..38])),
    })
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

/// The bytes of a text of hexadecimal digits in lower case.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

/// What names a question, whatever page of it is asked for.
fn name(kind: &str, question: &impl Serialize) -> [u8; 8] {
    let bytes = postcard::to_extend(&(kind, question), Vec::new()).unwrap_or_default();
    array(&digest(&bytes).as_bytes()[..8])
}

impl View<'_> {
    /// The cursor of a place in the answer to a question.
    pub(crate) fn cursor(&self, kind: &str, question: &impl Serialize, place: Place) -> String {
        write(self.ledger_id(), name(kind, question), place)
    }

    /// The place of a cursor of this question, if there is one.
    pub(crate) fn place(
        &self,
        kind: &str,
        question: &impl Serialize,
        paging: &Paging,
    ) -> Result<Option<Place>, Error> {
        let cursor = paging.cursor.as_deref();
        cursor.map(|text| read(self.ledger_id(), name(kind, question), text)).transpose()
    }

    /// The same, of a question about lines.
    pub(crate) fn line_place(
        &self,
        kind: &str,
        question: &impl Serialize,
        paging: &Paging,
    ) -> Result<Option<Place>, Error> {
        let place = self.place(kind, question, paging)?;
        if place.is_some_and(|place| place.position > self.at().position) {
            return Err(Error::Cursor { what: "it is of a later position than the one that is asked at" });
        }
        Ok(place)
    }
}
