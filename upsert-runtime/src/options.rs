//! How a call is to be done.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::change::ChangeKind;
use crate::schema::{ColumnRef, NamedColumn};

/// What happens when a row with the same key is already there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnConflict {
    /// Its columns take the new values.
    #[default]
    Update,
    /// It stays as it is. Only a conflict on the key counts: any other constraint still fails.
    Ignore,
    /// The call fails with [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict); so it does where another unique
    /// constraint finds a row in the way. A key that the input itself repeats is an
    /// [`ErrorKind::RepeatedKey`](crate::error::ErrorKind::RepeatedKey).
    Error,
}

/// How much commits at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Atomicity {
    /// The whole call or nothing. The default for rows in memory.
    Call,
    /// Each chunk by itself; the checkpoint of the report or error tells from which row to resume. The default for
    /// iterators and streams.
    Chunk,
}

/// What happens to rows of the input that have the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Duplicates {
    /// The table ends as if the rows had been written one at a time, in input order.
    #[default]
    Fold,
    /// The call fails, naming both rows. What is looked at together is the call, or the chunk where chunks commit by
    /// themselves.
    Error,
}

/// What may be made or changed before rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) create_schema: bool,
    pub(crate) create_table: bool,
    pub(crate) add_columns: bool,
    pub(crate) adapt_empty_columns: bool,
    pub(crate) widen: bool,
    pub(crate) rebuild_table: bool,
    /// Indexes that are not unique wait until the rows are written.
    pub(crate) defer_indexes: bool,
}

impl Allowed {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self {
        create_schema: false,
        create_table: false,
        add_columns: false,
        adapt_empty_columns: false,
        widen: false,
        rebuild_table: false,
        defer_indexes: false,
    };
    /// Everything.
    pub(crate) const ALL: Self = Self {
        create_schema: true,
        create_table: true,
        add_columns: true,
        adapt_empty_columns: true,
        widen: true,
        rebuild_table: true,
        defer_indexes: false,
    };

    /// Whether a change of this kind is.
    pub(crate) fn has(self, kind: ChangeKind) -> bool {
        match kind {
            ChangeKind::CreateSchema => self.create_schema,
            ChangeKind::CreateTable => self.create_table,
            ChangeKind::AddColumns => self.add_columns,
            ChangeKind::AdaptEmptyColumns => self.adapt_empty_columns,
            ChangeKind::Widen => self.widen,
            ChangeKind::CreateIndexes => self.defer_indexes,
        }
    }
}

/// Whether rows that would not change are rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unchanged {
    /// They are left alone: no write-ahead log, no dead row, no trigger.
    #[default]
    Skip,
    /// They are rewritten, and count as updated.
    Rewrite,
}

/// How a call is to be done. [`UpsertOptions::default`] is right for most.
///
/// ```
/// use upsert::{OnConflict, Upsertable, UpsertOptions};
///
/// #[derive(Upsertable)]
/// struct User {
///     #[upsert(primary_key)]
///     id: i64,
///     email: String,
///     plan: String,
/// }
///
/// let set_up = UpsertOptions::new().create_table();
/// let only_plans = UpsertOptions::new().update_columns([User::COL.plan]).chunk_rows(1_000);
/// let keep_what_is_there = UpsertOptions::new().on_conflict(OnConflict::Ignore).table("users_2026_11");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct UpsertOptions {
    pub(crate) on_conflict: OnConflict,
    pub(crate) unchanged: Unchanged,
    pub(crate) duplicates: Duplicates,
    pub(crate) atomicity: Option<Atomicity>,
    pub(crate) chunk_rows: usize,
    pub(crate) chunk_bytes: usize,
    pub(crate) allowed: Allowed,
    pub(crate) table: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) conflict_target: Option<Vec<NamedColumn>>,
    pub(crate) update_columns: Option<Vec<NamedColumn>>,
    pub(crate) pool_timeout: Duration,
    pub(crate) chunk_timeout: Duration,
    pub(crate) stall_timeout: Duration,
}

impl UpsertOptions {
    /// Rows of a chunk unless told otherwise.
    pub const DEFAULT_CHUNK_ROWS: NonZeroUsize = NonZeroUsize::new(10_000).expect("10 000 is not 0");
    /// Bytes of a chunk unless told otherwise: 2 MiB.
    pub const DEFAULT_CHUNK_BYTES: NonZeroUsize = NonZeroUsize::new(2 << 20).expect("2 MiB is not 0");

    /// The same as [`UpsertOptions::default`].
    pub fn new() -> Self {
        Self::default()
    }

    /// What happens to rows that are already there. Default: [`OnConflict::Update`].
    pub fn on_conflict(mut self, on_conflict: OnConflict) -> Self {
        self.on_conflict = on_conflict;
        self
    }

    /// Rewrites rows that would not change, so that triggers fire for them; they count as updated. MySQL rewrites none, whatever
    /// it is told: they count as updated all the same, and of their triggers those fire that are `BEFORE UPDATE`, which do so
    /// without this option as well.
    pub fn rewrite_unchanged(mut self) -> Self {
        self.unchanged = Unchanged::Rewrite;
        self
    }

    /// What happens to repeated keys of the input. Default: [`Duplicates::Fold`].
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// How much commits at once. Default: [`Atomicity::Call`] for rows in memory, [`Atomicity::Chunk`] for iterators
    /// and streams.
    pub fn atomicity(mut self, atomicity: Atomicity) -> Self {
        self.atomicity = Some(atomicity);
        self
    }

    /// The most rows of one statement, and of one transaction where chunks commit by themselves. Default: 10 000. 0 is
    /// refused: the call fails with [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan).
    pub fn chunk_rows(mut self, rows: usize) -> Self {
        self.chunk_rows = rows;
        self
    }

    /// About the most bytes of one statement: a chunk ends with the row that reaches it. Default: 2 MiB. 0 is refused like
    /// that of [`chunk_rows`](Self::chunk_rows); with 1 each row is a chunk.
    pub fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes;
        self
    }

    /// Creates the schema (on MySQL, the database) that is named here or on the struct, if it is missing. SQLite has none to
    /// create: there it is an [`ErrorKind::MissingTable`](crate::error::ErrorKind::MissingTable) as without it.
    ///
    /// Of this and the other options that make or change something: any number of tasks may ask at once, and it is done once,
    /// under a lock on the table's name; all that is asked for is done, or nothing. With a pool or a connection it is committed
    /// before the first row is written; with an open transaction it is part of that, and on MySQL, which would commit it,
    /// refused. It is done without rows, too. [`UpsertReport::changes`](crate::report::UpsertReport::changes) tells what was
    /// done, and [`Upsertable::pending_changes`](crate::Upsertable::pending_changes)
    /// beforehand what would be.
    pub fn create_schema(mut self) -> Self {
        self.allowed.create_schema = true;
        self
    }

    /// Creates the table with its keys and indexes if it is missing, also when there are no rows. A table that is there is
    /// left as it is.
    pub fn create_table(mut self) -> Self {
        self.allowed.create_table = true;
        self
    }

    /// Creates the struct's indexes (`index(…)`, those that are not unique) after the rows, and not with the table: an index of many
    /// rows is made faster than it is kept while they come. It goes with [`create_table`](Self::create_table).
    ///
    /// At its end, when its rows are committed, a call with this option creates those of the indexes that the table lacks by their
    /// names, in a transaction of its own, under the lock on the table's name (one that PostgreSQL has and calls invalid, for it
    /// could not be made `CONCURRENTLY`, is made anew). So it does not matter which of several calls has
    /// created the table, and what a call could not create (it was killed, say) the next one creates, or
    /// [`migrate`](crate::Upsertable::migrate) with this option. A call that fails there is in
    /// [`Phase::Index`](crate::report::Phase::Index): its rows are written, and its checkpoint is behind the last of them.
    ///
    /// Whoever writes to the table waits while an index is made. Before that, those who write already are waited for, and on MySQL
    /// those who have read it in a transaction that is open, too, while whoever reads or writes waits behind us: for as long as
    /// [`add_columns`](Self::add_columns) says of its lock. [`chunk_timeout`](Self::chunk_timeout) is for all indexes together. A
    /// cursor creates them when it comes to the end of its rows. In an open transaction of yours they are part of that, which has
    /// written to the table, and another call that is about to create them may wait for it while it waits for that call: PostgreSQL
    /// ends one of the two, and it is better to let the index wait for a call of its own. On MySQL it is refused there, if one is
    /// missing.
    pub fn defer_indexes(mut self) -> Self {
        self.allowed.defer_indexes = true;
        self
    }

    /// Adds the columns of the struct that the table lacks, with the keys and indexes that they are part of.
    ///
    /// A column that is NOT NULL, with nothing to fill it, is added to an empty table only; so is a stored generated column on
    /// SQLite. A column of the conflict target is never added. A table of many rows is locked for as long as the database
    /// takes: on PostgreSQL a column whose default is no constant, or which is generated, rewrites it. There and on MySQL the lock is
    /// waited for 10 seconds, or `lock_timeout` (on MySQL `lock_wait_timeout`) if that is less, because everybody waits behind
    /// whoever waits for it; then the call fails, and can be tried again
    /// ([`Error::is_retryable`](crate::error::Error::is_retryable)). In a transaction of yours that is REPEATABLE READ or
    /// SERIALIZABLE, a table of PostgreSQL that is there is not changed.
    pub fn add_columns(mut self) -> Self {
        self.allowed.add_columns = true;
        self
    }

    /// Gives a column whose type the rows do not fit the type that the struct would create it with, if it holds nothing but
    /// NULL. To see that, the whole column is read, under a lock.
    ///
    /// NOT NULL and comment stay, and so does a default that the new type takes. A column of the key is never changed. SQLite
    /// changes no column's type: there [`rebuild_table`](Self::rebuild_table) has to be asked for as well.
    pub fn adapt_empty_columns(mut self) -> Self {
        self.allowed.adapt_empty_columns = true;
        self
    }

    /// Gives a column that does not hold all values of the struct's the type that the struct would create it with, if that
    /// holds all that the old one does: `smallint` to `integer` to `bigint`, `real` to `double precision`, a longer `varchar`
    /// or `text`, a `numeric` of more digits, more digits of a second, an `enum(…)` of MySQL with more labels. Where a `CHECK`
    /// of the form that this library writes (`CHECK (state IN ('new', 'old'))`) lacks labels of an enum, it is replaced; on SQLite
    /// [`rebuild_table`](Self::rebuild_table) has to be asked for as well, or the call is refused. A type of PostgreSQL that is an enum
    /// may be that of other columns too, and gets no labels: `ALTER TYPE … ADD VALUE` does that.
    ///
    /// NOT NULL, default, collation and comment stay. Where the database has to write all rows anew for it (PostgreSQL does
    /// for numbers), the table is locked meanwhile, and its statistics are gone: run `ANALYZE`. PostgreSQL reads all rows, under the
    /// same lock, for a `CHECK` that is replaced. SQLite's columns have no widths, and there it does nothing else.
    pub fn widen(mut self) -> Self {
        self.allowed.widen = true;
        self
    }

    /// Lets [`adapt_empty_columns`](Self::adapt_empty_columns) and [`widen`](Self::widen) do on SQLite what they cannot do otherwise: the table is made
    /// anew, and all rows are copied into it, with its indexes and triggers, in one transaction; of a table that `ANALYZE` has looked at, it looks at the new one. It is refused where foreign
    /// keys are enforced on the connection and another table refers to this one.
    pub fn rebuild_table(mut self) -> Self {
        self.allowed.rebuild_table = true;
        self
    }

    /// Writes into a table of this name, of the same shape: a table for each tenant or month.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = Some(table.into());
        self
    }

    /// Writes into a table of this schema (PostgreSQL), database (MySQL) or attached database (SQLite). It has to be there
    /// already, unless it is [created](Self::create_schema). Connections of a `SqlitePool` are attached to it by the closure that opens them.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The columns of the unique index that decides what is "already there", instead of the primary key:
    /// `[User::COL.email]`. A row that is there keeps its primary key, whatever comes with the new one.
    pub fn conflict_target(mut self, columns: impl IntoColumns) -> Self {
        self.conflict_target = Some(columns.into_columns());
        self
    }

    /// The only columns to update in rows that are already there: `[User::COL.plan]`. New rows take all columns.
    ///
    /// It goes with [`OnConflict::Update`] alone: with the others, which update nothing, the call fails with
    /// [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan). So it does where one of the columns is part of a key, or
    /// is `update = never`.
    pub fn update_columns(mut self, columns: impl IntoColumns) -> Self {
        self.update_columns = Some(columns.into_columns());
        self
    }

    /// The longest wait for a connection of a pool, also where it has to be opened first. A load that gives its
    /// connection back while a stream is awaited waits anew for the next one. Default: 30 seconds.
    ///
    /// Of each deadline: [`Duration::ZERO`] takes what is there already, [`Duration::MAX`] waits for ever.
    /// One that passes is an [`ErrorKind::Timeout`](crate::error::ErrorKind::Timeout), within a second; what was begun is
    /// rolled back.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.pool_timeout = timeout;
        self
    }

    /// The longest time that the database may take for a chunk: from the begin of its transaction to the commit, where
    /// it commits by itself. Before the first one, the look at the table (and its creation) may take as long once more;
    /// at the end of a load that commits as a whole, so may the commit, with the statement that writes what was staged; and
    /// after a chunk was refused, finding the row that it was refused for.
    /// Default: 10 minutes.
    ///
    /// It counts whatever the time goes to: another program's lock, a slow trigger, a connection that has gone silent.
    /// Writers of one `SqlitePool` wait for each other, and that counts too. If it passes while a commit is under way, half
    /// a second is left to find out [what became of it](crate::report::Outcome). Only the async doors can stop waiting.
    pub fn chunk_timeout(mut self, timeout: Duration) -> Self {
        self.chunk_timeout = timeout;
        self
    }

    /// The longest wait for the next row of a stream. Default: 10 minutes. While an iterator is asked for a row, no clock
    /// can stop it.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }
}

/// A list of columns, as options take it: an array, a slice or a `Vec` of the constants that the derive makes.
///
/// ```
/// # use upsert::{Upsertable, UpsertOptions};
/// # #[derive(Upsertable)]
/// # struct User {
/// #     #[upsert(primary_key)]
/// #     id: i64,
/// #     email: String,
/// #     plan: String,
/// # }
/// let columns = vec![User::COL.email, User::COL.plan];
/// let options = UpsertOptions::new().update_columns(columns);
/// let options = options.update_columns([User::COL.plan]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of columns",
    label = "expected a list of columns",
    note = "the derive makes a constant of each field, and options take a list of them, of one as well: `[User::COL.email]`"
)]
pub trait IntoColumns {
    #[doc(hidden)]
    fn into_columns(self) -> Vec<NamedColumn>;
}

impl<const N: usize> IntoColumns for [ColumnRef; N] {
    fn into_columns(self) -> Vec<NamedColumn> {
        self.as_slice().into_columns()
    }
}

impl<const N: usize> IntoColumns for &[ColumnRef; N] {
    fn into_columns(self) -> Vec<NamedColumn> {
        self.as_slice().into_columns()
    }
}

impl IntoColumns for &[ColumnRef] {
    fn into_columns(self) -> Vec<NamedColumn> {
        self.iter().map(|&column| column.into()).collect()
    }
}

impl IntoColumns for Vec<ColumnRef> {
    fn into_columns(self) -> Vec<NamedColumn> {
        self.as_slice().into_columns()
    }
}

impl Default for UpsertOptions {
    fn default() -> Self {
        Self {
            on_conflict: OnConflict::default(),
            unchanged: Unchanged::default(),
            duplicates: Duplicates::default(),
            atomicity: None,
            chunk_rows: Self::DEFAULT_CHUNK_ROWS.get(),
            chunk_bytes: Self::DEFAULT_CHUNK_BYTES.get(),
            allowed: Allowed::NOTHING,
            table: None,
            schema: None,
            conflict_target: None,
            update_columns: None,
            pool_timeout: Duration::from_secs(30),
            chunk_timeout: Duration::from_secs(600),
            stall_timeout: Duration::from_secs(600),
        }
    }
}
