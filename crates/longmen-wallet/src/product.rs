//! What products can be asked to do, and what they say happened: one room for each.

use alloc::boxed::Box;
use alloc::vec::Vec;

use longmen_core::{Action, Refusal};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::state::Applied;
use crate::{ItemChange, LotUse, Products};

/// A command: a wish of the ledger or of a product, with the key that makes a retry safe.
pub type Command = longmen_core::Command<Wish>;

/// An entry of the journal: what the ledger did, and what it means to a product.
pub type Entry = longmen_core::Entry<Option<Box<Fact>>>;

/// What a caller wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Something of the general ledger.
    Ledger(Action),
    /// Something of a product.
    Product(Box<Product>),
}

impl From<Action> for Wish {
    fn from(action: Action) -> Self {
        Self::Ledger(action)
    }
}

impl<P: Into<Product>> From<P> for Wish {
    fn from(product: P) -> Self {
        Self::Product(Box::new(product.into()))
    }
}

/// What an entry means to a product.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// What happened.
    pub event: ProductEvent,
    /// Which open items changed.
    pub items: Vec<ItemChange>,
    /// How lots were used, where that is not simply spending.
    pub lots: Option<LotUse>,
}

macro_rules! rooms {
    ($($(#[$doc:meta])* $room:ident($command:ident, $event:ident) = $name:literal;)+) => {
        /// What a product is asked to do. The order of the rooms is part of the format.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Product { $($(#[$doc])* $room(crate::$command),)+ }

        /// What happened to a product. The order of the rooms is part of the format.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ProductEvent { $($(#[$doc])* $room(crate::$event),)+ }

        /// Which product it is, without its content.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ProductKind { $($(#[$doc])* $room,)+ }

        impl ProductKind {
            /// Every kind, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$room,)+];

            /// The kind in lower case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$room => $name,)+ }
            }
        }

        $(impl From<crate::$command> for Product {
            fn from(command: crate::$command) -> Self {
                Self::$room(command)
            }
        })+

        $(impl From<crate::$event> for ProductEvent {
            fn from(event: crate::$event) -> Self {
                Self::$room(event)
            }
        })+

        impl Product {
            /// What it would do, written into the draft.
            pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<ProductEvent, Refusal> {
                match self { $(Self::$room(command) => command.plan(draft).map(ProductEvent::$room),)+ }
            }
        }

        impl ProductEvent {
            /// Which product it is of.
            #[must_use]
            pub fn kind(&self) -> ProductKind {
                match self { $(Self::$room(_) => ProductKind::$room,)+ }
            }

            pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
                match self { $(Self::$room(event) => event.apply(products, at),)+ }
            }
        }
    };
}

rooms! {
    /// The operator's own accounts.
    House(HouseCommand, HouseEvent) = "house";
    /// Versioned terms.
    Terms(TermsCommand, TermsEvent) = "terms";
    /// Owners and their wallets.
    Owner(OwnerCommand, OwnerEvent) = "owner";
    /// Outside accounts to pay out to.
    Payee(PayeeCommand, PayeeEvent) = "payee";
    /// Channels and their settlement.
    Channel(ChannelCommand, ChannelEvent) = "channel";
    /// Top-ups and card loads.
    TopUp(TopUpCommand, TopUpEvent) = "top_up";
    /// Refunds on their way.
    Refund(RefundCommand, RefundEvent) = "refund";
    /// Gift cards.
    Gift(GiftCommand, GiftEvent) = "gift";
    /// Payments for orders.
    Payment(PaymentCommand, PaymentEvent) = "payment";
    /// Prepaid cards.
    Card(CardCommand, CardEvent) = "card";
    /// Withdrawals and payouts.
    Withdrawal(WithdrawalCommand, WithdrawalEvent) = "withdrawal";
    /// Transfers between wallets.
    Transfer(TransferCommand, TransferEvent) = "transfer";
    /// Exchange between currencies.
    Exchange(ExchangeCommand, ExchangeEvent) = "exchange";
    /// What platforms pay to merchants.
    Collection(CollectionCommand, CollectionEvent) = "collection";
    /// Credit in instalments.
    Credit(CreditCommand, CreditEvent) = "credit";
    /// Chargebacks and disputes.
    Dispute(DisputeCommand, DisputeEvent) = "dispute";
    /// What cannot be explained yet, and corrections.
    Case(CaseCommand, CaseEvent) = "case";
}
