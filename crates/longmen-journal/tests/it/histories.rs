//! Any history of appends, switches, closes and crashes reads back as what was appended, in order.

use std::sync::Arc;

use longmen_journal::{Appender, Config, Hash, InspectionState, MemoryStorage};
use proptest::prelude::*;

use crate::common::{append, config, inspected, read_all};

#[derive(Clone, Debug)]
enum Step {
    Append { count: u64, len: usize },
    Sync,
    NoteDurable,
    Switch,
    Close,
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1..12_u64, 0..900_usize).prop_map(|(count, len)| Step::Append { count, len }),
        1 => Just(Step::Sync),
        1 => Just(Step::NoteDurable),
        1 => Just(Step::Switch),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_reads_back_as_what_was_appended(steps in steps(), sync in any::<bool>()) {
        let storage = MemoryStorage::new();
        let config = Config { sync, ..config() };
        let mut appender = Some(Appender::create(Arc::new(storage.clone()), config.clone(), 1_000).unwrap());
        let mut written: Vec<(u64, Hash)> = Vec::new();
        for step in steps {
            let open = appender.get_or_insert_with(|| {
                Appender::open(Arc::new(storage.clone()), config.clone(), 2_000).unwrap().0
            });
            match step {
                Step::Append { count, len } => {
                    let first = open.head().next_position;
                    written.extend((first..).zip(append(open, count, len)));
                }
                Step::Sync => open.sync().unwrap(),
                Step::NoteDurable => open.note_durable(3_000).unwrap(),
                Step::Switch => open.switch_segment(3_000).unwrap(),
                Step::Close => appender.take().unwrap().close(4_000).unwrap(),
                Step::Crash => appender = None,
            }
        }
        let head = appender.as_ref().map(Appender::head);
        drop(appender);
        let read = read_all(&storage).unwrap();
        for (position, hash) in written {
            prop_assert_eq!(read[usize::try_from(position).unwrap()], hash);
        }
        let seen = inspected(&storage);
        prop_assert!(seen.damages.is_empty() && seen.notes.is_empty(), "{:?}", seen);
        prop_assert!(matches!(seen.state, InspectionState::Clean | InspectionState::Unclean));
        prop_assert_eq!(seen.entries, u64::try_from(read.len()).unwrap());
        if let Some(head) = head {
            prop_assert_eq!(seen.head, Some(head));
        }
    }
}
