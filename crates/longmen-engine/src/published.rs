//! What is published: the view after the last synced entry, and where metadata stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use event_listener::{Event, Listener};
use longmen_core::{Changed, MetaKey, Rows, Value};
use longmen_journal::{Head, MetaRun, RunRow, Stamp, Watch};

use crate::meta_index::{MetaHasher, MetaIndex, Places};
use crate::work::Journaled;
use crate::{Error, View};

/// How long a wait lasts at the most once nothing more will be published, so that whoever waits in a loop does not spin.
const PAUSE: Duration = Duration::from_millis(20);

/// What is durable, for any number of readers and one committer.
///
/// Readers take the view with an atomic load. The lock is about metadata alone; the committer takes it for a batch that
/// has some.
#[derive(Debug)]
pub(crate) struct Published {
    view: ArcSwap<View>,
    /// Told whenever there is another view, and when there will be none.
    moved: Event,
    /// Why nothing more will be published, once that is so.
    ended: OnceLock<Arc<str>>,
    meta: Mutex<MetaIndex>,
    meta_hasher: MetaHasher,
    /// How many batches were committed since the ledger was opened.
    batches: AtomicU64,
}

/// The view before the last one, which the committer keeps: where no reader does, the next view is made in its place, and
/// no page is copied.
pub(crate) struct Before {
    view: Arc<View>,
    /// What the last view has more.
    lacks: Changed,
}

impl Before {
    /// Its rows as they are in the last view; nothing where a reader keeps it.
    fn caught_up(self) -> Option<Rows> {
        let mut rows = Arc::into_inner(self.view)?.rows;
        rows.put(&self.lacks);
        Some(rows)
    }
}

impl Published {
    pub(crate) fn new(rows: Rows, head: Head, meta: MetaIndex) -> Self {
        Self {
            view: ArcSwap::from_pointee(View { rows, head }),
            moved: Event::new(),
            ended: OnceLock::new(),
            meta_hasher: meta.hasher(),
            meta: Mutex::new(meta),
            batches: AtomicU64::new(0),
        }
    }

    /// The view, for a moment: taking it counts nothing.
    pub(crate) fn look(&self) -> Guard<Arc<View>> {
        self.view.load()
    }

    /// The view, to be kept.
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    /// The view at `position` or a later one, once there is one.
    pub(crate) fn view_at_least(&self, position: u64, timeout: Duration) -> Result<Arc<View>, Error> {
        self.wait_until(timeout, |view| view.at().position >= position);
        let view = self.view();
        let published = view.at().position;
        match self.ended.get() {
            _ if published >= position => Ok(view),
            Some(cause) => Err(Error::NeverPublished { position, published, cause: Arc::clone(cause) }),
            None => Err(Error::NotPublished { position, published }),
        }
    }

    /// Waits until the view is as wanted, the time is up or nothing more will be published.
    fn wait_until(&self, timeout: Duration, is_wanted: impl Fn(&View) -> bool) {
        // A timeout beyond the end of time is none.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if is_wanted(&self.look()) || self.ended.get().is_some() {
                return;
            }
            let told = self.moved.listen();
            // What came in between is not told any more.
            if is_wanted(&self.look()) || self.ended.get().is_some() {
                return;
            }
            let Some(deadline) = deadline else {
                told.wait();
                continue;
            };
            if told.wait_deadline(deadline).is_none() {
                return;
            }
        }
    }

    /// Where a pair of metadata may stand, and the count of published entries.
    pub(crate) fn places(&self, key: &MetaKey, value: &Value) -> (Places, u64) {
        // The lock is held for both, so that no place is told whose entry is not published.
        let meta = self.meta();
        (meta.places(key, value), self.look().head.next_position)
    }

    /// From now on these meta runs, which cover every entry before `covered`, stand for what was in memory.
    pub(crate) fn cover(&self, runs: &[MetaRun], covered: u64) {
        let mut meta = self.meta();
        let gone = meta.cover(runs, covered);
        // It is freed where nobody waits.
        drop(meta);
        drop(gone);
    }

    /// Publishes entries, what they have changed, and the head after them.
    pub(crate) fn advance(
        &self,
        entries: &[Journaled],
        changed: Changed,
        head: Head,
        before: &mut Option<Before>,
    ) {
        let mut rows = match before.take().map(Before::caught_up) {
            Some(Some(rows)) => rows,
            // A reader keeps it, or there was none: what changes is copied.
            _ => self.look().rows.clone(),
        };
        rows.put(&changed);
        let view = Arc::new(View { rows, head });
        // Where no entry has metadata nothing is allocated, and nothing locked.
        let mut pairs: Vec<RunRow> = Vec::new();
        for Journaled { position, entry, .. } in entries {
            pairs.extend(self.meta_hasher.rows(*position, entry));
        }
        let old = if pairs.is_empty() {
            self.view.swap(view)
        } else {
            let mut meta = self.meta();
            pairs.into_iter().for_each(|pair| meta.push(pair));
            self.view.swap(view)
        };
        *before = Some(Before { view: old, lacks: changed });
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.moved.notify(usize::MAX);
    }

    /// Nothing more will be published; of several causes the first one stays.
    pub(crate) fn end(&self, cause: &Arc<str>) {
        let _ = self.ended.set(Arc::clone(cause));
        self.moved.notify(usize::MAX);
    }

    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    fn meta(&self) -> MutexGuard<'_, MetaIndex> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Published {
    fn durable(&self) -> Stamp {
        self.look().at()
    }

    fn wait_beyond(&self, position: u64, timeout: Duration) -> Stamp {
        if self.ended.get().is_some() {
            std::thread::sleep(timeout.min(PAUSE));
        } else {
            self.wait_until(timeout, |view| view.at().position > position);
        }
        self.durable()
    }
}
