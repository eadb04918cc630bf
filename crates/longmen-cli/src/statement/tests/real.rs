//! Shows that what is known about four real exports comes out of them.

use super::{change, cny, fen, made, parse, refunds_of, shared};
use crate::statement::{Format, Purse, RowKind, Statement};

#[test]
fn boc_chains_in_all_its_steps_and_the_refund_finds_its_payment() {
    let Some(file) = shared("boc-debit.csv") else { return };
    let statement = parse(Format::Boc, &file);
    assert_eq!(statement.rows.len(), 17, "so the 16 steps between them chain");
    let (opening, closing) = (statement.opening.unwrap(), statement.closing.unwrap());
    assert_eq!(closing, cny("3240.28"));
    assert_eq!(opening, cny("2813.58"));
    let own = statement.totals().purses["中国银行(3167)"];
    assert_eq!(closing.checked_sub(opening), Some(own), "the rows make the whole difference");

    let refund = statement.rows.iter().find(|row| row.kind == RowKind::Refund).unwrap();
    let payment = &statement.rows[refund.refund_of.unwrap()];
    assert_eq!(refund.amount, payment.amount);
    assert_eq!(refund.amount.minor(), fen("50.00"));
    assert_eq!((refund.time - payment.time).get_seconds(), 14);
    assert_eq!(made(&statement, RowKind::Refund), (1, "50.00".to_owned()));

    assert_eq!(made(&statement, RowKind::Withdrawal), (1, "3000.00".to_owned()));
    assert_eq!(change(&statement, "余额"), "-3000.00", "the other end is the balance of Alipay");
    assert_eq!(made(&statement, RowKind::Income), (2, "6771.00".to_owned()));
    assert_eq!(made(&statement, RowKind::Payment), (13, "9394.30".to_owned()));
}

#[test]
fn jd_comes_to_the_totals_of_its_header() {
    let Some(file) = shared("jd.csv") else { return };
    let statement = parse(Format::Jd, &file);
    assert_eq!(statement.rows.len(), 26);
    let totals = statement.totals();
    assert_eq!(totals.spent, cny("1648.43"), "payments less refunds");
    assert_eq!(made(&statement, RowKind::Refund), (6, "1097.59".to_owned()));
    // The sixteen of the header and the one that was refunded in full, before any refund.
    assert_eq!(made(&statement, RowKind::Payment), (17, "2746.02".to_owned()));

    let net = |payment| {
        let back: u64 = refunds_of(&statement, payment).iter().map(|refund| refund.amount.minor()).sum();
        payment.amount.minor() - back
    };
    let payments = statement.rows.iter().filter(|row| row.kind == RowKind::Payment);
    let left: Vec<u64> = payments.map(net).filter(|net| *net != 0).collect();
    assert_eq!((left.len(), left.iter().sum::<u64>()), (16, fen("1648.43")));

    let whole = statement.rows.iter().find(|row| row.amount.minor() == fen("468.32")).unwrap();
    let mut parts: Vec<u64> = refunds_of(&statement, whole).iter().map(|row| row.amount.minor()).collect();
    parts.sort_unstable();
    assert_eq!(parts, [fen("70.48"), fen("397.84")]);
    let all_linked =
        statement.rows.iter().filter(|row| row.kind == RowKind::Refund).all(|row| row.refund_of.is_some());
    assert!(all_linked, "every refund belongs to a payment of the file");

    let still: Vec<(RowKind, u64)> =
        statement.rows.iter().filter(|row| !row.posts).map(|row| (row.kind, row.amount.minor())).collect();
    assert_eq!(still, [(RowKind::Zero, 0), (RowKind::Zero, 0), (RowKind::Deferred, fen("35.61"))]);
    assert_eq!(statement.notes.len(), 1, "the deferred order is noted: {:?}", statement.notes);
}

#[test]
fn wechat_parts_fees_from_withdrawals_and_knows_its_purses() {
    let Some(file) = shared("wechat.csv") else { return };
    let statement = parse(Format::Wechat, &file);
    assert_eq!(statement.rows.len(), 27);
    let with_fee = statement.rows.iter().filter(|row| !row.fee.is_zero());
    let fees: Vec<(u64, u64)> = with_fee.map(|row| (row.amount.minor(), row.fee.minor())).collect();
    assert_eq!(
        fees,
        [(fen("100.00"), fen("0.10")), (fen("10.00"), fen("0.10")), (fen("1000.10"), fen("1.00"))]
    );
    assert_eq!(statement.totals().fees.total, cny("1.20"));

    let top_up = statement
        .rows
        .iter()
        .find(|row| row.description.is_empty() && row.amount.minor() == fen("1300.00"))
        .unwrap();
    assert_eq!(top_up.kind, RowKind::TopUp);
    assert_eq!(top_up.to, Purse::Account("零钱".to_owned()));
    assert_eq!(made(&statement, RowKind::TopUp), (2, "3300.00".to_owned()));

    // 0.35 + 23.00 + 0.07 + 0.07 + 5.00 in, 36.99 out, 1,300.00 topped up, 548.58 to a card, 2,634.78 from and 1.23 to
    // the fund, 1,111.30 withdrawn with the fees inside.
    assert_eq!(change(&statement, "零钱"), "2265.17");
    assert_eq!(change(&statement, "零钱通"), "-8918.01");
    assert_eq!(made(&statement, RowKind::Transfer), (5, "16184.59".to_owned()));

    let last = statement.rows.last().unwrap();
    assert_eq!(
        (last.kind, last.amount.minor(), last.posts),
        (RowKind::Payment, 1, true),
        "an unknown type pays"
    );
    assert_eq!(statement.notes.len(), 1, "{:?}", statement.notes);
    assert!(statement.notes[0].contains("43 records, the file has 27"), "{:?}", statement.notes);
}

#[test]
fn alipay_knows_its_statuses_and_a_closed_order_comes_to_nothing() {
    let Some(file) = shared("alipay.gb18030.csv") else { return };
    assert!(std::str::from_utf8(&file).is_err(), "the file is GB18030");
    let statement = parse(Format::Alipay, &file);
    assert_eq!(statement.rows.len(), 10);
    assert_eq!(made(&statement, RowKind::Escrow), (1, "20.00".to_owned()));
    assert_eq!(made(&statement, RowKind::Refund), (2, "66.03".to_owned()));

    let closed: Vec<(RowKind, u64, bool)> = statement
        .rows
        .iter()
        .filter(|row| row.status == "交易关闭")
        .map(|row| (row.kind, row.amount.minor(), row.posts))
        .collect();
    assert_eq!(closed, [(RowKind::Closed, fen("82.00"), false), (RowKind::Payment, fen("50.00"), true)]);
    let refunded =
        statement.rows.iter().find(|row| row.kind == RowKind::Payment && row.counterparty == "一卡通");
    let back = refunds_of(&statement, refunded.unwrap());
    assert_eq!(back.iter().map(|row| row.amount.minor()).collect::<Vec<_>>(), [fen("50.00")]);
    // 50.00 out and back, 99.34 of a fund sold into it.
    assert_eq!(change(&statement, "余额宝"), "99.34");
    assert_eq!(change(&statement, "余额"), "222208.50");
    assert_eq!(change(&statement, "交通银行信用卡(7449)"), "-33.71");
}

/// The text once for every digit of the parts that `money` finds in its lines, with that digit changed.
fn altered(text: &str, money: fn(&str) -> Option<&str>) -> Vec<(usize, String)> {
    let mut files = Vec::new();
    let mut line_start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let part = money(line).unwrap_or_default();
        let part_start = line.find(part).unwrap_or_default();
        for (offset, digit) in part.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            let place = line_start + part_start + offset;
            let other = if digit == '1' { "2" } else { "1" };
            files.push((index + 1, [&text[..place], other, &text[place + 1..]].concat()));
        }
        line_start += line.len();
    }
    files
}

#[test]
fn boc_every_altered_digit_is_noticed_in_its_own_line() {
    /// Amount and balance: from the currency to the next word.
    fn money(line: &str) -> Option<&str> {
        let (_, rest) = line.split_once("人民币,")?;
        rest.split(|c: char| !c.is_ascii()).next()
    }
    let Some(file) = shared("boc-debit.csv") else { return };
    let text = String::from_utf8(file).unwrap();
    let oldest = text.lines().count();
    let files = altered(&text, money);
    assert!(files.len() > 150, "{}", files.len());
    for (line, file) in files {
        match Statement::parse(Format::Boc, file.as_bytes()) {
            Err(refused) if line == oldest => assert_eq!(refused.line, Some(line - 1), "{refused}"),
            Err(refused) => assert_eq!(refused.line, Some(line), "{refused}"),
            Ok(_) => assert_eq!(line, oldest, "nothing says what was before the oldest row"),
        }
    }
}

#[test]
fn jd_every_altered_digit_of_money_that_moved_is_noticed() {
    fn money(line: &str) -> Option<&str> {
        if line.starts_with("2024-") { line.split(',').nth(3) } else { None }
    }
    let Some(file) = shared("jd.csv") else { return };
    let text = String::from_utf8(file).unwrap();
    let mut unnoticed = Vec::new();
    for (line, file) in altered(&text, money) {
        if let Ok(statement) = Statement::parse(Format::Jd, file.as_bytes()) {
            assert!(
                statement.notes.iter().any(|note| note.starts_with(&format!("line {line}: "))),
                "line {line}"
            );
            unnoticed.push(line);
        }
    }
    unnoticed.dedup();
    // Two orders of 先享后付, which no total counts, and the order refunded in full, which counts as nothing whatever
    // its amount is: they are not refused, but each comes with a note.
    assert_eq!(unnoticed, [29, 36, 38]);
}
