//! Reading the words of the tables' language (see `dsl`).

use core::iter::Peekable;
use core::str::{FromStr, SplitWhitespace};

use longmen_core::{
    AccountId, Class, Closes, Code, Details, Key, Leg, LimitId, Member, Meta, MetaKey, Overdraft, Refusal,
    SetId, Side, Subject, Value,
};
use longmen_money::{Amount, Currency, Money};

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

/// The words of a line that are still to be read.
pub(crate) struct Words<'a>(pub(crate) Peekable<SplitWhitespace<'a>>);

impl<'a> Words<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.split_whitespace().peekable())
    }

    pub(crate) fn next(&mut self) -> Result<&'a str, Stop> {
        self.0.next().ok_or_else(|| Stop::Unread("a word is missing".into()))
    }

    pub(crate) fn peek(&mut self) -> Option<&'a str> {
        self.0.peek().copied()
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        self.0.next_if_eq(&word).is_some()
    }

    /// Takes the next word if it is a number.
    pub(crate) fn take_number(&mut self) -> Option<usize> {
        let number = self.peek()?.parse().ok()?;
        self.0.next();
        Some(number)
    }

    /// Whether a leg or an amount follows, rather than what is said of a command.
    pub(crate) fn amount_follows(&mut self) -> bool {
        self.peek().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
    }

    pub(crate) fn number<T: FromStr>(&mut self) -> Result<T, Stop> {
        let word = self.next()?;
        word.parse().map_err(|_| Stop::Unread(format!("{word} is not a number")))
    }

    pub(crate) fn amount(&mut self) -> Result<Amount, Stop> {
        // Every currency of the tables has two decimals.
        match self.next()? {
            "max" => Ok(Amount::MAX),
            word => Amount::parse(word, &Currency::CNY).map_err(|error| Refusal::new(error.into()).into()),
        }
    }

    /// An amount that may be negative, in CNY unless USD follows.
    pub(crate) fn money(&mut self) -> Result<Money, Stop> {
        let word = self.next()?;
        let (sign, digits) = word.strip_prefix('-').map_or((1, word), |digits| (-1, digits));
        let minor = Words::of(digits).amount()?.minor();
        Ok(Money::new(sign * i128::from(minor), self.currency_or_cny()))
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

    pub(crate) fn set(&mut self) -> Result<SetId, Stop> {
        Ok(SetId::new(name(self.next()?))?)
    }

    pub(crate) fn limit(&mut self) -> Result<LimitId, Stop> {
        Ok(LimitId::new(name(self.next()?))?)
    }

    pub(crate) fn subject(&mut self) -> Result<Subject, Stop> {
        Ok(Subject::new(name(self.next()?))?)
    }

    /// `alice`, or a set as `set:family`.
    pub(crate) fn member(&mut self) -> Result<Member, Stop> {
        match self.peek().and_then(|word| word.strip_prefix("set:")) {
            Some(set) => {
                self.next()?;
                Ok(Member::Set(SetId::new(set)?))
            }
            None => Ok(Member::Account(self.account()?)),
        }
    }

    pub(crate) fn counter(&mut self) -> Result<u128, Stop> {
        const FULL: u128 = (1 << 126) - 1;
        if let Some(less) = self.peek().and_then(|word| word.strip_prefix("full-")) {
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

    /// `debit`, `credit`, `both` or `none`, as marks of the two sides.
    pub(crate) fn sides(&mut self) -> Result<Closes, Stop> {
        let (debit, credit) = match self.next()? {
            "debit" => (true, false),
            "credit" => (false, true),
            "both" => (true, true),
            "none" => (false, false),
            other => return Err(Stop::Unread(format!("{other} names no side"))),
        };
        Ok(Closes { debit, credit })
    }

    pub(crate) fn leg(&mut self) -> Result<Leg, Stop> {
        let side = match self.next()? {
            "D" => Side::Debit,
            "C" => Side::Credit,
            other => return Err(Stop::Unread(format!("{other} is neither D nor C"))),
        };
        let account = self.account()?;
        Ok(Leg { account, side, amount: self.amount()?, currency: self.currency()? })
    }

    /// `code 2010.cust` and `about k=v`, each if it is there.
    pub(crate) fn details(&mut self) -> Result<Details, Stop> {
        let code = if self.take("code") { Some(Code::new(name(self.next()?))?) } else { None };
        let meta = if self.take("about") { self.meta()? } else { Meta::default() };
        Ok(Details { code, meta })
    }

    pub(crate) fn meta(&mut self) -> Result<Meta, Stop> {
        Ok(Meta::new(self.pairs()?)?)
    }

    /// Pairs such as `kind=salary n=5 is=yes ref=#ff raw=text:5`; `17*k=5` are `k0=5` and 16 more.
    pub(crate) fn pairs(&mut self) -> Result<Vec<(MetaKey, Value)>, Stop> {
        let mut pairs = Vec::new();
        while let Some((key, text)) = self.peek().and_then(|word| word.split_once('=')) {
            self.next()?;
            match key.split_once('*') {
                None => pairs.push((MetaKey::new(key)?, value(text)?)),
                Some((count, key)) => {
                    let count: usize = count.parse().map_err(|_| Stop::Unread(count.to_owned()))?;
                    for n in 0..count {
                        pairs.push((MetaKey::new(&format!("{key}{n}"))?, value(text)?));
                    }
                }
            }
        }
        Ok(pairs)
    }
}

/// A pair's value; `text:` and `raw:` say that it is text, `raw:` without asking `Value::text`; `x*9` is nine of them.
fn value(word: &str) -> Result<Value, Stop> {
    if let Some(text) = word.strip_prefix("raw:") {
        return Ok(Value::Text(repeated(text).into()));
    }
    if let Some(text) = word.strip_prefix("text:") {
        return Ok(Value::text(&repeated(text))?);
    }
    if let Some(hex) = word.strip_prefix('#') {
        return u128::from_str_radix(hex, 16)
            .map(Value::Reference)
            .map_err(|_| Stop::Unread(word.to_owned()));
    }
    match (word, word.parse()) {
        ("yes" | "no", _) => Ok(Value::Bool(word == "yes")),
        (_, Ok(number)) => Ok(Value::Int(number)),
        _ => Ok(Value::text(word)?),
    }
}

fn repeated(text: &str) -> String {
    match text.split_once('*').map(|(one, times)| (one, times.parse())) {
        Some((one, Ok(times))) => one.repeat(times),
        _ => text.to_owned(),
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
