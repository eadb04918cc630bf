//! How what happened in collection is folded into what is known.

use alloc::vec;

use longmen_core::{Key, Phase, Thing};

use super::{Assignment, Batch, Batches, CollectionEvent, Deposit, Receiver};
use crate::Products;
use crate::machine::step;
use crate::state::Applied;

impl CollectionEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Received { is } => products.saw(is.channel, is.reference)?,
            Self::ClawedBack { channel, reference, .. } => return products.saw(channel, reference),
            _ => {}
        }
        self.apply_own(&mut products.batches, at)
    }

    fn apply_own(&self, own: &mut Batches, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::ReceiverOpened { merchant, currency, token } => {
                let (name, phase) = (at.key()?, Phase::Active);
                own.receivers.push(Receiver { name, merchant, currency, tokens: vec![token], phase });
            }
            Self::DetailsReplaced { receiver, token } => own.receiver(receiver)?.tokens.push(token),
            Self::ReceiverClosed { receiver } => {
                step(Thing::Receiver, &mut own.receiver(receiver)?.phase, Phase::Closed)?;
            }
            Self::Assigned { merchant, marketplace, currency, receiver } => {
                let assignment = Assignment { currency, receiver, since_ns: at.time_ns };
                own.assignments.entry((merchant, marketplace)).or_default().push(assignment);
            }
            Self::Received { is } if is.name == at.key()? => own.deposits.push(is),
            Self::Received { .. } => return Err("a deposit is not named by its command"),
            Self::Identified { deposit, .. } => own.deposit_goes(deposit, Phase::Credited)?,
            Self::SentBack { deposit } => own.deposit_goes(deposit, Phase::Returned)?,
            Self::ClawedBack { .. } => {}
            Self::BatchOpened { is } => {
                let is_new = own.cycles.insert((is.merchant, is.cycle, is.currency.to_bytes()));
                if is.name != at.key()? || !is_new {
                    return Err("a batch is not named by its command, or its cycle has one");
                }
                own.batches.push(is);
            }
            Self::CutOff { batch, pinned } => own.goes(batch, Phase::CutOff)?.pinned = Some(pinned),
            Self::BatchSent { batch, .. } => drop(own.goes(batch, Phase::Sent)?),
            Self::BatchSettled { batch } => drop(own.goes(batch, Phase::Settled)?),
            Self::Slipped { batch, into } => own.goes(batch, Phase::Slipped)?.slipped_into = Some(into),
            Self::BatchReturned { batch, reference, .. } => {
                own.goes(batch, Phase::Returned)?.returned = Some(reference);
            }
        }
        Ok(())
    }
}

impl Batches {
    fn receiver(&mut self, name: Key) -> Result<&mut Receiver, &'static str> {
        self.receivers.get_mut(name).ok_or("it names a receiving account that was not opened")
    }

    fn deposit_goes(&mut self, name: Key, to: Phase) -> Result<(), &'static str> {
        let own: &mut Deposit =
            self.deposits.get_mut(name).ok_or("it names a deposit that was not booked")?;
        step(Thing::Item, &mut own.phase, to)
    }

    fn goes(&mut self, name: Key, to: Phase) -> Result<&mut Batch, &'static str> {
        let own = self.batches.get_mut(name).ok_or("it names a batch that was not opened")?;
        step(Thing::Batch, &mut own.phase, to)?;
        Ok(own)
    }
}
