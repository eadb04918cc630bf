//! Pairs, details and secrets: what has no fixed width and stands behind the rows.

use longmen_core::{Details, Meta, MetaKey, Secret, Value};

use crate::DecodeError;
use crate::bytes::{name_of, pick, short_len, take_array, take_slice};

const TEXT: u8 = 0;
const INT: u8 = 1;
const BOOL: u8 = 2;
const REFERENCE: u8 = 3;

/// Appends pairs, in the order in which they are given.
pub(crate) fn put_pairs(pairs: &[(MetaKey, Value)], out: &mut Vec<u8>) {
    for (key, value) in pairs {
        out.push(short_len(key.len()));
        out.extend_from_slice(key.as_bytes());
        match value {
            Value::Text(text) => {
                out.extend_from_slice(&[TEXT, short_len(text.len())]);
                out.extend_from_slice(text.as_bytes());
            }
            Value::Int(number) => {
                out.push(INT);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Value::Bool(yes) => out.extend_from_slice(&[BOOL, u8::from(*yes)]),
            Value::Reference(reference) => {
                out.push(REFERENCE);
                out.extend_from_slice(&reference.to_le_bytes());
            }
        }
    }
}

/// Takes so many pairs, in whatever order they are.
pub(crate) fn take_pairs(bytes: &mut &[u8], count: u8) -> Result<Vec<(MetaKey, Value)>, DecodeError> {
    (0..count).map(|_| take_pair(bytes)).collect()
}

fn take_pair(bytes: &mut &[u8]) -> Result<(MetaKey, Value), DecodeError> {
    let [len] = take_array(bytes, "pair.key_len")?;
    let key = name_of(take_slice(bytes, usize::from(len), "pair.key")?, "pair.key")?;
    let value = match take_array(bytes, "pair.type")? {
        [TEXT] => {
            let [len] = take_array(bytes, "pair.len")?;
            let text = take_slice(bytes, usize::from(len), "pair.text")?;
            let text = core::str::from_utf8(text).map_err(|_| DecodeError::BadField("pair.text"))?;
            Value::text(text).map_err(|_| DecodeError::BadField("pair.text"))?
        }
        [INT] => Value::Int(i64::from_le_bytes(take_array(bytes, "pair.number")?)),
        [BOOL] => {
            let [yes] = take_array(bytes, "pair.yes")?;
            Value::Bool(pick(&[false, true], yes, "pair.yes")?)
        }
        [REFERENCE] => Value::Reference(u128::from_le_bytes(take_array(bytes, "pair.reference")?)),
        _ => return Err(DecodeError::BadField("pair.type")),
    };
    Ok((key, value))
}

/// Takes so many pairs, which must be in the order of their keys.
pub(crate) fn take_meta(bytes: &mut &[u8], count: u8) -> Result<Meta, DecodeError> {
    let pairs = take_pairs(bytes, count)?;
    if !pairs.is_sorted_by(|one, other| one.0 < other.0) {
        return Err(DecodeError::BadField("pair.key"));
    }
    Meta::new(pairs).map_err(|_| DecodeError::BadField("pairs"))
}

/// The lengths that a row says of details: of the code, none where it is 0, and the count of pairs.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DetailsLen {
    pub(crate) code: u8,
    pub(crate) pairs: u8,
}

pub(crate) fn details_len(details: &Details) -> DetailsLen {
    DetailsLen {
        code: details.code.map_or(0, |code| short_len(code.len())),
        pairs: short_len(details.meta.pairs().len()),
    }
}

pub(crate) fn put_details(details: &Details, out: &mut Vec<u8>) {
    if let Some(code) = details.code {
        out.extend_from_slice(code.as_bytes());
    }
    put_pairs(details.meta.pairs(), out);
}

pub(crate) fn take_details(bytes: &mut &[u8], len: DetailsLen) -> Result<Details, DecodeError> {
    let code = take_slice(bytes, usize::from(len.code), "code")?;
    Ok(Details {
        code: if code.is_empty() { None } else { Some(name_of(code, "code")?) },
        meta: take_meta(bytes, len.pairs)?,
    })
}

pub(crate) fn put_secret(secret: &Secret, out: &mut Vec<u8>) {
    out.push(short_len(secret.subject().len()));
    out.extend_from_slice(secret.subject().as_bytes());
    out.extend_from_slice(secret.bytes());
}

pub(crate) fn take_secret(bytes: &mut &[u8], len: u16) -> Result<Secret, DecodeError> {
    let [subject_len] = take_array(bytes, "secret.subject_len")?;
    let subject = name_of(take_slice(bytes, usize::from(subject_len), "secret.subject")?, "secret.subject")?;
    let secret = take_slice(bytes, usize::from(len), "secret")?;
    Secret::new(subject, secret).map_err(|_| DecodeError::BadField("head.secret_len"))
}
