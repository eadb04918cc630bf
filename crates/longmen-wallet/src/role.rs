//! The chart of accounts: what every account of a product is for.

use longmen_core::{Class, Code, Overdraft};
use serde::{Deserialize, Serialize};

/// Whose account it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// One for each pool and currency.
    House,
    /// One for each channel and currency.
    Channel,
    /// One for each owner and currency.
    Owner,
    /// One for each card.
    Card,
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $code:literal, $word:literal, $class:ident, $of:ident $(, $flag:ident)*;)+) => {
        /// What an account is for: its place in the chart.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($(#[$doc])* $role,)+ }

        impl Role {
            /// Every role, in the order of the chart.
            pub const ALL: &'static [Self] = &[$(Self::$role,)+];

            /// Its place in the chart, such as `2010`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$role => $code,)+ }
            }

            /// The last part of the names of its accounts.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$role => $word,)+ }
            }

            /// Its class.
            #[must_use]
            pub fn class(self) -> Class {
                match self { $(Self::$role => Class::$class,)+ }
            }

            /// Whose it is.
            #[must_use]
            pub const fn of(self) -> Of {
                match self { $(Self::$role => Of::$of,)+ }
            }

            fn flags(self) -> &'static [Flag] {
                match self { $(Self::$role => &[$(Flag::$flag,)*],)+ }
            }
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    /// Its positive balance must be covered by the pool's resource.
    Client,
    /// It is part of the pool's resource.
    Resource,
    /// It may stand on either side.
    Either,
    /// Its balance is the sum of open items.
    Items,
    /// Its balance is the sum of lots.
    Lots,
}

roles! {
    /// Client money kept with the central bank or a custodian (备付金).
    Reserve = "1010", "reserve", Asset, House, Resource;
    /// Client money on its way across the border, in an account for that purpose only (特定业务待结算资金).
    CrossBorder = "1020", "crossborder", Asset, House, Resource;
    /// Client money in foreign currency at a correspondent bank.
    Nostro = "1030", "nostro", Asset, House, Resource;
    /// The operator's own money at a bank.
    Own = "1040", "own", Asset, House;
    /// What a channel has taken and not yet paid over, item by item.
    Clearing = "1110", "clearing", Asset, Channel, Either, Items;
    /// Principal lent in instalments.
    Instalments = "1210", "instalments", Asset, House, Items;
    /// Fees of instalments to come.
    InstalmentFees = "1215", "instalfees", Asset, House, Items;
    /// What customers owe after their wallets could not cover what the outside world did.
    Debts = "1220", "debts", Asset, House, Items;
    /// Amounts claimed back from a network or channel.
    Disputed = "1230", "disputed", Asset, House, Items;
    /// The position in a currency between buying it and covering it.
    Position = "1290", "position", Asset, House, Either;
    /// What cannot be explained yet, on the debit side.
    SuspenseDebit = "1910", "suspdebit", Asset, House, Items;
    /// A customer's wallet.
    Wallet = "2010", "wallet", Liability, Owner, Client, Lots;
    /// A customer's gift-card account.
    Purse = "2015", "purse", Liability, Owner, Client, Lots;
    /// A prepaid card.
    Card = "2020", "card", Liability, Card, Client, Lots;
    /// What was left on expired cards and waits to go back.
    Expired = "2025", "expired", Liability, House, Client, Items;
    /// What a merchant may withdraw.
    Merchant = "2030", "merchant", Liability, Owner, Client;
    /// What buyers have paid for a merchant's orders that are not released.
    Escrow = "2035", "escrow", Liability, Owner, Client, Items;
    /// Top-ups that were received and not yet applied.
    TopUps = "2040", "topups", Liability, House, Client, Items;
    /// Payouts on their way.
    Payouts = "2050", "payouts", Liability, House, Client, Items;
    /// Refunds on their way.
    Refunds = "2060", "refunds", Liability, House, Client, Items;
    /// Receipts whose owner is not known, or who may not have them that way.
    Unidentified = "2070", "unidentified", Liability, House, Client, Items;
    /// Gift cards that were not redeemed.
    GiftCards = "2080", "giftcards", Liability, House, Client, Items;
    /// What is owed to card networks.
    Network = "2090", "network", Liability, House, Either;
    /// Balances whose owners cannot be paid.
    Unclaimed = "2100", "unclaimed", Liability, House, Client, Items;
    /// Fees of instalments that are not yet earned.
    Unearned = "2110", "unearned", Liability, House, Items;
    /// Tax on fees.
    Tax = "2120", "tax", Liability, House, Either;
    /// What cannot be explained yet, on the credit side.
    SuspenseCredit = "2910", "suspcredit", Liability, House, Items;
    /// What the owners of the operator put in.
    Capital = "3010", "capital", Equity, House;
    /// Fees of top-ups and card loads.
    TopUpFees = "4010", "topupfees", Income, House, Either;
    /// Fees of withdrawals, conversions and merchants.
    ServiceFees = "4020", "fees", Income, House, Either;
    /// Surcharges of cards from abroad.
    Surcharges = "4030", "surcharges", Income, House, Either;
    /// The margin between the customer's rate and the middle one.
    Margin = "4040", "margin", Income, House, Either;
    /// Fees of instalments, as they are earned.
    CreditFees = "4050", "creditfees", Income, House, Either;
    /// What nobody will ask for, where the law and the terms allow that.
    Breakage = "4060", "breakage", Income, House, Either;
    /// Gains of rounding.
    RoundingGain = "4070", "roundgain", Income, House, Either;
    /// What channels and banks charge.
    ChannelCost = "5010", "cost", Expense, House, Either;
    /// Losses by fraud and chargebacks.
    FraudLoss = "5020", "fraudloss", Expense, House, Either;
    /// What is given for the sake of peace.
    Goodwill = "5030", "goodwill", Expense, House, Either;
    /// Losses of exchange.
    ExchangeLoss = "5040", "fxloss", Expense, House, Either;
    /// Losses of rounding.
    RoundingLoss = "5050", "roundloss", Expense, House, Either;
    /// Debts that will not be paid.
    BadDebt = "5060", "baddebt", Expense, House, Either;
    /// Interest that the operator pays in the buyer's place.
    Subsidy = "5070", "subsidy", Expense, House, Either;
}

impl Role {
    /// Whether its positive balance must be covered by the pool's resource.
    #[must_use]
    pub fn is_client_money(self) -> bool {
        self.flags().contains(&Flag::Client)
    }

    /// Whether it is part of the pool's resource.
    #[must_use]
    pub fn is_resource(self) -> bool {
        self.flags().contains(&Flag::Resource)
    }

    /// Whether its balance is the sum of open items, each with a name, an owner and an age.
    #[must_use]
    pub fn has_items(self) -> bool {
        self.flags().contains(&Flag::Items)
    }

    /// Whether it is asked which of its items are an owner's: everywhere but where one owner may have very many.
    pub(crate) fn is_asked_by_owner(self) -> bool {
        self.has_items() && !matches!(self, Self::Clearing | Self::Escrow)
    }

    /// Whether its balance is the sum of lots, each with the source that it came from.
    #[must_use]
    pub fn has_lots(self) -> bool {
        self.flags().contains(&Flag::Lots)
    }

    /// How far below zero its accounts may go.
    #[must_use]
    pub fn overdraft(self) -> Overdraft {
        if self.flags().contains(&Flag::Either) { Overdraft::Unlimited } else { Overdraft::FORBIDDEN }
    }

    /// The role of an account with this place in the chart.
    #[must_use]
    pub fn from_code(code: &Code) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.code() == code.as_str())
    }

    /// Its place in the chart, counted from 0.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// How many accounts of a house come before this role's; nothing is said of a role that a house does not have.
    pub(crate) fn place_in_house(self) -> u32 {
        PLACES_IN_HOUSE.get(self.index()).copied().unwrap_or(0)
    }

    /// The roles that every pool has in every currency.
    pub fn of_house() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|role| role.of() == Of::House)
    }
}

const PLACES_IN_HOUSE: [u32; Role::ALL.len()] = {
    let mut places = [0; Role::ALL.len()];
    let (mut at, mut next) = (0_usize, 0_u32);
    while at < places.len() {
        places[at] = next;
        next = next.wrapping_add(matches!(Role::ALL[at].of(), Of::House) as u32);
        at = at.wrapping_add(1);
    }
    places
};
