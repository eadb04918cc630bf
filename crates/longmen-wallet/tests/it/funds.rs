//! Money for tests that are not about where it came from.

use longmen_core::{Effect, Event, Part, Posting, Side};
use longmen_money::Currency;
use longmen_wallet::{Entry, Fact, HouseCommand, HouseEvent, Role};

use crate::teller::{Teller, read, sum};

/// Gives an owner so much, and the pool what covers it: a present, so that no channel and no item is in the way.
pub(crate) fn fund(teller: &mut Teller, owner: &str, role: Role, text: &str) {
    let sum = sum(text);
    let products = teller.state.products();
    let house = products.houses.get(read("emoney"), sum.currency).unwrap();
    let account = products.owners.get(read(owner)).unwrap().account(role, sum.currency).unwrap();
    let leg = |account, side| Posting { account, side, effect: Effect::Post, amount: sum.amount };
    let legs = [leg(house.account(Role::Goodwill), Side::Debit), leg(account, Side::Credit)];
    let event = Event::Compound(vec![Part { event: Event::Posted, postings: 2 }]);
    let fact = Fact { event: HouseEvent::Moved.into(), items: vec![], lots: None };
    let entry = longmen_core::Entry::of_writer(event, legs.into_iter().collect());
    let entry: Entry = entry.with_product(Some(Box::new(fact)));
    teller.apply(entry);
    let into = if sum.currency == Currency::CNY { Role::Reserve } else { Role::Nostro };
    teller.done(HouseCommand::Prefund { pool: read("emoney"), into, sum });
}

/// What the pool `emoney` has above what it must safeguard in a currency.
pub(crate) fn excess(teller: &Teller, currency: Currency) -> String {
    let all = teller.state.safeguarding(teller.now);
    all.iter().find(|own| own.requirement.currency() == currency).unwrap().excess().to_string()
}
