//! Finding a batch without reading all before it: hopping from header to header, and remembering some of the places.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Journal;
use crate::catalog::SegmentMeta;
use crate::error::JournalError;
use crate::hash::Hash;
use crate::layout::SECTOR_U64;
use crate::layout::batch::BatchHeader;
use crate::layout::manifest::Manifest;
use crate::survey::watermark_for;
use crate::walk::Walk;

/// One point for so many bytes of a segment.
const STRIDE: u64 = 64 << 10;

/// For each segment number, where some of its batches start; the first batch always.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<u64, Vec<Point>>);

/// The start of a batch.
#[derive(Clone, Copy, Debug)]
struct Point {
    first_position: u64,
    offset: u64,
    prev_hash: Hash,
}

impl Index {
    fn of(&mut self, meta: &SegmentMeta) -> &mut Vec<Point> {
        let header = &meta.header;
        let first =
            Point { first_position: header.base_position, offset: SECTOR_U64, prev_hash: header.base_hash };
        self.0.entry(header.segno).or_insert_with(|| vec![first])
    }
}

impl Journal {
    /// A walk that stands at the batch that holds `position`, or not far before it.
    pub(super) fn walk_to(&self, meta: &Arc<SegmentMeta>, position: u64) -> Result<Walk, JournalError> {
        let mut walk = Walk::start(self.storage.as_ref(), meta, &self.keys)?;
        if position <= meta.header.base_position {
            return Ok(walk);
        }
        let mut known = self.known();
        let points = known.index.of(meta);
        let found = points.partition_point(|point| point.first_position <= position).max(1) - 1;
        let mut to = points[found];
        hop(&walk, points, found, |here, _| {
            let before = here.first_position <= position;
            if before {
                to = here;
            }
            before
        })?;
        walk.jump(to.offset, to.first_position, to.prev_hash);
        Ok(walk)
    }

    /// A walk that stands at the last batch of the last segment that is known to be durable, or not far before it; at the
    /// segment's start where there is none.
    pub(super) fn walk_to_durable(
        &self,
        meta: &Arc<SegmentMeta>,
        manifest: &Manifest,
    ) -> Result<Walk, JournalError> {
        let mut walk = Walk::start(self.storage.as_ref(), meta, &self.keys)?;
        let floor = self.durable_floor.load(Ordering::Acquire);
        let mut known = self.known();
        let points = known.index.of(meta);
        for from in (0..points.len()).rev() {
            let mut watermark = watermark_for(meta, manifest);
            let mut durable = None;
            let mut waiting = Vec::new();
            hop(&walk, points, from, |here, header| {
                watermark = watermark.max(header.durable_off);
                let end_position = here.first_position.saturating_add(u64::from(header.entry_count));
                waiting.push((here, here.offset + u64::from(header.batch_len), end_position));
                // A later batch may vouch for several before it.
                waiting.retain(|(waits, end, end_position)| {
                    let sure = *end <= watermark || *end_position <= floor;
                    if sure {
                        durable = Some(*waits);
                    }
                    !sure
                });
                true
            })?;
            if let Some(to) = durable {
                walk.jump(to.offset, to.first_position, to.prev_hash);
                break;
            }
        }
        Ok(walk)
    }
}

/// Goes from header to header, from a known point on and while `visit` says so; the batches are verified when they are
/// read. Adds points on the way.
fn hop(
    walk: &Walk,
    points: &mut Vec<Point>,
    from: usize,
    mut visit: impl FnMut(Point, &BatchHeader) -> bool,
) -> Result<(), JournalError> {
    let mut offset = points[from].offset;
    while let Some(header) = walk.header_at(offset)? {
        let here = Point { first_position: header.first_position, offset, prev_hash: header.prev_hash };
        if !visit(here, &header) {
            break;
        }
        if offset >= points[points.len() - 1].offset + STRIDE {
            points.push(here);
        }
        offset += u64::from(header.batch_len);
    }
    Ok(())
}
