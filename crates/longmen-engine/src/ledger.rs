//! The handle that an embedder holds.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use longmen_core::{AccountId, Balance, Command, Digest, Hold, Key, MetaKey, Rows, Value};
use longmen_journal::hash::{digest, digest128};
use longmen_journal::{Appender, Config, Head, Journal, LedgerId, ReadStorage, Recovery, Storage, Watch};
use longmen_wallet::Wish;
use longmen_wire::{SCHEMA_TEXT, put_command};

use crate::committer::{self, Committer};
use crate::find::FoundEntries;
use crate::key_index::KeyHasher;
use crate::options::BoundedClock;
use crate::published::Published;
use crate::restore::{Indexes, Loading, Restored, restore};
use crate::work::{Job, Marks, bytes_max};
use crate::writer::{Start, Writer};
use crate::{Entries, Error, Options, Receipt, Ticket, View};

/// An open ledger: one writer thread, and this handle, which any number of threads may use at once.
///
/// Dropping it closes it; [`close`](Self::close) does the same and says whether it went well.
#[derive(Debug)]
pub struct Ledger {
    queue: Sender<Job>,
    published: Arc<Published>,
    storage: Arc<dyn Storage>,
    journal: Arc<Journal>,
    writer: Option<JoinHandle<()>>,
    ledger_id: LedgerId,
    recovery: Option<Recovery>,
    batch_bytes_max: usize,
    key_hasher: KeyHasher,
}

impl Ledger {
    /// Creates a ledger in `dir` with default [`Options`].
    ///
    /// # Errors
    ///
    /// As [`Options::create`].
    pub fn create(dir: impl AsRef<Path>) -> Result<Self, Error> {
        Options::default().create(dir)
    }

    /// Opens the ledger in `dir` with default [`Options`].
    ///
    /// # Errors
    ///
    /// As [`Options::open`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Error> {
        Options::default().open(dir)
    }

    pub(crate) fn create_on(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let now_ns = BoundedClock(Arc::clone(&options.clock)).now_ns();
        let appender = Appender::create(Arc::clone(&storage), config(&options), now_ns)?;
        Self::start(storage, appender, None, options)
    }

    pub(crate) fn open_on(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let now_ns = BoundedClock(Arc::clone(&options.clock)).now_ns();
        let (appender, recovery) = Appender::open(Arc::clone(&storage), config(&options), now_ns)?;
        Self::start(storage, appender, Some(recovery), options)
    }

    fn start(
        storage: Arc<dyn Storage>,
        appender: Appender,
        recovery: Option<Recovery>,
        options: Options,
    ) -> Result<Self, Error> {
        let (journal, restored, Indexes { keys, meta }) = match restored(&storage, appender.head()) {
            Ok(restored) => restored,
            Err(error) => {
                // Closed cleanly, so that trying again does not leave a new segment behind every time.
                appender.close(BoundedClock(options.clock).now_ns())?;
                return Err(error);
            }
        };
        let rows = Rows::of(restored.state.books());
        let published = Arc::new(Published::new(rows, restored.head, meta));
        let (ledger_id, batch_bytes_max) = (appender.ledger_id(), committer::bytes_max(&appender));
        let epoch = appender.epoch();
        let (queue, jobs) = bounded(options.queue_len.max(1));
        let committer = Committer::new(appender, Arc::clone(&journal), Arc::clone(&published), &options);
        let last = LastResort { jobs: jobs.clone(), published: Arc::clone(&published) };
        let start = Start {
            restored,
            keys,
            journal: Arc::clone(&journal),
            published: Arc::clone(&published),
            committer,
            epoch,
        };
        let writer = Writer::new(start, jobs, queue.clone(), Arc::clone(&storage), options)?;
        let writer = std::thread::Builder::new()
            .name("longmen-writer".into())
            .spawn(move || {
                let _last = last;
                writer.run();
            })
            .map_err(Error::Thread)?;
        let (writer, key_hasher) = (Some(writer), KeyHasher::new(ledger_id));
        Ok(Self {
            queue,
            published,
            storage,
            journal,
            writer,
            ledger_id,
            recovery,
            batch_bytes_max,
            key_hasher,
        })
    }

    /// Submits one command, of the ledger or of a product, and returns at once, or as soon as the queue has room.
    pub fn submit<A>(&self, command: Command<A>) -> Ticket<Receipt>
    where
        Wish: From<A>,
    {
        let (reply, ticket) = oneshot::channel();
        let command = command.widen::<Wish>();
        let marks = self.marks_of(&command, &mut Vec::with_capacity(CONTENT_BYTES));
        if let Err(refused) = self.queue.send(Job::One(command, marks, reply)) {
            refused.into_inner().fail(|| Error::Closed);
        }
        Ticket::new(ticket)
    }

    /// Submits one command if the queue has room; gives it back where a caller of [`submit`](Self::submit) would be
    /// held back, as tasks of an async runtime should not be.
    ///
    /// # Errors
    ///
    /// The command itself, boxed, when the queue is full.
    pub fn try_submit<A>(&self, command: Command<A>) -> Result<Ticket<Receipt>, Box<Command<Wish>>>
    where
        Wish: From<A>,
    {
        let (reply, ticket) = oneshot::channel();
        let command = command.widen::<Wish>();
        let marks = self.marks_of(&command, &mut Vec::with_capacity(CONTENT_BYTES));
        match self.queue.try_send(Job::One(command, marks, reply)) {
            Err(TrySendError::Full(Job::One(command, ..))) => return Err(Box::new(command)),
            Err(refused) => refused.into_inner().fail(|| Error::Closed),
            Ok(()) => {}
        }
        Ok(Ticket::new(ticket))
    }

    /// Submits commands that come into the journal one after the other and become durable together.
    ///
    /// Each is decided by itself, with the effects of those before it; a refused one stops none of the others.
    /// The receipts come in the order of the commands.
    pub fn submit_all<A>(&self, commands: Vec<Command<A>>) -> Ticket<Vec<Receipt>>
    where
        Wish: From<A>,
    {
        let (reply, ticket) = oneshot::channel();
        let commands: Vec<_> = commands.into_iter().map(Command::widen::<Wish>).collect();
        let bytes = commands.iter().map(bytes_max).sum();
        if bytes > self.batch_bytes_max {
            let _ = reply.send(Err(Error::SliceTooLarge { bytes, bytes_max: self.batch_bytes_max }));
            return Ticket::new(ticket);
        }
        let mut content = Vec::with_capacity(CONTENT_BYTES);
        let marks = commands.iter().map(|command| self.marks_of(command, &mut content)).collect();
        if let Err(refused) = self.queue.send(Job::Many { commands, marks, bytes_max: bytes, reply }) {
            refused.into_inner().fail(|| Error::Closed);
        }
        Ticket::new(ticket)
    }

    /// Every account and every hold as they are published now; what is asked of one view goes together.
    ///
    /// It takes no lock and holds nobody back, however long it is kept. Whoever has the receipt of a command sees its
    /// effects in every view taken afterwards.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        self.published.view()
    }

    /// A view at `position` or a later one, which is waited for if need be, for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`Error::NotPublished`] after the timeout, [`Error::NeverPublished`] where the ledger has stopped before it.
    pub fn view_at_least(&self, position: u64, timeout: Duration) -> Result<Arc<View>, Error> {
        self.published.view_at_least(position, timeout)
    }

    /// The view at exactly this position, if it is the one that is published now.
    ///
    /// # Errors
    ///
    /// [`Error::AnotherPosition`] where it is not: the ledger keeps only the newest view.
    pub fn view_at(&self, position: u64) -> Result<Arc<View>, Error> {
        let view = self.view();
        let published = view.at().position;
        if published == position { Ok(view) } else { Err(Error::AnotherPosition { position, published }) }
    }

    /// The balance of an account, if there is such an account: the cheapest way to ask for one.
    #[must_use]
    pub fn balance(&self, account: &AccountId) -> Option<Balance> {
        self.published.look().balance(account)
    }

    /// The hold that the command with this key placed, if there is one.
    #[must_use]
    pub fn hold(&self, key: &Key) -> Option<Hold> {
        self.published.look().hold(key).cloned()
    }

    /// Every hold that is open, in the order in which they were placed.
    #[must_use]
    pub fn open_holds(&self) -> Vec<Hold> {
        self.view().open_holds().cloned().collect()
    }

    /// The count of published entries, and the hash and time of the last of them.
    #[must_use]
    pub fn head(&self) -> Head {
        self.published.look().head
    }

    /// Tells whoever follows the journal in this process how far it is durable, before its files do.
    ///
    /// It outlives the ledger and does not keep it open: when the ledger closes or stops, whoever waits is woken, and
    /// later waits only pause for a moment.
    #[must_use]
    pub fn watch(&self) -> Arc<dyn Watch> {
        Arc::<Published>::clone(&self.published)
    }

    /// Where the ledger's files are, for reading.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn ReadStorage> {
        reading(&self.storage)
    }

    /// Walks the journal from `position` to what is published now, and verifies every entry on the way.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] where the journal cannot be read.
    pub fn entries(&self, position: u64) -> Result<Entries, Error> {
        let journal = Journal::open(reading(&self.storage))?;
        journal.note_durable_below(self.head().next_position);
        Entries::new(&journal, position, self.head().next_position)
    }

    /// The published entries that have this pair of metadata, in the order of the journal.
    ///
    /// They are found by an index, and each is read from the journal, verified and compared.
    ///
    /// # Errors
    ///
    /// None here for now; each entry may bring [`Error::Journal`] where the journal or the index cannot be read, or
    /// [`Error::Misled`].
    pub fn find_entries(&self, key: &MetaKey, value: &Value) -> Result<FoundEntries, Error> {
        let (places, until) = self.published.places(key, value);
        let (storage, journal) = (reading(&self.storage), Arc::clone(&self.journal));
        Ok(FoundEntries::new(storage, journal, (*key, value.clone()), places, until))
    }

    /// How many batches were committed since the ledger was opened: with synced durability, how many syncs there were.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.published.batches()
    }

    /// The ledger's own random name.
    #[must_use]
    pub fn ledger_id(&self) -> LedgerId {
        self.ledger_id
    }

    /// What opening the ledger found and did; nothing for one that was just created.
    #[must_use]
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// The most bytes that the commands of one [`submit_all`](Self::submit_all) may need, see
    /// [`command_bytes_max`](Self::command_bytes_max).
    #[must_use]
    pub fn slice_bytes_max(&self) -> usize {
        self.batch_bytes_max
    }

    /// The most bytes that a command may need in the journal.
    #[must_use]
    pub fn command_bytes_max(command: &Command<Wish>) -> usize {
        bytes_max(command)
    }

    /// Carries out everything that was submitted, syncs and closes the journal.
    ///
    /// # Errors
    ///
    /// [`Error`] where that fails. What was acknowledged before is durable all the same, unless the durability is
    /// [`Unsynced`](crate::Durability::Unsynced).
    pub fn close(mut self) -> Result<(), Error> {
        self.shut()
    }

    fn marks_of(&self, command: &Command<Wish>, content: &mut Vec<u8>) -> Marks {
        Marks { digest: digest_of(command, content), key: self.key_hasher.hash(&command.key) }
    }

    fn shut(&mut self) -> Result<(), Error> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let (reply, closed) = oneshot::channel();
        let sent = self.queue.send(Job::Close(reply));
        let answer = match sent {
            Ok(()) => {
                closed.recv().unwrap_or_else(|_| Err(Error::Stopped { cause: "the writer has ended".into() }))
            }
            Err(_) => Err(Error::Stopped { cause: "the writer has ended".into() }),
        };
        // Without this handle's end of the queue, a writer that panicked while closing has nobody left to wait for.
        self.queue = bounded(0).0;
        // A panic of the writer has been reported on its own thread; here it shows as a missing answer.
        let _ = writer.join();
        answer
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if let Err(error) = self.shut() {
            tracing::error!(%error, "the ledger did not close cleanly");
        }
    }
}

/// Tells those who wait that the writer has ended, and answers in its place when it panics: what waits in the queue would
/// otherwise wait for ever.
struct LastResort {
    jobs: Receiver<Job>,
    published: Arc<Published>,
}

impl Drop for LastResort {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.published.end(&"it was closed".into());
            return;
        }
        self.published.end(&"the writer has panicked".into());
        for job in &self.jobs {
            let cause: Arc<str> = "the writer has panicked".into();
            if let Job::Close(reply) = job {
                let _ = reply.send(Err(Error::Stopped { cause }));
                return;
            }
            job.fail(|| Error::OutcomeUnknown { cause });
        }
    }
}

/// The half of the storage that cannot write.
fn reading(storage: &Arc<dyn Storage>) -> Arc<dyn ReadStorage> {
    Arc::<dyn Storage>::clone(storage)
}

/// The state at the journal's head, the reader that replayed it, and where every key and every pair stands.
fn restored(storage: &Arc<dyn Storage>, head: Head) -> Result<(Arc<Journal>, Restored, Indexes), Error> {
    let journal = Journal::open(reading(storage))?;
    journal.note_durable_below(head.next_position);
    let mut loading = Loading::new(storage.as_ref(), &journal);
    let restored = restore(storage.as_ref(), &journal, None, &mut loading, &mut |_, _| true)?;
    let indexes = loading.into_indexes(&restored);
    if restored.head != head {
        let (replayed, journal) = (restored.head.next_position, head.next_position);
        return Err(Error::HeadsDiffer { replayed, journal });
    }
    Ok((Arc::new(journal), restored, indexes))
}

fn config(options: &Options) -> Config {
    Config {
        segment_size: options.segment_size,
        schema_fingerprint: digest(SCHEMA_TEXT.as_bytes()),
        sync: options.durability != crate::Durability::Unsynced,
        ..Config::default()
    }
}

/// As many bytes as the content of most commands takes.
const CONTENT_BYTES: usize = 192;

/// The digest of a command's content, which is written into `content` on the way.
fn digest_of(command: &Command<Wish>, content: &mut Vec<u8>) -> Digest {
    content.clear();
    put_command(command, content);
    Digest(digest128(content))
}
