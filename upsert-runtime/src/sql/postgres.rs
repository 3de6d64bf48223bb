//! Statements for PostgreSQL. Names are qualified and quoted; values are parameters; a table in `pg_temp` cannot stand
//! in for the target, because the target's schema is always written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{join, list, literal, qualified, quoted};
use crate::options::{OnConflict, Unchanged};
use crate::plan::{Comparison, Sent, UpsertPlan};
use crate::schema::{Column, ColumnType};

/// The name of a column type's own type.
fn type_name(column_type: ColumnType) -> Cow<'static, str> {
    let name = match column_type {
        // A modifier would be looked at as the elements' own.
        ColumnType::Array(ColumnType::UnsignedBigInt | ColumnType::HugeInt | ColumnType::UnsignedHugeInt) => {
            "numeric[]"
        }
        ColumnType::Array(element) => return format!("{}[]", type_name(*element)).into(),
        ColumnType::Bool => "boolean",
        ColumnType::SmallInt => "smallint",
        ColumnType::Integer => "integer",
        ColumnType::BigInt | ColumnType::Duration => "bigint",
        ColumnType::UnsignedBigInt => "numeric(20, 0)",
        ColumnType::HugeInt | ColumnType::UnsignedHugeInt => "numeric(39, 0)",
        ColumnType::Real => "real",
        ColumnType::Double => "double precision",
        ColumnType::Decimal => "numeric",
        ColumnType::Text => "text",
        ColumnType::Bytes => "bytea",
        ColumnType::Date => "date",
        ColumnType::Time => "time without time zone",
        ColumnType::Timestamp => "timestamp without time zone",
        ColumnType::TimestampTz => "timestamp with time zone",
        ColumnType::Uuid => "uuid",
        ColumnType::Inet => "inet",
        ColumnType::Json => "jsonb",
    };
    name.into()
}

/// The type that a column is created with.
fn created_type(plan: &UpsertPlan<'_>, column: &Column<'_>) -> Cow<'static, str> {
    let enum_type = column.enum_type.and_then(|enum_type| enum_type.postgres);
    match (column.sql_types.postgres, enum_type, column.column_type, column.max_len) {
        (Some(sql_type), ..) => sql_type.to_owned().into(),
        (None, Some(name), ..) => qualified(plan.schema.as_deref(), name).into(),
        (None, None, ColumnType::Text, Some(max_len)) => format!("character varying({max_len})").into(),
        (None, None, column_type, _) => type_name(column_type),
    }
}

/// Creates the enum types that are missing; several tables may have them, and ask at once: all in one order.
fn create_enum_types(plan: &UpsertPlan<'_>) -> String {
    let named = plan.columns.iter().filter_map(|column| Some((column.enum_type?.postgres?, column.enum_type?.labels)));
    let created = BTreeMap::from_iter(named).into_iter().map(|(name, labels)| {
        let name = qualified(plan.schema.as_deref(), name);
        let labels = join(labels.iter().map(|label| literal(label)), ", ");
        let create = format!("CREATE TYPE {name} AS ENUM ({labels})");
        // What else has that name is no enum of anybody's.
        let is_enum = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = {}::pg_catalog.regtype AND typtype = 'e')",
            literal(&name)
        );
        let block = format!(
            "BEGIN {create}; EXCEPTION WHEN duplicate_object OR unique_violation THEN IF NOT {is_enum} THEN RAISE; END IF; END"
        );
        format!("DO {};\n", literal(&block))
    });
    created.collect()
}

/// `CHECK` of a column that holds the labels of an enum as text.
fn check(column: &Column<'_>) -> String {
    match column.enum_type {
        Some(enum_type) if enum_type.postgres.is_none() => super::check_labels(column, enum_type),
        _ => String::new(),
    }
}

pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    let columns = join(
        plan.columns.iter().map(|column| {
            let null = if column.nullable { "" } else { " NOT NULL" };
            format!("    {} {}{null}{},\n", quoted(column.name), created_type(plan, column), check(column))
        }),
        "",
    );
    let unique = if plan.key == plan.primary_key {
        String::new()
    } else {
        format!(",\n    UNIQUE ({})", list(plan.names(&plan.key)))
    };
    format!(
        "{}CREATE TABLE IF NOT EXISTS {} (\n{columns}    PRIMARY KEY ({}){unique}\n)",
        create_enum_types(plan),
        plan.name(),
        list(plan.names(plan.primary_key)),
    )
}

/// Serialises the creation of tables of one name: `IF NOT EXISTS` alone races, and the loser fails with 23505 on
/// `pg_type_typname_nsp_index`. `$1` is the table's name; the lock goes with the transaction.
pub(crate) const LOCK_TABLE_NAME: &str =
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('upsert create ' || $1, 0))";

/// Where a table is created whose schema nobody named; NULL where that is nowhere.
pub(crate) const CURRENT_SCHEMA: &str = "SELECT pg_catalog.current_schema()::pg_catalog.text";

/// Tells whether no transaction is open: outside one, a query of the simple protocol begins at the time of its statement.
pub(crate) const IS_IDLE: &str = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp()";

/// Begins a transaction, and tells as [`IS_IDLE`] does whether none was open before. Tells as well by what it can be asked
/// for later (see [`TRANSACTION_STATUS`]): its id, when the server was started, when the transaction began. It is one
/// message, and so one round trip; a `BEGIN` behind other statements of a message makes them part of its transaction.
pub(crate) const BEGIN: &str = "\
SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), pg_catalog.pg_current_xact_id(),
    extract(epoch FROM pg_catalog.pg_postmaster_start_time()), extract(epoch FROM pg_catalog.now());
BEGIN";

/// What became of the transaction whose id is `$1`, on the server that was started at `$2`, begun at `$3`: its status
/// (`in progress`, `committed`, `aborted`, NULL if that is too long ago), whether the server is certain to have run all the
/// time, and whether a transaction with this id is open. No row on a standby, which may not have heard of it.
///
/// An id that was never written to disk is given to another transaction after a crash. A crash that the server outlives
/// (a backend was killed) does not change when it was started, but throws its statistics away; so may somebody.
pub(crate) const TRANSACTION_STATUS: &str = "\
SELECT CASE
        WHEN $1::pg_catalog.xid8 < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
        THEN pg_catalog.pg_xact_status($1::pg_catalog.xid8)
        ELSE 'in progress'
    END,
    coalesce(
        extract(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text = $2
        AND extract(epoch FROM stats_reset)::pg_catalog.numeric < $3::pg_catalog.numeric,
        false
    ),
    EXISTS (
        SELECT FROM pg_catalog.pg_locks
        WHERE locktype = 'transactionid' AND transactionid = $1::pg_catalog.xid8::pg_catalog.xid AND granted
    )
FROM pg_catalog.pg_stat_archiver
WHERE NOT pg_catalog.pg_is_in_recovery()";

/// Ends the connection whose transaction has the id `$1`, if it waits for its client to say more: the client is gone.
pub(crate) const END_IDLE_TRANSACTION: &str = "\
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid AND state = 'idle in transaction'";

/// Ends the connection of the transaction whose id is `$1`, begun at `$2`, whatever it is doing. Both, because after a crash
/// another transaction may have the id.
pub(crate) const END_TRANSACTION: &str = "\
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid
  AND extract(epoch FROM xact_start)::pg_catalog.text = $2";

/// What the table is like: one row for each of its columns. `$1` is its name, `$2` its schema or NULL. A temporary
/// table of the same name is found only when its schema is named as `pg_temp`.
///
/// It is asked in every call, and so asks nothing that few tables need: what lies beneath a domain or an array is told by
/// [`TYPES_BENEATH`].
pub(crate) const TABLE_FACTS: &str = "\
SELECT n.nspname::pg_catalog.text, c.relkind = 'r', a.attname::pg_catalog.text, t.oid, a.atttypmod,
    t.typtype = 'd' OR t.typcategory = 'A',
    coalesce(l.collisdeterministic, true), pg_catalog.format_type(a.atttypid, a.atttypmod),
    CASE WHEN t.typtype = 'e' THEN tn.nspname::pg_catalog.text END, t.typname::pg_catalog.text,
    ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
WHERE c.oid = (
    SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'f')
      AND CASE
          WHEN $2 = 'pg_temp' THEN n.oid = pg_catalog.pg_my_temp_schema()
          WHEN $2 IS NOT NULL THEN n.nspname = $2
          ELSE n.nspname = ANY (pg_catalog.current_schemas(false)) AND n.oid <> pg_catalog.pg_my_temp_schema()
      END
    ORDER BY pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
    LIMIT 1
)";

/// Whether the table `$1` of the schema `$2` (or NULL) is there, and only newer than the snapshot of the open transaction, so
/// that [`TABLE_FACTS`] does not see it: names are looked up as of now. Where the schema may not be used, that would be an
/// error.
pub(crate) const IS_NEWER_THAN_SNAPSHOT: &str = "\
SELECT pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable') AND EXISTS (
    SELECT
    FROM unnest(CASE
        WHEN $2 IS NULL THEN pg_catalog.current_schemas(false)::pg_catalog.text[]
        ELSE ARRAY[$2]
    END) AS schemas(name)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident(name)), 'USAGE')
        THEN pg_catalog.to_regclass(pg_catalog.quote_ident(name) || '.' || pg_catalog.quote_ident($1))::pg_catalog.oid
    END) AS now(oid)
    WHERE now.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = now.oid)
)";

/// What lies beneath domains and arrays, one in the other however deep: of each of the types `$1`, the last, the one
/// modifier on the way that is one, and whether an array was on it.
pub(crate) const TYPES_BENEATH: &str = "\
WITH RECURSIVE chain(type, beneath, modifier, arrays, step) AS (
    SELECT type, type, -1, 0, 0 FROM unnest($1) AS types(type)
    UNION ALL
    SELECT chain.type, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
        CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE chain.modifier END,
        chain.arrays + CASE WHEN t.typtype = 'd' THEN 0 ELSE 1 END,
        chain.step + 1
    FROM chain JOIN pg_catalog.pg_type AS t ON t.oid = chain.beneath
    WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0
)
SELECT DISTINCT ON (chain.type) chain.type, t.oid, chain.modifier, chain.arrays > 0,
    CASE WHEN t.typtype = 'e' THEN tn.nspname::pg_catalog.text END, t.typname::pg_catalog.text,
    ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
FROM chain
JOIN pg_catalog.pg_type AS t ON t.oid = chain.beneath
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
ORDER BY chain.type, chain.step DESC";

/// How a statement tells what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The number in its command tag is what it inserted.
    ByTag,
    /// It returns one row: inserted, updated.
    ByRow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upsert {
    pub(crate) sql: String,
    pub(crate) told: Told,
}

/// Writes a chunk: parameter n is an array with the values of column n. Functions in the select list are read in
/// lockstep; in FROM each array would first be stored by itself, for a fifth to a third more of the server's time.
pub(crate) fn upsert(plan: &UpsertPlan<'_>) -> Upsert {
    insert(plan, &parameters(plan))
}

fn parameters(plan: &UpsertPlan<'_>) -> String {
    let columns = (0..plan.columns.len()).map(|column| received(plan, column, format!("unnest(${})", column + 1)));
    format!("SELECT {}", join(columns, ", "))
}

/// A value that was sent, as the column takes it.
fn received(plan: &UpsertPlan<'_>, column: usize, sent: String) -> String {
    match &plan.column_facts[column].sent {
        Sent::Cast(sql_type) => format!("{sent}::{sql_type}"),
        Sent::AsItIs | Sent::AsInterval | Sent::AsDigits | Sent::Shortest => sent,
    }
}

/// The same in two statements, for tables whose rows do not tell whether they were inserted (partitioned ones): the
/// first inserts what is missing, and its tag tells how many.
pub(crate) fn insert_missing(plan: &UpsertPlan<'_>) -> Upsert {
    upsert(&missing_only(plan))
}

fn missing_only<'s>(plan: &UpsertPlan<'s>) -> UpsertPlan<'s> {
    UpsertPlan { updates: Vec::new(), ..plan.clone() }
}

/// The second updates the rest, those of the first included where nothing keeps them apart; its tag tells how many.
pub(crate) fn update_rest(plan: &UpsertPlan<'_>) -> String {
    insert_statement(plan, &parameters(plan))
}

fn insert(plan: &UpsertPlan<'_>, rows: &str) -> Upsert {
    let statement = insert_statement(plan, rows);
    if plan.updates.is_empty() {
        return Upsert { sql: statement, told: Told::ByTag };
    }
    Upsert {
        sql: format!(
            "WITH written AS (\n\
             {statement}\n\
             RETURNING xmax = 0 AS inserted\n\
             )\n\
             SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted) FROM written"
        ),
        told: Told::ByRow,
    }
}

fn insert_statement(plan: &UpsertPlan<'_>, rows: &str) -> String {
    format!(
        "INSERT INTO {} AS target ({})\n{rows}{}",
        plan.name(),
        list(plan.columns.iter().map(|column| column.name)),
        on_conflict(plan),
    )
}

fn on_conflict(plan: &UpsertPlan<'_>) -> String {
    let target = list(plan.names(&plan.key));
    match plan.on_conflict {
        OnConflict::Error => String::new(),
        _ if plan.updates.is_empty() => format!("\nON CONFLICT ({target}) DO NOTHING"),
        OnConflict::Ignore | OnConflict::Update => {
            let set = plan.names(&plan.updates).map(|name| format!("{0} = EXCLUDED.{0}", quoted(name)));
            let skip = match plan.unchanged {
                Unchanged::Skip => format!("\nWHERE {}", would_change(plan)),
                Unchanged::Rewrite => String::new(),
            };
            format!("\nON CONFLICT ({target}) DO UPDATE SET {}{skip}", join(set, ", "))
        }
    }
}

/// Whether the row that is there differs, in a column that would be set, from the one that would be written.
fn would_change(plan: &UpsertPlan<'_>) -> String {
    let compared = |wanted: fn(Comparison) -> bool| {
        plan.updates
            .iter()
            .filter(move |&&column| wanted(plan.column_facts[column].comparison))
            .map(|&column| quoted(plan.columns[column].name))
            .collect::<Vec<_>>()
    };
    let mut conditions = Vec::new();

    let by_equality = compared(|comparison| !comparison.is_by_image());
    match by_equality.as_slice() {
        [] => {}
        [name] => conditions.push(format!("target.{name} IS DISTINCT FROM EXCLUDED.{name}")),
        names => conditions.push(format!("{} IS DISTINCT FROM {}", row("target", names), row("EXCLUDED", names))),
    }
    for name in compared(|comparison| comparison == Comparison::SignedZero) {
        conditions.push(format!(
            "(target.{name} = 0 AND target.{name}::pg_catalog.text <> EXCLUDED.{name}::pg_catalog.text)"
        ));
    }
    let by_image = compared(Comparison::is_by_image);
    if !by_image.is_empty() {
        conditions.push(format!(
            "{}::record OPERATOR(pg_catalog.*<>) {}::record",
            row("target", &by_image),
            row("EXCLUDED", &by_image)
        ));
    }
    join(conditions, " OR ")
}

fn row(of: &str, names: &[String]) -> String {
    format!("ROW({})", join(names.iter().map(|name| format!("{of}.{name}")), ", "))
}

/// Statements around the staging table. Its columns are `c0`, `c1`, … of the types that are sent, and `ord`, the number
/// of the row in the input.
pub(crate) struct Stage<'p, 's> {
    pub(crate) plan: &'p UpsertPlan<'s>,
}

impl Stage<'_, '_> {
    pub(crate) fn create(&self) -> String {
        let columns = self.plan.columns.iter().enumerate();
        format!(
            "CREATE TEMPORARY TABLE {} (ord bigint, {}) ON COMMIT DROP",
            self.stage(),
            join(columns.map(|(number, column)| format!("c{number} {}", self.staged_type(number, column))), ", ")
        )
    }

    fn staged_type(&self, number: usize, column: &Column<'_>) -> Cow<'static, str> {
        match self.plan.column_facts[number].sent {
            Sent::AsInterval => "interval".into(),
            Sent::AsItIs | Sent::Cast(_) | Sent::AsDigits | Sent::Shortest => type_name(column.column_type),
        }
    }

    pub(crate) fn copy(&self) -> String {
        format!("COPY {} (ord, {}) FROM STDIN (FORMAT binary)", self.stage(), self.own_columns())
    }

    /// For keys that are equal to the database but not to Rust.
    pub(crate) fn convert(&self) -> String {
        let plan = self.plan;
        let renamed =
            plan.columns.iter().enumerate().map(|(number, column)| format!("{} AS c{number}", quoted(column.name)));
        format!(
            "CREATE TEMPORARY TABLE {converted} ON COMMIT DROP AS SELECT 0::bigint AS ord, {} FROM {} WITH NO DATA;\n\
             INSERT INTO {converted} SELECT ord, {} FROM {}",
            join(renamed, ", "),
            plan.name(),
            join((0..plan.columns.len()).map(|column| received(plan, column, format!("c{column}"))), ", "),
            self.stage(),
            converted = self.converted(),
        )
    }

    /// A pair of rows with the same key: the later one, the earlier one.
    pub(crate) fn repeated(&self) -> String {
        let key = self.key();
        format!(
            "SELECT ord, earlier FROM (SELECT ord, lag(ord) OVER (PARTITION BY {key} ORDER BY ord) AS earlier FROM {}) AS keys\n\
             WHERE earlier IS NOT NULL ORDER BY ord LIMIT 1",
            self.rows()
        )
    }

    /// How many different keys there are, and how many rows.
    pub(crate) fn count_keys(&self) -> String {
        format!(
            "SELECT (SELECT count(*) FROM (SELECT DISTINCT {} FROM {rows}) AS keys), (SELECT count(*) FROM {rows})",
            self.key(),
            rows = self.rows()
        )
    }

    /// Writes what is staged, in key order, repeated keys folded.
    pub(crate) fn upsert(&self) -> Upsert {
        insert(self.plan, &self.folded())
    }

    /// As [`insert_missing`].
    pub(crate) fn insert_missing(&self) -> Upsert {
        insert(&missing_only(self.plan), &self.folded())
    }

    /// As [`update_rest`].
    pub(crate) fn update_rest(&self) -> String {
        insert_statement(self.plan, &self.folded())
    }

    pub(crate) fn drop(&self) -> String {
        if self.plan.exact_keys {
            format!("DROP TABLE {}", self.stage())
        } else {
            format!("DROP TABLE {}, {}", self.stage(), self.converted())
        }
    }

    /// One row for each key, in key order.
    fn folded(&self) -> String {
        let plan = self.plan;
        let (key, rows) = (self.key(), self.rows());
        if plan.on_conflict == OnConflict::Error {
            let columns = (0..plan.columns.len()).map(|column| received(plan, column, format!("c{column}")));
            return format!("SELECT {} FROM {rows}\nORDER BY {key}", join(columns, ", "));
        }
        let latest = plan.on_conflict == OnConflict::Update;
        // Keys that are equal and not identical (1.5 and 1.50): the first one is inserted, and stays.
        let is_identical = |column: usize| {
            plan.exact_keys && plan.key.contains(&column) && plan.columns[column].column_type != ColumnType::Decimal
        };
        let from_first = |column: usize| latest && !plan.takes_latest(column) && !is_identical(column);
        let columns = (0..plan.columns.len()).map(|column| {
            let first = from_first(column);
            let own = if first { format!("first_value(c{column}) OVER same_key") } else { format!("c{column}") };
            received(plan, column, own)
        });
        let window = if (0..plan.columns.len()).any(from_first) {
            format!("\nWINDOW same_key AS (PARTITION BY {key} ORDER BY ord)")
        } else {
            String::new()
        };
        let winner = if latest { "ord DESC" } else { "ord" };
        format!("SELECT DISTINCT ON ({key}) {} FROM {rows}{window}\nORDER BY {key}, {winner}", join(columns, ", "))
    }

    /// The staging table, in the session's own schema.
    fn stage(&self) -> String {
        format!("pg_temp.upsert_stage_{}", self.plan.call)
    }

    /// The rows once more, converted to the types of the target, where only those can tell which keys are equal.
    fn converted(&self) -> String {
        format!("pg_temp.upsert_converted_{}", self.plan.call)
    }

    fn rows(&self) -> String {
        if self.plan.exact_keys { self.stage() } else { self.converted() }
    }

    fn own_columns(&self) -> String {
        join((0..self.plan.columns.len()).map(|column| format!("c{column}")), ", ")
    }

    /// The key, in the order that rows in memory are sorted in: text by its bytes.
    fn key(&self) -> String {
        let plan = self.plan;
        join(
            plan.key.iter().map(|&column| match plan.columns[column].column_type {
                ColumnType::Text if plan.exact_keys => format!("c{column} COLLATE \"C\""),
                _ => format!("c{column}"),
            }),
            ", ",
        )
    }
}
