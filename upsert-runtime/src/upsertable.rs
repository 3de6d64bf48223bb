//! The trait that the derive implements, and the doors of the library, which are its methods.

mod calls;

pub use self::calls::{ChunkReports, UpsertCursor, UpsertFuture};
use crate::backend::{AsyncBackend, BlockingBackend};
use crate::change::{Change, Difference};
use crate::error::Error;
use crate::fit::FitsDatabase;
use crate::options::UpsertOptions;
use crate::plan::UpsertPlan;
use crate::report::UpsertReport;
use crate::rows::block::Block;
use crate::rows::{IntoRows, kind};
use crate::run::{self, Call, CursorState};
use crate::schema::TableSchema;
use crate::snapshot::TableSnapshot;
use crate::sql::{self, Dialect};
use crate::tally::Reporter;
use crate::value::Value;
use crate::wait::ready;

/// A struct whose values are rows of a table. Derive it; `#[derive(Upsertable)]` documents the attributes.
///
/// Its methods are the doors of the library:
///
/// | door | what it is for |
/// |---|---|
/// | [`aupsert`](Self::aupsert) | write rows, get a report |
/// | [`aupsert_chunks`](Self::aupsert_chunks) | the same, with a report for each chunk as it is written |
/// | [`cursor`](Self::cursor) | one chunk at a time, each to a place of your choice, committing between them |
/// | [`upsert`](Self::upsert) | the same as `aupsert` in blocking code, which has the cursor as well |
/// | [`verify`](Self::verify) | write nothing: does the struct fit the table that is there? |
/// | [`diff`](Self::diff) | the same, as a list of what differs, with the SQL that mends it |
/// | [`pending_changes`](Self::pending_changes) | what the options would change about the table, and do not |
/// | [`migrate`](Self::migrate) | change it now |
///
/// The last four have a sibling for blocking code, [`verify_blocking`](Self::verify_blocking) and so on.
///
/// All but those of blocking code need a tokio runtime to be awaited in; a cursor has a blocking method too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Upsertable`",
    label = "cannot be upserted",
    note = "add `#[derive(upsert::Upsertable)]` to the struct"
)]
pub trait Upsertable: Sized + Send + Sync {
    /// The table that the rows go to.
    const SCHEMA: &'static TableSchema<'static>;

    /// The type of [`COL`](Self::COL): a struct with a field for each column.
    type Columns: 'static;

    /// The columns by the names of their fields, as options take them: `User::COL.email`.
    const COL: Self::Columns;

    /// The cell of a column, which counts from 0 in the order of [`SCHEMA`](Self::SCHEMA).
    fn value(&self, column: usize) -> Value<'_>;

    #[doc(hidden)]
    fn fill_block<'v>(rows: &[&'v Self], block: &mut Block<'v>) {
        for column in 0..Self::SCHEMA.columns.len() {
            block.fill(column, rows, |row| row.value(column));
        }
    }

    /// About how many bytes the row takes; bounds the size of a chunk.
    fn size(&self) -> usize {
        (0..Self::SCHEMA.columns.len()).map(|column| self.value(column).into_size()).sum()
    }

    /// The statement that creates the table.
    ///
    /// ```
    /// use upsert::{Dialect, Upsertable};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: Option<String>,
    /// }
    ///
    /// assert_eq!(
    ///     City::create_table_sql(Dialect::Sqlite)?,
    ///     r#"CREATE TABLE IF NOT EXISTS "city" (
    ///     "id" INTEGER NOT NULL,
    ///     "name" TEXT,
    ///     PRIMARY KEY ("id")
    /// ) STRICT"#
    /// );
    /// # Ok::<(), upsert::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a name or the key cannot be had in this database ([`ErrorKind::InvalidPlan`](crate::error::ErrorKind)).
    fn create_table_sql(dialect: Dialect) -> Result<String, Error> {
        UpsertPlan::new(Self::SCHEMA, &UpsertOptions::new().create_table(), dialect)
            .map(|plan| sql::create_table(&plan))
    }

    /// Writes rows: inserts those that are new, and updates those whose key is already there.
    ///
    /// `place` is a pool, a connection or an open transaction ([`Backend`](crate::backend::Backend) lists them); `rows`
    /// is a `Vec`, a slice, an array, an iterator or a stream ([`IntoRows`]). Rows in memory are written wholly or not
    /// at all; those of an iterator or a stream chunk by chunk ([`Atomicity`](crate::options::Atomicity)). Nothing
    /// happens until the future is polled, and nothing is sent when there are no rows (unless the table is to be created).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), upsert::Error> {
    /// use upsert::{SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let cities = vec![City { id: 1, name: "Oslo".into() }, City { id: 2, name: "Rome".into() }];
    /// let report = City::aupsert(&pool, cities, UpsertOptions::new().create_table()).await?;
    /// assert_eq!(report.inserted, 2);
    ///
    /// let report = City::aupsert(&pool, [City { id: 2, name: "Roma".into() }], UpsertOptions::new()).await?;
    /// assert_eq!(report.updated, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`] tells what, which row and column, and how many rows are committed all the same. An open transaction
    /// of the caller's stays usable: what the failed call or chunk wrote in it is rolled back to a savepoint. A connection of the
    /// caller's has its own settings again, or is closed where the database refuses that too.
    ///
    /// # Cancellation
    ///
    /// Dropping the future rolls back what is not committed: the call, or the chunk that is being written. The
    /// connection of a pool does not go back to it unless it is clean. A commit that was already sent may happen.
    /// A PostgreSQL server that is busy with a statement is made to stop, by one more connection of the same kind, where
    /// the connection came from a pool; elsewhere it notices when it is done. So is a server of MySQL, always; and there a
    /// connection or transaction of the caller's in which a call is dropped midway is closed, for its driver cannot skip the
    /// answer: the next use of it fails, and the server rolls back. The same is so of one on which a deadline has passed.
    ///
    /// # Runtime
    ///
    /// It has to be awaited in a tokio runtime (`#[tokio::main]`, `Runtime::block_on`), of any flavour. Outside one it fails
    /// with [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan), before anything is written; blocking code has
    /// [`upsert`](Self::upsert).
    ///
    /// # Panics
    ///
    /// In a tokio runtime whose timers are not enabled (`Builder::enable_time`, or `enable_all`), once there is something to
    /// wait for.
    fn aupsert<'a, P, R, K>(place: P, rows: R, options: UpsertOptions) -> UpsertFuture<'a>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
        R: IntoRows<'a, Self, K>,
    {
        let call = Call { schema: Self::SCHEMA.lent(), source: rows.into_source(), options, reporter: None };
        UpsertFuture(place.run(call))
    }

    /// Writes rows like [`aupsert`](Self::aupsert), as a stream of reports, one for each chunk.
    ///
    /// It is lazy: the next chunk is written when the next report is asked for. Read it to its end: a load that commits
    /// as a whole commits there, and [`ChunkReports::report`] then has the final report.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), upsert::Error> {
    /// use futures_util::StreamExt;
    /// use upsert::{SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct Square {
    ///     #[upsert(primary_key)]
    ///     root: i64,
    ///     square: i64,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let rows = (0..1_000).map(|root| Square { root, square: root * root });
    /// let mut chunks = Square::aupsert_chunks(&pool, rows, UpsertOptions::new().create_table().chunk_rows(400));
    /// while let Some(chunk) = chunks.next().await {
    ///     println!("{} rows", chunk?.rows_so_far);
    /// }
    /// assert_eq!(chunks.report().map(|report| report.chunks), Some(3));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As `aupsert`; an error is the last item.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream is like dropping the future of `aupsert`: chunks that are committed stay, and of a load that
    /// commits as a whole nothing stays.
    ///
    /// # Panics
    ///
    /// As `aupsert`, which also says what happens without a tokio runtime. There is no `upsert_chunks` for blocking code:
    /// there, [`cursor`](Self::cursor) and [`write_next_blocking`](UpsertCursor::write_next_blocking) tell of each chunk.
    fn aupsert_chunks<'a, P, R, K>(place: P, rows: R, options: UpsertOptions) -> ChunkReports<'a>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
        R: IntoRows<'a, Self, K>,
    {
        let reporter = Reporter::default();
        let source = rows.into_source();
        let call = Call { schema: Self::SCHEMA.lent(), source, options, reporter: Some(reporter.clone()) };
        ChunkReports { run: Some(place.run(call)), reporter, report: None }
    }

    /// Writes rows one chunk at a time, each to a place that is borrowed for that chunk alone, so that the caller can
    /// commit, change the connection or stop between chunks.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use upsert::{Upsertable, UpsertOptions, rusqlite::Connection};
    ///
    /// #[derive(Upsertable)]
    /// struct Square {
    ///     #[upsert(primary_key)]
    ///     root: i64,
    ///     square: i64,
    /// }
    ///
    /// let mut connection = Connection::open_in_memory()?;
    /// let rows = (0..1_000).map(|root| Square { root, square: root * root });
    /// let mut cursor = Square::cursor(rows, UpsertOptions::new().create_table().chunk_rows(400));
    /// loop {
    ///     let mut transaction = connection.transaction()?;
    ///     let chunk = cursor.write_next_blocking(&mut transaction)?;
    ///     if let Some(chunk) = &chunk {
    ///         transaction.execute("CREATE TABLE IF NOT EXISTS progress (rows INTEGER)", [])?;
    ///         transaction.execute("INSERT INTO progress VALUES (?1)", [chunk.rows_so_far as i64])?;
    ///     }
    ///     transaction.commit()?; // the table of an empty input, too
    ///     if chunk.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(cursor.report().inserted, 1_000);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A chunk that is told of is written, and its rows are not in the cursor any more. If the transaction of yours that it is in does not
    /// commit, begin again with another cursor, from the first row behind those that are committed.
    fn cursor<'r, R, K>(rows: R, options: UpsertOptions) -> UpsertCursor<'r, Self, K>
    where
        R: IntoRows<'r, Self, K>,
    {
        UpsertCursor {
            state: CursorState::new(Self::SCHEMA.lent(), rows.into_source(), options),
            kind: std::marker::PhantomData,
        }
    }

    /// Writes rows in blocking code: [`aupsert`](Self::aupsert) for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use upsert::{Upsertable, UpsertOptions, rusqlite::Connection};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// let mut connection = Connection::open_in_memory()?;
    /// let oslo = City { id: 1, name: "Oslo".into() };
    /// let report = City::upsert(&mut connection, [oslo], UpsertOptions::new().create_table())?;
    /// assert_eq!(report.inserted, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As `aupsert`, but it needs no tokio runtime. Of the deadlines none applies: a busy database is waited for as long as the connection's own
    /// `busy_timeout` says. It is not waited for by a transaction of yours that has read already, or whose table is to be created: begin
    /// such a one by `BEGIN IMMEDIATE` (`TransactionBehavior::Immediate`).
    fn upsert<'a, P, R, K>(place: P, rows: R, options: UpsertOptions) -> Result<UpsertReport, Error>
    where
        P: BlockingBackend + 'a,
        Self: FitsDatabase<P::Database>,
        R: IntoRows<'a, Self, K>,
        K: kind::Blocking,
    {
        run::run_blocking(
            place,
            Call { schema: Self::SCHEMA.lent(), source: rows.into_source(), options, reporter: None },
        )
    }

    /// Looks at the table that rows would be written to, and writes nothing: a program that asks at its start fails there,
    /// and not with the first row of the night.
    ///
    /// What it finds is what [`aupsert`](Self::aupsert) with the same options would find before its first row is sent: a
    /// column that is missing on either side, a type that would change or refuse the values, a key without a unique index,
    /// columns that the database generates. The options say which table, schema and conflict target; nothing is created,
    /// whatever they say. What constraints and privileges to write refuse is found only by writing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), upsert::Error> {
    /// use upsert::{ErrorKind, SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let error = City::verify(&pool, UpsertOptions::new()).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MissingTable);
    ///
    /// City::aupsert(&pool, Vec::<City>::new(), UpsertOptions::new().create_table()).await?;
    /// City::verify(&pool, UpsertOptions::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingTable`](crate::error::ErrorKind::MissingTable) if there is none,
    /// [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan) if the struct does not fit it: all reasons at once.
    /// No connection to look with, and a deadline that passes, are told as `aupsert` tells them.
    ///
    /// # Cancellation
    ///
    /// There is nothing to roll back. A connection of a pool does not go back to it unless it is clean.
    ///
    /// # Panics
    ///
    /// As [`aupsert`](Self::aupsert), which also says what happens without a tokio runtime.
    fn verify<'a, P>(place: P, options: UpsertOptions) -> UpsertFuture<'a, ()>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
    {
        UpsertFuture(place.verify(Self::SCHEMA.lent(), options))
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use upsert::{Upsertable, UpsertOptions, rusqlite::Connection};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// let mut connection = Connection::open_in_memory()?;
    /// connection.execute_batch("CREATE TABLE city (id INTEGER PRIMARY KEY, name INTEGER NOT NULL)")?;
    /// let error = City::verify_blocking(&mut connection, UpsertOptions::new()).unwrap_err();
    /// assert!(error.to_string().contains("`name` of type INTEGER"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    fn verify_blocking<P>(place: P, options: UpsertOptions) -> Result<(), Error>
    where
        P: BlockingBackend,
        Self: FitsDatabase<P::Database>,
    {
        ready(run::verify(place, Self::SCHEMA.lent(), options))
    }

    /// Looks at the table, and tells in what it is not as the struct would have it: what makes calls refuse it, which values it has
    /// no room for, where NULL may be, which of the struct's unique keys and indexes it lacks, whatever their names, and whether it
    /// is `STRICT` and `WITHOUT ROWID` on SQLite. Nothing is changed.
    ///
    /// A column that would have no value for the rows that are there is told apart from those that
    /// [`add_columns`](UpsertOptions::add_columns) adds. Whether a column of another type is empty is not looked at, for that may
    /// take long: [`pending_changes`](Self::pending_changes) does.
    ///
    /// Not compared are: defaults; checks, but for the labels of enums; foreign keys; expressions of generated columns; comments and
    /// collations; indexes on expressions or of some rows, but for their names; indexes and columns of the table's own, if they need
    /// no value; the primary key, if rows are found by another; types that hold more than the struct's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use upsert::change::{ChangeKind, Severity};
    /// use upsert::{SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     mayor: Option<String>,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let city = "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";
    /// pool.with(|connection| connection.execute_batch(city)).await??;
    ///
    /// let differences = City::diff(&pool, UpsertOptions::new()).await?;
    /// assert_eq!(differences.len(), 1);
    /// assert_eq!((differences[0].severity(), differences[0].column()), (Severity::Refused, Some("mayor")));
    /// let change = differences[0].change().expect("it can be mended");
    /// assert_eq!(change.kind(), ChangeKind::AddColumns);
    /// assert_eq!(change.sql(), [r#"ALTER TABLE "main"."city" ADD COLUMN "mayor" TEXT"#]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A table that is missing is a difference. What is an error is a plan that contradicts itself, no connection, and a deadline
    /// that passes, as for [`aupsert`](Self::aupsert).
    ///
    /// # Cancellation
    ///
    /// There is nothing to roll back. A connection of a pool does not go back to it unless it is clean.
    ///
    /// # Panics
    ///
    /// As [`aupsert`](Self::aupsert), which also says what happens without a tokio runtime.
    fn diff<'a, P>(place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Difference>>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
    {
        UpsertFuture(place.diff(Self::SCHEMA.lent(), options))
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`diff`](Self::diff).
    fn diff_blocking<P>(place: P, options: UpsertOptions) -> Result<Vec<Difference>, Error>
    where
        P: BlockingBackend,
        Self: FitsDatabase<P::Database>,
    {
        ready(run::diff(place, Self::SCHEMA.lent(), options))
    }

    /// What [`migrate`](Self::migrate) with these options would do now, as SQL to read: its dry run. Nothing is changed.
    ///
    /// The rows that are there are asked too, where it depends on them: whether there is one, if a column is to be added that would
    /// have no value; whether a column that is to be adapted holds a value, for which a large table may be read.
    ///
    /// # Errors
    ///
    /// As [`migrate`](Self::migrate), as far as that tells.
    ///
    /// # Cancellation
    ///
    /// There is nothing to roll back. A connection of a pool does not go back to it unless it is clean.
    ///
    /// # Panics
    ///
    /// As [`aupsert`](Self::aupsert), which also says what happens without a tokio runtime.
    fn pending_changes<'a, P>(place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Change>>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
    {
        UpsertFuture(place.pending_changes(Self::SCHEMA.lent(), options))
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`pending_changes`](Self::pending_changes).
    fn pending_changes_blocking<P>(place: P, options: UpsertOptions) -> Result<Vec<Change>, Error>
    where
        P: BlockingBackend,
        Self: FitsDatabase<P::Database>,
    {
        ready(run::pending_changes(place, Self::SCHEMA.lent(), options))
    }

    /// Does to schema and table what the options allow and the struct needs, and returns what it did: what a call with these
    /// options would do before its first row ([`create_schema`](UpsertOptions::create_schema) and the options beside it).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use upsert::{SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     mayor: Option<String>,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// pool.with(|connection| connection.execute_batch("CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")).await??;
    ///
    /// let options = UpsertOptions::new().create_table().add_columns();
    /// let pending = City::pending_changes(&pool, options.clone()).await?;
    /// let changes = City::migrate(&pool, options.clone()).await?;
    /// assert_eq!(changes, pending);
    /// assert_eq!(changes[0].to_string(), "ALTER TABLE \"main\".\"city\" ADD COLUMN \"mayor\" TEXT;");
    /// assert!(City::migrate(&pool, options).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What stays as it is, because no option allows it to be changed or nothing could change it, is refused as a call would
    /// refuse it, and nothing is changed then; so is what the rows that are there do not allow. All of it is in one error, which
    /// lists the SQL of what else would have been done behind it, apart
    /// ([`Error::pending_changes`](crate::error::Error::pending_changes)). So it is if the database refuses a change; but MySQL, which
    /// commits each statement, keeps those before it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future rolls back what is not committed; MySQL finishes the statement that it was sent, or not.
    ///
    /// # Panics
    ///
    /// As [`aupsert`](Self::aupsert), which also says what happens without a tokio runtime.
    fn migrate<'a, P>(place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Change>>
    where
        P: AsyncBackend + 'a,
        Self: FitsDatabase<P::Database>,
    {
        UpsertFuture(place.migrate(Self::SCHEMA.lent(), options))
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`migrate`](Self::migrate).
    fn migrate_blocking<P>(place: P, options: UpsertOptions) -> Result<Vec<Change>, Error>
    where
        P: BlockingBackend,
        Self: FitsDatabase<P::Database>,
    {
        ready(run::migrate(place, Self::SCHEMA.lent(), options))
    }
}

/// Looks at tables, and tells what they are like: those that are named, or all of the schema, in the order of their names. It is
/// what `cargo upsert snapshot` writes down.
///
/// `schema` is as in [`UpsertOptions::schema`]; `None` is the connection's own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use upsert::SqlitePool;
///
/// let pool = SqlitePool::memory()?;
/// pool.with(|connection| connection.execute_batch("CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")).await??;
/// let snapshots = upsert::snapshot(&pool, None, &[]).await?;
/// assert_eq!(snapshots[0].table, "city");
/// assert_eq!(snapshots[0].columns[1].name, "name");
/// assert!(snapshots[0].to_string().contains("column \"name\" \"TEXT\" not_null takes("));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ErrorKind::MissingTable`](crate::error::ErrorKind::MissingTable) if there is no table of a name; no connection to look with,
/// and a deadline that passes, as [`Upsertable::aupsert`] tells them.
///
/// # Cancellation
///
/// There is nothing to roll back. A connection of a pool does not go back to it unless it is clean.
///
/// # Panics
///
/// As [`Upsertable::aupsert`], which also says what happens without a tokio runtime.
pub fn snapshot<'a, P>(place: P, schema: Option<&str>, tables: &[&str]) -> UpsertFuture<'a, Vec<TableSnapshot>>
where
    P: AsyncBackend + 'a,
{
    let tables = tables.iter().map(|&table| table.to_owned()).collect();
    UpsertFuture(place.snapshot(schema.map(str::to_owned), tables))
}
