//! Commands of products: as the wallet crate reads them, but that a time may be written as text.

use longmen::wallet::Product;
use serde_json::Value as Json;

use super::field::time_ns;
use super::value::Time;
use super::{Invalid, malformed};

/// Reads what a product is asked to do.
pub(super) fn product(value: &Json) -> Result<Product, Invalid> {
    let mut value = value.clone();
    times(&mut value)?;
    serde_json::from_value(value)
        .map_err(|error| malformed(format!("{error}; see docs/products.md")).of("product"))
}

/// Turns every time that is written as text into the number that it stands for.
fn times(value: &mut Json) -> Result<(), Invalid> {
    match value {
        Json::Object(fields) => fields.iter_mut().try_for_each(|(name, value)| match value {
            Json::String(text) if name.ends_with("_ns") => {
                *value = Json::from(time_ns("product", &Time::Text(std::mem::take(text)))?);
                Ok(())
            }
            Json::Array(all) if name.ends_with("_ns") => all.iter_mut().try_for_each(|value| {
                if let Json::String(text) = value {
                    *value = Json::from(time_ns("product", &Time::Text(std::mem::take(text)))?);
                }
                Ok(())
            }),
            value => times(value),
        }),
        Json::Array(all) => all.iter_mut().try_for_each(times),
        _ => Ok(()),
    }
}
