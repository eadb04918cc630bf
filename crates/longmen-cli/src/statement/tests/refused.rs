//! Shows that what does not add up, cannot be read or is not known is refused, and that the refusal names the place.

use super::snippets::{ALIPAY, BOC, JD, WECHAT};
use crate::statement::{Format, Statement, StatementError};

fn refusal(format: Format, bytes: &[u8]) -> StatementError {
    match Statement::parse(format, bytes) {
        Ok(statement) => panic!("{format} was read: {statement:?}"),
        Err(refused) => refused,
    }
}

/// The made-up export of a format with one thing replaced, and where the refusal points.
fn check(format: Format, (from, to): (&str, &str), line: usize, column: Option<&str>, what: &str) {
    let text = match format {
        Format::Boc => BOC,
        Format::Jd => JD,
        Format::Wechat => WECHAT,
        Format::Alipay => ALIPAY,
    };
    assert!(text.contains(from), "{from} is not in the {format} snippet");
    let refused = refusal(format, text.replacen(from, to, 1).as_bytes());
    assert_eq!((refused.line, refused.column), (Some(line), column), "{refused}");
    assert!(refused.what.contains(what), "{refused}");
    assert!(!refused.remedy.is_empty());
    let shown = refused.to_string();
    assert!(shown.starts_with(&format!("line {line}")) && shown.ends_with(&refused.remedy), "{shown}");
}

#[test]
fn boc_an_altered_amount_or_balance_breaks_the_chain() {
    check(
        Format::Boc,
        ("-20.00", "-21.00"),
        4,
        Some("余额"),
        "which makes 1059.00, but the row says 1060.00",
    );
    check(
        Format::Boc,
        ("1,060.00", "1,061.00"),
        4,
        Some("余额"),
        "which makes 1060.00, but the row says 1061.00",
    );
    check(Format::Boc, (",20.00,", ",-20.00,"), 3, Some("余额"), "which makes 1040.00");
    check(Format::Boc, ("\"1,000.00\"", "100.00"), 5, Some("余额"), "which makes 180.00");
    check(Format::Boc, (",80.00,", ",80.01,"), 5, Some("余额"), "the balance before was 80.01");
}

#[test]
fn boc_a_lost_row_breaks_the_chain() {
    let lost: String =
        BOC.lines().filter(|line| !line.contains("提现")).map(|line| line.to_owned() + "\n").collect();
    assert_eq!(refusal(Format::Boc, lost.as_bytes()).line, Some(4));
}

#[test]
fn jd_an_altered_amount_is_noticed_by_the_header() {
    check(Format::Jd, (",10.00,", ",10.01,"), 5, None, "the header says 40.00 CNY, the rows make 40.01 CNY");
    check(Format::Jd, ("50.00(", "51.00("), 5, None, "the rows make 41.00 CNY");
    check(Format::Jd, ("已退款20.00", "已退款20.01"), 5, None, "the rows make 39.99 CNY");
    check(Format::Jd, ("退款-伞,10.00", "退款-伞,11.00"), 6, None, "不计收支: the header says 50.00 CNY");
    check(Format::Jd, ("5笔，50.00", "5笔，50.01"), 6, None, "the rows make 50.00 CNY");
    check(Format::Jd, ("支出：2笔", "支出：3笔"), 5, None, "3 rows, the rows make 2 rows");
    check(Format::Jd, ("共：7笔", "共：8笔"), 3, None, "the header says 8, the rows make 7");
    check(Format::Jd, ("50.00(已退款20.00)", "50.00(已退款60.00)"), 11, Some("金额"), "more is refunded");
    check(Format::Jd, ("(已退款20.00)", "(已赠20.00)"), 11, Some("金额"), "annotation");
}

#[test]
fn wechat_a_fee_or_a_refund_above_its_amount_is_noticed() {
    check(Format::Wechat, ("¥100.10", "¥0.05"), 7, Some("备注"), "the fee is more than the 0.05 CNY");
    check(Format::Wechat, ("收入,¥10.00", "收入,¥10.01"), 12, None, "10.01 CNY is refunded of the 10.00 CNY");
    check(Format::Wechat, ("支出,¥10.00", "支出,¥9.99"), 12, None, "of the 9.99 CNY paid in line 14");
    check(Format::Wechat, ("服务费¥0.10", "服务费免"), 7, Some("备注"), "not a number");
}

#[test]
fn alipay_a_refund_that_does_not_fit_its_payment_is_noticed() {
    check(Format::Alipay, ("8.00 ,工商", "18.01 ,工商"), 11, None, "18.01 CNY is refunded of the 18.00 CNY");
    check(
        Format::Alipay,
        (",61.00 ,余额宝 ,交易关闭", ",62.00 ,余额宝 ,交易关闭"),
        9,
        None,
        "is closed, but 61.00",
    );
    check(Format::Alipay, (",61.00 ,余额宝 ,退款", ",60.00 ,余额宝 ,退款"), 9, None, "is closed, but 60.00");
}

#[test]
fn cells_that_cannot_be_read_are_named() {
    check(Format::Boc, ("-5.50", "-5.505"), 6, Some("金额"), "too many digits");
    check(Format::Boc, ("-5.50", "--5.50"), 6, Some("金额"), "below zero");
    check(Format::Boc, ("-5.50", "+5.50"), 6, Some("金额"), "not a number");
    check(Format::Boc, ("1,060.00", "10,60.00"), 4, Some("余额"), "comma");
    check(Format::Boc, ("1,060.00", "1,060.0,0"), 4, Some("余额"), "comma");
    check(Format::Boc, ("人民币", "日元"), 3, Some("币别"), "not a known currency");
    check(Format::Boc, ("人民币,-5.50", "美元,-5.50"), 6, Some("币别"), "more than one currency");
    check(Format::Boc, ("2030-01-01", "2030-02-30"), 6, Some("记账日期"), "is not a time");
    check(Format::Jd, ("2030-01-05 10:00:00", "2030/1/5 10:00"), 9, Some("交易时间"), "is not a time");
    check(Format::Wechat, ("¥50.00", "¥-50.00"), 8, Some("金额(元)"), "below zero");
    check(Format::Wechat, ("¥50.00", "五十"), 8, Some("金额(元)"), "not a number");
    check(Format::Alipay, ("99.00", "1e2"), 7, Some("金额"), "not a number");
}

#[test]
fn rows_of_a_sort_that_is_not_known_are_named() {
    check(Format::Jd, ("钱包余额,交易成功", "钱包余额,交易关闭"), 9, Some("交易状态"), "交易关闭");
    check(Format::Jd, (",交易成功,支出,文具,A1", ",交易成功,其他,文具,A1"), 9, Some("收/支"), "no direction");
    check(Format::Jd, ("(已全额退款)", ""), 14, Some("交易状态"), "不计收支");
    check(Format::Wechat, ("转入零钱通-来自零钱", "零钱通收益"), 9, Some("交易类型"), "neutral row");
    check(Format::Wechat, ("¥2.00,零钱通", "¥2.00,/"), 15, Some("支付方式"), "paid with");
    check(Format::Wechat, ("支出,¥2.00", "?,¥2.00"), 15, Some("收/支"), "no direction");
    check(Format::Alipay, ("卖出至余额宝", "转换"), 7, Some("商品说明"), "neutral row");
    check(Format::Alipay, ("等待确认收货", "等待付款"), 6, Some("交易状态"), "等待付款");
    check(Format::Alipay, (",支出 ,20.00", ",其他 ,20.00"), 6, Some("收/支"), "no direction");
}

#[test]
fn missing_columns_and_cut_rows_are_named() {
    check(Format::Boc, (",余额,", ",结余,"), 2, Some("余额"), "missing");
    check(Format::Jd, (",收/支,", ",方向,"), 8, Some("收/支"), "missing");
    check(Format::Wechat, (",备注\n", ",说明\n"), 6, Some("备注"), "missing");
    check(Format::Alipay, (",交易状态  ,", ",状态,"), 5, Some("交易状态"), "missing");
    check(
        Format::Boc,
        (",乙商店,6226,-----,6200000000004321", ",乙"),
        6,
        Some("借记卡号"),
        "ends after 10 cells",
    );
    check(
        Format::Wechat,
        ("¥2.00,零钱通,支付成功,w1\t,m1\t,\"/\"", "¥2.00"),
        15,
        Some("支付方式"),
        "ends after 6",
    );
    // A quote that never closes swallows the rest of the file; its first line is the one to look at.
    check(Format::Wechat, (",\"书\",", ",\"书,"), 14, Some("收/支"), "ends after");
}

#[test]
fn a_file_of_another_format_is_told_apart() {
    let files = [(Format::Boc, BOC), (Format::Jd, JD), (Format::Wechat, WECHAT), (Format::Alipay, ALIPAY)];
    for (format, _) in files {
        for (other, text) in files.iter().filter(|(other, _)| *other != format) {
            let (gb18030, _, _) = encoding_rs::GB18030.encode(text);
            for bytes in [text.as_bytes(), gb18030.as_ref()] {
                let refused = refusal(format, bytes);
                assert_eq!(refused.what, format!("this is not a {format} statement, it looks like {other}"));
                assert_eq!(refused.remedy, format!("import it as {other}"));
            }
        }
        for nothing in ["", "\n\n", "date,amount\n2030-01-01,5\n"] {
            let refused = refusal(format, nothing.as_bytes());
            assert_eq!(refused.line, None);
            assert!(refused.what.starts_with("no line begins with "), "{refused}");
        }
    }
}

#[test]
fn another_encoding_is_told() {
    for (format, text) in [(Format::Boc, BOC), (Format::Jd, JD), (Format::Wechat, WECHAT)] {
        let (gb18030, _, _) = encoding_rs::GB18030.encode(text);
        let refused = refusal(format, &gb18030);
        assert_eq!((refused.line, refused.what.as_str()), (Some(1), "the text is not UTF-8"));

        let mut broken = text.as_bytes().to_vec();
        broken.extend_from_slice(b"\xff");
        assert_eq!(refusal(format, &broken).line, Some(text.lines().count() + 1));
    }
    let mut neither = ALIPAY.as_bytes().to_vec();
    neither.extend_from_slice(b"\xff\xff");
    assert!(refusal(Format::Alipay, &neither).what.contains("neither GB18030 nor UTF-8"));
    let utf16: Vec<u8> = ALIPAY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(Statement::parse(Format::Alipay, &utf16).is_err());
}
