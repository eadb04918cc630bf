//! The journal's tests, as one binary.

mod basic;
