//! Fields that may be of more than one type, each with words of its own for what is none of them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::schema::{BoundedSide, MoveSide};

/// Metadata pairs as they stand on the line, so that a key that is given twice is seen.
pub(super) struct Pairs(pub(super) Vec<(String, MetaValue)>);

/// The value of a metadata pair.
pub(super) enum MetaValue {
    Text(String),
    Int(i64),
    Bool(bool),
    Reference(String),
}

/// A time: a date with a time and an offset, or nanoseconds since 1970.
pub(super) enum Time {
    Text(String),
    Ns(u64),
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of metadata pairs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

impl<'de> Deserialize<'de> for MetaValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MetaVisitor)
    }
}

struct MetaVisitor;

impl<'de> Visitor<'de> for MetaVisitor {
    type Value = MetaValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number of 64 bits, true or false, or {\"ref\":\"a UUID\"}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<MetaValue, E> {
        Ok(MetaValue::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<MetaValue, E> {
        Ok(MetaValue::Bool(yes))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<MetaValue, E> {
        Ok(MetaValue::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<MetaValue, E> {
        let fits = i64::try_from(number);
        fits.map(MetaValue::Int).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetaValue, A::Error> {
        let expected = &["ref"];
        let value = match map.next_entry::<String, String>()? {
            Some((name, value)) if name == "ref" => value,
            Some((name, _)) => return Err(A::Error::unknown_field(&name, expected)),
            None => return Err(A::Error::missing_field("ref")),
        };
        match map.next_key::<String>()? {
            None => Ok(MetaValue::Reference(value)),
            Some(name) => Err(A::Error::unknown_field(&name, expected)),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time like \"2026-11-22T09:30:00+08:00\", or nanoseconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
        Ok(Time::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, ns: u64) -> Result<Time, E> {
        Ok(Time::Ns(ns))
    }
}

impl<'de> Deserialize<'de> for MoveSide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SideVisitor)
    }
}

struct SideVisitor;

impl<'de> Visitor<'de> for SideVisitor {
    type Value = MoveSide;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account, or an object with one of up_to, in_order, in_proportion")
    }

    fn visit_str<E: Error>(self, account: &str) -> Result<MoveSide, E> {
        Ok(MoveSide::Any(account.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MoveSide, A::Error> {
        BoundedSide::deserialize(MapAccessDeserializer::new(map)).map(MoveSide::Bounded)
    }
}
