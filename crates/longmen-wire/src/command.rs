//! A command's content as bytes, to be hashed into its digest.

use longmen_core::{
    Action, Capture, Command, EffectiveDate, Leg, OpenAccount, Overdraft, PlaceHold, Release, Side,
};

/// Appends the content of a command, its key left out.
///
/// Every field has a fixed width or is led by its length, so that two commands give the same bytes only where they
/// say the same. These bytes are never stored, but their hash is: they may not change within a schema.
pub fn put_command(command: &Command, out: &mut Vec<u8>) {
    match &command.action {
        Action::OpenAccount(account) => put_open(account, out),
        Action::Post(legs) => {
            out.push(1);
            put_count(legs.len(), out);
            legs.iter().for_each(|leg| put_leg(leg, out));
        }
        Action::PlaceHold(hold) => put_hold(hold, out),
        Action::Capture(capture) => put_capture(capture, out),
        Action::Release(release) => put_release(release, out),
    }
    out.extend_from_slice(&command.effective.map_or(i32::MIN, EffectiveDate::days).to_le_bytes());
    put_text(command.memo.as_str(), out);
}

fn put_open(account: &OpenAccount, out: &mut Vec<u8>) {
    out.push(0);
    put_bytes(account.id.as_bytes(), out);
    out.extend_from_slice(&account.currency.to_bytes());
    put_text(account.class.as_str(), out);
    match account.overdraft {
        Overdraft::UpTo(limit) => put_number(limit.minor(), out),
        Overdraft::Unlimited => put_number(u64::MAX, out),
    }
}

fn put_leg(leg: &Leg, out: &mut Vec<u8>) {
    put_bytes(leg.account.as_bytes(), out);
    out.push(match leg.side {
        Side::Debit => 0,
        Side::Credit => 1,
    });
    put_number(leg.amount.minor(), out);
    out.extend_from_slice(&leg.currency.to_bytes());
}

fn put_hold(hold: &PlaceHold, out: &mut Vec<u8>) {
    out.push(2);
    put_bytes(hold.debit.as_bytes(), out);
    put_bytes(hold.credit.as_bytes(), out);
    put_number(hold.amount.minor(), out);
    out.extend_from_slice(&hold.currency.to_bytes());
    put_number(hold.expires_after_ns.map_or(0, core::num::NonZeroU64::get), out);
}

fn put_capture(capture: &Capture, out: &mut Vec<u8>) {
    out.push(3);
    put_bytes(capture.hold.as_bytes(), out);
    put_number(capture.amount.minor(), out);
    out.extend_from_slice(&capture.currency.to_bytes());
    out.push(u8::from(capture.is_final));
    put_count(capture.to.len(), out);
    for portion in &capture.to {
        put_bytes(portion.credit.as_bytes(), out);
        put_number(portion.amount.minor(), out);
    }
}

fn put_release(release: &Release, out: &mut Vec<u8>) {
    out.push(4);
    put_bytes(release.hold.as_bytes(), out);
    out.push(u8::from(release.part.is_some()));
    if let Some((amount, currency)) = release.part {
        put_number(amount.minor(), out);
        out.extend_from_slice(&currency.to_bytes());
    }
}

fn put_number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_count(count: usize, out: &mut Vec<u8>) {
    put_number(u64::try_from(count).unwrap_or(u64::MAX), out);
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    put_bytes(text.as_bytes(), out);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    // Names have at most 40 bytes and memos 256, so the length fits.
    out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}
