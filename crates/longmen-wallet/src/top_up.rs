//! Top-ups: how money comes onto a wallet, a purse or a card, and how it goes back unspent.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TopUps {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TopUpCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpEvent {
    /// To be built.
    Nothing {},
}

impl TopUpCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<TopUpEvent, Refusal> {
        Ok(TopUpEvent::Nothing {})
    }
}

impl TopUpEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}

impl TopUps {
    /// Whether an owner has top-ups that were not applied, refunded or given up.
    pub(crate) fn is_waiting(&self, _owner: crate::OwnerId) -> bool {
        false
    }
}

/// A top-up has waited for as long as it may.
pub(crate) fn plan_due(
    _key: longmen_core::Key,
    _at: u64,
    _draft: &mut Draft<'_>,
) -> Result<TopUpEvent, Refusal> {
    Ok(TopUpEvent::Nothing {})
}
