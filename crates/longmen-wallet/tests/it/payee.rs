use longmen_core::{Detail, Phase, Reason, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    CardCommand, CollectionCommand, OwnerCommand, PayeeCommand, PayeeRef, Rail, WithdrawalCommand, may_go,
};

use crate::teller::{Teller, read, sum};

const CNY: Currency = Currency::CNY;

fn add(owner: &str, rail: Rail, token: &str) -> PayeeCommand {
    let (owner, payee) = (read(owner), read("mine"));
    PayeeCommand::Add { owner, payee, rail, currency: CNY, token: read(token) }
}

fn verify() -> PayeeCommand {
    PayeeCommand::Verify { owner: read("alice"), payee: read("mine") }
}

fn replace(rail: Rail, token: &str) -> PayeeCommand {
    PayeeCommand::Replace { owner: read("alice"), payee: read("mine"), rail, token: read(token) }
}

fn remove() -> PayeeCommand {
    PayeeCommand::Remove { owner: read("alice"), payee: read("mine") }
}

/// The phase of every version, the first one first.
fn phases(teller: &Teller) -> Vec<Phase> {
    let own = teller.state.products().owners.get(read("alice")).unwrap();
    own.payees.iter().map(|payee| payee.phase).collect()
}

#[test]
fn r6_an_international_wallet_binds_a_domestic_one_and_never_the_other_way_round() {
    let mut teller = Teller::small_world();
    teller.done(add("shop", Rail::AlipayCn, "tok-1"));
    teller.refused_for(Reason::BindingNotAllowed, add("alice", Rail::AlipayIntl, "tok-1"));
    teller.done(add("alice", Rail::BankCn, "tok-1"));
    teller.refused_for(Reason::BindingNotAllowed, replace(Rail::AlipayIntl, "tok-2"));
    teller.replay();
}

#[test]
fn r8_after_removal_another_one_is_added_in_its_place() {
    let mut teller = Teller::small_world();
    teller.done(add("alice", Rail::BankCn, "tok-1"));
    teller.refused_for(Reason::ThingExists, add("alice", Rail::BankCn, "tok-2"));
    teller.done(verify());
    teller.done(replace(Rail::BankAbroad, "tok-2"));
    assert_eq!(phases(&teller), [Phase::Superseded, Phase::Added]);
    teller.done(remove());
    teller.done(add("alice", Rail::BankCn, "tok-3"));
    assert_eq!(phases(&teller), [Phase::Superseded, Phase::Removed, Phase::Added]);
    let own = teller.state.products().owners.get(read("alice")).unwrap();
    let at = |version| own.payee_at(PayeeRef { id: read("mine"), version }).unwrap().token;
    assert_eq!([at(0), at(1), at(2)], ["tok-1", "tok-2", "tok-3"].map(read));
    teller.replay();
}

#[test]
fn every_phase_of_a_payee_allows_what_the_table_says_and_refuses_the_rest() {
    use Phase::{Added, Removed, Superseded, Verified};
    let table =
        [(Added, [true, true, true]), (Verified, [false, true, true]), (Removed, [false, false, false])];
    for (from, allowed) in table {
        let commands =
            [(Verified, verify()), (Superseded, replace(Rail::BankCn, "tok-2")), (Removed, remove())];
        for ((to, command), allowed) in commands.into_iter().zip(allowed) {
            let mut teller = Teller::small_world();
            teller.done(add("alice", Rail::BankCn, "tok-1"));
            match from {
                Verified => drop(teller.posts(verify())),
                Removed => drop(teller.posts(remove())),
                _ => {}
            }
            assert_eq!(phases(&teller), [from]);
            assert_eq!(may_go(Thing::Payee, from, to), allowed, "{from} to {to}");
            if allowed {
                teller.done(command);
                assert_eq!(phases(&teller)[0], to);
            } else {
                let refusal = teller.refused_for(Reason::StateForbids, command);
                assert_eq!(refusal.detail, Detail::Phase(Thing::Payee, from));
            }
            teller.replay();
        }
    }
    for to in [Added, Verified, Removed] {
        assert!(!may_go(Thing::Payee, Superseded, to), "superseded to {to}");
    }
}

#[test]
fn a_payee_belongs_to_an_owner_whose_wallet_is_open() {
    let mut teller = Teller::small_world();
    teller.refused_for(Reason::ThingNotFound, add("nobody", Rail::BankCn, "tok-1"));
    for command in [verify(), replace(Rail::BankCn, "tok-2"), remove()] {
        teller.refused_for(Reason::ThingNotFound, command);
    }
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, add("alice", Rail::BankCn, "tok-1"));
    teller.refused_for(Reason::StateForbids, verify());
    teller.replay();
}

#[test]
fn f09_a_token_that_is_a_payment_card_number_is_refused_wherever_one_is_kept() {
    let mut teller = Teller::small_world();
    let number = "4111-1111-1111-1111";
    teller.refused_for(Reason::PaymentCardNumber, add("alice", Rail::PaymentCard, number));
    teller.done(add("alice", Rail::PaymentCard, "tok-1"));
    teller.refused_for(Reason::PaymentCardNumber, replace(Rail::PaymentCard, number));
    let merchant = read("shop");
    let open = CollectionCommand::OpenReceiver { merchant, currency: CNY, token: read(number) };
    teller.refused_for(Reason::PaymentCardNumber, open);
    let open = CollectionCommand::OpenReceiver { merchant, currency: CNY, token: read("acct-1") };
    let receiver = teller.done(open);
    let details = CollectionCommand::ReplaceReceiverDetails { receiver, token: read(number) };
    teller.refused_for(Reason::PaymentCardNumber, details);
    let (owner, rail, token, due_ns) = (read("alice"), Rail::PaymentCard, read(number), 0);
    let pay = WithdrawalCommand::PayUnclaimed { owner, sum: sum("1.00 CNY"), rail, token, due_ns };
    teller.refused_for(Reason::PaymentCardNumber, pay);
    let (terms, expires_ns) = (read("consumer"), None);
    let issue = CardCommand::Issue { card: read(number), owner, terms, expires_ns };
    teller.refused_for(Reason::PaymentCardNumber, issue);
    teller.replay();
}
