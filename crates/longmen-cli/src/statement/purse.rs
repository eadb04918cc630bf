//! [`Purse`]: where money is, by one name in every export.

/// The wallet balance of Alipay.
pub(super) const ALIPAY_BALANCE: &str = "余额";
/// The wallet balance of Weixin Pay.
pub(super) const WECHAT_BALANCE: &str = "零钱";
/// The money-market purse of Weixin Pay.
pub(super) const WECHAT_FUND: &str = "零钱通";
/// The purse of rows whose export leaves the payment method empty.
pub(super) const UNNAMED: &str = "未注明";

/// One side of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purse {
    /// One of the statement owner's: a wallet balance, a fund, a bank card.
    Account(String),
    /// Somebody else's, by the printed name.
    Counterparty(String),
}

impl Purse {
    /// An own purse, under the name that every export gets for it.
    ///
    /// Full-width brackets become ASCII ones, `工商银行储蓄卡(9876)` becomes `工商银行(9876)` as other rows call it, an
    /// empty pair of brackets goes, and so does the wallet that a card was charged through (`微信-招商银行信用卡`).
    /// A bank without a card number stays what it is: which of the cards it is cannot be known.
    pub(super) fn account(printed: &str) -> Self {
        let name = printed.replace('（', "(").replace('）', ")").replace("储蓄卡(", "(");
        let name = name.strip_suffix("()").unwrap_or(&name);
        let name = name.strip_suffix("储蓄卡").unwrap_or(name);
        let name = name.strip_prefix("微信-").unwrap_or(name);
        Self::Account(name.to_owned())
    }

    /// Somebody else.
    pub(super) fn counterparty(printed: &str) -> Self {
        Self::Counterparty(printed.to_owned())
    }
}
