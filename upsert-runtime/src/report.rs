//! What a call did: counts, outcome, and the input row from which to go on.

use std::fmt;
use std::ops::{Add, AddAssign, Range};
use std::time::Duration;

use crate::change::{Change, ChangeKind};

/// A number of rows: exact, or unknown where a database does not tell; never guessed.
///
/// Unknown are the counts of chunks that are only staged (those of a call-atomic stream, which its report knows), repeated
/// keys on SQLite where the key has a collation of its own, and all but `rows` on a partitioned table of PostgreSQL one of
/// whose triggers changes rows that were just inserted; of one whose defaults stand in for what rows do not have, inserted
/// and updated. It prints as the number or as `unknown`, compares with a `u64`, and
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
/// | `NotCommitted` | nothing of it | see to what the error says (nothing, if it [is retryable](crate::error::Error::is_retryable)); upsert `rows.skip(checkpoint.rows_to_skip())` |
/// | `InDoubt` | all of it, or nothing | the same: rows that are there already come out unchanged, or ignored |
/// | `InDoubt`, with [`OnConflict::Error`](crate::options::OnConflict::Error) | all of it, or nothing | look for one of its rows, `checkpoint.in_doubt`; upsert from `next_row`, or, if it is there, from the end of that range |
/// | `InCallersTransaction` | seen by your transaction only | commit it, or roll it back |
///
/// With a pool, a commit that is not answered is asked about on another connection, and the call goes on as if the answer
/// had come. It stays in doubt only if no server answers before the deadline of the chunk or of the pool, and if
/// PostgreSQL crashed in that very moment, because it may give the number of a transaction to another one then. The pool
/// must lead to one cluster (its standbys included): another one, to which a name was switched over together with the
/// rows, knows nothing of the transaction, and what it says is not what became of it. A connection of yours has no other beside it: what it did not answer is in doubt. So is what a
/// server of MySQL did not answer, which tells nobody what became of a transaction. So are rows in a transaction of yours
/// whose savepoint was not released in time: they may be part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is there, and will stay. An error says so in [`Phase::Index`] alone.
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
///
/// To resume, skip what is written: `rows.skip(checkpoint.rows_to_skip())`, or `&rows[checkpoint.rows_to_skip()..]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// All rows before this one are written (and committed, unless they went into a transaction of the caller's):
    /// resume with `rows.skip(checkpoint.rows_to_skip())`. It counts from the first row that the call was given: of a load
    /// that was resumed before, add where that began. Of a call that commits as a whole it is 0, or the number of all rows. Where SQLite
    /// ended a transaction of the caller's, as it does when the disk is full, a cursor goes back to the first row that it
    /// wrote into transactions of the caller's, because it is not told which of them were committed.
    pub next_row: u64,
    /// Rows whose commit is in doubt, all of them or none; they begin at `next_row`. See [`Outcome::InDoubt`] for what to
    /// do.
    pub in_doubt: Option<Range<u64>>,
}

impl Checkpoint {
    /// [`next_row`](Self::next_row) as `skip` and slices take it: how many rows of the input are written. Where `usize`
    /// has 32 bits, more rows than it can count are `usize::MAX`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), upsert::Error> {
    /// use upsert::{Atomicity, SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct Reading {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     celsius: f64,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let mut rows: Vec<Reading> = (0..6).map(|id| Reading { id, celsius: 20.0 }).collect();
    /// rows[5].celsius = f64::NAN;
    /// let options = UpsertOptions::new().create_table().chunk_rows(2).atomicity(Atomicity::Chunk);
    /// let error = Reading::aupsert(&pool, &rows, options.clone()).await.unwrap_err();
    ///
    /// rows[5].celsius = 21.0;
    /// let rest = &rows[error.checkpoint().rows_to_skip()..];
    /// assert_eq!(Reading::aupsert(&pool, rest, options).await?.inserted, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn rows_to_skip(&self) -> usize {
        usize::try_from(self.next_row).unwrap_or(usize::MAX)
    }
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
    /// Creating the indexes that waited for the rows, all of which are written
    /// ([`defer_indexes`](crate::options::UpsertOptions::defer_indexes)). `outcome` is that of the rows.
    Index,
}

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

const COMMITTED: &str = "committed";
const WRITTEN: &str = "written, the caller's transaction decides";

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

/// An outcome, and from which row on it holds where it is not that of all rows.
struct OutcomeFrom(Outcome, u64);

impl fmt::Debug for OutcomeFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(outcome @ (Outcome::NotCommitted | Outcome::InDoubt), row) => {
                write!(f, "{outcome:?} (from row {row} on)")
            }
            Self(outcome @ (Outcome::Committed | Outcome::InCallersTransaction), _) => write!(f, "{outcome:?}"),
        }
    }
}

/// A number of things, which are more than one unless it is 1.
struct Counted(u64, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, thing) = self;
        let plural = if *number == 1 { "" } else { "s" };
        write!(f, "{number} {thing}{plural}")
    }
}

/// A number of rows.
struct Rows(u64);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("no row"),
            rows => Counted(rows, "row").fmt(f),
        }
    }
}

/// The first and the last of some rows, of which there is at least one.
pub(crate) struct Numbers<'r>(pub(crate) &'r Range<u64>);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.0;
        match end.saturating_sub(1) {
            last if last <= *start => write!(f, "row {start} is"),
            last => write!(f, "rows {start} to {last} are"),
        }
    }
}

/// What was done with rows; what cannot happen without an option is told only if it did.
struct Told {
    counts: Counts,
    duplicates: Count,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counts: Counts { inserted, updated, unchanged, ignored }, duplicates } = self;
        write!(f, "{inserted} inserted, {updated} updated, {unchanged} unchanged")?;
        for (count, what) in [(ignored, "ignored"), (duplicates, "repeated")] {
            if *count != Count::ZERO {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
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
