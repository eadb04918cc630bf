use longmen_core::{Detail, Key, Phase, Reason, Side, Thing};
use longmen_money::{Amount, Currency};
use longmen_wallet::{
    CaseCommand, CreditCommand, CreditTerms, HouseCommand, OwnerCommand, OwnerKind, PartState, Plan,
    RefundParts, Role, Terms,
};
use proptest::prelude::*;

use crate::case::{funds, moves, of, owes};
use crate::channel::{house, on};
use crate::teller::{DAY, Teller, read, sum};

/// Terms as a test wants them: 3, 6 or 12 parts, a fee of 6 % that the owner pays, at most 5,000.00 CNY.
fn terms() -> CreditTerms {
    CreditTerms {
        parts: vec![1, 2, 3, 6, 12],
        fee_ppm: 60_000,
        maximum: Some(sum("5000.00 CNY")),
        ..CreditTerms::default()
    }
}

fn world(terms: CreditTerms) -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("huabei", Terms::Credit(terms));
    teller
}

/// So many days, 30 days apart.
fn days(teller: &Teller, count: u64) -> Vec<u64> {
    (1..=count).map(|month| teller.now + 30 * DAY * month).collect()
}

fn grant(teller: &Teller, principal: &str, parts: u64) -> CreditCommand {
    CreditCommand::Grant {
        owner: read("alice"),
        merchant: read("shop"),
        order: read("order-1"),
        principal: sum(principal),
        due_ns: days(teller, parts),
        calendar: Some(read("cn-2026")),
        terms: read("huabei"),
    }
}

fn granted(teller: &mut Teller, principal: &str, parts: u64) -> Key {
    teller.done(grant(teller, principal, parts))
}

fn pay(plan: Key, parts: u8) -> CreditCommand {
    CreditCommand::PayPart { plan, parts }
}

fn refund(plan: Key, text: &str) -> CreditCommand {
    CreditCommand::Refund { plan, sum: sum(text) }
}

/// The principal parts in minor units.
fn principals(plan: &Plan) -> Vec<u64> {
    plan.parts.iter().map(|part| part.principal.minor()).collect()
}

impl Teller {
    fn plan(&self, name: Key) -> &Plan {
        self.state.products().plans.get(name).unwrap()
    }
}

#[test]
fn a_grant_pays_the_order_and_notes_what_is_owed() {
    let mut teller = world(terms());
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    assert_eq!(
        teller.last_posts(),
        [
            "D instalments 1000.00 CNY",
            "C escrow 1000.00 CNY",
            "D instalfees 60.00 CNY",
            "C unearned 60.00 CNY"
        ]
    );
    let own = teller.plan(plan);
    assert_eq!(principals(own), [33_334, 33_333, 33_333]);
    assert_eq!(own.parts.iter().map(|part| part.fee.minor()).collect::<Vec<_>>(), [2_000; 3]);
    assert_eq!((own.phase, own.order, own.calendar), (Phase::Active, read("order-1"), Some(read("cn-2026"))));
    let posts = teller.posts(CreditCommand::Release { plan });
    assert_eq!(posts, ["D escrow 1000.00 CNY", "C merchant 1000.00 CNY"]);
    teller.refused_for(Reason::ThingNotFound, CreditCommand::Release { plan });
    teller.replay();
}

#[test]
fn parts_sum_to_the_whole_and_the_first_ones_take_what_is_left_over() {
    let mut teller = world(terms());
    let three = granted(&mut teller, "1000.00 CNY", 3);
    assert_eq!(principals(teller.plan(three)), [33_334, 33_333, 33_333]);
    let twelve = granted(&mut teller, "999.99 CNY", 12);
    let parts = principals(teller.plan(twelve));
    assert_eq!((&parts[..3], &parts[3..]), (&[8_334; 3][..], &[8_333; 9][..]));
    assert_eq!(parts.iter().sum::<u64>(), 99_999);
    // 6 % of 999.99 is 59.9994, which is 60.00.
    assert_eq!(teller.plan(twelve).parts.iter().map(|part| part.fee.minor()).sum::<u64>(), 6_000);
    teller.replay();
}

#[test]
fn a_part_is_paid_from_the_wallet_and_its_fee_is_earned() {
    let mut teller = world(terms());
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    funds(&mut teller, "alice", "1060.00 CNY");
    assert_eq!(
        teller.posts(pay(plan, 1)),
        [
            "D wallet 353.34 CNY",
            "C instalments 333.34 CNY",
            "C instalfees 20.00 CNY",
            "D unearned 20.00 CNY",
            "C creditfees 20.00 CNY"
        ]
    );
    assert_eq!(teller.plan(plan).phase, Phase::Active);
    teller.refused_for(Reason::ExceedsRemainder, pay(plan, 3));
    teller.refused_for(Reason::AmountZero, pay(plan, 0));
    teller.done(pay(plan, 2));
    assert_eq!(teller.plan(plan).phase, Phase::Settled);
    assert_eq!(teller.available("alice", Currency::CNY), "0.00 CNY");
    for role in [Role::Instalments, Role::InstalmentFees, Role::Unearned] {
        assert_eq!(teller.house(role, Currency::CNY), "0.00 CNY");
    }
    assert_eq!(teller.house(Role::CreditFees, Currency::CNY), "60.00 CNY");
    assert!(teller.state.next_due_ns().is_none(), "nothing of it comes due any more");
    teller.replay();
}

#[test]
fn a_wallet_that_cannot_pay_a_part_pays_nothing_of_it() {
    let mut teller = world(terms());
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    funds(&mut teller, "alice", "353.33 CNY");
    let refusal = teller.refused_for(Reason::InsufficientFunds, pay(plan, 1));
    assert_eq!(refusal.short_by.minor(), 1);
    funds(&mut teller, "alice", "0.01 CNY");
    teller.done(OwnerCommand::Freeze { owner: read("alice"), debit: true, credit: false });
    teller.refused_for(Reason::AccountFrozen, pay(plan, 1));
    teller.done(OwnerCommand::Freeze { owner: read("alice"), debit: false, credit: false });
    teller.done(pay(plan, 1));
    teller.replay();
}

#[test]
fn the_writer_says_when_a_part_is_overdue_and_it_is_active_again_when_paid_up() {
    let mut teller = world(terms());
    funds(&mut teller, "alice", "2000.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    teller.done(pay(plan, 1));
    teller.pass(31 * DAY);
    assert_eq!(teller.plan(plan).phase, Phase::Active, "the first part was paid before its day");
    teller.pass(30 * DAY);
    assert_eq!(teller.plan(plan).phase, Phase::Overdue);
    assert_eq!(teller.plan(plan).parts[1].state, PartState::Overdue);
    teller.pass(30 * DAY);
    assert_eq!(teller.plan(plan).parts[2].state, PartState::Overdue);
    teller.done(pay(plan, 1));
    assert_eq!(teller.plan(plan).phase, Phase::Overdue, "the third part is overdue too");
    teller.done(pay(plan, 1));
    assert_eq!(teller.plan(plan).phase, Phase::Settled);
    let second = granted(&mut teller, "300.00 CNY", 3);
    teller.pass(30 * DAY);
    assert_eq!(teller.plan(second).phase, Phase::Overdue);
    teller.done(pay(second, 1));
    assert_eq!(teller.plan(second).phase, Phase::Active);
    teller.replay();
}

#[test]
fn who_pays_early_pays_no_fee_for_parts_that_are_not_overdue() {
    let mut teller = world(terms());
    funds(&mut teller, "alice", "2000.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    teller.pass(30 * DAY);
    assert_eq!(
        teller.posts(CreditCommand::PayEarly { plan }),
        [
            "D wallet 1020.00 CNY",
            "C instalments 1000.00 CNY",
            "C instalfees 20.00 CNY",
            "D unearned 20.00 CNY",
            "C creditfees 20.00 CNY",
            "D unearned 40.00 CNY",
            "C instalfees 40.00 CNY"
        ]
    );
    let states: Vec<PartState> = teller.plan(plan).parts.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Paid, PartState::PaidEarly, PartState::PaidEarly]);
    assert_eq!(teller.plan(plan).phase, Phase::Settled);
    assert!(teller.state.next_due_ns().is_none());
    teller.replay();
}

#[test]
fn the_operator_pays_the_interest_at_once_and_earns_it_part_by_part() {
    let mut teller = world(CreditTerms { subsidy_ppm: 1_000_000, ..terms() });
    funds(&mut teller, "alice", "2000.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    assert_eq!(
        teller.last_posts(),
        [
            "D instalments 1000.00 CNY",
            "C escrow 1000.00 CNY",
            "D instalfees 60.00 CNY",
            "C unearned 60.00 CNY",
            "D subsidy 60.00 CNY",
            "C instalfees 60.00 CNY"
        ]
    );
    assert_eq!(
        teller.posts(pay(plan, 1)),
        ["D wallet 333.34 CNY", "C instalments 333.34 CNY", "D unearned 20.00 CNY", "C creditfees 20.00 CNY"]
    );
    teller.done(CreditCommand::PayEarly { plan });
    // What was paid for is earned, whenever the owner pays.
    assert_eq!(teller.house(Role::CreditFees, Currency::CNY), "60.00 CNY");
    assert_eq!(teller.available("alice", Currency::CNY), "1000.00 CNY");
    teller.replay();
}

#[test]
fn the_merchant_pays_the_interest_out_of_the_order_and_gets_back_what_is_not_used() {
    let half = CreditTerms { subsidy_ppm: 500_000, merchant_subsidises: true, ..terms() };
    let mut teller = world(half);
    funds(&mut teller, "alice", "2000.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 2);
    assert_eq!(
        teller.last_posts()[4..],
        ["D escrow 30.00 CNY".to_owned(), "C instalfees 30.00 CNY".to_owned()]
    );
    teller.done(pay(plan, 1));
    assert_eq!(teller.house(Role::CreditFees, Currency::CNY), "30.00 CNY");
    // The order is given back before it was released: the merchant has nothing but what is in escrow.
    assert_eq!(
        teller.posts(refund(plan, "500.00 CNY")),
        [
            "D unearned 15.00 CNY",
            "C merchant 15.00 CNY",
            "D unearned 15.00 CNY",
            "C instalfees 15.00 CNY",
            "D escrow 500.00 CNY",
            "C instalments 500.00 CNY"
        ]
    );
    // 970.00 less 500.00 are in escrow, and the merchant has 15.00: 485.00 of the other 500.00.
    teller.refused_for(Reason::InsufficientFunds, refund(plan, "485.01 CNY"));
    assert_eq!(
        teller.posts(refund(plan, "485.00 CNY")),
        ["D escrow 470.00 CNY", "D merchant 15.00 CNY", "C wallet 485.00 CNY"]
    );
    assert_eq!(teller.plan(plan).phase, Phase::Settled);
    teller.replay();
}

#[test]
fn a_whole_refund_before_the_release_needs_nothing_of_the_merchant() {
    for merchant_subsidises in [false, true] {
        let mut teller = world(CreditTerms { subsidy_ppm: 1_000_000, merchant_subsidises, ..terms() });
        let plan = granted(&mut teller, "1000.00 CNY", 3);
        teller.done(refund(plan, "1000.00 CNY"));
        assert_eq!(teller.plan(plan).phase, Phase::Refunded);
        for role in [Role::Instalments, Role::InstalmentFees, Role::Unearned, Role::Subsidy, Role::CreditFees]
        {
            assert_eq!(teller.house(role, Currency::CNY), "0.00 CNY", "{role:?}");
        }
        assert_eq!(teller.available("shop", Currency::CNY), "0.00 CNY");
        teller.replay();
    }
}

#[test]
fn a_partial_refund_takes_away_the_last_parts_or_a_share_of_every_one() {
    for (policy, left) in
        [(RefundParts::LastFirst, [33_334, 16_666, 0]), (RefundParts::EveryOne, [16_667, 16_667, 16_666])]
    {
        let mut teller = world(CreditTerms { refund: policy, ..terms() });
        let plan = granted(&mut teller, "1000.00 CNY", 3);
        teller.done(refund(plan, "500.00 CNY"));
        let parts = &teller.plan(plan).parts;
        assert_eq!(parts.iter().map(|part| part.outstanding().minor()).collect::<Vec<_>>(), left);
        // A part of which nothing is left takes its fee with it.
        let fees = if policy == RefundParts::LastFirst { "40.00 CNY" } else { "60.00 CNY" };
        assert_eq!(teller.house(Role::InstalmentFees, Currency::CNY), fees);
        assert_eq!(teller.house(Role::Instalments, Currency::CNY), "500.00 CNY");
        teller.replay();
    }
}

#[test]
fn e41_a_refund_beyond_what_is_outstanding_goes_to_the_wallet() {
    let mut teller = world(terms());
    funds(&mut teller, "alice", "706.67 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    teller.done(CreditCommand::Release { plan });
    teller.done(pay(plan, 2));
    assert_eq!(teller.available("alice", Currency::CNY), "0.00 CNY");
    assert_eq!(
        teller.posts(refund(plan, "400.00 CNY")),
        [
            "D unearned 20.00 CNY",
            "C instalfees 20.00 CNY",
            "D merchant 400.00 CNY",
            "C instalments 333.33 CNY",
            "C wallet 66.67 CNY"
        ]
    );
    assert_eq!(teller.plan(plan).phase, Phase::Settled);
    teller.refused_for(Reason::ExceedsRemainder, refund(plan, "600.01 CNY"));
    teller.done(refund(plan, "600.00 CNY"));
    assert_eq!(teller.plan(plan).phase, Phase::Refunded);
    assert_eq!(teller.available("alice", Currency::CNY), "666.67 CNY");
    assert_eq!(teller.available("shop", Currency::CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn a_surplus_pays_debts_first_and_waits_for_an_owner_who_has_left() {
    let mut teller = world(terms());
    funds(&mut teller, "alice", "1060.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    teller.done(pay(plan, 3));
    owes(&mut teller, "alice", "d1", "10.00 CNY");
    assert_eq!(
        teller.posts(refund(plan, "30.00 CNY")),
        ["D escrow 30.00 CNY", "C wallet 30.00 CNY", "D wallet 10.00 CNY", "C debts 10.00 CNY"]
    );
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    let posts = teller.posts(refund(plan, "70.00 CNY"));
    assert_eq!(posts, ["D escrow 70.00 CNY", "C unclaimed 70.00 CNY"]);
    teller.replay();
}

#[test]
fn what_will_not_be_paid_is_written_off_with_its_fees() {
    let mut teller = world(CreditTerms { subsidy_ppm: 500_000, ..terms() });
    funds(&mut teller, "alice", "1060.00 CNY");
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    teller.done(pay(plan, 1));
    teller.pass(60 * DAY);
    assert_eq!(
        teller.posts(CreditCommand::WriteOff { plan }),
        [
            "D baddebt 666.66 CNY",
            "C instalments 666.66 CNY",
            "D unearned 20.00 CNY",
            "C instalfees 20.00 CNY",
            "D unearned 20.00 CNY",
            "C creditfees 20.00 CNY"
        ]
    );
    for role in [Role::Instalments, Role::InstalmentFees, Role::Unearned] {
        assert_eq!(teller.house(role, Currency::CNY), "0.00 CNY");
    }
    assert!(teller.state.next_due_ns().is_none());
    teller.replay();
}

#[test]
fn a_grant_is_refused_for_what_the_terms_do_not_offer() {
    let mut teller = world(terms());
    let refused = |teller: &mut Teller, reason, principal: &str, parts| {
        let command = grant(teller, principal, parts);
        teller.refused_for(reason, command);
    };
    refused(&mut teller, Reason::NotOffered, "1000.00 CNY", 4);
    refused(&mut teller, Reason::NotOffered, "1000.00 CNY", 0);
    refused(&mut teller, Reason::AmountZero, "0.00 CNY", 3);
    refused(&mut teller, Reason::BelowMinimum, "0.02 CNY", 3);
    refused(&mut teller, Reason::AboveMaximum, "5000.01 CNY", 3);
    refused(&mut teller, Reason::CurrencyMismatch, "1000.00 USD", 3);
    granted(&mut teller, "4000.00 CNY", 3);
    let command = grant(&teller, "1000.01 CNY", 3);
    let refusal = teller.refused_for(Reason::AboveMaximum, command);
    assert_eq!(refusal.short_by.minor(), 1);
    granted(&mut teller, "1000.00 CNY", 3);
    teller.replay();
}

#[test]
fn a_grant_is_refused_for_days_that_do_not_follow_one_another() {
    let mut teller = world(terms());
    let (past, same) = (vec![teller.now, teller.now + DAY, teller.now + 2 * DAY], {
        let day = teller.now + DAY;
        vec![day, day, day + DAY]
    });
    for days in [past, same] {
        let CreditCommand::Grant { owner, merchant, order, principal, calendar, terms, .. } =
            grant(&teller, "1000.00 CNY", 3)
        else {
            panic!()
        };
        let command =
            CreditCommand::Grant { owner, merchant, order, principal, due_ns: days, calendar, terms };
        teller.refused_for(Reason::TooLate, command);
    }
    teller.replay();
}

#[test]
fn a_grant_is_refused_for_parties_who_may_not() {
    let mut teller = world(terms());
    let between = |teller: &Teller, borrower: &str, seller: &str| {
        let CreditCommand::Grant { order, principal, due_ns, calendar, terms, .. } =
            grant(teller, "1000.00 CNY", 3)
        else {
            panic!()
        };
        let (owner, merchant) = (read(borrower), read(seller));
        CreditCommand::Grant { owner, merchant, order, principal, due_ns, calendar, terms }
    };
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    let mut register = |name, kind, pool| {
        teller.done(OwnerCommand::Register {
            owner: read(name),
            kind,
            pool: read(pool),
            terms: read("consumer"),
            currencies: vec![Currency::CNY],
        });
    };
    register("new", OwnerKind::Customer, "emoney");
    register("far", OwnerKind::Merchant, "cards");
    register("gone", OwnerKind::Merchant, "emoney");
    teller.done(OwnerCommand::Close { owner: read("gone"), sets_aside: false });
    for (borrower, seller, reason) in [
        ("nobody", "shop", Reason::ThingNotFound),
        ("alice", "nobody", Reason::ThingNotFound),
        ("shop", "shop", Reason::WrongKind),
        ("alice", "bob", Reason::WrongKind),
        ("alice", "far", Reason::WrongKind),
        ("alice", "gone", Reason::StateForbids),
        ("new", "shop", Reason::OwnerNotActivated),
    ] {
        let command = between(&teller, borrower, seller);
        teller.refused_for(reason, command);
    }
    teller.done(OwnerCommand::Activate { owner: read("new") });
    let command = between(&teller, "new", "shop");
    teller.refused_for(Reason::TierTooLow, command);
    teller.replay();
}

#[test]
fn lending_to_a_merchant_leaves_the_pool_short_until_own_money_is_put_in() {
    let mut teller = world(terms());
    granted(&mut teller, "1000.00 CNY", 3);
    let excess = |teller: &Teller| teller.state.safeguarding(teller.now)[0].excess().to_string();
    assert_eq!(excess(&teller), "-1000.00 CNY");
    let pool = read("emoney");
    teller.done(HouseCommand::Prefund { pool, into: Role::Reserve, sum: sum("1000.00 CNY") });
    assert_eq!(excess(&teller), "0.00 CNY");
    teller.replay();
}

/// A plan in a phase: with 1,000.00 CNY in 3 parts, and money in alice's wallet and the shop's account.
fn in_phase(phase: Phase) -> (Teller, Key) {
    let mut teller = world(terms());
    funds(&mut teller, "alice", "3000.00 CNY");
    let credit = on(of("shop", Role::Merchant), "");
    crate::channel::takes(&mut teller, "bank", "for-shop", Side::Debit, "2000.00 CNY");
    let moves = vec![moves(on(house(Role::Unidentified), "from"), credit, "2000.00 CNY")];
    teller.done(CaseCommand::Open { pool: read("emoney"), moves });
    let plan = granted(&mut teller, "1000.00 CNY", 3);
    match phase {
        Phase::Active => {}
        Phase::Overdue => teller.pass(30 * DAY),
        Phase::Settled => drop(teller.done(pay(plan, 3))),
        Phase::Refunded => drop(teller.done(refund(plan, "1000.00 CNY"))),
        Phase::WrittenOff => drop(teller.done(CreditCommand::WriteOff { plan })),
        other => panic!("{other}"),
    }
    assert_eq!(teller.plan(plan).phase, phase);
    (teller, plan)
}

#[test]
fn every_command_in_every_phase_of_a_plan() {
    use Phase::{Active, Overdue, Refunded, Settled, WrittenOff};
    let commands = |plan| {
        [
            pay(plan, 1),
            pay(plan, 3),
            CreditCommand::PayEarly { plan },
            refund(plan, "10.00 CNY"),
            refund(plan, "1000.00 CNY"),
            CreditCommand::WriteOff { plan },
        ]
    };
    let table: [(Phase, [Option<Phase>; 6]); 5] = [
        (
            Active,
            [Some(Active), Some(Settled), Some(Settled), Some(Active), Some(Refunded), Some(WrittenOff)],
        ),
        (
            Overdue,
            [Some(Active), Some(Settled), Some(Settled), Some(Overdue), Some(Refunded), Some(WrittenOff)],
        ),
        (Settled, [None, None, None, Some(Settled), Some(Refunded), None]),
        (Refunded, [None; 6]),
        (WrittenOff, [None; 6]),
    ];
    for (phase, row) in table {
        for (at, to) in row.into_iter().enumerate() {
            let (mut teller, plan) = in_phase(phase);
            let command = commands(plan)[at].clone();
            match to {
                Some(to) => {
                    teller.done(command);
                    assert_eq!(teller.plan(plan).phase, to, "{phase} and command {at}");
                }
                None => {
                    let refusal = teller.refused_for(Reason::StateForbids, command);
                    assert_eq!(refusal.detail, Detail::Phase(Thing::Plan, phase));
                }
            }
            teller.replay();
        }
    }
    let (mut teller, _) = in_phase(Active);
    for command in commands(read("nothing")) {
        let refusal = teller.refused_for(Reason::ThingNotFound, command);
        assert_eq!(refusal.detail, Detail::Thing(Thing::Plan));
    }
}

#[test]
fn what_is_wrong_with_a_refund_is_said() {
    let (mut teller, plan) = in_phase(Phase::Active);
    teller.refused_for(Reason::AmountZero, refund(plan, "0.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, refund(plan, "1.00 USD"));
    let refusal = teller.refused_for(Reason::ExceedsRemainder, refund(plan, "1000.01 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    teller.replay();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// 11: whatever is paid, given back and written off in whatever order, the parts stay what was lent.
    #[test]
    fn parts_stay_exact(
        principal in 12_u64..500_000,
        parts in prop::sample::select(vec![1_u64, 2, 3, 6, 12]),
        subsidy_ppm in prop::sample::select(vec![0_u32, 333_333, 1_000_000]),
        merchant_subsidises in any::<bool>(),
        every_one in any::<bool>(),
        steps in prop::collection::vec((0_u8..4, 1_u64..200_000), 0..8),
    ) {
        let refund_parts = if every_one { RefundParts::EveryOne } else { RefundParts::LastFirst };
        let own = CreditTerms { subsidy_ppm, merchant_subsidises, refund: refund_parts, ..terms() };
        let mut teller = world(own);
        funds(&mut teller, "alice", "9000.00 CNY");
        let principal = longmen_money::Sum::new(Amount::new(principal).unwrap(), Currency::CNY);
        let plan = granted(&mut teller, &principal.to_string(), parts);
        for (no, (step, minor)) in steps.into_iter().enumerate() {
            let sum = longmen_money::Sum::new(Amount::new(minor).unwrap(), Currency::CNY);
            let command = match step {
                0 => pay(plan, 1),
                1 => refund(plan, &sum.to_string()),
                2 => refund(plan, "0.01 CNY"),
                _ => { teller.pass(20 * DAY); CreditCommand::Release { plan } }
            };
            let _ = teller.run(&format!("step{no}"), command);
        }
        let own = teller.plan(plan);
        prop_assert_eq!(own.principal(), principal.amount);
        let (name, owed) = (own.name, own.outstanding());
        let house = teller.state.products().houses.get(read("emoney"), Currency::CNY).unwrap();
        let item = teller.state.products().items.get(house.account(Role::Instalments), &name);
        prop_assert_eq!(item.map_or(Amount::ZERO, |item| item.open), owed);
        let fees: u64 = own.open_parts().map(|part| part.fee.minor()).sum();
        let item = teller.state.products().items.get(house.account(Role::InstalmentFees), &name);
        prop_assert_eq!(item.map_or(0, |item| item.open.minor()), fees);
        let unearned: u64 = own.open_parts().map(|part| part.fee.minor() + part.subsidy.minor()).sum();
        let item = teller.state.products().items.get(house.account(Role::Unearned), &name);
        prop_assert_eq!(item.map_or(0, |item| item.open.minor()), unearned);
        teller.replay();
    }
}
