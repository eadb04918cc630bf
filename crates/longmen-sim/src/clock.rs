//! A clock that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that stands still until it is moved; a clone is the same clock.
///
/// ```
/// let clock = longmen_sim::TestClock::at(1_000);
/// let read = clock.reader();
/// clock.advance(500);
/// assert_eq!(read(), 1_500);
/// ```
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicU64>);

impl TestClock {
    /// A clock that shows this many nanoseconds.
    #[must_use]
    pub fn at(now_ns: u64) -> TestClock {
        TestClock(Arc::new(AtomicU64::new(now_ns)))
    }

    /// What it shows.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Sets it, also back.
    pub fn set(&self, now_ns: u64) {
        self.0.store(now_ns, Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, by_ns: u64) {
        self.0.fetch_add(by_ns, Ordering::SeqCst);
    }

    /// The clock as the engine takes it.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_ns())
    }
}
