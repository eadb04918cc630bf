//! The small world that tests of products begin in; the tests of whole ledgers begin in it too, with a teller of theirs.

use longmen_money::{Currency, Sum};
use longmen_wallet::{
    ChannelCommand, ChannelKind, HouseCommand, OwnerCommand, OwnerId, OwnerKind, PoolId, Rail, Terms,
    TermsCommand, TermsId, Unspent, WalletTerms,
};

use crate::teller::{Teller, read};

impl Teller {
    /// A small world: a pool `emoney` with houses in CNY and USD and 1,000,000.00 of own money in each; channels `bank`,
    /// `alipay`, `wechat`, `visa`, `huabei`, `amazon` and `gifts`; wallet terms `consumer` and `seller`; and activated,
    /// verified (tier 1) owners: customers `alice` and `bob` with CNY and USD and a CNY purse, a merchant `shop` with
    /// CNY and USD.
    pub(crate) fn small_world() -> Self {
        let mut teller = Self::new();
        let pool: PoolId = read("emoney");
        for currency in [Currency::CNY, Currency::USD] {
            teller.done(HouseCommand::Open { pool, currency });
            teller.done(HouseCommand::Invest { pool, sum: read(&format!("1000000.00 {currency}")) });
        }
        for (name, kind) in [
            ("bank", ChannelKind::BankCard),
            ("alipay", ChannelKind::Alipay),
            ("wechat", ChannelKind::WeChat),
            ("visa", ChannelKind::InternationalCard),
            ("huabei", ChannelKind::Lender),
            ("amazon", ChannelKind::Platform),
            ("gifts", ChannelKind::GiftCard),
        ] {
            let currencies = vec![Currency::CNY, Currency::USD];
            teller.done(ChannelCommand::Open {
                channel: read(name),
                kind,
                pool,
                currencies,
                settles_within_ns: None,
            });
        }
        teller.terms("consumer", Terms::Wallet(consumer()));
        teller.terms("seller", Terms::Wallet(seller()));
        for (name, kind, terms) in [
            ("alice", OwnerKind::Customer, "consumer"),
            ("bob", OwnerKind::Customer, "consumer"),
            ("shop", OwnerKind::Merchant, "seller"),
        ] {
            let owner: OwnerId = read(name);
            let currencies = vec![Currency::CNY, Currency::USD];
            teller.done(OwnerCommand::Register { owner, kind, pool, terms: read(terms), currencies });
            teller.done(OwnerCommand::Activate { owner });
            teller.done(OwnerCommand::Verify { owner, tier: 1 });
            if kind == OwnerKind::Customer {
                teller.done(OwnerCommand::OpenPurse { owner, currency: Currency::CNY });
            }
        }
        teller
    }

    /// Writes a version of terms, in force from now on.
    pub(crate) fn terms(&mut self, terms: &str, is: Terms) {
        let terms: TermsId = read(terms);
        self.done(TermsCommand::Set { terms, from_ns: None, is });
    }
}

/// Terms of wallets as a test wants them for customers.
pub(crate) fn consumer() -> WalletTerms {
    WalletTerms {
        binds: vec![Rail::BankCn, Rail::BankAbroad, Rail::PaymentCard],
        transfers: true,
        direct_receipts: true,
        unspent: Unspent::NothingSince,
        recovers_debts: true,
        spend_tier: 1,
        limits: vec![],
    }
}

/// Terms of wallets as a test wants them for merchants: international, nothing but platforms pays in.
pub(crate) fn seller() -> WalletTerms {
    WalletTerms {
        binds: vec![Rail::BankCn, Rail::BankAbroad, Rail::AlipayCn],
        transfers: false,
        direct_receipts: false,
        ..consumer()
    }
}

/// So much of a currency: `sum("12.50 CNY")`.
pub(crate) fn sum(text: &str) -> Sum {
    read(text)
}
