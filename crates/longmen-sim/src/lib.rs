//! A simulated disk, workloads and campaigns for testing the journal and the engine
