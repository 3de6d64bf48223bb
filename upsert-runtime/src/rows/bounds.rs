//! Where a chunk of rows ends.

use std::ops::Range;

/// The bounds of a chunk; whichever is reached first ends it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
}

impl Bounds {
    /// Where a chunk ends that starts with the first of some rows.
    pub(crate) fn end(self, mut rows: Range<usize>, size: impl Fn(usize) -> usize) -> usize {
        let last = rows.start.saturating_add(self.rows).min(rows.end);
        if self.bytes == usize::MAX {
            return last;
        }
        let mut room = self.bytes;
        rows.end = last;
        rows.find(|&row| {
            room = room.saturating_sub(size(row));
            room == 0
        })
        .map_or(last, |row| row + 1)
    }
}
