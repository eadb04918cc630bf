//! Actions that move or reserve money.

use longmen::{
    AccountId, Action, Amount, Capture, Closes, Increment, Leg, Move, Party, PlaceHold, Portion, Release,
    Share, Side,
};

use super::field::{account, amount, currency, key, life_ns};
use super::schema::{
    BoundedSide, CaptureHold, Hold, IncrementHold, MoveSide, MoveUpTo, Post, ReleaseHold, Reverse, SideName,
    Transfer,
};
use super::{Invalid, malformed};

pub(super) fn transfer(transfer: &Transfer) -> Result<Action, Invalid> {
    let currency = currency(&transfer.currency)?;
    let amount = amount("amount", &transfer.amount, currency)?;
    let leg = |account, side| Leg { account, side, amount, currency };
    let debit = leg(account("debit", &transfer.debit)?, Side::Debit);
    let credit = leg(account("credit", &transfer.credit)?, Side::Credit);
    Ok(Action::Post([debit, credit].into_iter().collect()))
}

pub(super) fn post(post: &Post) -> Result<Action, Invalid> {
    let legs = post.legs.iter().map(|leg| {
        let (side, name) = match (&leg.debit, &leg.credit) {
            (Some(name), None) => (Side::Debit, name),
            (None, Some(name)) => (Side::Credit, name),
            _ => {
                return Err(malformed(
                    "a leg needs either debit or credit, each naming an account".to_owned(),
                ));
            }
        };
        let currency = currency(&leg.currency)?;
        let amount = amount("amount", &leg.amount, currency)?;
        Ok(Leg { account: account("legs", name)?, side, amount, currency })
    });
    Ok(Action::Post(legs.collect::<Result<_, _>>()?))
}

pub(super) fn move_up_to(wanted: &MoveUpTo) -> Result<Action, Invalid> {
    let currency = currency(&wanted.currency)?;
    let at_most = match wanted.at_most.as_str() {
        "all" => Amount::MAX,
        text => amount("at_most", text, currency)?,
    };
    let at_least = match &wanted.at_least {
        None => Amount::ZERO,
        Some(text) => amount("at_least", text, currency)?,
    };
    let (debit, credit) = (party("debit", &wanted.debit)?, party("credit", &wanted.credit)?);
    Ok(Action::Move(Box::new(Move { debit, credit, at_most, at_least, currency })))
}

fn party(field: &'static str, side: &MoveSide) -> Result<Party, Invalid> {
    let (names, share) = match side {
        MoveSide::Any(name) => return Ok(Party::any(account(field, name)?)),
        MoveSide::Bounded(BoundedSide::UpTo(name)) => (std::slice::from_ref(name), Share::InOrder),
        MoveSide::Bounded(BoundedSide::InOrder(names)) => (names.as_slice(), Share::InOrder),
        MoveSide::Bounded(BoundedSide::InProportion(names)) => (names.as_slice(), Share::InProportion),
    };
    let accounts = names.iter().map(|name| account(field, name)).collect::<Result<Vec<AccountId>, _>>()?;
    Ok(Party { accounts: accounts.into(), is_bounded: true, share })
}

pub(super) fn reverse(reverse: &Reverse) -> Result<Action, Invalid> {
    Ok(Action::Reverse(key("original", &reverse.original)?))
}

pub(super) fn hold(hold: &Hold) -> Result<Action, Invalid> {
    let currency = currency(&hold.currency)?;
    Ok(Action::PlaceHold(PlaceHold {
        debit: account("debit", &hold.debit)?,
        credit: account("credit", &hold.credit)?,
        amount: amount("amount", &hold.amount, currency)?,
        currency,
        closes: Closes {
            debit: hold.closes.contains(&SideName::Debit),
            credit: hold.closes.contains(&SideName::Credit),
        },
        expires_after_ns: hold.expires_after_s.map(life_ns).transpose()?,
    }))
}

pub(super) fn increment(increment: &IncrementHold) -> Result<Action, Invalid> {
    let (field, text, is_total) = match (&increment.by, &increment.total) {
        (Some(by), None) => ("by", by, false),
        (None, Some(total)) => ("total", total, true),
        _ => return Err(malformed("an increment needs either by or total, each an amount".to_owned())),
    };
    let currency = currency(&increment.currency)?;
    let amount = amount(field, text, currency)?;
    Ok(Action::Increment(Increment { hold: key("hold", &increment.hold)?, amount, currency, is_total }))
}

pub(super) fn capture(capture: &CaptureHold) -> Result<Action, Invalid> {
    let currency = currency(&capture.currency)?;
    let portions = capture.to.iter().map(|portion| {
        Ok(Portion {
            credit: account("to", &portion.credit)?,
            amount: amount("to", &portion.amount, currency)?,
        })
    });
    Ok(Action::Capture(Capture {
        hold: key("hold", &capture.hold)?,
        amount: amount("amount", &capture.amount, currency)?,
        currency,
        is_final: capture.is_final,
        to: portions.collect::<Result<_, _>>()?,
    }))
}

pub(super) fn release(release: &ReleaseHold) -> Result<Action, Invalid> {
    let part = match (&release.amount, &release.currency) {
        (None, None) => None,
        (Some(text), Some(code)) => {
            let currency = currency(code)?;
            Some((amount("amount", text, currency)?, currency))
        }
        _ => return Err(malformed("a release of a part needs both amount and currency".to_owned())),
    };
    Ok(Action::Release(Release { hold: key("hold", &release.hold)?, part }))
}
