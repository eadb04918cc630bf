//! Rows without space: the replica says so, answers nothing wrong, and goes on when there is some again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use longmen_core::AccountId;
use longmen_replica::{Error, Options, Phase, Replica, Status, Want};

use crate::store::check;
use crate::support::{account, follow, kept, ledger, pay, wait_until};

const ACCOUNTS: u64 = 7;
const CHECKPOINT: u64 = 500;

/// Follows with rows that cannot all be put until the replica stops; what it answers then is right.
fn follow_until_it_stops(journal: &Path, rows: &Path) -> Status {
    let replica = follow(journal, kept(rows, CHECKPOINT));
    let memory = follow(journal, Options::default());
    wait_until(&memory, |status| status.phase == Phase::Following);
    let status = wait_until(&replica, |status| status.phase == Phase::Stopped);
    let last = match replica.read(Want::Latest, |view| Ok(view.at().position)) {
        Ok(last) => last.value,
        // Nothing that it has is whole.
        Err(Error::Stopped { .. }) => return status,
        Err(error) => panic!("{error}"),
    };
    let accounts: Vec<AccountId> = (0..ACCOUNTS).map(account).collect();
    let ask = |replica: &Replica, position| {
        let balances = replica.read(Want::Exactly(position), |view| view.balances(&accounts))?;
        Ok(balances.value.iter().map(|own| own.balance.posted().minor()).collect::<Vec<_>>())
    };
    let (mut right, mut refused) = (0, 0);
    for position in (ACCOUNTS + 1..=last).step_by(97) {
        match ask(&replica, position) {
            Ok(balances) => {
                assert_eq!(balances, ask(&memory, position).unwrap(), "at {position}");
                right += 1;
            }
            // The store takes no questions any more about what is in it.
            Err(Error::Stopped { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("right at {right} positions, not answered at {refused}");
    status
}

fn journal(root: &Path) -> (PathBuf, u64) {
    let journal = root.join("journal");
    let writer = ledger(&journal, ACCOUNTS);
    let last = pay(&writer, ACCOUNTS, 0, 20_000);
    writer.close().unwrap();
    (journal, last)
}

fn check_told(cause: &str) {
    assert!(cause.contains("the replica's rows could not be"), "{cause}");
    assert!(cause.contains("check the disk"), "{cause}");
}

/// A file system of its own, which is gone with this.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path, options: &str) -> bool {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success())
    }

    fn new(at: &'a Path) -> Option<Self> {
        Self::mount(at, "size=512k").then_some(Self(at))
    }

    fn grow(&self) {
        assert!(Self::mount(self.0, "remount,size=64m"));
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

#[test]
fn on_a_full_disk_a_replica_stops_and_goes_on_when_there_is_space() {
    let root = tempfile::tempdir().unwrap();
    let (journal, last) = journal(root.path());
    let disk_dir = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::new(disk_dir.path()) else {
        println!("skipped: only root can make a small disk");
        return;
    };
    let rows = disk_dir.path().join("rows");
    let status = follow_until_it_stops(&journal, &rows);
    println!("{status:?}");
    check_told(&status.stopped.unwrap().to_string());
    assert_eq!(status.rebuilt, 0, "a full disk is no damage");
    // Still full: it stops again, or does not begin.
    match Replica::follow(std::sync::Arc::new(longmen_journal::FileStorage::new(&journal)), kept(&rows, 500))
    {
        Ok(replica) => {
            let status = wait_until(&replica, |status| status.phase == Phase::Stopped);
            check_told(&status.stopped.unwrap().to_string());
        }
        Err(error) => check_told(&error.to_string()),
    }
    disk.grow();
    let replica = follow(&journal, kept(&rows, CHECKPOINT));
    check(&replica, &journal, last);
    drop(replica);
    let again = follow(&journal, kept(&rows, CHECKPOINT)).status();
    assert_eq!((again.rebuilt, again.stored.unwrap().position), (0, last));
}

const DIR: &str = "LONGMEN_REPLICA_FULL_DIR";

/// The process whose files may not grow; a test of its own, that does nothing in an ordinary run.
#[test]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let dir = Path::new(&dir);
    let status = follow_until_it_stops(&dir.join("journal"), &dir.join("rows"));
    println!("stopped: {}", status.stopped.unwrap());
}

#[test]
fn where_files_may_not_grow_a_replica_stops_and_goes_on_elsewhere() {
    let root = tempfile::tempdir().unwrap();
    let (journal, last) = journal(root.path());
    let limited = "trap '' XFSZ; ulimit -f 300; exec \"$@\"";
    let child = Command::new("sh")
        .args(["-c", limited, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["full_disk::child", "--exact", "--nocapture"])
        .env(DIR, root.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
    let cause = said.lines().find_map(|line| line.strip_prefix("stopped: "));
    println!("{cause:?}");
    check_told(cause.unwrap_or_else(|| panic!("{said}")));
    let replica = follow(&journal, kept(&root.path().join("rows"), CHECKPOINT));
    check(&replica, &journal, last);
}
