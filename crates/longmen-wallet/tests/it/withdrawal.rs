use longmen_core::{Key, Phase, Reason, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    CollectionCommand, ExchangeCommand, Fee, HouseCommand, OwnerCommand, PayeeCommand, Rail, Role, Sender,
    Terms, WithdrawalCommand, WithdrawalTerms, may_go,
};

use crate::teller::{DAY, Teller, read, sum};

/// Puts so much into an owner's wallet, as somebody has paid it in.
pub(crate) fn fund(teller: &mut Teller, owner: &str, text: &str) {
    let reference = read(&format!("fund-{}", teller.entries.len()));
    let deposit = teller.done(CollectionCommand::Receive {
        channel: read("amazon"),
        reference,
        receiver: read("nobody"),
        sum: sum(text),
        sender: Sender::Unknown,
        into: Role::Nostro,
    });
    teller.done(CollectionCommand::Identify { deposit, owner: read(owner) });
}

/// A verified payee of an owner.
pub(crate) fn payee(teller: &mut Teller, owner: &str, name: &str, currency: Currency) {
    let (owner, payee) = (read(owner), read(name));
    teller.done(PayeeCommand::Add { owner, payee, rail: Rail::BankAbroad, currency, token: read("tok-0") });
    teller.done(PayeeCommand::Verify { owner, payee });
}

fn terms() -> WithdrawalTerms {
    let rails = vec![Rail::BankCn, Rail::BankAbroad, Rail::AlipayCn];
    let fee = Fee { fixed: Some(sum("1.00 CNY")), ..Fee::NONE };
    WithdrawalTerms { rails, fee, ..WithdrawalTerms::default() }
}

/// Alice with 100.00 CNY and a payee, under these terms.
fn alice(terms: WithdrawalTerms) -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("out", Terms::Withdrawal(terms));
    fund(&mut teller, "alice", "100.00 CNY");
    payee(&mut teller, "alice", "bank", Currency::CNY);
    teller
}

pub(crate) fn ask(owner: &str, text: &str) -> WithdrawalCommand {
    WithdrawalCommand::Request {
        owner: read(owner),
        sum: sum(text),
        payee: read("bank"),
        terms: read("out"),
        due_ns: crate::teller::START + DAY,
    }
}

fn sent(withdrawal: Key) -> WithdrawalCommand {
    WithdrawalCommand::MarkSent { withdrawal, from: Role::Nostro }
}

fn comes_back(withdrawal: Key, text: &str) -> WithdrawalCommand {
    WithdrawalCommand::Return { withdrawal, came: sum(text), reference: read("r-1"), into: Role::Nostro }
}

fn phase(teller: &Teller, withdrawal: Key) -> Phase {
    teller.state.products().withdrawals.get(withdrawal).unwrap().phase
}

fn wallet(teller: &Teller) -> [String; 3] {
    let own = teller.balance("alice", Role::Wallet, Currency::CNY);
    [own.posted(), own.held(), own.available()].map(|money| money.to_string())
}

#[test]
fn a_withdrawal_is_reserved_submitted_sent_and_settled() {
    let mut teller = alice(terms());
    let own = teller.done(ask("alice", "60.00 CNY"));
    assert_eq!(wallet(&teller), ["100.00 CNY", "61.00 CNY", "39.00 CNY"]);
    assert_eq!(teller.last_posts(), Vec::<String>::new());
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    assert_eq!(teller.last_posts(), ["D wallet 61.00 CNY", "C payouts 60.00 CNY", "C fees 1.00 CNY"]);
    assert_eq!(wallet(&teller), ["39.00 CNY", "0.00 CNY", "39.00 CNY"]);
    let house = teller.state.products().houses.get(read("emoney"), Currency::CNY).unwrap();
    let payouts = house.account(Role::Payouts);
    let item = *teller.state.products().items.get(payouts, &own).unwrap();
    assert_eq!((item.owner, item.due_ns), (Some(read("alice")), Some(crate::teller::START + DAY)));
    teller.done(sent(own));
    assert_eq!(teller.last_posts(), ["D payouts 60.00 CNY", "C nostro 60.00 CNY"]);
    assert!(teller.state.products().items.get(payouts, &own).is_none());
    teller.done(WithdrawalCommand::Settle { withdrawal: own });
    assert_eq!(teller.last_posts(), Vec::<String>::new());
    assert_eq!(phase(&teller, own), Phase::Settled);
    teller.replay();
}

#[test]
fn what_was_not_submitted_is_cancelled() {
    let mut teller = alice(terms());
    let own = teller.done(ask("alice", "99.00 CNY"));
    teller.done(WithdrawalCommand::Cancel { withdrawal: own });
    assert_eq!(wallet(&teller), ["100.00 CNY", "0.00 CNY", "100.00 CNY"]);
    teller.replay();
}

#[test]
fn an_answer_that_does_not_come_gives_nothing_back() {
    for is_sent in [true, false] {
        let mut teller = alice(terms());
        let own = teller.done(ask("alice", "60.00 CNY"));
        teller.done(WithdrawalCommand::Submit { withdrawal: own });
        teller.done(WithdrawalCommand::NoteUnknown { withdrawal: own });
        teller.pass(10 * DAY);
        assert_eq!(wallet(&teller), ["39.00 CNY", "0.00 CNY", "39.00 CNY"]);
        assert_eq!(teller.house(Role::Payouts, Currency::CNY), "60.00 CNY");
        if is_sent {
            teller.done(sent(own));
        } else {
            teller.done(WithdrawalCommand::Reject { withdrawal: own });
            assert_eq!(teller.last_posts(), ["D payouts 60.00 CNY", "C wallet 60.00 CNY"]);
        }
        teller.replay();
    }
}

#[test]
fn a_rejected_withdrawal_brings_its_fee_back_where_the_terms_want_that() {
    let mut teller = alice(WithdrawalTerms { returns_fee: true, ..terms() });
    let own = teller.done(ask("alice", "60.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    teller.done(WithdrawalCommand::Reject { withdrawal: own });
    assert_eq!(teller.last_posts(), ["D payouts 60.00 CNY", "D fees 1.00 CNY", "C wallet 61.00 CNY"]);
    assert_eq!(wallet(&teller), ["100.00 CNY", "0.00 CNY", "100.00 CNY"]);
    teller.replay();
}

/// A withdrawal of 60.00 CNY that has come so far.
fn reach(teller: &mut Teller, to: Phase) -> Key {
    let withdrawal = teller.done(ask("alice", "60.00 CNY"));
    let submit = WithdrawalCommand::Submit { withdrawal };
    let unknown = WithdrawalCommand::NoteUnknown { withdrawal };
    let settle = WithdrawalCommand::Settle { withdrawal };
    let reject = WithdrawalCommand::Reject { withdrawal };
    let way = match to {
        Phase::Requested => vec![],
        Phase::Cancelled => vec![WithdrawalCommand::Cancel { withdrawal }],
        Phase::Submitted => vec![submit],
        Phase::Unknown => vec![submit, unknown],
        Phase::Rejected => vec![submit, reject],
        Phase::Sent => vec![submit, sent(withdrawal)],
        Phase::Settled => vec![submit, sent(withdrawal), settle],
        Phase::Returned => vec![submit, sent(withdrawal), comes_back(withdrawal, "60.00 CNY")],
        other => panic!("no withdrawal is {other}"),
    };
    for command in way {
        teller.done(command);
    }
    assert_eq!(phase(teller, withdrawal), to);
    withdrawal
}

#[test]
fn every_phase_allows_what_the_table_says_and_refuses_the_rest() {
    use Phase::{Cancelled, Rejected, Requested, Returned, Sent, Settled, Submitted, Unknown};
    let table = [
        (Requested, vec![Cancelled, Submitted]),
        (Cancelled, vec![]),
        (Submitted, vec![Sent, Rejected, Unknown]),
        (Unknown, vec![Sent, Rejected]),
        (Rejected, vec![]),
        (Sent, vec![Settled, Returned]),
        (Settled, vec![Returned]),
        (Returned, vec![]),
    ];
    for (from, allowed) in table {
        for to in [Cancelled, Submitted, Sent, Settled, Rejected, Unknown, Returned] {
            let mut teller = alice(terms());
            let withdrawal = reach(&mut teller, from);
            let command = match to {
                Cancelled => WithdrawalCommand::Cancel { withdrawal },
                Submitted => WithdrawalCommand::Submit { withdrawal },
                Sent => sent(withdrawal),
                Settled => WithdrawalCommand::Settle { withdrawal },
                Rejected => WithdrawalCommand::Reject { withdrawal },
                Unknown => WithdrawalCommand::NoteUnknown { withdrawal },
                _ => comes_back(withdrawal, "60.00 CNY"),
            };
            assert_eq!(may_go(Thing::Withdrawal, from, to), allowed.contains(&to), "{from} to {to}");
            if allowed.contains(&to) {
                teller.done(command);
                assert_eq!(phase(&teller, withdrawal), to);
            } else {
                teller.refused_for(Reason::StateForbids, command);
            }
            teller.replay();
        }
    }
}

#[test]
fn fees_are_those_of_the_seeds() {
    let cny = |fee| WithdrawalTerms { fee, ..terms() };
    let wechat = Fee { rate_ppm: 1_000, minimum: Some(sum("0.10 CNY")), ..Fee::NONE };
    let usd = Fee { rate_ppm: 3_000, minimum: Some(sum("8.00 USD")), ..Fee::NONE };
    let included = |fee| WithdrawalTerms { fee_included: true, ..cny(fee) };
    for (terms, asked, gets, fee) in [
        (cny(wechat), "1000.10 CNY", "1000.10 CNY", "1.00 CNY"),
        (cny(wechat), "100.00 CNY", "100.00 CNY", "0.10 CNY"),
        (cny(wechat), "10.00 CNY", "10.00 CNY", "0.10 CNY"),
        (included(wechat), "1001.10 CNY", "1000.10 CNY", "1.00 CNY"),
        (included(wechat), "100.10 CNY", "100.00 CNY", "0.10 CNY"),
        (included(wechat), "10.10 CNY", "10.00 CNY", "0.10 CNY"),
        (cny(usd), "1000.00 USD", "1000.00 USD", "8.00 USD"),
        (cny(usd), "2666.67 USD", "2666.67 USD", "8.00 USD"),
        (cny(usd), "5000.00 USD", "5000.00 USD", "15.00 USD"),
    ] {
        let mut teller = Teller::small_world();
        teller.terms("out", Terms::Withdrawal(terms));
        let currency = sum(asked).currency;
        fund(&mut teller, "alice", &format!("10000.00 {currency}"));
        payee(&mut teller, "alice", "bank", currency);
        let own = teller.done(ask("alice", asked));
        let own = teller.state.products().withdrawals.get(own).unwrap();
        assert_eq!((own.sum, own.fee), (sum(gets), sum(fee)), "{asked}");
        teller.replay();
    }
}

#[test]
fn a_fee_of_nothing_leaves_no_leg() {
    let mut teller = alice(WithdrawalTerms { fee: Fee::NONE, ..terms() });
    let own = teller.done(ask("alice", "100.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    assert_eq!(teller.last_posts(), ["D wallet 100.00 CNY", "C payouts 100.00 CNY"]);
    teller.replay();
}

#[test]
fn a_request_is_refused_for_what_is_wrong_with_it() {
    let bounds = |least: &str, most: &str| (Some(sum(least)), Some(sum(most)));
    let (minimum, maximum) = bounds("10.00 CNY", "50.00 CNY");
    let mut teller = alice(WithdrawalTerms { minimum, maximum, ..terms() });
    teller.refused_for(Reason::AmountZero, ask("alice", "0.00 CNY"));
    teller.refused_for(Reason::BelowMinimum, ask("alice", "9.99 CNY"));
    teller.refused_for(Reason::AboveMaximum, ask("alice", "50.01 CNY"));
    teller.refused_for(Reason::ThingNotFound, ask("nobody", "10.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, ask("bob", "10.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, ask("alice", "10.00 USD"));
    teller.refused_for(Reason::ThingNotFound, ask("alice", "10.00 EUR"));
    let other = |payee: &str, terms: &str| WithdrawalCommand::Request {
        owner: read("alice"),
        sum: sum("10.00 CNY"),
        payee: read(payee),
        terms: read(terms),
        due_ns: 1,
    };
    teller.refused_for(Reason::ThingNotFound, other("bank", "nothing"));
    teller.refused_for(Reason::WrongKind, other("bank", "consumer"));
    let add = |payee: &str, rail| PayeeCommand::Add {
        owner: read("alice"),
        payee: read(payee),
        rail,
        currency: Currency::CNY,
        token: read("tok-9"),
    };
    teller.done(add("new", Rail::BankCn));
    teller.refused_for(Reason::PayeeNotUsable, other("new", "out"));
    teller.done(add("card", Rail::PaymentCard));
    teller.done(PayeeCommand::Verify { owner: read("alice"), payee: read("card") });
    teller.refused_for(Reason::NotOffered, other("card", "out"));
    teller.done(ask("alice", "10.00 CNY"));
    teller.done(ask("alice", "50.00 CNY"));
    teller.replay();
}

#[test]
fn terms_in_another_currency_do_not_fit() {
    let usd = |text: &str| Some(sum(text));
    for terms in [
        WithdrawalTerms { minimum: usd("1.00 USD"), ..terms() },
        WithdrawalTerms { maximum: usd("100.00 USD"), ..terms() },
        WithdrawalTerms { fee: Fee { fixed: usd("1.00 USD"), ..Fee::NONE }, ..terms() },
    ] {
        let mut teller = alice(terms);
        teller.refused_for(Reason::CurrencyMismatch, ask("alice", "10.00 CNY"));
        teller.replay();
    }
}

#[test]
fn whoever_is_not_activated_or_not_verified_withdraws_nothing() {
    let mut teller = Teller::small_world();
    teller.terms("out", Terms::Withdrawal(terms()));
    let owner = read("carol");
    teller.done(OwnerCommand::Register {
        owner,
        kind: longmen_wallet::OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![Currency::CNY],
    });
    fund(&mut teller, "carol", "100.00 CNY");
    payee(&mut teller, "carol", "bank", Currency::CNY);
    teller.refused_for(Reason::OwnerNotActivated, ask("carol", "10.00 CNY"));
    teller.done(OwnerCommand::Activate { owner });
    teller.refused_for(Reason::TierTooLow, ask("carol", "10.00 CNY"));
    teller.done(OwnerCommand::Verify { owner, tier: 1 });
    teller.done(ask("carol", "10.00 CNY"));
    teller.replay();
}

#[test]
fn a_withdrawal_is_paid_out_of_what_is_kept_apart_only() {
    let mut teller = alice(terms());
    let own = teller.done(ask("alice", "60.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    let from = |from| WithdrawalCommand::MarkSent { withdrawal: own, from };
    teller.refused_for(Reason::WrongKind, from(Role::Own));
    teller.refused_for(Reason::InsufficientFunds, from(Role::CrossBorder));
    teller.refused_for(Reason::ThingNotFound, sent(read("none")));
    teller.replay();
}

#[test]
fn a_domestic_account_takes_cny_only_and_a_merchant_withdraws_to_it() {
    let mut teller = Teller::small_world();
    teller.terms("out", Terms::Withdrawal(terms()));
    fund(&mut teller, "shop", "100.00 CNY");
    let (owner, payee) = (read("shop"), read("bank"));
    let add = |currency| PayeeCommand::Add { owner, payee, rail: Rail::AlipayCn, currency, token: read("t") };
    teller.refused_for(Reason::CurrencyMismatch, add(Currency::USD));
    teller.done(add(Currency::CNY));
    teller.done(PayeeCommand::Verify { owner, payee });
    let own = teller.done(ask("shop", "60.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    assert_eq!(teller.last_posts(), ["D merchant 61.00 CNY", "C payouts 60.00 CNY", "C fees 1.00 CNY"]);
    teller.done(WithdrawalCommand::Reject { withdrawal: own });
    assert_eq!(teller.last_posts(), ["D payouts 60.00 CNY", "C merchant 60.00 CNY"]);
    teller.replay();
}

#[test]
fn e28_all_that_is_posted_cannot_be_withdrawn_while_some_is_held() {
    let mut teller = alice(WithdrawalTerms { fee: Fee::NONE, ..terms() });
    teller.done(ask("alice", "30.00 CNY"));
    let refusal = teller.refused_for(Reason::InsufficientFunds, ask("alice", "100.00 CNY"));
    assert_eq!(refusal.short_by.minor(), 3_000);
    teller.done(ask("alice", "70.00 CNY"));
    teller.replay();
}

#[test]
fn e29_a_fee_that_does_not_fit_refuses_or_reduces_and_never_overdraws() {
    let mut teller = alice(terms());
    let refusal = teller.refused_for(Reason::InsufficientFunds, ask("alice", "99.01 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    teller.done(ask("alice", "99.00 CNY"));
    teller.replay();

    let shared = Fee { rate_ppm: 1_000, minimum: Some(sum("0.10 CNY")), ..Fee::NONE };
    for (fee, asked, gets) in [
        (terms().fee, "100.00 CNY", "99.00 CNY"),
        (shared, "100.00 CNY", "99.90 CNY"),
        (shared, "99.95 CNY", "99.90 CNY"),
    ] {
        let mut teller = alice(WithdrawalTerms { reduces_to_fit: true, fee, ..terms() });
        teller.refused_for(Reason::InsufficientFunds, ask("alice", "100.01 CNY"));
        let own = teller.done(ask("alice", asked));
        assert_eq!(teller.state.products().withdrawals.get(own).unwrap().sum, sum(gets));
        assert_eq!(teller.available("alice", Currency::CNY), "0.00 CNY");
        teller.replay();
    }
}

#[test]
fn e30_what_does_not_cover_its_fee_is_refused() {
    let fee = Fee { minimum: Some(sum("8.00 CNY")), ..Fee::NONE };
    let mut teller = alice(WithdrawalTerms { fee, ..terms() });
    teller.refused_for(Reason::BelowFee, ask("alice", "7.99 CNY"));
    teller.done(ask("alice", "8.00 CNY"));
    let mut teller = alice(WithdrawalTerms { fee, fee_included: true, ..terms() });
    teller.refused_for(Reason::BelowFee, ask("alice", "7.99 CNY"));
    teller.refused_for(Reason::BelowFee, ask("alice", "8.00 CNY"));
    teller.done(ask("alice", "8.01 CNY"));
    let mut teller = alice(WithdrawalTerms { fee, reduces_to_fit: true, ..terms() });
    teller.done(ask("alice", "82.00 CNY"));
    // Of the 10.00 that are left only 2.00 would fit with the fee.
    teller.refused_for(Reason::BelowFee, ask("alice", "9.00 CNY"));
    teller.replay();
}

#[test]
fn e31_a_payee_removed_after_the_request_is_paid_only_where_the_terms_say_so() {
    let remove = PayeeCommand::Remove { owner: read("alice"), payee: read("bank") };
    let mut teller = alice(terms());
    let own = teller.done(ask("alice", "60.00 CNY"));
    teller.done(remove.clone());
    teller.refused_for(Reason::PayeeNotUsable, WithdrawalCommand::Submit { withdrawal: own });
    payee(&mut teller, "alice", "bank", Currency::CNY);
    teller.refused_for(Reason::PayeeNotUsable, WithdrawalCommand::Submit { withdrawal: own });
    teller.done(WithdrawalCommand::Cancel { withdrawal: own });
    assert_eq!(wallet(&teller), ["100.00 CNY", "0.00 CNY", "100.00 CNY"]);
    teller.replay();

    let mut teller = alice(WithdrawalTerms { pays_removed_payee: true, ..terms() });
    let own = teller.done(ask("alice", "60.00 CNY"));
    teller.done(remove);
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    teller.replay();
}

#[test]
fn a_payee_that_was_replaced_is_paid_in_the_version_that_was_asked_for() {
    let mut teller = alice(terms());
    let own = teller.done(ask("alice", "60.00 CNY"));
    let (owner, payee) = (read("alice"), read("bank"));
    teller.done(PayeeCommand::Replace { owner, payee, rail: Rail::BankCn, token: read("tok-1") });
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    let own = teller.state.products().withdrawals.get(own).unwrap();
    assert_eq!((own.payee.unwrap().version, own.token, own.rail), (0, read("tok-0"), Rail::BankAbroad));
    teller.replay();
}

#[test]
fn e11_a_payout_that_comes_back_after_it_was_settled_is_never_lost() {
    // Short by the bank's fee of 2.00: the operator bears it, or the owner.
    for (owner_bears, legs, left) in [
        (false, vec!["D payouts 58.00 CNY", "D cost 2.00 CNY", "C wallet 60.00 CNY"], "99.00 CNY"),
        (true, vec!["D payouts 58.00 CNY", "C wallet 58.00 CNY"], "97.00 CNY"),
    ] {
        for phase in [Phase::Sent, Phase::Settled] {
            let mut teller = alice(WithdrawalTerms { owner_bears_bank_fee: owner_bears, ..terms() });
            let own = reach(&mut teller, phase);
            teller.refused_for(Reason::ExceedsRemainder, comes_back(own, "60.01 CNY"));
            teller.refused_for(Reason::CurrencyMismatch, comes_back(own, "60.00 USD"));
            teller.refused_for(Reason::AmountZero, comes_back(own, "0.00 CNY"));
            teller.done(PayeeCommand::Remove { owner: read("alice"), payee: read("bank") });
            teller.done(comes_back(own, "58.00 CNY"));
            let mut all = vec!["D nostro 58.00 CNY", "C payouts 58.00 CNY"];
            all.extend(&legs);
            assert_eq!(teller.last_posts(), all);
            assert_eq!(teller.available("alice", Currency::CNY), left);
            let returned = teller.state.products().withdrawals.get(own).unwrap().returned;
            assert_eq!(returned, Some(read("r-1")));
            teller.replay();
        }
    }
}

#[test]
fn e11_a_payout_that_comes_back_to_a_closed_wallet_waits_for_its_owner() {
    let mut teller = alice(WithdrawalTerms { returns_fee: true, ..terms() });
    let own = teller.done(ask("alice", "99.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: own });
    teller.done(sent(own));
    let unclaimed = |text: &str| WithdrawalCommand::PayUnclaimed {
        owner: read("alice"),
        sum: sum(text),
        rail: Rail::BankCn,
        token: read("tok-2"),
        due_ns: 1,
    };
    teller.refused_for(Reason::StateForbids, unclaimed("1.00 CNY"));
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: false });
    teller.done(comes_back(own, "98.00 CNY"));
    let expected = ["D nostro 98.00 CNY", "C payouts 98.00 CNY"];
    let and = ["D payouts 98.00 CNY", "D cost 1.00 CNY", "D fees 1.00 CNY", "C unclaimed 100.00 CNY"];
    assert_eq!(teller.last_posts(), [&expected[..], &and[..]].concat());

    teller.refused_for(Reason::AmountZero, unclaimed("0.00 CNY"));
    let refusal = teller.refused_for(Reason::ExceedsRemainder, unclaimed("100.01 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    let paid = teller.done(unclaimed("60.00 CNY"));
    assert_eq!(teller.last_posts(), ["D unclaimed 60.00 CNY", "C payouts 60.00 CNY"]);
    // What the bank rejects, and what comes back, is unclaimed again.
    teller.done(WithdrawalCommand::Reject { withdrawal: paid });
    assert_eq!(teller.last_posts(), ["D payouts 60.00 CNY", "C unclaimed 60.00 CNY"]);
    let paid = teller.done(unclaimed("100.00 CNY"));
    assert_eq!(
        teller.last_posts(),
        ["D unclaimed 40.00 CNY", "D unclaimed 60.00 CNY", "C payouts 100.00 CNY"]
    );
    // What the bank took and the fee that was given back are the operator's to bear.
    let pool = read("emoney");
    teller.refused_for(Reason::InsufficientFunds, sent(paid));
    teller.done(HouseCommand::Prefund { pool, into: Role::Nostro, sum: sum("1.00 CNY") });
    teller.done(sent(paid));
    teller.done(WithdrawalCommand::Settle { withdrawal: paid });
    assert_eq!(teller.house(Role::Unclaimed, Currency::CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn e35_a_frozen_wallet_withdraws_nothing_and_what_comes_back_stays_frozen_in_it() {
    let freeze = |debit, credit| OwnerCommand::Freeze { owner: read("alice"), debit, credit };
    let mut teller = alice(terms());
    let settled = teller.done(ask("alice", "30.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: settled });
    teller.done(sent(settled));
    let rejected = teller.done(ask("alice", "20.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal: rejected });
    let requested = teller.done(ask("alice", "10.00 CNY"));
    teller.done(freeze(true, true));
    teller.refused_for(Reason::AccountFrozen, ask("alice", "1.00 CNY"));
    teller.refused_for(Reason::AccountFrozen, WithdrawalCommand::Submit { withdrawal: requested });
    teller.done(comes_back(settled, "30.00 CNY"));
    teller.done(WithdrawalCommand::Reject { withdrawal: rejected });
    assert_eq!(wallet(&teller), ["98.00 CNY", "11.00 CNY", "87.00 CNY"]);
    let own = teller.state.products().owners.get(read("alice")).unwrap();
    assert!(own.debit_frozen && own.credit_frozen);
    teller.refused_for(Reason::AccountFrozen, ask("alice", "1.00 CNY"));
    teller.done(freeze(false, false));
    teller.done(WithdrawalCommand::Submit { withdrawal: requested });
    teller.replay();
}

#[test]
fn m16b_a_transfer_across_the_border_is_an_exchange_and_then_a_withdrawal() {
    let mut teller = crate::exchange::world();
    teller.terms("out", Terms::Withdrawal(terms()));
    payee(&mut teller, "alice", "bank", Currency::CNY);
    crate::exchange::convert(&mut teller, "100.00 USD", "CNY", "7.1035", "");
    let (pool, from, into) = (read("emoney"), Role::Nostro, Role::Reserve);
    let (sold, bought) = (sum("100.00 USD"), sum("710.35 CNY"));
    teller.done(ExchangeCommand::Cover { pool, sold, from, bought, into });
    let own = teller.done(ask("alice", "709.35 CNY"));
    let posts = teller.posts(WithdrawalCommand::Submit { withdrawal: own });
    assert_eq!(posts, ["D wallet 710.35 CNY", "C payouts 709.35 CNY", "C fees 1.00 CNY"]);
    let posts = teller.posts(WithdrawalCommand::MarkSent { withdrawal: own, from: Role::Reserve });
    assert_eq!(posts, ["D payouts 709.35 CNY", "C reserve 709.35 CNY"]);
    assert_eq!(teller.available("alice", Currency::CNY), "0.00 CNY");
    teller.replay();
}
