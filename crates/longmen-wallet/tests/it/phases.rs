//! The state machines a second time, written down from what the products are meant to do and not from their code.

use std::collections::BTreeMap;

use longmen_core::{HoldState, Phase};
use longmen_wallet::{OwnerId, State};

use Phase::*;

/// How things of a kind begin, and how they may go on.
struct Machine {
    kind: &'static str,
    begins: &'static [Phase],
    steps: &'static [(Phase, &'static [Phase])],
}

const MACHINES: &[Machine] = &[
    Machine { kind: "hold", begins: &[Open, Released], steps: &[(Open, &[Cleared, Released, Expired])] },
    Machine {
        kind: "owner",
        begins: &[Registered],
        steps: &[(Registered, &[Activated, Closed]), (Activated, &[Verified, Closed]), (Verified, &[Closed])],
    },
    Machine {
        kind: "payee",
        begins: &[Added],
        steps: &[(Added, &[Verified, Superseded, Removed]), (Verified, &[Superseded, Removed])],
    },
    Machine {
        kind: "top-up",
        begins: &[Initiated],
        steps: &[
            (Initiated, &[Pending, Failed, Expired, Suspended]),
            // The channel takes back what it had said, or it is given back before it was applied.
            (Pending, &[Applied, Failed, Refunding]),
            (Suspended, &[Applied, Refunding]),
            (Failed, &[ReceivedLate]),
            (Expired, &[ReceivedLate]),
            (ReceivedLate, &[Applied, Refunding]),
            (Applied, &[Refunding, ChargedBack]),
            (Refunding, &[Refunded, RefundFailed]),
            // Sent again or another way, credited again, or kept for its owner.
            (RefundFailed, &[Refunding, Applied, Refunded]),
            // A channel may give it back after it had taken it.
            (Refunded, &[RefundFailed]),
            (ChargedBack, &[Applied]),
        ],
    },
    Machine {
        kind: "refund",
        begins: &[Accepted],
        steps: &[
            (Accepted, &[InTransit, Completed, Failed]),
            (InTransit, &[Completed, Failed]),
            (Failed, &[InTransit, Rerouted, Recredited, Closed]),
            (Rerouted, &[Completed, Failed]),
            (Completed, &[Failed]),
        ],
    },
    Machine {
        kind: "gift card",
        begins: &[Issued],
        steps: &[
            (Issued, &[Redeemed, Refunding]),
            (Refunding, &[Refunded, RefundFailed]),
            (RefundFailed, &[Refunding, Refunded, Issued]),
            (Refunded, &[RefundFailed]),
        ],
    },
    Machine {
        kind: "card",
        begins: &[Issued],
        steps: &[
            (Issued, &[Active, Expired, Closing, Closed]),
            (Active, &[Frozen, Expired, Closing, Closed]),
            (Frozen, &[Active, Expired, Closing, Closed]),
            (Expired, &[Closing, Closed, Active]),
            (Closing, &[Closed]),
        ],
    },
    Machine {
        kind: "credit to a card",
        // Its reversal may have come before it.
        begins: &[Authorised, Reversed],
        steps: &[(Authorised, &[Cleared, Reversed]), (Reversed, &[Cleared])],
    },
    Machine {
        kind: "payment",
        begins: &[Authorised, Paid],
        steps: &[
            (Authorised, &[Paid, Cancelled, Expired]),
            (Paid, &[Released, Refunded]),
            (Released, &[Refunded]),
        ],
    },
    Machine {
        kind: "withdrawal",
        // What is kept for the owner of a closed wallet is submitted at once.
        begins: &[Requested, Submitted],
        steps: &[
            (Requested, &[Submitted, Cancelled]),
            (Submitted, &[Sent, Rejected, Unknown]),
            (Unknown, &[Sent, Rejected]),
            (Sent, &[Settled, Returned]),
            (Settled, &[Returned]),
        ],
    },
    Machine {
        kind: "quote",
        begins: &[Locked],
        steps: &[(Locked, &[Executed, Expired, Cancelled]), (Executed, &[Refunded])],
    },
    Machine { kind: "receiver", begins: &[Active], steps: &[(Active, &[Closed])] },
    Machine { kind: "deposit", begins: &[Credited, Open], steps: &[(Open, &[Credited, Returned])] },
    Machine {
        kind: "batch",
        begins: &[Open],
        steps: &[
            (Open, &[CutOff]),
            (CutOff, &[Sent, Slipped]),
            (Sent, &[Settled, Returned]),
            (Settled, &[Returned]),
        ],
    },
    Machine {
        kind: "plan",
        begins: &[Active],
        steps: &[
            (Active, &[Overdue, Settled, Refunded, WrittenOff]),
            (Overdue, &[Active, Settled, Refunded, WrittenOff]),
            // What was paid is given back, and it was the last of it.
            (Settled, &[Refunded]),
        ],
    },
    Machine {
        kind: "dispute",
        begins: &[Open],
        steps: &[(Open, &[Credited, Won, Lost]), (Credited, &[Won, Lost])],
    },
    Machine { kind: "case", begins: &[Open, Cleared], steps: &[(Open, &[Cleared])] },
];

/// Every thing went on as its kind may, began as its kind does, and none is gone.
pub(crate) fn check(before: &State, after: &State) {
    let (was, is) = (all(before), all(after));
    for (thing, to) in &is {
        let machine = MACHINES.iter().find(|machine| machine.kind == thing.0).unwrap();
        match was.get(thing) {
            None => assert!(machine.begins.contains(to), "{thing:?} begins as {to}"),
            Some(from) if from == to => {}
            Some(from) => {
                let steps = machine.steps.iter().find(|(own, _)| own == from);
                let may = steps.is_some_and(|(_, to_any)| to_any.contains(to));
                assert!(may, "{thing:?} goes from {from} to {to}");
            }
        }
    }
    let gone = was.keys().find(|thing| !is.contains_key(*thing));
    assert!(gone.is_none(), "{gone:?} is gone");
}

type Phases = BTreeMap<(&'static str, String), Phase>;

/// Every thing that there is, and its phase.
fn all(state: &State) -> Phases {
    let products = state.products();
    let mut all = Phases::new();
    let mut put = |kind, name: String, phase| {
        assert!(all.insert((kind, name), phase).is_none(), "two things of one name");
    };
    for hold in state.books().holds() {
        let phase = match hold.state {
            HoldState::Open => Open,
            HoldState::Captured => Cleared,
            HoldState::Released => Released,
            HoldState::Expired => Expired,
        };
        put("hold", hold.key.to_string(), phase);
    }
    for own in products.owners.iter() {
        put("owner", own.id.to_string(), own.phase);
        let payee =
            |owner: OwnerId, id: &dyn ToString, version| format!("{owner}/{}/{version}", id.to_string());
        own.payees.iter().for_each(|to| put("payee", payee(own.id, &to.id, to.version), to.phase));
    }
    products.top_ups.iter().for_each(|own| put("top-up", own.name.to_string(), own.phase));
    products.refunds.iter().for_each(|own| put("refund", own.name.to_string(), own.phase));
    products.gift_cards.iter().for_each(|own| put("gift card", own.id.to_string(), own.phase));
    products.cards.cards.iter().for_each(|own| put("card", own.id.to_string(), own.phase));
    products.cards.credits.iter().for_each(|own| put("credit to a card", own.key.to_string(), own.phase));
    products.payments.iter().for_each(|own| put("payment", own.name.to_string(), own.phase));
    products.withdrawals.iter().for_each(|own| put("withdrawal", own.name.to_string(), own.phase));
    products.quotes.iter().for_each(|own| put("quote", own.name.to_string(), own.phase));
    products.batches.receivers.iter().for_each(|own| put("receiver", own.name.to_string(), own.phase));
    products.batches.deposits.iter().for_each(|own| put("deposit", own.name.to_string(), own.phase));
    products.batches.batches.iter().for_each(|own| put("batch", own.name.to_string(), own.phase));
    products.plans.iter().for_each(|own| put("plan", own.name.to_string(), own.phase));
    products.disputes.iter().for_each(|own| put("dispute", own.name.to_string(), own.phase));
    products.cases.iter().for_each(|own| put("case", own.name.to_string(), own.phase));
    all
}
