//! The products, from outside: one test binary.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod audited;
mod card;
mod case;
mod channel;
mod collection;
mod credit;
mod dispute;
mod exchange;
mod exchange_back;
mod funds;
mod gift;
mod house;
mod laws;
mod matrix;
mod owner;
mod payee;
mod payment;
mod payment_out;
mod phases;
mod random;
mod records;
mod refund;
mod safeguard;
mod small_world;
mod teller;
mod terms;
mod top_up;
mod top_up_back;
mod top_up_card;
mod top_up_chargeback;
mod top_up_twice;
mod transfer;
mod view;
mod withdrawal;
