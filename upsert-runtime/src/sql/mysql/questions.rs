//! What is asked of the server: about its catalogue, and about its session.

use std::fmt::Write;

use super::{list, qualified, quoted, table};
use crate::plan::UpsertPlan;
use crate::sql::join;

/// Keeps what the session is set to, and sets what values need to be stored unchanged or refused: a strict mode that takes
/// no zero dates and 0 for a number like any other, UTC, text as Rust has it, and the server's words in the language in which
/// they are understood here.
pub(crate) const SET_UP: &str = "\
SET @upsert_found = 0, @upsert_sql_mode = @@SESSION.sql_mode, @upsert_time_zone = @@SESSION.time_zone, \
@upsert_character_set = @@SESSION.character_set_client, @upsert_collation = @@SESSION.collation_connection, \
@upsert_results = @@SESSION.character_set_results, @upsert_messages = @@SESSION.lc_messages, \
SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,\
NO_AUTO_VALUE_ON_ZERO', SESSION time_zone = '+00:00', \
SESSION character_set_client = utf8mb4, SESSION collation_connection = utf8mb4_bin, \
SESSION character_set_results = utf8mb4, SESSION lc_messages = 'en_US'";

/// Sets the session to what it was.
pub(crate) const RESTORE: &str = "\
SET SESSION sql_mode = @upsert_sql_mode, SESSION time_zone = @upsert_time_zone, \
SESSION character_set_client = @upsert_character_set, SESSION collation_connection = @upsert_collation, \
SESSION character_set_results = @upsert_results, SESSION lc_messages = @upsert_messages, \
@upsert_results = NULL, @upsert_messages = NULL, @upsert_found = NULL, @upsert_sql_mode = NULL, @upsert_time_zone = NULL, @upsert_character_set = NULL, @upsert_collation = NULL";

/// The same of a session of which nobody knows whether it was set up, for that may be what was refused.
pub(crate) const RESTORE_IF_SET_UP: &str = "\
SET SESSION sql_mode = IF(@upsert_sql_mode IS NULL, @@SESSION.sql_mode, @upsert_sql_mode), \
SESSION time_zone = IF(@upsert_sql_mode IS NULL, @@SESSION.time_zone, @upsert_time_zone), \
SESSION character_set_client = IF(@upsert_sql_mode IS NULL, @@SESSION.character_set_client, @upsert_character_set), \
SESSION collation_connection = IF(@upsert_sql_mode IS NULL, @@SESSION.collation_connection, @upsert_collation), \
SESSION character_set_results = IF(@upsert_sql_mode IS NULL, @@SESSION.character_set_results, @upsert_results), \
SESSION lc_messages = IF(@upsert_sql_mode IS NULL, @@SESSION.lc_messages, @upsert_messages), \
@upsert_results = NULL, @upsert_messages = NULL, @upsert_found = NULL, @upsert_sql_mode = NULL, @upsert_time_zone = NULL, @upsert_character_set = NULL, @upsert_collation = NULL";

/// How many rows the statements of a transaction found, which count that.
pub(crate) const FOUND: &str = "SELECT @upsert_found";

/// Two calls whose rows lie between each other wait for fewer locks than with the server's own default. The first is
/// refused where a transaction is open, which the second would commit.
pub(crate) const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;\nSTART TRANSACTION";

/// No other transaction begins, and the connection stays, whatever the session's `completion_type` is.
pub(crate) const COMMIT: &str = "COMMIT AND NO CHAIN NO RELEASE";
pub(crate) const ROLL_BACK: &str = "ROLLBACK AND NO CHAIN NO RELEASE";

pub(crate) const SAVEPOINT: &str = "SAVEPOINT upsert_call";
pub(crate) const RELEASE: &str = "RELEASE SAVEPOINT upsert_call";
pub(crate) const ROLL_BACK_TO: &str = "ROLLBACK TO SAVEPOINT upsert_call;\nRELEASE SAVEPOINT upsert_call";

/// Tells servers apart that answer at one address: whoever is made to stop must be one's own.
pub(crate) const IDENTITY: &str = "CAST(concat_ws(' ', @@hostname, @@port, @@datadir, @@pid_file) AS BINARY)";

/// A question to the catalogue, and whether its answer is whole: MariaDB ends it where a limit of time or a `KILL QUERY` strikes, and
/// says so in a warning alone. (Of what an `EXISTS` looks for in the catalogue, it does not even say that.)
fn whole(question: &str) -> String {
    format!("{question};\nSHOW WARNINGS")
}

/// The columns of the answer to `SHOW WARNINGS`.
pub(crate) const OF_WARNINGS: [&str; 3] = ["Level", "Code", "Message"];

/// What the server and a table are like, in four answers, and one of [`show_table`]: the server's version, its longest statement,
/// the schema that is selected, and who it is; the table's kind, whether its engine has transactions, and whether the schema is there at all; its columns;
/// the columns of its indexes. Texts are bytes, which no character set of the session changes. Each answer has a limit, so that the
/// session's own (`sql_select_limit`) cuts none. It is asked of a session that is [set up](SET_UP), whose zone and mode defaults
/// depend on.
pub(crate) fn table_facts(schema: Option<&str>, table: &str) -> String {
    let schema_name = schema.map_or_else(|| "DATABASE()".to_owned(), text);
    let of_table = of_table(&schema_name, table);
    format!(
        "{};\n{};\n{}",
        whole(&format!(
            "SELECT CAST(@@version AS BINARY), @@max_allowed_packet, CAST({schema_name} AS BINARY), count(*) > 0, {IDENTITY}\n\
             FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {schema_name}"
        )),
        whole(&format!(
            "SELECT CAST(TABLE_SCHEMA AS BINARY), TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED'), CAST(t.ENGINE AS BINARY), \
             coalesce(e.TRANSACTIONS = 'YES', 0)\n\
             FROM information_schema.TABLES AS t LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE\n\
             WHERE {of_table}"
        )),
        columns_and_keys(&of_table),
    )
}

/// The server's version, its longest statement, the schema that is selected, and who it is, in one answer; whom it takes us for.
pub(crate) fn about_server(schema: Option<&str>) -> String {
    format!(
        "SELECT CAST(@@version AS BINARY), @@max_allowed_packet, CAST({} AS BINARY), 1, {IDENTITY}, \
         CAST(concat_ws(' ', current_user(), current_role()) AS BINARY)",
        schema.map_or_else(|| "DATABASE()".to_owned(), text)
    )
}

/// What a statement would find under the name of a table: a temporary one hides another, and the catalogue does not show it; where
/// there is none it is an error.
pub(crate) fn show_table(schema: Option<&str>, table: &str) -> String {
    format!("SHOW CREATE TABLE {}", qualified(schema, table))
}

/// The defaults of columns, as they are: the bytes of one after the other, of texts in UTF-8; NULL of a column that is NOT NULL if
/// the table has no rows.
pub(crate) fn exact_defaults(plan: &UpsertPlan<'_>, columns: impl IntoIterator<Item = (usize, bool)>) -> String {
    let each = columns.into_iter().map(|(column, is_text)| {
        let default = format!("DEFAULT(target.{})", quoted(plan.columns[column].name));
        if is_text {
            format!("CAST(CONVERT({default} USING utf8mb4) AS BINARY)")
        } else {
            format!("CAST({default} AS BINARY)")
        }
    });
    format!("SELECT {} FROM (SELECT 1) AS one LEFT JOIN {} AS target ON 1 = 1 LIMIT 1", join(each, ", "), table(plan))
}

/// A text or bytes, in hexadecimal digits.
pub(crate) fn literal_of(bytes: &[u8], is_text: bool) -> String {
    let digits = hexadecimal(bytes);
    if is_text { format!("(_utf8mb4 {digits})") } else { format!("({digits})") }
}

/// Whether a trigger fires when rows are updated, as far as it is shown.
pub(crate) fn has_update_trigger(schema: &str, table: &str) -> String {
    whole(&format!(
        "SELECT count(*) > 0 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {} \
         AND EVENT_OBJECT_TABLE = {} AND EVENT_MANIPULATION = 'UPDATE'",
        text(schema),
        text(table)
    ))
}

/// The names of the tables of a schema, or of the one that is selected.
pub(crate) fn tables(schema: Option<&str>) -> String {
    whole(&format!(
        "SELECT CAST(TABLE_NAME AS BINARY) FROM information_schema.TABLES\n\
         WHERE TABLE_SCHEMA = {} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')\nORDER BY TABLE_NAME LIMIT 1000000",
        schema.map_or_else(|| "DATABASE()".to_owned(), text)
    ))
}

/// Writes no row; but from then on, whoever would change the table waits for the transaction's end.
pub(crate) fn keep_as_it_is(plan: &UpsertPlan<'_>) -> String {
    format!(
        "INSERT INTO {} ({}) SELECT {} FROM DUAL WHERE 1 = 0",
        table(plan),
        list(plan, 0..plan.columns.len()),
        join(plan.columns.iter().map(|_| "NULL".to_owned()), ", "),
    )
}

/// What the columns and unique keys of the table are like now, in two answers.
pub(crate) fn table_now(plan: &UpsertPlan<'_>) -> String {
    let schema_name = plan.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    columns_and_keys(&of_table(&schema_name, &plan.table))
}

/// Asks whether the table has no index of this name, which the catalogue compares without case.
pub(crate) fn lacks_index(plan: &UpsertPlan<'_>, name: &str) -> String {
    let schema_name = plan.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    whole(&format!(
        "SELECT count(*) = 0 FROM information_schema.STATISTICS WHERE {} AND INDEX_NAME = {}",
        of_table(&schema_name, &plan.table),
        text(name)
    ))
}

/// Asks whether no index has these columns: in this order before all others, or, of a unique key, these and no others, and wholly.
pub(crate) fn lacks_index_of(plan: &UpsertPlan<'_>, columns: &[usize], unique: bool) -> String {
    let schema_name = plan.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    let each = plan.names(columns).enumerate().map(|(place, name)| {
        let place = if unique { String::new() } else { format!(" AND SEQ_IN_INDEX = {}", place + 1) };
        format!(" AND SUM(COLUMN_NAME = {}{place}) = 1", text(name))
    });
    let is_unique = if unique {
        format!("MAX(NON_UNIQUE) = 0 AND COUNT(SUB_PART) = 0 AND COUNT(*) = {}", columns.len())
    } else {
        format!("COUNT(*) >= {}", columns.len())
    };
    whole(&format!(
        "SELECT count(*) = 0 FROM (SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE {} GROUP BY INDEX_NAME \
         HAVING {is_unique}{}) AS found",
        of_table(&schema_name, &plan.table),
        join(each, ""),
    ))
}

/// Names in the catalogue are compared without case; whether tables are told apart by it depends on the server's disk.
fn of_table(schema_name: &str, table: &str) -> String {
    format!(
        "TABLE_SCHEMA = {schema_name} AND TABLE_NAME = {} \
         AND (@@lower_case_table_names <> 0 OR CAST(TABLE_NAME AS BINARY) = {})",
        text(table),
        hexadecimal(table)
    )
}

fn columns_and_keys(of_table: &str) -> String {
    format!(
        "{};\n{}",
        whole(&format!(
            "SELECT CAST(COLUMN_NAME AS BINARY), CAST(DATA_TYPE AS BINARY), CAST(COLUMN_TYPE AS BINARY), \
             CAST(CHARACTER_SET_NAME AS BINARY), CAST(COLLATION_NAME AS BINARY), CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, \
             NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE = 'YES', CAST(COLUMN_DEFAULT AS BINARY), CAST(EXTRA AS BINARY)\n\
             FROM information_schema.COLUMNS WHERE {of_table}\nORDER BY ORDINAL_POSITION LIMIT 100000"
        )),
        whole(&format!(
            "SELECT CAST(INDEX_NAME AS BINARY), CAST(COLUMN_NAME AS BINARY), SUB_PART IS NULL\n\
             FROM information_schema.STATISTICS WHERE {of_table} AND NON_UNIQUE = 0\n\
             ORDER BY INDEX_NAME, SEQ_IN_INDEX LIMIT 100000"
        )),
    )
}

/// What the bulk protocol of MariaDB depends on: its version, whether it logs statements as they are, which no session changes
/// within a transaction, and whether the table keeps no history.
pub(crate) fn about_bulk(plan: &UpsertPlan<'_>) -> String {
    let schema_name = plan.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    whole(&format!(
        "SELECT CAST(@@version AS BINARY), @@SESSION.binlog_format = 'STATEMENT', count(*) > 0\n\
         FROM information_schema.TABLES WHERE {} AND TABLE_TYPE = 'BASE TABLE'",
        of_table(&schema_name, &plan.table),
    ))
}

/// Whether a trigger may fill columns of new rows. Whoever does not have the privilege `TRIGGER` is shown none: then there may
/// be one. (A privilege that comes by a role is not seen here, and none is taken for granted.)
pub(crate) fn has_insert_trigger(schema: &str, table: &str) -> String {
    /// `'user'@'host'`, where the user's name may have an `@`.
    const OURS: &str = "PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = concat('''', \
        left(current_user(), char_length(current_user()) - 1 - char_length(substring_index(current_user(), '@', -1))), \
        '''@''', substring_index(current_user(), '@', -1), '''')";
    let (schema, table) = (text(schema), text(table));
    whole(&format!(
        "SELECT count(IF(is_trigger, 1, NULL)) > 0 OR count(IF(is_trigger, NULL, 1)) = 0\n\
         FROM (SELECT 1 AS is_trigger FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {schema} \
         AND EVENT_OBJECT_TABLE = {table} AND ACTION_TIMING = 'BEFORE' AND EVENT_MANIPULATION = 'INSERT'\n\
         UNION ALL SELECT 0 FROM information_schema.USER_PRIVILEGES WHERE {OURS}\n\
         UNION ALL SELECT 0 FROM information_schema.SCHEMA_PRIVILEGES WHERE {OURS} AND {schema} LIKE TABLE_SCHEMA\n\
         UNION ALL SELECT 0 FROM information_schema.TABLE_PRIVILEGES WHERE {OURS} AND TABLE_SCHEMA = {schema} \
         AND TABLE_NAME = {table}) AS found"
    ))
}

/// Whether a trigger is executed when rows are inserted, and so may write to other tables.
pub(crate) fn has_trigger_on_insert(plan: &UpsertPlan<'_>) -> String {
    has_trigger(plan, "'INSERT'")
}

/// Whether one is when rows are inserted or updated.
pub(crate) fn has_trigger_on_write(plan: &UpsertPlan<'_>) -> String {
    has_trigger(plan, "'INSERT', 'UPDATE'")
}

fn has_trigger(plan: &UpsertPlan<'_>, events: &str) -> String {
    whole(&format!(
        "SELECT count(*) > 0 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {} \
         AND EVENT_OBJECT_TABLE = {} AND EVENT_MANIPULATION IN ({events})",
        plan.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text),
        text(&plan.table)
    ))
}

/// Serialises the creation of tables of one name, for the connection that asks. A name is too long for the lock's.
pub(crate) fn lock_table_name(table: &str) -> String {
    format!("SELECT GET_LOCK({}, 86400)", lock_name(table))
}

pub(crate) fn unlock_table_name(table: &str) -> String {
    format!("DO RELEASE_LOCK({})", lock_name(table))
}

/// One after the other, by its name, for those who number many rows of a table at once: the server's own lock on its numbers is
/// taken in the middle of the statement, and crosses the locks of rows. The other statement gives it back.
pub(crate) fn lock_numbers(table: &str) -> String {
    format!("DO GET_LOCK({}, 86400)", name_of_numbers(table))
}

pub(crate) fn unlock_numbers(table: &str) -> String {
    format!("DO RELEASE_LOCK({})", name_of_numbers(table))
}

fn lock_name(table: &str) -> String {
    format!("concat('upsert create ', {})", digest(table))
}

fn name_of_numbers(table: &str) -> String {
    format!("concat('upsert number ', {})", digest(table))
}

/// A name of any length in 40 digits. (MySQL has no `sha1` any more, unless a component is installed.)
fn digest(name: &str) -> String {
    format!("left(sha2({}, 256), 40)", hexadecimal(name))
}

/// How long a change waits for a table that others use, in seconds. Everybody waits behind it.
pub(crate) const LONGEST_QUEUE_SECONDS: u32 = 10;

/// Has a table that others use waited for no longer than that; [`WAIT_AS_BEFORE`] restores it. (To MySQL the lesser of two
/// numbers is a decimal.)
pub(crate) const WAIT_SHORTLY: &str = "\
SET @upsert_lock_wait = @@SESSION.lock_wait_timeout, \
SESSION lock_wait_timeout = CAST(LEAST(@@SESSION.lock_wait_timeout, 10) AS UNSIGNED)";

pub(crate) const WAIT_AS_BEFORE: &str = "\
SET SESSION lock_wait_timeout = @upsert_lock_wait, @upsert_lock_wait = NULL";

/// Ends a connection, and what it is doing.
pub(crate) fn kill(connection: u32) -> String {
    format!("KILL CONNECTION {connection}")
}

fn text(name: &str) -> String {
    format!("_utf8mb4 {}", hexadecimal(name))
}

fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
    let mut out = String::from("x'");
    for byte in bytes.as_ref() {
        write!(out, "{byte:02x}").expect("a string takes all that is written to it");
    }
    out.push('\'');
    out
}
