//! The single writer: queue, clock, group commit, open, snapshot, publish
