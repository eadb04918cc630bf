//! A journal whose files were patched, with checksums made right again where the input says so.
//!
//! No hash of an entry is ever made right again, so whatever is read must be what was written, up to some entry.

#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use longmen_journal::{Appender, Batch, Config, Entropy, Hash, Journal, JournalError, inspect};
use longmen_sim::SimDisk;

const SECTOR: usize = 4096;

#[derive(Arbitrary, Debug)]
struct Input {
    closed: bool,
    patches: Vec<Patch>,
}

#[derive(Arbitrary, Debug)]
struct Patch {
    file: u8,
    /// Which sector, and where in it.
    sector: u8,
    offset: u16,
    xor: [u8; 4],
    what: What,
}

#[derive(Arbitrary, Debug)]
enum What {
    Flip,
    FlipAndFix,
    ZeroSector,
    CopySector { from: u8 },
    Truncate,
}

/// A journal of two segments, and the hashes of its entries.
struct Image {
    files: BTreeMap<String, Vec<u8>>,
    hashes: Vec<Hash>,
}

fn image(closed: bool) -> Image {
    let config = || Config { segment_size: 64 << 10, entropy: Entropy::Seeded(1), ..Config::default() };
    let disk = SimDisk::new();
    let mut appender = Appender::create(Arc::new(disk.clone()), config(), 1_000).unwrap();
    let mut now = 2_000;
    for count in [1, 3, 40, 2, 1, 5, 60, 1, 1, 2, 3, 1, 4] {
        let mut batch = Batch::new();
        for _ in 0..count {
            now += 1;
            let position = appender.head().next_position + batch.entry_count() as u64;
            batch.push(16, 1, position, now, appender.epoch(), |out| out.extend_from_slice(&[7; 40]));
        }
        appender.append(&mut batch, now).unwrap();
    }
    let left = disk.moment().kill();
    appender.close(now).unwrap();
    let disk = if closed { disk } else { left };
    Image { files: disk.files(), hashes: read(&disk).unwrap() }
}

fn read(disk: &SimDisk) -> Result<Vec<Hash>, JournalError> {
    let mut hashes = Vec::new();
    let journal = Journal::open(Arc::new(disk.clone()))?;
    let mut entries = journal.read(0)?;
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => hashes.push(entry.hash),
            // What was read before counts.
            Err(_) => break,
        }
    }
    Ok(hashes)
}

fn apply(files: &mut BTreeMap<String, Vec<u8>>, patch: &Patch) {
    let count = files.len();
    let Some((path, bytes)) = files.iter_mut().nth(usize::from(patch.file) % count) else { return };
    let sectors = bytes.len() / SECTOR;
    if sectors == 0 {
        return;
    }
    let start = usize::from(patch.sector) % sectors * SECTOR;
    let at = start + usize::from(patch.offset) % (SECTOR - 4);
    match patch.what {
        What::Truncate => bytes.truncate(at),
        What::ZeroSector => bytes[start..start + SECTOR].fill(0),
        What::CopySector { from } => {
            let from = usize::from(from) % sectors * SECTOR;
            bytes.copy_within(from..from + SECTOR, start);
        }
        What::Flip | What::FlipAndFix => {
            bytes[at..at + 4].iter_mut().zip(patch.xor).for_each(|(byte, xor)| *byte ^= xor);
            if matches!(patch.what, What::FlipAndFix) {
                fix(path, bytes, start);
            }
        }
    }
}

/// Makes the checksum and the digest right again of whatever starts in the sector at `start`.
fn fix(path: &str, bytes: &mut [u8], start: usize) {
    if !path.starts_with("seg/") || start == 0 {
        let digest = blake3::hash(&bytes[start..start + SECTOR - 32]);
        bytes[start + SECTOR - 32..start + SECTOR].copy_from_slice(digest.as_bytes());
        return;
    }
    let salt: [u8; 16] = bytes[64..80].try_into().unwrap();
    let mut material = [0; 32];
    material[..16].copy_from_slice(&bytes[16..32]);
    material[16..].copy_from_slice(&salt);
    let key = blake3::derive_key("longmen 2026 journal v1 batch", &material);
    let is_seal = bytes[start..].starts_with(b"LSEA");
    let len = u32::from_le_bytes(bytes[start + 8..start + 12].try_into().unwrap()) as usize;
    let len = if is_seal { SECTOR } else { len.clamp(SECTOR, bytes.len() - start) };
    let covered = if is_seal { SECTOR - 32 } else { 128 };
    let crc = crc32c::crc32c_append(crc32c::crc32c(&salt), &bytes[start + 8..start + covered]);
    bytes[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    let digest = blake3::keyed_hash(&key, &bytes[start..start + len - 32]);
    bytes[start + len - 32..start + len].copy_from_slice(digest.as_bytes());
}

fuzz_target!(|input: Input| {
    static IMAGES: OnceLock<[Image; 2]> = OnceLock::new();
    let images = IMAGES.get_or_init(|| [image(false), image(true)]);
    let image = &images[usize::from(input.closed)];
    let mut files = image.files.clone();
    input.patches.iter().take(8).for_each(|patch| apply(&mut files, patch));
    let disk = SimDisk::with_files(files);

    let inspection = inspect(&disk, &mut |_, _| ());
    let seen = read(&disk).unwrap_or_default();
    assert!(image.hashes.starts_with(&seen), "an entry was read that nobody wrote");
    let config = Config { segment_size: 64 << 10, entropy: Entropy::Seeded(2), ..Config::default() };
    let opened = Appender::open(Arc::new(disk.clone()), config, 1 << 40);
    if let Ok((appender, _)) = opened {
        assert!(inspection.is_ok());
        appender.close(1 << 41).unwrap();
        let after = read(&disk).unwrap();
        let kept = after.iter().zip(&seen).take_while(|(after, seen)| after == seen).count();
        assert_eq!(kept, seen.len(), "an opening dropped what a reader had seen");
    }
});
