use longmen_core::{Detail, Key, Phase, Reason, Thing};
use longmen_money::Currency;
use longmen_wallet::{
    ExchangeCommand, ExchangeTerms, Fee, HouseCommand, OwnerCommand, Quote, Rate, Role, Rounding, Terms,
};

use crate::case::owes;
use crate::funds::{excess, fund};
use crate::teller::{DAY, SECOND, Teller, read, sum};

const CNY: Currency = Currency::CNY;
const USD: Currency = Currency::USD;

/// The small world, with exchange terms `fx` without a fee and 5,000.00 USD in alice's wallet.
pub(crate) fn world() -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("fx", Terms::Exchange(ExchangeTerms::default()));
    fund(&mut teller, "alice", Role::Wallet, "5000.00 USD");
    teller
}

/// A quote for alice; the middle rate is the one that she gets if none is given.
pub(crate) fn quote(teller: &Teller, sell: &str, into: &str, rate: &str, mid: &str) -> ExchangeCommand {
    ExchangeCommand::Quote {
        owner: read("alice"),
        sell: sum(sell),
        into: Currency::from_code(into).unwrap(),
        rate: read(rate),
        mid: read(if mid.is_empty() { rate } else { mid }),
        terms: read("fx"),
        expires_ns: teller.now + 30 * SECOND,
    }
}

/// Quotes and executes.
pub(crate) fn convert(teller: &mut Teller, sell: &str, into: &str, rate: &str, mid: &str) -> Key {
    let command = quote(teller, sell, into, rate, mid);
    let quote = teller.done(command);
    teller.done(ExchangeCommand::Execute { quote });
    quote
}

pub(crate) fn own(teller: &Teller, quote: Key) -> &Quote {
    teller.state.products().quotes.get(quote).unwrap()
}

fn cover(sold: &str, bought: &str) -> ExchangeCommand {
    let (pool, from, into) = (read("emoney"), Role::Nostro, Role::Reserve);
    ExchangeCommand::Cover { pool, sold: sum(sold), from, bought: sum(bought), into }
}

pub(crate) fn positions(teller: &Teller) -> [String; 2] {
    [teller.house(Role::Position, USD), teller.house(Role::Position, CNY)]
}

#[test]
fn m16_the_worked_example_from_the_quote_to_the_sweep() {
    let mut teller = world();
    let command = quote(&teller, "1234.56 USD", "CNY", "7.0935", "7.1035");
    let name = teller.done(command);
    assert!(teller.last_posts().is_empty());
    assert_eq!(teller.available("alice", USD), "3765.44 USD");
    let quoted = own(&teller, name);
    assert_eq!((quoted.bought, quoted.worth.minor()), (sum("8757.35 CNY"), 876_970));

    let posts = teller.posts(ExchangeCommand::Execute { quote: name });
    let want = [
        "D wallet 1234.56 USD",
        "C position 1234.56 USD",
        "D position 8757.35 CNY",
        "C wallet 8757.35 CNY",
        "D position 12.35 CNY",
        "C margin 12.35 CNY",
    ];
    assert_eq!(posts, want);
    assert_eq!(teller.available("alice", CNY), "8757.35 CNY");
    // Until it is covered one currency has too much and the other too little, and that is to be seen.
    assert_eq!([excess(&teller, USD), excess(&teller, CNY)], ["1234.56 USD", "-8757.35 CNY"]);

    let posts = teller.posts(cover("1234.56 USD", "8769.70 CNY"));
    let want =
        ["D position 1234.56 USD", "C nostro 1234.56 USD", "D reserve 8769.70 CNY", "C position 8769.70 CNY"];
    assert_eq!(posts, want);
    assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
    assert_eq!([excess(&teller, USD), excess(&teller, CNY)], ["0.00 USD", "12.35 CNY"]);
    let sweep = |text| HouseCommand::Sweep { pool: read("emoney"), from: Role::Reserve, sum: sum(text) };
    teller.refused_for(Reason::PoolShort, sweep("12.36 CNY"));
    teller.done(sweep("12.35 CNY"));
    teller.replay();
}

#[test]
fn a_gap_before_the_cover_can_be_prefunded() {
    let mut teller = world();
    convert(&mut teller, "100.00 USD", "CNY", "7.0935", "7.1035");
    let (pool, into) = (read("emoney"), Role::Reserve);
    teller.done(HouseCommand::Prefund { pool, into, sum: sum("709.35 CNY") });
    assert_eq!(excess(&teller, CNY), "0.00 CNY");
    teller.done(cover("100.00 USD", "710.35 CNY"));
    teller.done(HouseCommand::Sweep { pool, from: into, sum: sum("710.35 CNY") });
    teller.replay();
}

#[test]
fn the_fee_is_shown_apart_and_held_with_the_rest() {
    let mut teller = world();
    let fee = Fee { rate_ppm: 3_000, minimum: Some(sum("8.00 USD")), ..Fee::NONE };
    teller.terms("fx", Terms::Exchange(ExchangeTerms { fee, ..ExchangeTerms::default() }));
    let command = quote(&teller, "1000.00 USD", "CNY", "7.1035", "");
    let name = teller.done(command);
    assert_eq!(teller.balance("alice", Role::Wallet, USD).held().to_string(), "1008.00 USD");
    let posts = teller.posts(ExchangeCommand::Execute { quote: name });
    let want = [
        "D wallet 1008.00 USD",
        "C position 1000.00 USD",
        "C fees 8.00 USD",
        "D position 7103.50 CNY",
        "C wallet 7103.50 CNY",
    ];
    assert_eq!(posts, want);
    let command = quote(&teller, "3980.07 USD", "CNY", "7.1035", "");
    let refusal = teller.refused_for(Reason::InsufficientFunds, command);
    // With 0.3 % of it, 11.94, it is 3,992.01.
    assert_eq!(refusal.short_by.minor(), 1);
    teller.replay();
}

#[test]
fn a_rate_better_than_the_middle_one_is_the_operators_loss() {
    let mut teller = world();
    let command = quote(&teller, "100.00 USD", "CNY", "7.2000", "7.1035");
    let quote = teller.done(command);
    let posts = teller.posts(ExchangeCommand::Execute { quote });
    let want = [
        "D wallet 100.00 USD",
        "C position 100.00 USD",
        "D position 720.00 CNY",
        "C wallet 720.00 CNY",
        "D fxloss 9.65 CNY",
        "C position 9.65 CNY",
    ];
    assert_eq!(posts, want);
    teller.done(cover("100.00 USD", "710.35 CNY"));
    assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
    teller.replay();
}

#[test]
fn a_merchant_converts_what_it_may_withdraw_and_debts_are_paid_first() {
    let mut teller = world();
    fund(&mut teller, "shop", Role::Merchant, "100.00 USD");
    owes(&mut teller, "shop", "d1", "10.35 CNY");
    let mut command = quote(&teller, "100.00 USD", "CNY", "7.1035", "");
    let ExchangeCommand::Quote { owner, .. } = &mut command else { unreachable!() };
    *owner = read("shop");
    let quote = teller.done(command);
    let posts = teller.posts(ExchangeCommand::Execute { quote });
    let want = [
        "D merchant 100.00 USD",
        "C position 100.00 USD",
        "D position 710.35 CNY",
        "C merchant 710.35 CNY",
        "D merchant 10.35 CNY",
        "C debts 10.35 CNY",
    ];
    assert_eq!(posts, want);
    teller.replay();
}

#[test]
fn a_quote_ends_by_itself_and_a_frozen_wallet_still_executes_it() {
    let mut teller = world();
    let command = quote(&teller, "100.00 USD", "CNY", "7.1035", "");
    let name = teller.done(command);
    teller.pass(30 * SECOND);
    assert_eq!(own(&teller, name).phase, Phase::Expired);
    assert_eq!(teller.available("alice", USD), "5000.00 USD");
    let command = quote(&teller, "100.00 USD", "CNY", "7.1035", "");
    let name = teller.done(command);
    let freeze = |debit, credit| OwnerCommand::Freeze { owner: read("alice"), debit, credit };
    teller.done(freeze(true, true));
    teller.refused_for(Reason::AccountFrozen, ExchangeCommand::Execute { quote: name });
    teller.done(freeze(true, false));
    let command = quote(&teller, "100.00 USD", "CNY", "7.1035", "");
    teller.refused_for(Reason::AccountFrozen, command);
    teller.done(ExchangeCommand::Execute { quote: name });
    teller.replay();
}

#[test]
fn e39_what_converts_to_nothing_is_refused() {
    let mut teller = world();
    fund(&mut teller, "alice", Role::Wallet, "1.00 CNY");
    let command = quote(&teller, "0.07 CNY", "USD", "1/7.1035", "");
    let refusal = teller.refused_for(Reason::ConvertsToNothing, command);
    assert_eq!(refusal.detail, Detail::Thing(Thing::Quote));
    let command = quote(&teller, "0.08 CNY", "USD", "1/7.1035", "");
    teller.done(command);
    teller.replay();
}

#[test]
fn what_a_quote_is_refused_for() {
    let mut teller = world();
    let command = |teller: &Teller| quote(teller, "100.00 USD", "CNY", "7.1035", "");
    let with = |teller: &mut Teller, reason, change: &dyn Fn(&mut ExchangeCommand)| {
        let mut own = command(teller);
        change(&mut own);
        teller.refused_for(reason, own);
    };
    macro_rules! set {
        ($field:ident, $value:expr) => {
            &|own: &mut ExchangeCommand| {
                let ExchangeCommand::Quote { $field, .. } = own else { unreachable!() };
                *$field = $value;
            }
        };
    }
    with(&mut teller, Reason::AmountZero, set!(sell, sum("0.00 USD")));
    with(&mut teller, Reason::WrongKind, set!(into, USD));
    with(&mut teller, Reason::WrongKind, set!(terms, read("consumer")));
    with(&mut teller, Reason::ThingNotFound, set!(terms, read("none")));
    with(&mut teller, Reason::ThingNotFound, set!(owner, read("nobody")));
    with(&mut teller, Reason::ThingNotFound, set!(into, Currency::from_code("JPY").unwrap()));
    with(&mut teller, Reason::ThingNotFound, set!(sell, sum("100 JPY")));
    with(&mut teller, Reason::AmountTooLarge, set!(rate, read("999999999999999999")));
    with(&mut teller, Reason::AmountTooLarge, set!(mid, read("999999999999999999")));
    let now = teller.now;
    with(&mut teller, Reason::TooLate, set!(expires_ns, now));
    with(&mut teller, Reason::InsufficientFunds, set!(sell, sum("5000.01 USD")));
    let fee = Fee { fixed: Some(sum("1.00 CNY")), ..Fee::NONE };
    teller.terms("odd", Terms::Exchange(ExchangeTerms { fee, ..ExchangeTerms::default() }));
    with(&mut teller, Reason::CurrencyMismatch, set!(terms, read("odd")));
    teller.done(OwnerCommand::Close { owner: read("bob"), sets_aside: false });
    with(&mut teller, Reason::StateForbids, set!(owner, read("bob")));
    teller.replay();
}

#[test]
fn only_what_is_spare_is_sold_to_cover() {
    let mut teller = world();
    convert(&mut teller, "100.00 USD", "CNY", "7.0935", "7.1035");
    teller.refused_for(Reason::PoolShort, cover("100.01 USD", "710.42 CNY"));
    teller.refused_for(Reason::AmountZero, cover("0.00 USD", "710.35 CNY"));
    teller.refused_for(Reason::AmountZero, cover("100.00 USD", "0.00 CNY"));
    teller.refused_for(Reason::WrongKind, cover("100.00 USD", "100.00 USD"));
    teller.refused_for(Reason::ThingNotFound, cover("100.00 USD", "15267 JPY"));
    for (from, into) in [(Role::Own, Role::Reserve), (Role::Nostro, Role::Margin)] {
        let (pool, sold, bought) = (read("emoney"), sum("100.00 USD"), sum("710.35 CNY"));
        let command = ExchangeCommand::Cover { pool, sold, from, bought, into };
        teller.refused_for(Reason::WrongKind, command);
    }
    let (pool, sold, bought) = (read("emoney"), sum("100.00 USD"), sum("710.35 CNY"));
    let (from, into) = (Role::CrossBorder, Role::Reserve);
    teller.refused_for(Reason::InsufficientFunds, ExchangeCommand::Cover { pool, sold, from, bought, into });
    teller.replay();
}

#[test]
fn what_a_position_gains_or_loses_is_taken_out_of_it() {
    let mut teller = world();
    convert(&mut teller, "100.00 USD", "CNY", "7.0935", "7.1035");
    // The bank gave a worse rate than the middle one: 0.35 stays in the position, and that is a loss.
    teller.done(cover("100.00 USD", "710.00 CNY"));
    assert_eq!(positions(&teller), ["0.00 USD", "0.35 CNY"]);
    let pool = read("emoney");
    let revalue = |text, as_role| ExchangeCommand::Revalue { pool, sum: sum(text), as_role };
    let posts = teller.posts(revalue("0.30 CNY", Role::ExchangeLoss));
    assert_eq!(posts, ["D fxloss 0.30 CNY", "C position 0.30 CNY"]);
    let posts = teller.posts(revalue("0.05 CNY", Role::RoundingLoss));
    assert_eq!(posts, ["D roundloss 0.05 CNY", "C position 0.05 CNY"]);
    assert_eq!(positions(&teller), ["0.00 USD", "0.00 CNY"]);
    let posts = teller.posts(revalue("0.02 USD", Role::Margin));
    assert_eq!(posts, ["D position 0.02 USD", "C margin 0.02 USD"]);
    let posts = teller.posts(revalue("0.01 USD", Role::RoundingGain));
    assert_eq!(posts, ["D position 0.01 USD", "C roundgain 0.01 USD"]);
    for role in [Role::Wallet, Role::Own, Role::ServiceFees] {
        teller.refused_for(Reason::WrongKind, revalue("1.00 CNY", role));
    }
    teller.refused_for(Reason::AmountZero, revalue("0.00 CNY", Role::Margin));
    teller.refused_for(Reason::ThingNotFound, revalue("1 JPY", Role::Margin));
    teller.replay();
}

#[test]
fn e37_currencies_without_decimals_and_with_three() {
    let mut teller = world();
    let pool = read("emoney");
    for code in ["JPY", "KWD"] {
        let currency = Currency::from_code(code).unwrap();
        teller.done(HouseCommand::Open { pool, currency });
        teller.done(OwnerCommand::OpenCurrency { owner: read("alice"), currency });
    }
    // 15,267.17 yen, of which the taker gets the whole ones.
    let yen = convert(&mut teller, "100.00 USD", "JPY", "1/0.00655", "");
    assert_eq!(own(&teller, yen).bought, sum("15267 JPY"));
    let dinar = convert(&mut teller, "100.00 USD", "KWD", "0.30775", "");
    assert_eq!(own(&teller, dinar).bought, sum("30.775 KWD"));
    let back = convert(&mut teller, "15267 JPY", "USD", "0.00655", "");
    assert_eq!(own(&teller, back).bought, sum("99.99 USD"));
    let across = convert(&mut teller, "30.775 KWD", "JPY", "496.08", "");
    assert_eq!(own(&teller, across).bought, sum("15266 JPY"));
    teller.replay();
}

#[test]
fn a_rate_is_written_either_way_round() {
    let convert = |rate: &str, sold: &str, into: &str| {
        let into = Currency::from_code(into).unwrap();
        read::<Rate>(rate).convert(sum(sold), into, Rounding::Down).unwrap().to_string()
    };
    assert_eq!(convert("1/7.1035", "710.35 CNY", "USD"), "100.00 USD");
    assert_eq!(convert("7.1035", "100.00 USD", "CNY"), "710.35 CNY");
    assert_eq!(convert("1/2", "3 JPY", "KWD"), "1.500 KWD");
    assert_eq!(convert("1/3", "1.000 KWD", "JPY"), "0 JPY");
    for text in ["1/7.1035", "7.1035", "1/2", "2", "1/0.000000000001"] {
        assert_eq!(read::<Rate>(text).to_string(), text);
    }
    for text in ["", "0", "1/0", "1/", "/2", "1/1/2", "2/3", "1/-2", "7.", ".5", "0.0000000000001"] {
        assert_eq!(text.parse::<Rate>().unwrap_err().reason, Reason::RateMalformed, "{text}");
    }
}

#[test]
fn every_command_in_every_phase_of_a_quote() {
    use Phase::{Cancelled, Executed, Expired, Locked, Refunded};
    type Make = fn(Key) -> ExchangeCommand;
    let back = |quote, text| ExchangeCommand::Refund { quote, part: sum(text), rate: None, merchant: None };
    let commands: [(&str, Make); 4] = [
        ("execute", |quote| ExchangeCommand::Execute { quote }),
        ("cancel", |quote| ExchangeCommand::Cancel { quote }),
        ("refund part", |quote| ExchangeCommand::Refund {
            quote,
            part: sum("1.00 CNY"),
            rate: None,
            merchant: None,
        }),
        ("refund", |quote| ExchangeCommand::Refund {
            quote,
            part: sum("710.35 CNY"),
            rate: None,
            merchant: None,
        }),
    ];
    let table = [
        (Locked, [Some(Executed), Some(Cancelled), None, None]),
        (Executed, [None, None, Some(Executed), Some(Refunded)]),
        (Cancelled, [None; 4]),
        (Expired, [None; 4]),
        (Refunded, [None; 4]),
    ];
    for (phase, leads) in table {
        for ((name, command), to) in commands.iter().zip(leads) {
            let mut teller = world();
            let wanted = quote(&teller, "100.00 USD", "CNY", "7.1035", "");
            let quote = teller.done(wanted);
            match phase {
                Executed | Refunded => drop(teller.done(ExchangeCommand::Execute { quote })),
                Cancelled => drop(teller.done(ExchangeCommand::Cancel { quote })),
                Expired => teller.pass(DAY),
                _ => {}
            }
            if phase == Refunded {
                teller.done(back(quote, "710.35 CNY"));
            }
            assert_eq!(own(&teller, quote).phase, phase);
            match to {
                Some(to) => {
                    teller.done(command(quote));
                    assert_eq!(own(&teller, quote).phase, to, "{name} when {phase}");
                }
                None => {
                    let refusal = teller.refused_for(Reason::StateForbids, command(quote));
                    assert_eq!(refusal.detail, Detail::Phase(Thing::Quote, phase), "{name} when {phase}");
                }
            }
            teller.replay();
        }
    }
    let mut teller = world();
    for (_, command) in commands {
        teller.refused_for(Reason::ThingNotFound, command(read("none")));
    }
}
