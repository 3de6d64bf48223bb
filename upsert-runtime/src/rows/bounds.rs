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
    /// Of rows that are one chunk.
    pub(crate) const NONE: Self = Self { rows: usize::MAX, bytes: usize::MAX };

    /// Where a chunk ends that starts with the first of some rows.
    pub(crate) fn end(self, mut rows: Range<usize>, size: impl Fn(usize) -> usize) -> usize {
        let last = rows.start.saturating_add(self.rows).min(rows.end);
        if self.bytes == usize::MAX {
            return last;
        }
        let mut chunk = Room(self);
        rows.find(|&row| chunk.is_full_with(size(row))).map_or(last, |row| row + 1)
    }
}

/// What a chunk still has room for.
#[derive(Clone, Copy, Debug)]
struct Room(Bounds);

impl Room {
    /// Takes a row of a size, and says whether it is the last one.
    #[inline]
    fn is_full_with(&mut self, bytes: usize) -> bool {
        let Self(left) = self;
        left.rows = left.rows.saturating_sub(1);
        left.bytes = left.bytes.saturating_sub(bytes);
        left.rows == 0 || left.bytes == 0
    }
}

/// Where the chunks of some rows end, that are counted one after the other.
#[doc(hidden)]
#[derive(Debug)]
pub struct Cuts {
    bounds: Bounds,
    room: Room,
    rows: usize,
    ends: Vec<usize>,
}

impl Cuts {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, room: Room(bounds), rows: 0, ends: Vec::new() }
    }

    /// Whether bytes end a chunk at all.
    pub(crate) fn need_sizes(&self) -> bool {
        self.bounds.bytes < usize::MAX
    }

    /// Counts the next row.
    #[inline]
    pub(crate) fn count(&mut self, size: impl FnOnce() -> usize) {
        self.rows += 1;
        let bytes = if self.need_sizes() { size() } else { 0 };
        if self.room.is_full_with(bytes) {
            self.ends.push(self.rows);
            self.room = Room(self.bounds);
        }
    }

    /// How many rows there are before the end of each chunk; the last one may not be among them.
    pub(crate) fn take_ends(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.ends)
    }
}
