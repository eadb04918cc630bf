//! The state machines: which phase may follow which.

use longmen_core::{Detail, Phase, Reason, Refusal, Thing};

/// Which phases may follow each phase of a thing.
pub type Steps = [(Phase, &'static [Phase])];

/// Every step that a thing may take in its life. What is not here is refused with [`Reason::StateForbids`].
pub const STEPS: &[(Thing, &Steps)] = {
    use Phase::{
        Accepted, Activated, Active, Added, Applied, Authorised, Cancelled, ChargedBack, Cleared, Closed,
        Closing, Completed, Credited, CutOff, Executed, Expired, Failed, Frozen, InTransit, Initiated,
        Issued, Locked, Lost, Open, Overdue, Paid, Pending, ReceivedLate, Recredited, Redeemed, RefundFailed,
        Refunded, Refunding, Registered, Rejected, Released, Removed, Requested, Rerouted, Returned,
        Reversed, Sent, Settled, Slipped, Submitted, Superseded, Suspended, Unknown, Verified, Won,
        WrittenOff,
    };
    &[
        (
            Thing::Owner,
            &[
                (Registered, &[Activated, Closed]),
                (Activated, &[Verified, Closed]),
                // From one tier to the next.
                (Verified, &[Verified, Closed]),
            ],
        ),
        (
            Thing::Payee,
            &[
                (Added, &[Verified, Superseded, Removed]),
                (Verified, &[Superseded, Removed]),
                (Superseded, &[]),
                (Removed, &[]),
            ],
        ),
        (
            Thing::TopUp,
            &[
                (Initiated, &[Pending, Failed, Expired, Suspended]),
                (Pending, &[Applied, Refunding, Failed]),
                (Suspended, &[Applied, Refunding]),
                (Failed, &[ReceivedLate]),
                (Expired, &[ReceivedLate]),
                (ReceivedLate, &[Applied, Refunding]),
                (Applied, &[Refunding, ChargedBack]),
                (Refunding, &[Refunded, RefundFailed]),
                (RefundFailed, &[Refunding, Refunded, Applied]),
                (Refunded, &[RefundFailed]),
                (ChargedBack, &[Applied]),
            ],
        ),
        (
            Thing::Refund,
            &[
                (Accepted, &[InTransit, Completed, Failed]),
                (InTransit, &[Completed, Failed]),
                // Closed: it is kept for the owner as unclaimed.
                (Failed, &[InTransit, Rerouted, Recredited, Closed]),
                (Rerouted, &[Completed, Failed]),
                (Completed, &[Failed]),
                (Recredited, &[]),
                (Closed, &[]),
            ],
        ),
        (
            Thing::GiftCard,
            &[
                // That it has expired is a matter of its time alone: what was paid for it is still owed.
                (Issued, &[Redeemed, Refunding]),
                (Redeemed, &[]),
                (Refunding, &[Refunded, RefundFailed]),
                (RefundFailed, &[Refunding, Refunded, Issued]),
                (Refunded, &[RefundFailed]),
            ],
        ),
        (
            Thing::Card,
            &[
                // A holder may end a card before its time, and what was asked to end does not begin again.
                (Issued, &[Active, Expired, Closing, Closed]),
                (Active, &[Frozen, Expired, Closing, Closed]),
                (Frozen, &[Active, Expired, Closing, Closed]),
                (Expired, &[Closing, Closed, Active]),
                (Closing, &[Closed]),
                (Closed, &[]),
            ],
        ),
        (
            // Of a credit; one that takes money stands where its hold does. What was reversed may be cleared all the same.
            Thing::Authorisation,
            &[(Authorised, &[Cleared, Reversed]), (Cleared, &[Cleared]), (Reversed, &[Cleared])],
        ),
        (
            Thing::Payment,
            &[
                (Authorised, &[Paid, Cancelled, Expired]),
                (Paid, &[Released, Refunded]),
                (Released, &[Refunded]),
                (Refunded, &[]),
                (Cancelled, &[]),
                (Expired, &[]),
            ],
        ),
        (
            Thing::Withdrawal,
            &[
                (Requested, &[Submitted, Cancelled]),
                (Submitted, &[Sent, Rejected, Unknown]),
                (Unknown, &[Sent, Rejected]),
                (Sent, &[Settled, Returned]),
                (Settled, &[Returned]),
                (Rejected, &[]),
                (Cancelled, &[]),
                (Returned, &[]),
            ],
        ),
        (
            Thing::Quote,
            &[(Locked, &[Executed, Expired, Cancelled]), (Executed, &[Refunded]), (Refunded, &[])],
        ),
        (
            Thing::Batch,
            &[
                (Open, &[CutOff]),
                (CutOff, &[Sent, Slipped]),
                (Sent, &[Settled, Returned]),
                (Settled, &[Returned]),
                (Returned, &[]),
                (Slipped, &[]),
            ],
        ),
        (Thing::Receiver, &[(Active, &[Closed]), (Closed, &[])]),
        // A receipt that is kept apart until somebody knows whose it is.
        (Thing::Item, &[(Open, &[Credited, Returned]), (Credited, &[]), (Returned, &[])]),
        (
            Thing::Plan,
            &[
                // A part of several is paid or given back.
                (Active, &[Active, Settled, Overdue, WrittenOff, Refunded]),
                (Overdue, &[Overdue, Active, Settled, WrittenOff, Refunded]),
                // What was paid is given back, in part or whole.
                (Settled, &[Settled, Refunded]),
                (Refunded, &[]),
                (WrittenOff, &[]),
            ],
        ),
        (
            Thing::Dispute,
            &[(Open, &[Credited, Won, Lost]), (Credited, &[Won, Lost]), (Won, &[]), (Lost, &[])],
        ),
        // Cleared when nothing is left in suspense for it.
        (Thing::Case, &[(Open, &[Open, Cleared]), (Cleared, &[])]),
    ]
};

/// Whether a thing may go from one phase to another.
#[must_use]
pub fn may_go(thing: Thing, from: Phase, to: Phase) -> bool {
    let steps = STEPS.iter().find(|(own, _)| *own == thing);
    let next = steps.and_then(|(_, steps)| steps.iter().find(|(own, _)| *own == from));
    next.is_some_and(|(_, next)| next.contains(&to))
}

/// Refuses what a phase does not allow.
pub(crate) fn go(thing: Thing, from: Phase, to: Phase) -> Result<(), Refusal> {
    if may_go(thing, from, to) { Ok(()) } else { Err(forbids(thing, from)) }
}

/// The refusal that says in which phase a thing is.
pub(crate) fn forbids(thing: Thing, phase: Phase) -> Refusal {
    Refusal::new(Reason::StateForbids).about(Detail::Phase(thing, phase))
}

/// Moves a thing on; an entry that would leave the table does not follow from the state.
pub(crate) fn step(thing: Thing, phase: &mut Phase, to: Phase) -> Result<(), &'static str> {
    if !may_go(thing, *phase, to) {
        return Err("a thing would leave the table of its phases");
    }
    *phase = to;
    Ok(())
}
