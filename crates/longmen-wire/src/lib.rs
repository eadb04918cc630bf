//! Entry bodies and snapshots as bytes
