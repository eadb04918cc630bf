use longmen_core::{Key, Phase, Reason, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    CollectionCommand, Doubt, Item, OwnerCommand, OwnerKind, PayeeCommand, Rail, Role, Sender, Terms,
    WalletTerms, WithdrawalTerms, may_go,
};

use crate::teller::{DAY, START, Teller, read, seller, sum};
use crate::withdrawal::{ask, payee};

const CNY: Currency = Currency::CNY;
const USD: Currency = Currency::USD;

/// The small world with a receiving account of the shop in USD.
fn world() -> (Teller, Key) {
    let mut teller = Teller::small_world();
    let receiver = open_receiver(&mut teller, "shop", USD);
    (teller, receiver)
}

fn open_receiver(teller: &mut Teller, merchant: &str, currency: Currency) -> Key {
    let merchant = read(merchant);
    teller.done(CollectionCommand::OpenReceiver { merchant, currency, token: read("acct-0") })
}

/// What a platform or somebody else pays, under a reference.
fn paid(receiver: Key, reference: &str, text: &str, sender: Sender) -> CollectionCommand {
    CollectionCommand::Receive {
        channel: read("amazon"),
        reference: read(reference),
        receiver,
        sum: sum(text),
        sender,
        into: Role::Nostro,
    }
}

/// So much in the shop's account, as the platform has paid it.
fn earned(teller: &mut Teller, receiver: Key, text: &str) {
    let reference = format!("earned-{}", teller.entries.len());
    teller.done(paid(receiver, &reference, text, Sender::Platform));
}

fn doubt(teller: &Teller, deposit: Key) -> Option<Doubt> {
    teller.state.products().batches.deposits.get(deposit).unwrap().doubt
}

/// The item of a deposit that is kept apart.
fn item(teller: &Teller, deposit: Key, currency: Currency) -> Option<Item> {
    let house = teller.state.products().houses.get(read("emoney"), currency).unwrap();
    teller.state.products().items.get(house.account(Role::Unidentified), &deposit).copied()
}

fn seller_with(teller: &mut Teller, name: &str, terms: WalletTerms) {
    teller.terms("other", Terms::Wallet(terms));
    register(teller, name, "other");
    teller.done(OwnerCommand::Activate { owner: read(name) });
    teller.done(OwnerCommand::Verify { owner: read(name), tier: 1 });
}

fn register(teller: &mut Teller, name: &str, terms: &str) {
    teller.done(OwnerCommand::Register {
        owner: read(name),
        kind: OwnerKind::Merchant,
        pool: read("emoney"),
        terms: read(terms),
        currencies: vec![USD],
    });
}

#[test]
fn a_receiving_account_has_versions_and_a_marketplace_is_told_which_it_is() {
    let (mut teller, receiver) = world();
    let replace = CollectionCommand::ReplaceReceiverDetails { receiver, token: read("acct-1") };
    teller.done(replace.clone());
    let assign = |merchant: &str, currency, receiver| CollectionCommand::Assign {
        merchant: read(merchant),
        marketplace: read("amazon.com"),
        currency,
        receiver,
    };
    teller.done(assign("shop", USD, receiver));
    let second = open_receiver(&mut teller, "shop", USD);
    let third = open_receiver(&mut teller, "shop", CNY);
    teller.done(assign("shop", USD, second));
    teller.done(assign("shop", CNY, third));
    let own = &teller.state.products().batches;
    assert_eq!(own.receivers.get(receiver).unwrap().tokens, [read("acct-0"), read("acct-1")]);
    let assigned = |currency| own.assigned(read("shop"), read("amazon.com"), currency);
    assert_eq!((assigned(USD), assigned(CNY)), (Some(second), Some(third)));
    let all = own.assignments(read("shop"), read("amazon.com"));
    assert_eq!(all.iter().map(|own| own.receiver).collect::<Vec<_>>(), [receiver, second, third]);
    assert_eq!(own.assigned(read("shop"), read("amazon.de"), USD), None);

    teller.refused_for(Reason::ThingNotFound, assign("shop", USD, read("none")));
    teller.refused_for(Reason::CurrencyMismatch, assign("shop", CNY, receiver));
    teller.refused_for(Reason::WrongOwner, assign("alice", USD, receiver));
    teller.done(CollectionCommand::CloseReceiver { receiver });
    teller.refused_for(Reason::StateForbids, CollectionCommand::CloseReceiver { receiver });
    teller.refused_for(Reason::StateForbids, assign("shop", USD, receiver));
    teller.refused_for(Reason::StateForbids, replace);
    teller.refused_for(Reason::ThingNotFound, CollectionCommand::CloseReceiver { receiver: read("none") });
    teller.replay();
}

#[test]
fn only_a_merchant_with_an_account_in_the_currency_gets_a_receiving_account() {
    let mut teller = Teller::small_world();
    let open = |merchant: &str, currency| CollectionCommand::OpenReceiver {
        merchant: read(merchant),
        currency,
        token: read("acct-0"),
    };
    teller.refused_for(Reason::WrongKind, open("alice", USD));
    teller.refused_for(Reason::ThingNotFound, open("nobody", USD));
    teller.refused_for(Reason::ThingNotFound, open("shop", read("EUR")));
    teller.done(OwnerCommand::Close { owner: read("shop"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, open("shop", USD));
    teller.replay();
}

#[test]
fn what_the_platform_pays_is_the_merchants() {
    for (into, word) in
        [(Role::Nostro, "nostro"), (Role::CrossBorder, "crossborder"), (Role::Reserve, "reserve")]
    {
        let (mut teller, receiver) = world();
        let CollectionCommand::Receive { channel, reference, sum, sender, .. } =
            paid(receiver, "p-1", "500.00 USD", Sender::Platform)
        else {
            panic!()
        };
        teller.done(CollectionCommand::Receive { channel, reference, receiver, sum, sender, into });
        assert_eq!(teller.last_posts(), [format!("D {word} 500.00 USD"), "C merchant 500.00 USD".into()]);
        teller.replay();
    }
}

#[test]
fn a_receipt_is_booked_once_for_its_reference_and_into_the_resource_only() {
    let (mut teller, receiver) = world();
    let first = paid(receiver, "p-1", "500.00 USD", Sender::Platform);
    let deposit = teller.done(first.clone());
    let own = teller.state.products().batches.deposits.get(deposit).unwrap();
    assert_eq!((own.phase, own.doubt, own.merchant), (Phase::Credited, None, Some(read("shop"))));
    teller.refused_for(Reason::ReferenceUsed, first.clone());
    // The same reference on another channel is another deposit (E47).
    let CollectionCommand::Receive { sum, sender, into, reference, .. } = first else { panic!() };
    let again = |channel: &str, into| CollectionCommand::Receive {
        channel: read(channel),
        reference,
        receiver,
        sum,
        sender,
        into,
    };
    teller.done(again("bank", into));
    teller.refused_for(Reason::WrongKind, again("visa", Role::Own));
    teller.refused_for(Reason::ThingNotFound, again("nobody", into));
    teller.refused_for(Reason::AmountZero, paid(receiver, "p-2", "0.00 USD", Sender::Platform));
    teller.refused_for(Reason::ThingNotFound, paid(receiver, "p-2", "1.00 EUR", Sender::Platform));
    teller.replay();
}

#[test]
fn what_is_in_doubt_is_kept_apart_identified_or_sent_back() {
    for (sender, text, expected, whose) in [
        (Sender::Unknown, "500.00 USD", Doubt::UnknownSender, None),
        (Sender::Buyer, "500.00 USD", Doubt::DirectPayment, None),
        (Sender::Platform, "500.00 CNY", Doubt::WrongCurrency, Some(read("shop"))),
    ] {
        let (mut teller, receiver) = world();
        let deposit = teller.done(paid(receiver, "p-1", text, sender));
        assert_eq!(teller.last_posts(), [format!("D nostro {text}"), format!("C unidentified {text}")]);
        assert_eq!(doubt(&teller, deposit), Some(expected));
        assert_eq!(item(&teller, deposit, sum(text).currency).unwrap().owner, whose);
        let identify = CollectionCommand::Identify { deposit, owner: read("shop") };
        if sender == Sender::Buyer {
            teller.refused_for(Reason::NotOffered, identify.clone());
            teller.done(CollectionCommand::SendBack { deposit });
            assert_eq!(teller.last_posts(), [format!("D unidentified {text}"), format!("C nostro {text}")]);
        } else {
            teller.done(identify.clone());
            assert_eq!(teller.last_posts(), [format!("D unidentified {text}"), format!("C merchant {text}")]);
        }
        assert_eq!(item(&teller, deposit, sum(text).currency), None);
        teller.refused_for(Reason::StateForbids, identify);
        teller.refused_for(Reason::StateForbids, CollectionCommand::SendBack { deposit });
        teller.replay();
    }
}

#[test]
fn what_is_identified_goes_to_an_open_wallet_of_its_pool_and_currency() {
    let (mut teller, receiver) = world();
    let deposit = teller.done(paid(receiver, "p-1", "500.00 USD", Sender::Unknown));
    let identify = |deposit, owner: &str| CollectionCommand::Identify { deposit, owner: read(owner) };
    teller.refused_for(Reason::ThingNotFound, identify(read("none"), "shop"));
    teller.refused_for(Reason::ThingNotFound, identify(deposit, "nobody"));
    teller.done(OwnerCommand::Freeze { owner: read("bob"), debit: false, credit: true });
    teller.refused_for(Reason::AccountFrozen, identify(deposit, "bob"));
    teller.done(OwnerCommand::Close { owner: read("shop"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, identify(deposit, "shop"));
    let pool = read("cards");
    for currency in [CNY, USD] {
        teller.done(longmen_wallet::HouseCommand::Open { pool, currency });
    }
    teller.done(OwnerCommand::Register {
        owner: read("dora"),
        kind: OwnerKind::Customer,
        pool,
        terms: read("consumer"),
        currencies: vec![USD],
    });
    teller.refused_for(Reason::WrongKind, identify(deposit, "dora"));
    teller.done(OwnerCommand::Register {
        owner: read("emil"),
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![CNY],
    });
    teller.refused_for(Reason::ThingNotFound, identify(deposit, "emil"));
    teller.done(identify(deposit, "alice"));
    assert_eq!(teller.last_posts(), ["D unidentified 500.00 USD", "C wallet 500.00 USD"]);
    teller.replay();
}

#[test]
fn r5_a_buyer_pays_a_merchant_directly_only_where_the_terms_say_so() {
    let mut teller = Teller::small_world();
    seller_with(&mut teller, "stall", WalletTerms { direct_receipts: true, ..seller() });
    let receiver = open_receiver(&mut teller, "stall", USD);
    let deposit = teller.done(paid(receiver, "p-1", "5.00 USD", Sender::Buyer));
    assert_eq!(teller.last_posts(), ["D nostro 5.00 USD", "C merchant 5.00 USD"]);
    assert_eq!(doubt(&teller, deposit), None);
    teller.replay();
}

#[test]
fn e34_money_for_a_closed_wallet_is_kept_apart_and_sent_back() {
    let (mut teller, receiver) = world();
    teller.done(OwnerCommand::Close { owner: read("shop"), sets_aside: false });
    let deposit = teller.done(paid(receiver, "p-1", "500.00 USD", Sender::Platform));
    assert_eq!(doubt(&teller, deposit), Some(Doubt::ClosedReceiver));
    assert_eq!(item(&teller, deposit, USD).unwrap().owner, Some(read("shop")));
    teller.done(CollectionCommand::SendBack { deposit });
    assert_eq!(teller.last_posts(), ["D unidentified 500.00 USD", "C nostro 500.00 USD"]);
    teller.replay();

    let (mut teller, receiver) = world();
    teller.done(CollectionCommand::CloseReceiver { receiver });
    let closed = teller.done(paid(receiver, "p-1", "500.00 USD", Sender::Platform));
    let unknown = teller.done(paid(read("none"), "p-2", "500.00 USD", Sender::Platform));
    assert_eq!(doubt(&teller, closed), Some(Doubt::ClosedReceiver));
    assert_eq!(doubt(&teller, unknown), Some(Doubt::UnknownReceiver));
    teller.replay();
}

#[test]
fn f16_a_risk_freeze_stops_payouts_and_lets_receipts_in() {
    let (mut teller, receiver) = world();
    teller.terms(
        "out",
        Terms::Withdrawal(WithdrawalTerms { rails: vec![Rail::BankAbroad], ..Default::default() }),
    );
    payee(&mut teller, "shop", "bank", USD);
    earned(&mut teller, receiver, "500.00 USD");
    let batch = open_batch(&mut teller, "c-1");
    let freeze = |debit, credit| OwnerCommand::Freeze { owner: read("shop"), debit, credit };
    teller.done(freeze(true, false));
    earned(&mut teller, receiver, "100.00 USD");
    assert_eq!(teller.available("shop", USD), "600.00 USD");
    teller.refused_for(Reason::AccountFrozen, ask("shop", "1.00 USD"));
    teller.refused_for(Reason::AccountFrozen, cut_off(batch));
    // A freeze of what comes in keeps it apart: the bank has it already.
    teller.done(freeze(true, true));
    let deposit = teller.done(paid(receiver, "p-9", "1.00 USD", Sender::Platform));
    assert_eq!(doubt(&teller, deposit), Some(Doubt::Frozen));
    teller.done(freeze(false, false));
    teller.done(cut_off(batch));
    teller.done(freeze(true, false));
    teller.refused_for(Reason::AccountFrozen, send(batch));
    let next = open_batch(&mut teller, "c-2");
    teller.done(CollectionCommand::Slip { batch, into: next });
    assert_eq!(teller.last_posts(), ["D payouts 600.00 USD", "C merchant 600.00 USD"]);
    teller.replay();
}

#[test]
fn r15_a_merchant_who_is_not_activated_is_paid_all_the_same() {
    let mut teller = Teller::small_world();
    register(&mut teller, "stall", "seller");
    let receiver = open_receiver(&mut teller, "stall", USD);
    teller.done(paid(receiver, "p-1", "500.00 USD", Sender::Platform));
    assert_eq!(teller.last_posts(), ["D nostro 500.00 USD", "C merchant 500.00 USD"]);
    let postings = teller.entries.len();
    teller.done(OwnerCommand::Activate { owner: read("stall") });
    assert!(teller.entries[postings].1.postings.is_empty(), "activating posts nothing");
    assert_eq!(teller.available("stall", USD), "500.00 USD");
    teller.replay();
}

fn claw_back(reference: &str, text: &str, from: Option<Role>) -> CollectionCommand {
    let (channel, reference, merchant) = (read("amazon"), read(reference), read("shop"));
    CollectionCommand::ClawBack { channel, reference, merchant, sum: sum(text), from }
}

#[test]
fn e45_what_a_platform_takes_back_beyond_the_balance_is_a_debt() {
    let (mut teller, receiver) = world();
    earned(&mut teller, receiver, "100.00 USD");
    teller.done(claw_back("n-1", "30.00 USD", None));
    assert_eq!(teller.last_posts(), ["D merchant 30.00 USD", "C clearing 30.00 USD"]);
    // The wallet is frozen, and the platform takes it all the same.
    teller.done(OwnerCommand::Freeze { owner: read("shop"), debit: true, credit: false });
    teller.done(claw_back("n-2", "90.00 USD", Some(Role::Nostro)));
    assert_eq!(
        teller.last_posts(),
        [
            "D merchant 70.00 USD",
            "D debts 20.00 USD",
            "C clearing 90.00 USD",
            "D clearing 90.00 USD",
            "C nostro 90.00 USD"
        ]
    );
    assert_eq!(teller.clearing("amazon", USD), "-30.00 USD");
    teller.refused_for(Reason::ReferenceUsed, claw_back("n-2", "90.00 USD", None));
    teller.refused_for(Reason::AmountZero, claw_back("n-3", "0.00 USD", None));
    teller.refused_for(Reason::WrongKind, claw_back("n-3", "1.00 USD", Some(Role::Own)));
    teller.refused_for(Reason::ThingNotFound, claw_back("n-3", "1.00 EUR", None));
    let CollectionCommand::ClawBack { channel, reference, sum, .. } = claw_back("n-3", "1.00 USD", None)
    else {
        panic!()
    };
    let merchant = read("alice");
    teller.refused_for(
        Reason::WrongKind,
        CollectionCommand::ClawBack { channel, reference, merchant, sum, from: None },
    );
    // Nothing is taken out of a frozen wallet; once it is free, what comes in pays the debt first.
    earned(&mut teller, receiver, "5.00 USD");
    assert_eq!(teller.last_posts(), ["D nostro 5.00 USD", "C merchant 5.00 USD"]);
    teller.done(OwnerCommand::Freeze { owner: read("shop"), debit: false, credit: false });
    earned(&mut teller, receiver, "50.00 USD");
    assert_eq!(
        teller.last_posts(),
        ["D nostro 50.00 USD", "C merchant 50.00 USD", "D merchant 20.00 USD", "C debts 20.00 USD"]
    );
    assert_eq!(teller.available("shop", USD), "35.00 USD");
    teller.replay();
}

fn opening(merchant: &str, currency: Currency, cycle: &str) -> CollectionCommand {
    CollectionCommand::OpenBatch {
        merchant: read(merchant),
        currency,
        payee: read("bank"),
        cycle: read(cycle),
        cut_off_ns: START,
    }
}

fn open_batch(teller: &mut Teller, cycle: &str) -> Key {
    teller.done(opening("shop", USD, cycle))
}

fn cut_off(batch: Key) -> CollectionCommand {
    CollectionCommand::CutOff { batch, due_ns: START + DAY }
}

fn send(batch: Key) -> CollectionCommand {
    CollectionCommand::SendBatch { batch, from: Role::Nostro }
}

fn returned(batch: Key, text: &str) -> CollectionCommand {
    CollectionCommand::ReturnBatch { batch, came: sum(text), reference: read("r-1"), into: Role::Nostro }
}

/// The shop with 500.00 USD and a payee.
fn settling() -> Teller {
    let (mut teller, receiver) = world();
    earned(&mut teller, receiver, "500.00 USD");
    payee(&mut teller, "shop", "bank", USD);
    teller
}

fn replace(teller: &mut Teller, token: &str) {
    let (owner, payee) = (read("shop"), read("bank"));
    teller.done(PayeeCommand::Replace { owner, payee, rail: Rail::BankAbroad, token: read(token) });
    teller.done(PayeeCommand::Verify { owner, payee });
}

fn batch_phase(teller: &Teller, batch: Key) -> Phase {
    teller.state.products().batches.batches.get(batch).unwrap().phase
}

#[test]
fn a_batch_is_cut_off_sent_and_settled() {
    let mut teller = settling();
    let batch = open_batch(&mut teller, "c-1");
    teller.done(cut_off(batch));
    assert_eq!(teller.last_posts(), ["D merchant 500.00 USD", "C payouts 500.00 USD"]);
    teller.done(send(batch));
    assert_eq!(teller.last_posts(), ["D payouts 500.00 USD", "C nostro 500.00 USD"]);
    teller.done(CollectionCommand::SettleBatch { batch });
    assert_eq!(batch_phase(&teller, batch), Phase::Settled);
    teller.replay();
}

#[test]
fn a_batch_is_refused_for_what_is_wrong_with_it() {
    let mut teller = settling();
    let late = CollectionCommand::OpenBatch {
        merchant: read("shop"),
        currency: USD,
        payee: read("bank"),
        cycle: read("c-1"),
        cut_off_ns: START + DAY,
    };
    let batch = teller.done(late);
    teller.refused_for(Reason::ThingExists, opening("shop", USD, "c-1"));
    teller.refused_for(Reason::WrongKind, opening("alice", USD, "c-2"));
    teller.refused_for(Reason::ThingNotFound, opening("shop", read("EUR"), "c-2"));
    teller.refused_for(Reason::ThingNotFound, opening("nobody", USD, "c-2"));
    seller_with(&mut teller, "stall", seller());
    teller.refused_for(Reason::ThingNotFound, opening("stall", USD, "c-2"));
    teller.refused_for(Reason::TooEarly, cut_off(batch));
    teller.refused_for(Reason::ThingNotFound, cut_off(read("none")));
    teller.pass(DAY);
    let (owner, payee) = (read("shop"), read("bank"));
    teller.done(PayeeCommand::Replace { owner, payee, rail: Rail::BankCn, token: read("tok-1") });
    teller.refused_for(Reason::PayeeNotUsable, cut_off(batch));
    teller.done(PayeeCommand::Verify { owner, payee });
    let cny = teller.done(opening("shop", CNY, "c-1"));
    teller.refused_for(Reason::CurrencyMismatch, cut_off(cny));
    teller.done(cut_off(batch));
    let wrong = CollectionCommand::SendBatch { batch, from: Role::Own };
    teller.refused_for(Reason::WrongKind, wrong);
    let empty = open_batch(&mut teller, "c-3");
    teller.refused_for(Reason::InsufficientFunds, cut_off(empty));
    teller.done(send(batch));
    teller.refused_for(Reason::ExceedsRemainder, returned(batch, "500.01 USD"));
    teller.refused_for(Reason::CurrencyMismatch, returned(batch, "500.00 CNY"));
    teller.replay();
}

#[test]
fn a_batch_of_whoever_may_not_spend_is_not_cut_off() {
    let mut teller = Teller::small_world();
    register(&mut teller, "stall", "seller");
    let receiver = open_receiver(&mut teller, "stall", USD);
    teller.done(paid(receiver, "p-1", "500.00 USD", Sender::Platform));
    payee(&mut teller, "stall", "bank", USD);
    let batch = teller.done(opening("stall", USD, "c-1"));
    teller.refused_for(Reason::OwnerNotActivated, cut_off(batch));
    teller.done(OwnerCommand::Activate { owner: read("stall") });
    teller.refused_for(Reason::TierTooLow, cut_off(batch));
    teller.replay();
}

#[test]
fn f15_a_batch_whose_payee_changed_after_the_cut_off_slips_into_the_next() {
    let mut teller = settling();
    let first = open_batch(&mut teller, "c-1");
    teller.done(cut_off(first));
    replace(&mut teller, "tok-1");
    teller.refused_for(Reason::PayeeNotUsable, send(first));
    let slip = |batch, into| CollectionCommand::Slip { batch, into };
    teller.refused_for(Reason::ThingNotFound, slip(first, read("none")));
    teller.refused_for(Reason::StateForbids, slip(first, first));
    let cny = teller.done(opening("shop", CNY, "c-1"));
    teller.refused_for(Reason::CurrencyMismatch, slip(first, cny));
    seller_with(&mut teller, "stall", seller());
    payee(&mut teller, "stall", "bank", USD);
    let foreign = teller.done(opening("stall", USD, "c-1"));
    teller.refused_for(Reason::WrongOwner, slip(first, foreign));

    let second = open_batch(&mut teller, "c-2");
    teller.done(slip(first, second));
    assert_eq!(teller.last_posts(), ["D payouts 500.00 USD", "C merchant 500.00 USD"]);
    teller.done(cut_off(second));
    assert_eq!(teller.last_posts(), ["D merchant 500.00 USD", "C payouts 500.00 USD"]);
    teller.done(send(second));
    let own = &teller.state.products().batches.batches;
    assert_eq!(own.get(first).unwrap().slipped_into, Some(second));
    assert_eq!(own.get(second).unwrap().pinned.unwrap().payee.version, 1);
    teller.replay();
}

#[test]
fn e32_a_payee_that_changes_twice_in_a_cycle_is_pinned_for_each_batch() {
    let mut teller = settling();
    let first = open_batch(&mut teller, "c-1");
    replace(&mut teller, "tok-1");
    teller.done(cut_off(first));
    teller.done(send(first));
    // Sent already: what the old account does not take comes back the normal way.
    replace(&mut teller, "tok-2");
    teller.done(returned(first, "490.00 USD"));
    assert_eq!(
        teller.last_posts(),
        [
            "D nostro 490.00 USD",
            "C payouts 490.00 USD",
            "D payouts 490.00 USD",
            "D cost 10.00 USD",
            "C merchant 500.00 USD"
        ]
    );
    let second = open_batch(&mut teller, "c-2");
    teller.done(cut_off(second));
    let own = &teller.state.products().batches.batches;
    let version = |batch| own.get(batch).unwrap().pinned.unwrap().payee.version;
    assert_eq!((version(first), version(second)), (1, 2));
    assert_eq!(own.get(first).unwrap().returned, Some(read("r-1")));
    teller.replay();
}

#[test]
fn e11_a_batch_that_comes_back_to_a_closed_wallet_waits_for_its_owner() {
    let mut teller = settling();
    let batch = open_batch(&mut teller, "c-1");
    teller.done(cut_off(batch));
    teller.done(send(batch));
    teller.done(OwnerCommand::Close { owner: read("shop"), sets_aside: false });
    teller.done(returned(batch, "500.00 USD"));
    assert_eq!(teller.last_posts()[2..], ["D payouts 500.00 USD", "C unclaimed 500.00 USD"]);
    teller.refused_for(Reason::StateForbids, opening("shop", USD, "c-2"));
    teller.replay();
}

#[test]
fn every_phase_of_a_batch_allows_what_the_table_says_and_refuses_the_rest() {
    use Phase::{CutOff, Open, Returned, Sent, Settled, Slipped};
    let table = [
        (Open, vec![CutOff]),
        (CutOff, vec![Sent, Slipped]),
        (Sent, vec![Settled, Returned]),
        (Settled, vec![Returned]),
        (Returned, vec![]),
        (Slipped, vec![]),
    ];
    for (from, allowed) in table {
        for to in [CutOff, Sent, Settled, Slipped, Returned] {
            let mut teller = settling();
            let batch = open_batch(&mut teller, "c-1");
            let next = open_batch(&mut teller, "c-2");
            let step = |to| match to {
                CutOff => cut_off(batch),
                Sent => send(batch),
                Settled => CollectionCommand::SettleBatch { batch },
                Slipped => CollectionCommand::Slip { batch, into: next },
                _ => returned(batch, "500.00 USD"),
            };
            let way = match from {
                Open => vec![],
                CutOff => vec![CutOff],
                Slipped => vec![CutOff, Slipped],
                Sent => vec![CutOff, Sent],
                Settled => vec![CutOff, Sent, Settled],
                _ => vec![CutOff, Sent, Returned],
            };
            for to in way {
                teller.done(step(to));
            }
            assert_eq!(batch_phase(&teller, batch), from);
            assert_eq!(may_go(Thing::Batch, from, to), allowed.contains(&to), "{from} to {to}");
            if allowed.contains(&to) {
                teller.done(step(to));
                assert_eq!(batch_phase(&teller, batch), to);
            } else {
                teller.refused_for(Reason::StateForbids, step(to));
            }
            teller.replay();
        }
    }
}
