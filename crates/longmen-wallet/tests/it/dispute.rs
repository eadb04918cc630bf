use longmen_core::{Detail, Key, Phase, Reason, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    AtExpiry, CardCommand, CardTerms, Counterparty, DisputeCommand, DisputedOn, Fee, HouseCommand,
    OwnerCommand, Returns, Role, Terms,
};

use crate::case::{funds, moves, of, owes};
use crate::channel::{house, on};
use crate::teller::{DAY, Teller, read, sum};

const NETWORK: Counterparty = Counterparty::Network {};

fn of_wallet() -> DisputedOn {
    DisputedOn::Owner { owner: read("alice"), role: Role::Wallet }
}

fn open(on: DisputedOn, text: &str, reference: &str) -> DisputeCommand {
    DisputeCommand::Open {
        on,
        sum: sum(text),
        reference: read(reference),
        answer_by_ns: Some(crate::teller::START + 14 * DAY),
        calendar: Some(read("us-2026")),
    }
}

fn lose(dispute: Key, absorbs: bool) -> DisputeCommand {
    DisputeCommand::Lose { dispute, absorbs }
}

/// Spends out of alice's wallet: nobody asks for what.
fn spend(teller: &mut Teller, text: &str) {
    let moves = vec![moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), text)];
    teller.done(longmen_wallet::CaseCommand::Open { pool: read("emoney"), moves });
}

fn phase(teller: &Teller, dispute: Key) -> Phase {
    teller.state.products().disputes.get(dispute).unwrap().phase
}

#[test]
fn a_credit_is_given_and_the_network_pays_it() {
    let mut teller = Teller::small_world();
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    assert!(teller.last_posts().is_empty(), "to complain moves no money");
    let posts = teller.posts(DisputeCommand::Credit { dispute });
    assert_eq!(posts, ["D disputed 40.00 CNY", "C wallet 40.00 CNY"]);
    let posts = teller.posts(DisputeCommand::Win { dispute, from: NETWORK });
    assert_eq!(posts, ["D network 40.00 CNY", "C disputed 40.00 CNY"]);
    assert_eq!(teller.available("alice", Currency::CNY), "40.00 CNY");
    assert_eq!(teller.house(Role::Disputed, Currency::CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn a_channel_pays_with_its_next_settlement_under_a_reference_of_its_own() {
    let mut teller = Teller::small_world();
    let bank = Counterparty::Channel { channel: read("bank"), reference: read("back-1") };
    let first = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    teller.done(DisputeCommand::Credit { dispute: first });
    let posts = teller.posts(DisputeCommand::Win { dispute: first, from: bank });
    assert_eq!(posts, ["D clearing 40.00 CNY", "C disputed 40.00 CNY"]);
    let second = teller.done(open(of_wallet(), "2.00 CNY", "p2"));
    teller.refused_for(Reason::ReferenceUsed, DisputeCommand::Win { dispute: second, from: bank });
    let nobody = Counterparty::Channel { channel: read("nobody"), reference: read("back-2") };
    teller.refused_for(Reason::ThingNotFound, DisputeCommand::Win { dispute: second, from: nobody });
    teller.replay();
}

#[test]
fn who_wins_without_a_credit_gets_the_money_then() {
    let mut teller = Teller::small_world();
    owes(&mut teller, "alice", "d1", "10.00 CNY");
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    assert_eq!(
        teller.posts(DisputeCommand::Win { dispute, from: NETWORK }),
        ["D disputed 40.00 CNY", "C wallet 40.00 CNY", "D network 40.00 CNY", "C disputed 40.00 CNY"]
    );
    assert!(teller.state.products().items.iter().all(|(_, name, _)| *name != dispute));
    teller.replay();
}

#[test]
fn a_credit_that_was_lost_is_taken_back_and_what_was_spent_is_owed() {
    let mut teller = Teller::small_world();
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    teller.done(DisputeCommand::Credit { dispute });
    spend(&mut teller, "25.00 CNY");
    // A freeze does not stand in the way of what the law has settled.
    teller.done(OwnerCommand::Freeze { owner: read("alice"), debit: true, credit: true });
    assert_eq!(
        teller.posts(lose(dispute, false)),
        ["D wallet 15.00 CNY", "D debts 25.00 CNY", "C disputed 40.00 CNY"]
    );
    assert_eq!(phase(&teller, dispute), Phase::Lost);
    let debts = teller.state.products().houses.get(read("emoney"), Currency::CNY).unwrap();
    let item = teller.state.products().items.get(debts.account(Role::Debts), &dispute).unwrap();
    assert_eq!((item.owner, item.open.minor()), (Some(read("alice")), 2_500));
    teller.replay();
}

#[test]
fn the_operator_may_bear_a_credit_that_was_lost() {
    let mut teller = Teller::small_world();
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    teller.done(DisputeCommand::Credit { dispute });
    assert_eq!(teller.posts(lose(dispute, true)), ["D fraudloss 40.00 CNY", "C disputed 40.00 CNY"]);
    assert_eq!(teller.available("alice", Currency::CNY), "40.00 CNY");
    teller.replay();
}

#[test]
fn a_dispute_without_a_credit_is_lost_without_a_posting() {
    let mut teller = Teller::small_world();
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    assert!(teller.posts(lose(dispute, false)).is_empty());
    teller.replay();
}

#[test]
fn a_credit_keeps_the_wallet_from_being_closed_and_a_win_waits_for_who_has_left() {
    let mut teller = Teller::small_world();
    let close = OwnerCommand::Close { owner: read("alice"), sets_aside: true };
    let first = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    let second = teller.done(open(of_wallet(), "5.00 CNY", "p2"));
    let third = teller.done(open(of_wallet(), "6.00 CNY", "p3"));
    teller.done(DisputeCommand::Credit { dispute: first });
    teller.refused_for(Reason::OwnerNotEmpty, close.clone());
    teller.done(lose(first, false));
    teller.done(close);
    assert_eq!(
        teller.posts(DisputeCommand::Win { dispute: second, from: NETWORK }),
        ["D disputed 5.00 CNY", "C unclaimed 5.00 CNY", "D network 5.00 CNY", "C disputed 5.00 CNY"]
    );
    teller.refused_for(Reason::StateForbids, DisputeCommand::Credit { dispute: third });
    teller.refused_for(Reason::StateForbids, open(of_wallet(), "7.00 CNY", "p4"));
    teller.replay();
}

#[test]
fn a_disputed_payment_of_a_purse_goes_back_to_the_purse() {
    let mut teller = Teller::small_world();
    let purse = DisputedOn::Owner { owner: read("alice"), role: Role::Purse };
    let dispute = teller.done(open(purse, "40.00 CNY", "p1"));
    let posts = teller.posts(DisputeCommand::Credit { dispute });
    assert_eq!(posts, ["D disputed 40.00 CNY", "C purse 40.00 CNY"]);
    assert_eq!(teller.posts(lose(dispute, false)), ["D purse 40.00 CNY", "C disputed 40.00 CNY"]);
    teller.replay();
}

/// A world with a card of alice's that is valid for 90 days.
fn with_card() -> (Teller, DisputedOn) {
    let mut teller = Teller::small_world();
    let terms = CardTerms {
        currency: Currency::CNY,
        pool: read("emoney"),
        channels: vec![read("visa")],
        minimum_load: sum("100.00 CNY"),
        maximum_load: sum("2000.00 CNY"),
        cap: None,
        loads_max: None,
        fee: Fee::NONE,
        life_ns: std::num::NonZeroU64::new(90 * DAY),
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    };
    teller.terms("tour", Terms::Card(terms));
    let issue = CardCommand::Issue {
        card: read("tok-1"),
        owner: read("alice"),
        terms: read("tour"),
        expires_ns: None,
    };
    teller.done(issue);
    (teller, DisputedOn::Card { card: read("tok-1") })
}

#[test]
fn a_disputed_payment_of_a_card_goes_back_to_the_card() {
    let (mut teller, card) = with_card();
    teller.refused_for(Reason::CurrencyMismatch, open(card, "40.00 USD", "p1"));
    let nobody = DisputedOn::Card { card: read("tok-2") };
    teller.refused_for(Reason::ThingNotFound, open(nobody, "40.00 CNY", "p1"));
    let dispute = teller.done(open(card, "40.00 CNY", "p1"));
    let posts = teller.posts(DisputeCommand::Credit { dispute });
    assert_eq!(posts, ["D disputed 40.00 CNY", "C card 40.00 CNY"]);
    assert_eq!(teller.posts(lose(dispute, false)), ["D card 40.00 CNY", "C disputed 40.00 CNY"]);
    teller.replay();
}

#[test]
fn a_credit_for_a_card_whose_life_is_over_goes_with_what_is_left_of_it() {
    let (mut teller, card) = with_card();
    let dispute = teller.done(open(card, "40.00 CNY", "p1"));
    teller.pass(90 * DAY);
    let posts = teller.posts(DisputeCommand::Credit { dispute });
    assert_eq!(posts, ["D disputed 40.00 CNY", "C expired 40.00 CNY"]);
    let posts = teller.posts(DisputeCommand::Win { dispute, from: NETWORK });
    assert_eq!(posts, ["D network 40.00 CNY", "C disputed 40.00 CNY"]);
    teller.replay();
}

#[test]
fn a_payment_is_disputed_once_and_for_something() {
    let mut teller = Teller::small_world();
    teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    teller.refused_for(Reason::ReferenceUsed, open(of_wallet(), "40.00 CNY", "p1"));
    teller.refused_for(Reason::AmountZero, open(of_wallet(), "0.00 CNY", "p2"));
    teller.refused_for(Reason::ThingNotFound, open(of_wallet(), "1 JPY", "p2"));
    let of = |owner: &str, role| DisputedOn::Owner { owner: read(owner), role };
    teller.refused_for(Reason::ThingNotFound, open(of("nobody", Role::Wallet), "1.00 CNY", "p2"));
    teller.refused_for(Reason::WrongKind, open(of("shop", Role::Merchant), "1.00 CNY", "p2"));
    teller.replay();
}

#[test]
fn a_channel_of_another_pool_pays_no_claim() {
    let mut teller = Teller::small_world();
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    teller.done(longmen_wallet::ChannelCommand::Open {
        channel: read("far"),
        kind: longmen_wallet::ChannelKind::BankCard,
        pool: read("cards"),
        currencies: vec![Currency::CNY],
        settles_within_ns: None,
    });
    let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
    let far = Counterparty::Channel { channel: read("far"), reference: read("r1") };
    teller.refused_for(Reason::WrongKind, DisputeCommand::Win { dispute, from: far });
    teller.replay();
}

#[test]
fn every_command_in_every_phase_of_a_dispute() {
    use Phase::{Credited, Lost, Open, Won};
    let table = [
        (Open, [Some(Credited), Some(Won), Some(Lost)]),
        (Credited, [None, Some(Won), Some(Lost)]),
        (Won, [None; 3]),
        (Lost, [None; 3]),
    ];
    let commands = |dispute| {
        [
            DisputeCommand::Credit { dispute },
            DisputeCommand::Win { dispute, from: NETWORK },
            lose(dispute, false),
        ]
    };
    for (from, row) in table {
        for (at, to) in row.into_iter().enumerate() {
            let mut teller = Teller::small_world();
            funds(&mut teller, "alice", "1.00 CNY");
            let dispute = teller.done(open(of_wallet(), "40.00 CNY", "p1"));
            match from {
                Credited => drop(teller.done(DisputeCommand::Credit { dispute })),
                Won => drop(teller.done(DisputeCommand::Win { dispute, from: NETWORK })),
                Lost => drop(teller.done(lose(dispute, false))),
                _ => {}
            }
            assert_eq!(phase(&teller, dispute), from);
            let command = commands(dispute)[at].clone();
            match to {
                Some(to) => {
                    teller.done(command);
                    assert_eq!(phase(&teller, dispute), to);
                }
                None => {
                    let refusal = teller.refused_for(Reason::StateForbids, command);
                    assert_eq!(refusal.detail, Detail::Phase(Thing::Dispute, from));
                }
            }
            teller.replay();
        }
    }
    let mut teller = Teller::small_world();
    for command in commands(read("nothing")) {
        let refusal = teller.refused_for(Reason::ThingNotFound, command);
        assert_eq!(refusal.detail, Detail::Thing(Thing::Dispute));
    }
}
