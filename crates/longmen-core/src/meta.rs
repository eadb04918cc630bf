//! What may travel with a command beside its memo: typed pairs, a time in the past, a secret.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::text::check_text;
use crate::{MetaKey, Reason, Refusal, Subject};

/// The most pairs that one account or entry may have.
pub const META_PAIRS_MAX: usize = 16;
/// The longest text of a pair, in bytes of UTF-8.
pub const META_TEXT_BYTES_MAX: usize = 128;
/// The most bytes of a secret.
pub const SECRET_BYTES_MAX: usize = 1_024;

/// Typed pairs on an account or an entry, each key at most once.
///
/// ```
/// use longmen_core::{Meta, MetaKey, Value};
///
/// let order = MetaKey::new("order")?;
/// let meta = Meta::new([(order, Value::Int(7731))])?;
/// assert_eq!(meta.get(&order), Some(&Value::Int(7731)));
/// # Ok::<(), longmen_core::Refusal>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Meta(Vec<(MetaKey, Value)>);

/// The value of a pair. Values of different types are never equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Value {
    /// Short plain text.
    Text(Box<str>),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// An opaque reference of 128 bits, such as a UUID.
    Reference(u128),
}

impl Serialize for Value {
    /// For people a text, a number, a yes or no, or a UUID under `ref`; for machines a variant, so that no two are the same.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (serializer.is_human_readable(), self) {
            (true, Self::Text(text)) => serializer.serialize_str(text),
            (true, Self::Int(number)) => serializer.serialize_i64(*number),
            (true, Self::Bool(yes)) => serializer.serialize_bool(*yes),
            (true, Self::Reference(reference)) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("ref", &Uuid(*reference))?;
                map.end()
            }
            (false, Self::Text(text)) => serializer.serialize_newtype_variant("Value", 0, "text", text),
            (false, Self::Int(number)) => serializer.serialize_newtype_variant("Value", 1, "int", number),
            (false, Self::Bool(yes)) => serializer.serialize_newtype_variant("Value", 2, "bool", yes),
            (false, Self::Reference(reference)) => {
                serializer.serialize_newtype_variant("Value", 3, "ref", reference)
            }
        }
    }
}

/// A reference as a UUID is written.
struct Uuid(u128);

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = alloc::format!("{:032x}", self.0);
        let part = |from, to| digits.get(from..to).unwrap_or_default();
        let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
        serializer.serialize_str(&parts.join("-"))
    }
}

impl Serialize for Meta {
    /// A map, in the order of the keys.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Value {
    /// Takes `text` as a value.
    ///
    /// # Errors
    ///
    /// [`Reason::MetaTextTooLong`], [`Reason::TextControlCharacter`] or [`Reason::PaymentCardNumber`].
    pub fn text(text: &str) -> Result<Self, Refusal> {
        check_text(text)?;
        if text.len() > META_TEXT_BYTES_MAX {
            return Err(Reason::MetaTextTooLong.into());
        }
        Ok(Self::Text(text.into()))
    }
}

/// What is wrong with the texts among these values: the fault of the lowest code.
pub(crate) fn check_texts<'a>(values: impl Iterator<Item = &'a Value>) -> Result<(), Refusal> {
    let faults = values.filter_map(|value| match value {
        Value::Text(text) => Value::text(text).err(),
        _ => None,
    });
    faults.min_by_key(|refusal| refusal.reason).map_or(Ok(()), Err)
}

impl Meta {
    /// Takes pairs; they are kept in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`Reason::MetaTooMany`] or [`Reason::MetaKeyTwice`]; and what [`Value::text`] refuses.
    pub fn new(pairs: impl IntoIterator<Item = (MetaKey, Value)>) -> Result<Self, Refusal> {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_key(|(key, _)| *key);
        check_texts(pairs.iter().map(|(_, value)| value))?;
        if pairs.len() > META_PAIRS_MAX {
            return Err(Reason::MetaTooMany.into());
        }
        if pairs.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0)) {
            return Err(Reason::MetaKeyTwice.into());
        }
        Ok(Self(pairs))
    }

    /// The same pairs and one more.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with(self, key: MetaKey, value: Value) -> Result<Self, Refusal> {
        Self::new(self.0.into_iter().chain([(key, value)]))
    }

    /// The value under this key.
    #[must_use]
    pub fn get(&self, key: &MetaKey) -> Option<&Value> {
        self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Whether it has exactly this pair.
    #[must_use]
    pub fn has(&self, key: &MetaKey, value: &Value) -> bool {
        self.get(key) == Some(value)
    }

    /// The pairs, in the order of their keys.
    #[must_use]
    pub fn pairs(&self) -> &[(MetaKey, Value)] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Bytes that only the holder of the subject's key can read; the ledger never does.
///
/// Once the subject's key is destroyed nobody can, and the chain stays whole: it is over these bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Secret {
    subject: Subject,
    bytes: Box<[u8]>,
}

impl Secret {
    /// Takes encrypted bytes.
    ///
    /// # Errors
    ///
    /// [`Reason::SecretLength`] where there are none or more than 1,024.
    pub fn new(subject: Subject, bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() || bytes.len() > SECRET_BYTES_MAX {
            return Err(Reason::SecretLength.into());
        }
        Ok(Self { subject, bytes: bytes.into() })
    }

    /// Whose key they are under.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The encrypted bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a command or an entry carries beside its memo.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Extras {
    /// Typed pairs.
    pub meta: Meta,
    /// For imported history: when it happened, in nanoseconds since 1970-01-01T00:00:00Z.
    pub happened_ns: Option<NonZeroU64>,
    /// What only its subject's key opens.
    pub secret: Option<Secret>,
}

impl Extras {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.meta.is_empty() && self.happened_ns.is_none() && self.secret.is_none()
    }
}
