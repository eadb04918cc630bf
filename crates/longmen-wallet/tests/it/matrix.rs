//! The matrix of permitted postings, said a second time: by the movements that need each pair.

use std::collections::{BTreeMap, BTreeSet};

use longmen_wallet::{PERMITTED, Role, is_permitted};

/// Which movement needs which credits where a role is debited.
const NEEDED: &[(&str, Role, &[Role])] = {
    use Role::{
        BadDebt, Capital, Card, ChannelCost, Clearing, CreditFees, CrossBorder, Debts, Disputed, Escrow,
        ExchangeLoss, Expired, FraudLoss, GiftCards, Goodwill, InstalmentFees, Instalments, Margin, Merchant,
        Network, Nostro, Own, Payouts, Position, Purse, Refunds, Reserve, RoundingGain, RoundingLoss,
        ServiceFees, Subsidy, Surcharges, SuspenseCredit, SuspenseDebit, Tax, TopUpFees, TopUps, Unclaimed,
        Unearned, Unidentified, Wallet,
    };
    &[
        (
            "A payment by a channel: the order's money, a surcharge, its tax (M01 M03 M04)",
            Clearing,
            &[Escrow, Surcharges, Tax],
        ),
        (
            "A top-up, a load or a gift card is paid for (M07 to M10, M13)",
            Clearing,
            &[TopUps, TopUpFees, GiftCards],
        ),
        ("What a channel brings and nobody knows, or not that much", Clearing, &[Unidentified]),
        (
            "A claim is won, and pays who made it or what is owed",
            Clearing,
            &[Disputed, Debts, Wallet, Purse, Card, Unclaimed],
        ),
        ("A refund that had gone out comes back", Clearing, &[Refunds]),
        ("A channel takes its net instead of paying it", Clearing, &[Reserve, CrossBorder, Nostro]),
        ("A settlement brings more than its items", Clearing, &[SuspenseCredit]),
        ("A channel pays over what it took", Reserve, &[Clearing]),
        ("A channel pays over what it took", CrossBorder, &[Clearing]),
        ("A channel pays over what it took", Nostro, &[Clearing]),
        ("Own money goes in and comes out", Reserve, &[Own]),
        ("Own money goes in and comes out", CrossBorder, &[Own]),
        ("Own money goes in and comes out", Nostro, &[Own]),
        ("Own money goes in and comes out", Own, &[Capital, Reserve, CrossBorder, Nostro]),
        (
            "Client money is moved between its banks, and between pools",
            Reserve,
            &[Reserve, CrossBorder, Nostro],
        ),
        ("Client money is moved between its banks, and between pools", CrossBorder, &[Reserve, Nostro]),
        (
            "Client money is moved between its banks, and between pools",
            Nostro,
            &[Reserve, CrossBorder, Nostro],
        ),
        ("A payout comes back, or a refund that was paid out (E11)", Reserve, &[Payouts, Refunds]),
        ("A payout comes back, or a refund that was paid out (E11)", CrossBorder, &[Payouts, Refunds]),
        ("A payout comes back, or a refund that was paid out (E11)", Nostro, &[Payouts, Refunds]),
        ("A receipt of an unknown sender (M19, R5)", Reserve, &[Unidentified]),
        ("A receipt of an unknown sender (M19, R5)", CrossBorder, &[Unidentified]),
        ("A receipt of an unknown sender (M19, R5)", Nostro, &[Unidentified]),
        ("A platform pays a merchant (M19)", CrossBorder, &[Merchant]),
        ("A platform pays a merchant (M19)", Reserve, &[Merchant]),
        ("A chargeback of a debt that was written off is won", Clearing, &[BadDebt]),
        ("A platform pays a merchant (M19), or for an order", Nostro, &[Merchant, Escrow]),
        ("A position is covered at a bank (M16)", Reserve, &[Position]),
        ("A position is covered at a bank (M16)", CrossBorder, &[Position]),
        ("A position is covered at a bank (M16)", Nostro, &[Position]),
        ("A network pays what it owes", Reserve, &[Network]),
        ("A network pays what it owes", Nostro, &[Network]),
        (
            "What a bank account shows and nobody can explain yet, and its explanation",
            Reserve,
            &[SuspenseCredit, SuspenseDebit],
        ),
        (
            "What a bank account shows and nobody can explain yet, and its explanation",
            CrossBorder,
            &[SuspenseCredit, SuspenseDebit],
        ),
        (
            "What a bank account shows and nobody can explain yet, and its explanation",
            Nostro,
            &[SuspenseCredit, SuspenseDebit],
        ),
        ("A payment (M02)", Wallet, &[Escrow]),
        ("A transfer between wallets, or onto a purse (M15)", Wallet, &[Wallet, Purse]),
        ("A withdrawal and its fee (M17, M18)", Wallet, &[Payouts, ServiceFees]),
        ("A conversion (M16)", Wallet, &[Position]),
        ("A chargeback of a top-up; what is owed is recovered", Wallet, &[Clearing, Debts]),
        ("An unspent top-up goes back (M11)", Wallet, &[Refunds]),
        ("A part of a credit is paid (M03b)", Wallet, &[Instalments, InstalmentFees]),
        ("A wallet is closed with money left", Wallet, &[Unclaimed]),
        ("A credit of a dispute is taken back", Wallet, &[Disputed]),
        ("What was in suspense turns out to be the customer's", Wallet, &[SuspenseDebit]),
        (
            "The same for a purse",
            Purse,
            &[Escrow, Refunds, Unclaimed, Clearing, Debts, Disputed, SuspenseDebit],
        ),
        ("A card is spent, and expires (M14)", Card, &[Network, Expired]),
        ("A load goes back, or is charged back", Card, &[Refunds, Clearing, Debts]),
        (
            "A card's credit of a dispute is taken back; its holder cannot be paid",
            Card,
            &[Disputed, Unclaimed],
        ),
        ("A merchant withdraws, converts and pays fees", Merchant, &[Payouts, ServiceFees, Position]),
        (
            "A merchant gives back what was paid (M03, M11)",
            Merchant,
            &[Clearing, Refunds, Wallet, Purse, Unclaimed, Instalments],
        ),
        ("A merchant bears a difference of exchange", Merchant, &[ExchangeLoss]),
        (
            "What a merchant owes is recovered; what was in suspense is the merchant's",
            Merchant,
            &[Debts, SuspenseDebit],
        ),
        ("An order is released (M06)", Escrow, &[Merchant, ServiceFees]),
        (
            "An order is given back before that",
            Escrow,
            &[Clearing, Refunds, Wallet, Purse, Unclaimed, Instalments],
        ),
        ("A merchant pays the interest of a credit", Escrow, &[InstalmentFees]),
        ("A top-up is applied", TopUps, &[Wallet, Purse, Card, TopUpFees]),
        ("A top-up is not applied", TopUps, &[Refunds, Clearing, Unidentified]),
        (
            "A gift card is redeemed (M10), or given back, or its holder is not found",
            GiftCards,
            &[Purse, Wallet, Refunds, Unclaimed],
        ),
        ("A refund arrives", Refunds, &[Clearing, Payouts]),
        (
            "A refund cannot arrive (F13)",
            Refunds,
            &[Wallet, Purse, Card, Expired, Unclaimed, Merchant, TopUpFees, GiftCards],
        ),
        (
            "What is left of a card goes back, or is spent late (E12)",
            Expired,
            &[Refunds, Unclaimed, Card, Network, Clearing],
        ),
        ("A payout has left the bank", Payouts, &[Reserve, Nostro, CrossBorder]),
        ("A payout is rejected or comes back", Payouts, &[Wallet, Merchant, Unclaimed, Refunds]),
        (
            "A receipt is identified",
            Unidentified,
            &[Wallet, Merchant, Purse, Card, TopUps, TopUpFees, Escrow],
        ),
        (
            "A receipt goes back",
            Unidentified,
            &[Refunds, Payouts, Clearing, Nostro, Reserve, CrossBorder, Unclaimed],
        ),
        ("Whoever it belongs to comes back", Unclaimed, &[Wallet, Payouts, Merchant, Refunds]),
        (
            "A network credits a card, whose life may be over, or whose holder is gone",
            Network,
            &[Card, Expired, Unclaimed],
        ),
        (
            "A network is paid, takes its cost back, or owes a claim",
            Network,
            &[Reserve, Nostro, ChannelCost, Disputed],
        ),
        ("What the outside world took is not there (E1, E9)", Debts, &[Clearing, Network, Disputed]),
        ("A merchant owes what it cannot give back (E44)", Debts, &[Wallet, Purse, Unclaimed, Refunds]),
        (
            "A customer is credited until a dispute is over",
            Disputed,
            &[Wallet, Card, Purse, Expired, Unclaimed],
        ),
        ("A credit is granted (M03b)", Instalments, &[Escrow]),
        ("A credit is granted (M03b)", InstalmentFees, &[Unearned]),
        ("Its fees are earned, or will not be paid", Unearned, &[CreditFees, InstalmentFees]),
        ("Interest that was paid for a time that will not be goes back", Unearned, &[Subsidy, Merchant]),
        (
            "A conversion is executed (M16), and a position covered",
            Position,
            &[Wallet, Merchant, Nostro, Reserve, CrossBorder],
        ),
        ("Its margin, and its rounding", Position, &[Margin, RoundingGain]),
        ("A refund after exchange, and a position at its value", Position, &[ExchangeLoss, Refunds]),
        ("A loss of exchange", ExchangeLoss, &[Position, Wallet, Merchant, Refunds]),
        ("A margin is given back at another rate", Margin, &[Position]),
        ("Fees are given back by the terms", TopUpFees, &[Refunds, Clearing, Wallet]),
        ("Fees are given back by the terms", ServiceFees, &[Wallet, Merchant, Unclaimed]),
        ("Fees are given back by the terms", Surcharges, &[Clearing, Refunds]),
        ("Fees are given back by the terms", Tax, &[Clearing, Refunds]),
        ("What channels and banks charge", ChannelCost, &[Clearing, Reserve, Nostro, Own, Network]),
        (
            "What banks took off a payout is borne by the operator",
            ChannelCost,
            &[Wallet, Merchant, Unclaimed],
        ),
        ("A case turns out to be a cost", ChannelCost, &[SuspenseDebit]),
        ("Fraud is borne", FraudLoss, &[Clearing, Debts, Network, Disputed]),
        ("For the sake of peace", Goodwill, &[Wallet, Purse, Card, Merchant]),
        ("What will not be paid", BadDebt, &[Instalments, Debts, Disputed]),
        ("The operator pays the interest (M03, M03b)", Subsidy, &[Clearing, InstalmentFees]),
        ("Rounding", RoundingLoss, &[Position]),
        (
            "Something is missing: a case",
            SuspenseDebit,
            &[Clearing, Reserve, Nostro, CrossBorder, Wallet, Merchant, Network],
        ),
        (
            "Something was too much, and its explanation",
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

#[test]
fn what_the_movements_need_is_permitted_and_nothing_beyond_that() {
    let mut needed = BTreeMap::new();
    for (movement, debit, credits) in NEEDED {
        for credit in *credits {
            let twice = needed.insert((*debit, *credit), *movement);
            assert!(twice.is_none(), "{debit:?} to {credit:?} is said twice");
            assert!(is_permitted(*debit, *credit), "{movement}: {debit:?} to {credit:?}");
        }
    }
    for (debit, credits) in PERMITTED {
        for credit in *credits {
            assert!(needed.contains_key(&(*debit, *credit)), "nothing needs {debit:?} to {credit:?}");
        }
    }
}

#[test]
fn no_pair_is_in_the_matrix_twice() {
    let mut seen = BTreeSet::new();
    for (debit, credits) in PERMITTED {
        for credit in *credits {
            assert!(seen.insert((*debit, *credit)), "{debit:?} to {credit:?}");
        }
    }
}

#[test]
fn r5_nobody_but_a_platform_pays_a_merchant_straight_from_outside() {
    let straight: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| role.is_resource() || *role == Role::Clearing)
        .filter(|role| is_permitted(*role, Role::Merchant))
        .collect();
    // A platform's payout arrives at a bank of the pool; what a buyer sends is kept apart or in escrow.
    assert_eq!(straight, [Role::Reserve, Role::CrossBorder, Role::Nostro]);
    assert!(!is_permitted(Role::Wallet, Role::Merchant) && !is_permitted(Role::Card, Role::Merchant));
}

#[test]
fn the_central_deposit_pays_only_what_the_order_on_client_money_lists() {
    // PBOC Order 2021 No. 1: to customers and merchants through payouts, to the own account, to the account for
    // business across the border, to other institutions; the rest is a channel's net, cost, cover or a case.
    let credits: Vec<Role> =
        Role::ALL.iter().copied().filter(|debit| is_permitted(*debit, Role::Reserve)).collect();
    use Role::{
        ChannelCost, Clearing, CrossBorder, Network, Nostro, Own, Payouts, Position, Reserve, SuspenseCredit,
        SuspenseDebit, Unidentified,
    };
    let listed = [
        Reserve,
        CrossBorder,
        Nostro,
        Own,
        Clearing,
        Position,
        SuspenseDebit,
        Payouts,
        Unidentified,
        Network,
        SuspenseCredit,
        ChannelCost,
    ];
    assert_eq!(credits, listed);
}

#[test]
fn client_money_becomes_income_only_as_a_fee() {
    let income = [Role::TopUpFees, Role::ServiceFees, Role::Surcharges, Role::CreditFees];
    for debit in Role::ALL.iter().copied().filter(|role| role.is_client_money()) {
        let others = Role::ALL.iter().copied().filter(|role| !income.contains(role));
        for credit in others.filter(|role| role.class() == longmen_core::Class::Income) {
            assert!(!is_permitted(debit, credit), "{debit:?} to {credit:?}");
        }
    }
}
