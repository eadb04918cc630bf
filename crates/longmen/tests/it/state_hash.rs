//! One fixed run, and the hash of the state that it ends in: every machine and every build profile must give it.

use longmen::{Content, Entry, JournalEntry};
use longmen_sim::{SimDisk, Step, TestClock, Workload};

use crate::laws::{Firsts, check_audit, check_groups, check_state};
use crate::support::{START_NS, check_keys, create, entries, replay};

/// What the run comes to. It changes only when the rules, the form of a snapshot or the workload change.
const STATE: &str = "2be1f106790049ee9f1445b32820f01cd31558d2a78315ddae0a1d93e9a49c77";

#[test]
fn a_fixed_run_ends_in_the_same_state_on_any_machine_and_in_any_build() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    let mut firsts = Firsts::default();
    let mut submit = |commands: Vec<_>| {
        let receipts = ledger.submit_all(commands.clone()).wait().unwrap();
        firsts.check(&commands, &receipts);
    };
    submit(Workload::opening().unwrap());
    for seed in 0..4 {
        let mut workload = Workload::new(&format!("fixed-{seed}"), seed);
        let mut by_ns = 0;
        for _ in 0..500 {
            // The clock moves once for each submission: whether a hold ends before it came or with it makes no
            // difference then.
            by_ns += 10;
            let commands = match workload.step().unwrap() {
                Step::Advance(more_ns) => {
                    by_ns += more_ns;
                    continue;
                }
                Step::One(command) => vec![command],
                Step::Slice(commands) => commands,
            };
            clock.advance(std::mem::take(&mut by_ns));
            submit(commands);
        }
    }
    ledger.close().unwrap();
    let found = entries(&disk).unwrap();
    check_keys(&found);
    check_groups(&found);
    check_audit(&disk);
    check_state(&disk);
    let replayed = replay(&disk).unwrap();
    check_everything_is_there(&found);
    println!("{} entries, state {}", found.len(), replayed.state_hash());
    assert_eq!(replayed.state_hash().to_string(), STATE);
}

/// What the core can do, by the names of its events.
const EVENTS: [&str; 18] = [
    "AccountOpened",
    "AccountChanged",
    "Posted",
    "Moved",
    "Reversed",
    "HoldPlaced",
    "HoldIncremented",
    "HoldCaptured",
    "HoldReleased",
    "HoldExpired",
    "SetOpened",
    "Joined",
    "Left",
    "LimitSet",
    "LimitDropped",
    "PeriodSealed",
    "SubjectErased",
    "Refused",
];

/// The campaigns are worth what their work reaches.
fn check_everything_is_there(found: &[JournalEntry]) {
    let entries: Vec<&Entry> = found
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Ledger(own) => Some(own),
            Content::Journal(_) => None,
        })
        .collect();
    let names: Vec<String> = entries.iter().map(|entry| format!("{:?}", entry.event)).collect();
    for event in EVENTS {
        assert!(names.iter().any(|name| name.starts_with(event)), "there is no {event}");
    }
    let refused =
        |reason: &str| names.iter().any(|name| name.starts_with("Refused") && name.contains(reason));
    for reason in ["LimitExceeded", "InsufficientFunds", "ConditionFailed", "ImportNotLater", "HoldClosing"] {
        assert!(refused(reason), "nothing is refused with {reason}");
    }
    let any = |is: fn(&Entry) -> bool| entries.iter().any(|entry| is(entry));
    assert!(any(|entry| entry.linked) && any(|entry| entry.forced));
    assert!(any(|entry| entry.effective.is_some()) && any(|entry| entry.happened_ns().is_some()));
    assert!(any(|entry| entry.meta().is_some_and(|meta| !meta.is_empty())));
    assert!(any(|entry| entry.extras.as_ref().is_some_and(|extras| extras.secret.is_some())));
}
