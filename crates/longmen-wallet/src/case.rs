//! Cases: what cannot be explained yet, corrections, and write-offs.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cases {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseEvent {
    /// To be built.
    Nothing {},
}

impl CaseCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<CaseEvent, Refusal> {
        Ok(CaseEvent::Nothing {})
    }
}

impl CaseEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}
