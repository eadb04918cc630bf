use longmen_core::{Flow, Phase, Reason, Window};
use longmen_wallet::{
    CaseCommand, OwnerCommand, OwnerKind, Role, Terms, TierLimit, TopUpCommand, TopUpTarget, WalletTerms,
};

use crate::teller::{DAY, consumer, read, sum};
use crate::top_up::{
    CNY, applied, apply, customer_under, freeze, of, pay, phase, purse, received, request, request_for,
    wallet, world,
};
use crate::top_up_back::{chargeback, refund, won};

#[test]
fn a_chargeback_takes_what_is_there_and_the_fee_from_the_operator() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("charged", "100.00 CNY"));
    teller.refused_for(Reason::AmountZero, chargeback(top_up, "0.00 CNY"));
    teller.refused_for(Reason::ExceedsRemainder, chargeback(top_up, "105.01 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, chargeback(top_up, "105.00 USD"));
    let reference = of(&teller, top_up).receipt.unwrap().reference;
    let again = TopUpCommand::Chargeback { top_up, reference, sum: sum("1.00 CNY"), cost: None };
    teller.refused_for(Reason::ReferenceUsed, again);
    let (reference, cost) = (read("cb-1"), Some(sum("20.00 CNY")));
    let all = sum("105.00 CNY");
    let posts = teller.posts(TopUpCommand::Chargeback { top_up, reference, sum: all, cost });
    let of_chargeback = ["D wallet 100.00 CNY", "D topupfees 5.00 CNY", "C clearing 105.00 CNY"];
    assert_eq!(posts[..3], of_chargeback);
    assert_eq!(posts[3..], ["D fraudloss 20.00 CNY", "C network 20.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::ChargedBack);
    teller.replay();
}

#[test]
fn e09_a_chargeback_after_spending_becomes_a_debt_that_later_money_pays() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("free", "100.00 CNY"));
    teller.done(pay("alice", "60.00 CNY"));
    let posts = teller.posts(chargeback(top_up, "100.00 CNY"));
    assert_eq!(posts, ["D wallet 40.00 CNY", "D debts 60.00 CNY", "C clearing 100.00 CNY"]);
    assert_eq!(teller.available("alice", CNY), "0.00 CNY");
    // Her debt is not set against what others have: the pool owes the shop its 60.00.
    let own = teller.state.safeguarding(teller.now);
    let cny = own.iter().find(|own| own.requirement.currency() == CNY).unwrap();
    assert_eq!(cny.requirement.to_string(), "60.00 CNY");
    let next = received(&mut teller, request("free", "50.00 CNY"));
    let posts = teller.posts(apply(next));
    let first = ["D topups 50.00 CNY", "C wallet 50.00 CNY", "D wallet 50.00 CNY", "C debts 50.00 CNY"];
    assert_eq!(posts, first);
    // What was taken for a debt is not there to be refunded.
    teller.refused_for(Reason::NotUnspent, refund(next, "50.00 CNY"));
    let posts = teller.posts(won(top_up));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C debts 10.00 CNY", "C wallet 90.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::Applied);
    teller.refused_for(Reason::NotOffered, refund(top_up, "100.00 CNY"));
    teller.refused_for(Reason::StateForbids, won(top_up));
    assert_eq!((teller.house(Role::Debts, CNY), teller.clearing("alipay", CNY)), read_two("0.00", "150.00"));
    teller.replay();
}

fn read_two(one: &str, two: &str) -> (String, String) {
    (format!("{one} CNY"), format!("{two} CNY"))
}

#[test]
fn e09_a_debt_can_be_written_off_after_a_chargeback() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("free", "100.00 CNY"));
    teller.done(pay("alice", "100.00 CNY"));
    teller.done(chargeback(top_up, "100.00 CNY"));
    let owner = read("alice");
    let loss = Role::BadDebt;
    let posts = teller.posts(CaseCommand::WriteOffDebt { owner, debt: top_up, currency: CNY, loss });
    assert_eq!(posts, ["D baddebt 100.00 CNY", "C debts 100.00 CNY"]);
    // What is won after that was never hers.
    let posts = teller.posts(won(top_up));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C baddebt 100.00 CNY"]);
    assert_eq!(teller.available("alice", CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn e35_a_freeze_stops_neither_a_chargeback_nor_what_comes_back() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("free", "100.00 CNY"));
    let waiting = received(&mut teller, request("free", "10.00 CNY"));
    teller.done(freeze("alice", true, true));
    teller.refused_for(Reason::AccountFrozen, apply(waiting));
    teller.done(chargeback(top_up, "100.00 CNY"));
    assert_eq!(teller.available("alice", CNY), "0.00 CNY");
    let posts = teller.posts(won(top_up));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C wallet 100.00 CNY"]);
    // New money may go back in any case.
    teller.done(TopUpCommand::Return { top_up: waiting });
    teller.replay();
}

#[test]
fn e09_no_limit_on_spending_stands_in_the_way_of_paying_a_debt() {
    let mut teller = world();
    let most = TierLimit {
        tier: 1,
        flow: Flow::Out,
        most: sum("100.00 CNY"),
        window: Window::Lifetime,
        counts_withdrawals: true,
    };
    teller.terms("limited", Terms::Wallet(WalletTerms { limits: vec![most], ..consumer() }));
    customer_under(&mut teller, "carol", "limited");
    let asked = |text: &str| request_for(wallet("carol"), "free", "alipay", text);
    let top_up = applied(&mut teller, asked("100.00 CNY"));
    teller.done(pay("carol", "100.00 CNY"));
    teller.done(chargeback(top_up, "100.00 CNY"));
    teller.refused_for(Reason::InsufficientFunds, pay("carol", "0.01 CNY"));
    applied(&mut teller, asked("30.00 CNY"));
    assert_eq!(teller.house(Role::Debts, CNY), "70.00 CNY");
    // What comes into a frozen wallet stays there.
    teller.done(freeze("carol", true, false));
    applied(&mut teller, asked("30.00 CNY"));
    assert_eq!((teller.house(Role::Debts, CNY), teller.available("carol", CNY)), read_two("70.00", "30.00"));
    teller.replay();
}

#[test]
fn e36_a_wallet_that_is_never_activated_gets_money_and_a_chargeback_and_is_set_aside() {
    let mut teller = world();
    let (owner, pool, terms) = (read("dora"), read("emoney"), read("consumer"));
    let (kind, currencies) = (OwnerKind::Customer, vec![CNY]);
    teller.done(OwnerCommand::Register { owner, kind, pool, terms, currencies });
    let asked = |text: &str| request_for(wallet("dora"), "free", "bank", text);
    let one = applied(&mut teller, asked("100.00 CNY"));
    applied(&mut teller, asked("30.00 CNY"));
    let account = of(&teller, one).account;
    assert!(teller.state.books().account_at(account).unwrap().access().hidden);
    let own = teller.state.safeguarding(teller.now);
    assert_eq!(own[0].requirement.to_string(), "130.00 CNY", "it is safeguarded from the first day");
    teller.done(chargeback(one, "100.00 CNY"));
    teller.pass(1_000 * DAY);
    let posts = teller.posts(OwnerCommand::Close { owner, sets_aside: true });
    assert_eq!(posts, ["D wallet 30.00 CNY", "C unclaimed 30.00 CNY"]);
    // Won years later: it is hers, and kept for her.
    let posts = teller.posts(won(one));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C unclaimed 100.00 CNY"]);
    teller.replay();
}

#[test]
fn a_chargeback_of_a_closed_wallet_is_owed() {
    let mut teller = world();
    let top_up = applied(&mut teller, request_for(purse("alice"), "free", "alipay", "100.00 CNY"));
    let target = TopUpTarget::Purse { owner: read("alice"), currency: CNY };
    assert_eq!(of(&teller, top_up).target, target);
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    let posts = teller.posts(chargeback(top_up, "100.00 CNY"));
    assert_eq!(posts, ["D debts 100.00 CNY", "C clearing 100.00 CNY"]);
    let posts = teller.posts(won(top_up));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C debts 100.00 CNY"]);
    teller.replay();
}
