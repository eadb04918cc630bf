//! From bytes to text, and the question which export it is.

use std::borrow::Cow;

use encoding_rs::GB18030;

use super::{Format, StatementError};

/// Decodes an export, and refuses it when it looks like one of another format.
///
/// UTF-8 with or without a mark is read for every format; Alipay writes GB18030.
pub(super) fn text(format: Format, bytes: &[u8]) -> Result<Cow<'_, str>, StatementError> {
    if let Some(other) = detect(bytes).filter(|detected| *detected != format) {
        return Err(StatementError::file(
            format!("this is not a {format} statement, it looks like {other}"),
            format!("import it as {other}"),
        ));
    }
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bad_at = match std::str::from_utf8(marked) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error.valid_up_to(),
    };
    if format == Format::Alipay {
        return gb18030(bytes).ok_or_else(|| {
            StatementError::file(
                "the text is neither GB18030 nor UTF-8",
                "export it again and do not open it between",
            )
        });
    }
    let line = marked.iter().take(bad_at).filter(|byte| **byte == b'\n').count() + 1;
    Err(StatementError::line(line, "the text is not UTF-8", "save the file as UTF-8, or export it again"))
}

/// Which format the lines down to the table's header look like.
pub(super) fn detect(bytes: &[u8]) -> Option<Format> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => gb18030(bytes)?,
    };
    // Only the head counts: the rows of one export name the other wallets.
    let head: Vec<&str> = text.lines().take(head_lines(&text)).collect();
    // Title first, column names second, for files whose head was cut off.
    let marks: [(Format, [&str; 2]); 4] = [
        (Format::Boc, ["中国银行交易流水", "记账日期"]),
        (Format::Jd, ["京东账号名", "商户名称"]),
        (Format::Wechat, ["微信支付账单", "金额(元)"]),
        (Format::Alipay, ["支付宝账户", "商品说明"]),
    ];
    let has = |mark: &str| head.iter().any(|line| line.contains(mark));
    (0..2).find_map(|which| marks.iter().find(|(_, mark)| has(mark[which])).map(|(format, _)| *format))
}

fn gb18030(bytes: &[u8]) -> Option<Cow<'_, str>> {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes)
}

/// How many lines the title and the header row take.
fn head_lines(text: &str) -> usize {
    let header = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with("交易时间") || line.starts_with("记账日期")
    };
    // A head is two dozen lines; a file without a header row is not searched to its end.
    text.lines().position(header).map_or(40, |header| header + 1)
}
