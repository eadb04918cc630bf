//! The whole state as bytes.

use std::collections::{BTreeSet, VecDeque};

use longmen_core::{
    Access, AccountNo, AccountRow, AccountSet, Books, Closes, Details, EffectiveDate, Hold, HoldState,
    LimitState, OpenAccount, Parts, Subject, Usage,
};
use longmen_wallet::{Products, State};

use crate::DecodeError;
use crate::bytes::{
    NO_DATE, amount_of, bits, bits_of, code_of, currency_of, maybe_day_of, member_of, member_parts, padded,
    pick, put, take, take_slice, unpadded, zero,
};
use crate::limit::{limit_of, limit_row};
use crate::meta::{DetailsLen, details_len, put_details, put_pairs, take_details, take_pairs};
use crate::product::{product_bytes, product_of};
use crate::put_event::account_row;
use crate::rows::{LimitV1, NameV1};
use crate::snapshot_rows::{
    AccountV1, HoldV1, MemberV1, RecentV1, ReversalV1, SetV1, SnapshotHeadV1, UsageV1,
};
use crate::take_event::account_of;

/// Appends the state: the books, with accounts, holds, sets and limits in the order of their numbers.
///
/// The same state gives the same bytes on every machine, so a hash of them is a hash of the state.
pub fn encode_snapshot(state: &State, out: &mut Vec<u8>) {
    let parts = state.books().parts();
    let products = product_bytes(state.products());
    put(
        &SnapshotHeadV1 {
            accounts: count(parts.accounts.len()),
            holds: count(parts.holds.len()),
            sets: count(parts.sets.len()),
            limits: count(parts.limits.len()),
            reversals: count(parts.reversals.len()),
            erased: count(parts.erased.len()),
            imported_ns: parts.imported_ns.unwrap_or(0),
            sealed_through: parts.sealed_through.map_or(NO_DATE, EffectiveDate::days),
            reserved: [0; 4],
            products_len: count(products.len()),
        },
        out,
    );
    parts.accounts.iter().for_each(|(row, details)| put(&row_of_account(row, details), out));
    parts.holds.iter().for_each(|hold| put(&row_of_hold(hold), out));
    parts.sets.iter().for_each(|set| put_set(set, out));
    parts.limits.iter().for_each(|state| put_limit(state, out));
    for (original, reversal) in parts.reversals {
        put(&ReversalV1 { original, reversal }, out);
    }
    parts.erased.iter().for_each(|subject| put(&NameV1 { name: padded(subject.as_str()) }, out));
    // What has no fixed width comes last, so that every row starts at a multiple of 8.
    parts.accounts.iter().for_each(|(_, details)| put_details(details, out));
    parts.limits.iter().for_each(|state| put_pairs(&state.limit.exempt, out));
    out.extend_from_slice(&products);
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Reads a state.
///
/// # Errors
///
/// [`DecodeError`] where the bytes are not exactly what [`encode_snapshot`] writes.
pub fn decode_snapshot(mut bytes: &[u8]) -> Result<State, DecodeError> {
    let head: SnapshotHeadV1 = take(&mut bytes, "snapshot head")?;
    zero(&head.reserved, "snapshot head.reserved")?;
    let bytes = &mut bytes;
    let mut accounts = many(head.accounts, || account_of_row(&take(bytes, "account")?))?;
    let holds = many(head.holds, || hold_of_row(&take(bytes, "hold")?))?;
    let sets = many(head.sets, || take_set(bytes))?;
    let mut limits = many(head.limits, || take_limit(bytes))?;
    let reversals = many(head.reversals, || {
        take(bytes, "reversal").map(|ReversalV1 { original, reversal }| (original, reversal))
    })?;
    let erased: Vec<Subject> = many(head.erased, || {
        let NameV1 { name } = take(bytes, "erased")?;
        unpadded(&name, "erased")
    })?;
    if !reversals.is_sorted_by(|one, other| one.0 < other.0) || !erased.is_sorted_by(|one, other| one < other)
    {
        return Err(DecodeError::BadField("order"));
    }
    for ((_, details), len) in &mut accounts {
        *details = take_details(bytes, *len)?;
    }
    for (state, pairs) in &mut limits {
        state.limit.exempt = take_pairs(bytes, *pairs)?;
    }
    let len = usize::try_from(head.products_len).map_err(|_| DecodeError::Short("products"))?;
    let products: Products = product_of(take_slice(bytes, len, "products")?)?;
    if !bytes.is_empty() {
        return Err(DecodeError::LeftOver(bytes.len()));
    }
    let parts = Parts {
        accounts: accounts.into_iter().map(|(account, _)| account).collect(),
        holds,
        sets,
        limits: limits.into_iter().map(|(state, _)| state).collect(),
        reversals,
        sealed_through: maybe_day_of(head.sealed_through, "snapshot head.sealed_through")?,
        imported_ns: (head.imported_ns != 0).then_some(head.imported_ns),
        erased,
    };
    Ok(State::restore(Books::restore(parts), products))
}

/// So many of something. The count is not trusted with memory before the bytes are there.
fn many<T>(count: u64, mut one: impl FnMut() -> Result<T, DecodeError>) -> Result<Vec<T>, DecodeError> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(one()?);
    }
    Ok(all)
}

fn row_of_account(account: &AccountRow, details: &Details) -> AccountV1 {
    let opened = OpenAccount {
        id: account.id,
        currency: account.currency,
        class: account.class,
        overdraft: account.overdraft,
        hidden: account.access.hidden,
        managed: account.access.managed,
        details: Details::default(),
    };
    let Access { debit_frozen, credit_frozen, hidden: _, closed, managed: _ } = account.access;
    let mut opened = account_row(&opened);
    opened.flags |= bits([false, false, false, debit_frozen, credit_frozen, closed]);
    let len = details_len(details);
    (opened.code_len, opened.pairs) = (len.code, len.pairs);
    AccountV1 { opened, version: account.version, counters: account.counters.map(u128::to_le_bytes) }
}

/// An account, its details left out, and their length.
fn account_of_row(row: &AccountV1) -> Result<((AccountRow, Details), DetailsLen), DecodeError> {
    let [bounded, hidden, managed, debit_frozen, credit_frozen, closed] =
        bits_of(row.opened.flags, "account.flags")?;
    let opened = account_of(&row.opened, [bounded, hidden, managed])?;
    let account = AccountRow {
        id: opened.id,
        currency: opened.currency,
        class: opened.class,
        overdraft: opened.overdraft,
        access: Access { debit_frozen, credit_frozen, hidden, closed, managed },
        version: row.version,
        counters: row.counters.map(u128::from_le_bytes),
    };
    let len = DetailsLen { code: row.opened.code_len, pairs: row.opened.pairs };
    Ok(((account, Details::default()), len))
}

fn row_of_hold(hold: &Hold) -> HoldV1 {
    HoldV1 {
        key: padded(hold.key.as_str()),
        debit: hold.debit.0,
        credit: hold.credit.0,
        amount: hold.amount.minor(),
        captured: hold.captured.minor(),
        forced: hold.forced.minor(),
        remaining: hold.remaining.minor(),
        expires_ns: hold.expires_ns.unwrap_or(0),
        currency: hold.currency.to_bytes(),
        state: code_of(&HoldState::ALL, &hold.state),
        closes: bits([hold.closes.debit, hold.closes.credit]),
        reserved: [0; 2],
    }
}

fn hold_of_row(row: &HoldV1) -> Result<Hold, DecodeError> {
    zero(&row.reserved, "hold.reserved")?;
    let [debit, credit] = bits_of(row.closes, "hold.closes")?;
    Ok(Hold {
        key: unpadded(&row.key, "hold.key")?,
        debit: AccountNo(row.debit),
        credit: AccountNo(row.credit),
        currency: currency_of(row.currency)?,
        amount: amount_of(row.amount)?,
        captured: amount_of(row.captured)?,
        forced: amount_of(row.forced)?,
        remaining: amount_of(row.remaining)?,
        expires_ns: (row.expires_ns != 0).then_some(row.expires_ns),
        closes: Closes { debit, credit },
        state: pick(&HoldState::ALL, row.state, "hold.state")?,
    })
}

fn put_set(set: &AccountSet, out: &mut Vec<u8>) {
    put(&SetV1 { id: padded(set.id.as_str()), members: count(set.members.len()) }, out);
    for member in &set.members {
        let (kind, member) = member_parts(*member);
        put(&MemberV1 { member, kind, reserved: [0; 3] }, out);
    }
}

fn take_set(bytes: &mut &[u8]) -> Result<AccountSet, DecodeError> {
    let row: SetV1 = take(bytes, "set")?;
    let members = many(row.members, || {
        let row: MemberV1 = take(bytes, "member")?;
        zero(&row.reserved, "member.reserved")?;
        member_of(row.kind, row.member)
    })?;
    if !members.is_sorted_by(|one, other| one < other) {
        return Err(DecodeError::BadField("member"));
    }
    Ok(AccountSet { id: unpadded(&row.id, "set.id")?, members: BTreeSet::from_iter(members) })
}

fn put_limit(state: &LimitState, out: &mut Vec<u8>) {
    put(&limit_row(&state.limit), out);
    put(
        &UsageV1 {
            window: state.usage.window,
            sum: state.usage.sum.to_le_bytes(),
            recent: count(state.usage.recent.len()),
            in_force: u8::from(state.is_in_force),
            reserved: [0; 7],
        },
        out,
    );
    for (time_ns, change) in &state.usage.recent {
        put(&RecentV1 { time_ns: *time_ns, change: change.to_le_bytes() }, out);
    }
}

/// A limit, its exempt pairs left out, and how many there are.
fn take_limit(bytes: &mut &[u8]) -> Result<(LimitState, u8), DecodeError> {
    let row: LimitV1 = take(bytes, "limit")?;
    let usage: UsageV1 = take(bytes, "usage")?;
    zero(&usage.reserved, "usage.reserved")?;
    let recent = many(usage.recent, || {
        let RecentV1 { time_ns, change } = take(bytes, "recent")?;
        Ok((time_ns, i128::from_le_bytes(change)))
    })?;
    let state = LimitState {
        limit: limit_of(&row)?,
        is_in_force: pick(&[false, true], usage.in_force, "usage.in_force")?,
        usage: Usage {
            window: usage.window,
            sum: i128::from_le_bytes(usage.sum),
            recent: VecDeque::from(recent),
        },
    };
    Ok((state, row.pairs))
}
