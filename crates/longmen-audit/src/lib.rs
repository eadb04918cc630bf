//! Verify, replay and the laws of double entry, stated a second time
