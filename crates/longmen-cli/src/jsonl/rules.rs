//! Actions that say what accounts are, what belongs together and what is allowed.

use longmen::{
    AccountChange, Action, ChangeAccount, Class, Currency, Details, Flow, Limit, Member, Membership, Most,
    OpenAccount, Overdraft, Scope, Window,
};

use super::field::{
    account, amount, code, currency, date, length_ns, limit, meta, pair, set, subject, time_ns, utc_offset,
};
use super::schema::{
    Change, ClassName, DropLimit, Erase, FlowName, InSet, NewDetails, Open, OpenSet, Seal, SetLimit,
    SideName, Span,
};
use super::value::Pairs;
use super::{Invalid, malformed};

pub(super) fn open(open: &Open) -> Result<Action, Invalid> {
    let currency = currency(&open.currency)?;
    let class = match open.class {
        ClassName::Asset => Class::Asset,
        ClassName::Liability => Class::Liability,
        ClassName::Equity => Class::Equity,
        ClassName::Income => Class::Income,
        ClassName::Expense => Class::Expense,
    };
    let mut account = OpenAccount::new(account("account", &open.account)?, currency, class);
    if let Some(text) = &open.overdraft {
        account.overdraft = overdraft(text, Some(currency))?;
    }
    account.hidden = open.hidden;
    account.details = details(open.code.as_deref(), open.meta.as_ref())?;
    Ok(Action::OpenAccount(Box::new(account)))
}

fn overdraft(text: &str, currency: Option<Currency>) -> Result<Overdraft, Invalid> {
    match (text, currency) {
        ("none", _) => Ok(Overdraft::FORBIDDEN),
        ("unlimited", _) => Ok(Overdraft::Unlimited),
        (text, Some(currency)) => Ok(Overdraft::UpTo(amount("overdraft", text, currency)?)),
        (_, None) => Err(malformed("an overdraft of an amount needs its currency".to_owned()).of("currency")),
    }
}

fn details(code_text: Option<&str>, pairs: Option<&Pairs>) -> Result<Details, Invalid> {
    let code = code_text.map(code).transpose()?;
    Ok(Details { code, meta: pairs.map(meta).transpose()?.unwrap_or_default() })
}

pub(super) fn change(change: &Change) -> Result<Action, Invalid> {
    let account = account("account", &change.account)?;
    let of_currency = change.currency.as_deref().map(currency).transpose()?;
    if of_currency.is_some() && change.overdraft.is_none() {
        return Err(malformed("only an overdraft needs a currency".to_owned()).of("currency"));
    }
    let new_overdraft = change.overdraft.as_deref().map(|text| overdraft(text, of_currency)).transpose()?;
    let new_details = |new: &NewDetails| details(new.code.as_deref(), new.meta.as_ref());
    let frozen = |sides: &Vec<SideName>| AccountChange::Freeze {
        debit: sides.contains(&SideName::Debit),
        credit: sides.contains(&SideName::Credit),
    };
    let mut wanted = [
        new_overdraft.map(AccountChange::Overdraft),
        change.freeze.as_ref().map(frozen),
        change.hidden.map(AccountChange::Hidden),
        change.close.then_some(AccountChange::Close),
        change.reopen.then_some(AccountChange::Reopen),
        change.details.as_ref().map(new_details).transpose()?.map(AccountChange::Details),
    ]
    .into_iter()
    .flatten();
    let (Some(wanted), None) = (wanted.next(), wanted.next()) else {
        return Err(malformed(
            "a change needs exactly one of overdraft, freeze, hidden, close, reopen, details".to_owned(),
        ));
    };
    Ok(Action::ChangeAccount(Box::new(ChangeAccount { account, currency: of_currency, change: wanted })))
}

pub(super) fn open_set(open: &OpenSet) -> Result<Action, Invalid> {
    Ok(Action::OpenSet(set("set", &open.set)?))
}

pub(super) fn membership(membership: &InSet) -> Result<Box<Membership>, Invalid> {
    let member = match (&membership.account, &membership.member_set) {
        (Some(name), None) => Member::Account(account("account", name)?),
        (None, Some(name)) => Member::Set(set("member_set", name)?),
        _ => return Err(malformed("a set takes either an account or a member_set".to_owned())),
    };
    Ok(Box::new(Membership { set: set("set", &membership.set)?, member }))
}

pub(super) fn set_limit(new: &SetLimit) -> Result<Action, Invalid> {
    let scope = match (&new.account, &new.set) {
        (Some(name), None) => Scope::Account(account("account", name)?),
        (None, Some(name)) => Scope::Set(set("set", name)?),
        _ => return Err(malformed("a limit is on either an account or a set".to_owned())),
    };
    let currency = currency(&new.currency)?;
    let most = match (&new.amount, new.count) {
        (Some(text), None) => Most::Amount(amount("amount", text, currency)?),
        (None, Some(count)) => Most::Count(count),
        _ => return Err(malformed("a limit needs either an amount or a count".to_owned())),
    };
    let flow = match new.flow {
        FlowName::In => Flow::In,
        FlowName::Out => Flow::Out,
        FlowName::NetIn => Flow::NetIn,
        FlowName::NetOut => Flow::NetOut,
    };
    let exempt = new.exempt.iter().map(|pairs| match pairs.0.as_slice() {
        [(name, value)] => pair("exempt", name, value),
        _ => Err(malformed("exempt is a list of objects with one pair each".to_owned()).of("exempt")),
    });
    Ok(Action::SetLimit(Box::new(Limit {
        id: limit(&new.limit)?,
        scope,
        currency,
        flow,
        most,
        window: window(&new.window)?,
        exempt: exempt.collect::<Result<_, _>>()?,
    })))
}

fn window(span: &Span) -> Result<Window, Invalid> {
    Ok(match span {
        Span::Lifetime => Window::Lifetime,
        Span::Every(every) => {
            Window::Every { length_ns: length_ns(every.seconds)?, from_ns: time_ns("from", &every.from)? }
        }
        Span::Month(local) => Window::Month { utc_offset_min: utc_offset(&local.utc_offset)? },
        Span::Year(local) => Window::Year { utc_offset_min: utc_offset(&local.utc_offset)? },
        Span::Last(last) => Window::Last { length_ns: length_ns(last.seconds)? },
    })
}

pub(super) fn drop_limit(dropped: &DropLimit) -> Result<Action, Invalid> {
    Ok(Action::DropLimit(limit(&dropped.limit)?))
}

pub(super) fn seal(seal: &Seal) -> Result<Action, Invalid> {
    Ok(Action::SealPeriod(date("through", &seal.through)?))
}

pub(super) fn erase(erase: &Erase) -> Result<Action, Invalid> {
    Ok(Action::EraseSubject(subject(&erase.subject)?))
}
