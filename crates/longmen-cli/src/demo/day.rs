//! The acts of the day.

use std::io::Write;
use std::num::NonZeroU64;

use longmen::{
    Action, Amount, Capture, Class, Command, Currency, Key, Ledger, Leg, Memo, Money, OpenAccount,
    Outcome as Decided, Overdraft, PlaceHold, Portion, Receipt, Side, Stamp,
};

use super::{Page, account, short, unexpected};
use crate::Failure;

const CNY: Currency = Currency::CNY;
const USD: Currency = Currency::USD;

/// Three days, in which a bank answers.
const HOLD_LIFE_NS: NonZeroU64 = NonZeroU64::MIN.saturating_add(3 * 86_400_000_000_000 - 1);

/// The chart of accounts.
const ACCOUNTS: [(&str, Currency, Class, &str); 13] = [
    ("bank:cny", CNY, Class::Asset, "the operator's bank account, 存款"),
    ("bank:usd", USD, Class::Asset, "the operator's bank account, 存款"),
    ("payout:cny", CNY, Class::Liability, "withdrawals on their way, 提现在途"),
    ("capital:cny", CNY, Class::Equity, "what the owner put in, 股本"),
    ("fees:cny", CNY, Class::Income, "fees earned, 手续费收入"),
    ("fees:usd", USD, Class::Income, "fees earned, 手续费收入"),
    ("costs:cny", CNY, Class::Expense, "what banks charge, 渠道成本"),
    ("lilei:cny", CNY, Class::Liability, "李雷, a customer"),
    ("lilei:usd", USD, Class::Liability, "李雷, a customer"),
    ("meimei:cny", CNY, Class::Liability, "韩梅梅, a customer"),
    ("meimei:usd", USD, Class::Liability, "韩梅梅, a customer"),
    ("teahouse:cny", CNY, Class::Liability, "清明茶馆, a merchant"),
    ("teahouse:usd", USD, Class::Liability, "清明茶馆, a merchant"),
];

/// Plays the day; gives back the stamp of its last entry.
pub(super) fn play<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<Stamp, Failure> {
    page.act("开账", "The books are opened: two customers and a teahouse, each in CNY and in USD.")?;
    open_accounts(ledger, page)?;
    page.act("股本", "The owner puts 1,000.00 CNY into the business.")?;
    let capital = [("bank:cny", Side::Debit, "1000.00"), ("capital:cny", Side::Credit, "1000.00")];
    submit(ledger, page, post("capital-1", "股本 capital paid in", CNY, &capital)?)?;

    page.act("充值", "Li Lei 李雷 and Han Meimei 韩梅梅 top up their wallets from their banks.")?;
    for (key, bank, wallet, amount, currency, memo) in [
        ("top-up-1", "bank:cny", "lilei:cny", "500.00", CNY, "充值 李雷"),
        ("top-up-2", "bank:usd", "lilei:usd", "80.00", USD, "充值 李雷"),
        ("top-up-3", "bank:cny", "meimei:cny", "300.00", CNY, "充值 韩梅梅"),
        ("top-up-4", "bank:usd", "meimei:usd", "20.00", USD, "充值 韩梅梅"),
    ] {
        let legs = [(bank, Side::Debit, amount), (wallet, Side::Credit, amount)];
        submit(ledger, page, post(key, memo, currency, &legs)?)?;
    }

    page.act("付款", "Li Lei pays 128.00 CNY for Longjing tea, Han Meimei 12.50 USD for a cup; fee 0.6 %.")?;
    let tea = post(
        "pay-1",
        "龙井茶 Longjing tea",
        CNY,
        &[
            ("lilei:cny", Side::Debit, "128.00"),
            ("teahouse:cny", Side::Credit, "127.23"),
            ("fees:cny", Side::Credit, "0.77"),
        ],
    )?;
    let paid = submit(ledger, page, tea.clone())?;
    let cup = post(
        "pay-2",
        "茶杯 a tea cup",
        USD,
        &[
            ("meimei:usd", Side::Debit, "12.50"),
            ("teahouse:usd", Side::Credit, "12.42"),
            ("fees:usd", Side::Credit, "0.08"),
        ],
    )?;
    submit(ledger, page, cup)?;

    withdraw(ledger, page)?;
    let last = pay_out(ledger, page)?;

    page.act("重试", "Li Lei's phone lost its network and sends the tea payment again, with the same key.")?;
    let again = ledger.submit(tea).wait()?;
    retried(page, again, paid)?;
    Ok(last)
}

fn open_accounts<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<(), Failure> {
    let mut commands = Vec::new();
    for (name, currency, class, memo) in ACCOUNTS {
        // Withdrawals on their way and banks are matched with statements; nobody may spend what is not there.
        let open = OpenAccount::new(account(name)?, currency, class).overdraft(Overdraft::FORBIDDEN);
        commands.push(Command::open_account(key(&format!("open-{name}"))?, open).with_memo(memo_of(memo)?));
    }
    let receipts = ledger.submit_all(commands).wait()?;
    let last = receipts.last().and_then(|receipt| receipt.stamp);
    for receipt in &receipts {
        receipt.accepted().map_err(unexpected)?;
    }
    let last =
        last.map_or_else(String::new, |stamp| format!("entries 1 to {}, {}", stamp.position, short(stamp)));
    let mark = page.style.green("✓");
    let text = page.style.dim(&format!("{last}  13 accounts, made durable together"));
    Ok(page.answer(&mark, &text)?)
}

fn withdraw<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<(), Failure> {
    page.act("提现", "Han Meimei withdraws 200.00 CNY to her bank card: held until her bank answers.")?;
    let (wallet, payout) = (account("meimei:cny")?, account("payout:cny")?);
    let hold = PlaceHold::new(wallet, payout, amount("200.00", CNY)?, CNY).expires_after_ns(HOLD_LIFE_NS);
    let command =
        Command::place_hold(key("withdraw-1")?, hold).with_memo(memo_of("提现 withdrawal, 韩梅梅")?);
    submit(ledger, page, command)?;
    if let Some(balance) = ledger.balance(&account("meimei:cny")?) {
        let text = format!(
            "posted {} − held {} = available {}",
            balance.posted(),
            balance.held(),
            balance.available()
        );
        page.answer(" ", &page.style.dim(&text))?;
    }

    page.act(
        "余额不足",
        "She then tries to pay 150.00 CNY. The answer is a value with a reason, not an error:",
    )?;
    let legs = [("meimei:cny", Side::Debit, "150.00"), ("teahouse:cny", Side::Credit, "150.00")];
    let receipt = ledger.submit(post("pay-3", "普洱茶 Pu'er tea", CNY, &legs)?).wait()?;
    refused(page, receipt)
}

fn pay_out<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<Stamp, Failure> {
    page.act(
        "部分结算",
        "The bank takes 150.00 today: 149.00 for her card and 1.00 as the fee, in one entry.",
    )?;
    let portion = |name, text| Ok(Portion { credit: account(name)?, amount: amount(text, CNY)? });
    let capture = Capture {
        hold: key("withdraw-1")?,
        amount: amount("150.00", CNY)?,
        currency: CNY,
        is_final: false,
        to: [portion("payout:cny", "149.00"), portion("fees:cny", "1.00")]
            .into_iter()
            .collect::<Result<_, Failure>>()?,
    };
    let command = Command::new(key("settle-1")?, Action::Capture(capture));
    submit(ledger, page, command.with_memo(memo_of("部分结算 settled in part")?))?;
    page.act("解冻", "The other 50.00 are released: she can spend them again.")?;
    let release = Command::release(key("release-1")?, key("withdraw-1")?);
    submit(ledger, page, release.with_memo(memo_of("解冻 the rest is hers again")?))?;
    page.act("出款", "The money leaves the operator's bank, which charges 0.30 for it.")?;
    let legs = [
        ("payout:cny", Side::Debit, "149.00"),
        ("costs:cny", Side::Debit, "0.30"),
        ("bank:cny", Side::Credit, "149.30"),
    ];
    submit(ledger, page, post("payout-1", "出款 paid out to a bank card", CNY, &legs)?)
}

fn submit<W: Write>(ledger: &Ledger, page: &mut Page<W>, command: Command) -> Result<Stamp, Failure> {
    let what = command.key.to_string();
    let receipt = ledger.submit(command).wait()?;
    page.receipt(receipt, &what)
}

fn refused<W: Write>(page: &mut Page<W>, receipt: Receipt) -> Result<(), Failure> {
    let (Decided::Refused(refusal), Some(stamp)) = (receipt.outcome, receipt.stamp) else {
        return Err(Failure::Ledger("the demo's overdraft was not refused".to_owned()));
    };
    let short_by = Money::new(i128::from(refusal.short_by.minor()), CNY);
    let mark = page.style.red("✗");
    let text = format!(
        "entry {:<3} {}  pay-3  {}: {short_by} short",
        stamp.position,
        short(stamp),
        refusal.reason.name()
    );
    page.answer(&mark, &page.style.red(&text))?;
    let remedy = format!("Nothing was posted; the refusal is on record. {}", refusal.reason.remedy());
    Ok(page.answer(" ", &page.style.dim(&remedy))?)
}

fn retried<W: Write>(page: &mut Page<W>, receipt: Receipt, first: Stamp) -> Result<(), Failure> {
    if !receipt.replayed || receipt.stamp != Some(first) {
        return Err(Failure::Ledger("the demo's retry was not answered with its first receipt".to_owned()));
    }
    let mark = page.style.green("↺");
    let text = format!(
        "entry {:<3} {}  pay-1: the first receipt again, nothing was paid twice",
        first.position,
        short(first)
    );
    Ok(page.answer(&mark, &page.style.dim(&text))?)
}

fn post(name: &str, memo: &str, currency: Currency, legs: &[(&str, Side, &str)]) -> Result<Command, Failure> {
    let leg = |(name, side, text): &(&str, Side, &str)| {
        Ok(Leg { account: account(name)?, side: *side, amount: amount(text, currency)?, currency })
    };
    let legs = legs.iter().map(leg).collect::<Result<_, Failure>>()?;
    Ok(Command::post(key(name)?, legs).with_memo(memo_of(memo)?))
}

fn amount(text: &str, currency: Currency) -> Result<Amount, Failure> {
    Amount::parse(text, &currency).map_err(|error| Failure::Ledger(error.to_string()))
}

fn key(text: &str) -> Result<Key, Failure> {
    Key::new(text).map_err(unexpected)
}

fn memo_of(text: &str) -> Result<Memo, Failure> {
    Memo::new(text).map_err(unexpected)
}
