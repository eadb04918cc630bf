//! Readable ASCII account names for what exports call by Chinese names.

use longmen::{AccountId, Class, Currency, Refusal};

use super::hash::fnv128;
use crate::statement::Format;

/// Wallet purses, by the names that [`crate::statement::Purse`] gives them.
const PURSES: [(&str, &str); 12] = [
    ("零钱", "wechat:lingqian"),
    ("零钱通", "wechat:lingqiantong"),
    ("理财通", "wechat:licaitong"),
    ("余额", "alipay:balance"),
    ("余额宝", "alipay:yuebao"),
    ("花呗", "alipay:huabei"),
    ("蚂蚁财富", "alipay:fortune"),
    ("钱包余额", "jd:balance"),
    ("小金库", "jd:xiaojinku"),
    ("白条", "jd:baitiao"),
    ("京东白条", "jd:baitiao"),
    ("亲情卡", "alipay:family-card"),
];

/// Banks and their usual letters.
const BANKS: [(&str, &str); 24] = [
    ("工商银行", "icbc"),
    ("农业银行", "abc"),
    ("中国银行", "boc"),
    ("建设银行", "ccb"),
    ("交通银行", "bocom"),
    ("招商银行", "cmb"),
    ("邮储银行", "psbc"),
    ("邮政储蓄银行", "psbc"),
    ("浦发银行", "spdb"),
    ("中信银行", "citic"),
    ("光大银行", "ceb"),
    ("华夏银行", "hxb"),
    ("民生银行", "cmbc"),
    ("广发银行", "cgb"),
    ("平安银行", "pab"),
    ("兴业银行", "cib"),
    ("北京银行", "bob"),
    ("上海银行", "bos"),
    ("宁波银行", "nbcb"),
    ("江苏银行", "jsb"),
    ("杭州银行", "hzb"),
    ("微众银行", "webank"),
    ("网商银行", "mybank"),
    ("浙商银行", "czb"),
];

/// What is owed to a lender is a liability; everything else of one's own is an asset.
const CREDIT: [&str; 3] = ["信用卡", "花呗", "白条"];

/// The account of an own purse.
pub(super) fn purse(
    format: Format,
    printed: &str,
    currency: Currency,
) -> Result<(AccountId, Class), Refusal> {
    let owed = CREDIT.iter().any(|word| printed.contains(word));
    let class = if owed { Class::Liability } else { Class::Asset };
    let stem = match PURSES.iter().find(|(name, _)| *name == printed) {
        Some((_, stem)) => (*stem).to_owned(),
        None => bank(printed, owed).unwrap_or_else(|| {
            let short = fnv128(printed.as_bytes()) >> 96;
            format!("{format}:x{short:08x}")
        }),
    };
    let root = if owed { "liabilities" } else { "assets" };
    Ok((named(&format!("{root}:{stem}"), currency)?, class))
}

/// `中国银行(3167)` is `bank:boc-3167`, `招商银行信用卡` is `card:cmb`; nothing for any other form.
fn bank(printed: &str, owed: bool) -> Option<String> {
    let (code, rest) = BANKS.iter().find_map(|(name, code)| Some((code, printed.strip_prefix(name)?)))?;
    let number = rest.strip_prefix("信用卡").unwrap_or(rest);
    let kind = if owed { "card" } else { "bank" };
    if number.is_empty() {
        return Some(format!("{kind}:{code}"));
    }
    let number = number.strip_prefix('(')?.strip_suffix(')')?;
    let plain = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| format!("{kind}:{code}-{number}"))
}

/// The account of the fees of a purse.
pub(super) fn fees(purse: &AccountId) -> Result<AccountId, Refusal> {
    let stem = purse.as_str().split_once(':').map_or(purse.as_str(), |(_, stem)| stem);
    AccountId::new(&format!("expenses:fee:{stem}"))
}

/// An account that has the currency at its end where that is not the yuan, since an account has one currency only.
pub(super) fn named(name: &str, currency: Currency) -> Result<AccountId, Refusal> {
    if currency == Currency::CNY {
        return AccountId::new(name);
    }
    AccountId::new(&format!("{name}:{}", currency.code().to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purses_have_readable_names_or_a_stable_one() {
        let cases = [
            ("零钱", "assets:wechat:lingqian", Class::Asset),
            ("中国银行(3167)", "assets:bank:boc-3167", Class::Asset),
            ("工商银行", "assets:bank:icbc", Class::Asset),
            ("招商银行信用卡", "liabilities:card:cmb", Class::Liability),
            ("交通银行信用卡(7449)", "liabilities:card:bocom-7449", Class::Liability),
            ("花呗", "liabilities:alipay:huabei", Class::Liability),
            ("某某村镇银行(1)", "assets:wechat:x130bfeb2", Class::Asset),
        ];
        for (printed, want, class) in cases {
            let (id, got) = purse(Format::Wechat, printed, Currency::CNY).unwrap();
            assert_eq!((id.as_str(), got), (want, class), "{printed}");
        }
        let (dollars, _) = purse(Format::Boc, "中国银行(3167)", Currency::USD).unwrap();
        assert_eq!(dollars.as_str(), "assets:bank:boc-3167:usd");
        assert_eq!(fees(&dollars).unwrap().as_str(), "expenses:fee:bank:boc-3167:usd");
    }
}
