//! The state machines, said a second time and the other way round: for each thing that happens, in which phases it may.
//!
//! What an event is called and carries is data; in which phases it may happen is stated here.

use longmen_core::{Key, Phase, Thing};
use longmen_wallet::{
    Arrival, CardEvent, CardId, CaseEvent, ChannelEvent, CollectionEvent, CreditEvent, DisputeEvent,
    ExchangeEvent, GiftEvent, OwnerEvent, PayeeEvent, PaymentEvent, ProductEvent, Refund, RefundEvent,
    RefundOf, TopUp, TopUpEvent, TopUpTarget, WithdrawalEvent,
};

use super::phases::Walk;
use Phase::{
    Accepted, Activated, Active, Added, Applied, Authorised, Cancelled, ChargedBack, Cleared, Closed,
    Closing, Completed, Credited, CutOff, Executed, Expired, Failed, Frozen, InTransit, Initiated, Issued,
    Locked, Lost, Open, Paid, Pending, ReceivedLate, Recredited, Redeemed, RefundFailed, Refunded, Refunding,
    Registered, Rejected, Released, Removed, Requested, Rerouted, Returned, Sent, Settled, Slipped,
    Submitted, Suspended, Unknown, Verified, Won, WrittenOff,
};

impl Walk<'_> {
    /// Judges the phases of what an event is about.
    pub(super) fn event(&mut self, event: &ProductEvent) {
        match event {
            ProductEvent::Owner(event) => self.owner(event),
            ProductEvent::Payee(event) => self.payee(event),
            ProductEvent::Channel(ChannelEvent::Settled { case: Some(_), .. }) => {
                self.made(Thing::Case, Open);
            }
            ProductEvent::TopUp(event) => self.top_up(event),
            ProductEvent::Refund(event) => self.refund(event),
            ProductEvent::Gift(event) => self.gift(event),
            ProductEvent::Payment(event) => self.payment(event),
            ProductEvent::Card(event) => self.card(event),
            ProductEvent::Withdrawal(event) => self.withdrawal(event),
            ProductEvent::Exchange(event) => self.exchange(event),
            ProductEvent::Collection(event) => self.collection(event),
            ProductEvent::Credit(event) => self.credit(event),
            ProductEvent::Dispute(event) => self.dispute(event),
            ProductEvent::Case(event) => self.case(event),
            ProductEvent::House(_)
            | ProductEvent::Terms(_)
            | ProductEvent::Channel(_)
            | ProductEvent::Transfer(_) => {}
        }
    }

    fn owner(&mut self, event: &OwnerEvent) {
        let goes = |walk: &mut Self, owner: &longmen_wallet::OwnerId, from: &[Phase], to| {
            walk.goes(Thing::Owner, owner.to_key(), from, to);
        };
        match event {
            OwnerEvent::Registered { owner, .. } => {
                self.begins(Thing::Owner, owner.to_key(), &[Registered], Registered);
            }
            OwnerEvent::Activated { owner } => goes(self, owner, &[Registered], Activated),
            OwnerEvent::Verified { owner, .. } => goes(self, owner, &[Activated, Verified], Verified),
            OwnerEvent::Closed { owner } => goes(self, owner, &[Registered, Activated, Verified], Closed),
            OwnerEvent::CurrencyOpened { owner, .. }
            | OwnerEvent::PurseOpened { owner, .. }
            | OwnerEvent::Frozen { owner, .. } => {
                self.stays(Thing::Owner, owner.to_key(), &[Registered, Activated, Verified]);
            }
            OwnerEvent::SetAside { owner } | OwnerEvent::Reclaimed { owner, .. } => {
                self.stays(Thing::Owner, owner.to_key(), &[Registered, Activated, Verified, Closed]);
            }
        }
    }

    /// A payee goes on under its name: a new version takes the place of the one before.
    fn payee(&mut self, event: &PayeeEvent) {
        match event {
            PayeeEvent::Added { owner, payee } => {
                let name = self.keys.fingerprint_of_two(&owner.to_key(), &payee.id.to_key());
                self.phases.at.insert((Thing::Payee, name), Added);
            }
            PayeeEvent::Verified { owner, payee } => {
                self.payee_goes([owner.to_key(), payee.to_key()], &[Added], Verified);
            }
            PayeeEvent::Removed { owner, payee } => {
                self.payee_goes([owner.to_key(), payee.to_key()], &[Added, Verified], Removed);
            }
        }
    }

    fn payee_goes(&mut self, [owner, payee]: [Key; 2], from: &[Phase], to: Phase) {
        let name = self.keys.fingerprint_of_two(&owner, &payee);
        let was = self.phases.at.insert((Thing::Payee, name), to);
        if was.is_none_or(|was| !from.contains(&was)) {
            self.breaks(|| format!("payee {payee} of {owner} becomes {to} where it may not"));
        }
    }

    fn top_up(&mut self, event: &TopUpEvent) {
        match event {
            TopUpEvent::Requested(top_up) => self.top_up_requested(top_up),
            TopUpEvent::Received { receipt, arrival } => {
                let (from, to): (&[Phase], _) = match arrival {
                    Arrival::Matching => (&[Initiated], Pending),
                    Arrival::Differing => (&[Initiated], Suspended),
                    Arrival::Late => (&[Failed, Expired], ReceivedLate),
                    // It belongs to no top-up, or not any more.
                    Arrival::Stray => return,
                };
                self.goes(Thing::TopUp, receipt.top_up, from, to);
            }
            TopUpEvent::Applied { top_up, .. } => {
                self.goes(Thing::TopUp, *top_up, &[Pending, Suspended, ReceivedLate], Applied);
                self.loaded(*top_up);
            }
            TopUpEvent::Failed { top_up } => {
                self.goes(Thing::TopUp, *top_up, &[Initiated, Pending], Failed);
            }
            TopUpEvent::Expired { top_up, .. } => self.goes(Thing::TopUp, *top_up, &[Initiated], Expired),
            TopUpEvent::Refunding { top_up, refund } => {
                let from = [Pending, Suspended, ReceivedLate, Applied];
                self.goes(Thing::TopUp, *top_up, &from, Refunding);
                self.refund_begins(refund);
            }
            TopUpEvent::StrayReturned { refund } => self.refund_begins(refund),
            TopUpEvent::ChargedBack { top_up, .. } => {
                self.goes(Thing::TopUp, *top_up, &[Applied], ChargedBack);
            }
            TopUpEvent::ChargebackWon { top_up, .. } => {
                self.goes(Thing::TopUp, *top_up, &[ChargedBack], Applied);
            }
        }
    }

    fn top_up_requested(&mut self, top_up: &TopUp) {
        self.begins(Thing::TopUp, top_up.name, &[Initiated], top_up.phase);
        if let TopUpTarget::Card { card, .. } = top_up.target {
            self.follows((Thing::TopUp, top_up.name), (Thing::Card, card.to_key()));
        }
    }

    /// The first load activates a card.
    fn loaded(&mut self, top_up: Key) {
        if let Some((thing, card)) = self.follower(Thing::TopUp, top_up)
            && self.phase(thing, card) == Some(Issued)
        {
            self.goes(thing, card, &[Issued], Active);
        }
    }

    fn refund_begins(&mut self, refund: &Refund) {
        self.begins(Thing::Refund, refund.name, &[Accepted], refund.phase);
        let of = match refund.of {
            RefundOf::TopUp(top_up) => (Thing::TopUp, top_up),
            RefundOf::GiftCard(card) => (Thing::GiftCard, card.to_key()),
            RefundOf::Payment(_) | RefundOf::Card(_) | RefundOf::Receipt(_) => return,
        };
        self.follows((Thing::Refund, refund.name), of);
    }

    fn refund(&mut self, event: &RefundEvent) {
        match event {
            RefundEvent::Sent { refund } => {
                self.refund_goes(
                    *refund,
                    (&[Accepted, Failed], InTransit),
                    (&[Refunding, RefundFailed], Refunding),
                );
            }
            RefundEvent::Completed { refund } => {
                let from = &[Accepted, InTransit, Rerouted];
                self.refund_goes(*refund, (from, Completed), (&[Refunding], Refunded));
            }
            RefundEvent::Failed { refund } => {
                let from = &[Accepted, InTransit, Rerouted, Completed];
                self.refund_goes(*refund, (from, Failed), (&[Refunding, Refunded], RefundFailed));
            }
            RefundEvent::Rerouted { refund, .. } => {
                self.refund_goes(*refund, (&[Failed], Rerouted), (&[RefundFailed], Refunding));
            }
            RefundEvent::Recredited { refund, .. } => {
                let gift = self.follower(Thing::Refund, *refund).is_some_and(|(of, _)| of == Thing::GiftCard);
                let again = if gift { Issued } else { Applied };
                self.refund_goes(*refund, (&[Failed], Recredited), (&[RefundFailed], again));
            }
            RefundEvent::Unclaimed { refund } => {
                self.refund_goes(*refund, (&[Failed], Closed), (&[RefundFailed], Refunded));
            }
        }
    }

    /// A refund goes on, and what it gives back goes with it.
    fn refund_goes(&mut self, refund: Key, own: (&[Phase], Phase), with: (&[Phase], Phase)) {
        self.goes(Thing::Refund, refund, own.0, own.1);
        if let Some((thing, name)) = self.follower(Thing::Refund, refund) {
            self.goes(thing, name, with.0, with.1);
        }
    }

    fn gift(&mut self, event: &GiftEvent) {
        match event {
            GiftEvent::Sold(card) => self.begins(Thing::GiftCard, card.id.to_key(), &[Issued], card.phase),
            GiftEvent::Redeemed { card, .. } => {
                self.goes(Thing::GiftCard, card.to_key(), &[Issued], Redeemed);
            }
            GiftEvent::Refunding { card, refund } => {
                self.goes(Thing::GiftCard, card.to_key(), &[Issued], Refunding);
                self.refund_begins(refund);
            }
        }
    }

    fn payment(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::Authorised { .. } => self.made(Thing::Payment, Authorised),
            PaymentEvent::Paid { .. } => self.made(Thing::Payment, Paid),
            PaymentEvent::Confirmed { payment } => self.goes(Thing::Payment, *payment, &[Authorised], Paid),
            PaymentEvent::Cancelled { payment } => {
                self.goes(Thing::Payment, *payment, &[Authorised], Cancelled);
            }
            PaymentEvent::Released { payment, to, .. } => {
                self.payment_goes(*payment, *to, &[Paid], &[Paid, Released]);
            }
            PaymentEvent::Refunded { payment, to, refund, .. } => {
                self.payment_goes(*payment, *to, &[Paid, Released], &[Paid, Released, Refunded]);
                if let Some(refund) = refund {
                    self.refund_begins(refund);
                }
            }
        }
    }

    /// Part of a payment leaves it where it is; it never goes back from released to paid.
    fn payment_goes(&mut self, payment: Key, to: Phase, from: &[Phase], may: &[Phase]) {
        let was = self.phase(Thing::Payment, payment);
        if !may.contains(&to) || (was == Some(Released) && to == Paid) {
            self.breaks(|| format!("payment {payment} becomes {to}"));
        }
        self.goes(Thing::Payment, payment, from, to);
    }

    fn card(&mut self, event: &CardEvent) {
        const ALIVE: &[Phase] = &[Issued, Active, Frozen];
        const UNTIL_CLOSED: &[Phase] = &[Issued, Active, Frozen, Expired, Closing];
        let goes = |walk: &mut Self, card: &CardId, from: &[Phase], to| {
            walk.goes(Thing::Card, card.to_key(), from, to);
        };
        match event {
            CardEvent::Issued { card, .. } => self.begins(Thing::Card, card.to_key(), &[Issued], Issued),
            CardEvent::Frozen { card } => goes(self, card, &[Active], Frozen),
            CardEvent::Unfrozen { card } => goes(self, card, &[Frozen], Active),
            CardEvent::Expired { card, .. } => goes(self, card, ALIVE, Expired),
            CardEvent::Closing { card, .. } => goes(self, card, &[Issued, Active, Frozen, Expired], Closing),
            CardEvent::Closed { card } => goes(self, card, UNTIL_CLOSED, Closed),
            CardEvent::Reactivated { card, .. } => goes(self, card, &[Expired], Active),
            // What the network has approved in our place stands, whatever the card is, until it is closed.
            CardEvent::Authorised { card, advice, .. } => {
                let within = if *advice { UNTIL_CLOSED } else { &[Issued, Active] };
                self.stays(Thing::Card, card.to_key(), within);
            }
            CardEvent::Returned { shares, .. } => {
                shares.iter().for_each(|share| self.refund_begins(&share.refund));
            }
            CardEvent::Incremented { .. }
            | CardEvent::Reversed { .. }
            | CardEvent::ReversalParked { .. }
            | CardEvent::Cleared { .. }
            | CardEvent::CreditAuthorised { .. }
            | CardEvent::CreditReversed { .. }
            | CardEvent::CreditCleared { .. }
            | CardEvent::SetAside { .. }
            | CardEvent::Unclaimed { .. } => {}
        }
    }

    fn withdrawal(&mut self, event: &WithdrawalEvent) {
        let (withdrawal, from, to): (_, &[Phase], _) = match event {
            WithdrawalEvent::Made { is } => {
                return self.begins(Thing::Withdrawal, is.name, &[Requested, Submitted], is.phase);
            }
            WithdrawalEvent::Went { withdrawal, to } => {
                let from: &[Phase] = match to {
                    Submitted | Cancelled => &[Requested],
                    Unknown => &[Submitted],
                    Settled => &[Sent],
                    _ => &[],
                };
                (withdrawal, from, *to)
            }
            WithdrawalEvent::Sent { withdrawal, .. } => (withdrawal, &[Submitted, Unknown], Sent),
            WithdrawalEvent::Rejected { withdrawal, .. } => (withdrawal, &[Submitted, Unknown], Rejected),
            WithdrawalEvent::Returned { withdrawal, .. } => (withdrawal, &[Sent, Settled], Returned),
        };
        self.goes(Thing::Withdrawal, *withdrawal, from, to);
    }

    fn exchange(&mut self, event: &ExchangeEvent) {
        match event {
            ExchangeEvent::Quoted { .. } => self.made(Thing::Quote, Locked),
            ExchangeEvent::Executed { quote } => self.goes(Thing::Quote, *quote, &[Locked], Executed),
            ExchangeEvent::Cancelled { quote } => self.goes(Thing::Quote, *quote, &[Locked], Cancelled),
            // In part or whole: the event does not say how much is left, so it stands as executed here.
            ExchangeEvent::Refunded { quote, .. } => self.stays(Thing::Quote, *quote, &[Executed]),
            ExchangeEvent::Covered { .. } | ExchangeEvent::Revalued { .. } => {}
        }
    }

    fn collection(&mut self, event: &CollectionEvent) {
        type Event = CollectionEvent;
        let (batch, from, to): (_, &[Phase], _) = match event {
            Event::ReceiverOpened { .. } => return self.made(Thing::Receiver, Active),
            Event::DetailsReplaced { receiver, .. } | Event::Assigned { receiver, .. } => {
                return self.stays(Thing::Receiver, *receiver, &[Active]);
            }
            Event::ReceiverClosed { receiver } => {
                return self.goes(Thing::Receiver, *receiver, &[Active], Closed);
            }
            Event::Received { is } => {
                return self.begins(Thing::Item, is.name, &[Open, Credited], is.phase);
            }
            Event::Identified { deposit, .. } => return self.goes(Thing::Item, *deposit, &[Open], Credited),
            Event::SentBack { deposit } => return self.goes(Thing::Item, *deposit, &[Open], Returned),
            Event::ClawedBack { .. } => return,
            Event::BatchOpened { is } => return self.begins(Thing::Batch, is.name, &[Open], is.phase),
            Event::CutOff { batch, .. } => (batch, &[Open], CutOff),
            Event::BatchSent { batch, .. } => (batch, &[CutOff], Sent),
            Event::BatchSettled { batch } => (batch, &[Sent], Settled),
            Event::Slipped { batch, .. } => (batch, &[CutOff], Slipped),
            Event::BatchReturned { batch, .. } => (batch, &[Sent, Settled], Returned),
        };
        self.goes(Thing::Batch, *batch, from, to);
    }

    /// Where a plan stands follows from its parts; here it is active until it is written off.
    fn credit(&mut self, event: &CreditEvent) {
        match event {
            CreditEvent::Granted { .. } => self.made(Thing::Plan, Active),
            // The merchant gets the order's money, whatever becomes of what the buyer owes.
            CreditEvent::Released { plan, .. } => self.stays(Thing::Plan, *plan, &[Active, WrittenOff]),
            CreditEvent::Paid { plan, .. }
            | CreditEvent::FellDue { plan, .. }
            | CreditEvent::Refunded { plan, .. } => self.stays(Thing::Plan, *plan, &[Active]),
            CreditEvent::WrittenOff { plan } => self.goes(Thing::Plan, *plan, &[Active], WrittenOff),
        }
    }

    fn dispute(&mut self, event: &DisputeEvent) {
        match event {
            DisputeEvent::Opened { .. } => self.made(Thing::Dispute, Open),
            DisputeEvent::Credited { dispute } => self.goes(Thing::Dispute, *dispute, &[Open], Credited),
            DisputeEvent::Won { dispute, .. } => self.goes(Thing::Dispute, *dispute, &[Open, Credited], Won),
            DisputeEvent::Lost { dispute } => self.goes(Thing::Dispute, *dispute, &[Open, Credited], Lost),
        }
    }

    fn case(&mut self, event: &CaseEvent) {
        let left = |is_cleared: bool| if is_cleared { Cleared } else { Open };
        match event {
            CaseEvent::Opened { is_cleared, .. } => self.made(Thing::Case, left(*is_cleared)),
            CaseEvent::Cleared { case, is_cleared } => {
                self.goes(Thing::Case, *case, &[Open], left(*is_cleared));
            }
            CaseEvent::DebtWrittenOff { .. }
            | CaseEvent::GoodwillGiven { .. }
            | CaseEvent::FraudBorne { .. } => {}
        }
    }
}
