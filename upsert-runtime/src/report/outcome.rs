//! Whether rows are there, how far a call has come, and what it was doing.

use std::ops::Range;

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
