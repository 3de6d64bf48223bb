//! The doors of tables that are described at run time: DataFrames go through them, by their adapters.

use std::fmt;
use std::sync::Arc;

use crate::backend::{AsyncBackend, BlockingBackend};
use crate::change::{Change, Difference};
use crate::error::Error;
use crate::fit::FitsDatabase;
use crate::options::{IntoColumns, UpsertOptions};
use crate::plan::UpsertPlan;
use crate::report::UpsertReport;
use crate::rows::{Source, kind};
use crate::run::{self, Call, CursorState};
use crate::schema::{AnySchema, NamedColumn, TableSchema, TableSchemaBuf};
use crate::sql::{self, Dialect};
use crate::tally::Reporter;
use crate::upsertable::{ChunkReports, UpsertCursor, UpsertFuture};
use crate::wait::ready;

/// A table that is described at run time, and the doors by which [`Source`]s of rows are written to it.
///
/// It is what adapters of DataFrames are made of (`upsert-arrow` is one), and what to use for rows of one's own whose columns nobody
/// knows before the program runs. Its methods are those of [`Upsertable`](crate::Upsertable), where what they do, their errors and what
/// happens when they are cancelled is described; plan, chunks, backends and reports are the same. What the compiler checks of a
/// struct is checked here by each call, before anything is sent, with the same words.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), upsert::Error> {
/// use upsert::rows::{Rows, Source};
/// use upsert::schema::{ColumnBuf, ColumnType, TableSchemaBuf};
/// use upsert::value::Value;
/// use upsert::{DynamicTable, SqlitePool, UpsertOptions};
///
/// /// Squares of the numbers up to one.
/// struct Squares(i64);
///
/// impl Rows for Squares {
///     fn len(&self) -> usize {
///         self.0 as usize
///     }
///
///     fn value(&self, row: usize, column: usize) -> Value<'_> {
///         let root = row as i64;
///         Value::BigInt(if column == 0 { root } else { root * root })
///     }
///
///     fn size(&self, _row: usize) -> usize {
///         16
///     }
/// }
///
/// let columns = ["root", "square"].map(|name| ColumnBuf::new(name, ColumnType::BigInt));
/// let mut schema = TableSchemaBuf::new("squares", columns.into());
/// schema.primary_key = vec![0];
///
/// let pool = SqlitePool::memory()?;
/// let table = DynamicTable::from(schema);
/// let report = table.aupsert(&pool, Source::memory(Squares(100)), UpsertOptions::new().create_table()).await?;
/// assert_eq!(report.inserted, 100);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DynamicTable<'t> {
    schema: AnySchema<'t>,
}

impl From<TableSchemaBuf> for DynamicTable<'_> {
    fn from(schema: TableSchemaBuf) -> Self {
        Self { schema: AnySchema::Owned(Arc::new(schema)) }
    }
}

/// The table of a struct, for rows of which each has the struct's columns, in the order of the struct.
impl<'t> From<&TableSchema<'t>> for DynamicTable<'t> {
    fn from(schema: &TableSchema<'t>) -> Self {
        Self { schema: schema.lent() }
    }
}

impl<'t> DynamicTable<'t> {
    /// The columns of these names, as [`UpsertOptions::update_columns`] and [`UpsertOptions::conflict_target`] take them.
    ///
    /// # Errors
    ///
    /// If the table has no column of a name; all such names are told.
    pub fn columns<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Result<ColumnNames, Error> {
        let mut columns = Vec::new();
        let schema = self.schema.lend(&mut columns);
        let mut chosen = Vec::new();
        let mut mistakes = Vec::new();
        for name in names {
            let name = name.as_ref();
            match schema.columns.iter().position(|column| column.name == name) {
                Some(position) => chosen.push(NamedColumn {
                    table: schema.table.to_owned().into(),
                    position,
                    name: name.to_owned().into(),
                }),
                None => mistakes.push(format!("there is no column {} in the rows", sql::quoted(name))),
            }
        }
        if mistakes.is_empty() { Ok(ColumnNames(chosen)) } else { Err(Error::plan(mistakes.join("; "))) }
    }

    /// The statement that creates the table, as [`Upsertable::create_table_sql`](crate::Upsertable::create_table_sql).
    ///
    /// # Errors
    ///
    /// When a name, the key or a column cannot be had in this database.
    pub fn create_table_sql(&self, dialect: Dialect) -> Result<String, Error> {
        let mut columns = Vec::new();
        let schema = self.schema.lend(&mut columns);
        UpsertPlan::new(&schema, &UpsertOptions::new().create_table(), dialect).map(|plan| sql::create_table(&plan))
    }

    /// Writes rows, as [`Upsertable::aupsert`](crate::Upsertable::aupsert).
    ///
    /// # Errors
    ///
    /// As there; what the compiler would say of a struct is an [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan).
    ///
    /// # Cancellation
    ///
    /// As there.
    pub fn aupsert<'a, P>(&self, place: P, rows: Source<'a>, options: UpsertOptions) -> UpsertFuture<'a>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        UpsertFuture(place.run(Call { schema: self.schema.clone(), source: rows, options, reporter: None }))
    }

    /// Writes rows, as a stream of reports, one for each chunk:
    /// [`Upsertable::aupsert_chunks`](crate::Upsertable::aupsert_chunks).
    ///
    /// # Errors
    ///
    /// As [`aupsert`](Self::aupsert); an error is the last item.
    ///
    /// # Cancellation
    ///
    /// As there: dropping the stream is like dropping the future.
    pub fn aupsert_chunks<'a, P>(&self, place: P, rows: Source<'a>, options: UpsertOptions) -> ChunkReports<'a>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        let reporter = Reporter::default();
        let call = Call { schema: self.schema.clone(), source: rows, options, reporter: Some(reporter.clone()) };
        ChunkReports { run: Some(place.run(call)), reporter, report: None }
    }

    /// Writes rows one chunk at a time, each to a place that is borrowed for that chunk alone:
    /// [`Upsertable::cursor`](crate::Upsertable::cursor).
    #[must_use]
    pub fn cursor<'r>(&self, rows: Source<'r>, options: UpsertOptions) -> UpsertCursor<'r, Dynamic, kind::Memory>
    where
        't: 'r,
    {
        UpsertCursor { state: CursorState::new(self.schema.clone(), rows, options), kind: std::marker::PhantomData }
    }

    /// Writes rows in blocking code, as [`Upsertable::upsert`](crate::Upsertable::upsert).
    ///
    /// # Errors
    ///
    /// As [`aupsert`](Self::aupsert).
    pub fn upsert<'a, P>(&self, place: P, rows: Source<'a>, options: UpsertOptions) -> Result<UpsertReport, Error>
    where
        P: BlockingBackend + 'a,
        't: 'a,
    {
        run::run_blocking(place, Call { schema: self.schema.clone(), source: rows, options, reporter: None })
    }

    /// Looks at the table that rows would be written to, as [`Upsertable::verify`](crate::Upsertable::verify).
    ///
    /// # Errors
    ///
    /// If the rows do not fit the table that is there, or there is none.
    pub fn verify<'a, P>(&self, place: P, options: UpsertOptions) -> UpsertFuture<'a, ()>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        UpsertFuture(place.verify(self.schema.clone(), options))
    }

    /// Lists everything in which the table that is there is not as the rows would have it, as
    /// [`Upsertable::diff`](crate::Upsertable::diff).
    ///
    /// # Errors
    ///
    /// If there is nothing to look with.
    pub fn diff<'a, P>(&self, place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Difference>>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        UpsertFuture(place.diff(self.schema.clone(), options))
    }

    /// Tells what [`migrate`](Self::migrate) with the same options would do, as
    /// [`Upsertable::pending_changes`](crate::Upsertable::pending_changes).
    ///
    /// # Errors
    ///
    /// As `migrate`.
    pub fn pending_changes<'a, P>(&self, place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Change>>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        UpsertFuture(place.pending_changes(self.schema.clone(), options))
    }

    /// Changes the table as the options allow, without rows, as [`Upsertable::migrate`](crate::Upsertable::migrate).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// As there.
    pub fn migrate<'a, P>(&self, place: P, options: UpsertOptions) -> UpsertFuture<'a, Vec<Change>>
    where
        P: AsyncBackend + 'a,
        't: 'a,
    {
        UpsertFuture(place.migrate(self.schema.clone(), options))
    }

    /// [`migrate`](Self::migrate) in blocking code.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn migrate_blocking<P: BlockingBackend>(&self, place: P, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        ready(run::migrate(place, self.schema.clone(), options))
    }
}

impl fmt::Debug for DynamicTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicTable").field(&self.schema).finish()
    }
}

/// As a person would write it.
impl fmt::Display for DynamicTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schema.lend(&mut Vec::new()).fmt(f)
    }
}

/// Columns of a [`DynamicTable`], as options take them.
#[derive(Clone, Debug)]
pub struct ColumnNames(Vec<NamedColumn>);

impl IntoColumns for ColumnNames {
    fn into_columns(self) -> Vec<NamedColumn> {
        self.0
    }
}

/// The rows of a [`DynamicTable`], where a struct's type would stand.
#[derive(Clone, Copy, Debug)]
pub enum Dynamic {}

/// Each call checks that they do.
#[diagnostic::do_not_recommend]
impl<D> FitsDatabase<D> for Dynamic {}
