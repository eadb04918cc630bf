//! Commands of products: as the wallet crate reads them, but that a time may be written as text.

use longmen::wallet::Product;
use serde_json::Value as Json;

use super::field::time_ns;
use super::value::Time;
use super::{Invalid, UNKNOWN_FIELD, malformed, own};

/// Reads what a product is asked to do.
pub(super) fn product(value: &Json) -> Result<Product, Invalid> {
    let mut value = value.clone();
    times(&mut value)?;
    serde_json::from_value(value).map_err(|error| unreadable(&error.to_string()))
}

/// What serde has to say, laid on the field that it does not know where it is about one.
fn unreadable(said: &str) -> Invalid {
    let message = format!("{said}; see docs/products/session.md");
    let unknown = said.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    match unknown {
        Some(field) => own(UNKNOWN_FIELD, message).of(field),
        None => malformed(message).of("product"),
    }
}

/// Turns every time that is written as text into the number that it stands for.
fn times(value: &mut Json) -> Result<(), Invalid> {
    match value {
        Json::Object(fields) => fields.iter_mut().try_for_each(|(name, value)| match value {
            Json::Array(all) if name.ends_with("_ns") => all.iter_mut().try_for_each(|one| time(name, one)),
            value if name.ends_with("_ns") => time(name, value),
            value => times(value),
        }),
        Json::Array(all) => all.iter_mut().try_for_each(times),
        _ => Ok(()),
    }
}

/// Turns one time.
fn time(name: &str, value: &mut Json) -> Result<(), Invalid> {
    if let Json::String(text) = value {
        let text = Time::Text(std::mem::take(text));
        *value = Json::from(time_ns("product", &text).map_err(|invalid| invalid.of(name))?);
    }
    Ok(())
}
