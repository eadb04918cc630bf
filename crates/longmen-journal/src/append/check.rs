//! What is refused before anything is written.

use super::Appender;
use crate::batch::Batch;
use crate::error::JournalError;
use crate::walk::State;

/// Times from here on (the year 2262) are a clock gone wild. Believing one would leave no later time to go on with.
const FIRST_WILD_NS: u64 = 1 << 63;
/// How far below the end of time a journal's times must be for a recovery to have room.
const ROOM_NS: u64 = 1 << 32;

/// Refuses a wild reading of the clock.
pub(super) fn check_now(now_ns: u64) -> Result<(), JournalError> {
    if now_ns < FIRST_WILD_NS {
        return Ok(());
    }
    refuse(format!("the time {now_ns} is after the year 2262: set the clock"))
}

/// Refuses a journal that times of its own leave no room to recover: each entry and each batch must come later than the
/// one before.
pub(super) fn check_room(state: State) -> Result<(), JournalError> {
    let last = state.time_ns.max(state.commit_ns);
    if last < u64::MAX - ROOM_NS {
        return Ok(());
    }
    refuse(format!("the journal's last time is {last}, and no later one is left"))
}

fn refuse<T>(reason: String) -> Result<T, JournalError> {
    Err(JournalError::BadBatch { reason })
}

impl Appender {
    /// Whether there is something to append, and it may be.
    pub(super) fn check_batch(&self, batch: &Batch, now_ns: u64) -> Result<bool, JournalError> {
        let (first, last) = match batch.span() {
            Ok(Some(span)) => span,
            Ok(None) => return Ok(false),
            Err(fault) => return refuse(fault.to_owned()),
        };
        if first.position != self.state.position {
            return refuse(format!(
                "it starts at {}, the head is at {}",
                first.position, self.state.position
            ));
        }
        if first.epoch != self.manifest.epoch {
            return refuse(format!("its epoch is {}, the writer's is {}", first.epoch, self.epoch()));
        }
        if first.time_ns <= self.state.time_ns && self.state.position > 0 {
            return refuse(format!("its time {} is not after {}", first.time_ns, self.state.time_ns));
        }
        // Times increase within a batch.
        check_now(last.time_ns)?;
        check_now(now_ns)?;
        check_room(self.state)?;
        if last.position == u64::MAX {
            return refuse("positions have run out".to_owned());
        }
        let (bytes, max) = (batch.len_bytes(), self.max_batch_bytes());
        if bytes > max { Err(JournalError::TooLarge { bytes, max }) } else { Ok(true) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    #[test]
    fn a_journal_that_has_come_to_the_end_of_time_is_refused_before_its_recovery_begins() {
        let at = |time_ns, commit_ns| State { position: 9, hash: Hash::ZERO, time_ns, commit_ns, epoch: 1 };
        for last in [u64::MAX, u64::MAX - ROOM_NS] {
            assert!(check_room(at(last, 5)).is_err() && check_room(at(5, last)).is_err());
        }
        assert!(check_room(at(FIRST_WILD_NS, FIRST_WILD_NS)).is_ok());
    }
}
