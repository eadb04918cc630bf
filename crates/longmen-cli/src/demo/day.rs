//! The acts of the day.

use std::io::Write;
use std::num::NonZeroU64;

use longmen::{
    Action, Amount, Capture, Class, Command, Currency, Key, Ledger, Leg, Memo, Money, OpenAccount,
    Outcome as Decided, Overdraft, PlaceHold, Portion, Receipt, Side, Stamp,
};

use super::{Page, account, short, unexpected};
use crate::Failure;
use crate::lang::{self, is_zh, pick};

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
    page.act(
        "开账",
        pick(
            "The books are opened: two customers and a teahouse, each in CNY and in USD.",
            "开账：两位客户和一家茶馆，人民币与美元各一户。",
        ),
    )?;
    open_accounts(ledger, page)?;
    page.act("股本", pick("The owner puts 1,000.00 CNY into the business.", "东家投入 1,000.00 元。"))?;
    let capital = [("bank:cny", Side::Debit, "1000.00"), ("capital:cny", Side::Credit, "1000.00")];
    submit(ledger, page, post("capital-1", "股本 capital paid in", CNY, &capital)?)?;

    page.act(
        "充值",
        pick(
            "Li Lei 李雷 and Han Meimei 韩梅梅 top up their wallets from their banks.",
            "李雷和韩梅梅从银行给钱包充值。",
        ),
    )?;
    for (key, bank, wallet, amount, currency, memo) in [
        ("top-up-1", "bank:cny", "lilei:cny", "500.00", CNY, "充值 李雷"),
        ("top-up-2", "bank:usd", "lilei:usd", "80.00", USD, "充值 李雷"),
        ("top-up-3", "bank:cny", "meimei:cny", "300.00", CNY, "充值 韩梅梅"),
        ("top-up-4", "bank:usd", "meimei:usd", "20.00", USD, "充值 韩梅梅"),
    ] {
        let legs = [(bank, Side::Debit, amount), (wallet, Side::Credit, amount)];
        submit(ledger, page, post(key, memo, currency, &legs)?)?;
    }

    page.act(
        "付款",
        pick(
            "Li Lei pays 128.00 CNY for Longjing tea, Han Meimei 12.50 USD for a cup; fee 0.6 %.",
            "李雷付 128.00 元买龙井，韩梅梅付 12.50 美元买茶杯；手续费 0.6%。",
        ),
    )?;
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

    page.act(
        "重试",
        pick(
            "Li Lei's phone lost its network and sends the tea payment again, with the same key.",
            "李雷的手机断网，用同一个键把茶钱又付了一遍。",
        ),
    )?;
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
    let last = last.map_or_else(String::new, |stamp| match is_zh() {
        true => format!("分录 1 至 {}，{}", stamp.position, short(stamp)),
        false => format!("entries 1 to {}, {}", stamp.position, short(stamp)),
    });
    let mark = page.style.green("✓");
    let text = page
        .style
        .dim(&format!("{last}  {}", pick("13 accounts, made durable together", "13 个账户，一次落盘")));
    Ok(page.answer(&mark, &text)?)
}

fn withdraw<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<(), Failure> {
    page.act(
        "提现",
        pick(
            "Han Meimei withdraws 200.00 CNY to her bank card: held until her bank answers.",
            "韩梅梅提现 200.00 元到银行卡：先冻结，等银行答复。",
        ),
    )?;
    let (wallet, payout) = (account("meimei:cny")?, account("payout:cny")?);
    let hold = PlaceHold::new(wallet, payout, amount("200.00", CNY)?, CNY).expires_after_ns(HOLD_LIFE_NS);
    let command =
        Command::place_hold(key("withdraw-1")?, hold).with_memo(memo_of("提现 withdrawal, 韩梅梅")?);
    submit(ledger, page, command)?;
    if let Some(balance) = ledger.balance(&account("meimei:cny")?) {
        let (posted, held, available) = (balance.posted(), balance.held(), balance.available());
        let text = match is_zh() {
            true => format!("账面 {posted} − 冻结 {held} = 可用 {available}"),
            false => format!("posted {posted} − held {held} = available {available}"),
        };
        page.answer(" ", &page.style.dim(&text))?;
    }

    page.act(
        "余额不足",
        pick(
            "She then tries to pay 150.00 CNY. The answer is a value with a reason, not an error:",
            "她接着想付 150.00 元。答复是带原因的结果，而不是错误：",
        ),
    )?;
    let legs = [("meimei:cny", Side::Debit, "150.00"), ("teahouse:cny", Side::Credit, "150.00")];
    let receipt = ledger.submit(post("pay-3", "普洱茶 Pu'er tea", CNY, &legs)?).wait()?;
    refused(page, receipt)
}

fn pay_out<W: Write>(ledger: &Ledger, page: &mut Page<W>) -> Result<Stamp, Failure> {
    page.act(
        "部分结算",
        pick(
            "The bank takes 150.00 today: 149.00 for her card and 1.00 as the fee, in one entry.",
            "银行今天先收 150.00 元：149.00 元到卡，1.00 元手续费，记在一笔分录里。",
        ),
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
    page.act(
        "解冻",
        pick("The other 50.00 are released: she can spend them again.", "其余 50.00 元解冻，她又能用了。"),
    )?;
    let release = Command::release(key("release-1")?, key("withdraw-1")?);
    submit(ledger, page, release.with_memo(memo_of("解冻 the rest is hers again")?))?;
    page.act(
        "出款",
        pick(
            "The money leaves the operator's bank, which charges 0.30 for it.",
            "款项从运营方的银行汇出，银行收费 0.30 元。",
        ),
    )?;
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
    let (entry, is_short) = (pick("entry", "分录"), pick("short", "不足"));
    let (position, hash, reason) = (stamp.position, short(stamp), refusal.reason.name());
    let text = format!("{entry} {position:<3} {hash}  pay-3  {reason}: {short_by} {is_short}");
    page.answer(&mark, &page.style.red(&text))?;
    let remedy = format!(
        "{}{}",
        pick("Nothing was posted; the refusal is on record. ", "未过账；拒绝已记录在案。"),
        lang::remedy(refusal.reason)
    );
    Ok(page.answer(" ", &page.style.dim(&remedy))?)
}

fn retried<W: Write>(page: &mut Page<W>, receipt: Receipt, first: Stamp) -> Result<(), Failure> {
    if !receipt.replayed || receipt.stamp != Some(first) {
        return Err(Failure::Ledger("the demo's retry was not answered with its first receipt".to_owned()));
    }
    let mark = page.style.green("↺");
    let (entry, position, hash) = (pick("entry", "分录"), first.position, short(first));
    let what = pick("the first receipt again, nothing was paid twice", "还是第一次的回执，没有重复付款");
    let text = format!("{entry} {position:<3} {hash}  pay-1: {what}");
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
