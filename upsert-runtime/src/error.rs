//! What went wrong, where, and how much is committed all the same. Never a value, never a password.

mod database;
mod words;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub(crate) use self::database::{DatabaseError, Refused, Said};
use crate::change::Change;
use crate::options::OnConflict;
use crate::report::{Checkpoint, Outcome, Phase, UpsertReport};
use crate::schema::{Column, Length};
use crate::value::Invalid;

/// Any error of a caller's iterator or stream.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// What a call failed with, and how far it had come.
///
/// It answers questions: [`kind`](Self::kind), [`row`](Self::row) and [`column`](Self::column),
/// [`sqlstate`](Self::sqlstate), [`is_retryable`](Self::is_retryable), [`outcome`](Self::outcome),
/// [`checkpoint`](Self::checkpoint). Neither `Display` nor `Debug` shows a value of a row or a password (`Debug` shows whether there is more to ask for); `source()` is
/// the caller's own error where their iterator or stream failed, as it came, and nothing else. What the database said in
/// full is told to those who ask for it: [`database_message`](Self::database_message).
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
/// let rows = [Reading { id: 1, celsius: 20.5 }, Reading { id: 2, celsius: f64::NAN }];
/// let error = Reading::aupsert(&pool, rows, UpsertOptions::new().create_table()).await.unwrap_err();
///
/// assert_eq!((error.row(), error.column()), (Some(1), Some("celsius")));
/// assert_eq!(error.checkpoint().next_row, 0); // rows in memory are written wholly or not at all
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    phase: Phase,
    report: UpsertReport,
    /// What would have been changed about the table, had nothing stood in the way.
    pending: Vec<Change>,
}

/// Everything an error can say; what callers match on is [`ErrorKind`].
#[derive(Debug)]
pub(crate) enum Kind {
    Plan(String),
    MissingTable {
        table: String,
    },
    /// The schema, or the attached database, that the table was looked for in.
    MissingSchema(String),
    /// It is newer than the snapshot of the caller's transaction.
    UnseenTable {
        table: String,
    },
    /// It is another one than the call looked at.
    ChangedTable {
        table: String,
    },
    Value {
        row: u64,
        column: String,
        invalid: Invalid,
        /// What the column has room for, where that is what is wrong: `40 characters`.
        most: Option<String>,
    },
    RepeatedKey {
        row: u64,
        earlier: u64,
    },
    Source {
        row: u64,
        error: BoxError,
    },
    Database(DatabaseError),
    /// A row that is there is in the way, and `OnConflict::Error` was asked for.
    Conflict(DatabaseError),
    ConnectionLost,
    /// A pool that is closed, or a server that refuses or cannot be reached.
    Pool {
        message: String,
        code: Option<String>,
        retryable: bool,
        said: Said,
    },
    Timeout {
        wait: Wait,
        after: Duration,
    },
}

/// What was waited for when a deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Pool,
    Database,
    Stream,
}

/// The kinds of errors that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Names, columns or options do not fit together, or do not fit the table that is there, or there is no tokio runtime
    /// to work in; nothing was written.
    InvalidPlan,
    /// The table does not exist, or neither does the schema (on SQLite the attached database) that it was looked for in; or
    /// the caller's transaction does not see it, because it was created after the transaction took its snapshot.
    MissingTable,
    /// The table was altered, or made anew, while the call was under way, so that nothing is known of what it would do with
    /// values; the chunk was rolled back. A call from the checkpoint on looks at the table as it is now.
    ChangedTable,
    /// A value of a row cannot be stored unchanged; `row()` and `column()` name it.
    InvalidValue,
    /// Two rows of the input have the same key, and `Duplicates::Error` or `OnConflict::Error` was asked for.
    RepeatedKey,
    /// Another row is in the way, of the table or of the input, and `OnConflict::Error` was asked for: it has the same key, or the
    /// same values of another unique constraint of the table. On SQLite `row()` tells which row of the input it is in the way
    /// of. PostgreSQL names the constraint, `constraint()`, and is asked for the row where that is safe: if it is about the
    /// key, the chunk was not staged, and the transaction is not the caller's. So it is on MySQL, in the caller's transaction
    /// too.
    Conflict,
    /// The caller's iterator or stream failed; `source()` is its error.
    Source,
    /// The database refused; `sqlstate()` and `constraint()` tell more, and [`row()`](Error::row) tells the row of a value, a NULL, a
    /// `CHECK` or a foreign key.
    Database,
    /// The connection is gone; `sqlstate()` tells 57P01 or 57P02 if it is PostgreSQL that ended it, and said so.
    ConnectionLost,
    /// No connection could be had.
    Pool,
    /// A deadline of the options passed.
    Timeout,
}

impl Error {
    pub(crate) fn new(kind: Kind, phase: Phase) -> Self {
        Self(Box::new(Inner { kind, phase, report: UpsertReport::empty(), pending: Vec::new() }))
    }

    /// Rows that cannot be written as they are described ([`ErrorKind::InvalidPlan`]): what an adapter of other rows says of them.
    pub fn invalid_plan(message: impl Into<String>) -> Self {
        Self::plan(message)
    }

    pub(crate) fn plan(message: impl Into<String>) -> Self {
        Self::new(Kind::Plan(message.into()), Phase::Plan)
    }

    /// A value that cannot be stored; `row` counts from the start of the input. The table's column keeps what is as long as `kept`.
    pub(crate) fn value(row: u64, column: &Column<'_>, kept: Option<Length>, invalid: Invalid) -> Self {
        let lengths = Length::of(column).into_iter().chain(kept).filter(|_| invalid == Invalid::TooLarge);
        let most = lengths.min_by_key(|length| length.most()).map(|length| length.to_string());
        Self::new(Kind::Value { row, column: column.name.to_owned(), invalid, most }, Phase::Write)
    }

    /// A row does not fit into what the database can be sent at once, for the most part because of this column.
    pub(crate) fn too_large(row: u64, column: &Column<'_>) -> Self {
        let (column, invalid) = (column.name.to_owned(), Invalid::TooLarge);
        Self::new(Kind::Value { row, column, invalid, most: None }, Phase::Write)
    }

    /// What the database refused is about one row.
    pub(crate) fn at_row(mut self, row: Option<u64>) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.row = row;
        }
        self
    }

    /// Of a single row there is no doubt, if it was rows that were refused.
    pub(crate) fn of_single_row(self, row: Option<u64>) -> Self {
        match (row, self.refused_without_row()) {
            (Some(_), Some(Refused::Rows | Refused::Row)) => self.at_row(row),
            _ => self,
        }
    }

    /// What the database refused is another row in the way.
    pub(crate) fn of_unique_constraint(mut self) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.unique = true;
        }
        self
    }

    /// The unique constraint that was violated is one of these of the table, perhaps with the table's name before it; or
    /// another one, that a trigger ran into.
    pub(crate) fn of_unique_keys(mut self, table: &str, keys: &[String]) -> Self {
        if let Kind::Database(error) = &mut self.0.kind
            && let Some(constraint) = &mut error.constraint
        {
            let own = constraint.strip_prefix(table).and_then(|name| name.strip_prefix('.'));
            if let Some(own) = own.map(str::to_owned) {
                *constraint = own;
            }
            error.unique &= keys.contains(constraint);
        }
        self
    }

    /// What the database refused, in our words.
    pub(crate) fn because(mut self, message: &str, sqlstate: &str) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.message = Some(message.to_owned());
            error.code = sqlstate.to_owned();
        }
        self
    }

    /// Whether a row is in the way of one that is not known.
    pub(crate) fn is_of_unknown_conflict(&self) -> bool {
        matches!(&self.0.kind, Kind::Database(DatabaseError { unique: true, row: None, .. }))
    }

    /// What was refused, if the row that it is about is not known.
    pub(crate) fn refused_without_row(&self) -> Option<Refused> {
        match &self.0.kind {
            Kind::Database(error) if error.row.is_none() => Some(error.refused),
            _ => None,
        }
    }

    /// Whether the database has refused both for the same reason.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        matches!((&self.0.kind, &other.0.kind), (Kind::Database(one), Kind::Database(other)) if one.reason() == other.reason())
    }

    /// No row of the table is in the way.
    pub(crate) fn of_no_conflict(mut self) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.unique = false;
        }
        self
    }

    /// With `OnConflict::Error`, a row that is in the way is what was asked about.
    pub(crate) fn with_rule(mut self, on_conflict: OnConflict) -> Self {
        self.0.kind = match self.0.kind {
            Kind::Database(error) if error.unique && on_conflict == OnConflict::Error => Kind::Conflict(error),
            kind => kind,
        };
        self
    }

    /// What the database said when it refused.
    fn refusal(&self) -> Option<&DatabaseError> {
        match &self.0.kind {
            Kind::Database(error) | Kind::Conflict(error) => Some(error),
            _ => None,
        }
    }

    /// The database ended the caller's transaction beside refusing.
    pub(crate) fn transaction_ended(mut self) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.ended_transaction = true;
        }
        self
    }

    /// The caller's connection could not be left as it was, and is closed.
    pub(crate) fn connection_closed(mut self) -> Self {
        if let Kind::Database(error) = &mut self.0.kind {
            error.closed_connection = true;
        }
        self
    }

    /// What was changed about the table all the same.
    pub(crate) fn with_changes(mut self, changes: Vec<Change>) -> Self {
        self.0.report.changes = changes;
        self
    }

    /// What would have been changed about the table.
    pub(crate) fn with_pending(mut self, pending: Vec<Change>) -> Self {
        self.0.pending = pending;
        self
    }

    pub(crate) fn ended_transaction(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.ended_transaction)
    }

    pub(crate) fn during(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    pub(crate) fn with_report(mut self, report: UpsertReport) -> Self {
        self.0.report = report;
        self
    }

    pub(crate) fn inner_kind(&self) -> &Kind {
        &self.0.kind
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &self.0.kind {
            Kind::Plan(_) => ErrorKind::InvalidPlan,
            Kind::MissingTable { .. } | Kind::MissingSchema(_) | Kind::UnseenTable { .. } => ErrorKind::MissingTable,
            Kind::ChangedTable { .. } => ErrorKind::ChangedTable,
            Kind::Value { .. } => ErrorKind::InvalidValue,
            Kind::RepeatedKey { .. } => ErrorKind::RepeatedKey,
            Kind::Source { .. } => ErrorKind::Source,
            Kind::Database(error) if error.farewell => ErrorKind::ConnectionLost,
            Kind::Database(_) => ErrorKind::Database,
            Kind::Conflict(_) => ErrorKind::Conflict,
            Kind::ConnectionLost => ErrorKind::ConnectionLost,
            Kind::Pool { .. } => ErrorKind::Pool,
            Kind::Timeout { .. } => ErrorKind::Timeout,
        }
    }

    /// The row of the input it is about, counted from 0, as in the message: row 4 is the fifth, and of a CSV file with a header the
    /// sixth line.
    ///
    /// PostgreSQL and MySQL seldom tell for which row of a chunk they have refused it. Where rows do not depend on each other (a value,
    /// a NULL, a `CHECK`, a foreign key to another table) it is found: halves of the chunk are written again and rolled back, together
    /// no more rows than it has, so that the error comes up to twice as late; sequences and `AUTO_INCREMENT` go on meanwhile. The row
    /// that is named was refused alone, for the same reason. Of several such rows it is the first one as they are written, in key order.
    /// The only row of a chunk is always named where rows are what was refused. Else it may be `None` of rows
    /// that were staged (a stream that commits as a whole), of what a trigger, another unique key or a foreign key of the table to itself
    /// refuses, of any row of a table of MySQL with triggers, of a foreign key in a transaction of the caller's on PostgreSQL, and of
    /// what is found only by the commit. It is `None` where the row that was refused has values of two of the input: the first and the
    /// last one of a repeated key, in a table with columns that are never updated.
    #[must_use]
    pub fn row(&self) -> Option<u64> {
        match self.0.kind {
            Kind::Value { row, .. } | Kind::RepeatedKey { row, .. } | Kind::Source { row, .. } => Some(row),
            _ => self.refusal()?.row,
        }
    }

    /// The column it is about, by its name in the database.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Value { column, .. } => Some(column),
            _ => self.refusal()?.column.as_deref(),
        }
    }

    /// PostgreSQL's SQLSTATE, as in `23505`, or MySQL's, as in `23000`; on SQLite the name of the extended result code, as in
    /// `SQLITE_CONSTRAINT_UNIQUE`.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Pool { code, .. } => code.as_deref(),
            _ => Some(&self.refusal()?.code),
        }
    }

    /// The constraint that was violated, where the database names it.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.refusal()?.constraint.as_deref()
    }

    /// What the database or its driver said, in its own words: the message, and on PostgreSQL the detail, hint and context
    /// behind it, a line each. `None` when it said nothing.
    ///
    /// **It may quote values of rows** (`Key (email)=(ann@example.com) already exists.`). That is why nothing else shows
    /// it: not `Display` (but for words that cannot hold a value, as SQLite's of a `CHECK`), not `Debug`, not `source()`, no trace.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), upsert::Error> {
    /// use upsert::{ErrorKind, OnConflict, SqlitePool, Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    /// }
    ///
    /// let pool = SqlitePool::memory()?;
    /// let options = UpsertOptions::new().create_table().on_conflict(OnConflict::Error);
    /// City::aupsert(&pool, [City { id: 1 }], options.clone()).await?;
    /// let error = City::aupsert(&pool, [City { id: 1 }], options).await.unwrap_err();
    /// assert_eq!((error.kind(), error.row()), (ErrorKind::Conflict, Some(0)));
    /// assert_eq!(error.database_message(), Some("UNIQUE constraint failed: city.id"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn database_message(&self) -> Option<&str> {
        let Said(said) = match &self.0.kind {
            Kind::Pool { said, .. } => said,
            _ => &self.refusal()?.said,
        };
        Some(said.as_str()).filter(|said| !said.is_empty())
    }

    /// Whether the same call may succeed when it is tried again, from the checkpoint: a lost connection, a deadlock, a
    /// serialization failure, a lock or pool timeout, a server that is starting or short of something, a disk that is full.
    /// A database that may only be read is none of these: time alone does not change it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            Kind::Database(error) | Kind::Conflict(error) => error.retryable,
            Kind::Pool { retryable, .. } => *retryable,
            // As after a serialization failure, in another transaction.
            Kind::ConnectionLost | Kind::Timeout { .. } | Kind::UnseenTable { .. } | Kind::ChangedTable { .. } => true,
            Kind::Plan(_)
            | Kind::MissingTable { .. }
            | Kind::MissingSchema(_)
            | Kind::Value { .. }
            | Kind::RepeatedKey { .. }
            | Kind::Source { .. } => false,
        }
    }

    /// What became of the call that failed, or, where chunks commit by themselves, of the chunk: the table at [`Outcome`]
    /// tells what to do.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.report.outcome
    }

    /// What the call was doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// What is written all the same: what the chunks before the one that failed did. Its `outcome` is that of the one that
    /// failed.
    #[must_use]
    pub fn report(&self) -> &UpsertReport {
        &self.0.report
    }

    /// What the options would change about the table, and did not, because something else about it cannot be changed: nothing is
    /// changed then. `Display` shows both, the SQL of these changes on lines of their own behind the reasons, for whoever approves or
    /// runs them by hand; [`diff`](crate::Upsertable::diff) tells more. Empty of all other errors.
    ///
    /// ```
    /// use upsert::{Upsertable, UpsertOptions};
    ///
    /// #[derive(Upsertable)]
    /// struct City {
    ///     #[upsert(primary_key)]
    ///     id: i64,
    ///     people: i64,
    ///     name: Option<String>,
    /// }
    ///
    /// let mut database = upsert::rusqlite::Connection::open_in_memory()?;
    /// database.execute_batch("CREATE TABLE city (id INTEGER PRIMARY KEY, people BLOB NOT NULL)")?;
    /// let error = City::upsert(&mut database, Vec::<City>::new(), UpsertOptions::new().add_columns()).unwrap_err();
    /// assert!(error.to_string().contains("has a column `people` of type BLOB"));
    /// assert!(error.to_string().ends_with("the options do the rest:\nALTER TABLE \"main\".\"city\" ADD COLUMN \"name\" TEXT;"));
    /// assert_eq!(error.pending_changes()[0].columns(), ["name"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pending_changes(&self) -> &[Change] {
        &self.0.pending
    }

    /// From which row to resume.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0.report.checkpoint
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            // That there is more, and not what: it may quote values.
            .field("database_message", &self.database_message().map(|_| format_args!("..")))
            .field("source", &self.source().map(|_| format_args!("..")))
            .field("report", &format_args!("{}", self.0.report))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            Kind::Source { error, .. } => Some(error.as_ref()),
            _ => None,
        }
    }
}
