//! Manifest slots that are damaged are made whole by the next opening, whatever is wrong with them.

use std::sync::Arc;

use longmen_journal::{Appender, InspectionState, MemoryStorage, Opening};

use crate::common::{append, config, inspected, lived_clean, read_all};

type Change = fn(&mut Vec<u8>);

#[test]
fn a_slot_of_any_length_is_healed_once_and_stays_whole() {
    let changes: [(&str, Change); 5] = [
        ("longer by a byte", |bytes| bytes.push(0)),
        ("twice as long", |bytes| bytes.resize(8192, 7)),
        ("shorter by a byte", |bytes| bytes.truncate(4095)),
        ("empty", Vec::clear),
        ("another byte", |bytes| bytes[50] ^= 1),
    ];
    for slot in ["MANIFEST.a", "MANIFEST.b"] {
        for (what, change) in changes {
            let storage = lived_clean();
            assert!(storage.tamper(slot, change));
            let (appender, found) = Appender::open(Arc::new(storage.clone()), config(), 80_000).unwrap();
            assert_eq!((found.opening, found.manifest_rewritten), (Opening::Unclean, Some(slot)), "{what}");
            assert_eq!(storage.snapshot()[slot].len(), 4096, "{slot} {what}");
            appender.close(90_000).unwrap();
            assert_eq!(inspected(&storage).damages, [], "{slot} {what}");
            let (_, found) = Appender::open(Arc::new(storage), config(), 95_000).unwrap();
            assert_eq!((found.opening, found.manifest_rewritten), (Opening::Clean, None), "{slot} {what}");
        }
    }
}

#[test]
fn a_lone_slot_from_before_the_last_term_says_nothing_about_a_close() {
    // Slot a says that epoch 1 closed in segment 0; epoch 2 has filled it and got to segment 1 when the power went,
    // before the manifest said so. Then slot b is damaged.
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 3, 900);
    appender.note_durable(8_000).unwrap();
    appender.close(9_000).unwrap();
    let (mut appender, _) = Appender::open(Arc::new(storage.clone()), config(), 10_000).unwrap();
    append(&mut appender, 3, 900);
    let before = storage.snapshot();
    appender.switch_segment(20_000).unwrap();
    drop(appender);
    for slot in ["MANIFEST.a", "MANIFEST.b"] {
        let mut image = storage.snapshot();
        for path in ["MANIFEST.a", "MANIFEST.b"] {
            image.insert(path.to_owned(), before[path].clone());
        }
        image.get_mut(slot).unwrap()[50] ^= 1;
        let left = MemoryStorage::with_files(image);
        assert_ne!(inspected(&left).state, InspectionState::Corrupt, "{slot}");
        let (_, found) = Appender::open(Arc::new(left.clone()), config(), 30_000).unwrap();
        assert_eq!(found.manifest_rewritten, Some(slot));
        assert!(read_all(&left).unwrap().len() > 7);
    }
}
