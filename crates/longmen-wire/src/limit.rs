//! Velocity limits as rows.

use longmen_core::{EXEMPT_MAX, Flow, Limit, Most, Scope, Window};

use crate::DecodeError;
use crate::bytes::{amount_of, code_of, currency_of, padded, pick, short_len, unpadded, zero};
use crate::rows::LimitV1;

const MIN_PER_DAY: u16 = 1_440;

/// The row of a limit; its exempt pairs stand behind the rows.
pub(crate) fn limit_row(limit: &Limit) -> LimitV1 {
    let (scope, scope_id) = match &limit.scope {
        Scope::Account(id) => (0, padded(id.as_str())),
        Scope::Set(id) => (1, padded(id.as_str())),
    };
    let (measure, most) = match limit.most {
        Most::Amount(amount) => (0, amount.minor()),
        Most::Count(count) => (1, count),
    };
    let (window, length_ns, from_ns, utc_offset_min) = match limit.window {
        Window::Lifetime => (0, 0, 0, 0),
        Window::Every { length_ns, from_ns } => (1, length_ns, from_ns, 0),
        Window::Month { utc_offset_min } => (2, 0, 0, utc_offset_min),
        Window::Year { utc_offset_min } => (3, 0, 0, utc_offset_min),
        Window::Last { length_ns } => (4, length_ns, 0, 0),
    };
    LimitV1 {
        id: padded(limit.id.as_str()),
        scope_id,
        currency: limit.currency.to_bytes(),
        scope,
        flow: code_of(&Flow::ALL, &limit.flow),
        measure,
        window,
        most,
        length_ns,
        from_ns,
        utc_offset_min,
        pairs: short_len(limit.exempt.len()),
        reserved: [0; 5],
    }
}

/// The limit of a row, its exempt pairs left out.
pub(crate) fn limit_of(row: &LimitV1) -> Result<Limit, DecodeError> {
    zero(&row.reserved, "limit.reserved")?;
    if usize::from(row.pairs) > EXEMPT_MAX {
        return Err(DecodeError::BadField("limit.pairs"));
    }
    Ok(Limit {
        id: unpadded(&row.id, "limit.id")?,
        scope: match row.scope {
            0 => Scope::Account(unpadded(&row.scope_id, "limit.scope_id")?),
            1 => Scope::Set(unpadded(&row.scope_id, "limit.scope_id")?),
            _ => return Err(DecodeError::BadField("limit.scope")),
        },
        currency: currency_of(row.currency)?,
        flow: pick(&Flow::ALL, row.flow, "limit.flow")?,
        most: match row.measure {
            0 => Most::Amount(amount_of(row.most)?),
            1 => Most::Count(row.most),
            _ => return Err(DecodeError::BadField("limit.measure")),
        },
        window: window_of(row)?,
        exempt: Vec::new(),
    })
}

fn window_of(row: &LimitV1) -> Result<Window, DecodeError> {
    let utc_offset_min = row.utc_offset_min;
    let is_offset = utc_offset_min.unsigned_abs() < MIN_PER_DAY;
    match (row.window, row.length_ns, row.from_ns, utc_offset_min) {
        (0, 0, 0, 0) => Ok(Window::Lifetime),
        (1, length_ns @ 1.., from_ns, 0) => Ok(Window::Every { length_ns, from_ns }),
        (2, 0, 0, _) if is_offset => Ok(Window::Month { utc_offset_min }),
        (3, 0, 0, _) if is_offset => Ok(Window::Year { utc_offset_min }),
        (4, length_ns @ 1.., 0, 0) => Ok(Window::Last { length_ns }),
        _ => Err(DecodeError::BadField("limit.window")),
    }
}
