//! Builds small journals entry by entry and audits them: clean ones are clean, each law is broken once on purpose, and
//! damaged bytes are told apart from broken laws.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

mod broken;
mod broken_moves;
mod broken_parts;
mod broken_products;
mod broken_rules;
mod build;
mod clean;
mod damage;
mod ends;

mod random;
mod snapshots;
mod told_snapshots;
mod walk;
