//! The replica beside real ledgers.

mod reads;
