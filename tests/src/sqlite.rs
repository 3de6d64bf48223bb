//! SQLite, as the shared suite sees it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::try_join_all;
use tempfile::TempDir;
use upsert::backend::AsyncBackend;
use upsert::change::{Change, Difference};
use upsert::report::ChunkReport;
use upsert::rows::IntoRows;
use upsert::rusqlite::functions::FunctionFlags;
use upsert::rusqlite::types::{ToSqlOutput, Value, ValueRef};
use upsert::rusqlite::{self, Connection, ToSql, params_from_iter};
use upsert::snapshot::TableSnapshot;
use upsert::{ChunkReports, Dialect, Error, SqlitePool, UpsertCursor, UpsertFuture, UpsertOptions, UpsertReport};

use crate::database::{AnyRow, Database, Datum, Table};
use crate::loading::{Door, Form, Place};
use crate::{in_blocking_form, in_form, through_door};

/// Connections of its pool.
const CONNECTIONS: usize = 4;
/// In a crowd somebody may be the last, whatever the machine has to do besides.
const BUSY_TIMEOUT: Duration = Duration::from_secs(600);

/// A database file in a folder of its own.
#[derive(Clone)]
pub struct Sqlite {
    path: PathBuf,
    /// Removed with the database, if it is its own.
    _folder: Option<Arc<TempDir>>,
    journal: Journal,
    pub pool: SqlitePool,
    /// A connection that the library never sees.
    judge: Arc<Mutex<Connection>>,
}

/// How SQLite keeps what a transaction may have to undo: its `journal_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    WriteAhead,
    Rollback,
}

impl Sqlite {
    /// An empty database with a journal of a kind.
    pub fn with(journal: Journal) -> Self {
        let folder = tempfile::Builder::new().prefix("upsert-sqlite-").tempdir().expect("a folder can be made");
        let database = Self::in_folder(folder.path(), journal);
        Self { _folder: Some(Arc::new(folder)), ..database }
    }

    /// An empty database in a folder of somebody else's.
    pub fn in_folder(folder: &Path, journal: Journal) -> Self {
        let path = folder.join("test.db");
        let judge = Arc::new(Mutex::new(open(&path, journal).expect("a file can be made")));
        Self { pool: pool(path.clone(), journal), path, _folder: None, journal, judge }
    }

    pub fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// A connection of its own.
    pub fn connect(&self) -> Connection {
        open(&self.path(), self.journal).expect("the file can be opened")
    }

    /// The connection that the library never sees.
    pub fn judge(&self) -> MutexGuard<'_, Connection> {
        self.judge.lock().expect("no test panicked with it")
    }

    /// Does something with every connection of the pool, all of them at once.
    async fn with_all<R: Send + 'static>(&self, work: impl Fn(&Connection) -> R + Clone + Send + 'static) -> Vec<R> {
        let all_are_here = Arc::new(Barrier::new(CONNECTIONS));
        let each = (0..CONNECTIONS).map(|_| {
            let (work, all_are_here) = (work.clone(), Arc::clone(&all_are_here));
            self.pool.with(move |connection| {
                all_are_here.wait();
                work(connection)
            })
        });
        try_join_all(each).await.expect("every connection of the pool can be had")
    }
}

fn pool(path: PathBuf, journal: Journal) -> SqlitePool {
    SqlitePool::open_with(move || open(&path, journal)).expect("the file can be opened")
}

/// As an application would have it; no disk is waited for.
fn open(path: &Path, journal: Journal) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let journal_mode = match journal {
        Journal::WriteAhead => "wal",
        Journal::Rollback => "delete",
    };
    connection.pragma_update(None, "journal_mode", journal_mode)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    // A function of the application's, which finds fault with whatever it is given, and says so.
    connection.create_scalar_function("fault", 1, FunctionFlags::SQLITE_UTF8, |context| {
        Err::<bool, _>(rusqlite::Error::UserFunctionError(context.get::<String>(0)?.into()))
    })?;
    Ok(connection)
}

/// Asks about a table at a place. A transaction is committed, whatever came of it.
macro_rules! at_place {
    ($database:expr, $place:expr, $t:ident::$door:ident, $u:ident::$blocking:ident, $options:expr) => {{
        let mut connection = $database.connect();
        match $place {
            Place::Pool => $t::$door(&$database.pool, $options).await,
            Place::Connection => $t::$blocking(&mut connection, $options),
            Place::Transaction => {
                let mut transaction = connection.transaction().expect("a transaction begins");
                let result = $t::$blocking(&mut transaction, $options);
                transaction.commit().expect("the caller's transaction is still usable");
                result
            }
        }
    }};
}

impl Database for Sqlite {
    const NAME: &'static str = "sqlite";
    const DIALECT: Dialect = Dialect::Sqlite;
    const UNIQUE_VIOLATION: &'static str = "SQLITE_CONSTRAINT_PRIMARYKEY";

    async fn fresh() -> Self {
        Self::with(Journal::WriteAhead)
    }

    fn pool(&self) -> impl AsyncBackend {
        &self.pool
    }

    fn through_another_pool(&self) -> Self {
        Self { pool: pool(self.path(), self.journal), ..self.clone() }
    }

    async fn exhaust_pool(&self) -> Box<dyn Send> {
        let (ends, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (taken, mut all_are_taken) = tokio::sync::mpsc::channel(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let (pool, held, taken) = (self.pool.clone(), Arc::clone(&held), taken.clone());
            tokio::spawn(async move {
                pool.with(move |_| {
                    taken.blocking_send(()).expect("somebody waits for it");
                    drop(taken);
                    // It fails when `ends` is dropped, in one thread after the other.
                    let _ = held.lock().expect("nobody panics").recv();
                })
                .await
            });
        }
        for _ in 0..CONNECTIONS {
            all_are_taken.recv().await.expect("every connection of the pool can be had");
        }
        Box::new(ends)
    }

    async fn lock_rows(&self, _: &str) -> Box<dyn Send> {
        let holder = self.connect();
        holder.execute_batch("BEGIN IMMEDIATE").expect("nobody writes for long");
        Box::new(holder)
    }

    fn slow_down(table: &str) -> String {
        let numbers = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1e9)";
        format!(
            "CREATE TRIGGER slow BEFORE INSERT ON {table} BEGIN SELECT max(n) FROM ({numbers} SELECT n FROM number); END"
        )
    }

    const KINDS: usize = 4;

    fn table_of_kind(kind: usize, table: &str, columns: &[(&str, &str)], key: &[&str]) -> String {
        let strict = kind == 3;
        let columns = columns.iter().map(|(name, sql_type)| {
            // Arrays are JSON.
            let sql_type = sql_type.replace("BIGINT[]", "TEXT").replace("[]", "");
            let sql_type = match kind {
                // A single key is then the rowid.
                2 | 3 => sql_type.replace("BIGINT", "INTEGER"),
                _ => sql_type,
            };
            if strict {
                format!("{name} {}", sql_type.replace("BOOLEAN", "INTEGER").replace("DOUBLE PRECISION", "REAL"))
            } else {
                format!("{name} {sql_type}")
            }
        });
        let columns: Vec<String> = columns.collect();
        let kind = ["", " WITHOUT ROWID", "", " STRICT"][kind];
        format!("CREATE TABLE {table} ({}, PRIMARY KEY ({})){kind}", columns.join(", "), key.join(", "))
    }

    async fn execute(&self, sql: &str, values: &[Datum]) -> u64 {
        let judge = self.judge();
        let changed = judge.prepare_cached(sql).and_then(|mut statement| statement.execute(params_from_iter(values)));
        changed.unwrap_or_else(|error| panic!("{sql}: {error:?}")) as u64
    }

    async fn batch(&self, sql: &str) {
        self.judge().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    async fn query(&self, sql: &str) -> Table {
        query(&self.judge(), sql)
    }

    async fn columns(&self, table: &str) -> Vec<String> {
        let judge = self.judge();
        let mut columns =
            judge.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid").expect("the catalogue can be read");
        let columns = columns.query_map([table], |row| row.get(0)).expect("the catalogue can be read");
        columns.collect::<Result<_, _>>().expect("names are text")
    }

    async fn shape(&self, table: &str) -> Vec<String> {
        // What a unique key is made by (the table, or an index of its own) makes no difference. Collations and checks are in
        // the text of the table alone, which has the columns in an order, and is looked at by those who want it.
        let sql = format!(
            "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || coalesce(dflt_value, '') || ' ' || pk || ' ' || hidden
             FROM pragma_table_xinfo({0})
             UNION ALL
             SELECT 'index ' || \"unique\" || partial || ' ' || (
                 SELECT group_concat(name || coll || desc) FROM (SELECT * FROM pragma_index_xinfo(l.name) WHERE key ORDER BY seqno)
             ) FROM pragma_index_list({0}) AS l
             ORDER BY 1",
            format_args!("'{table}'")
        );
        let mut shape: Vec<String> = self.query(&sql).await.into_iter().filter_map(|mut row| row.remove(0)).collect();
        let checks = format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'");
        let create = self.query(&checks).await.into_iter().filter_map(|mut row| row.remove(0)).next();
        let create = create.unwrap_or_default();
        if create.contains("COLLATE") || create.contains("/*") {
            shape.push(create);
        } else {
            shape.extend(create.match_indices("CHECK").map(|(place, _)| {
                let check = &create[place..];
                check[..=check.find("))").unwrap_or(check.len() - 1)].to_owned()
            }));
        }
        shape
    }

    async fn drop_schema(&self, schema: &str) {
        panic!("SQLite has no schema {schema} to drop");
    }

    async fn migrate_and_roll_back<T: AnyRow>(&self, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        let mut connection = self.connect();
        let mut transaction = connection.transaction().expect("a transaction begins");
        let result = T::migrate_blocking(&mut transaction, options);
        transaction.rollback().expect("the caller's transaction is still usable");
        result
    }

    async fn primary_key(&self, table: &str) -> (Vec<String>, usize) {
        let judge = self.judge();
        let key = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
        let mut key = judge.prepare(key).expect("the catalogue can be read");
        let key = key.query_map([table], |row| row.get(0)).expect("the catalogue can be read");
        let key: Vec<String> = key.collect::<Result<_, _>>().expect("names are text");
        let indexes = "SELECT count(*) FROM pragma_index_list(?1)";
        let indexes: i64 = judge.query_row(indexes, [table], |row| row.get(0)).expect("the catalogue can be read");
        let rowid = "SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0 AND type = 'INTEGER' HAVING count(*) = 1";
        let is_rowid = key.len() == 1 && indexes == 0 && judge.query_row(rowid, [table], |_| Ok(())).is_ok();
        // The table itself is the index of a key that is the rowid.
        (key, usize::try_from(indexes).expect("a count") + usize::from(is_rowid))
    }

    fn parameter(number: usize) -> String {
        format!("?{number}")
    }

    async fn leftovers(&self) -> Vec<String> {
        let found = self.with_all(|connection| {
            let tables = query(connection, "SELECT 'temporary table ' || name FROM temp.sqlite_schema");
            let transaction = (!connection.is_autocommit()).then(|| "a transaction".to_owned());
            let attached = query(
                connection,
                "SELECT 'database ' || name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
            );
            let settings = query(
                connection,
                &format!(
                    "SELECT 'setting busy_timeout ' || timeout FROM pragma_busy_timeout WHERE timeout <> {}",
                    BUSY_TIMEOUT.as_millis()
                ),
            );
            tables
                .into_iter()
                .chain(attached)
                .chain(settings)
                .flatten()
                .flatten()
                .chain(transaction)
                .collect::<Vec<_>>()
        });
        found.await.concat()
    }

    async fn under_way(&self) -> Vec<String> {
        let judge = self.judge();
        judge.busy_timeout(Duration::ZERO).expect("it can be set");
        let locked = judge.execute_batch("BEGIN EXCLUSIVE; ROLLBACK").err();
        judge.busy_timeout(BUSY_TIMEOUT).expect("it can be set");
        locked.map(|error| format!("a lock: {error}")).into_iter().collect()
    }

    async fn ask(&self) {
        let asked = self.pool.with(|connection| connection.query_row("SELECT 1", [], |_| Ok(())));
        asked.await.expect("the pool has connections").expect("it answers");
    }

    const CONNECTIONS: usize = CONNECTIONS;

    fn can_be_dropped(place: Place) -> bool {
        place == Place::Pool
    }

    fn offers(place: Place, door: Door, form: Form) -> bool {
        place == Place::Pool || (door != Door::Chunks && !form.is_stream())
    }

    async fn write<T: AnyRow + Clone + 'static>(
        &self,
        place: Place,
        door: Door,
        form: Form,
        rows: &[T],
        options: UpsertOptions,
    ) -> Result<UpsertReport, Error> {
        match place {
            Place::Pool => in_form!(form, rows, given => through_door!(T, door, &self.pool, given, options)),
            Place::Connection => {
                let mut connection = self.connect();
                in_blocking_form!(form, rows, given => through_blocking_door!(T, door, &mut connection, given, options))
            }
            Place::Transaction => {
                let mut connection = self.connect();
                let mut transaction = connection.transaction().expect("a transaction begins");
                let result = in_blocking_form!(form, rows, given => through_blocking_door!(T, door, &mut transaction, given, options));
                transaction.commit().expect("the caller's transaction is still usable");
                result
            }
        }
    }

    async fn verify<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<(), Error> {
        at_place!(self, place, T::verify, T::verify_blocking, options)
    }

    async fn diff<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Difference>, Error> {
        at_place!(self, place, T::diff, T::diff_blocking, options)
    }

    async fn snapshot(&self, tables: &[&str]) -> Vec<TableSnapshot> {
        upsert::snapshot(&self.pool, None, tables).await.expect("the tables are there")
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    async fn pending_changes<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        at_place!(self, place, T::pending_changes, T::pending_changes_blocking, options)
    }

    async fn migrate<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        at_place!(self, place, T::migrate, T::migrate_blocking, options)
    }

    fn aupsert<'a, T: AnyRow, R: IntoRows<'a, T, K>, K>(&'a self, rows: R, options: UpsertOptions) -> UpsertFuture<'a> {
        T::aupsert(&self.pool, rows, options)
    }

    fn aupsert_chunks<'a, T: AnyRow, R: IntoRows<'a, T, K>, K>(
        &'a self,
        rows: R,
        options: UpsertOptions,
    ) -> ChunkReports<'a> {
        T::aupsert_chunks(&self.pool, rows, options)
    }

    async fn write_next<T: AnyRow, K>(
        &self,
        cursor: &mut UpsertCursor<'_, T, K>,
    ) -> Result<Option<ChunkReport>, Error> {
        cursor.write_next(&self.pool).await
    }
}

/// Writes rows of a type through a door of the blocking kind.
macro_rules! through_blocking_door {
    ($row:ty, $door:expr, $place:expr, $rows:expr, $options:expr) => {
        match $door {
            Door::Call => <$row>::upsert($place, $rows, $options),
            Door::Cursor => {
                let mut cursor = <$row>::cursor($rows, $options);
                loop {
                    match cursor.write_next_blocking($place) {
                        Ok(Some(_)) => {}
                        Ok(None) => break Ok(cursor.report().clone()),
                        Err(error) => break Err(error),
                    }
                }
            }
            Door::Chunks => unreachable!("blocking code has no stream of reports"),
        }
    };
}
use through_blocking_door;

/// The rows of a query, as text.
pub fn query(connection: &Connection, sql: &str) -> Table {
    let mut statement = connection.prepare_cached(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get_ref(column).map(text)).collect());
    rows.and_then(Iterator::collect).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(value.to_string()),
        ValueRef::Text(value) => Some(String::from_utf8(value.to_vec()).expect("text is UTF-8")),
        ValueRef::Blob(value) => Some(format!("{value:02x?}")),
    }
}

impl ToSql for Datum {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Double(value) => (*value).into(),
            Self::Text(value) => value.as_str().into(),
        })
    }
}
