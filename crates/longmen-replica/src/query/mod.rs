//! What can be asked of a view.

mod balance;

pub use balance::AccountBalance;
