//! The products of a snapshot beside the audit's own.

use longmen_core::{AccountNo, Key, Phase, Thing};

use super::Kind;
use super::items::Item;
use crate::check::Checker;
use crate::keys::Fingerprint;

/// Whether a snapshot's products are what the entries so far say; words for what differs first where they are not.
pub(crate) fn compare(kept: &longmen_wallet::Products, checker: &Checker) -> Result<(), String> {
    items(kept, checker)?;
    lots(kept, checker)?;
    phases(kept, checker)
}

fn items(kept: &longmen_wallet::Products, checker: &Checker) -> Result<(), String> {
    let own = &checker.products.items.open;
    let mut count = 0_usize;
    for (account, name, item) in kept.items.iter() {
        count += 1;
        let currency = checker.tables.currency_of(account.0);
        let same = Item {
            side: item.side,
            owner: item.owner,
            open: item.open.minor(),
            since_ns: item.since_ns,
            due_ns: item.due_ns,
        };
        if own.get(&(account.0, *name)) != Some(&same) || currency != Some(item.currency) {
            return Err(format!("open item {name} differs"));
        }
    }
    same_count("open items", count, own.len())
}

/// Whose money is spent first the audit does not follow; that every lot's account holds what its lots say it can.
fn lots(kept: &longmen_wallet::Products, checker: &Checker) -> Result<(), String> {
    let tables = &checker.tables;
    for (no, account) in (0_u32..).zip(&tables.accounts) {
        let lots = kept.lots.of(AccountNo(no)).map_or(&[][..], |own| &own.lots);
        let sum: i128 = lots.iter().map(|lot| i128::from(lot.remaining.minor())).sum();
        let is_of_lots = checker.products.codes.kind(no) == Some(Kind::Lots);
        let balance = if is_of_lots { account.settled() } else { 0 };
        if sum != balance {
            return Err(format!("the lots of {} are {sum} instead of {balance}", tables.name(no)));
        }
    }
    Ok(())
}

fn phases(kept: &longmen_wallet::Products, checker: &Checker) -> Result<(), String> {
    let own = &checker.products.phases.at;
    let (mut count, mut fault) = (0_usize, None);
    let mut look = |thing: Thing, name: Fingerprint, shown: Key, phase: Phase| {
        count += 1;
        if own.get(&(thing, name)) != Some(&phase) && fault.is_none() {
            fault = Some(format!("{thing} {shown} differs: it is {phase}"));
        }
    };
    each_of_one_name(kept, &mut |thing, name, phase| {
        look(thing, checker.keys.fingerprint(&name), name, phase);
    });
    for owner in &kept.owners {
        for (at, payee) in owner.payees.iter().enumerate() {
            let is_latest = owner.payees.iter().skip(at + 1).all(|later| later.id != payee.id);
            if is_latest {
                let id = payee.id.to_key();
                let name = checker.keys.fingerprint_of_two(&owner.id.to_key(), &id);
                look(Thing::Payee, name, id, payee.phase);
            }
        }
    }
    match fault {
        Some(fault) => Err(fault),
        None => same_count("things of products", count, own.len()),
    }
}

/// Every thing that has a name of its own and a phase, as far as entries say it.
fn each_of_one_name(kept: &longmen_wallet::Products, look: &mut dyn FnMut(Thing, Key, Phase)) {
    kept.owners.iter().for_each(|own| look(Thing::Owner, own.id.to_key(), own.phase));
    kept.top_ups.iter().for_each(|own| look(Thing::TopUp, own.name, own.phase));
    kept.refunds.iter().for_each(|own| look(Thing::Refund, own.name, own.phase));
    kept.gift_cards.iter().for_each(|own| look(Thing::GiftCard, own.id.to_key(), own.phase));
    kept.payments.iter().for_each(|own| look(Thing::Payment, own.name, own.phase));
    kept.cards.cards.iter().for_each(|own| look(Thing::Card, own.id.to_key(), own.phase));
    kept.withdrawals.iter().for_each(|own| look(Thing::Withdrawal, own.name, own.phase));
    kept.batches.receivers.iter().for_each(|own| look(Thing::Receiver, own.name, own.phase));
    kept.batches.deposits.iter().for_each(|own| look(Thing::Item, own.name, own.phase));
    kept.batches.batches.iter().for_each(|own| look(Thing::Batch, own.name, own.phase));
    kept.disputes.iter().for_each(|own| look(Thing::Dispute, own.name, own.phase));
    kept.cases.iter().for_each(|own| look(Thing::Case, own.name, own.phase));
    for own in &kept.quotes {
        let phase = if own.phase == Phase::Refunded { Phase::Executed } else { own.phase };
        look(Thing::Quote, own.name, phase);
    }
    for own in &kept.plans {
        let phase = if own.phase == Phase::WrittenOff { own.phase } else { Phase::Active };
        look(Thing::Plan, own.name, phase);
    }
}

fn same_count(what: &str, kept: usize, own: usize) -> Result<(), String> {
    if kept == own { Ok(()) } else { Err(format!("it has {kept} {what} instead of {own}")) }
}
