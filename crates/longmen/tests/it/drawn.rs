//! Random commands of products, drawn as the wallet's own random run draws them.

#[path = "../../../longmen-wallet/tests/it/random/card.rs"]
mod card;
#[path = "../../../longmen-wallet/tests/it/random/collect.rs"]
mod collect;
#[path = "../../../longmen-wallet/tests/it/random/dice.rs"]
mod dice;
#[path = "../../../longmen-wallet/tests/it/random/draw.rs"]
mod draw;
#[path = "../../../longmen-wallet/tests/it/random/load.rs"]
mod load;
#[path = "../../../longmen-wallet/tests/it/random/owner.rs"]
mod owner;
#[path = "../../../longmen-wallet/tests/it/random/pay.rs"]
mod pay;
#[path = "../../../longmen-wallet/tests/it/random/rest.rs"]
mod rest;
#[path = "../../../longmen-wallet/tests/it/random/send.rs"]
mod send;
#[path = "../../../longmen-wallet/tests/it/random/verbs.rs"]
mod verbs;
#[path = "../../../longmen-wallet/tests/it/random/world.rs"]
mod world;

use longmen::wallet::Product;
use longmen_sim::Random;

use crate::teller::Teller;

/// Houses, channels, terms, owners, payees, cards and money: what every world begins with.
pub(crate) fn world() -> Teller {
    world::world()
}

/// What a command is called.
pub(crate) fn name(product: &Product) -> &'static str {
    verbs::name(product)
}

/// What every command is called.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    verbs::ALL.iter().map(|verb| verb.0)
}

/// A command that fits the teller's state, mostly, and how much time passes before it.
pub(crate) fn draw(teller: &Teller, random: &mut Random) -> (Option<Product>, u64) {
    let mut roll = || u16::try_from(random.below(1 << 16)).unwrap();
    let step = draw::Step { verb: roll(), aside: roll(), rolls: std::array::from_fn(|_| roll()) };
    (draw::draw(teller, &step), draw::passes(step.aside))
}
