use longmen_core::{Action, EffectiveDate, Phase, Reason, Side};
use longmen_money::Currency;
use longmen_wallet::{
    CaseAccount, CaseCommand, CaseMove, CaseSide, Command, Counterparty, HouseCommand, Role,
};

use crate::channel::{clearing, house, on, takes};
use crate::teller::{DAY, Teller, read, sum};

/// One of an owner's sub-accounts.
pub(crate) fn of(owner: &str, role: Role) -> CaseAccount {
    CaseAccount::Owner { owner: read(owner), role }
}

/// A movement.
pub(crate) fn moves(debit: CaseSide, credit: CaseSide, text: &str) -> CaseMove {
    CaseMove { debit, credit, sum: sum(text) }
}

fn open(moves: &[CaseMove]) -> CaseCommand {
    CaseCommand::Open { pool: read("emoney"), moves: moves.to_vec() }
}

/// Puts money on a wallet, through a channel.
pub(crate) fn funds(teller: &mut Teller, owner: &str, text: &str) {
    let reference = format!("fund{}", teller.entries.len());
    takes(teller, "bank", &reference, Side::Debit, text);
    let command =
        open(&[moves(on(house(Role::Unidentified), "from"), on(of(owner, Role::Wallet), ""), text)]);
    teller.done(command);
}

/// Makes an owner owe so much.
pub(crate) fn owes(teller: &mut Teller, owner: &str, debt: &str, text: &str) {
    let debt = CaseSide { owner: Some(read(owner)), ..on(house(Role::Debts), debt) };
    let reference = format!("owe{}", teller.entries.len());
    teller.done(open(&[moves(debt, on(clearing("bank"), &reference), text)]));
}

#[test]
fn what_is_in_suspense_opens_a_case_and_is_cleared_when_explained() {
    let mut teller = Teller::small_world();
    let pool = read("emoney");
    teller.done(HouseCommand::Prefund { pool, into: Role::Reserve, sum: sum("10.00 CNY") });
    let case = teller.done(open(&[moves(
        on(house(Role::SuspenseDebit), ""),
        on(house(Role::Reserve), ""),
        "10.00 CNY",
    )]));
    assert_eq!(teller.last_posts(), ["D suspdebit 10.00 CNY", "C reserve 10.00 CNY"]);
    let phase = |teller: &Teller| teller.state.products().cases.get(case).unwrap().phase;
    assert_eq!(phase(&teller), Phase::Open);
    // It was a fee of the bank, and in part a transfer to an account of our own that had not arrived yet.
    let clear = |role, text| CaseCommand::Clear {
        case,
        moves: vec![moves(on(house(role), ""), on(house(Role::SuspenseDebit), ""), text)],
    };
    teller.done(clear(Role::ChannelCost, "4.00 CNY"));
    assert_eq!(phase(&teller), Phase::Open);
    teller.refused_for(Reason::ExceedsRemainder, clear(Role::Nostro, "6.01 CNY"));
    teller.done(clear(Role::Nostro, "6.00 CNY"));
    assert_eq!(phase(&teller), Phase::Cleared);
    assert_eq!(teller.refused_for(Reason::StateForbids, clear(Role::Nostro, "1.00 CNY")).short_by.minor(), 0);
    teller.refused_for(Reason::ThingNotFound, CaseCommand::Clear { case: read("nothing"), moves: vec![] });
    teller.replay();
}

#[test]
fn an_adjustment_that_leaves_nothing_in_suspense_is_cleared_at_once() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "1.00 CNY");
    let case = teller.done(open(&[fee]));
    assert_eq!(teller.last_posts(), ["D wallet 1.00 CNY", "C fees 1.00 CNY"]);
    assert_eq!(teller.state.products().cases.get(case).unwrap().phase, Phase::Cleared);
    teller.replay();
}

#[test]
fn an_item_is_never_cleared_twice_within_one_case() {
    let mut teller = Teller::small_world();
    takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
    let back = moves(on(house(Role::Unidentified), "from"), on(clearing("bank"), "r1"), "60.00 CNY");
    teller.refused_for(Reason::ExceedsRemainder, open(&[back, back]));
    // Within one case an item may be opened and cleared.
    let there = moves(on(clearing("bank"), "r2"), on(house(Role::SuspenseCredit), ""), "5.00 CNY");
    let gone = moves(on(house(Role::SuspenseCredit), ""), on(clearing("bank"), "r2"), "5.00 CNY");
    let case = teller.done(open(&[there, gone]));
    assert_eq!(teller.state.products().cases.get(case).unwrap().phase, Phase::Cleared);
    teller.replay();
}

#[test]
fn what_is_wrong_with_a_case_is_said() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "1.00 CNY");
    teller.refused_for(Reason::TooManyItems, open(&[]));
    teller.refused_for(Reason::TooManyItems, open(&[fee; 121]));
    teller.refused_for(Reason::AmountZero, open(&[CaseMove { sum: sum("0.00 CNY"), ..fee }]));
    teller.refused_for(Reason::ThingNotFound, open(&[CaseMove { sum: sum("1 JPY"), ..fee }]));
    teller.refused_for(Reason::InsufficientFunds, open(&[CaseMove { sum: sum("100.01 CNY"), ..fee }]));
    let from = |account, item: &str| CaseMove { debit: on(account, item), ..fee };
    teller.refused_for(Reason::ThingNotFound, open(&[from(of("nobody", Role::Wallet), "")]));
    teller.refused_for(Reason::ThingNotFound, open(&[from(of("alice", Role::Merchant), "")]));
    teller.refused_for(Reason::ThingNotFound, open(&[from(clearing("nobody"), "")]));
    teller.refused_for(Reason::WrongKind, open(&[from(house(Role::Wallet), "")]));
    teller.refused_for(Reason::WrongKind, open(&[from(house(Role::SuspenseCredit), "other")]));
    teller.refused_for(Reason::PostingNotPermitted, open(&[from(clearing("bank"), "")]));
    let whose = CaseSide { owner: Some(read("nobody")), ..on(house(Role::Debts), "d") };
    teller.refused_for(Reason::ThingNotFound, open(&[CaseMove { debit: whose, ..fee }]));
    let elsewhere = |moves| CaseCommand::Open { pool: read("cards"), moves };
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    teller.refused_for(Reason::WrongKind, elsewhere(vec![fee]));
    teller.refused_for(Reason::WrongKind, elsewhere(vec![from(clearing("bank"), "")]));
    teller.replay();
}

#[test]
fn a_correction_takes_back_and_posts_what_is_right() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = |text| moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), text);
    let back = |text| moves(on(house(Role::ServiceFees), ""), on(of("alice", Role::Wallet), ""), text);
    let original = teller.done(open(&[fee("10.00 CNY")]));
    let correct = |original, right: &[CaseMove]| CaseCommand::Correct {
        pool: read("emoney"),
        original,
        reverse: vec![back("10.00 CNY")],
        right: right.to_vec(),
    };
    let case = teller.done(correct(original, &[fee("1.00 CNY")]));
    assert_eq!(
        teller.last_posts(),
        ["D fees 10.00 CNY", "C wallet 10.00 CNY", "D wallet 1.00 CNY", "C fees 1.00 CNY"]
    );
    assert_eq!(teller.available("alice", Currency::CNY), "99.00 CNY");
    assert_eq!(teller.state.products().cases.correction_of(&original).unwrap().name, case);
    teller.replay();
}

#[test]
fn e42_an_entry_is_corrected_at_most_once_and_a_correction_never() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "10.00 CNY");
    let back = moves(on(house(Role::ServiceFees), ""), on(of("alice", Role::Wallet), ""), "10.00 CNY");
    let original = teller.done(open(&[fee]));
    let correct = |original| CaseCommand::Correct {
        pool: read("emoney"),
        original,
        reverse: vec![back],
        right: vec![],
    };
    let case = teller.done(correct(original));
    teller.refused_for(Reason::ThingExists, correct(original));
    teller.refused_for(Reason::WrongKind, correct(case));
    assert_eq!(teller.available("alice", Currency::CNY), "100.00 CNY");
    teller.replay();
}

#[test]
fn a_debt_is_written_off_whole_and_by_name() {
    let mut teller = Teller::small_world();
    owes(&mut teller, "alice", "d1", "30.00 CNY");
    owes(&mut teller, "alice", "d2", "5.00 CNY");
    let write_off = |owner: &str, debt: &str, loss| CaseCommand::WriteOffDebt {
        owner: read(owner),
        debt: read(debt),
        currency: Currency::CNY,
        loss,
    };
    teller.refused_for(Reason::WrongOwner, write_off("bob", "d1", Role::BadDebt));
    teller.refused_for(Reason::ThingNotFound, write_off("alice", "d3", Role::BadDebt));
    teller.refused_for(Reason::ThingNotFound, write_off("nobody", "d1", Role::BadDebt));
    teller.refused_for(Reason::WrongKind, write_off("alice", "d1", Role::Goodwill));
    let posts = teller.posts(write_off("alice", "d1", Role::BadDebt));
    assert_eq!(posts, ["D baddebt 30.00 CNY", "C debts 30.00 CNY"]);
    let posts = teller.posts(write_off("alice", "d2", Role::FraudLoss));
    assert_eq!(posts, ["D fraudloss 5.00 CNY", "C debts 5.00 CNY"]);
    teller.refused_for(Reason::ThingNotFound, write_off("alice", "d1", Role::BadDebt));
    teller.replay();
}

#[test]
fn goodwill_is_a_gift_that_pays_debts_first_where_the_terms_say_so() {
    let mut teller = Teller::small_world();
    owes(&mut teller, "alice", "d1", "3.00 CNY");
    let gift = |owner: &str, text| CaseCommand::Goodwill { owner: read(owner), sum: sum(text) };
    let posts = teller.posts(gift("alice", "10.00 CNY"));
    assert_eq!(
        posts,
        ["D goodwill 10.00 CNY", "C wallet 10.00 CNY", "D wallet 3.00 CNY", "C debts 3.00 CNY"]
    );
    assert_eq!(teller.posts(gift("shop", "1.00 CNY")), ["D goodwill 1.00 CNY", "C merchant 1.00 CNY"]);
    teller.refused_for(Reason::AmountZero, gift("alice", "0.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, gift("alice", "1 JPY"));
    teller.refused_for(Reason::ThingNotFound, gift("nobody", "1.00 CNY"));
    teller.replay();
}

#[test]
fn a_fraud_is_borne_towards_a_network_or_a_channel() {
    let mut teller = Teller::small_world();
    let loss = |to, text| CaseCommand::FraudLoss { pool: read("emoney"), to, sum: sum(text) };
    let posts = teller.posts(loss(Counterparty::Network {}, "15.00 USD"));
    assert_eq!(posts, ["D fraudloss 15.00 USD", "C network 15.00 USD"]);
    let bank = Counterparty::Channel { channel: read("bank"), reference: read("fee-1") };
    let posts = teller.posts(loss(bank, "15.00 CNY"));
    assert_eq!(posts, ["D fraudloss 15.00 CNY", "C clearing 15.00 CNY"]);
    teller.refused_for(Reason::ReferenceUsed, loss(bank, "15.00 CNY"));
    teller.refused_for(Reason::AmountZero, loss(Counterparty::Network {}, "0.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, loss(Counterparty::Network {}, "1 JPY"));
    teller.replay();
}

#[test]
fn e43_a_correction_of_a_sealed_period_counts_later_and_says_both_times() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "10.00 CNY");
    let back = moves(on(house(Role::ServiceFees), ""), on(of("alice", Role::Wallet), ""), "10.00 CNY");
    let meant = EffectiveDate::of_time(teller.now);
    let original = teller.done(open(&[fee]));
    teller.pass(2 * DAY);
    teller.decide(Command::new(read("seal"), Action::SealPeriod(meant).into())).unwrap();
    let correct = |key: &str, day| {
        let (pool, reverse) = (read("emoney"), vec![back]);
        let case = CaseCommand::Correct { pool, original, reverse, right: vec![] };
        Command::new(read(key), case.into()).with_effective(day)
    };
    let refusal = teller.decide(correct("c1", meant)).unwrap_err();
    assert_eq!(refusal.reason, Reason::PeriodSealed);
    let next = EffectiveDate::of_time(teller.now - DAY);
    let entry = teller.decide(correct("c2", next)).unwrap();
    assert_eq!((entry.effective, teller.entries.last().unwrap().0), (Some(next), teller.now));
    assert_eq!(teller.available("alice", Currency::CNY), "100.00 CNY");
    teller.replay();
}

#[test]
fn e12_there_is_no_breakage() {
    let credits_income = |debit| longmen_wallet::is_permitted(debit, Role::Breakage);
    assert!(Role::ALL.iter().all(|role| !credits_income(*role)), "no movement ends there");
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    let broken = moves(on(of("alice", Role::Wallet), ""), on(house(Role::Breakage), ""), "1.00 CNY");
    teller.refused_for(Reason::PostingNotPermitted, open(&[broken]));
    teller.replay();
}

#[test]
fn nothing_is_taken_out_of_suspense_for_a_case_that_has_nothing_there() {
    let mut teller = Teller::small_world();
    takes(&mut teller, "bank", "r1", Side::Debit, "10.00 CNY");
    teller.done(open(&[moves(
        on(house(Role::Unidentified), "from"),
        on(clearing("bank"), "back"),
        "4.00 CNY",
    )]));
    // What is left there belongs to another item, and would have paid for it.
    let others = moves(on(house(Role::Unidentified), "r2"), on(clearing("bank"), "back2"), "4.00 CNY");
    teller.refused_for(Reason::ThingNotFound, open(&[others]));
    let suspense = moves(on(house(Role::SuspenseCredit), ""), on(clearing("bank"), "back3"), "4.00 CNY");
    teller.refused_for(Reason::ThingNotFound, open(&[suspense]));
    teller.replay();
}
