//! The commands of the tables' language (see `dsl`).

use core::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, Action, Capture, ChangeAccount, Command, Condition, EffectiveDate, Flow,
    Increment, Key, Leg, Legs, Limit, Membership, Most, Move, OpenAccount, Party, PlaceHold, Portion,
    Quantity, Relation, Release, Scope, Secret, Side, Step, Window,
};
use longmen_money::{Amount, Currency};

use crate::words::{Stop, Words};

const CENT: Amount = Amount::new(1).unwrap();

/// Reads a command whose first word is `verb`, with all that is said of it.
pub(crate) fn command(verb: &str, words: &mut Words<'_>) -> Result<Command, Stop> {
    let command = if verb == "open" { open(words)? } else { keyed(verb, words)? };
    said_of(command, words)
}

/// Reads the steps of a compound entry, which are parted by `|`, and before them what is said of all.
pub(crate) fn compound(words: &mut Words<'_>) -> Result<Command<Vec<Step>>, Stop> {
    let compound = said_of(Command::new(words.key()?, Action::Post(Legs::new())), words)?;
    let mut steps = Vec::new();
    while words.take("|") {
        let verb = words.next()?;
        let step = command(verb, words)?;
        steps.push(Step { force: step.force, action: step.action });
    }
    Ok(compound.with_action(steps))
}

fn keyed(verb: &str, words: &mut Words<'_>) -> Result<Command, Stop> {
    let key = words.key()?;
    Ok(match verb {
        "xfer" => {
            let (debit, credit) = (words.account()?, words.account()?);
            Command::transfer(key, debit, credit, words.amount()?, words.currency()?)
        }
        "post" => {
            let mut legs = Legs::new();
            while words.peek().is_some_and(|word| ["D", "C"].contains(&word)) {
                legs.push(words.leg()?);
            }
            Command::post(key, legs)
        }
        "spread" => spread(key, words)?,
        "move" => Command::move_up_to(key, wanted_move(words)?),
        "reverse" => Command::reverse(key, words.key()?),
        "hold" => hold(key, words)?,
        "increment" => increment(key, words)?,
        "capture" => capture(key, words)?,
        "split" => split(key, words)?,
        "release" => {
            let hold = words.key()?;
            if !words.amount_follows() {
                return Ok(Command::release(key, hold));
            }
            let part = Some((words.amount()?, words.currency_or_cny()));
            Command::new(key, Action::Release(Release { hold, part }))
        }
        "change" => {
            let account = words.account()?;
            let currency = if words.take("in") { Some(words.currency()?) } else { None };
            let change = change(words)?;
            Command::new(key, Action::ChangeAccount(Box::new(ChangeAccount { account, currency, change })))
        }
        "set" => Command::new(key, Action::OpenSet(words.set()?)),
        "join" => Command::new(key, Action::Join(Box::new(membership(words)?))),
        "leave" => Command::new(key, Action::Leave(Box::new(membership(words)?))),
        "limit" => Command::set_limit(key, limit(words)?),
        "drop" => Command::new(key, Action::DropLimit(words.limit()?)),
        "seal" => Command::new(key, Action::SealPeriod(day(words)?)),
        "erase" => Command::new(key, Action::EraseSubject(words.subject()?)),
        other => return Err(Stop::Unread(format!("{other} is not a verb"))),
    })
}

/// What may be said of any command, in any order.
fn said_of(mut command: Command, words: &mut Words<'_>) -> Result<Command, Stop> {
    loop {
        command = if words.take("forced") {
            command.forced()
        } else if words.take("if") {
            let times = words.take_number().unwrap_or(1);
            let condition = condition(words)?;
            (0..times).fold(command, |command, _| command.only_if(condition))
        } else if words.take("on") {
            command.with_effective(day(words)?)
        } else if words.take("happened") {
            command.happened_at(words.number::<NonZeroU64>()?)
        } else if words.take("meta") {
            command.with_meta(words.meta()?)
        } else if words.take("secret") {
            let (subject, bytes) = (words.subject()?, vec![7; words.number()?]);
            command.with_secret(Secret::new(subject, &bytes)?)
        } else {
            return Ok(command);
        }
    }
}

fn condition(words: &mut Words<'_>) -> Result<Condition, Stop> {
    let (what, account, is) = (words.next()?, words.account()?, words.next()?);
    let is = match is {
        "at_least" => Relation::AtLeast,
        "at_most" => Relation::AtMost,
        "equal" => Relation::Equal,
        other => return Err(Stop::Unread(format!("{other} is not a relation"))),
    };
    let to = match what {
        "posted" => Quantity::Posted(words.money()?),
        "held" => Quantity::Held(words.money()?),
        "available" => Quantity::Available(words.money()?),
        "version" => Quantity::Version(words.number()?),
        other => return Err(Stop::Unread(format!("{other} is not a quantity"))),
    };
    Ok(Condition { account, is, to })
}

fn day(words: &mut Words<'_>) -> Result<EffectiveDate, Stop> {
    EffectiveDate::from_days(words.number()?).ok_or_else(|| Stop::Unread("no such day".into()))
}

fn open(words: &mut Words<'_>) -> Result<Command, Stop> {
    let (id, currency, class) = (words.account()?, words.currency()?, words.class()?);
    let mut account = OpenAccount::new(id, currency, class).overdraft(words.overdraft()?);
    account.hidden = words.take("hidden");
    account.managed = words.take("managed");
    account.details = words.details()?;
    let key = if words.take("key") { words.key()? } else { Key::new(id.as_str())? };
    Ok(Command::open_account(key, account))
}

fn change(words: &mut Words<'_>) -> Result<AccountChange, Stop> {
    Ok(match words.next()? {
        "overdraft" => AccountChange::Overdraft(words.overdraft()?),
        "freeze" => {
            let sides = words.sides()?;
            AccountChange::Freeze { debit: sides.debit, credit: sides.credit }
        }
        "hide" => AccountChange::Hidden(true),
        "show" => AccountChange::Hidden(false),
        "close" => AccountChange::Close,
        "reopen" => AccountChange::Reopen,
        "details" => AccountChange::Details(words.details()?),
        other => return Err(Stop::Unread(format!("{other} is not a change"))),
    })
}

fn spread(key: Key, words: &mut Words<'_>) -> Result<Command, Stop> {
    let count: u64 = words.number()?;
    let (debit, credit) = (words.account()?, words.account()?);
    let leg = |account, side, amount| Leg { account, side, amount, currency: Currency::CNY };
    let mut legs: Legs = (1..count).map(|_| leg(credit, Side::Credit, CENT)).collect();
    legs.insert(0, leg(debit, Side::Debit, Amount::new(count - 1).unwrap()));
    Ok(Command::post(key, legs))
}

fn wanted_move(words: &mut Words<'_>) -> Result<Move, Stop> {
    let (debit, credit) = (party(words)?, party(words)?);
    let (at_most, currency) = (words.amount()?, words.currency()?);
    let at_least = if words.take("at_least") { words.amount()? } else { Amount::ZERO };
    Ok(Move { debit, credit, at_most, at_least, currency })
}

/// `alice`, `upto:alice`, `order:a,b`, `share:a,b`, `loose:a,b` (not bounded) or `nobody`; `order:a*3` is `a0,a1,a2`.
fn party(words: &mut Words<'_>) -> Result<Party, Stop> {
    let word = words.next()?;
    let Some((how, names)) = word.split_once(':') else {
        return Ok(match word {
            "nobody" => Party::in_order(&[]),
            _ => Party::any(AccountId::new(word)?),
        });
    };
    let mut accounts = Vec::new();
    for name in names.split(',') {
        match name.split_once('*') {
            None => accounts.push(AccountId::new(name)?),
            Some((stem, count)) => {
                let count: usize = count.parse().map_err(|_| Stop::Unread(count.to_owned()))?;
                accounts.extend((0..count).map(|n| AccountId::new(&format!("{stem}{n}")).unwrap()));
            }
        }
    }
    Ok(match how {
        "upto" => Party::up_to(accounts[0]),
        "order" => Party::in_order(&accounts),
        "share" => Party::in_proportion(&accounts),
        "loose" => Party { is_bounded: false, ..Party::in_order(&accounts) },
        other => return Err(Stop::Unread(format!("{other} is not a way to share"))),
    })
}

fn hold(key: Key, words: &mut Words<'_>) -> Result<Command, Stop> {
    let (debit, credit) = (words.account()?, words.account()?);
    let mut hold = PlaceHold::new(debit, credit, words.amount()?, words.currency()?);
    if words.take("for") {
        hold = hold.expires_after_ns(words.number::<NonZeroU64>()?);
    }
    if words.take("closes") {
        hold.closes = words.sides()?;
    }
    Ok(Command::place_hold(key, hold))
}

fn increment(key: Key, words: &mut Words<'_>) -> Result<Command, Stop> {
    let hold = words.key()?;
    let is_total = match words.next()? {
        "by" => false,
        "to" => true,
        other => return Err(Stop::Unread(format!("{other} is neither by nor to"))),
    };
    let (amount, currency) = (words.amount()?, words.currency_or_cny());
    Ok(Command::increment(key, Increment { hold, amount, currency, is_total }))
}

fn capture(key: Key, words: &mut Words<'_>) -> Result<Command, Stop> {
    let (hold, amount, currency) = (words.key()?, words.amount()?, words.currency_or_cny());
    let is_final = words.take("final");
    if !words.take("to") {
        return Ok(if is_final {
            Command::capture_final(key, hold, amount, currency)
        } else {
            Command::capture(key, hold, amount, currency)
        });
    }
    let mut capture = Capture { hold, amount, currency, is_final, to: Default::default() };
    const SAID: [&str; 6] = ["forced", "if", "on", "happened", "meta", "secret"];
    while words.peek().is_some_and(|word| !SAID.contains(&word)) {
        capture.to.push(Portion { credit: words.account()?, amount: words.amount()? });
    }
    Ok(Command::new(key, Action::Capture(capture)))
}

fn split(key: Key, words: &mut Words<'_>) -> Result<Command, Stop> {
    let (hold, count) = (words.key()?, words.number::<u64>()?);
    let credit = words.account()?;
    let to = (0..count).map(|_| Portion { credit, amount: CENT }).collect();
    let (amount, currency) = (Amount::new(count).unwrap(), Currency::CNY);
    Ok(Command::new(key, Action::Capture(Capture { hold, amount, currency, is_final: false, to })))
}

fn membership(words: &mut Words<'_>) -> Result<Membership, Stop> {
    Ok(Membership { set: words.set()?, member: words.member()? })
}

/// `daily alice CNY out amount 5.00 every 100 from 20 exempt kind=salary`.
fn limit(words: &mut Words<'_>) -> Result<Limit, Stop> {
    let id = words.limit()?;
    let scope = match words.member()? {
        longmen_core::Member::Account(id) => Scope::Account(id),
        longmen_core::Member::Set(id) => Scope::Set(id),
    };
    let (currency, word) = (words.currency()?, words.next()?);
    let flow = Flow::ALL.into_iter().find(|flow| flow.as_str() == word);
    let flow = flow.ok_or_else(|| Stop::Unread(format!("{word} is not a flow")))?;
    let most = match words.next()? {
        "amount" => Most::Amount(words.amount()?),
        "count" => Most::Count(words.number()?),
        other => return Err(Stop::Unread(format!("{other} is not a measure"))),
    };
    let window = window(words)?;
    let exempt = if words.take("exempt") { words.pairs()? } else { Vec::new() };
    Ok(Limit { id, scope, currency, flow, most, window, exempt })
}

fn window(words: &mut Words<'_>) -> Result<Window, Stop> {
    Ok(match words.next()? {
        "lifetime" => Window::Lifetime,
        "every" => {
            let length_ns = words.number()?;
            let from_ns = if words.take("from") { words.number()? } else { 0 };
            Window::Every { length_ns, from_ns }
        }
        "month" => Window::Month { utc_offset_min: words.number()? },
        "year" => Window::Year { utc_offset_min: words.number()? },
        "last" => Window::Last { length_ns: words.number()? },
        other => return Err(Stop::Unread(format!("{other} is not a window"))),
    })
}
