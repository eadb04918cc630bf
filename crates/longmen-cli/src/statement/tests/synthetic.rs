//! Shows on made-up exports what each sort of row becomes.

use super::snippets::{ALIPAY, BOC, JD, WECHAT};
use super::{change, cny, fen, made, parse};
use crate::statement::RowKind::{
    Closed, Deferred, Escrow, Income, Payment, Refund, TopUp, Transfer, Withdrawal, Zero,
};
use crate::statement::{Format, Purse, RowKind, Statement};

/// The kind of each row and the line of the payment it refunds.
fn rows(statement: &Statement) -> Vec<(usize, RowKind, Option<usize>)> {
    let line_of = |index: usize| statement.rows[index].line;
    statement.rows.iter().map(|row| (row.line, row.kind, row.refund_of.map(line_of))).collect()
}

#[test]
fn boc() {
    let statement = parse(Format::Boc, BOC.as_bytes());
    let expect = [(3, Refund, Some(4)), (4, Payment, None), (5, Withdrawal, None), (6, Payment, None)];
    assert_eq!(rows(&statement), expect);
    assert_eq!((statement.opening, statement.closing), (Some(cny("85.50")), Some(cny("1080.00"))));
    assert_eq!(change(&statement, "中国银行(4321)"), "994.50");
    assert_eq!(statement.rows[1].description, "网上快捷支付 订单七");
    assert_eq!(statement.rows[3].description, "无卡支付", "dashes are nothing");
}

#[test]
fn boc_in_another_currency() {
    let statement = parse(Format::Boc, BOC.replace("人民币", "美元").as_bytes());
    assert_eq!(statement.closing.map(|closing| closing.to_string()).as_deref(), Some("1080.00 USD"));
}

#[test]
fn jd() {
    let statement = parse(Format::Jd, JD.as_bytes());
    let expect = [
        (9, Payment, None),
        (10, Refund, Some(11)),
        (11, Payment, None),
        (12, Refund, Some(14)),
        (13, Refund, Some(14)),
        (14, Payment, None),
        (15, Deferred, None),
    ];
    assert_eq!(rows(&statement), expect);
    assert_eq!(statement.totals().spent, cny("40.00"));
    assert_eq!(made(&statement, Refund), (3, "50.00".to_owned()));
}

#[test]
fn jd_refunds_after_the_end_of_the_file_are_noted() {
    let cut = JD
        .lines()
        .filter(|line| !line.contains("退款-本"))
        .map(|line| line.replace("共：7", "共：6").replace("5笔，50.00", "4笔，30.00") + "\n")
        .collect::<String>();
    let statement = parse(Format::Jd, cut.as_bytes());
    assert_eq!(statement.totals().spent, cny("60.00"), "what has not come back yet is spent");
    assert!(statement.notes.iter().any(|note| note.contains("line 10: no rows")), "{:?}", statement.notes);
}

#[test]
fn jd_without_a_header_is_read_and_noted() {
    let table = &JD[JD.find("交易时间").unwrap()..];
    let statement = parse(Format::Jd, table.as_bytes());
    assert_eq!(statement.rows.len(), 7);
    assert_eq!(statement.notes.len(), 5, "four totals and the deferred order: {:?}", statement.notes);
}

#[test]
fn wechat() {
    let statement = parse(Format::Wechat, WECHAT.as_bytes());
    let expect = [
        (7, Withdrawal, None),
        (8, TopUp, None),
        (9, Transfer, None),
        (10, Transfer, None),
        (11, Withdrawal, None),
        (12, Refund, Some(14)),
        (13, Income, None),
        (14, Payment, None),
        (15, Payment, None),
    ];
    assert_eq!(rows(&statement), expect);
    assert_eq!(statement.notes, Vec::<String>::new(), "the header agrees with the rows");
    let withdrawal = &statement.rows[0];
    assert_eq!((withdrawal.amount.minor(), withdrawal.fee.minor()), (fen("100.00"), fen("0.10")));
    assert_eq!(withdrawal.to, Purse::Account("工商银行(1111)".to_owned()), "one card, one name");
    // -100.10 + 50.00 - 20.00 + 15.00 + 10.00 + 5.00 - 10.00
    assert_eq!(change(&statement, "零钱"), "-50.10");
    assert_eq!(change(&statement, "工商银行(1111)"), "55.00");
    assert_eq!(statement.rows[5].description, "说\"明\"");
}

#[test]
fn wechat_totals_that_differ_are_noted() {
    let statement = parse(Format::Wechat, WECHAT.replace("2笔 12.00元", "2笔 13.00元").as_bytes());
    assert_eq!(
        statement.notes,
        ["line 4: the header says 支出 2 records, 13.00; the rows make 2, 12.00: not checked"]
    );
}

#[test]
fn wechat_rows_that_failed_do_not_post() {
    let statement = parse(Format::Wechat, WECHAT.replace("提现已到账", "提现失败").as_bytes());
    assert_eq!((statement.rows[0].kind, statement.rows[0].posts), (Closed, false));
}

#[test]
fn alipay() {
    let expect = [
        (6, Escrow, None),
        (7, Transfer, None),
        (8, Refund, Some(9)),
        (9, Payment, None),
        (10, Closed, None),
        (11, Refund, Some(12)),
        (12, Payment, None),
    ];
    let statement = parse(Format::Alipay, ALIPAY.as_bytes());
    assert_eq!(rows(&statement), expect);
    assert_eq!(statement.notes, Vec::<String>::new());
    assert_eq!(change(&statement, "余额宝"), "99.00", "the closed order went out and came back");
    assert_eq!(change(&statement, "工商银行(1111)"), "-10.00");
    assert_eq!(statement.totals().spent, cny("30.00"), "escrow 20.00, shoes 10.00");

    let (gb18030, _, _) = encoding_rs::GB18030.encode(ALIPAY);
    assert_eq!(parse(Format::Alipay, &gb18030), statement, "both encodings read the same");
}

#[test]
fn rows_of_nothing_do_not_post() {
    let check = |format: Format, text: String| {
        let zero = parse(format, text.as_bytes()).rows.into_iter().find(|row| row.amount.is_zero()).unwrap();
        assert_eq!((zero.kind, zero.posts), (Zero, false), "{format}");
    };
    check(Format::Jd, JD.replace(",35.00,", ",0.00,"));
    check(Format::Wechat, WECHAT.replace("¥2.00", "¥0.00"));
    check(Format::Alipay, ALIPAY.replace(",20.00 ,", ",0.00 ,"));
    check(Format::Boc, BOC.replace("-5.50", "0.00"));
}

#[test]
fn marks_line_ends_blank_rows_and_further_columns_change_nothing() {
    let expect = parse(Format::Boc, BOC.as_bytes()).rows;
    assert_eq!(parse(Format::Boc, format!("\u{feff}{BOC}").as_bytes()).rows, expect);
    assert_eq!(parse(Format::Boc, BOC.replace('\n', "\r\n").as_bytes()).rows, expect);
    let spread: Vec<usize> = parse(Format::Boc, BOC.replace('\n', "\r\n\r\n").as_bytes())
        .rows
        .iter()
        .map(|row| row.line)
        .collect();
    assert_eq!(spread, [5, 7, 9, 11], "lines are those of the file");
    assert_eq!(parse(Format::Boc, format!("{BOC},,,,,,,,,,,,\n\n").as_bytes()).rows, expect);
    assert_eq!(parse(Format::Boc, BOC.trim_end().as_bytes()).rows, expect);
    let wider: String = BOC.lines().map(|line| line.replacen(',', ",新列,", 1) + "\n").collect();
    assert_eq!(parse(Format::Boc, wider.as_bytes()).rows, expect);
}

#[test]
fn a_table_without_rows_is_noted() {
    let empty: String = BOC.lines().take(2).map(|line| line.to_owned() + "\n").collect();
    let statement = parse(Format::Boc, empty.as_bytes());
    assert_eq!((statement.opening, statement.closing), (None, None));
    assert_eq!(statement.notes, ["the table has no rows"]);
}

#[test]
fn each_export_is_known_by_its_title_and_by_its_columns() {
    for (format, text) in
        [(Format::Boc, BOC), (Format::Jd, JD), (Format::Wechat, WECHAT), (Format::Alipay, ALIPAY)]
    {
        assert_eq!(Format::detect(text.as_bytes()), Some(format));
        let first = if format == Format::Boc { "记账日期" } else { "交易时间" };
        let table = &text[text.find(first).unwrap()..];
        assert_eq!(Format::detect(table.as_bytes()), Some(format), "{format} without its title");
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!(Format::detect(b"date,amount\n"), None);
    assert!("ccb".parse::<Format>().is_err());
}
