//! A command's content as bytes, to be hashed into its digest.

use longmen_core::{
    AccountChange, Action, ActionKind, Capture, Class, Condition, Details, EffectiveDate, Extras, Flow,
    Increment, Leg, Limit, Member, Membership, MetaKey, Most, Move, OpenAccount, Overdraft, Party, PlaceHold,
    Quantity, Relation, Release, Scope, Share, Side, Value, Window,
};
use longmen_money::{Amount, Currency, Money};
use longmen_wallet::{Command, Wish};

use crate::bytes::{NO_DATE, bits, code_of};
use crate::meta::{put_pairs, put_secret};
use crate::product::product_bytes;

/// Appends the content of a command, its key left out.
///
/// Every field has a fixed width or is led by its length, and every choice by a byte that says which, so that two
/// commands give the same bytes only where they say the same. These bytes are never stored, but their hash is: they
/// may not change within a schema.
pub fn put_command(command: &Command, out: &mut Vec<u8>) {
    match &command.action {
        Wish::Ledger(action) => {
            out.push(code_of(ActionKind::ALL, &action.kind()));
            put_action(action, out);
        }
        Wish::Product(product) => {
            out.push(code_of(ActionKind::ALL, &ActionKind::Product));
            let bytes = product_bytes(product);
            put_count(bytes.len(), out);
            out.extend_from_slice(&bytes);
        }
    }
    out.extend_from_slice(&command.effective.map_or(NO_DATE, EffectiveDate::days).to_le_bytes());
    put_bytes(command.memo.as_str().as_bytes(), out);
    // What most commands do not have costs them this one byte.
    let extras = command.extras.as_deref();
    let has = |part: fn(&Extras) -> bool| extras.is_some_and(part);
    out.push(bits([
        command.linked,
        command.force,
        !command.conditions.is_empty(),
        has(|extras| !extras.meta.is_empty()),
        has(|extras| extras.happened_ns.is_some()),
        has(|extras| extras.secret.is_some()),
    ]));
    if !command.conditions.is_empty() {
        put_count(command.conditions.len(), out);
        command.conditions.iter().for_each(|condition| put_condition(condition, out));
    }
    if let Some(extras) = extras {
        put_extras(extras, out);
    }
}

fn put_action(action: &Action, out: &mut Vec<u8>) {
    match action {
        Action::OpenAccount(account) => put_open(account, out),
        Action::ChangeAccount(change) => {
            put_bytes(change.account.as_bytes(), out);
            out.push(u8::from(change.currency.is_some()));
            change.currency.iter().for_each(|currency| out.extend_from_slice(&currency.to_bytes()));
            put_change(&change.change, out);
        }
        Action::Post(legs) => {
            put_count(legs.len(), out);
            legs.iter().for_each(|leg| put_leg(leg, out));
        }
        Action::Move(wanted) => put_move(wanted, out),
        Action::Reverse(original) => put_bytes(original.as_bytes(), out),
        Action::PlaceHold(hold) => put_hold(hold, out),
        Action::Increment(increment) => put_increment(increment, out),
        Action::Capture(capture) => put_capture(capture, out),
        Action::Release(release) => put_release(release, out),
        Action::OpenSet(id) => put_bytes(id.as_bytes(), out),
        Action::Join(membership) | Action::Leave(membership) => put_membership(membership, out),
        Action::SetLimit(limit) => put_limit(limit, out),
        Action::DropLimit(id) => put_bytes(id.as_bytes(), out),
        Action::SealPeriod(through) => out.extend_from_slice(&through.days().to_le_bytes()),
        Action::EraseSubject(subject) => put_bytes(subject.as_bytes(), out),
    }
}

fn put_open(account: &OpenAccount, out: &mut Vec<u8>) {
    put_bytes(account.id.as_bytes(), out);
    put_currency(account.currency, out);
    out.push(code_of(&Class::ALL, &account.class));
    put_overdraft(account.overdraft, out);
    out.push(bits([account.hidden, account.managed]));
    put_details(&account.details, out);
}

fn put_overdraft(overdraft: Overdraft, out: &mut Vec<u8>) {
    match overdraft {
        Overdraft::UpTo(limit) => put_number(limit.minor(), out),
        Overdraft::Unlimited => put_number(u64::MAX, out),
    }
}

/// No code is the empty one.
fn put_details(details: &Details, out: &mut Vec<u8>) {
    put_bytes(details.code.as_ref().map_or(&[][..], longmen_core::Code::as_bytes), out);
    put_counted_pairs(details.meta.pairs(), out);
}

fn put_change(change: &AccountChange, out: &mut Vec<u8>) {
    match change {
        AccountChange::Overdraft(overdraft) => {
            out.push(0);
            put_overdraft(*overdraft, out);
        }
        AccountChange::Freeze { debit, credit } => out.extend_from_slice(&[1, bits([*debit, *credit])]),
        AccountChange::Hidden(hidden) => out.extend_from_slice(&[2, u8::from(*hidden)]),
        AccountChange::Close => out.push(3),
        AccountChange::Reopen => out.push(4),
        AccountChange::Details(details) => {
            out.push(5);
            put_details(details, out);
        }
    }
}

fn put_leg(leg: &Leg, out: &mut Vec<u8>) {
    put_bytes(leg.account.as_bytes(), out);
    out.push(match leg.side {
        Side::Debit => 0,
        Side::Credit => 1,
    });
    put_sum(leg.amount, leg.currency, out);
}

fn put_move(wanted: &Move, out: &mut Vec<u8>) {
    put_party(&wanted.debit, out);
    put_party(&wanted.credit, out);
    put_number(wanted.at_most.minor(), out);
    put_number(wanted.at_least.minor(), out);
    put_currency(wanted.currency, out);
}

fn put_party(party: &Party, out: &mut Vec<u8>) {
    put_count(party.accounts.len(), out);
    party.accounts.iter().for_each(|account| put_bytes(account.as_bytes(), out));
    let in_proportion = match party.share {
        Share::InOrder => false,
        Share::InProportion => true,
    };
    out.push(bits([party.is_bounded, in_proportion]));
}

fn put_hold(hold: &PlaceHold, out: &mut Vec<u8>) {
    put_bytes(hold.debit.as_bytes(), out);
    put_bytes(hold.credit.as_bytes(), out);
    put_sum(hold.amount, hold.currency, out);
    put_number(hold.expires_after_ns.map_or(0, core::num::NonZeroU64::get), out);
    out.push(bits([hold.closes.debit, hold.closes.credit]));
}

fn put_increment(increment: &Increment, out: &mut Vec<u8>) {
    put_bytes(increment.hold.as_bytes(), out);
    put_sum(increment.amount, increment.currency, out);
    out.push(u8::from(increment.is_total));
}

fn put_capture(capture: &Capture, out: &mut Vec<u8>) {
    put_bytes(capture.hold.as_bytes(), out);
    put_sum(capture.amount, capture.currency, out);
    out.push(u8::from(capture.is_final));
    put_count(capture.to.len(), out);
    for portion in &capture.to {
        put_bytes(portion.credit.as_bytes(), out);
        put_number(portion.amount.minor(), out);
    }
}

fn put_release(release: &Release, out: &mut Vec<u8>) {
    put_bytes(release.hold.as_bytes(), out);
    out.push(u8::from(release.part.is_some()));
    if let Some((amount, currency)) = release.part {
        put_sum(amount, currency, out);
    }
}

fn put_membership(membership: &Membership, out: &mut Vec<u8>) {
    put_bytes(membership.set.as_bytes(), out);
    let (kind, member) = match &membership.member {
        Member::Account(id) => (0, id.as_bytes()),
        Member::Set(id) => (1, id.as_bytes()),
    };
    out.push(kind);
    put_bytes(member, out);
}

fn put_limit(limit: &Limit, out: &mut Vec<u8>) {
    put_bytes(limit.id.as_bytes(), out);
    let (kind, scope) = match &limit.scope {
        Scope::Account(id) => (0, id.as_bytes()),
        Scope::Set(id) => (1, id.as_bytes()),
    };
    out.push(kind);
    put_bytes(scope, out);
    put_currency(limit.currency, out);
    out.push(code_of(&Flow::ALL, &limit.flow));
    let (measure, most) = match limit.most {
        Most::Amount(amount) => (0, amount.minor()),
        Most::Count(count) => (1, count),
    };
    out.push(measure);
    put_number(most, out);
    put_window(limit.window, out);
    put_counted_pairs(&limit.exempt, out);
}

fn put_window(window: Window, out: &mut Vec<u8>) {
    match window {
        Window::Lifetime => out.push(0),
        Window::Every { length_ns, from_ns } => {
            out.push(1);
            put_number(length_ns, out);
            put_number(from_ns, out);
        }
        Window::Month { utc_offset_min } => {
            out.push(2);
            out.extend_from_slice(&utc_offset_min.to_le_bytes());
        }
        Window::Year { utc_offset_min } => {
            out.push(3);
            out.extend_from_slice(&utc_offset_min.to_le_bytes());
        }
        Window::Last { length_ns } => {
            out.push(4);
            put_number(length_ns, out);
        }
    }
}

fn put_condition(condition: &Condition, out: &mut Vec<u8>) {
    put_bytes(condition.account.as_bytes(), out);
    out.push(code_of(&Relation::ALL, &condition.is));
    let mut put_money = |kind: u8, money: Money| {
        out.push(kind);
        out.extend_from_slice(&money.minor().to_le_bytes());
        put_currency(money.currency(), out);
    };
    match condition.to {
        Quantity::Posted(money) => put_money(0, money),
        Quantity::Held(money) => put_money(1, money),
        Quantity::Available(money) => put_money(2, money),
        Quantity::Version(version) => {
            out.push(3);
            put_number(version, out);
        }
    }
}

/// Which parts follow was said before.
fn put_extras(extras: &Extras, out: &mut Vec<u8>) {
    if !extras.meta.is_empty() {
        put_counted_pairs(extras.meta.pairs(), out);
    }
    if let Some(happened_ns) = extras.happened_ns {
        put_number(happened_ns.get(), out);
    }
    if let Some(secret) = &extras.secret {
        put_count(secret.bytes().len(), out);
        put_secret(secret, out);
    }
}

fn put_counted_pairs(pairs: &[(MetaKey, Value)], out: &mut Vec<u8>) {
    put_count(pairs.len(), out);
    put_pairs(pairs, out);
}

fn put_sum(amount: Amount, currency: Currency, out: &mut Vec<u8>) {
    put_number(amount.minor(), out);
    put_currency(currency, out);
}

fn put_currency(currency: Currency, out: &mut Vec<u8>) {
    out.extend_from_slice(&currency.to_bytes());
}

fn put_number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_count(count: usize, out: &mut Vec<u8>) {
    put_number(u64::try_from(count).unwrap_or(u64::MAX), out);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    // Names have at most 40 bytes and memos 256, so the length fits.
    out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}
