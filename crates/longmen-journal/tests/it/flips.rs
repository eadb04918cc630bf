//! Every single-bit flip in a small journal is reported: by the inspection always, by an opening for writing wherever
//! an opening looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use longmen_journal::{Appender, InspectionState, MemoryStorage, Opening};

use crate::common::{Image, config, inspected, last_segment, lived_clean, lived_unclean, used_len};

/// One bit of a file.
#[derive(Clone, Copy)]
struct Bit<'a> {
    path: &'a str,
    byte: usize,
    mask: u8,
}

/// Every bit of the directory; of a sector that is all zero, one bit of each eighth byte, another one each time.
/// `LONGMEN_EXHAUSTIVE=1` takes every bit of those too.
fn bits(image: &Image) -> Vec<Bit<'_>> {
    let exhaustive = std::env::var_os("LONGMEN_EXHAUSTIVE").is_some();
    let mut bits = Vec::new();
    for (path, bytes) in image {
        for (at, sector) in bytes.chunks(4096).enumerate() {
            let thin = !exhaustive && sector.iter().all(|byte| *byte == 0);
            for byte in (0..sector.len()).step_by(if thin { 8 } else { 1 }) {
                let masks = if thin { byte / 8 % 8..byte / 8 % 8 + 1 } else { 0..8 };
                bits.extend(masks.map(|bit| Bit { path, byte: at * 4096 + byte, mask: 1 << bit }));
            }
        }
    }
    bits
}

/// Flips each bit in turn, on all cores, and collects the flips for which `noticed` says no.
fn unnoticed(
    image: &Image,
    bits: &[Bit<'_>],
    noticed: impl Fn(&MemoryStorage) -> bool + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || {
            let storage = MemoryStorage::with_files(image.clone());
            let mut missed = Vec::new();
            loop {
                let start = next.fetch_add(512, Ordering::Relaxed);
                let Some(some) = bits.get(start..bits.len().min(start + 512)) else { break };
                if some.is_empty() {
                    break;
                }
                for bit in some {
                    storage.tamper(bit.path, |bytes| bytes[bit.byte] ^= bit.mask);
                    if !noticed(&storage) {
                        missed.push(format!("{} byte {} mask {:#04x}", bit.path, bit.byte, bit.mask));
                    }
                    storage.tamper(bit.path, |bytes| bytes[bit.byte] ^= bit.mask);
                }
            }
            missed
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn check_none(missed: &[String]) {
    assert!(missed.is_empty(), "{} flips passed unnoticed, first: {:?}", missed.len(), missed.first());
}

#[test]
fn an_inspection_reports_every_flip_in_a_closed_journal() {
    let storage = lived_clean();
    let sound = inspected(&storage);
    assert_eq!(
        (sound.state, &sound.damages[..], &sound.notes[..]),
        (InspectionState::Clean, &[][..], &[][..])
    );
    let image = storage.snapshot();
    let bits = bits(&image);
    let start = std::time::Instant::now();
    check_none(&unnoticed(&image, &bits, |storage| !inspected(storage).damages.is_empty()));
    println!("{} flips inspected in {:?}", bits.len(), start.elapsed());
}

#[test]
fn an_inspection_reports_every_flip_in_a_journal_that_was_not_closed() {
    let storage = lived_unclean();
    let sound = inspected(&storage);
    assert_eq!((sound.state, &sound.damages[..]), (InspectionState::Unclean, &[][..]));
    let image = storage.snapshot();
    let live = last_segment(&image);
    // The older segments are the same as in the closed journal.
    let bits: Vec<_> = bits(&image).into_iter().filter(|bit| bit.path == live).collect();
    check_none(&unnoticed(&image, &bits, |storage| {
        let found = inspected(storage);
        // Without a watermark above it, damage to the last batch looks like a torn write, and is reported as one.
        !found.damages.is_empty() || found.state == InspectionState::Torn
    }));
}

/// What an opening does not look at, so that it stays fast: the batches of older segments, which reading and the
/// inspection verify, the zeros behind the end of an older segment, and the quarantine.
fn opening_looks(image: &Image, bit: &Bit<'_>) -> bool {
    if bit.path.starts_with("quarantine/") {
        return false;
    }
    if !bit.path.ends_with(".jrn") || bit.path == last_segment(image) || bit.byte < 4096 {
        return true;
    }
    // The end of an older segment: the seal, or the bytes that a recovery dropped; both are the last used sector here.
    let used = used_len(&image[bit.path]);
    (used - 4096..used).contains(&bit.byte)
}

#[test]
fn an_opening_reports_every_flip_where_it_looks() {
    for (image, closed) in [(lived_clean().snapshot(), true), (lived_unclean().snapshot(), false)] {
        let all = bits(&image);
        // Every bit of a manifest, and one bit of each other byte.
        let looked: Vec<_> = all
            .into_iter()
            .filter(|bit| opening_looks(&image, bit))
            .filter(|bit| bit.path.starts_with("MANIFEST.a") || usize::from(bit.mask) == 1 << (bit.byte % 8))
            .collect();
        check_none(&unnoticed(&image, &looked, |damaged| {
            let copy = MemoryStorage::with_files(damaged.snapshot());
            match Appender::open(Arc::new(copy), config(), 99_000) {
                Err(_) => true,
                Ok((_, found)) if closed => {
                    found.opening != Opening::Clean || found.manifest_rewritten.is_some()
                }
                Ok((_, found)) => {
                    matches!(found.opening, Opening::Torn { .. }) || found.manifest_rewritten.is_some()
                }
            }
        }));
    }
}
