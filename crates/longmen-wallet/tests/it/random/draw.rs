//! How a step becomes a command.

use longmen_wallet::Product;

use super::dice::Dice;
use super::verbs;
use crate::teller::{DAY, SECOND, Teller};

/// A prime, so that every command is met.
const STRIDE: usize = 10_007;

/// One step of a run.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Which command is drawn, if there is something for it to be about.
    pub(super) verb: u16,
    /// How much time passes before, and whether an earlier command comes again after.
    pub(super) aside: u16,
    /// What the command is drawn with.
    pub(super) rolls: [u16; 12],
}

/// The command that a step draws: the first from its number on, in long strides, that there is something for.
pub(super) fn draw(teller: &Teller, step: &Step) -> Option<Product> {
    let weighted = verbs::ALL.iter().flat_map(|verb| (0..verb.1).map(move |_| verb));
    let weighted: Vec<_> = weighted.collect();
    let from = usize::from(step.verb) % weighted.len();
    (0..weighted.len()).find_map(|next| {
        let (.., draw) = weighted[(from + next * STRIDE) % weighted.len()];
        draw(&mut Dice::new(teller, step.rolls))
    })
}

/// How much time passes before a step, in nanoseconds.
pub(super) fn passes(aside: u16) -> u64 {
    match aside % 64 {
        0..40 => 0,
        40..50 => u64::from(aside) * SECOND / 64,
        50..57 => u64::from(aside) * 20 * SECOND / 64,
        57..62 => u64::from(aside) * DAY / 65_536 * 2,
        62 => 4 * DAY,
        _ => 12 * DAY,
    }
}
