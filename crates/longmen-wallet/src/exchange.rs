//! Exchange: quotes locked, executed, covered, and refunds converted back.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Quotes {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExchangeCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeEvent {
    /// To be built.
    Nothing {},
}

impl ExchangeCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<ExchangeEvent, Refusal> {
        Ok(ExchangeEvent::Nothing {})
    }
}

impl ExchangeEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}
