//! Groups and reversals through the engine: all or none, the first receipts again, originals looked up wherever they are.

use std::sync::Arc;

use longmen::{Command, Content, Detail, Event, Ledger, Options, Outcome, Reason, Receipt, Refusal};
use longmen_sim::{SimDisk, TestClock};

use crate::laws::again;
use crate::support::{
    START_NS, account, create, done, entries, key, open, opening, options, replay, transfer,
};

fn slice(ledger: &Ledger, commands: &[Command]) -> Vec<Receipt> {
    ledger.submit_all(commands.to_vec()).wait().unwrap()
}

fn refusal(receipt: &Receipt) -> Refusal {
    match receipt.outcome {
        Outcome::Refused(refusal) => refusal,
        Outcome::Done => panic!("it was carried out: {receipt:?}"),
    }
}

fn available(ledger: &Ledger, name: &str) -> i128 {
    ledger.balance(&account(name)).unwrap().available().minor()
}

fn opened() -> (SimDisk, TestClock, Ledger) {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    slice(&ledger, &opening()).into_iter().for_each(done);
    (disk, clock, ledger)
}

#[test]
fn a_group_is_carried_out_whole_and_comes_again_with_its_first_receipts() {
    let (disk, clock, ledger) = opened();
    let group = [transfer("g-1", "alice", "bob", 60_000).linked(), transfer("g-2", "bob", "alice", 150_000)];
    let first = slice(&ledger, &group);
    first.iter().copied().for_each(done);
    assert_eq!((available(&ledger, "alice"), available(&ledger, "bob")), (190_000, 10_000));
    assert_eq!(slice(&ledger, &group), again(&first));
    ledger.close().unwrap();

    let ledger = open(&disk, &clock).unwrap();
    assert_eq!(slice(&ledger, &group), again(&first));
    ledger.close().unwrap();
    let linked: Vec<bool> = entries(&disk)
        .unwrap()
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Ledger(own) if own.event == Event::Posted => Some(own.linked),
            _ => None,
        })
        .collect();
    assert_eq!(linked, [false, false, true, false]);
}

#[test]
fn a_group_falls_with_its_culprit_and_falls_again_with_the_same_refusal() {
    let (disk, clock, ledger) = opened();
    let group = [
        transfer("g-1", "alice", "bob", 100_000).linked(),
        transfer("g-2", "alice", "bob", 1).linked(),
        transfer("g-3", "bob", "bank", 1),
    ];
    let single = transfer("s", "bob", "alice", 5);
    let all = [&group[..], &[single]].concat();
    let first = slice(&ledger, &all);
    let reasons: Vec<Reason> = first[..3].iter().map(|receipt| refusal(receipt).reason).collect();
    assert_eq!(reasons, [Reason::GroupFell, Reason::InsufficientFunds, Reason::GroupFell]);
    assert_eq!(refusal(&first[2]).detail, Detail::Culprit(1));
    assert!(first[0].stamp.is_none() && first[1].stamp.is_some() && first[2].stamp.is_none());
    done(first[3]);
    assert_eq!((available(&ledger, "alice"), available(&ledger, "bob")), (100_005, 99_995));

    // Now the money is there, and yet a refusal stays one: alone the culprit is another command.
    slice(&ledger, &[transfer("rich", "bank", "alice", 1_000_000)]).into_iter().for_each(done);
    ledger.close().unwrap();
    let ledger = open(&disk, &clock).unwrap();
    let retried = slice(&ledger, &group);
    assert_eq!(retried[1], again(&first[1..2])[0]);
    assert_eq!([retried[0], retried[2]], [first[0], first[2]]);
    // The others' keys are free.
    slice(&ledger, &[transfer("g-3", "bob", "bank", 1)]).into_iter().for_each(done);
    ledger.close().unwrap();
    assert_eq!(replay(&disk).unwrap().books().accounts().len(), 3);
}

#[test]
fn a_group_without_an_end_is_refused_and_so_is_one_that_was_done_in_part() {
    let (_disk, _clock, ledger) = opened();
    let open_end =
        slice(&ledger, &[transfer("a", "alice", "bob", 1), transfer("b", "alice", "bob", 1).linked()]);
    done(open_end[0]);
    assert_eq!(refusal(&open_end[1]).reason, Reason::GroupOpen);
    let alone = ledger.submit(transfer("c", "alice", "bob", 1).linked()).wait().unwrap();
    assert_eq!(refusal(&alone).reason, Reason::GroupOpen);

    slice(&ledger, &[transfer("d", "alice", "bob", 1).linked(), transfer("e", "alice", "bob", 1)])
        .into_iter()
        .for_each(done);
    let part = slice(&ledger, &[transfer("d", "alice", "bob", 1).linked(), transfer("f", "alice", "bob", 1)]);
    assert_eq!(
        part.iter().map(|receipt| refusal(receipt).reason).collect::<Vec<_>>(),
        [Reason::GroupFell, Reason::GroupDiffers]
    );
    let twice =
        slice(&ledger, &[transfer("h", "alice", "bob", 1).linked(), transfer("h", "alice", "bob", 2)]);
    assert_eq!(refusal(&twice[1]).reason, Reason::KeyReused);
}

#[test]
fn a_reversal_finds_its_original_in_the_same_batch_in_the_journal_and_after_reopening() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    // A reversal may need as much room as the largest entry.
    let options = Options { segment_size: 1 << 20, ..options(&clock) };
    let ledger = options.clone().create_on(Arc::new(disk.clone())).unwrap();
    slice(&ledger, &opening()).into_iter().for_each(done);
    let reverse = |name: &str, original: &str| Command::reverse(key(name), key(original));
    let same = slice(&ledger, &[transfer("p-1", "alice", "bob", 700), reverse("r-1", "p-1")]);
    same.into_iter().for_each(done);
    slice(&ledger, &[transfer("p-2", "alice", "bob", 300)]).into_iter().for_each(done);
    slice(&ledger, &[reverse("r-2", "p-2")]).into_iter().for_each(done);
    slice(&ledger, &[transfer("p-3", "alice", "bob", 40)]).into_iter().for_each(done);
    ledger.close().unwrap();

    let ledger = options.open_on(Arc::new(disk.clone())).unwrap();
    let late = slice(
        &ledger,
        &[
            reverse("r-3", "p-3").linked(),
            transfer("p-4", "alice", "bob", 4),
            reverse("r-4", "p-3"),
            reverse("r-5", "nothing"),
            reverse("r-6", "r-3"),
            reverse("r-7", "open-alice"),
        ],
    );
    late[..2].iter().copied().for_each(done);
    let reasons: Vec<Reason> = late[2..].iter().map(|receipt| refusal(receipt).reason).collect();
    assert_eq!(
        reasons,
        [Reason::ReversedAlready, Reason::OriginalNotFound, Reason::NotReversible, Reason::NotReversible]
    );
    assert_eq!((available(&ledger, "alice"), available(&ledger, "bob")), (99_996, 100_004));
    ledger.close().unwrap();
    let replayed = replay(&disk).unwrap();
    assert_eq!(replayed.books().account(&account("alice")).unwrap().balance().available().minor(), 99_996);
}
