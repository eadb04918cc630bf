//! Payments for orders: by the wallet or by a channel, into escrow, released to the merchant, refunded.

use longmen_core::Refusal;
use serde::{Deserialize, Serialize};

use crate::Products;
use crate::draft::Draft;
use crate::state::Applied;

/// To be built.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Payments {}

/// What can be done here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PaymentCommand {
    /// To be built.
    Nothing {},
}

/// What happened here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentEvent {
    /// To be built.
    Nothing {},
}

impl PaymentCommand {
    pub(crate) fn plan(&self, _draft: &mut Draft<'_>) -> Result<PaymentEvent, Refusal> {
        Ok(PaymentEvent::Nothing {})
    }
}

impl PaymentEvent {
    pub(crate) fn apply(&self, _products: &mut Products, _at: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}
