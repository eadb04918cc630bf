//! Credit in instalments, lent by the operator.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Plans {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditEvent {
    /// To be built.
    Nothing {},
}

impl CreditCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<CreditEvent, Refusal> {
        Ok(CreditEvent::Nothing {})
    }
}

impl CreditEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}

/// A part of a plan is due.
pub(crate) fn plan_due(
    _key: longmen_core::Key,
    _at: u64,
    _draft: &mut Draft<'_>,
) -> Result<CreditEvent, Refusal> {
    Ok(CreditEvent::Nothing {})
}
