//! Conversions given back, and what must be true of any number of conversions.

use longmen_core::{Detail, Key, Phase, Reason, Thing};
use longmen_money::{Amount, Currency, Sum};
use longmen_wallet::{
    ExchangeCommand, ExchangeTerms, HouseCommand, OwnerCommand, OwnerKind, Rate, RefundRate, Role, Rounding,
    Terms,
};
use proptest::prelude::*;

use crate::case::owes;
use crate::exchange::{convert, own, positions, world};
use crate::funds::fund;
use crate::teller::{Teller, read, sum};

fn back(quote: Key, part: &str, rate: Option<&str>) -> ExchangeCommand {
    ExchangeCommand::Refund { quote, part: sum(part), rate: rate.map(read), merchant: None }
}

/// Alice has paid 710.35 CNY for 100.00 USD, under terms that say at which rate it goes back.
fn paid(refund_rate: RefundRate, merchant_bears_difference: bool) -> (Teller, Key) {
    let mut teller = world();
    let terms = ExchangeTerms { refund_rate, merchant_bears_difference, ..ExchangeTerms::default() };
    teller.terms("fx", Terms::Exchange(terms));
    fund(&mut teller, "alice", Role::Wallet, "710.35 CNY");
    let quote = convert(&mut teller, "710.35 CNY", "USD", "1/7.1035", "");
    assert_eq!(own(&teller, quote).bought, sum("100.00 USD"));
    (teller, quote)
}

#[test]
fn e10_a_refund_at_the_original_rate() {
    let (mut teller, quote) = paid(RefundRate::Original, false);
    let posts = teller.posts(back(quote, "40.00 USD", None));
    let want = ["D wallet 40.00 USD", "C position 40.00 USD", "D position 284.14 CNY", "C wallet 284.14 CNY"];
    assert_eq!(posts, want);
    teller.refused_for(Reason::ExceedsRemainder, back(quote, "60.01 USD", None));
    teller.done(back(quote, "60.00 USD", None));
    assert_eq!(teller.available("alice", Currency::CNY), "710.35 CNY");
    assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
    assert_eq!(own(&teller, quote).phase, Phase::Refunded);
    teller.replay();
}

#[test]
fn e10_a_refund_at_the_rate_of_the_day_costs_the_operator_the_difference() {
    for policy in [RefundRate::RefundDay, RefundRate::NextDay] {
        let (mut teller, quote) = paid(policy, false);
        let posts = teller.posts(back(quote, "40.00 USD", Some("7.2000")));
        let want = [
            "D wallet 40.00 USD",
            "C position 40.00 USD",
            "D position 288.00 CNY",
            "C wallet 288.00 CNY",
            "D fxloss 3.86 CNY",
            "C position 3.86 CNY",
        ];
        assert_eq!(posts, want);
        // At a worse rate it is the operator's gain.
        let posts = teller.posts(back(quote, "60.00 USD", Some("7.0000")));
        assert_eq!(
            posts[2..],
            ["D position 420.00 CNY", "C wallet 420.00 CNY", "D position 6.21 CNY", "C margin 6.21 CNY",]
        );
        assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
        teller.replay();
    }
}

#[test]
fn e10_or_it_costs_the_merchant_by_the_terms() {
    let (mut teller, quote) = paid(RefundRate::RefundDay, true);
    let with = |part: &str, rate: &str, merchant: Option<&str>| ExchangeCommand::Refund {
        quote,
        part: sum(part),
        rate: Some(read(rate)),
        merchant: merchant.map(read),
    };
    let refusal = teller.refused_for(Reason::ThingNotFound, with("40.00 USD", "7.2000", None));
    assert_eq!(refusal.detail, Detail::Thing(Thing::Owner));
    teller.refused_for(Reason::ThingNotFound, with("40.00 USD", "7.2000", Some("bob")));
    teller.refused_for(Reason::InsufficientFunds, with("40.00 USD", "7.2000", Some("shop")));
    let pool = read("acquiring");
    teller.done(HouseCommand::Open { pool, currency: Currency::CNY });
    let (kind, currencies) = (OwnerKind::Merchant, vec![Currency::CNY]);
    let (owner, terms) = (read("newshop"), read("seller"));
    teller.done(OwnerCommand::Register { owner, kind, pool, terms, currencies });
    let refusal = teller.refused_for(Reason::WrongKind, with("40.00 USD", "7.2000", Some("newshop")));
    assert_eq!(refusal.detail, Detail::Thing(Thing::Pool));
    fund(&mut teller, "shop", Role::Merchant, "10.00 CNY");
    let posts = teller.posts(with("40.00 USD", "7.2000", Some("shop")));
    assert_eq!(posts[4..], ["D merchant 3.86 CNY", "C position 3.86 CNY"]);
    let posts = teller.posts(with("20.00 USD", "7.0000", Some("shop")));
    assert_eq!(posts[4..], ["D position 2.07 CNY", "C merchant 2.07 CNY"]);
    // Where there is no difference nobody need bear it.
    assert_eq!(teller.posts(with("40.00 USD", "7.1035", None)).len(), 4);
    teller.replay();
}

#[test]
fn the_margin_goes_back_with_what_earned_it() {
    // 12.35 of margin, and 12.34 of loss, go back in proportion and rounded down.
    for (rate, debit, credit) in [
        ("7.0935", "D margin 1.41 CNY", "C position 1.41 CNY"),
        ("7.1135", "D position 1.40 CNY", "C fxloss 1.40 CNY"),
    ] {
        let mut teller = world();
        let quote = convert(&mut teller, "1234.56 USD", "CNY", rate, "7.1035");
        let bought = own(&teller, quote).bought;
        teller.done(back(quote, "1000.00 CNY", None));
        assert_eq!(teller.last_posts()[4..], [debit, credit]);
        let rest = Amount::new(bought.amount.minor() - 100_000).unwrap();
        let part = Sum::new(rest, Currency::CNY);
        teller.done(ExchangeCommand::Refund { quote, part, rate: None, merchant: None });
        assert_eq!(teller.available("alice", Currency::USD), "5000.00 USD");
        assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
        for role in [Role::Margin, Role::ExchangeLoss] {
            assert_eq!(teller.house(role, Currency::CNY), "0.00 CNY");
        }
        teller.replay();
    }
}

#[test]
fn what_a_refund_of_a_conversion_is_refused_for() {
    let (mut teller, quote) = paid(RefundRate::Original, false);
    teller.refused_for(Reason::NotOffered, back(quote, "1.00 USD", Some("7.2")));
    teller.refused_for(Reason::AmountZero, back(quote, "0.00 USD", None));
    teller.refused_for(Reason::CurrencyMismatch, back(quote, "1.00 CNY", None));
    let (mut teller, quote) = paid(RefundRate::RefundDay, false);
    let refusal = teller.refused_for(Reason::NotOffered, back(quote, "1.00 USD", None));
    assert_eq!(refusal.detail, Detail::Thing(Thing::Terms));
    teller.refused_for(Reason::ConvertsToNothing, back(quote, "0.01 USD", Some("0.5")));
    teller.refused_for(Reason::AmountTooLarge, back(quote, "100.00 USD", Some("999999999999999999")));
    let (mut teller, quote) = paid(RefundRate::Original, false);
    let spend = convert(&mut teller, "5100.00 USD", "CNY", "7.0", "");
    teller.refused_for(Reason::InsufficientFunds, back(quote, "0.01 USD", None));
    assert_eq!(own(&teller, spend).phase, Phase::Executed);
    teller.replay();
}

#[test]
fn what_comes_back_pays_debts_first() {
    let (mut teller, quote) = paid(RefundRate::Original, false);
    owes(&mut teller, "alice", "d1", "4.14 CNY");
    let posts = teller.posts(back(quote, "40.00 USD", None));
    assert_eq!(posts[4..], ["D wallet 4.14 CNY", "C debts 4.14 CNY"]);
    assert_eq!(teller.available("alice", Currency::CNY), "280.00 CNY");
    teller.replay();
}

/// Rates as markets write them, either way round.
fn rates() -> impl Strategy<Value = (String, String)> {
    (1_u64..=9_999_999_999, 0_u32..=6).prop_map(|(number, decimals)| {
        let unit = 10_u64.pow(decimals);
        let width = decimals as usize;
        let text = match decimals {
            0 => number.to_string(),
            _ => format!("{}.{:0width$}", number / unit, number % unit),
        };
        (text.clone(), format!("1/{text}"))
    })
}

fn currencies() -> impl Strategy<Value = Currency> {
    prop::sample::select(["CNY", "USD", "JPY", "KWD"].map(|code| Currency::from_code(code).unwrap()).to_vec())
}

proptest! {
    #[test]
    fn e40_there_and_back_never_gains(
        (rate, inverse) in rates(),
        from in currencies(),
        into in currencies(),
        minor in 1_u64..1_000_000_000,
        times in 1_usize..5,
    ) {
        let (rate, inverse): (Rate, Rate) = (read(&rate), read(&inverse));
        let start = Sum::new(Amount::new(minor).unwrap(), from);
        let mut own = start;
        for _ in 0..times {
            let Ok(there) = rate.convert(own, into, Rounding::Down) else { return Ok(()) };
            let Ok(again) = inverse.convert(there, from, Rounding::Down) else { return Ok(()) };
            prop_assert!(again.amount <= own.amount, "{own} became {again}");
            own = again;
        }
    }

    #[test]
    fn an_inverse_rate_gives_what_division_gives(
        mantissa in 1_u64..=999_999_999_999,
        minor in 0_u64..1_000_000_000_000,
    ) {
        let rate: Rate = read(&format!("1/{}.{:06}", mantissa / 1_000_000, mantissa % 1_000_000));
        let sold = Sum::new(Amount::new(minor).unwrap(), Currency::CNY);
        let want = u128::from(minor) * 1_000_000 / u128::from(mantissa);
        match rate.convert(sold, Currency::USD, Rounding::Down) {
            Ok(bought) => prop_assert_eq!(u128::from(bought.amount.minor()), want),
            Err(refusal) => {
                prop_assert_eq!(refusal.reason, Reason::AmountTooLarge);
                prop_assert!(Amount::new(u64::try_from(want).unwrap_or(u64::MAX)).is_none());
            }
        }
    }
}

/// One of alice's conversions: which way, how much, and into how many parts it is given back.
#[derive(Clone, Debug)]
struct Trip {
    sells_dollars: bool,
    minor: u64,
    parts: Vec<u64>,
}

fn trips() -> impl Strategy<Value = Vec<Trip>> {
    let parts = prop::collection::vec(1_u64..5_000, 0..4);
    let trip = (any::<bool>(), 10_u64..20_000, parts).prop_map(|(sells_dollars, minor, parts)| Trip {
        sells_dollars,
        minor,
        parts,
    });
    prop::collection::vec(trip, 1..8)
}

const MID: i128 = 71_035;

/// Dollars and yuan of a kind together, valued at the middle rate, in ten-thousandths of a fen.
fn valued(dollars: i128, yuan: i128) -> i128 {
    dollars * MID + yuan * 10_000
}

fn wealth(teller: &Teller) -> i128 {
    let of = |currency| teller.balance("alice", Role::Wallet, currency).posted().minor();
    valued(of(Currency::USD), of(Currency::CNY))
}

fn position(teller: &Teller) -> i128 {
    let of = |currency| {
        let house = teller.state.products().houses.get(read("emoney"), currency).unwrap();
        let account = teller.state.books().account_at(house.account(Role::Position)).unwrap();
        account.balance().posted().minor()
    };
    valued(of(Currency::USD), of(Currency::CNY))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn invariant_8_positions_at_the_middle_rate_are_zero_but_for_rounding(trips in trips()) {
        let mut teller = world();
        fund(&mut teller, "alice", Role::Wallet, "5000.00 CNY");
        let (mut bound, mut roundings) = (0, 0);
        for trip in trips {
            let (from, into, rate) = match trip.sells_dollars {
                true => (Currency::USD, "CNY", ("7.0935", "7.1035")),
                false => (Currency::CNY, "USD", ("1/7.1135", "1/7.1035")),
            };
            let sell = Sum::new(Amount::new(trip.minor).unwrap(), from).to_string();
            let before = wealth(&teller);
            let quote = convert(&mut teller, &sell, into, rate.0, rate.1);
            prop_assert!(wealth(&teller) <= before, "a conversion never gains");
            // Half a minor unit of what was bought.
            bound += if trip.sells_dollars { 10_000 / 2 } else { MID / 2 + 1 };
            for minor in trip.parts {
                let own = own(&teller, quote);
                let left = own.bought.amount.minor() - own.refunded.minor();
                if left == 0 { break; }
                let part = Sum::new(Amount::new(minor.min(left)).unwrap(), own.bought.currency);
                let command = ExchangeCommand::Refund { quote, part, rate: None, merchant: None };
                let key = format!("r{roundings}");
                roundings += 1;
                if let Err(refusal) = teller.run(&key, command) {
                    prop_assert_eq!(refusal.reason, Reason::ConvertsToNothing);
                    continue;
                }
                // A minor unit of each currency: the share of what was sold and that of the margin are rounded.
                bound += MID + 10_000;
                prop_assert!(teller.available("alice", from).parse::<Sum>().is_ok());
            }
            let own = own(&teller, quote);
            let is_whole = own.phase == Phase::Refunded;
            prop_assert!(!is_whole || wealth(&teller) == before, "the whole of it comes back");
            prop_assert!(wealth(&teller) <= before, "parts never gain");
        }
        prop_assert!(position(&teller).abs() <= bound, "{} of {bound}", position(&teller));
        teller.replay();
    }
}
