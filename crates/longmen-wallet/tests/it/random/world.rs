//! The world that a random run begins in: the small one, with terms of every product and some money in it.

use std::sync::LazyLock;

use longmen_core::{Flow, Window};
use longmen_money::Currency;
use longmen_wallet::{
    AtExpiry, CardCommand, CardTerms, ChannelCommand, ChannelKind, CreditTerms, ExchangeTerms, Fee,
    HouseCommand, LateSuccess, OwnerCommand, OwnerKind, PayeeCommand, PaymentTerms, Rail, RefundParts,
    RefundRate, Returns, Role, Terms, TierLimit, TopUpCommand, TopUpTarget, TopUpTerms, Unspent, WalletTerms,
    WithdrawalTerms,
};

use crate::teller::{DAY, Teller, consumer, read, sum};

static WORLD: LazyLock<Teller> = LazyLock::new(build);

/// Everything that a run needs: houses, channels, terms, owners, payees and money.
pub(super) fn world() -> Teller {
    WORLD.clone()
}

fn build() -> Teller {
    let mut teller = Teller::small_world();
    issuer(&mut teller);
    wallets(&mut teller);
    top_ups(&mut teller);
    cards(&mut teller);
    orders(&mut teller);
    payouts(&mut teller);
    owners(&mut teller);
    money(&mut teller);
    loaded_cards(&mut teller);
    teller
}

/// A pool by itself for the bank that issues cards, with a channel of its own.
fn issuer(teller: &mut Teller) {
    let pool = read("cards");
    teller.done(HouseCommand::Open { pool, currency: Currency::CNY });
    teller.done(HouseCommand::Invest { pool, sum: sum("100000.00 CNY") });
    teller.done(HouseCommand::Prefund { pool, into: Role::Reserve, sum: sum("20000.00 CNY") });
    teller.done(ChannelCommand::Open {
        channel: read("shvisa"),
        kind: ChannelKind::InternationalCard,
        pool,
        currencies: vec![Currency::CNY],
        settles_within_ns: DAY.try_into().ok(),
    });
    let emoney = read("emoney");
    teller.done(HouseCommand::Prefund { pool: emoney, into: Role::Reserve, sum: sum("100000.00 CNY") });
    teller.done(HouseCommand::Prefund { pool: emoney, into: Role::Nostro, sum: sum("100000.00 USD") });
}

fn limit(tier: u8, flow: Flow, most: &str, window: Window, counts_withdrawals: bool) -> TierLimit {
    TierLimit { tier, flow, most: sum(most), window, counts_withdrawals }
}

fn wallets(teller: &mut Teller) {
    let day = Window::Every { length_ns: DAY, from_ns: 0 };
    let limits = vec![
        limit(1, Flow::Out, "9000.00 CNY", day, false),
        limit(1, Flow::In, "60000.00 CNY", Window::Lifetime, true),
        limit(2, Flow::Out, "20000.00 CNY", Window::Month { utc_offset_min: 480 }, true),
        limit(2, Flow::NetOut, "9000.00 USD", Window::Last { length_ns: 3 * DAY }, true),
    ];
    let limited = WalletTerms { unspent: Unspent::OldestFirst, limits, ..consumer() };
    teller.terms("limited", Terms::Wallet(limited));
    let newest = WalletTerms { unspent: Unspent::NewestFirst, recovers_debts: false, ..consumer() };
    teller.terms("newest", Terms::Wallet(newest));
}

fn top_ups(teller: &mut Teller) {
    let channels = ["bank", "alipay", "wechat", "visa", "gifts"].map(read).to_vec();
    let plain = TopUpTerms { channels, refundable: true, recredit_refundable: true, ..TopUpTerms::default() };
    teller.terms("topup", Terms::TopUp(plain.clone()));
    let fee = Fee { rate_ppm: 10_000, minimum: Some(sum("1.00 CNY")), ..Fee::NONE };
    let late_success = LateSuccess::Apply;
    let bounds = (Some(sum("100.00 CNY")), Some(sum("2000.00 CNY")));
    let with_fee =
        TopUpTerms { fee, late_success, returns_fee: true, minimum: bounds.0, maximum: bounds.1, ..plain };
    teller.terms("topup-fee", Terms::TopUp(with_fee.clone()));
    let channels = vec![read("bank"), read("alipay")];
    let strict = TopUpTerms { channels, late_success: LateSuccess::Refund, returns_fee: false, ..with_fee };
    let strict = TopUpTerms { recredit_refundable: false, invoiced_at_load: true, ..strict };
    teller.terms("topup-strict", Terms::TopUp(strict));
}

fn cards(teller: &mut Teller) {
    let tour = CardTerms {
        pool: read("cards"),
        currency: Currency::CNY,
        channels: vec![read("shvisa")],
        minimum_load: sum("100.00 CNY"),
        maximum_load: sum("2000.00 CNY"),
        cap: Some(sum("3000.00 CNY")),
        loads_max: Some(4),
        fee: Fee { rate_ppm: 50_000, ..Fee::NONE },
        life_ns: (12 * DAY).try_into().ok(),
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: true,
    };
    teller.terms("tour", Terms::Card(tour.clone()));
    let trial = CardTerms {
        pool: read("emoney"),
        channels: vec![read("visa"), read("bank")],
        at_expiry: AtExpiry::Freeze,
        returns: Returns::ProRata,
        life_ns: (5 * DAY).try_into().ok(),
        cap: None,
        ..tour.clone()
    };
    teller.terms("trial", Terms::Card(trial));
    let once = CardTerms { reactivation: false, loads_max: Some(1), fee: Fee::NONE, ..tour };
    teller.terms("once", Terms::Card(once));
}

fn orders(teller: &mut Teller) {
    let channels = ["visa", "bank", "huabei", "alipay"].map(read).to_vec();
    let surcharge = Fee { rate_ppm: 30_000, ..Fee::NONE };
    let shop = PaymentTerms {
        channels,
        surcharges: vec![(read("visa"), surcharge)],
        surcharge_tax_ppm: 60_000,
        returns_surcharge: true,
        merchant_fee: Fee { rate_ppm: 6_000, ..Fee::NONE },
        refunds_on_credit: false,
    };
    teller.terms("shop", Terms::Payment(shop.clone()));
    let on_credit = PaymentTerms { refunds_on_credit: true, returns_surcharge: false, ..shop };
    teller.terms("shop-credit", Terms::Payment(on_credit));
    let parts = CreditTerms {
        parts: vec![1, 2, 3, 6],
        fee_ppm: 45_000,
        maximum: Some(sum("8000.00 CNY")),
        ..CreditTerms::default()
    };
    teller.terms("parts", Terms::Credit(parts.clone()));
    let (subsidy_ppm, merchant_subsidises, refund) = (600_000, true, RefundParts::EveryOne);
    let free = CreditTerms { subsidy_ppm, merchant_subsidises, refund, ..parts };
    teller.terms("parts-free", Terms::Credit(free));
}

fn payouts(teller: &mut Teller) {
    let rails = vec![Rail::BankCn, Rail::BankAbroad, Rail::AlipayCn];
    let fee = Fee { rate_ppm: 1_000, minimum: Some(sum("0.10 CNY")), ..Fee::NONE };
    let plain = WithdrawalTerms { rails, fee, returns_fee: true, ..WithdrawalTerms::default() };
    teller.terms("payout", Terms::Withdrawal(plain.clone()));
    let included = WithdrawalTerms { fee_included: true, pays_removed_payee: true, ..plain.clone() };
    teller.terms("payout-in", Terms::Withdrawal(included));
    let fit = WithdrawalTerms { reduces_to_fit: true, owner_bears_bank_fee: true, ..plain.clone() };
    let fit = WithdrawalTerms { maximum: Some(sum("5000.00 CNY")), returns_fee: false, ..fit };
    teller.terms("payout-fit", Terms::Withdrawal(fit));
    let fee = Fee { rate_ppm: 3_000, minimum: Some(sum("8.00 USD")), ..Fee::NONE };
    teller.terms("payout-usd", Terms::Withdrawal(WithdrawalTerms { fee, ..plain }));
    let fx = ExchangeTerms::default();
    teller.terms("fx", Terms::Exchange(fx.clone()));
    let day =
        ExchangeTerms { refund_rate: RefundRate::RefundDay, merchant_bears_difference: true, ..fx.clone() };
    teller.terms("fx-day", Terms::Exchange(day));
    let fee = Fee { rate_ppm: 2_000, ..Fee::NONE };
    teller.terms("fx-fee", Terms::Exchange(ExchangeTerms { fee, ..fx }));
}

fn owners(teller: &mut Teller) {
    for (name, kind, terms) in [
        ("carol", OwnerKind::Customer, "limited"),
        ("dave", OwnerKind::Customer, "newest"),
        ("mall", OwnerKind::Merchant, "seller"),
    ] {
        let (owner, currencies) = (read(name), vec![Currency::CNY, Currency::USD]);
        teller.done(OwnerCommand::Register {
            owner,
            kind,
            pool: read("emoney"),
            terms: read(terms),
            currencies,
        });
        teller.done(OwnerCommand::Activate { owner });
        teller.done(OwnerCommand::Verify { owner, tier: 1 });
    }
    for (owner, rail, currency) in [
        ("alice", Rail::BankCn, "CNY"),
        ("bob", Rail::BankCn, "CNY"),
        ("carol", Rail::BankAbroad, "USD"),
        ("carol", Rail::BankCn, "CNY"),
        ("shop", Rail::AlipayCn, "CNY"),
        ("shop", Rail::BankAbroad, "USD"),
        ("mall", Rail::BankCn, "CNY"),
    ] {
        let (owner, payee) = (read(owner), read(&format!("{}-bank", currency.to_lowercase())));
        let (currency, token) = (read(currency), read("token"));
        teller.done(PayeeCommand::Add { owner, payee, rail, currency, token });
        teller.done(PayeeCommand::Verify { owner, payee });
    }
}

fn money(teller: &mut Teller) {
    for (at, (owner, text)) in [
        ("alice", "3000.00 CNY"),
        ("alice", "800.00 USD"),
        ("bob", "5000.00 CNY"),
        ("carol", "4000.00 CNY"),
        ("carol", "500.00 USD"),
        ("dave", "2500.00 CNY"),
    ]
    .into_iter()
    .enumerate()
    {
        let (sum, channel) = (sum(text), read("bank"));
        let target = TopUpTarget::Wallet { owner: read(owner), currency: sum.currency };
        let terms = Some(read("topup"));
        let top_up = teller.done(TopUpCommand::Request { target, terms, channel, sum, expires_ns: None });
        let reference = read(&format!("seed-{at}"));
        teller.done(TopUpCommand::Receive { top_up, channel, reference, sum });
        teller.done(TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None });
    }
}

/// Cards with something on them, so that a run need not begin with their first load.
fn loaded_cards(teller: &mut Teller) {
    for (card, owner, terms, channel) in [
        ("d100", "alice", "tour", "shvisa"),
        ("d101", "bob", "trial", "visa"),
        ("d102", "carol", "tour", "shvisa"),
        ("d103", "dave", "once", "shvisa"),
    ] {
        let (card, channel) = (read(card), read(channel));
        teller.done(CardCommand::Issue { card, owner: read(owner), terms: read(terms), expires_ns: None });
        let (target, sum) = (TopUpTarget::Card { card }, sum("1500.00 CNY"));
        let top_up =
            teller.done(TopUpCommand::Request { target, terms: None, channel, sum, expires_ns: None });
        let sum = teller.state.products().top_ups.get(top_up).unwrap().total();
        teller.done(TopUpCommand::Receive { top_up, channel, reference: card.to_key(), sum });
        teller.done(TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None });
    }
}
