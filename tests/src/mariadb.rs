//! MariaDB, as the shared suite sees it; and MySQL, where the tests run on that. What either tells of itself in another way is
//! asked in this file.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Mutex, MutexGuard};
use upsert::backend::AsyncBackend;
use upsert::change::{Change, Difference};
use upsert::mysql_async::consts::ColumnType;
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Column, Conn, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row, TxOpts, Value};
use upsert::report::ChunkReport;
use upsert::rows::IntoRows;
use upsert::snapshot::TableSnapshot;
use upsert::{ChunkReports, Dialect, Error, UpsertCursor, UpsertFuture, UpsertOptions, UpsertReport};

use crate::database::{AnyRow, Database, Datum, Table};
use crate::loading::{Door, Form, Place};
use crate::mariadb_server::{MariaDbServer, USER, either, is_mysql};
use crate::{in_form, through_door};

/// Connections of its pool.
const CONNECTIONS: usize = 4;

/// A database of its own on the server of this process.
#[derive(Clone)]
pub struct MariaDb {
    pub server: &'static MariaDbServer,
    /// Its name.
    pub name: String,
    pub pool: Pool,
    /// A connection that the library never sees.
    judge: Arc<Mutex<Conn>>,
}

impl MariaDb {
    /// A new one on a server.
    pub async fn on(server: &'static MariaDbServer) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let config = server.config().init(vec![
            "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', time_zone = '+00:00'",
        ]);
        let mut judge = Conn::new(config).await.expect("the server takes connections");
        // Text is compared by its characters, as on the other databases.
        let create = format!(
            "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {};
             GRANT ALL ON {name}.* TO {USER}@localhost;
             GRANT ALL ON `{name} %`.* TO {USER}@localhost; USE {name}",
            exact_collation()
        );
        judge.query_drop(create).await.expect("a database can be made");
        let nowhere = pool(OptsBuilder::default());
        let database = Self { server, name, pool: nowhere, judge: Arc::new(Mutex::new(judge)) };
        database.through(database.config())
    }

    /// How its user connects to it.
    pub fn config(&self) -> OptsBuilder {
        OptsBuilder::default().socket(Some(self.server.socket())).user(Some(USER)).db_name(Some(&self.name))
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Conn {
        Conn::new(self.config()).await.expect("the server takes connections")
    }

    /// The same database through a pool that connects in another way.
    pub fn through(&self, config: OptsBuilder) -> Self {
        Self { pool: pool(config), ..self.clone() }
    }

    /// The connection that the library never sees.
    pub async fn judge(&self) -> MutexGuard<'_, Conn> {
        self.judge.lock().await
    }

    /// The values of a query.
    pub async fn values(&self, sql: &str) -> Vec<String> {
        self.query(sql).await.into_iter().flatten().flatten().collect()
    }

    /// All connections of the pool.
    pub async fn all_connections(&self) -> Vec<Conn> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(self.pool.get_conn().await.expect("every connection of the pool can be had"));
        }
        connections
    }
}

/// A pool that keeps its connections and hands them out as they come back: it is the library that has to clean up.
fn pool(config: OptsBuilder) -> Pool {
    let constraints = PoolConstraints::new(CONNECTIONS, CONNECTIONS).expect("it is no less");
    Pool::new(config.pool_opts(PoolOpts::new().with_constraints(constraints).with_reset_connection(false)))
}

/// Asks about a table at a place. A transaction is committed, whatever came of it.
macro_rules! at_place {
    ($database:expr, $place:expr, $t:ident::$door:ident, $options:expr) => {{
        if $place == Place::Pool {
            return $t::$door(&$database.pool, $options).await;
        }
        let mut connection = $database.pool.get_conn().await.expect("the pool has connections");
        if $place == Place::Connection {
            return $t::$door(&mut connection, $options).await;
        }
        let begun = connection.start_transaction(TxOpts::default()).await;
        let mut transaction = begun.expect("a transaction begins");
        let result = $t::$door(&mut transaction, $options).await;
        transaction.commit().await.expect("the caller's transaction is still usable");
        result
    }};
}

impl Database for MariaDb {
    const NAME: &'static str = "mariadb";
    const DIALECT: Dialect = Dialect::MySql;
    const UNIQUE_VIOLATION: &'static str = "23000";
    const KEY_TEXT: &'static str = "VARCHAR(200)";

    async fn fresh() -> Self {
        Self::on(MariaDbServer::shared().await).await
    }

    fn pool(&self) -> impl AsyncBackend {
        &self.pool
    }

    fn through_another_pool(&self) -> Self {
        self.through(self.config())
    }

    async fn exhaust_pool(&self) -> Box<dyn Send> {
        Box::new(self.all_connections().await)
    }

    async fn lock_rows(&self, table: &str) -> Box<dyn Send> {
        let mut holder = self.connect().await;
        let lock = format!("BEGIN; SELECT 1 FROM {table} FOR UPDATE");
        holder.query_drop(lock).await.expect("nobody else locks them");
        Box::new(holder)
    }

    fn slow_down(table: &str) -> String {
        // While a trigger is at work, nobody may stop it but whom it was defined for.
        format!(
            "CREATE DEFINER = {USER}@localhost TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW SET @slow = SLEEP(600)"
        )
    }

    const KINDS: usize = 2;

    fn table_of_kind(kind: usize, table: &str, columns: &[(&str, &str)], key: &[&str]) -> String {
        let columns = columns.iter().map(|(name, sql_type)| {
            // Arrays are JSON, and text of a key has a limit.
            let sql_type = sql_type.replace("TEXT[]", "JSON").replace("BIGINT[]", "JSON");
            let sql_type = if key.contains(name) { sql_type.replace("TEXT", Self::KEY_TEXT) } else { sql_type };
            format!("{name} {sql_type}")
        });
        let columns: Vec<String> = columns.collect();
        let key = key.join(", ");
        let parts = ["".to_owned(), format!(" PARTITION BY KEY ({key}) PARTITIONS 3")];
        format!("CREATE TABLE {table} ({}, PRIMARY KEY ({key})){}", columns.join(", "), parts[kind])
    }

    fn on_conflict(_: &str, key: &[&str], updates: &[&str]) -> String {
        // What is equal is left alone by itself; and a key that is set to itself leaves the whole row alone.
        let of_row = updates.iter().map(|name| format!("{name} = VALUES({name})"));
        let nothing = format!("{0} = {0}", key[0]);
        let set: Vec<String> = if updates.is_empty() { vec![nothing] } else { of_row.collect() };
        format!(" ON DUPLICATE KEY UPDATE {}", set.join(", "))
    }

    async fn execute(&self, sql: &str, values: &[Datum]) -> u64 {
        let values: Vec<Value> = values.iter().map(Value::from).collect();
        let values = if values.is_empty() { Params::Empty } else { Params::Positional(values) };
        let mut judge = self.judge().await;
        judge.exec_drop(sql, values).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        judge.affected_rows()
    }

    async fn batch(&self, sql: &str) {
        self.judge().await.query_drop(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    async fn query(&self, sql: &str) -> Table {
        query(&mut *self.judge().await, sql).await
    }

    async fn columns(&self, table: &str) -> Vec<String> {
        let sql = "SELECT column_name FROM information_schema.columns
                   WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position";
        self.judge().await.exec(sql, (table,)).await.expect("the catalogue can be read")
    }

    async fn shape(&self, table: &str) -> Vec<String> {
        let sql = "
            SELECT concat_ws(' ', column_name, column_type, is_nullable, column_default, extra, collation_name,
                column_comment, generation_expression) AS line
            FROM information_schema.columns WHERE table_schema = DATABASE() AND BINARY table_name = TABLE
            UNION ALL
            SELECT concat_ws(' ', index_name, seq_in_index, column_name, non_unique, sub_part)
            FROM information_schema.statistics WHERE table_schema = DATABASE() AND BINARY table_name = TABLE
            UNION ALL
            SELECT check_clause FROM information_schema.check_constraints CONSTRAINTS
            WHERE constraint_schema = DATABASE() AND BINARY table_name = TABLE
            ORDER BY line";
        // MySQL does not say of which table they are.
        let constraints = "JOIN information_schema.table_constraints USING (constraint_schema, constraint_name)";
        let sql = sql.replace("TABLE", "?").replace("CONSTRAINTS", either("", constraints));
        self.judge().await.exec(sql, (table, table, table)).await.expect("the catalogue can be read")
    }

    fn schema(&self, name: &str) -> String {
        format!("{} {name}", self.name)
    }

    async fn drop_schema(&self, schema: &str) {
        self.batch(&format!("DROP DATABASE `{schema}`")).await;
    }

    async fn migrate_and_roll_back<T: AnyRow>(&self, options: UpsertOptions) -> Result<Vec<Change>, Error> {
        let mut connection = self.pool.get_conn().await.expect("the pool has connections");
        let begun = connection.start_transaction(TxOpts::default()).await;
        let mut transaction = begun.expect("a transaction begins");
        let result = T::migrate(&mut transaction, options).await;
        transaction.rollback().await.expect("the caller's transaction is still usable");
        result
    }

    async fn primary_key(&self, table: &str) -> (Vec<String>, usize) {
        let sql = "SELECT index_name, column_name FROM information_schema.statistics
                   WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY index_name, seq_in_index";
        let columns: Vec<(String, String)> =
            self.judge().await.exec(sql, (table,)).await.expect("the catalogue can be read");
        let mut indexes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, column) in columns {
            indexes.entry(index).or_default().push(column);
        }
        (indexes.get("PRIMARY").cloned().unwrap_or_default(), indexes.len())
    }

    fn parameter(_: usize) -> String {
        "?".to_owned()
    }

    async fn leftovers(&self) -> Vec<String> {
        let settings = settings(&mut self.connect().await).await;
        let mut found = Vec::new();
        for connection in &mut self.all_connections().await {
            // First what is seen from outside: to ask for more may need locks.
            found.extend(self.values(&locks_of(connection.id())).await);
            found.extend(self.left_in_session(connection, &settings).await);
        }
        found
    }

    async fn under_way(&self) -> Vec<String> {
        let others = format!("FROM {} WHERE db = DATABASE() AND id <> CONNECTION_ID()", processes());
        let of_others = format!("SELECT id {others}");
        let statements =
            format!("SELECT CONCAT(command, ': ', COALESCE(info, state, '')) {others} AND command <> 'Sleep'");
        // Whatever a transaction has touched, it has locked in some way.
        self.values(&format!("{statements} UNION ALL {}", locks_of(of_others))).await
    }

    async fn ask(&self) {
        let mut connection = self.pool.get_conn().await.expect("the pool has connections");
        connection.query_drop("SELECT 1").await.expect("it answers");
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
        let mut connection = self.pool.get_conn().await.expect("the pool has connections");
        match place {
            Place::Pool => unreachable!("it returned above"),
            Place::Connection => {
                in_form!(form, rows, given => through_door!(T, door, &mut connection, given, options))
            }
            Place::Transaction => {
                let begun = connection.start_transaction(TxOpts::default()).await;
                let mut transaction = begun.expect("a transaction begins");
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
        let socket = self.server.socket().replace('/', "%2F");
        format!("mysql://{USER}@localhost/{}?socket={socket}", self.name)
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

/// The collation in which texts are equal that are identical.
pub fn exact_collation() -> &'static str {
    either("utf8mb4_nopad_bin", "utf8mb4_0900_bin")
}

/// The view of connections. MySQL has two, of which the older one has no characters of four bytes.
pub fn processes() -> &'static str {
    either("information_schema.processlist", "performance_schema.processlist")
}

/// The locks of some sessions, on tables and such as programs ask for.
fn locks_of(sessions: impl Display) -> String {
    if is_mysql() {
        // Who logs in has a look at what everybody may do.
        return format!(
            "SELECT CONCAT(CASE object_type WHEN 'TABLE' THEN 'Table metadata lock ' WHEN 'USER LEVEL LOCK' THEN 'User lock '
                 ELSE CONCAT(object_type, ' ') END, COALESCE(object_name, object_schema, ''))
             FROM performance_schema.metadata_locks
             JOIN performance_schema.threads ON thread_id = owner_thread_id
             WHERE object_type <> 'ACL CACHE' AND lock_status = 'GRANTED' AND processlist_id IN ({sessions})"
        );
    }
    format!(
        "SELECT CONCAT(lock_type, ' ', IF(table_name = '', table_schema, table_name))
         FROM information_schema.metadata_lock_info WHERE thread_id IN ({sessions})"
    )
}

/// The settings of a session.
pub async fn settings(connection: &mut Conn) -> Table {
    // Those that differ from session to session, or with what it did last.
    const OWN: &str = "'ERROR_COUNT', 'IDENTITY', 'IN_TRANSACTION', 'INSERT_ID', 'LAST_GTID', 'LAST_INSERT_ID', \
        'PSEUDO_THREAD_ID', 'RAND_SEED1', 'RAND_SEED2', 'STATEMENT_ID', 'TIMESTAMP', 'WARNING_COUNT'";
    let (value, settings) = either(
        ("session_value", "information_schema.system_variables"),
        ("variable_value", "performance_schema.session_variables"),
    );
    let settings = format!(
        "SELECT CONCAT(UPPER(variable_name), ' = ', {value}) FROM {settings}
         WHERE {value} IS NOT NULL AND UPPER(variable_name) NOT IN ({OWN})"
    );
    query(connection, &settings).await
}

impl MariaDb {
    /// What is left behind in a session, beside locks: a transaction, variables, temporary tables, settings that are not those of
    /// a new session.
    pub async fn left_in_session(&self, connection: &mut Conn, of_new: &Table) -> Vec<String> {
        let mut found = if is_mysql() {
            self.query(&left_in_session_of_mysql(connection.id())).await
        } else {
            query(connection, LEFT_IN_SESSION).await
        };
        found.extend(settings(connection).await.into_iter().filter(|setting| !of_new.contains(setting)));
        found.into_iter().flatten().flatten().collect()
    }
}

/// As a session of MariaDB says it of itself. A variable that is NULL is none. Temporary tables are shown to nobody, but the server
/// counts what it was told.
const LEFT_IN_SESSION: &str = "
    SELECT 'a transaction' FROM dual WHERE @@in_transaction
    UNION ALL
    SELECT CONCAT('variable ', variable_name) FROM information_schema.user_variables WHERE variable_value IS NOT NULL
    UNION ALL
    SELECT 'a temporary table' FROM information_schema.session_status
    WHERE variable_name IN ('COM_CREATE_TEMPORARY_TABLE', 'COM_DROP_TEMPORARY_TABLE')
    HAVING MAX(IF(variable_name LIKE '%CREATE%', variable_value, 0) + 0)
         > MAX(IF(variable_name LIKE '%DROP%', variable_value, 0) + 0)";

/// As an administrator of MySQL sees it. Each session has files of its own for temporary tables.
fn left_in_session_of_mysql(session: u32) -> String {
    format!(
        "SELECT 'a transaction' FROM performance_schema.events_transactions_current
         JOIN performance_schema.threads USING (thread_id) WHERE processlist_id = {session} AND state = 'ACTIVE'
         UNION ALL
         SELECT CONCAT('variable ', variable_name) FROM performance_schema.user_variables_by_thread
         JOIN performance_schema.threads USING (thread_id)
         WHERE processlist_id = {session} AND variable_value IS NOT NULL
         UNION ALL
         SELECT 'a temporary table' FROM information_schema.innodb_temp_table_info AS ours
         JOIN information_schema.innodb_session_temp_tablespaces AS files ON files.space = ours.space
         WHERE files.id = {session}"
    )
}

/// The rows of a query on a connection of its own. They are read in the binary protocol, in which numbers are exact; but for
/// a query that has a colon, after which the driver would look for the name of a parameter.
pub async fn query(connection: &mut Conn, sql: &str) -> Table {
    let rows = if sql.contains(':') { connection.query(sql).await } else { connection.exec(sql, ()).await };
    let rows: Vec<Row> = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let rows = rows.into_iter().map(|row| {
        let columns = row.columns();
        row.unwrap().iter().zip(columns.iter()).map(|(value, column)| text(value, column)).collect()
    });
    rows.collect()
}

fn text(value: &Value, column: &Column) -> Option<String> {
    const BINARY: u16 = 63;
    Some(match value {
        Value::NULL => return None,
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => above_zero(f64::from(*value)).to_string(),
        Value::Double(value) => above_zero(*value).to_string(),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let mut text = format!("{year:04}-{month:02}-{day:02}");
            if column.column_type() != ColumnType::MYSQL_TYPE_DATE {
                write!(text, " {hour:02}:{minute:02}:{second:02}.{micros:06}").expect("it is text");
            }
            text
        }
        Value::Time(negative, days, hours, minutes, seconds, micros) => {
            let (sign, hours) = (if *negative { "-" } else { "" }, days * 24 + u32::from(*hours));
            format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{micros:06}")
        }
        Value::Bytes(bytes) => {
            let text = || String::from_utf8(bytes.clone()).expect("text is UTF-8");
            match (column.column_type(), column.character_set()) {
                // A column has a fixed number of digits behind the point.
                (ColumnType::MYSQL_TYPE_NEWDECIMAL, _) if bytes.contains(&b'.') => {
                    text().trim_end_matches('0').trim_end_matches('.').to_owned()
                }
                (ColumnType::MYSQL_TYPE_JSON, _) => without_blanks(&text()),
                (column_type, BINARY) if column_type.is_character_type() || is_blob(column_type) => {
                    format!("{bytes:02x?}")
                }
                _ => text(),
            }
        }
    })
}

/// A document of MySQL's type, which writes blanks of its own.
fn without_blanks(document: &str) -> String {
    let (mut in_quotes, mut escaped) = (false, false);
    let mut is_kept = |&character: &char| {
        in_quotes ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        in_quotes || character != ' '
    };
    document.chars().filter(|character| is_kept(character)).collect()
}

/// Whether these are one document to MySQL, which has keys in an order of its own.
pub fn is_same_document(read: Option<&str>, expected: Option<&str>) -> bool {
    let document = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let both = read.zip(expected).filter(|_| is_mysql());
    both.is_some_and(|(read, expected)| document(read).is_some_and(|read| Some(read) == document(expected)))
}

/// The server decides which zero it keeps: MariaDB 10.11.19 stores -0.0 as 0.0, others keep it. They are equal.
fn above_zero(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

fn is_blob(column_type: ColumnType) -> bool {
    use ColumnType::{MYSQL_TYPE_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_TINY_BLOB};
    [MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB].contains(&column_type)
}

impl From<&Datum> for Value {
    fn from(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Self::NULL,
            Datum::Bool(value) => Self::Int((*value).into()),
            Datum::Int(value) => Self::Int(*value),
            Datum::Double(value) => Self::Double(*value),
            Datum::Text(value) => Self::Bytes(value.clone().into_bytes()),
        }
    }
}
