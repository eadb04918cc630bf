//! Prepaid cards, in a world where a bank issues them: the pool `shanghai`, loaded from cards abroad.

mod back;
mod clear;
mod end;
mod load;
mod phases;
mod spend;

use core::num::NonZeroU64;

use longmen_core::{AccountNo, Key, Phase};
use longmen_money::Currency;
use longmen_wallet::{
    AtExpiry, Card, CardCommand, CardTerms, ChannelCommand, ChannelKind, Fee, HouseCommand, IncrementBy,
    PoolId, Returns, Role, Terms, TopUpCommand, TopUpTarget,
};

use crate::teller::{DAY, Teller, read, sum};

/// Tour Pass of 2019: 100.00 to 2000.00 a load, valid 90 days, what is left goes back by itself. What there was of a cap
/// is told in two ways: with one of 2000.00, or without.
pub(crate) fn tour_2019(has_cap: bool) -> CardTerms {
    CardTerms {
        pool: read("shanghai"),
        currency: Currency::CNY,
        channels: vec![read("visa-sh"), read("mc-sh")],
        minimum_load: sum("100.00 CNY"),
        maximum_load: sum("2000.00 CNY"),
        cap: has_cap.then(|| sum("2000.00 CNY")),
        loads_max: Some(5),
        fee: Fee::NONE,
        life_ns: NonZeroU64::new(90 * DAY),
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    }
}

/// Later: 180 days.
pub(crate) fn tour_2020() -> CardTerms {
    CardTerms { life_ns: NonZeroU64::new(180 * DAY), ..tour_2019(false) }
}

/// Tour Card of 2026: a fee of 5 %, valid one year, then frozen until it is paid back, closed or reactivated.
pub(crate) fn tour_2026() -> CardTerms {
    CardTerms {
        fee: Fee { rate_ppm: 50_000, ..Fee::NONE },
        life_ns: NonZeroU64::new(365 * DAY),
        at_expiry: AtExpiry::Freeze,
        returns: Returns::ProRata,
        reactivation: true,
        ..tour_2019(false)
    }
}

/// The small world, the bank's pool with its channels, and three versions of terms that are told apart by name.
pub(crate) fn world() -> Teller {
    let mut teller = Teller::small_world();
    let pool: PoolId = read("shanghai");
    teller.done(HouseCommand::Open { pool, currency: Currency::CNY });
    for channel in ["visa-sh", "mc-sh"] {
        let (channel, kind) = (read(channel), ChannelKind::InternationalCard);
        let currencies = vec![Currency::CNY];
        teller.done(ChannelCommand::Open { channel, kind, pool, currencies, settles_within_ns: None });
    }
    teller.terms("tour", Terms::Card(tour_2019(false)));
    teller.terms("capped", Terms::Card(tour_2019(true)));
    teller.terms("year", Terms::Card(tour_2026()));
    teller
}

/// A world with a card of alice under these terms.
pub(crate) fn with_card(terms: &str) -> Teller {
    let mut teller = world();
    teller.done(issue("card", terms));
    teller
}

/// A world with a card that was loaded once.
pub(crate) fn loaded(terms: &str, text: &str) -> Teller {
    let mut teller = with_card(terms);
    load(&mut teller, "visa-sh", text);
    teller
}

pub(crate) fn issue(card: &str, terms: &str) -> CardCommand {
    CardCommand::Issue { card: read(card), owner: read("alice"), terms: read(terms), expires_ns: None }
}

/// Asks for a load of `card`.
pub(crate) fn request(channel: &str, text: &str) -> TopUpCommand {
    let target = TopUpTarget::Card { card: read("card") };
    TopUpCommand::Request { target, terms: None, channel: read(channel), sum: sum(text), expires_ns: None }
}

/// The channel has taken what was asked for, with the fee.
pub(crate) fn receive(teller: &Teller, top_up: Key) -> TopUpCommand {
    let own = teller.state.products().top_ups.get(top_up).unwrap();
    let reference = read(&format!("ref-{top_up}"));
    TopUpCommand::Receive { top_up, channel: own.channel, reference, sum: own.total() }
}

pub(crate) fn apply(top_up: Key) -> TopUpCommand {
    TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None }
}

/// Loads `card`, from the request to the money on it, and gives the top-up's name.
pub(crate) fn load(teller: &mut Teller, channel: &str, text: &str) -> Key {
    let top_up = teller.done(request(channel, text));
    let receive = receive(teller, top_up);
    teller.done(receive);
    teller.done(apply(top_up));
    top_up
}

pub(crate) fn authorise(reference: &str, text: &str) -> CardCommand {
    let (card, reference) = (read("card"), read(reference));
    CardCommand::Authorise { card, reference, sum: sum(text), holds: None, expires_ns: None, advice: false }
}

/// The same, for another life, another hold, or as an advice.
pub(crate) fn asking(
    command: CardCommand,
    expires: Option<u64>,
    hold: Option<&str>,
    is_advice: bool,
) -> CardCommand {
    let CardCommand::Authorise { card, reference, sum: asked, .. } = command else { panic!() };
    let holds = hold.map(sum);
    CardCommand::Authorise { card, reference, sum: asked, holds, expires_ns: expires, advice: is_advice }
}

pub(crate) fn increment(authorisation: Key, reference: &str, by: IncrementBy) -> CardCommand {
    CardCommand::Increment { authorisation, reference: read(reference), by, advice: false }
}

pub(crate) fn reverse(reference: &str, of: &str, part: Option<&str>) -> CardCommand {
    let (card, reference, of) = (read("card"), read(reference), read(of));
    CardCommand::Reverse { card, reference, of, part: part.map(sum) }
}

pub(crate) fn clear(reference: &str, authorisation: Option<Key>, text: &str, is_final: bool) -> CardCommand {
    let (card, reference) = (read("card"), read(reference));
    CardCommand::Clear { card, reference, authorisation, sum: sum(text), is_final }
}

pub(crate) fn credit(reference: &str, authorisation: Option<Key>, text: &str) -> CardCommand {
    let (card, reference) = (read("card"), read(reference));
    CardCommand::CreditClear { card, reference, authorisation, sum: sum(text) }
}

pub(crate) fn give_back() -> CardCommand {
    CardCommand::ReturnRemainder { card: read("card"), rest: None }
}

pub(crate) fn card(teller: &Teller) -> &Card {
    teller.state.products().cards.cards.get(read("card")).unwrap()
}

pub(crate) fn phase(teller: &Teller) -> Phase {
    card(teller).phase
}

/// Where an authorisation stands.
pub(crate) fn stands(teller: &Teller, authorisation: Key) -> Phase {
    let own = teller.state.products().cards.authorisations.get(authorisation).unwrap();
    own.phase(teller.state.books())
}

/// What is posted on the card, held on it and available: `500.00 120.00 380.00`.
pub(crate) fn balance(teller: &Teller) -> String {
    let balance = teller.state.books().account_at(card(teller).account).unwrap().balance();
    [balance.posted(), balance.held(), balance.available()].map(|sum| sum.plain()).join(" ")
}

/// An account of the bank's house.
pub(crate) fn account(teller: &Teller, role: Role) -> AccountNo {
    teller.state.products().houses.get(read("shanghai"), Currency::CNY).unwrap().account(role)
}

/// What is posted on an account of the bank's house.
pub(crate) fn house(teller: &Teller, role: Role) -> String {
    teller.state.books().account_at(account(teller, role)).unwrap().balance().posted().plain()
}

/// What is open of an item of the bank's house.
pub(crate) fn item(teller: &Teller, role: Role, name: &str) -> String {
    let item = teller.state.products().items.get(account(teller, role), &read(name));
    item.map_or("none".into(), |item| item.open.to_money(Currency::CNY).plain())
}
