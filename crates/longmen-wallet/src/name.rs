//! Names of owners, channels, cards, pools and terms.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use longmen_core::{AccountId, Key, Reason, Refusal, SetId, contains_payment_card_number};
use longmen_money::Currency;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest name, in bytes: accounts are named after it.
pub const SHORT_NAME_BYTES_MAX: usize = 24;

/// Refuses a token that is the number of a payment card: the journal can never forget it.
pub(crate) fn must_be_token(text: &str) -> Result<(), Refusal> {
    if contains_payment_card_number(text) { Err(Reason::PaymentCardNumber.into()) } else { Ok(()) }
}

macro_rules! short_name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 24 bytes of printable ASCII without space, `"`, `\` or `:`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $type([u8; SHORT_NAME_BYTES_MAX]);

        impl $type {
            /// Takes `text` as a name.
            ///
            /// # Errors
            ///
            /// [`Reason::NameEmpty`], [`Reason::OwnerNameTooLong`] or [`Reason::NameBadCharacter`].
            pub fn new(text: &str) -> Result<Self, Refusal> {
                pack(text).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                let len = self.0.iter().position(|byte| *byte == 0).unwrap_or(SHORT_NAME_BYTES_MAX);
                // The bytes were checked to be ASCII when the name was made.
                core::str::from_utf8(&self.0[..len]).unwrap_or_default()
            }

            /// The same name as a key, which has the same signs and more room.
            #[must_use]
            pub fn to_key(&self) -> Key {
                named(self.as_str())
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

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Key::deserialize(deserializer)?;
                Self::new(text.as_str()).map_err(D::Error::custom)
            }
        }
    };
}

short_name! {
    /// A customer or a merchant: an opaque reference, never a real name.
    OwnerId
}

short_name! {
    /// A channel through which money comes in or goes out, such as `alipay`.
    ChannelId
}

short_name! {
    /// A prepaid card or a gift card: a token, never a payment card number.
    CardId
}

short_name! {
    /// A pool of client money that is safeguarded by itself, such as `emoney`.
    PoolId
}

short_name! {
    /// Terms of a product, of which there may be several versions.
    TermsId
}

short_name! {
    /// One of an owner's outside accounts to pay out to.
    PayeeId
}

fn pack(text: &str) -> Result<[u8; SHORT_NAME_BYTES_MAX], Refusal> {
    let key = Key::new(text).map_err(|refusal| match refusal.reason {
        Reason::NameTooLong => Reason::OwnerNameTooLong.into(),
        _ => refusal,
    })?;
    if text.contains(':') {
        return Err(Reason::NameBadCharacter.into());
    }
    let mut bytes = [0; SHORT_NAME_BYTES_MAX];
    let place = bytes.get_mut(..text.len()).ok_or(Reason::OwnerNameTooLong)?;
    place.copy_from_slice(key.as_bytes());
    Ok(bytes)
}

/// Joins short parts with colons into a name of up to 40 bytes.
struct Joined([u8; 40], usize);

impl Joined {
    fn of(parts: &[&str]) -> Self {
        let mut joined = Self([0; 40], 0);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                joined.push(b":");
            }
            joined.push(part.as_bytes());
        }
        joined
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.1.saturating_add(bytes.len());
        if let Some(place) = self.0.get_mut(self.1..end) {
            place.copy_from_slice(bytes);
            self.1 = end;
        }
    }

    fn as_str(&self) -> &str {
        self.0.get(..self.1).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The account of somebody for something in a currency: `alice:CNY:wallet`.
///
/// A short name, a currency and the longest word for a role come to 40 bytes at most.
pub(crate) fn account_id(of: &str, currency: Currency, role: &str) -> Result<AccountId, Refusal> {
    AccountId::new(Joined::of(&[of, currency.code(), role]).as_str())
}

/// The set of all that an owner disposes of, over which limits are counted: `owner:alice`.
pub(crate) fn owner_set(owner: OwnerId) -> Result<SetId, Refusal> {
    SetId::new(Joined::of(&["owner", owner.as_str()]).as_str())
}

/// A name that is known to be one.
fn named(text: &str) -> Key {
    // A short name has the signs of a key and fewer of them.
    Key::new(text).unwrap_or_else(|_| unreachable!("a short name is a key"))
}
