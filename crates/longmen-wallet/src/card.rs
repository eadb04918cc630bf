//! Prepaid cards: issued under terms, loaded, spent by authorisations and clearings, expired, paid back.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cards {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CardCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardEvent {
    /// To be built.
    Nothing {},
}

impl CardCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<CardEvent, Refusal> {
        Ok(CardEvent::Nothing {})
    }
}

impl CardEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}

impl Cards {
    /// The accounts of the cards whose money is safeguarded in a pool.
    pub(crate) fn accounts_of_pool(
        &self,
        _pool: crate::PoolId,
    ) -> impl Iterator<Item = longmen_core::AccountNo> {
        core::iter::empty()
    }

    /// Whether an owner has a card that is not closed.
    pub(crate) fn has_open_card(&self, _owner: crate::OwnerId) -> bool {
        false
    }
}

/// A card comes to the end of its life.
pub(crate) fn plan_expiry(
    _card: crate::CardId,
    _at: u64,
    _draft: &mut Draft<'_>,
) -> Result<CardEvent, Refusal> {
    Ok(CardEvent::Nothing {})
}

/// Something is left on a card that has expired.
pub(crate) fn plan_remainder(
    _card: crate::CardId,
    _at: u64,
    _draft: &mut Draft<'_>,
) -> Result<CardEvent, Refusal> {
    Ok(CardEvent::Nothing {})
}
