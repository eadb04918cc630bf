//! What is wrong with a command, as the model writes it down.

use longmen_core::{Detail, Reason, Refusal};

use super::AMOUNT_MAX;

/// What is wrong, at which leg, by how much, and what else there is to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    pub(crate) leg: Option<usize>,
    pub(crate) short_by: i128,
    pub(crate) detail: Detail,
}

impl Fault {
    pub(crate) fn new(reason: Reason) -> Self {
        Self { reason, leg: None, short_by: 0, detail: Detail::None }
    }

    pub(crate) fn at(self, leg: impl Into<Option<usize>>) -> Self {
        Self { leg: leg.into(), ..self }
    }

    /// What is short of more than an amount can say is told as the largest amount.
    pub(crate) fn short(self, by: i128) -> Self {
        Self { short_by: by.min(AMOUNT_MAX), ..self }
    }

    pub(crate) fn about(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let Refusal { reason, leg, short_by, detail } = refusal;
        Self { reason, leg: leg.map(usize::from), short_by: short_by.minor().into(), detail }
    }
}

/// The faults whose condition is so.
pub(crate) fn those<const N: usize>(faults: [(bool, Reason); N]) -> Vec<Fault> {
    faults.into_iter().filter(|(is, _)| *is).map(|(_, reason)| Fault::new(reason)).collect()
}
