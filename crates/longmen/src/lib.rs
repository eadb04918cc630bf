//! An embeddable double-entry wallet ledger: one directory, one writer, every entry durable and hash-chained
