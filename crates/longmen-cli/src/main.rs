//! The `longmen` command.
fn main() {}
