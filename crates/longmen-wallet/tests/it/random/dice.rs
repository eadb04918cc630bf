//! How a command is drawn: from dice, with an eye on the state, so that most commands fit it.
//!
//! Dice that show 0 take the plain way everywhere, so that a failure shrinks to plain commands.

use longmen_core::{AccountNo, Key, Phase};
use longmen_money::{Amount, Currency, Sum};
use longmen_wallet::{ChannelId, Owner, OwnerId, OwnerKind, Products, Role};

use crate::teller::{DAY, SECOND, Teller, read};

/// What a command is drawn with.
pub(super) struct Dice<'a> {
    pub(super) teller: &'a Teller,
    rolls: [u16; 12],
    at: usize,
}

impl<'a> Dice<'a> {
    pub(super) fn new(teller: &'a Teller, rolls: [u16; 12]) -> Self {
        Self { teller, rolls, at: 0 }
    }

    pub(super) fn products(&self) -> &'a Products {
        self.teller.state.products()
    }

    pub(super) fn now(&self) -> u64 {
        self.teller.now
    }

    /// One of the first so many numbers.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let roll = usize::from(self.rolls[self.at % self.rolls.len()]) * (1 + self.at / self.rolls.len());
        self.at += 1;
        roll % count.max(1)
    }

    /// True once in so many rolls, and never on a plain way.
    pub(super) fn odd(&mut self, once_in: usize) -> bool {
        self.below(once_in) == once_in - 1
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// One of those, mostly one of the good ones; mostly nothing where none is good.
    pub(super) fn any<T>(&mut self, all: impl IntoIterator<Item = (T, bool)>) -> Option<T> {
        let (mut good, mut bad) = (vec![], vec![]);
        for (one, is_good) in all {
            if is_good { good.push(one) } else { bad.push(one) }
        }
        let takes_bad = if good.is_empty() { self.odd(8) } else { !bad.is_empty() && self.odd(16) };
        let mut of = if takes_bad { bad } else { good };
        // The newest ones are those about which there is most to do.
        let count = of.len();
        if count > 6 && !self.odd(4) {
            of.drain(..count - 6);
        }
        let at = self.below(of.len());
        (at < of.len()).then(|| of.swap_remove(at))
    }

    /// The name of one of those that are mostly in a good phase, or once in a while of nothing at all.
    pub(super) fn thing<T>(
        &mut self,
        all: impl IntoIterator<Item = (T, Phase)>,
        good: &[Phase],
    ) -> Option<T> {
        self.any(all.into_iter().map(|(one, phase)| (one, good.contains(&phase))))
    }

    /// The same for names that are keys: once in a while it is one that nobody has.
    pub(super) fn key(&mut self, all: impl IntoIterator<Item = (Key, Phase)>, good: &[Phase]) -> Option<Key> {
        if self.odd(40) {
            return Some(read("nobody"));
        }
        self.thing(all, good)
    }

    /// How much of so much: all of it, part of it, once in a while a little more or nothing.
    pub(super) fn part(&mut self, most: i128) -> Amount {
        let most = u64::try_from(most.max(0)).unwrap();
        let minor = match self.below(20) {
            0..4 => most,
            4..9 => most / 2,
            9..14 => most / 7 + 1,
            14..17 => (1 + self.below(60_000) as u64).min(most.max(1)),
            17 => most + 1,
            18 => 1,
            _ => 0,
        };
        Amount::new(minor).unwrap()
    }

    /// So much of a currency, as somebody would choose it.
    pub(super) fn price(&mut self, currency: Currency) -> Sum {
        let minor = [10_000, 100, 12_345, 200_000, 9_999, 50_000, 1, 77_777, 500_000, 100_000_000, 0];
        let at = if self.odd(12) { self.below(minor.len()) } else { self.below(8) };
        Sum::new(Amount::new(minor[at]).unwrap(), currency)
    }

    pub(super) fn currency(&mut self) -> Currency {
        if self.odd(60) {
            return read("JPY");
        }
        self.of(&[Currency::CNY, Currency::CNY, Currency::USD])
    }

    /// A time that is still to come, mostly.
    pub(super) fn later(&mut self) -> u64 {
        let after = [DAY, 600 * SECOND, 3_600 * SECOND, 3 * DAY, 10 * DAY];
        let at = self.below(after.len());
        if self.odd(30) { self.now() - after[at] } else { self.now() + after[at] }
    }

    pub(super) fn perhaps_later(&mut self) -> Option<u64> {
        let is_none = self.below(2) == 0;
        if is_none { None } else { Some(self.later()) }
    }

    /// A reference that is new, or once in a while one that this channel has seen.
    pub(super) fn reference(&mut self, channel: ChannelId) -> Key {
        if self.odd(25)
            && let Some(channel) = self.products().channels.get(channel)
            && !channel.seen.is_empty()
        {
            let all = (0..self.teller.entries.len()).map(|at| read(&format!("r{at}")));
            let seen: Vec<Key> = all.filter(|reference| channel.seen.contains(reference)).collect();
            let at = self.below(seen.len().max(1));
            return seen.get(at).copied().unwrap_or_else(|| self.fresh("r"));
        }
        read(&format!("r{}", self.teller.entries.len()))
    }

    /// A name that nobody has.
    pub(super) fn fresh(&mut self, letter: &str) -> Key {
        let roll = self.below(1 << 16);
        read(&format!("{letter}{}-{roll}", self.teller.entries.len()))
    }

    fn owner_where(&mut self, is_good: impl Fn(&Owner) -> bool) -> OwnerId {
        if self.odd(80) {
            return read("nobody");
        }
        let good = |own: &Owner| own.phase == Phase::Verified && is_good(own);
        let own = self.any(self.products().owners.iter().map(|own| (own.id, good(own))));
        own.unwrap_or_else(|| read("nobody"))
    }

    pub(super) fn owner(&mut self) -> OwnerId {
        self.owner_where(|_| true)
    }

    pub(super) fn customer(&mut self) -> OwnerId {
        self.owner_where(|own| own.kind == OwnerKind::Customer)
    }

    pub(super) fn merchant(&mut self) -> OwnerId {
        self.owner_where(|own| own.kind == OwnerKind::Merchant)
    }

    /// Somebody of whom something is available in a currency.
    pub(super) fn spender(&mut self, role: Role, currency: Currency) -> OwnerId {
        let (books, kind) = (self.teller.state.books(), role == Role::Merchant);
        self.owner_where(|own| {
            let account = own.account(role, currency).and_then(|no| books.account_at(no));
            (own.kind == OwnerKind::Merchant) == kind
                && account.is_some_and(|account| account.balance().available().minor() > 0)
        })
    }

    pub(super) fn available(&self, account: Option<AccountNo>) -> i128 {
        let account = account.and_then(|no| self.teller.state.books().account_at(no));
        account.map_or(100, |own| own.balance().available().minor())
    }

    /// Part of what somebody has.
    pub(super) fn part_of(&mut self, owner: OwnerId, role: Role, currency: Currency) -> Sum {
        let account = self.products().owners.get(owner).and_then(|own| own.account(role, currency));
        Sum::new(self.part(self.available(account)), currency)
    }

    /// An account of a pool's resource for a currency, or once in a while something else.
    pub(super) fn bank(&mut self, currency: Currency) -> Role {
        match (self.odd(30), currency == Currency::CNY) {
            (true, _) => self.of(&[Role::CrossBorder, Role::Margin]),
            (_, true) => Role::Reserve,
            (_, false) => Role::Nostro,
        }
    }
}
