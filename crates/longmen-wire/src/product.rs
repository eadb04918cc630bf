//! What products say, as bytes: postcard, whose format is published.

use longmen_core::{Event, Part};
use longmen_wallet::Fact;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::DecodeError;
use crate::bytes::{put, take, zero};
use crate::kinds::{COMPOUND, REFUSED, kind_of};
use crate::meta::DetailsLen;
use crate::put_event::put_event;
use crate::rows::{CompoundV1, PartV1};
use crate::take_event::take_event;

/// A value as postcard.
pub(crate) fn product_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    // A vector takes everything, and what products say has neither maps of unknown length nor borrowed text.
    postcard::to_allocvec(value).unwrap_or_else(|error| unreachable!("a product cannot be written: {error}"))
}

/// A value from postcard. There is one way to write it, and nothing else is taken.
pub(crate) fn product_of<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let value = postcard::from_bytes(bytes).map_err(|_| DecodeError::BadField("product"))?;
    if product_bytes(&value) == bytes { Ok(value) } else { Err(DecodeError::BadField("product")) }
}

/// Appends the rows of a compound event.
pub(crate) fn put_compound(parts: &[Part], product: &[u8], out: &mut Vec<u8>) {
    let wide = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    put(&CompoundV1 { parts: wide(parts.len()), product_len: wide(product.len()) }, out);
    for part in parts {
        put(&PartV1 { kind: kind_of(&part.event), postings: part.postings, reserved: [0; 4] }, out);
        put_event(&part.event, out);
    }
}

/// Takes the rows of a compound event: its parts, the lengths of their tails, and the length of what products say.
pub(crate) fn take_compound(bytes: &mut &[u8]) -> Result<(Vec<Part>, Vec<DetailsLen>, usize), DecodeError> {
    let row: CompoundV1 = take(bytes, "compound")?;
    let (mut parts, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..row.parts {
        let PartV1 { kind, postings, reserved } = take(bytes, "part")?;
        zero(&reserved, "part.reserved")?;
        if kind == COMPOUND || kind == REFUSED {
            return Err(DecodeError::BadField("part.kind"));
        }
        let (event, tail) = take_event(kind, bytes)?;
        parts.push(Part { event, postings });
        tails.push(tail);
    }
    let len = usize::try_from(row.product_len).map_err(|_| DecodeError::Short("product"))?;
    Ok((parts, tails, len))
}

/// What an entry means to a product, as bytes.
pub(crate) fn fact_bytes(event: &Event, fact: Option<&Fact>) -> Vec<u8> {
    match event {
        Event::Compound(_) => fact.map_or_else(Vec::new, product_bytes),
        _ => Vec::new(),
    }
}
