//! Collection: what platforms pay to merchants, and settlement batches with their payees.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Batches {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CollectionCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionEvent {
    /// To be built.
    Nothing {},
}

impl CollectionCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<CollectionEvent, Refusal> {
        Ok(CollectionEvent::Nothing {})
    }
}

impl CollectionEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}
