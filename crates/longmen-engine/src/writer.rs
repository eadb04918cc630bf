//! The one thread that decides.

mod decide;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, select};
use longmen_journal::{Journal, Storage};
use longmen_wallet::{Entry, State};
use longmen_wire::{SCHEMA, encode_entry, kind_of};

use crate::committer::Committer;
use crate::key_index::{KeyHasher, KeyIndex};
use crate::options::BoundedClock;
use crate::past::Past;
use crate::published::Published;
use crate::restore::Restored;
use crate::snapshot::Snapshots;
use crate::sync_thread::{SyncThread, TripEnd};
use crate::work::{DUE_BYTES_MAX, Job, Journaled, Waiter, Work};
use crate::{Durability, Error, Options};

/// A batch with no more entries than this is committed on the writer's own thread when nothing else waits: passing it
/// on would cost more than it could win.
const INLINE_ENTRIES_MAX: usize = 64;

/// How long after the last commit an idle writer notes in the manifest how far everything is synced.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// A batch takes no more commands than this, also where they leave no trace in it, such as retries.
const ANSWERS_MAX: usize = 8_192;

/// How often the clock is looked at for what comes due, at the most and at the least.
const CLOCK_LOOK_MIN: Duration = Duration::from_millis(1);
const CLOCK_LOOK_MAX: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    state: State,
    keys: KeyIndex,
    key_hasher: KeyHasher,
    past: Past,
    /// Every entry below this position can be read from the journal.
    readable: u64,
    next_position: u64,
    last_time_ns: u64,
    /// What the clock said when the job in hand was taken.
    now_ns: u64,
    epoch: u32,
    clock: BoundedClock,

    jobs: Receiver<Job>,
    /// A job that had no room in the batch.
    held_back: Option<Job>,
    work: Work,
    /// When the first entry came into `work`.
    work_since: Option<Instant>,
    window: Duration,
    batch_bytes_max: usize,

    committer: Place,
    sync: SyncThread,
    heartbeat_due: Option<Instant>,
    snapshots: Snapshots,
    published: Arc<Published>,
}

/// Where the committer is.
enum Place {
    Here(Box<Committer>),
    /// With the sync thread, which gives it back.
    Away,
    /// Gone after the first error: nothing more is written.
    Poisoned(Arc<str>),
}

/// What the writer starts from.
pub(crate) struct Start {
    pub(crate) restored: Restored,
    pub(crate) keys: KeyIndex,
    pub(crate) journal: Arc<Journal>,
    pub(crate) published: Arc<Published>,
    pub(crate) committer: Committer,
    pub(crate) epoch: u32,
}

impl Writer {
    pub(crate) fn new(
        start: Start,
        jobs: Receiver<Job>,
        queue: Sender<Job>,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<Self, Error> {
        let window = match options.durability {
            Durability::Window(window) => window,
            Durability::Synced | Durability::Unsynced => Duration::ZERO,
        };
        let Start { restored, keys, journal, published, committer, epoch } = start;
        let every = options.snapshot_every;
        let snapshots = Snapshots::new(every, &restored, storage, Arc::clone(&published), queue);
        let mut state = restored.state;
        state.note_changed();
        Ok(Self {
            state,
            keys,
            key_hasher: KeyHasher::new(journal.ledger_id()),
            past: Past::new(journal),
            readable: restored.head.next_position,
            next_position: restored.head.next_position,
            last_time_ns: restored.head.time_ns,
            now_ns: 0,
            epoch,
            clock: BoundedClock(options.clock),
            jobs,
            held_back: None,
            work: Work::default(),
            work_since: None,
            window,
            batch_bytes_max: committer.batch_bytes_max(),
            committer: Place::Here(Box::new(committer)),
            sync: SyncThread::start()?,
            heartbeat_due: None,
            snapshots,
            published,
        })
    }

    pub(crate) fn run(mut self) {
        let closing = loop {
            if let Some(reply) = self.take_jobs() {
                break reply;
            }
            self.dispatch();
            if !matches!(self.committer, Place::Poisoned(_)) {
                self.snapshots.start_if_due(self.next_position);
            }
        };
        let closed = self.finish();
        let _ = closing.send(closed);
    }

    /// Waits until there is something to do and takes what there is, up to one batch. A reply means: close.
    fn take_jobs(&mut self) -> Option<oneshot::Sender<Result<(), Error>>> {
        let mut next = match self.held_back.take() {
            Some(job) => Some(job),
            None => self.wait(),
        };
        while let Some(job) = next {
            if let Job::Close(reply) = job {
                return Some(reply);
            }
            // Before the room is looked at: what is due comes first, in batches of its own if need be.
            self.now_ns = self.clock.now_ns();
            self.do_what_is_due();
            if !self.has_room(job.bytes_max()) {
                self.held_back = Some(job);
                self.wait_for_committer();
                return None;
            }
            self.take(job);
            next = self.jobs.try_recv().ok();
        }
        self.now_ns = self.clock.now_ns();
        self.do_what_is_due();
        None
    }

    /// Whether the open batch takes that many bytes more.
    fn has_room(&self, bytes: usize) -> bool {
        let fits = self.work.bytes() + bytes <= self.batch_bytes_max && self.work.answers < ANSWERS_MAX;
        fits || self.work.is_empty()
    }

    /// Blocks until the sync thread has given the committer back, if it has it.
    fn wait_for_committer(&mut self) {
        if matches!(self.committer, Place::Away) {
            let back = self.sync.back.recv().ok();
            self.welcome(back);
        }
    }

    /// The next job, or nothing when a batch is due, the committer is back or time has come for something else.
    fn wait(&mut self) -> Option<Job> {
        match &self.committer {
            Place::Poisoned(_) => self.jobs.recv().ok(),
            Place::Away => {
                let nothing = never();
                let room = self.has_room(DUE_BYTES_MAX);
                let jobs = if room { &self.jobs } else { &nothing };
                select! {
                    recv(jobs) -> job => job.ok(),
                    recv(self.sync.back) -> back => {
                        self.welcome(back.ok());
                        None
                    }
                }
            }
            Place::Here(_) => {
                if let Ok(job) = self.jobs.try_recv() {
                    return Some(job);
                }
                let now = Instant::now();
                let timeout =
                    [self.batch_due(now), self.heartbeat_in(now), self.due_in()].into_iter().flatten().min();
                let received = match timeout {
                    Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
                    Some(timeout) => self.jobs.recv_timeout(timeout),
                    None => self.jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                received.ok()
            }
        }
    }

    /// How long the open batch may still wait for company.
    fn batch_due(&self, now: Instant) -> Option<Duration> {
        let since = self.work_since?;
        Some(self.window.saturating_sub(now.saturating_duration_since(since)))
    }

    /// How long until the heartbeat, which waits for the open batch.
    fn heartbeat_in(&self, now: Instant) -> Option<Duration> {
        let due = self.heartbeat_due.filter(|_| self.work.is_empty())?;
        Some(due.saturating_duration_since(now))
    }

    /// How long until the clock is looked at for the next thing that comes due. The clock may be set, or stand still, so it
    /// is neither trusted for long nor asked all the time.
    fn due_in(&self) -> Option<Duration> {
        let left_ns = self.state.next_due_ns()?.saturating_sub(self.clock.now_ns());
        let due = left_ns == 0 && self.work.bytes() + DUE_BYTES_MAX <= self.batch_bytes_max;
        Some(if due {
            Duration::ZERO
        } else {
            Duration::from_nanos(left_ns).clamp(CLOCK_LOOK_MIN, CLOCK_LOOK_MAX)
        })
    }

    /// Decides everything in one job.
    fn take(&mut self, job: Job) {
        if let Place::Poisoned(cause) = &self.committer {
            // A key that is known may be in the journal, from before the error or from the write that failed.
            let is_known = job.marks().iter().any(|marks| !self.keys.positions(marks.key).is_empty());
            let cause = Arc::clone(cause);
            job.fail(|| if is_known { Error::OutcomeUnknown { cause } } else { Error::Poisoned { cause } });
            return;
        }
        self.work_since.get_or_insert_with(Instant::now);
        match job {
            Job::One(command, marks, reply) => match self.decide(command, marks) {
                Ok(answer) => {
                    self.work.answers += 1;
                    self.work.waiters.push(Waiter::One(answer, reply));
                }
                Err(error) => drop(reply.send(Err(error))),
            },
            Job::Many { commands, marks, reply, .. } => {
                match self.decide_slice(commands.into_iter().zip(marks)) {
                    Ok(answers) => {
                        self.work.answers += answers.len();
                        self.work.waiters.push(Waiter::Many(answers, reply));
                    }
                    Err(error) => drop(reply.send(Err(error.unknown()))),
                }
            }
            Job::SnapshotTaken(mark) => {
                let time_ns = self.next_time_ns();
                self.work.batch.push_snapshot(self.next_position, time_ns, self.epoch, &mark);
                self.stamped(time_ns);
            }
            Job::Close(_) => {}
        }
    }

    /// Journals everything whose time has come, such as the end of a hold, as long as the batch has room.
    fn do_what_is_due(&mut self) {
        let now_ns = self.next_time_ns();
        if matches!(self.committer, Place::Poisoned(_))
            || self.state.next_due_ns().is_none_or(|ns| ns > now_ns)
        {
            return;
        }
        while self.work.bytes() + DUE_BYTES_MAX <= self.batch_bytes_max {
            let Some(entry) = self.state.decide_due(self.next_position, now_ns) else { return };
            self.work_since.get_or_insert_with(Instant::now);
            let time_ns = self.next_time_ns();
            self.journal(entry, None, time_ns);
        }
    }

    /// Folds an entry, whose key has this hash, into the books and encodes it into the batch.
    fn journal(&mut self, entry: Entry, key: Option<u64>, time_ns: u64) {
        let position = self.next_position;
        let folded = self.state.apply(position, time_ns, &entry);
        assert_eq!(folded, Ok(()), "an entry that was just decided follows from the state");
        let noted = key.is_none_or(|hash| self.keys.insert(hash, position).is_ok());
        assert!(noted, "the position was compared with the index's room");
        let kind = kind_of(&entry.event);
        self.work
            .batch
            .push(kind, SCHEMA, position, time_ns, self.epoch, |bytes| encode_entry(&entry, bytes));
        self.work.entries.push(Journaled { position, entry });
        self.stamped(time_ns);
    }

    /// Journal time never stands still, so that it orders entries as positions do.
    fn next_time_ns(&self) -> u64 {
        self.now_ns.max(self.last_time_ns.saturating_add(1))
    }

    fn stamped(&mut self, time_ns: u64) {
        self.last_time_ns = time_ns;
        self.next_position += 1;
    }

    /// Sends the open batch on its way, if there is one and the committer is here.
    fn dispatch(&mut self) {
        let now = Instant::now();
        if self.work.is_empty() {
            self.beat(now);
            return;
        }
        let full = self.held_back.is_some() || self.work.bytes() + DUE_BYTES_MAX > self.batch_bytes_max;
        if !full && self.batch_due(now).is_some_and(|rest| !rest.is_zero()) {
            return;
        }
        match std::mem::replace(&mut self.committer, Place::Away) {
            Place::Here(mut committer) => {
                self.work_since = None;
                self.work.changed = self.state.take_changed();
                let small = self.work.batch.entry_count() <= INLINE_ENTRIES_MAX;
                if small && self.jobs.is_empty() && self.held_back.is_none() {
                    self.committer = match committer.commit(&mut self.work) {
                        Ok(()) => self.here(committer),
                        Err(cause) => self.poisoned(cause),
                    };
                    self.heartbeat_due = Some(now + HEARTBEAT);
                } else {
                    self.committer = self.hand_over(committer);
                }
            }
            other => self.committer = other,
        }
    }

    fn hand_over(&mut self, committer: Box<Committer>) -> Place {
        let work = std::mem::replace(&mut self.work, std::mem::take(&mut self.sync.spare));
        if self.sync.send(committer, work) {
            Place::Away
        } else {
            self.poisoned("the sync thread has ended".into())
        }
    }

    /// Takes the committer back from the sync thread.
    fn welcome(&mut self, back: Option<TripEnd>) {
        self.committer = match back {
            Some((Ok(committer), spare)) => {
                self.sync.spare = spare;
                self.heartbeat_due = Some(Instant::now() + HEARTBEAT);
                self.here(committer)
            }
            Some((Err(cause), _)) => self.poisoned(cause),
            None => self.poisoned("the sync thread has ended".into()),
        };
    }

    /// The committer is here, and what it has committed can be read.
    fn here(&mut self, committer: Box<Committer>) -> Place {
        self.readable = committer.next_position();
        Place::Here(committer)
    }

    /// After the first error: nothing of the open batch was written, and everyone in it is told so.
    fn poisoned(&mut self, cause: Arc<str>) -> Place {
        tracing::error!(%cause, "a write failed; the ledger takes no more commands");
        self.snapshots.stop();
        self.published.end(&cause);
        for waiter in std::mem::take(&mut self.work.waiters) {
            waiter.fail(&cause, false);
        }
        self.work.clear();
        self.work_since = None;
        Place::Poisoned(cause)
    }

    /// The heartbeat: once, some time after the last commit.
    fn beat(&mut self, now: Instant) {
        let Place::Here(committer) = &mut self.committer else { return };
        if self.heartbeat_due.is_none_or(|due| due > now) {
            return;
        }
        self.heartbeat_due = None;
        if let Err(cause) = committer.note_durable() {
            self.committer = self.poisoned(cause);
        }
    }

    /// Writes what is left and closes the journal.
    fn finish(mut self) -> Result<(), Error> {
        self.snapshots.finish();
        self.wait_for_committer();
        self.sync.finish();
        match std::mem::replace(&mut self.committer, Place::Away) {
            Place::Here(mut committer) => {
                self.work.changed = self.state.take_changed();
                if !self.work.is_empty()
                    && let Err(cause) = committer.commit(&mut self.work)
                {
                    self.published.end(&cause);
                    return Err(Error::Stopped { cause });
                }
                committer.close()
            }
            Place::Poisoned(cause) => Err(Error::Stopped { cause }),
            Place::Away => Err(Error::Closed),
        }
    }
}

/// What the index says of a position is not so. Rather no answer than one that forgets a command.
fn misled(position: u64) -> Error {
    Error::OutcomeUnknown {
        cause: format!(
            "the entry at position {position} is not the one of the key index; run `longmen verify`"
        )
        .into(),
    }
}
