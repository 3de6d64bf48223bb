//! What a call did: counts, outcome, and the input row from which to go on.

use std::fmt;
use std::ops::{Add, AddAssign, Range};
use std::time::Duration;

/// A number of rows: exact, or unknown where a database does not tell; never guessed.
///
/// Today both databases tell every one of them. It prints as the number or as `unknown`, compares with a `u64`, and
/// adds up (a sum with an unknown part is unknown).
///
/// ```
/// use upsert::report::Count;
///
/// let inserted = Count::exact(3);
/// assert_eq!(inserted, 3);
/// assert_eq!(inserted.get(), Some(3));
/// assert_eq!(format!("{inserted} {}", Count::UNKNOWN), "3 unknown");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Count(Option<u64>);

impl Count {
    /// The database did not tell.
    pub const UNKNOWN: Self = Self(None);
    /// No rows.
    pub const ZERO: Self = Self(Some(0));

    /// A known number.
    #[must_use]
    pub const fn exact(rows: u64) -> Self {
        Self(Some(rows))
    }

    /// The number, if it is known.
    #[must_use]
    pub const fn get(self) -> Option<u64> {
        self.0
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<u64> for Count {
    fn from(rows: u64) -> Self {
        Self::exact(rows)
    }
}

impl PartialEq<u64> for Count {
    fn eq(&self, rows: &u64) -> bool {
        self.0 == Some(*rows)
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(left, right)| left + right))
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rows) => fmt::Display::fmt(&rows, f),
            None => f.pad("unknown"),
        }
    }
}

impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether what was written is there. It is about what commits at once: the call, or, where chunks commit by themselves,
/// the chunk that an error is about; the chunks before it are committed.
///
/// | outcome | in the table | what to do |
/// |---|---|---|
/// | `Committed` | all of it, for good | nothing |
/// | `NotCommitted` | nothing of it | see to what the error says (nothing, if it [is retryable](crate::error::Error::is_retryable)); upsert `rows.skip(checkpoint.next_row)` |
/// | `InDoubt` | all of it, or nothing | the same: rows that are there already come out unchanged, or ignored |
/// | `InDoubt`, with [`OnConflict::Error`](crate::options::OnConflict::Error) | all of it, or nothing | look for one of its rows, `checkpoint.in_doubt`; upsert from `next_row`, or, if it is there, from the end of that range |
/// | `InCallersTransaction` | seen by your transaction only | commit it, or roll it back |
///
/// With a pool, a commit that is not answered is asked about on another connection, and the call goes on as if the answer
/// had come. It stays in doubt only if no server answers before the deadline of the chunk or of the pool, and if
/// PostgreSQL crashed in that very moment, because it may give the number of a transaction to another one then. A
/// connection of yours has no other beside it: what it did not answer is in doubt. So are rows in a transaction of yours
/// whose savepoint was not released in time: they may be part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is there, and will stay.
    Committed,
    /// It is not there: rolled back, or never sent.
    NotCommitted,
    /// The commit was not answered: it is there wholly, or not at all. Only errors say this, and cursors whose future was
    /// dropped at that moment.
    InDoubt,
    /// It is written inside the caller's own open transaction, whose commit decides.
    InCallersTransaction,
}

/// How far a call has come, in rows of the input counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// All rows before this one are written (and committed, unless they went into a transaction of the caller's):
    /// resume with `rows.skip(next_row)`. It counts from the first row that the call was given: of a load that was resumed
    /// before, add where that began. Of a call that commits as a whole it is 0, or the number of all rows. Where SQLite
    /// ended a transaction of the caller's, as it does when the disk is full, a cursor goes back to the first row that it
    /// wrote into transactions of the caller's, because it is not told which of them were committed.
    pub next_row: u64,
    /// Rows whose commit is in doubt, all of them or none; they begin at `next_row`. See [`Outcome::InDoubt`] for what to
    /// do.
    pub in_doubt: Option<Range<u64>>,
}

/// What a call was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Checking names, columns and options; nothing was sent yet.
    Plan,
    /// Waiting for a connection.
    Connect,
    /// Reading what the table is like, or creating it.
    Prepare,
    /// Reading rows from the caller's iterator or stream.
    Read,
    /// Encoding or sending rows.
    Write,
    /// Committing.
    Commit,
}

/// What a call did. All counts are rows of the input, and
/// `inserted + updated + unchanged + ignored + duplicates == rows`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UpsertReport {
    /// Rows of the input that are written.
    pub rows: u64,
    /// Rows that are new in the table.
    pub inserted: Count,
    /// Rows that were there and have changed.
    pub updated: Count,
    /// Rows that were there with the same values. Also rows that a trigger of the table suppressed.
    pub unchanged: Count,
    /// Rows that were there and were left alone, with `OnConflict::Ignore`.
    pub ignored: Count,
    /// Rows whose key is repeated: folded into another row of the same call (or of the same chunk, where each chunk
    /// commits by itself), as if they had been written one after the other. Unknown on SQLite where the key compares
    /// otherwise than byte by byte (`COLLATE NOCASE`): such rows are written one by one, and count as updated.
    pub duplicates: Count,
    /// Chunks that were written.
    pub chunks: u64,
    /// Bytes of the encoded values that were sent, NULL counting 0.
    pub bytes: u64,
    /// Time from the call to the report.
    pub elapsed: Duration,
    /// Whether it is there.
    pub outcome: Outcome,
    /// How far the call came.
    pub checkpoint: Checkpoint,
}

impl UpsertReport {
    pub(crate) fn empty() -> Self {
        Self {
            rows: 0,
            inserted: Count::ZERO,
            updated: Count::ZERO,
            unchanged: Count::ZERO,
            ignored: Count::ZERO,
            duplicates: Count::ZERO,
            chunks: 0,
            bytes: 0,
            elapsed: Duration::ZERO,
            outcome: Outcome::NotCommitted,
            checkpoint: Checkpoint::default(),
        }
    }

    pub(crate) fn add(&mut self, chunk: &Written) {
        let Written { rows, counts, duplicates, bytes } = *chunk;
        self.rows += rows;
        self.inserted += counts.inserted;
        self.updated += counts.updated;
        self.unchanged += counts.unchanged;
        self.ignored += counts.ignored;
        self.duplicates += duplicates;
        self.chunks += 1;
        self.bytes += bytes;
    }
}

/// What one chunk did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChunkReport {
    /// Number of the chunk in its call, from 0.
    pub chunk: u64,
    /// Rows of the input that the chunk stands for, repeated keys included.
    pub rows: u64,
    /// Rows that are new in the table. Unknown while the rows of a call-atomic stream are only staged.
    pub inserted: Count,
    /// Rows that were there and have changed; unknown like `inserted`.
    pub updated: Count,
    /// Rows that were there with the same values; unknown like `inserted`.
    pub unchanged: Count,
    /// Rows that were there and were left alone; unknown like `inserted`.
    pub ignored: Count,
    /// Rows whose key is repeated, found so far.
    pub duplicates: Count,
    /// Bytes of the encoded values.
    pub bytes: u64,
    /// `Committed`, or `NotCommitted` while a call-atomic load is under way, or `InCallersTransaction`.
    pub outcome: Outcome,
    /// Rows read since the call began, this chunk included.
    pub rows_so_far: u64,
    /// Time since the call began.
    pub elapsed: Duration,
}

/// Rows by what the database did with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) inserted: Count,
    pub(crate) updated: Count,
    pub(crate) unchanged: Count,
    pub(crate) ignored: Count,
}

impl Counts {
    pub(crate) const UNKNOWN: Self =
        Self { inserted: Count::UNKNOWN, updated: Count::UNKNOWN, unchanged: Count::UNKNOWN, ignored: Count::UNKNOWN };
}

/// One chunk as the database took it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) counts: Counts,
    pub(crate) duplicates: Count,
    pub(crate) bytes: u64,
}
