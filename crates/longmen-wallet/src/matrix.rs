//! The matrix of permitted postings: between which kinds of accounts money may go.
//!
//! The rules on client money say where it may go (PBOC Order 2021 No. 1 for the central deposit); this table is how
//! they are kept. Every posting and every hold of a product is held against it, and so are free adjustments. What is
//! not here does not happen: no outsider's money is posted straight to a merchant, no client money to income but fees.

use longmen_core::{Detail, Reason, Refusal, Thing};

use crate::Role;

/// Which accounts may be credited where one of the first is debited in the same currency.
pub const PERMITTED: &[(Role, &[Role])] = {
    use Role::{
        BadDebt, Capital, Card, ChannelCost, Clearing, CreditFees, CrossBorder, Debts, Disputed, Escrow,
        ExchangeLoss, Expired, FraudLoss, GiftCards, Goodwill, InstalmentFees, Instalments, Margin, Merchant,
        Network, Nostro, Own, Payouts, Position, Purse, Refunds, Reserve, RoundingGain, RoundingLoss,
        ServiceFees, Subsidy, Surcharges, SuspenseCredit, SuspenseDebit, Tax, TopUpFees, TopUps, Unclaimed,
        Unearned, Unidentified, Wallet,
    };
    &[
        // What comes in from outside.
        (
            Clearing,
            &[
                Escrow,
                Surcharges,
                Tax,
                TopUps,
                TopUpFees,
                Unidentified,
                GiftCards,
                Debts,
                Disputed,
                Reserve,
                Nostro,
                Wallet,
                SuspenseCredit,
                Unclaimed,
                Refunds,
                CrossBorder,
                Purse,
                Card,
                BadDebt,
            ],
        ),
        (
            Reserve,
            &[
                Clearing,
                Own,
                Reserve,
                Nostro,
                CrossBorder,
                Unidentified,
                Position,
                Network,
                Payouts,
                Refunds,
                Merchant,
                SuspenseCredit,
                SuspenseDebit,
            ],
        ),
        (
            CrossBorder,
            &[
                Unidentified,
                Reserve,
                Nostro,
                Own,
                Merchant,
                Position,
                Payouts,
                Refunds,
                SuspenseCredit,
                SuspenseDebit,
                Clearing,
            ],
        ),
        (
            Nostro,
            &[
                Merchant,
                Escrow,
                Unidentified,
                Position,
                Own,
                Clearing,
                Nostro,
                Reserve,
                CrossBorder,
                Network,
                Payouts,
                Refunds,
                SuspenseCredit,
                SuspenseDebit,
            ],
        ),
        (Own, &[Capital, Reserve, Nostro, CrossBorder]),
        // What customers and merchants do.
        (
            Wallet,
            &[
                Escrow,
                Wallet,
                Purse,
                Payouts,
                ServiceFees,
                Position,
                Clearing,
                Debts,
                Refunds,
                Instalments,
                InstalmentFees,
                Unclaimed,
                Disputed,
                SuspenseDebit,
            ],
        ),
        (Purse, &[Escrow, Refunds, Unclaimed, Clearing, Debts, Disputed, SuspenseDebit]),
        (Card, &[Network, Expired, Debts, Refunds, Clearing, Disputed, Unclaimed]),
        (
            Merchant,
            &[
                Payouts,
                ServiceFees,
                Clearing,
                Refunds,
                Wallet,
                Purse,
                Position,
                Unclaimed,
                Debts,
                Instalments,
                ExchangeLoss,
                SuspenseDebit,
            ],
        ),
        (
            Escrow,
            &[
                Merchant,
                ServiceFees,
                Clearing,
                Refunds,
                Wallet,
                Purse,
                Unclaimed,
                Instalments,
                InstalmentFees,
            ],
        ),
        // What is on its way.
        (TopUps, &[Wallet, Purse, Card, Refunds, Clearing, Unidentified, TopUpFees]),
        (GiftCards, &[Purse, Wallet, Refunds, Unclaimed]),
        (
            Refunds,
            &[Clearing, Payouts, Wallet, Purse, Card, Expired, Unclaimed, Merchant, TopUpFees, GiftCards],
        ),
        (Expired, &[Refunds, Unclaimed, Card, Clearing, Network]),
        (Payouts, &[Reserve, Nostro, CrossBorder, Wallet, Merchant, Unclaimed, Refunds]),
        (
            Unidentified,
            &[
                Wallet,
                Merchant,
                Purse,
                Card,
                Refunds,
                Payouts,
                Clearing,
                Nostro,
                Reserve,
                CrossBorder,
                Unclaimed,
                TopUps,
                TopUpFees,
                Escrow,
            ],
        ),
        (Unclaimed, &[Wallet, Payouts, Merchant, Refunds]),
        (Network, &[Card, Reserve, Nostro, Expired, Disputed, Unclaimed, ChannelCost]),
        // What is owed to the operator.
        (
            Debts,
            &[
                Clearing, Network, Disputed, Wallet,
                // A merchant who cannot cover a refund owes it: to a purse, or for a wallet that was closed.
                Purse, Unclaimed, Refunds,
            ],
        ),
        (Disputed, &[Wallet, Card, Purse, Expired, Unclaimed]),
        (Instalments, &[Escrow]),
        (InstalmentFees, &[Unearned]),
        (Unearned, &[CreditFees, InstalmentFees, Subsidy, Merchant]),
        // Exchange.
        (Position, &[Wallet, Merchant, Margin, Nostro, Reserve, CrossBorder, ExchangeLoss, Refunds]),
        (ExchangeLoss, &[Position, Wallet, Merchant, Refunds]),
        (Margin, &[Position]),
        // Income that is given back.
        (TopUpFees, &[Refunds, Clearing, Wallet]),
        (ServiceFees, &[Wallet, Merchant, Unclaimed]),
        (Surcharges, &[Clearing, Refunds]),
        (Tax, &[Clearing, Refunds]),
        // What is lost.
        (ChannelCost, &[Clearing, Reserve, Nostro, Wallet, Merchant, Unclaimed, Own, Network, SuspenseDebit]),
        (FraudLoss, &[Clearing, Debts, Network, Disputed]),
        (Goodwill, &[Wallet, Purse, Card, Merchant]),
        (BadDebt, &[Instalments, Debts, Disputed]),
        (Subsidy, &[Clearing, InstalmentFees]),
        (RoundingLoss, &[Position]),
        (Position, &[RoundingGain]),
        // What cannot be explained yet, and is explained later.
        (SuspenseDebit, &[Clearing, Reserve, Nostro, CrossBorder, Wallet, Merchant, Network]),
        (
            SuspenseCredit,
            &[
                Clearing,
                Reserve,
                Nostro,
                CrossBorder,
                Wallet,
                Merchant,
                ServiceFees,
                Own,
                Network,
                ChannelCost,
            ],
        ),
    ]
};

/// The same, for each debited role a bit for each credited one.
const CREDITS: [u64; Role::ALL.len()] = {
    assert!(Role::ALL.len() <= 64);
    let mut bits = [0; Role::ALL.len()];
    let mut row = 0_usize;
    while row < PERMITTED.len() {
        let (debit, credits) = PERMITTED[row];
        let mut at = 0_usize;
        while at < credits.len() {
            bits[debit.index()] |= 1_u64 << credits[at].index();
            at = at.wrapping_add(1);
        }
        row = row.wrapping_add(1);
    }
    bits
};

/// Whether an account of one role may be debited and one of another credited in the same posting.
#[must_use]
pub fn is_permitted(debit: Role, credit: Role) -> bool {
    CREDITS.get(debit.index()).is_some_and(|credits| credits & (1 << credit.index()) != 0)
}

/// Refuses a posting between accounts of these roles, unless it is permitted.
pub(crate) fn permit(debit: Role, credit: Role) -> Result<(), Refusal> {
    if is_permitted(debit, credit) {
        return Ok(());
    }
    Err(Refusal::new(Reason::PostingNotPermitted).about(Detail::Thing(Thing::SubAccount)))
}
