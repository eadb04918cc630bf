//! What a caller gets back.

use longmen_core::Refusal;
use longmen_journal::Stamp;
use longmen_money::Amount;

/// What became of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was refused, and nothing was posted.
    Refused(Refusal),
}

/// The answer to one command. Whoever has it knows that its entry is durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a refused command gives a receipt too"]
pub struct Receipt {
    /// What became of the command.
    pub outcome: Outcome,
    /// Its entry; a refusal of a command that is wrong in itself, or reuses a key, has none.
    pub stamp: Option<Stamp>,
    /// For a move that was carried out, how much it moved, in minor units.
    pub moved: Option<Amount>,
    /// Whether the command had been submitted before, and this is the first receipt again.
    pub replayed: bool,
}

impl Receipt {
    /// The stamp of a command that was carried out.
    ///
    /// # Errors
    ///
    /// The refusal of one that was not.
    pub fn accepted(self) -> Result<Stamp, Refusal> {
        match (self.outcome, self.stamp) {
            (Outcome::Refused(refusal), _) => Err(refusal),
            (Outcome::Done, Some(stamp)) => Ok(stamp),
            (Outcome::Done, None) => unreachable!("what was done has an entry"),
        }
    }
}
