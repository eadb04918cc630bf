//! The pure double-entry core: accounts, postings, holds, limits, refusals
