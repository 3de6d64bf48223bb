//! What the shared suite needs of a database.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use upsert::backend::AsyncBackend;
use upsert::change::{Change, Difference};
use upsert::report::ChunkReport;
use upsert::rows::IntoRows;
use upsert::snapshot::TableSnapshot;
use upsert::{
    ChunkReports, Dialect, Error, FitsDatabase, UpsertCursor, UpsertFuture, UpsertOptions, UpsertReport, Upsertable,
    fit,
};

use crate::loading::{Door, Form, Place};

/// As long as anything may take on a machine that is very busy. What is right is done long before, and what is wrong takes
/// longer still.
pub const LONGEST: Duration = Duration::from_secs(60);

/// Rows that fit every database.
pub trait AnyRow:
    Upsertable + FitsDatabase<fit::Postgres> + FitsDatabase<fit::Sqlite> + FitsDatabase<fit::MySql>
{
}

impl<T> AnyRow for T where
    T: Upsertable + FitsDatabase<fit::Postgres> + FitsDatabase<fit::Sqlite> + FitsDatabase<fit::MySql>
{
}

/// A database of a test's own. Everything but the methods that take options or a cursor goes around the library under
/// test, so that it can be the judge of it.
#[expect(async_fn_in_trait, reason = "tests await them in place")]
pub trait Database: Clone + Send + Sync + 'static {
    /// Its name in figures.
    const NAME: &'static str;
    const DIALECT: Dialect;
    /// What the library says of a primary key that is there already.
    const UNIQUE_VIOLATION: &'static str;
    /// A type for text that is part of a key.
    const KEY_TEXT: &'static str = "TEXT";
    /// An empty database.
    async fn fresh() -> Self;

    /// The pool, as a place for schemas that are no struct's.
    fn pool(&self) -> impl AsyncBackend;

    /// The same database through another pool.
    fn through_another_pool(&self) -> Self;

    /// Takes every connection of the pool, until what is returned is dropped.
    fn exhaust_pool(&self) -> impl Future<Output = Box<dyn Send>> + Send;

    /// Locks the rows of a table as another program would, until what is returned is dropped.
    async fn lock_rows(&self, table: &str) -> Box<dyn Send>;

    /// Statements after which each row that is written to a table takes ten minutes.
    fn slow_down(table: &str) -> String;

    /// Statements that make an empty table, in one of several kinds (numbered from 0) whose rows the library has to
    /// count in ways of their own. The types of the columns are those of standard SQL.
    fn table_of_kind(kind: usize, table: &str, columns: &[(&str, &str)], key: &[&str]) -> String;
    /// How many kinds there are.
    const KINDS: usize;

    /// What follows an `INSERT` of one row, which has the names of its columns, so that it updates some columns of the row
    /// that is there, if any of them differ, or none.
    fn on_conflict(table: &str, key: &[&str], updates: &[&str]) -> String {
        let key = key.join(", ");
        if updates.is_empty() {
            return format!(" ON CONFLICT ({key}) DO NOTHING");
        }
        let set: Vec<String> = updates.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let differs: Vec<String> =
            updates.iter().map(|name| format!("{table}.{name} IS DISTINCT FROM excluded.{name}")).collect();
        format!(" ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}", set.join(", "), differs.join(" OR "))
    }

    /// Runs one statement with parameters (see [`Database::parameter`]); tells how many rows it changed.
    async fn execute(&self, sql: &str, values: &[Datum]) -> u64;

    /// Runs it once for each row of parameters, one after the other.
    async fn execute_each(&self, sql: &str, rows: impl IntoIterator<Item = Vec<Datum>>) {
        for row in rows {
            self.execute(sql, &row).await;
        }
    }

    /// Runs statements without parameters.
    async fn batch(&self, sql: &str);

    /// The rows of a query, as text; NULL is `None`.
    async fn query(&self, sql: &str) -> Table;

    /// The names of the columns of a table, in order, as the catalogue has them; none if there is no such table.
    async fn columns(&self, table: &str) -> Vec<String>;

    /// Everything that the catalogue has of a table: a line for each column, key, index and check, in no order of theirs.
    async fn shape(&self, table: &str) -> Vec<String>;

    /// A name for a schema that the user of the pool may create.
    fn schema(&self, name: &str) -> String {
        name.to_owned()
    }

    /// Drops a schema with all that is in it; SQLite has none.
    async fn drop_schema(&self, schema: &str);

    /// `T::migrate` in a transaction, which is rolled back.
    async fn migrate_and_roll_back<T: AnyRow>(&self, options: UpsertOptions) -> Result<Vec<Change>, Error>;

    /// The columns of the primary key of a table, in order, and how many indexes it has.
    async fn primary_key(&self, table: &str) -> (Vec<String>, usize);

    /// How the n-th parameter of a statement is written; they count from 1.
    fn parameter(number: usize) -> String;

    /// What is left behind in the connections of the pool: open transactions, temporary tables, settings. All of them
    /// are taken and looked at.
    async fn leftovers(&self) -> Vec<String>;

    /// What is still under way for somebody else than the judge, in connections that the pool has parted from as well:
    /// statements, transactions, locks, temporary tables.
    async fn under_way(&self) -> Vec<String>;

    /// Takes a connection of the pool and asks it something that needs no table.
    fn ask(&self) -> impl Future<Output = ()> + Send;

    /// Connections of its pool.
    const CONNECTIONS: usize;

    /// Checks that nothing is.
    async fn assert_nothing_left(&self) {
        let left = self.leftovers().await;
        assert!(left.is_empty(), "left in a connection of the pool: {left:?}");
    }

    /// Checks that nothing of a call that was given up goes on, or is left behind. The server needs a moment to hear of it.
    async fn assert_nothing_goes_on(&self, case: &dyn Debug) {
        let started = Instant::now();
        loop {
            let under_way = self.under_way().await;
            if under_way.is_empty() {
                return;
            }
            assert!(started.elapsed() < LONGEST, "{case:?}: {under_way:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether what is written to this place can be dropped midway; blocking code cannot.
    fn can_be_dropped(place: Place) -> bool;

    /// Whether rows in this form can be brought to this place through this door: blocking code takes no streams, for one.
    fn offers(place: Place, door: Door, form: Form) -> bool;

    /// Writes rows in a form, through a door, to a place. A transaction is committed, whatever came of the rows.
    async fn write<T: AnyRow + Clone + 'static>(
        &self,
        place: Place,
        door: Door,
        form: Form,
        rows: &[T],
        options: UpsertOptions,
    ) -> Result<UpsertReport, Error>;

    /// `T::aupsert` with the pool.
    fn aupsert<'a, T: AnyRow, R: IntoRows<'a, T, K>, K>(&'a self, rows: R, options: UpsertOptions) -> UpsertFuture<'a>;

    /// `T::aupsert_chunks` with the pool.
    fn aupsert_chunks<'a, T: AnyRow, R: IntoRows<'a, T, K>, K>(
        &'a self,
        rows: R,
        options: UpsertOptions,
    ) -> ChunkReports<'a>;

    /// `T::verify`, or in blocking code `T::verify_blocking`. A transaction is committed, whatever was found.
    async fn verify<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<(), Error>;

    /// The same of `T::diff`.
    async fn diff<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Difference>, Error>;

    /// What tables are like, by the pool.
    async fn snapshot(&self, tables: &[&str]) -> Vec<TableSnapshot>;

    /// How a program is told where it is.
    fn url(&self) -> String;

    /// The same of `T::pending_changes`.
    async fn pending_changes<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error>;

    /// The same of `T::migrate`.
    async fn migrate<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error>;

    /// The next chunk of a cursor, to the pool.
    async fn write_next<T: AnyRow, K>(&self, cursor: &mut UpsertCursor<'_, T, K>)
    -> Result<Option<ChunkReport>, Error>;

    /// The rows of a table, ordered by all their columns.
    async fn table(&self, name: &str) -> Table {
        let mut rows = self.query(&format!("SELECT * FROM {}", quoted(name))).await;
        rows.sort();
        rows
    }
}

/// Rows as text.
pub type Table = Vec<Vec<Option<String>>>;

/// A row of a [`Table`] as a test writes it down.
pub fn row<const N: usize>(cells: [&str; N]) -> Vec<Option<String>> {
    cells.into_iter().map(|cell| (cell != "NULL").then(|| cell.to_owned())).collect()
}

/// A name as a person would quote it by hand. Not the library's function, on purpose.
pub fn quoted(name: &str) -> String {
    let mut quoted = String::from('"');
    for character in name.chars() {
        if character == '"' {
            quoted.push('"');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// A value to bind to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
}

impl From<bool> for Datum {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Datum {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Datum {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<&str> for Datum {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Datum {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
