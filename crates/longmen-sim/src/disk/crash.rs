//! What is left when the power goes: of everything that was not synced, any part.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image::{Image, Node, SimFile, join, place};
use super::{SECTOR, SimDisk};
use crate::Random;

/// The disk at one moment of its life.
#[derive(Clone, Debug)]
pub struct Moment(pub(super) Image);

impl Moment {
    /// How many things that were not synced may survive a power cut or not, each by itself: sectors, names, lengths.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        let mut count = 0;
        self.survivors(&mut |_| {
            count += 1;
            true
        });
        count
    }

    /// The disk after a power cut at this moment; `seed` says what survives.
    ///
    /// Seed 0 is nothing and seed 1 is everything that was not synced; others take any part of it.
    #[must_use]
    pub fn crash(&self, seed: u64) -> SimDisk {
        let mut random = Random::new(seed);
        let style = seed % 8;
        let turn = random.below(40);
        let image = self.survivors(&mut |at| match (seed, style) {
            (0, _) => false,
            (1, _) => true,
            // Written in order up to some place, or from some place on.
            (_, 2) => at < turn,
            (_, 3) => at >= turn,
            // Nearly all, nearly nothing.
            (_, 4) => !random.once_in(8),
            (_, 5) => random.once_in(8),
            _ => random.once_in(2),
        });
        SimDisk::from_image(image)
    }

    /// The disk after a power cut at which exactly those things survive whose bit is set, for at most 64 of them.
    #[must_use]
    pub fn crash_with(&self, mask: u64) -> SimDisk {
        SimDisk::from_image(self.survivors(&mut |at| at < 64 && mask >> at & 1 == 1))
    }

    /// The disk as the next process finds it when only this one dies: nothing is lost.
    #[must_use]
    pub fn kill(&self) -> SimDisk {
        SimDisk::from_image(self.0.clone())
    }

    fn survivors(&self, survives: &mut dyn FnMut(u64) -> bool) -> Image {
        let mut at = 0;
        let mut next = || {
            let answer = survives(at);
            at += 1;
            answer
        };
        let mut names = BTreeMap::new();
        for (path, dir) in &self.0.dirs {
            let mut left = dir.durable.clone();
            dir.pending.iter().filter(|_| next()).for_each(|change| change.apply(&mut left));
            names.insert(path.as_str(), left);
        }
        let mut image = Image::default();
        for (path, left) in &names {
            // Paths come in order, so a folder's own fate is known before its names are looked at.
            let there = path.is_empty() || image.dirs.contains_key(*path);
            for (name, node) in left {
                let path = join(path, name);
                match node {
                    Node::Folder if there => image.add_durable_dir(&path),
                    Node::File(no) if there => {
                        let Some(file) = self.0.files.get(no) else { continue };
                        let (bytes, read_only) = surviving_bytes(file, &mut next);
                        let no = image.add_durable(&path, bytes);
                        if let Some(file) = image.files.get_mut(&no) {
                            (file.read_only, file.read_only_durable) = (read_only, read_only);
                        }
                    }
                    _ => {}
                }
            }
        }
        image
    }
}

fn surviving_bytes(file: &SimFile, next: &mut dyn FnMut() -> bool) -> (Arc<Vec<u8>>, bool) {
    let read_only = match (file.read_only, file.read_only_durable) {
        (now, durable) if now == durable => durable,
        (now, durable) => {
            if next() {
                now
            } else {
                durable
            }
        }
    };
    let (old_len, new_len) = (file.durable.len(), file.now.len());
    if file.pending.is_empty() && old_len == new_len {
        return (Arc::clone(&file.durable), read_only);
    }
    let mut bytes = file.durable.to_vec();
    if old_len != new_len && next() {
        // Grown in one go, or only as far as half of it.
        let whole = next();
        let half = old_len + (new_len.saturating_sub(old_len) / 2).next_multiple_of(SECTOR);
        bytes.resize(if whole { new_len } else { half.min(new_len) }, 0);
    }
    let len = bytes.len();
    for write in file.pending.iter().filter(|_| next()) {
        // A sector cannot survive where the file's length did not.
        if write.offset + write.bytes.len() <= len {
            place(&mut bytes, &write.bytes, write.offset);
        }
    }
    (Arc::new(bytes), read_only)
}
