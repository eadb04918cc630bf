//! Reading the words of the tables' language (see `dsl`).

use core::num::NonZeroU64;

use longmen_core::{
    AccountId, Action, Capture, Class, Command, Key, Leg, Legs, OpenAccount, Overdraft, PlaceHold, Portion,
    Refusal, Release, Side,
};
use longmen_money::{Amount, Currency};

/// What stops a step: a word that the language does not have, or a constructor's refusal.
pub(crate) enum Stop {
    Unread(String),
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reads a command whose first word is `verb`.
pub(crate) fn command(verb: &str, words: &mut Words<'_>) -> Result<Command, Stop> {
    const CENT: Amount = Amount::new(1).unwrap();
    if verb == "open" {
        let (id, currency, class) = (words.account()?, words.currency()?, words.class()?);
        let account = OpenAccount::new(id, currency, class).overdraft(words.overdraft()?);
        let key = if words.take("key") { words.key()? } else { Key::new(id.as_str())? };
        return Ok(Command::open_account(key, account));
    }
    let key = words.key()?;
    Ok(match verb {
        "xfer" => {
            let (debit, credit) = (words.account()?, words.account()?);
            Command::transfer(key, debit, credit, words.amount()?, words.currency()?)
        }
        "post" => {
            let mut legs = Legs::new();
            while words.0.peek().is_some_and(|word| ["D", "C"].contains(word)) {
                legs.push(words.leg()?);
            }
            Command::post(key, legs)
        }
        "spread" => {
            let count: u64 = words.number()?;
            let (debit, credit) = (words.account()?, words.account()?);
            let leg = |account, side, amount| Leg { account, side, amount, currency: Currency::CNY };
            let mut legs: Legs = (1..count).map(|_| leg(credit, Side::Credit, CENT)).collect();
            legs.insert(0, leg(debit, Side::Debit, Amount::new(count - 1).unwrap()));
            Command::post(key, legs)
        }
        "hold" => {
            let (debit, credit) = (words.account()?, words.account()?);
            let (amount, currency) = (words.amount()?, words.currency()?);
            let expires_after_ns = if words.take("for") { NonZeroU64::new(words.number()?) } else { None };
            Command::place_hold(key, PlaceHold { debit, credit, amount, currency, expires_after_ns })
        }
        "capture" => {
            let (hold, amount) = (words.key()?, words.amount()?);
            let (currency, is_final) = (words.currency_or_cny(), words.take("final"));
            let mut capture = Capture { hold, amount, currency, is_final, to: Default::default() };
            if words.take("to") {
                while words.0.peek().is_some_and(|word| *word != "on") {
                    capture.to.push(Portion { credit: words.account()?, amount: words.amount()? });
                }
            }
            Command::new(key, Action::Capture(capture))
        }
        "split" => {
            let (hold, count): (_, u64) = (words.key()?, words.number()?);
            let credit = words.account()?;
            let to = (0..count).map(|_| Portion { credit, amount: CENT }).collect();
            let amount = Amount::new(count).unwrap();
            Command::new(
                key,
                Action::Capture(Capture { hold, amount, currency: Currency::CNY, is_final: false, to }),
            )
        }
        "release" => {
            let hold = words.key()?;
            let given = words.0.peek().is_some_and(|word| *word != "on");
            let part = if given { Some((words.amount()?, words.currency_or_cny())) } else { None };
            Command::new(key, Action::Release(Release { hold, part }))
        }
        other => return Err(Stop::Unread(format!("{other} is not a verb"))),
    })
}

/// The words of a line that are still to be read.
pub(crate) struct Words<'a>(pub(crate) std::iter::Peekable<std::str::SplitWhitespace<'a>>);

impl<'a> Words<'a> {
    pub(crate) fn next(&mut self) -> Result<&'a str, Stop> {
        self.0.next().ok_or_else(|| Stop::Unread("a word is missing".into()))
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        self.0.next_if_eq(&word).is_some()
    }

    pub(crate) fn number<T: core::str::FromStr>(&mut self) -> Result<T, Stop> {
        let word = self.next()?;
        word.parse().map_err(|_| Stop::Unread(format!("{word} is not a number")))
    }

    fn amount(&mut self) -> Result<Amount, Stop> {
        // Every currency of the tables has two decimals.
        Amount::parse(self.next()?, &Currency::CNY).map_err(|error| Refusal::new(error.into()).into())
    }

    pub(crate) fn currency(&mut self) -> Result<Currency, Stop> {
        let code = self.next()?;
        Currency::from_code(code).map_err(|error| Stop::Unread(error.to_string()))
    }

    pub(crate) fn currency_or_cny(&mut self) -> Currency {
        if self.take("USD") { Currency::USD } else { Currency::CNY }
    }

    pub(crate) fn account(&mut self) -> Result<AccountId, Stop> {
        Ok(AccountId::new(name(self.next()?))?)
    }

    pub(crate) fn key(&mut self) -> Result<Key, Stop> {
        Ok(Key::new(name(self.next()?))?)
    }

    pub(crate) fn counter(&mut self) -> Result<u128, Stop> {
        const FULL: u128 = (1 << 126) - 1;
        if let Some(less) = self.0.peek().and_then(|word| word.strip_prefix("full-")) {
            let less: u128 = less.parse().map_err(|_| Stop::Unread("full-n".into()))?;
            self.next()?;
            return Ok(FULL - less);
        }
        Ok(self.amount()?.minor().into())
    }

    pub(crate) fn class(&mut self) -> Result<Class, Stop> {
        let word = self.next()?;
        let class = Class::ALL.into_iter().find(|class| class.as_str() == word);
        class.ok_or_else(|| Stop::Unread(format!("{word} is not a class")))
    }

    pub(crate) fn overdraft(&mut self) -> Result<Overdraft, Stop> {
        match self.next()? {
            "none" => Ok(Overdraft::FORBIDDEN),
            "limit" => Ok(Overdraft::UpTo(self.amount()?)),
            "unlimited" => Ok(Overdraft::Unlimited),
            other => Err(Stop::Unread(format!("{other} is not an overdraft rule"))),
        }
    }

    fn leg(&mut self) -> Result<Leg, Stop> {
        let side = side(self.next()?)?;
        let account = self.account()?;
        Ok(Leg { account, side, amount: self.amount()?, currency: self.currency()? })
    }
}

/// A word as a name; two marks stand for names that a word cannot show.
fn name(word: &str) -> &str {
    match word {
        "<empty>" => "",
        "<space>" => "a b",
        other => other,
    }
}

fn side(word: &str) -> Result<Side, Stop> {
    match word {
        "D" => Ok(Side::Debit),
        "C" => Ok(Side::Credit),
        other => Err(Stop::Unread(format!("{other} is neither D nor C"))),
    }
}
