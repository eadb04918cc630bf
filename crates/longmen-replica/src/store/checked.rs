//! Checksums around any store, so that no answer rests on what keeps the rows.

use longmen_journal::LedgerId;
use longmen_journal::hash::{Hasher, derive_key};

use super::{Row, Store};
use crate::{Error, StoreError};

/// The layout of rows; a store of another one is built again.
const FORMAT: u8 = 2;

/// The row that says whose rows these are; its checksum is nobody's own.
const OWNER: &[u8] = b"i";

const CHECKSUM_LEN: usize = 8;

/// A store whose every value ends in a checksum of its key and itself, which is looked at on every read.
#[derive(Debug)]
pub(crate) struct CheckedStore {
    inner: Box<dyn Store>,
    key: [u8; 32],
}

impl CheckedStore {
    /// Checks that the rows in `inner` are of this ledger, or that there are none.
    pub(crate) fn open(inner: Box<dyn Store>, ledger_id: LedgerId) -> Result<Self, Error> {
        let nobody = derive_key("longmen replica rows, whoever's", &[]);
        let owner = [&[FORMAT], &ledger_id.as_bytes()[..]].concat();
        match inner.get(OWNER)? {
            None if inner.first_in(&[0], &[u8::MAX])?.is_some() => {
                return Err(StoreError::Damaged { what: "they do not say whose they are".into() }.into());
            }
            None => inner.put_all(vec![(OWNER.to_vec(), sealed(&nobody, OWNER, owner))])?,
            Some(value) => {
                let rows = opened(&nobody, OWNER, value)?;
                match rows.split_first() {
                    Some((&FORMAT, id)) if id != ledger_id.as_bytes() => {
                        let id = id.try_into().map(LedgerId::from_bytes).map_err(|_| damaged(OWNER))?;
                        return Err(Error::OtherLedger { rows: id, journal: ledger_id });
                    }
                    Some((&FORMAT, _)) => {}
                    _ => return Err(StoreError::Damaged { what: "another version wrote them".into() }.into()),
                }
            }
        }
        Ok(Self { inner, key: derive_key("longmen replica rows", ledger_id.as_bytes()) })
    }

    fn row(&self, row: Option<Row>, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let Some((key, value)) = row else { return Ok(None) };
        if &key[..] < low || &key[..] > high {
            return Err(damaged(&key));
        }
        let value = opened(&self.key, &key, value)?;
        Ok(Some((key, value)))
    }
}

impl Store for CheckedStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)?.map(|value| opened(&self.key, key, value)).transpose()
    }

    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        self.row(self.inner.last_in(low, high)?, low, high)
    }

    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        self.row(self.inner.first_in(low, high)?, low, high)
    }

    fn put(&self, (key, value): Row) -> Result<(), StoreError> {
        let value = sealed(&self.key, &key, value);
        self.inner.put((key, value))
    }

    fn put_all(&self, mut rows: Vec<Row>) -> Result<(), StoreError> {
        for (key, value) in &mut rows {
            *value = sealed(&self.key, key, std::mem::take(value));
        }
        self.inner.put_all(rows)
    }
}

fn checksum(secret: &[u8; 32], key: &[u8], value: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut hasher = Hasher::new_keyed(secret);
    // No key is longer than 255 bytes.
    hasher.update(&[u8::try_from(key.len()).unwrap_or(u8::MAX)]).update(key).update(value);
    let mut checksum = [0; CHECKSUM_LEN];
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_LEN]);
    checksum
}

fn sealed(secret: &[u8; 32], key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(secret, key, &value);
    value.extend_from_slice(&checksum);
    value
}

fn opened(secret: &[u8; 32], key: &[u8], mut value: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let len = value.len().checked_sub(CHECKSUM_LEN).ok_or_else(|| damaged(key))?;
    let expected = checksum(secret, key, &value[..len]);
    if value.split_off(len) != expected {
        return Err(damaged(key));
    }
    Ok(value)
}

fn damaged(key: &[u8]) -> StoreError {
    StoreError::Damaged { what: format!("the checksum of row {}", key.escape_ascii()) }
}
