//! A teller: runs commands of products one after the other, and checks every law after every entry.

use std::fmt::Debug;

use longmen_core::{
    ActionKind, Balance, Decision, Digest, Effect, Event, Key, Known, Posting, Prior, Reason, Refusal, Side,
};
use longmen_money::{Currency, Sum};
use longmen_wallet::{ChannelId, Command, Entry, Product, Role, State};

use crate::laws;
pub(crate) use crate::small_world::{consumer, seller, sum};

/// A second, in nanoseconds.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// A day, in nanoseconds.
pub(crate) const DAY: u64 = 86_400 * SECOND;
/// When every test begins: 2026-11-22T00:00:00Z.
pub(crate) const START: u64 = 1_795_305_600 * SECOND;

/// Reads anything that is read from text, such as a name or a sum.
pub(crate) fn read<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The state, the clock, and what is known of keys.
#[derive(Clone)]
pub(crate) struct Teller {
    pub(crate) state: State,
    pub(crate) now: u64,
    /// Every entry that was made, with its journal time; its position is its place.
    pub(crate) entries: Vec<(u64, Entry)>,
    keys: std::collections::HashMap<Key, (Product, u64)>,
    made_up: u32,
}

impl Teller {
    /// An empty state.
    pub(crate) fn new() -> Self {
        Self { state: State::new(), now: START, entries: vec![], keys: Default::default(), made_up: 0 }
    }

    /// Runs a command under a key; the laws hold after it.
    pub(crate) fn run(&mut self, key: &str, product: impl Into<Product>) -> Result<Entry, Refusal> {
        let (key, product): (Key, Product) = (read(key), product.into());
        self.now += 1_000;
        self.tick();
        let digest = digest(&product);
        let prior = self.keys.get(&key).map(|(own, position)| Prior {
            digest: self::digest(own),
            position: *position,
            refused: matches!(
                self.entries[usize::try_from(*position).unwrap()].1.event,
                Event::Refused { .. }
            ),
        });
        let known = Known { prior, original: None };
        let before = self.state.clone();
        let command = Command::new(key, product.clone().into());
        let position = self.entries.len() as u64;
        let decision = self.state.decide(command, digest, &known, position, self.now);
        assert_eq!(self.state, before, "deciding changes nothing");
        match decision {
            Decision::Refuse(refusal) => Err(refusal),
            Decision::Replay(position) => told(&self.entries[usize::try_from(position).unwrap()].1),
            Decision::Entry(entry) => {
                self.keys.insert(key, (product, position));
                self.apply(entry.clone());
                told(&entry)
            }
        }
    }

    /// Decides any command as it is, and applies its entry; the laws hold after it.
    pub(crate) fn decide(&mut self, command: Command) -> Result<Entry, Refusal> {
        self.now += 1_000;
        self.tick();
        let position = self.entries.len() as u64;
        match self.state.decide(command, Digest([1; 16]), &Known::default(), position, self.now) {
            Decision::Refuse(refusal) => Err(refusal),
            Decision::Replay(_) => unreachable!("no key is known"),
            Decision::Entry(entry) => {
                self.apply(entry.clone());
                match entry.event {
                    Event::Refused { refusal, .. } => Err(refusal),
                    _ => Ok(entry),
                }
            }
        }
    }

    /// Runs a command that is carried out, under a key of its own, and gives that key.
    pub(crate) fn done(&mut self, product: impl Into<Product>) -> Key {
        self.made_up += 1;
        let key = format!("k{}", self.made_up);
        let product = product.into();
        let shown = format!("{product:?}");
        self.run(&key, product).unwrap_or_else(|refusal| panic!("{shown}: {refusal}"));
        read(&key)
    }

    /// Runs a command that is carried out, and gives what was posted: `D reserve 9.50 CNY`, one line for each leg.
    pub(crate) fn posts(&mut self, product: impl Into<Product>) -> Vec<String> {
        self.done(product);
        self.last_posts()
    }

    /// What the last entry posted: `D reserve 9.50 CNY`, one line for each leg.
    pub(crate) fn last_posts(&self) -> Vec<String> {
        let posts =
            self.entries.last().unwrap().1.postings.iter().filter(|posting| posting.effect == Effect::Post);
        let line = |posting: &Posting| {
            let side = if posting.side == Side::Debit { "D" } else { "C" };
            let role = self.state.products().role(posting.account).unwrap().word();
            let currency = self.state.books().account_at(posting.account).unwrap().currency();
            format!("{side} {role} {}", Sum::new(posting.amount, currency))
        };
        posts.map(line).collect()
    }

    /// Runs a command that is refused, under a key of its own, and gives the refusal.
    pub(crate) fn refused(&mut self, product: impl Into<Product>) -> Refusal {
        self.made_up += 1;
        let before = self.state.clone();
        let refusal = self.run(&format!("k{}", self.made_up), product).expect_err("it is carried out");
        assert_eq!(self.state, before, "a refusal changes nothing");
        refusal
    }

    /// Runs a command that is refused for this reason.
    pub(crate) fn refused_for(&mut self, reason: Reason, product: impl Into<Product>) -> Refusal {
        let refusal = self.refused(product);
        assert_eq!(refusal.reason, reason, "{refusal}");
        refusal
    }

    /// Lets time pass; the writer does what has come due.
    pub(crate) fn pass(&mut self, nanoseconds: u64) {
        self.now += nanoseconds;
        self.tick();
    }

    fn tick(&mut self) {
        let mut turns = 0;
        while let Some(entry) = self.state.decide_due(self.entries.len() as u64, self.now) {
            self.apply(entry);
            self.now += 1;
            turns += 1;
            assert!(turns < 10_000, "what is due is never done with");
        }
    }

    pub(crate) fn apply(&mut self, entry: Entry) {
        let position = self.entries.len() as u64;
        let before = self.state.clone();
        self.state.apply(position, self.now, &entry).unwrap_or_else(|error| panic!("{error}: {entry:?}"));
        laws::check(&before, &self.state, &entry, self.now);
        self.entries.push((self.now, entry));
    }

    /// The posted, held and available balance of one of an owner's sub-accounts.
    pub(crate) fn balance(&self, owner: &str, role: Role, currency: Currency) -> Balance {
        let own = self.state.products().owners.get(read(owner)).unwrap();
        self.state.books().account_at(own.account(role, currency).unwrap()).unwrap().balance()
    }

    /// What an owner can spend: of a customer's wallet, or of what a merchant may withdraw.
    pub(crate) fn available(&self, owner: &str, currency: Currency) -> String {
        let own = self.state.products().owners.get(read(owner)).unwrap();
        self.balance(owner, own.main_role(), currency).available().to_string()
    }

    /// What is posted on an account of the house `emoney`.
    pub(crate) fn house(&self, role: Role, currency: Currency) -> String {
        let house = self.state.products().houses.get(read("emoney"), currency).unwrap();
        self.state.books().account_at(house.account(role)).unwrap().balance().posted().to_string()
    }

    /// What is posted on a channel's clearing account.
    pub(crate) fn clearing(&self, channel: &str, currency: Currency) -> String {
        let channel: ChannelId = read(channel);
        let own = self.state.products().channels.get(channel).unwrap().clearing(currency).unwrap();
        self.state.books().account_at(own).unwrap().balance().posted().to_string()
    }

    /// Everything once more from the first entry: the same state comes out, and an audit finds nothing wrong.
    pub(crate) fn replay(&self) {
        let mut state = State::new();
        for (position, (time, entry)) in self.entries.iter().enumerate() {
            state.apply(position as u64, *time, entry).unwrap();
        }
        assert_eq!(state, self.state, "a replay gives the same state");
        crate::audited::audit(&self.entries);
    }
}

fn digest(product: &Product) -> Digest {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    format!("{product:?}").hash(&mut hasher);
    let mut bytes = [1; 16];
    bytes[..8].copy_from_slice(&hasher.finish().to_le_bytes());
    Digest(bytes)
}

fn told(entry: &Entry) -> Result<Entry, Refusal> {
    match &entry.event {
        Event::Refused { action, refusal } => {
            assert_eq!(*action, ActionKind::Product);
            Err(*refusal)
        }
        _ => Ok(entry.clone()),
    }
}
