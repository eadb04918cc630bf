//! The language of the tables: a step a line, with what becomes of it after `->` (nothing there means `ok`).
//! A remark follows a ` #`.
//!
//! ```text
//! at 60                                        the journal time from here on
//! given deep CNY liability limit 5 D 9.00 C 0  an account with counters from a snapshot; `full-1` is 2^126 - 1 - 0.01;
//!                                              `held 1.00` may follow
//! open alice CNY liability none                an account; `limit 50.00`, `unlimited`; `key k` where the key matters
//! xfer k1 bank alice 100.00 CNY                a group of two legs; `memo` takes the rest of the line
//! post k2 D bank 1.00 CNY C alice 1.00 CNY     a group of any legs
//! spread k3 254 bank alice                     as many legs: one debit and credits of 0.01
//! hold h1 alice shop 100.00 CNY for 60         a hold, with a life or for ever
//! capture k4 h1 60.00 final to shop 59.00 fee 1.00   in CNY, unless `USD` follows the amount
//! split k5 h1 253 shop                         a capture in as many portions of 0.01
//! release k6 h1 40.00                          without an amount all that remains
//! expire                                       the writer's own step; names the hold that it ended, or `none`
//! ```
//!
//! Questions: `balance`, `state`, `next` (the next expiry) and `wrote` (the postings of the last entry).
//! Every refusal is applied as well, and must leave the books as they were.

use std::collections::BTreeMap;

use longmen_core::{
    Account, AccountNo, Books, Command, Decision, Effect, EffectiveDate, Entry, Event, Key, Memo, Prior,
    Reason, Refusal, Side,
};
use longmen_money::Currency;

use crate::digest;
use crate::words::{Stop, Words, command};

/// Runs a table and panics on the first line that tells another story.
#[track_caller]
pub(crate) fn check(table: &str) {
    let mut world = World::default();
    for (at, line) in table.lines().map(str::trim).enumerate() {
        if line.is_empty() {
            continue;
        }
        let rule = line.split(" #").next().unwrap_or(line);
        let (step, want) =
            rule.split_once("->").map_or((rule.trim(), "ok"), |(step, want)| (step.trim(), want.trim()));
        match world.step(step) {
            Ok(got) if got == want => {}
            Ok(got) => panic!("line {}: {line}\n  want: {want}\n   got: {got}", at + 1),
            Err(why) => panic!("line {}: {line}\n  cannot be read: {why}", at + 1),
        }
        if !world.from_snapshot {
            crate::laws::check_books(&world.books)
                .unwrap_or_else(|law| panic!("line {}: {line}\n  {law}", at + 1));
        }
    }
}

#[derive(Default)]
struct World {
    books: Books,
    now_ns: u64,
    position: u64,
    prior: BTreeMap<Key, Prior>,
    last: Option<Entry>,
    from_snapshot: bool,
}

impl World {
    fn step(&mut self, step: &str) -> Result<String, String> {
        let (step, memo) = step.split_once(" memo ").unwrap_or((step, ""));
        let mut words = Words(step.split_whitespace().peekable());
        let done = self.one(&mut words, memo);
        match done {
            Ok(_) if words.0.peek().is_some() => Err("words are left over".into()),
            Ok(got) => Ok(got),
            Err(Stop::Refused(refusal)) => Ok(shown(refusal)),
            Err(Stop::Unread(why)) => Err(why),
        }
    }

    fn one(&mut self, words: &mut Words<'_>, memo: &str) -> Result<String, Stop> {
        let verb = words.next()?;
        match verb {
            "at" => self.now_ns = words.number()?,
            "given" => self.restore(words)?,
            "expire" => return Ok(self.expire()),
            "balance" => return self.balance(words),
            "state" => return self.state(words),
            "next" => return Ok(self.books.next_expiry_ns().map_or("none".into(), |ns| ns.to_string())),
            "wrote" => return Ok(self.wrote()),
            _ => {
                let mut command = command(verb, words)?.with_memo(Memo::new(memo)?);
                if words.take("on") {
                    command = command.with_effective(EffectiveDate::from_days(words.number()?).unwrap());
                }
                return self.decide(command);
            }
        }
        Ok("ok".into())
    }

    fn restore(&mut self, words: &mut Words<'_>) -> Result<(), Stop> {
        let (id, currency, class) = (words.account()?, words.currency()?, words.class()?);
        let overdraft = words.overdraft()?;
        let mut counters = [0; 4];
        for mark in ["D", "C"] {
            if words.next()? != mark {
                return Err(Stop::Unread(format!("{mark} is missing")));
            }
            counters[usize::from(mark == "C")] = words.counter()?;
        }
        if words.take("held") {
            counters[if class.normal_side() == Side::Debit { 3 } else { 2 }] = words.counter()?;
        }
        let mut accounts = self.books.accounts().to_vec();
        accounts.push(Account::restore(id, currency, class, overdraft, counters));
        self.books = Books::restore(accounts, self.books.holds().to_vec());
        self.from_snapshot = true;
        Ok(())
    }

    fn decide(&mut self, command: Command) -> Result<String, Stop> {
        let (digest, prior) = (digest(&command), self.prior.get(&command.key).copied());
        match self.books.decide(command.clone(), digest, prior, self.now_ns) {
            Decision::Replay(position) => Ok(format!("replay {position}")),
            Decision::Refuse(refusal) if refusal.reason.code() >= 300 => {
                Ok(format!("unjournaled {}", shown(refusal)))
            }
            Decision::Refuse(refusal) => Ok(shown(refusal)),
            Decision::Entry(entry) => {
                let head = (entry.key, entry.digest, entry.effective);
                assert_eq!(head, (Some(command.key), digest, command.effective), "the head of {entry:?}");
                self.prior.insert(command.key, Prior { digest, position: self.position });
                let before = self.books.clone();
                self.apply(&entry);
                let Event::Refused { action, refusal } = entry.event else {
                    assert_eq!(entry.memo, command.memo);
                    return Ok("ok".into());
                };
                assert_eq!(self.books, before, "a refusal changed the books");
                assert_eq!((action, entry.postings.len()), (command.action.kind(), 0));
                assert!(entry.memo.is_empty() && refusal.reason.code() >= 300, "{entry:?}");
                Ok(shown(refusal))
            }
        }
    }

    fn apply(&mut self, entry: &Entry) {
        self.books.apply(self.position, entry).expect("what was decided applies");
        self.position += 1;
        self.last = Some(entry.clone());
    }

    fn expire(&mut self) -> String {
        let Some(entry) = self.books.decide_expiry(self.now_ns) else { return "none".into() };
        self.apply(&entry);
        match entry.event {
            Event::HoldExpired { hold } => self.books.hold_at(hold).unwrap().key.to_string(),
            other => format!("{other:?}"),
        }
    }

    fn balance(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let Some(account) = self.books.account(&words.account()?) else { return Ok("none".into()) };
        let balance = account.balance();
        let (posted, held, available) = (balance.posted(), balance.held(), balance.available());
        assert!([posted, held, available].iter().all(|money| money.currency() == account.currency()));
        Ok(format!("posted {} held {} available {}", posted.plain(), held.plain(), available.plain()))
    }

    fn state(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let Some(hold) = self.books.hold(&words.key()?) else { return Ok("none".into()) };
        let [captured, released, remaining] = [hold.captured, hold.released(), hold.remaining]
            .map(|amount| amount.to_money(hold.currency).plain());
        Ok(format!("{} captured {captured} released {released} remaining {remaining}", hold.state.as_str()))
    }

    fn wrote(&self) -> String {
        let name = |no: AccountNo| self.books.account_at(no).unwrap().id().to_string();
        let postings = self.last.iter().flat_map(|entry| entry.postings.iter()).map(|posting| {
            let effect = match posting.effect {
                Effect::Post => "post",
                Effect::Hold => "hold",
                Effect::Unhold => "unhold",
            };
            let side = if posting.side == Side::Debit { "D" } else { "C" };
            let amount = posting.amount.to_money(Currency::CNY).plain();
            format!("{effect} {side} {} {amount}", name(posting.account))
        });
        postings.collect::<Vec<_>>().join(", ")
    }
}

/// A refusal as the tables write it.
fn shown(refusal: Refusal) -> String {
    let mut text = refusal.reason.name().to_owned();
    if let Some(leg) = refusal.leg {
        text += &format!(" leg {leg}");
    }
    if !refusal.short_by.is_zero() {
        text += &format!(" short {}", refusal.short_by.to_money(Currency::CNY).plain());
    }
    assert!(refusal.to_string().starts_with(refusal.reason.name()), "{refusal}");
    assert_eq!(refusal.reason.is_journaled(), refusal.reason >= Reason::AccountExists);
    text
}
