//! The append-only, hash-chained journal: bytes, segments, recovery
