//! Shows what an owner's page says.

use longmen_core::{Phase, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    OwnerCommand, OwnerKind, PayeeCommand, PaymentCommand, PaymentTerms, Rail, Role, Terms, TopUpCommand,
    TopUpTarget, TopUpTerms, WithdrawalCommand, WithdrawalTerms,
};

use crate::teller::{DAY, Teller, read, sum};

/// A world in which alice has 100.00 CNY.
fn world() -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("topup", Terms::TopUp(TopUpTerms { channels: vec![read("alipay")], ..Default::default() }));
    teller.terms("pay", Terms::Payment(PaymentTerms::default()));
    teller.terms(
        "payout",
        Terms::Withdrawal(WithdrawalTerms { rails: vec![Rail::BankCn], ..Default::default() }),
    );
    let top_up = request(&mut teller, "100.00 CNY");
    let (channel, reference) = (read("alipay"), read("a-1"));
    teller.done(TopUpCommand::Receive { top_up, channel, reference, sum: sum("100.00 CNY") });
    teller.done(TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None });
    teller
}

fn request(teller: &mut Teller, asked: &str) -> longmen_core::Key {
    let target = TopUpTarget::Wallet { owner: read("alice"), currency: Currency::CNY };
    let (terms, channel) = (Some(read("topup")), read("alipay"));
    let expires_ns = Some(teller.now + DAY);
    teller.done(TopUpCommand::Request { target, terms, channel, sum: sum(asked), expires_ns })
}

#[test]
fn an_owner_is_seen_with_sub_accounts_holds_and_what_is_pending() {
    let mut teller = world();
    let (owner, payee, currency) = (read("alice"), read("icbc"), Currency::CNY);
    teller.done(PayeeCommand::Add { owner, payee, rail: Rail::BankCn, currency, token: read("tok") });
    teller.done(PayeeCommand::Verify { owner, payee });
    let due_ns = teller.now + DAY;
    let terms = read("payout");
    let out = teller.done(WithdrawalCommand::Request { owner, sum: sum("30.00 CNY"), payee, terms, due_ns });
    let expires_ns = Some(teller.now + 2 * DAY);
    let (merchant, order, from, terms) = (read("shop"), read("o-1"), Role::Wallet, read("pay"));
    let order = PaymentCommand::Authorise {
        payer: owner,
        merchant,
        order,
        sum: sum("20.00 CNY"),
        from,
        terms,
        expires_ns,
    };
    let order = teller.done(order);
    let waiting = request(&mut teller, "5.00 CNY");

    let view = teller.state.owner_view(owner, teller.now).unwrap();
    assert_eq!((view.phase, view.tier, view.hidden), (Phase::Verified, 1, false));
    let accounts: Vec<String> =
        view.accounts.iter().map(|own| format!("{} {}", own.account, own.available)).collect();
    assert_eq!(
        accounts,
        ["alice:CNY:wallet 50.00 CNY", "alice:CNY:purse 0.00 CNY", "alice:USD:wallet 0.00 USD"]
    );
    assert_eq!(
        (view.accounts[0].posted.plain(), view.accounts[0].held.plain()),
        ("100.00".into(), "50.00".into())
    );
    let holds: Vec<_> = view.holds.iter().map(|own| (own.hold, own.thing, own.until_ns)).collect();
    assert_eq!(holds, [(out, Some(Thing::Withdrawal), None), (order, Some(Thing::Payment), expires_ns)]);
    assert!(view.holds.iter().all(|own| own.since_ns.is_some()));
    let pending: Vec<_> = view.pending.iter().map(|own| (own.thing, own.name, own.phase)).collect();
    let wanted = [(Thing::Withdrawal, out, Phase::Requested), (Thing::TopUp, waiting, Phase::Initiated)];
    assert_eq!(pending, wanted);
    assert_eq!((view.pending[0].due_ns, view.payees.len()), (Some(due_ns), 1));
    assert_eq!(teller.state.accounts_of(owner).len(), 3);
    teller.replay();
}

#[test]
fn a_wallet_that_is_not_activated_is_hidden_and_nobody_is_nobody() {
    let mut teller = world();
    let (owner, pool, terms) = (read("carol"), read("emoney"), read("consumer"));
    let currencies = vec![Currency::USD, Currency::CNY];
    teller.done(OwnerCommand::Register { owner, kind: OwnerKind::Customer, pool, terms, currencies });
    let view = teller.state.owner_view(owner, teller.now).unwrap();
    assert!(view.hidden && view.pending.is_empty() && view.holds.is_empty());
    let order: Vec<Currency> = view.accounts.iter().map(|own| own.currency).collect();
    assert_eq!(order, [Currency::CNY, Currency::USD], "by currency, not as they were opened");
    assert!(teller.state.owner_view(read("nobody"), teller.now).is_none());
    teller.replay();
}

#[test]
fn debts_and_unclaimed_sums_are_seen_with_their_age() {
    let mut teller = world();
    let (owner, to) = (read("alice"), read("bob"));
    teller.done(longmen_wallet::TransferCommand::Send { from: owner, to, sum: sum("80.00 CNY") });
    let top_up = teller.state.products().top_ups.iter().next().unwrap().name;
    let chargeback =
        TopUpCommand::Chargeback { top_up, reference: read("cb-1"), sum: sum("100.00 CNY"), cost: None };
    teller.done(chargeback);
    let view = teller.state.owner_view(owner, teller.now).unwrap();
    assert_eq!(view.debts.len(), 1);
    assert_eq!((view.debts[0].sum, view.debts[0].since_ns), (sum("80.00 CNY"), teller.now));

    let bob = read("bob");
    teller.done(OwnerCommand::Close { owner: bob, sets_aside: true });
    let view = teller.state.owner_view(bob, teller.now).unwrap();
    assert_eq!((view.phase, view.unclaimed[0].sum), (Phase::Closed, sum("80.00 CNY")));
    teller.replay();
}
