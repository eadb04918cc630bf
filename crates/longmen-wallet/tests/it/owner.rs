use longmen_core::{Detail, Flow, Key, Obstacle, OpenThings, Phase, Reason, Thing, Window};
use longmen_money::Currency;
use longmen_wallet::{
    AtExpiry, CardCommand, CardTerms, CollectionCommand, CreditCommand, CreditTerms, DisputeCommand,
    DisputedOn, Fee, OwnerCommand, OwnerKind, PaymentTerms, Rail, Returns, Role, Sender, Terms, TierLimit,
    TopUpCommand, TransferCommand, WalletTerms, WithdrawalCommand, WithdrawalTerms, may_go,
};

use crate::case::owes;
use crate::teller::{DAY, Teller, consumer, read, sum};
use crate::top_up::{applied, free, pay, request};
use crate::withdrawal::{ask, fund, payee};

const CNY: Currency = Currency::CNY;
const USD: Currency = Currency::USD;

fn register(name: &str, kind: OwnerKind, terms: &str) -> OwnerCommand {
    OwnerCommand::Register {
        owner: read(name),
        kind,
        pool: read("emoney"),
        terms: read(terms),
        currencies: vec![CNY, USD],
    }
}

fn close(name: &str, sets_aside: bool) -> OwnerCommand {
    OwnerCommand::Close { owner: read(name), sets_aside }
}

fn freeze(name: &str, debit: bool, credit: bool) -> OwnerCommand {
    OwnerCommand::Freeze { owner: read(name), debit, credit }
}

/// Whether each of an owner's accounts is hidden.
fn hidden(teller: &Teller, name: &str) -> Vec<bool> {
    let own = teller.state.products().owners.get(read(name)).unwrap();
    let is_hidden = |account| teller.state.books().account_at(account).unwrap().access().hidden;
    own.accounts.iter().map(|own| is_hidden(own.account)).collect()
}

fn open_withdrawals(teller: &mut Teller) {
    let terms = WithdrawalTerms { rails: vec![Rail::BankAbroad], ..WithdrawalTerms::default() };
    teller.terms("out", Terms::Withdrawal(terms));
}

#[test]
fn an_owner_is_registered_hidden_and_shown_when_activated() {
    let mut teller = Teller::small_world();
    let register = register("carol", OwnerKind::Customer, "consumer");
    teller.done(register.clone());
    teller.refused_for(Reason::ThingExists, register);
    assert_eq!(hidden(&teller, "carol"), [true, true]);
    let owner = read("carol");
    teller.done(OwnerCommand::OpenPurse { owner, currency: CNY });
    assert_eq!(hidden(&teller, "carol"), [true, true, true]);
    teller.done(OwnerCommand::Activate { owner });
    assert_eq!(hidden(&teller, "carol"), [false, false, false]);
    teller.done(OwnerCommand::OpenPurse { owner, currency: USD });
    assert_eq!(hidden(&teller, "carol"), [false, false, false, false]);
    teller.replay();
}

#[test]
fn a_registration_is_refused_for_what_is_wrong_with_it() {
    let mut teller = Teller::small_world();
    let with = |currencies: Vec<Currency>, pool: &str, terms: &str| OwnerCommand::Register {
        owner: read("carol"),
        kind: OwnerKind::Customer,
        pool: read(pool),
        terms: read(terms),
        currencies,
    };
    teller.refused_for(Reason::ThingExists, with(vec![CNY, CNY], "emoney", "consumer"));
    teller.refused_for(Reason::ThingNotFound, with(vec![read("EUR")], "emoney", "consumer"));
    teller.refused_for(Reason::ThingNotFound, with(vec![CNY], "cards", "consumer"));
    teller.refused_for(Reason::ThingNotFound, with(vec![CNY], "emoney", "nothing"));
    teller.terms("orders", Terms::Payment(PaymentTerms::default()));
    teller.refused_for(Reason::WrongKind, with(vec![CNY], "emoney", "orders"));
    let open = |owner: &str, currency| OwnerCommand::OpenCurrency { owner: read(owner), currency };
    teller.refused_for(Reason::ThingExists, open("alice", USD));
    teller.refused_for(Reason::ThingNotFound, open("alice", read("EUR")));
    teller.refused_for(Reason::ThingNotFound, open("nobody", USD));
    let purse = |owner: &str| OwnerCommand::OpenPurse { owner: read(owner), currency: CNY };
    teller.refused_for(Reason::ThingExists, purse("alice"));
    teller.refused_for(Reason::WrongKind, purse("shop"));
    for tier in [0, 1] {
        teller.done(OwnerCommand::Verify { owner: read("bob"), tier: 2 });
        teller.refused_for(Reason::TierTooLow, OwnerCommand::Verify { owner: read("bob"), tier });
    }
    teller.replay();
}

/// An owner `carol` who has come so far.
fn in_phase(phase: Phase) -> Teller {
    let mut teller = Teller::small_world();
    let owner = read("carol");
    teller.done(OwnerCommand::Register {
        owner,
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![CNY],
    });
    if phase != Phase::Registered {
        teller.done(OwnerCommand::Activate { owner });
    }
    if matches!(phase, Phase::Verified | Phase::Closed) {
        teller.done(OwnerCommand::Verify { owner, tier: 1 });
    }
    fund(&mut teller, "carol", "5.00 CNY");
    if phase == Phase::Closed {
        teller.done(close("carol", true));
    }
    teller
}

#[test]
fn every_phase_of_an_owner_allows_what_the_table_says_and_refuses_the_rest() {
    use Phase::{Activated, Closed, Registered, Verified};
    let owner = read("carol");
    let no = Some(Reason::StateForbids);
    let rows: [(OwnerCommand, [Option<Reason>; 4]); 8] = [
        (OwnerCommand::Activate { owner }, [None, no, no, no]),
        (OwnerCommand::Verify { owner, tier: 1 }, [no, None, None, no]),
        (freeze("carol", true, false), [None, None, None, no]),
        (OwnerCommand::OpenCurrency { owner, currency: USD }, [None, None, None, no]),
        (OwnerCommand::OpenPurse { owner, currency: CNY }, [None, None, None, no]),
        (close("carol", true), [None, None, None, no]),
        (OwnerCommand::SetAside { owner }, [None, no, no, no]),
        (
            OwnerCommand::Reclaim { owner, sum: sum("1.00 CNY") },
            [
                Some(Reason::OwnerNotActivated),
                Some(Reason::ExceedsRemainder),
                Some(Reason::ExceedsRemainder),
                no,
            ],
        ),
    ];
    for (command, answers) in rows {
        for (phase, answer) in [Registered, Activated, Verified, Closed].into_iter().zip(answers) {
            let mut teller = in_phase(phase);
            match answer {
                None => drop(teller.posts(command.clone())),
                Some(reason) => {
                    let refusal = teller.refused_for(reason, command.clone());
                    if reason == Reason::StateForbids {
                        assert_eq!(refusal.detail, Detail::Phase(Thing::Owner, phase));
                    }
                }
            }
            teller.replay();
        }
    }
    for (from, to) in
        [(Registered, Verified), (Closed, Registered), (Closed, Activated), (Verified, Activated)]
    {
        assert!(!may_go(Thing::Owner, from, to), "{from} to {to}");
    }
}

/// What stands in the way of closing alice.
fn obstacles(teller: &mut Teller) -> OpenThings {
    let refusal = teller.refused_for(Reason::OwnerNotEmpty, close("alice", false));
    let Detail::Open(things) = refusal.detail else { panic!("{refusal}") };
    things
}

fn top_up(teller: &mut Teller) {
    teller.terms("free", Terms::TopUp(free()));
    teller.done(request("free", "10.00 CNY"));
}

fn refund(teller: &mut Teller) {
    teller.terms("free", Terms::TopUp(free()));
    let top_up = applied(teller, request("free", "10.00 CNY"));
    teller.done(TopUpCommand::RequestRefund { top_up, sum: sum("10.00 CNY") });
}

fn withdrawal(teller: &mut Teller) -> Key {
    open_withdrawals(teller);
    fund(teller, "alice", "10.00 CNY");
    payee(teller, "alice", "bank", CNY);
    teller.done(ask("alice", "10.00 CNY"))
}

fn payout(teller: &mut Teller) {
    let withdrawal = withdrawal(teller);
    teller.done(WithdrawalCommand::Submit { withdrawal });
}

fn plan(teller: &mut Teller) {
    let terms = CreditTerms { parts: vec![1], maximum: Some(sum("100.00 CNY")), ..CreditTerms::default() };
    teller.terms("huabei", Terms::Credit(terms));
    teller.done(CreditCommand::Grant {
        owner: read("alice"),
        merchant: read("shop"),
        order: read("order-1"),
        principal: sum("10.00 CNY"),
        due_ns: vec![teller.now + 30 * DAY],
        calendar: None,
        terms: read("huabei"),
    });
}

fn card(teller: &mut Teller) {
    let terms = CardTerms {
        pool: read("emoney"),
        currency: CNY,
        channels: vec![read("visa")],
        minimum_load: sum("100.00 CNY"),
        maximum_load: sum("2000.00 CNY"),
        cap: None,
        loads_max: None,
        fee: Fee::NONE,
        life_ns: (90 * DAY).try_into().ok(),
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    };
    teller.terms("tour", Terms::Card(terms));
    let (card, owner, terms) = (read("card-1"), read("alice"), read("tour"));
    teller.done(CardCommand::Issue { card, owner, terms, expires_ns: None });
}

/// A provisional credit that was spent: nothing but the dispute is left.
fn dispute(teller: &mut Teller) {
    let on = DisputedOn::Owner { owner: read("alice"), role: Role::Wallet };
    let dispute = teller.done(DisputeCommand::Open {
        on,
        sum: sum("10.00 CNY"),
        reference: read("d-1"),
        answer_by_ns: None,
        calendar: None,
    });
    teller.done(DisputeCommand::Credit { dispute });
    teller.done(TransferCommand::Send { from: read("alice"), to: read("bob"), sum: sum("10.00 CNY") });
}

#[test]
fn e33_a_wallet_is_not_closed_while_anything_of_any_currency_is_open() {
    type Way = fn(&mut Teller);
    let rows: [(&[Obstacle], Way); 10] = [
        (&[Obstacle::Balance], |teller| fund(teller, "alice", "0.01 USD")),
        (&[Obstacle::Balance], |teller| fund(teller, "alice", "0.01 CNY")),
        (&[Obstacle::Balance, Obstacle::Holds], |teller| _ = withdrawal(teller)),
        (&[Obstacle::Payouts], payout),
        (&[Obstacle::TopUps], top_up),
        (&[Obstacle::Refunds], refund),
        (&[Obstacle::Debts], |teller| owes(teller, "alice", "debt-1", "3.00 CNY")),
        (&[Obstacle::Plans], plan),
        (&[Obstacle::Cards], card),
        (&[Obstacle::Disputes], dispute),
    ];
    for (expected, way) in rows {
        let mut teller = Teller::small_world();
        way(&mut teller);
        let all = expected.iter().fold(OpenThings::NONE, |all, one| all.and(*one, true));
        assert_eq!(obstacles(&mut teller), all, "{expected:?}");
        // A balance alone may be set aside; nothing else may.
        if expected == [Obstacle::Balance] {
            teller.done(close("alice", true));
        } else {
            let refusal = teller.refused_for(Reason::OwnerNotEmpty, close("alice", true));
            assert_eq!(refusal.detail, Detail::Open(all.without(Obstacle::Balance)));
        }
        teller.replay();
    }
}

#[test]
fn e33_a_merchant_with_orders_that_were_not_released_is_not_closed() {
    let mut teller = Teller::small_world();
    teller.terms("orders", Terms::Payment(PaymentTerms::default()));
    fund(&mut teller, "alice", "10.00 CNY");
    teller.done(pay("alice", "10.00 CNY"));
    let refusal = teller.refused_for(Reason::OwnerNotEmpty, close("shop", true));
    assert_eq!(refusal.detail, Detail::Open(OpenThings::NONE.and(Obstacle::Escrow, true)));
    teller.replay();
}

#[test]
fn f14_what_is_left_at_closing_is_kept_for_its_owner() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", "7.00 CNY");
    fund(&mut teller, "alice", "2.00 USD");
    crate::funds::fund(&mut teller, "alice", Role::Purse, "3.00 CNY");
    teller.done(freeze("alice", true, true));
    let closing = teller.done(close("alice", true));
    assert_eq!(
        teller.last_posts(),
        [
            "D wallet 7.00 CNY",
            "C unclaimed 7.00 CNY",
            "D wallet 2.00 USD",
            "C unclaimed 2.00 USD",
            "D purse 3.00 CNY",
            "C unclaimed 3.00 CNY"
        ]
    );
    let house = teller.state.products().houses.get(read("emoney"), CNY).unwrap();
    let item = teller.state.products().items.get(house.account(Role::Unclaimed), &closing).unwrap();
    assert_eq!((item.open.minor(), item.owner), (1_000, Some(read("alice"))));
    let refusal = teller.refused_for(Reason::StateForbids, close("alice", true));
    assert_eq!(refusal.detail, Detail::Phase(Thing::Owner, Phase::Closed));
    teller.refused_for(Reason::ThingNotFound, close("nobody", true));
    teller.replay();
}

#[test]
fn e34_nothing_is_paid_out_of_or_into_a_closed_wallet() {
    let mut teller = Teller::small_world();
    open_withdrawals(&mut teller);
    fund(&mut teller, "bob", "5.00 CNY");
    teller.done(close("alice", false));
    let send = TransferCommand::Send { from: read("bob"), to: read("alice"), sum: sum("1.00 CNY") };
    teller.refused_for(Reason::StateForbids, send);
    teller.refused_for(Reason::StateForbids, ask("alice", "1.00 CNY"));
    teller.replay();
}

#[test]
fn e35_what_is_opened_while_a_wallet_is_frozen_is_frozen_too() {
    let mut teller = in_phase(Phase::Verified);
    let owner = read("carol");
    teller.done(freeze("carol", true, true));
    teller.done(OwnerCommand::OpenCurrency { owner, currency: USD });
    teller.done(OwnerCommand::OpenPurse { owner, currency: USD });
    let is_frozen = |teller: &Teller, role| {
        let own = teller.state.products().owners.get(owner).unwrap();
        let access = teller.state.books().account_at(own.account(role, USD).unwrap()).unwrap().access();
        (access.debit_frozen, access.credit_frozen)
    };
    assert_eq!(is_frozen(&teller, Role::Wallet), (true, true));
    assert_eq!(is_frozen(&teller, Role::Purse), (true, true));
    teller.done(freeze("carol", false, true));
    assert_eq!(is_frozen(&teller, Role::Wallet), (false, true));
    teller.replay();
}

#[test]
fn e35_a_frozen_wallet_pays_nothing_and_takes_what_comes() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", "5.00 CNY");
    teller.done(freeze("alice", true, false));
    let send = |from: &str, to: &str| {
        let (from, to) = (read(from), read(to));
        TransferCommand::Send { from, to, sum: sum("1.00 CNY") }
    };
    fund(&mut teller, "bob", "5.00 CNY");
    teller.refused_for(Reason::AccountFrozen, send("alice", "bob"));
    teller.done(send("bob", "alice"));
    teller.done(freeze("alice", false, true));
    teller.refused_for(Reason::AccountFrozen, send("bob", "alice"));
    teller.done(send("alice", "bob"));
    teller.done(freeze("alice", false, false));
    teller.done(send("bob", "alice"));
    teller.refused_for(Reason::ThingNotFound, freeze("nobody", true, true));
    teller.replay();
}

#[test]
fn e36_what_a_wallet_got_that_nobody_activated_is_safeguarded_hidden_and_set_aside() {
    let mut teller = Teller::small_world();
    let owner = read("stall");
    teller.done(register("stall", OwnerKind::Merchant, "seller"));
    teller.refused_for(Reason::InsufficientFunds, OwnerCommand::SetAside { owner });
    let (merchant, currency) = (owner, USD);
    let receiver = teller.done(CollectionCommand::OpenReceiver { merchant, currency, token: read("t") });
    let paid = |reference: &str| CollectionCommand::Receive {
        channel: read("amazon"),
        reference: read(reference),
        receiver,
        sum: sum("500.00 USD"),
        sender: Sender::Platform,
        into: Role::Nostro,
    };
    teller.done(paid("p-1"));
    let required = |teller: &Teller| {
        let all = teller.state.safeguarding(teller.now);
        all.iter().find(|own| own.requirement.currency() == USD).unwrap().requirement.to_string()
    };
    assert_eq!(hidden(&teller, "stall"), [true; 4]);
    assert_eq!(required(&teller), "500.00 USD");
    teller.pass(3 * 365 * DAY);
    teller.done(OwnerCommand::SetAside { owner });
    assert_eq!(teller.last_posts(), ["D merchant 500.00 USD", "C unclaimed 500.00 USD"]);
    assert_eq!(required(&teller), "500.00 USD");
    // It comes to the owner all the same who activates the wallet in the end.
    let reclaim = |text: &str| OwnerCommand::Reclaim { owner, sum: sum(text) };
    teller.refused_for(Reason::OwnerNotActivated, reclaim("500.00 USD"));
    teller.done(OwnerCommand::Activate { owner });
    teller.refused_for(Reason::AmountZero, reclaim("0.00 USD"));
    teller.refused_for(Reason::ThingNotFound, reclaim("1.00 EUR"));
    teller.refused_for(Reason::ExceedsRemainder, reclaim("500.01 USD"));
    teller.done(reclaim("500.00 USD"));
    assert_eq!(teller.last_posts(), ["D unclaimed 500.00 USD", "C merchant 500.00 USD"]);
    teller.replay();
}

/// The tiers of the rules for payment accounts (43 号文): 1,000 for life, 100,000 and 200,000 a year, withdrawals to
/// the owner's own accounts left out.
fn tiers(counts_withdrawals: bool) -> Teller {
    let year = Window::Year { utc_offset_min: 480 };
    let limit = |tier, most: &str, window| TierLimit {
        tier,
        flow: Flow::Out,
        most: sum(most),
        window,
        counts_withdrawals,
    };
    let limits = vec![
        limit(1, "1000.00 CNY", Window::Lifetime),
        limit(2, "100000.00 CNY", year),
        limit(3, "200000.00 CNY", year),
    ];
    let mut teller = Teller::small_world();
    open_withdrawals(&mut teller);
    teller.terms("tiered", Terms::Wallet(WalletTerms { limits, ..consumer() }));
    teller.done(register("carol", OwnerKind::Customer, "tiered"));
    teller.done(OwnerCommand::Activate { owner: read("carol") });
    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 1 });
    fund(&mut teller, "carol", "500000.00 CNY");
    payee(&mut teller, "carol", "bank", CNY);
    teller
}

fn sends(text: &str) -> TransferCommand {
    TransferCommand::Send { from: read("carol"), to: read("bob"), sum: sum(text) }
}

#[test]
fn r11_a_tier_limits_payments_and_not_withdrawals_to_the_owners_own_account() {
    let mut teller = tiers(false);
    let withdrawal = teller.done(ask("carol", "90000.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal });
    teller.done(sends("999.99 CNY"));
    let refusal = teller.refused_for(Reason::LimitExceeded, sends("0.02 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    teller.done(sends("0.01 CNY"));
    // The limit is used up, and the wallet can still be emptied.
    let withdrawal = teller.done(ask("carol", "9000.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal });
    teller.done(WithdrawalCommand::Reject { withdrawal });
    teller.refused_for(Reason::LimitExceeded, sends("0.01 CNY"));

    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 2 });
    teller.done(sends("100000.00 CNY"));
    teller.refused_for(Reason::LimitExceeded, sends("0.01 CNY"));
    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 3 });
    teller.done(sends("200000.00 CNY"));
    teller.refused_for(Reason::LimitExceeded, sends("0.01 CNY"));
    // 40 days later it is another year.
    teller.pass(40 * DAY);
    teller.done(sends("0.01 CNY"));
    teller.replay();
}

#[test]
fn r11_what_a_requested_withdrawal_holds_counts_until_it_is_submitted() {
    let mut teller = tiers(false);
    let withdrawal = teller.done(ask("carol", "900.00 CNY"));
    teller.refused_for(Reason::LimitExceeded, sends("100.01 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal });
    teller.done(sends("1000.00 CNY"));
    teller.replay();
}

#[test]
fn r11_nobody_exempts_a_payment_by_saying_so() {
    let mut teller = tiers(false);
    let counts = (longmen_core::MetaKey::new("counts").unwrap(), longmen_core::Value::Bool(false));
    let meta = longmen_core::Meta::new([counts]).unwrap();
    let command = longmen_wallet::Command::new(read("sly"), sends("1000.01 CNY").into()).with_meta(meta);
    assert_eq!(teller.decide(command).unwrap_err().reason, Reason::MetaKeyTwice);
    teller.replay();
}

#[test]
fn r11_terms_may_count_withdrawals_too() {
    let mut teller = tiers(true);
    teller.refused_for(Reason::LimitExceeded, ask("carol", "1000.01 CNY"));
    let withdrawal = teller.done(ask("carol", "900.00 CNY"));
    teller.done(WithdrawalCommand::Submit { withdrawal });
    teller.refused_for(Reason::LimitExceeded, sends("100.01 CNY"));
    teller.done(sends("100.00 CNY"));
    teller.replay();
}
