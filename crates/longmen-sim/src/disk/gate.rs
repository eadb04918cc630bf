//! Holding syncs back, so that a test can look at what happens meanwhile.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    waiting: usize,
}

impl Gate {
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    pub(super) fn open(&self) {
        self.lock().closed = false;
        self.changed.notify_all();
    }

    /// Returns when the gate is open.
    pub(super) fn pass(&self) {
        let mut state = self.lock();
        if state.closed {
            state.waiting += 1;
            self.changed.notify_all();
            let waited = self.changed.wait_while(state, |state| state.closed);
            state = waited.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        drop(state);
    }

    /// Returns when somebody waits.
    pub(super) fn wait_for_one(&self) {
        let waited = self.changed.wait_while(self.lock(), |state| state.waiting == 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
