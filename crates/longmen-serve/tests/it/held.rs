//! A journal whose reader can be held up, and a server whose replica reads it.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use longmen::replica::{Keep, Options, Phase, Want};
use longmen::{FileStorage, ReadFile, ReadStorage, Replica};
use longmen_serve::{Options as Serving, Server};

/// Which of the threads that follow may not read; everybody else always may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    Nobody,
    /// Those that have not read yet, such as one that begins again.
    New,
    Everybody,
}

#[derive(Debug)]
struct Hold {
    held: Mutex<(Who, HashSet<ThreadId>)>,
    changed: Condvar,
}

impl Hold {
    fn held(&self) -> MutexGuard<'_, (Who, HashSet<ThreadId>)> {
        self.held.lock().unwrap()
    }

    fn set(&self, who: Who) {
        self.held().0 = who;
        self.changed.notify_all();
    }

    fn pass(&self) {
        if std::thread::current().name() != Some("longmen-tail") {
            return;
        }
        let own = std::thread::current().id();
        let is_held = |(who, seen): &mut (Who, HashSet<ThreadId>)| match who {
            Who::Nobody => false,
            Who::New => !seen.contains(&own),
            Who::Everybody => true,
        };
        self.changed.wait_while(self.held(), is_held).unwrap().1.insert(own);
    }
}

#[derive(Debug)]
struct HeldStorage(FileStorage, Arc<Hold>);

struct HeldFile(Box<dyn ReadFile>, Arc<Hold>);

impl ReadStorage for HeldStorage {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.1.pass();
        self.0.list(dir)
    }

    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        self.1.pass();
        Ok(Box::new(HeldFile(self.0.open_read(path)?, Arc::clone(&self.1))))
    }

    fn writer_is_live(&self) -> io::Result<bool> {
        self.0.writer_is_live()
    }
}

impl ReadFile for HeldFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.1.pass();
        self.0.read_exact_at(buf, offset)
    }
}

/// A server over a journal whose reader can be held up.
pub(crate) struct Held {
    pub(crate) at: SocketAddr,
    pub(crate) replica: Arc<Replica>,
    hold: Arc<Hold>,
    _server: Server,
}

impl Held {
    /// Follows the journal in `journal`, held up behind its first entry or not, with rows in `rows` if any.
    pub(crate) fn new(journal: &Path, rows: Option<&Path>, who: Who) -> Self {
        let hold = Arc::new(Hold { held: Mutex::new((who, HashSet::new())), changed: Condvar::new() });
        let keep = rows.map_or(Keep::Memory, |rows| Keep::Dir(rows.to_owned()));
        let storage = HeldStorage(FileStorage::new(journal), Arc::clone(&hold));
        let replica = Replica::follow(Arc::new(storage), Options { keep, ..Options::default() }).unwrap();
        let replica = Arc::new(replica);
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(Arc::clone(&replica), Serving { listen, ..Serving::default() }).unwrap();
        Self { at: server.address(), replica, hold, _server: server }
    }

    pub(crate) fn hold(&self, who: Who) {
        self.hold.set(who);
    }

    /// Waits until the replica has an entry.
    pub(crate) fn has(&self, position: u64) {
        self.replica.read(Want::AtLeast(position, Duration::from_secs(30)), |_| Ok(())).unwrap();
    }

    /// Waits until the replica is at this.
    pub(crate) fn comes_to(&self, phase: Phase) {
        let begun = Instant::now();
        while self.replica.status().phase != phase {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", self.replica.status());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The replica's end waits for the thread that is held up.
        self.hold.set(Who::Nobody);
    }
}
