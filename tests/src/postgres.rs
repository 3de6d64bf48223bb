//! PostgreSQL, as the shared suite sees it.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use futures_util::poll;
use upsert::backend::AsyncBackend;
use upsert::change::{Change, Difference};
use upsert::deadpool_postgres::{Manager, Object, Pool};
use upsert::report::ChunkReport;
use upsert::rows::IntoRows;
use upsert::snapshot::TableSnapshot;
use upsert::tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use upsert::tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use upsert::{ChunkReports, Dialect, Error, UpsertCursor, UpsertFuture, UpsertOptions, UpsertReport};

use crate::database::{AnyRow, Database, Datum, LONGEST, Table};
use crate::loading::{Door, Form, Place};
use crate::postgres_server::PostgresServer;
use crate::{in_form, through_door};

/// Connections of its pool.
const CONNECTIONS: usize = 4;

/// A database of its own on the server of this process.
#[derive(Clone)]
pub struct Postgres {
    pub server: &'static PostgresServer,
    /// Its name.
    pub name: String,
    pub pool: Pool,
    /// A connection that the library never sees.
    pub judge: Arc<Client>,
}

impl Postgres {
    /// An empty database with some options of `CREATE DATABASE`.
    async fn with(options: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = PostgresServer::shared().await;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = server.connect("postgres").await;
        admin.batch_execute(&format!("CREATE DATABASE {name} {options}")).await.expect("a database can be made");
        let judge = Arc::new(server.connect(&name).await);
        let pool = pool(Manager::new(server.config(&name), NoTls));
        Self { server, name, pool, judge }
    }

    /// An empty database that sorts text as people do, and not by its bytes as the others.
    pub async fn sorting_as_people_do() -> Self {
        Self::with("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'").await
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Client {
        self.server.connect(&self.name).await
    }

    /// How to connect to it.
    pub fn config(&self) -> Config {
        self.server.config(&self.name)
    }

    /// Waits until so many statements wait for locks that others hold.
    pub async fn until_so_many_wait_for_locks(&self, statements: usize) {
        let waiting =
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let began = Instant::now();
        while self.query(waiting).await.len() < statements {
            assert!(began.elapsed() < LONGEST, "{statements} statements were to wait for locks");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The same database through a pool that connects in another way.
    pub fn through(&self, manager: Manager) -> Self {
        Self { pool: pool(manager), ..self.clone() }
    }
}

pub(crate) fn pool(manager: Manager) -> Pool {
    Pool::builder(manager).max_size(CONNECTIONS).build().expect("a pool without timeouts needs no runtime")
}

/// Asks about a table at a place. A transaction is committed, whatever came of it.
macro_rules! at_place {
    ($database:expr, $place:expr, $t:ident::$door:ident, $options:expr) => {{
        if $place == Place::Pool {
            return $t::$door(&$database.pool, $options).await;
        }
        let mut client = $database.pool.get().await.expect("the pool has connections");
        if $place == Place::Connection {
            return $t::$door(&mut client, $options).await;
        }
        let mut transaction = client.transaction().await.expect("a transaction begins");
        let result = $t::$door(&mut transaction, $options).await;
        transaction.commit().await.expect("the caller's transaction is still usable");
        result
    }};
}

impl Database for Postgres {
    const NAME: &'static str = "postgres";
    const DIALECT: Dialect = Dialect::Postgres;
    const UNIQUE_VIOLATION: &'static str = "23505";

    async fn fresh() -> Self {
        Self::with("").await
    }

    fn pool(&self) -> impl AsyncBackend {
        &self.pool
    }

    fn through_another_pool(&self) -> Self {
        self.through(Manager::new(self.config(), NoTls))
    }

    async fn exhaust_pool(&self) -> Box<dyn Send> {
        Box::new(all_connections(&self.pool).await)
    }

    async fn lock_rows(&self, table: &str) -> Box<dyn Send> {
        let holder = self.connect().await;
        let lock = format!("BEGIN; SELECT 1 FROM {table} FOR UPDATE");
        holder.batch_execute(&lock).await.expect("nobody else locks them");
        Box::new(holder)
    }

    fn slow_down(table: &str) -> String {
        format!(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
            CREATE TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION slow()"
        )
    }

    const KINDS: usize = 2;

    fn table_of_kind(kind: usize, table: &str, columns: &[(&str, &str)], key: &[&str]) -> String {
        let columns: Vec<String> = columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
        let key = key.join(", ");
        let plain = format!("CREATE TABLE {table} ({}, PRIMARY KEY ({key}))", columns.join(", "));
        if kind == 0 {
            return plain;
        }
        let parts = (0..3).map(|part| {
            format!(
                "; CREATE TABLE {table}_part_{part} PARTITION OF {table} FOR VALUES WITH (MODULUS 3, REMAINDER {part})"
            )
        });
        format!("{plain} PARTITION BY HASH ({key}){}", parts.collect::<String>())
    }

    async fn execute(&self, sql: &str, values: &[Datum]) -> u64 {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.judge.execute(sql, &values).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// The next row is sent before the answer to the one before has come; the server takes them in that order.
    async fn execute_each(&self, sql: &str, rows: impl IntoIterator<Item = Vec<Datum>>) {
        let statement = self.judge.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let mut sent = Vec::new();
        for row in rows {
            let mut executing = Box::pin(self.judge.execute_raw(&statement, row));
            let early = poll!(executing.as_mut());
            sent.push((executing, early));
        }
        for (executing, early) in sent {
            let done = match early {
                Poll::Ready(done) => done,
                Poll::Pending => executing.await,
            };
            done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }

    async fn batch(&self, sql: &str) {
        self.judge.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    async fn query(&self, sql: &str) -> Table {
        query(&self.judge, sql).await
    }

    async fn columns(&self, table: &str) -> Vec<String> {
        let sql = "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                   WHERE c.relname = $1 AND a.attnum > 0 ORDER BY a.attnum";
        let columns = self.judge.query(sql, &[&table]).await.expect("the catalogue can be read");
        columns.iter().map(|column| column.get(0)).collect()
    }

    async fn shape(&self, table: &str) -> Vec<String> {
        let sql = "
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END, a.attgenerated, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid), l.collname, col_description(a.attrelid, a.attnum))
            FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_collation AS l ON l.oid = a.attcollation AND l.collname <> 'default'
            WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = $1::text::regclass
            UNION ALL
            SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::text::regclass
            ORDER BY 1";
        let rows = self.judge.query(sql, &[&crate::database::quoted(table)]).await.expect("the catalogue can be read");
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn drop_schema(&self, schema: &str) {
        self.batch(&format!("DROP SCHEMA {} CASCADE", crate::database::quoted(schema))).await;
    }

    async fn migrate_and_roll_back<T: AnyRow>(&self, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        let mut client = self.pool.get().await.expect("the pool has connections");
        let mut transaction = client.transaction().await.expect("a transaction begins");
        let result = T::migrate(&mut transaction, options).await;
        transaction.rollback().await.expect("the caller's transaction is still usable");
        result
    }

    async fn primary_key(&self, table: &str) -> (Vec<String>, usize) {
        let key = "SELECT a.attname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid,
                   unnest(i.indkey) WITH ORDINALITY AS k(attnum, place), pg_attribute a
                   WHERE c.relname = $1 AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY k.place";
        let key = self.judge.query(key, &[&table]).await.expect("the catalogue can be read");
        let indexes = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = $1";
        let indexes: i64 = self.judge.query_one(indexes, &[&table]).await.expect("the catalogue can be read").get(0);
        (key.iter().map(|column| column.get(0)).collect(), usize::try_from(indexes).expect("a count"))
    }

    fn parameter(number: usize) -> String {
        format!("${number}")
    }

    async fn leftovers(&self) -> Vec<String> {
        let connections = all_connections(&self.pool).await;
        let mut found = Vec::new();
        for connection in &connections {
            let transaction = "SELECT 'a transaction' WHERE pg_current_xact_id_if_assigned() IS NOT NULL
                OR now() <> statement_timestamp()";
            found.extend(query(connection, transaction).await.into_iter().flatten().flatten());
            found.extend(left_in_session(connection).await);
        }
        found
    }

    async fn under_way(&self) -> Vec<String> {
        let sessions = "SELECT state || ': ' || query FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND (xact_start IS NOT NULL OR state <> 'idle') AND backend_type = 'client backend'";
        let locks = "SELECT 'lock of kind ' || locktype FROM pg_locks
            WHERE pid <> pg_backend_pid()
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND pid IN (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend')";
        let tables = "SELECT 'temporary table ' || relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'";
        self.query(&[sessions, locks, tables].join(" UNION ALL ")).await.into_iter().flatten().flatten().collect()
    }

    async fn ask(&self) {
        let client = self.pool.get().await.expect("the pool has connections");
        client.simple_query("SELECT 1").await.expect("it answers");
    }

    const CONNECTIONS: usize = CONNECTIONS;

    fn can_be_dropped(_: Place) -> bool {
        true
    }

    fn offers(_: Place, _: Door, _: Form) -> bool {
        true
    }

    async fn write<T: AnyRow + Clone + 'static>(
        &self,
        place: Place,
        door: Door,
        form: Form,
        rows: &[T],
        options: UpsertOptions,
    ) -> Result<UpsertReport, Error> {
        if place == Place::Pool {
            return in_form!(form, rows, given => through_door!(T, door, &self.pool, given, options));
        }
        let mut client = self.pool.get().await.expect("the pool has connections");
        match place {
            Place::Pool => unreachable!("it returned above"),
            Place::Connection => in_form!(form, rows, given => through_door!(T, door, &mut client, given, options)),
            Place::Transaction => {
                let mut transaction = client.transaction().await.expect("a transaction begins");
                let result = in_form!(form, rows, given => through_door!(T, door, &mut transaction, given, options));
                transaction.commit().await.expect("the caller's transaction is still usable");
                result
            }
        }
    }

    async fn verify<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<(), Error> {
        at_place!(self, place, T::verify, options)
    }

    async fn diff<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Difference>, Error> {
        at_place!(self, place, T::diff, options)
    }

    async fn snapshot(&self, tables: &[&str]) -> Vec<TableSnapshot> {
        upsert::snapshot(&self.pool, None, tables).await.expect("the tables are there")
    }

    fn url(&self) -> String {
        let folder = self.server.socket_folder().to_str().expect("the folder has a plain name").replace('/', "%2F");
        format!("postgres://postgres@{folder}/{}", self.name)
    }

    async fn pending_changes<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        at_place!(self, place, T::pending_changes, options)
    }

    async fn migrate<T: AnyRow>(&self, place: Place, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        at_place!(self, place, T::migrate, options)
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

async fn all_connections(pool: &Pool) -> Vec<Object> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(pool.get().await.expect("every connection of the pool can be had"));
    }
    connections
}

/// What is left behind in a session, beside an open transaction.
pub async fn left_in_session(client: &Client) -> Vec<String> {
    let settings = "SELECT 'setting ' || name FROM pg_settings WHERE source = 'session'";
    let tables = "SELECT 'temporary table ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()";
    let locks = "SELECT 'advisory lock' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    let prepared = "SELECT 'statement ' || name || ': ' || statement FROM pg_prepared_statements";
    let questions = [settings, tables, locks, prepared].join(" UNION ALL ");
    query(client, &questions).await.into_iter().flatten().flatten().collect()
}

/// The rows of a query on a connection of its own.
pub async fn query(client: &Client, sql: &str) -> Table {
    table(&client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")))
}

/// The rows of an answer.
pub fn table(answer: &[SimpleQueryMessage]) -> Table {
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()),
        _ => None,
    });
    rows.collect()
}

impl ToSql for Datum {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql(ty, out),
            Self::Double(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Int(value) => match *ty {
                Type::INT2 => i16::try_from(*value)?.to_sql(ty, out),
                Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
                _ => value.to_sql(ty, out),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
