//! What a call did: counts, outcome, and the input row from which to go on.

mod count;
mod outcome;
mod words;

use std::fmt;
use std::time::Duration;

pub use self::count::Count;
pub(crate) use self::count::Counts;
pub use self::outcome::{Checkpoint, Outcome, Phase};
pub(crate) use self::words::Numbers;
use self::words::{COMMITTED, Counted, OutcomeFrom, Rows, Told, WRITTEN};
use crate::change::{Change, ChangeKind};

/// What a call did. All counts are rows of the input, and
/// `inserted + updated + unchanged + ignored + duplicates == rows`.
///
/// In an [error](crate::error::Error::report), it is what the chunks before the one that failed did, and `outcome` is
/// that of the one that failed. It prints as one line, which says what is committed, and where to resume:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), upsert::Error> {
/// use upsert::{SqlitePool, Upsertable, UpsertOptions};
///
/// #[derive(Upsertable)]
/// struct Reading {
///     #[upsert(primary_key)]
///     id: i64,
///     celsius: f64,
/// }
///
/// let pool = SqlitePool::memory()?;
/// let options = UpsertOptions::new().create_table().chunk_rows(2);
/// let rows = |bad: i64| (0..6).map(move |id| Reading { id, celsius: if id == bad { f64::NAN } else { 20.0 } });
///
/// let error = Reading::aupsert(&pool, rows(5), options.clone()).await.unwrap_err();
/// let said = error.report().to_string();
/// assert!(said.starts_with("4 rows committed: 4 inserted, 0 updated, 0 unchanged"), "{said}");
/// assert!(said.ends_with("; nothing from row 4 on is: resume there"), "{said}");
///
/// let rest = rows(-1).skip(error.checkpoint().rows_to_skip());
/// let said = Reading::aupsert(&pool, rest, options).await?.to_string();
/// assert!(said.starts_with("2 rows committed: 2 inserted, 0 updated, 0 unchanged"), "{said}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
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
    /// Whether it is there; in an error, whether the chunk that failed is. What `rows` counts is there in any case. An input
    /// without rows asks nothing of the place, and is `Committed` in a transaction of the caller's too.
    /// Of a cursor, `InCallersTransaction` from the first chunk on that went into a transaction of the caller's.
    pub outcome: Outcome,
    /// How far the call came.
    pub checkpoint: Checkpoint,
    /// What was made or changed before the first row, as [`UpsertOptions`](crate::options::UpsertOptions) allowed it. It stays
    /// when the rows fail, unless it is part of a transaction of the caller's. Indexes that
    /// [waited](crate::options::UpsertOptions::defer_indexes) for the last row stand behind.
    pub changes: Vec<Change>,
    /// Whether any of the rows went into a transaction of the caller's, who may roll it back yet.
    pub(crate) in_callers: bool,
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
            changes: Vec::new(),
            in_callers: false,
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

    /// What became of the rows that it counts.
    pub(crate) fn fate(&self) -> &'static str {
        if self.in_callers || self.outcome == Outcome::InCallersTransaction { WRITTEN } else { COMMITTED }
    }
}

impl fmt::Display for UpsertReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, inserted, updated, unchanged, ignored, duplicates, .. } = *self;
        let Self { chunks, bytes, elapsed, outcome, checkpoint: Checkpoint { next_row, in_doubt }, changes, .. } = self;
        write!(f, "{} {}", Rows(rows), self.fate())?;
        if rows > 0 {
            let counts = Counts { inserted, updated, unchanged, ignored };
            write!(f, ": {}", Told { counts, duplicates })?;
        }
        let chunks = Counted(*chunks, "chunk");
        write!(f, " ({chunks}, {bytes} bytes, {elapsed:.1?})")?;
        if !changes.is_empty() {
            let is_new = changes.iter().any(|change| change.kind() == ChangeKind::CreateTable);
            let done = if is_new { "created" } else { "changed" };
            write!(f, "; the table was {done} ({})", Counted(changes.len() as u64, "change"))?;
        }
        match (outcome, in_doubt) {
            (Outcome::Committed | Outcome::InCallersTransaction, _) => Ok(()),
            (_, Some(doubted)) => write!(f, "; {} in doubt", Numbers(doubted)),
            (Outcome::NotCommitted | Outcome::InDoubt, None) if *next_row == 0 => Ok(()),
            (Outcome::NotCommitted | Outcome::InDoubt, None) => {
                write!(f, "; nothing from row {next_row} on is: resume there")
            }
        }
    }
}

/// The fields, and with them what is committed: `outcome` is about another chunk than the counts when one has failed.
impl fmt::Debug for UpsertReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            inserted,
            updated,
            unchanged,
            ignored,
            duplicates,
            chunks,
            bytes,
            elapsed,
            outcome,
            checkpoint,
            changes,
            in_callers: _,
        } = self;
        let fate = self.fate();
        let mut fields = f.debug_struct("UpsertReport");
        fields
            .field("rows", &format_args!("{rows} {fate}"))
            .field("inserted", inserted)
            .field("updated", updated)
            .field("unchanged", unchanged)
            .field("ignored", ignored)
            .field("duplicates", duplicates)
            .field("chunks", chunks)
            .field("bytes", bytes)
            .field("elapsed", elapsed)
            .field("outcome", &OutcomeFrom(*outcome, checkpoint.next_row))
            .field("checkpoint", checkpoint);
        if !changes.is_empty() {
            fields.field("changes", changes);
        }
        fields.finish()
    }
}

/// What one chunk did. It prints as one line.
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
    /// Time since the call began, this chunk included.
    pub elapsed_so_far: Duration,
}

impl fmt::Display for ChunkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inserted, updated, unchanged, ignored, duplicates, .. } = *self;
        let Self { chunk, rows, bytes, outcome, rows_so_far, elapsed_so_far: elapsed, .. } = self;
        let fate = match outcome {
            Outcome::Committed => COMMITTED,
            Outcome::NotCommitted => "not committed yet",
            Outcome::InDoubt => "in doubt",
            Outcome::InCallersTransaction => WRITTEN,
        };
        write!(f, "chunk {chunk}: {} {fate}", Rows(*rows))?;
        let counts = Counts { inserted, updated, unchanged, ignored };
        if counts != Counts::UNKNOWN {
            write!(f, ": {}", Told { counts, duplicates })?;
        }
        write!(f, " ({bytes} bytes); {} after {elapsed:.1?}", Rows(*rows_so_far))
    }
}

/// One chunk as the database took it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) counts: Counts,
    pub(crate) duplicates: Count,
    pub(crate) bytes: u64,
}
