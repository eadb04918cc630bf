//! How a replica is run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use longmen_journal::Watch;

/// Where a replica keeps its rows between two runs.
#[derive(Clone, Debug, Default)]
pub enum Keep {
    /// Nowhere: it starts from the journal's first entry every time.
    #[default]
    Memory,
    /// In this directory, which is made if need be and may be deleted whenever no replica has it open.
    Dir(PathBuf),
}

/// How a replica is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it keeps its rows.
    pub keep: Keep,
    /// Who tells it of durable entries first, where it runs in the writer's process.
    ///
    /// Its threads then give way to the writer's where cores are short (on Linux, by a niceness of 5, and of 15 for checkpoints): at full load it may
    /// fall behind, and it comes after.
    pub watch: Option<Arc<dyn Watch>>,
    /// After so many entries a checkpoint is due; the lines of up to four times as many are in memory.
    pub checkpoint_entries: u64,
    /// After this time a checkpoint is due if there is anything new.
    pub checkpoint_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: Keep::Memory,
            watch: None,
            checkpoint_entries: 1 << 20,
            checkpoint_every: Duration::from_secs(60),
        }
    }
}
