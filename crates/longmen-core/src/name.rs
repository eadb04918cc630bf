//! Names that callers give: account ids and idempotency keys.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Reason, Refusal};

/// The longest account id or key, in bytes: a hyphenated UUID is 36, a 128-bit number in decimal is 39.
pub const NAME_BYTES_MAX: usize = 40;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 40 bytes of printable ASCII without space, `"` or `\`, kept inline: copying one allocates nothing.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $type([u8; NAME_BYTES_MAX]);

        impl $type {
            /// Takes `text` as a name.
            ///
            /// # Errors
            ///
            /// [`Reason::NameEmpty`], [`Reason::NameTooLong`] or [`Reason::NameBadCharacter`].
            pub fn new(text: &str) -> Result<Self, Refusal> {
                Ok(Self(pack(text.as_bytes())?))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // The bytes were checked to be ASCII when the name was made.
                core::str::from_utf8(self.as_bytes()).unwrap_or_default()
            }

            /// The name as ASCII bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0[..self.len()]
            }

            /// The name's length in bytes, 1 to 40.
            #[must_use]
            #[expect(clippy::len_without_is_empty, reason = "a name is never empty")]
            pub fn len(&self) -> usize {
                self.0.iter().position(|byte| *byte == 0).unwrap_or(NAME_BYTES_MAX)
            }
        }

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                state.write(&self.0);
            }
        }

        impl FromStr for $type {
            type Err = Refusal;

            fn from_str(text: &str) -> Result<Self, Refusal> {
                Self::new(text)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(NameVisitor(Self::new))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    };
}

name! {
    /// An account's name, chosen by whoever opens it and never changed, such as `alice.cny`.
    AccountId
}

name! {
    /// A set of accounts, such as all that one owner has.
    SetId
}

name! {
    /// A velocity limit.
    LimitId
}

name! {
    /// A place in the chart of accounts: segments parted by dots, each below the one before it, such as `2010.cust`.
    Code
}

name! {
    /// The key of a metadata pair, such as `order`.
    MetaKey
}

name! {
    /// A person or a firm whose secrets can be erased: an opaque reference, never a real name.
    Subject
}

name! {
    /// An idempotency key: the caller's own name for one command, kept for the journal's life.
    ///
    /// A hold is named by the key of the command that placed it.
    Key
}

impl Key {
    /// No key comes before it, and it is none itself: where to begin walking keys in order.
    pub const FIRST: Self = Self([0; NAME_BYTES_MAX]);
}

impl Code {
    /// Whether this place is `other` or lies below it.
    ///
    /// ```
    /// use longmen_core::Code;
    ///
    /// let code = |text| Code::new(text).unwrap();
    /// assert!(code("2010.cust.alice").is_within(&code("2010.cust")));
    /// assert!(!code("2010.customs").is_within(&code("2010.cust")));
    /// ```
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let below = self.as_bytes().strip_prefix(other.as_bytes());
        below.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'.'))
    }
}

/// Reads a name from text.
struct NameVisitor<T>(fn(&str) -> Result<T, Refusal>);

impl<T> Visitor<'_> for NameVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1 to 40 printable ASCII characters")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

fn pack(text: &[u8]) -> Result<[u8; NAME_BYTES_MAX], Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(Reason::NameEmpty));
    }
    let mut bytes = [0; NAME_BYTES_MAX];
    let Some(place) = bytes.get_mut(..text.len()) else {
        return Err(Refusal::new(Reason::NameTooLong));
    };
    if !text.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"' && *byte != b'\\') {
        return Err(Refusal::new(Reason::NameBadCharacter));
    }
    place.copy_from_slice(text);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn names_keep_their_text_or_say_why_not() {
        let cases: &[(&str, Result<(), Reason>)] = &[
            ("a", Ok(())),
            ("2010/alice:CNY", Ok(())),
            ("0123456789012345678901234567890123456789", Ok(())),
            ("01234567890123456789012345678901234567890", Err(Reason::NameTooLong)),
            ("", Err(Reason::NameEmpty)),
            ("!~", Ok(())),
            ("a b", Err(Reason::NameBadCharacter)),
            ("a\u{7f}", Err(Reason::NameBadCharacter)),
            ("a\"b", Err(Reason::NameBadCharacter)),
            ("a\\b", Err(Reason::NameBadCharacter)),
            ("\0", Err(Reason::NameBadCharacter)),
            ("爱丽丝", Err(Reason::NameBadCharacter)),
        ];
        for (text, want) in cases {
            let got = AccountId::new(text);
            assert_eq!(got.map(|_| ()).map_err(|refusal| refusal.reason), *want, "{text:?}");
            if let Ok(id) = got {
                assert_eq!(id.to_string(), *text);
                assert_eq!(id.len(), text.len());
            }
        }
    }

    #[test]
    fn names_print_and_are_read_as_their_text() {
        let id: AccountId = "alice.cny".parse().unwrap();
        assert_eq!(std::format!("{id} {id:?} {id:>10}|"), "alice.cny \"alice.cny\"  alice.cny|");
        assert_eq!(id.as_bytes(), b"alice.cny");
        assert_eq!("".parse::<Key>(), Err(Refusal::new(Reason::NameEmpty)));
    }

    #[test]
    fn a_code_is_within_itself_and_what_is_before_a_dot() {
        let cases =
            [("20", "20", true), ("20.1", "20", true), ("20.1.2", "20", true), ("20.1.2", "20.1", true)]
                .into_iter()
                .chain([
                    ("20", "20.1", false),
                    ("201", "20", false),
                    ("2", "20", false),
                    ("20.10", "20.1", false),
                ]);
        for (code, other, want) in cases {
            assert_eq!(
                Code::new(code).unwrap().is_within(&Code::new(other).unwrap()),
                want,
                "{code} in {other}"
            );
        }
    }
}
