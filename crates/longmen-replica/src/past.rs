//! States of the past, replayed from the journal.

use longmen_journal::Stamp;
use longmen_wallet::State;

use crate::Error;
use crate::shared::Shared;
use crate::tail::decode;

impl Shared {
    /// Looks at the state as it was after the entry of this stamp.
    pub(crate) fn past_state<T>(&self, at: Stamp, look: impl FnOnce(&State) -> T) -> Result<T, Error> {
        let mut state = State::new();
        let mut entries = self.journal.read(0)?;
        while let Some(raw) = entries.next().transpose()?.filter(|raw| raw.position <= at.position) {
            if let Some(entry) = decode(&raw)? {
                state.apply(raw.position, raw.time_ns, &entry)?;
            }
        }
        Ok(look(&state))
    }
}
