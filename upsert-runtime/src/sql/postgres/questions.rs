//! What is asked of the server: about its catalogue, about transactions, about locks.

use super::{literal, quoted};
use crate::plan::UpsertPlan;

/// Serialises the creation of tables of one name: `IF NOT EXISTS` alone races, and the loser fails with 23505 on
/// `pg_type_typname_nsp_index`. `$1` is the table's name; the lock goes with the transaction.
pub(crate) const LOCK_TABLE_NAME: &str =
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('upsert create ' || $1, 0))";

/// The same for schemas of one name, `$1`.
pub(crate) const LOCK_SCHEMA_NAME: &str =
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('upsert create schema ' || $1, 0))";

/// Serialises changes of tables that are there, whatever their names.
pub(crate) const LOCK_CHANGES: &str =
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('upsert change', 0))";

/// How long a lock is waited for, in milliseconds; 0 for ever.
pub(crate) const LOCK_TIMEOUT: &str =
    "SELECT setting::pg_catalog.int8 FROM pg_catalog.pg_settings WHERE name = 'lock_timeout'";

/// Whether the transaction sees nothing of what others commit after it has begun.
pub(crate) const KEEPS_SNAPSHOT: &str =
    "SELECT pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')";

/// What has to be said again when the types of columns are changed: of each column of table `$2` in schema `$1` its name, its
/// collation if it is not the type's own, the sequence that belongs to it (of a `serial`; that of an identity follows by itself)
/// with its type, and how its values are stored, where that is not the type's own way (compression is a column's from version 14 on).
pub(crate) const COLUMN_DEFINITIONS: &str = "\
SELECT a.attname::pg_catalog.text,
    (
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
        FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
        WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation
    ),
    (
        SELECT ARRAY[
            pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.relname),
            pg_catalog.format_type(q.seqtypid, NULL)
        ]
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a'
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
        LIMIT 1
    ),
    pg_catalog.array_remove(ARRAY[
        CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' || CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED'
        END END,
        CASE pg_catalog.to_jsonb(a) ->> 'attcompression'
            WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4'
        END
    ], NULL)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE n.nspname = $1 AND c.relname = $2";

/// What checks one column of table `$2` in schema `$1`: the column's name, the same as SQL, the constraint's name, what it says,
/// whether it is the table's own to drop and nothing but what it says, and its comment. Where a backslash is an escape in texts, the server doubles it.
pub(crate) const COLUMN_CHECKS: &str = "\
SELECT a.attname::pg_catalog.text, pg_catalog.quote_ident(a.attname), o.conname::pg_catalog.text,
    CASE pg_catalog.current_setting('standard_conforming_strings')
        WHEN 'on' THEN pg_catalog.pg_get_constraintdef(o.oid)
        ELSE pg_catalog.replace(
            pg_catalog.pg_get_constraintdef(o.oid), pg_catalog.repeat(pg_catalog.chr(92), 2), pg_catalog.chr(92)
        )
    END,
    o.coninhcount = 0 AND o.convalidated AND NOT o.connoinherit, pg_catalog.obj_description(o.oid, 'pg_constraint')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint AS o ON o.conrelid = c.oid AND o.contype = 'c' AND pg_catalog.cardinality(o.conkey) = 1
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = o.conkey[1]
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY o.conname";

/// The columns of each key of table `$2` in schema `$1` by which rows can be found; no row of a view.
pub(crate) const UNIQUE_KEYS: &str = "\
SELECT ARRAY(
    SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])
)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid
WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indisvalid AND i.indimmediate
  AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL";

/// Whether table `$2` in schema `$1` is one, and no view.
pub(crate) const IS_TABLE: &str = "\
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
)";

/// The tables of the schema `$1`, or of the first on the search path; partitions are their table's own.
pub(crate) const TABLES: &str = "\
SELECT c.relname::pg_catalog.text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce($1, pg_catalog.current_schema()) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1";

/// Where a table is created whose schema nobody named, never among the temporary ones; no row where that is nowhere.
pub(crate) const CURRENT_SCHEMA: &str = "\
SELECT n.nspname::pg_catalog.text
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY (pg_catalog.current_schemas(false)) AND n.oid <> pg_catalog.pg_my_temp_schema()
ORDER BY pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
LIMIT 1";

/// Whether there is a schema `$1`. The one of temporary tables comes with the first of them.
pub(crate) const HAS_SCHEMA: &str = "\
SELECT $1 = 'pg_temp' OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)";

/// Tells whether no transaction is open: outside one, a query of the simple protocol begins at the time of its statement.
pub(crate) const IS_IDLE: &str = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp()";

/// Tells as [`IS_IDLE`] does whether no transaction is open but the one that this message begins; and by what that can be asked
/// for later (see [`TRANSACTION_STATUS`]): its id, when the server was started, when the transaction began.
macro_rules! about_transaction {
    () => {
        "SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), pg_catalog.pg_current_xact_id(),
    extract(epoch FROM pg_catalog.pg_postmaster_start_time()), extract(epoch FROM pg_catalog.now())"
    };
}

/// Begins a transaction, and tells about it. It is one message, and so one round trip; a `BEGIN` behind other statements of a
/// message makes them part of its transaction.
pub(crate) const BEGIN: &str = concat!(about_transaction!(), ";\nBEGIN");

/// The same with a level of its own, which is refused behind a question where the session's is another one: that has a snapshot.
/// So it stands in front. What somebody left open takes the level over, or refuses it, and is found out either way.
pub(crate) const BEGIN_READ_COMMITTED: &str = concat!("BEGIN ISOLATION LEVEL READ COMMITTED;\n", about_transaction!());

/// What became of the transaction whose id is `$1`, on the server that was started at `$2`, begun at `$3`: its status
/// (`in progress`, `committed`, `aborted`, NULL if that is too long ago), whether the server is certain to have run all the
/// time, and whether the transaction is open (another one that has its id now was begun at another time). No row on a standby, which may not have heard of it.
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
        SELECT FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'transactionid' AND l.transactionid = $1::pg_catalog.xid8::pg_catalog.xid AND l.granted
          AND coalesce(extract(epoch FROM a.xact_start)::pg_catalog.text = $3, true)
    )
FROM pg_catalog.pg_stat_archiver
WHERE NOT pg_catalog.pg_is_in_recovery()";

/// Ends the connection of the transaction whose id is `$1`, begun at `$2`, if it waits for its client to say more: the client
/// is gone. Both, because after a crash another transaction may have the id.
pub(crate) const END_IDLE_TRANSACTION: &str = "\
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid
  AND extract(epoch FROM xact_start)::pg_catalog.text = $2
  AND state = 'idle in transaction'";

/// Ends the connection of the transaction whose id is `$1`, begun at `$2`, whatever it is doing.
pub(crate) const END_TRANSACTION: &str = "\
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid
  AND extract(epoch FROM xact_start)::pg_catalog.text = $2";

/// What the table is like: one row for each of its columns. `$1` is its name, `$2` its schema or NULL, `$3` the sorted
/// columns of the conflict target. A temporary table of the same name is found only when its schema is named as `pg_temp`.
///
/// Those behind the type's say whether the column takes no values, because the database generates them; whether it is NOT
/// NULL, and no trigger might fill it (also one of a partition); whether it has a default; and, at one of the key's columns, whether each unique
/// index that has exactly these is looked at with each statement. Then comes what [`COLUMNS_NOW`] tells too, whether a
/// rule of the table's rewrites inserts or updates, and whether the column may be NULL.
///
/// It is asked where [`ordinary_table`] does not tell. What an enum has, and what lies beneath a domain or an array, is told by
/// [`TYPES_BENEATH`]. Most of its time goes into its plan, whose joins and subqueries are few for that reason; 0 and 100 stand
/// for no collation and the database's own, which is deterministic.
pub(crate) const TABLE_FACTS: &str = "\
SELECT c.nspname::pg_catalog.text, c.relkind = 'r', a.attname::pg_catalog.text, t.oid, a.atttypmod,
    t.typtype IN ('d', 'e') OR t.typcategory = 'A',
    a.attcollation IN (0, 100) OR (
        SELECT l.collisdeterministic FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation
    ),
    pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.attgenerated <> '' OR a.attidentity = 'a',
    c.relkind IN ('r', 'p') AND (a.attnotnull OR t.typnotnull) AND NOT (
        (c.relhastriggers OR c.relkind = 'p') AND EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS g
            WHERE g.tgrelid = ANY (CASE c.relkind
                WHEN 'p' THEN ARRAY(SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(c.oid))
                ELSE ARRAY[c.oid]
            END) AND NOT g.tgisinternal AND g.tgtype & 7 = 7
        )
    ),
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
    CASE WHEN c.relkind IN ('r', 'p') AND a.attname = ($3)[1] THEN ARRAY(
        SELECT i.indimmediate::pg_catalog.int4 + 2 * EXISTS (
            SELECT FROM pg_catalog.pg_collation AS o
            WHERE o.oid = ANY (i.indcollation::pg_catalog.oid[]) AND NOT o.collisdeterministic
              AND o.oid <> ALL (k.collations)
        )::pg_catalog.int4
        FROM pg_catalog.pg_index AS i
        CROSS JOIN LATERAL (
            SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attname), pg_catalog.array_agg(a.attcollation)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])
        ) AS k(names, collations)
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
          AND i.indpred IS NULL AND i.indexprs IS NULL AND k.names = $3
    ) END,
    a.attcollation,
    c.relhasrules AND c.relkind IN ('r', 'p') AND EXISTS (
        SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3')
    ),
    NOT (a.attnotnull OR t.typnotnull),
    CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END
FROM (
    SELECT c.oid, c.relkind, c.relhastriggers, c.relhasrules, n.nspname
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
) AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid";

/// The same of what most tables are, ordinary ones, for a fifth of the time: almost all of that goes into the plan, and here
/// nothing is joined but the columns. Types and collations stay numbers, for those of the server's own are known. No row of what
/// is something else, has rules, or stands behind a temporary table of its name: of that, [`TABLE_FACTS`] tells.
///
/// It has no parameters, so that it can stand in a message with others. Unique indexes are told at a column of the key: whether
/// they are looked at with each statement, how many columns tell rows apart, the numbers of all, their collations.
pub(crate) fn ordinary_table(plan: &UpsertPlan<'_>, asked: Asked) -> String {
    let table = literal(&plan.table);
    let (schema, found) = match plan.schema.as_deref().map(literal) {
        Some(schema) => {
            let of_schema = format!("(SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = {schema})");
            (schema, format!("c.relnamespace = {of_schema}"))
        }
        // What it finds behind tables of the system, or is a temporary one, is not what is found without them.
        None => (
            "(SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = c.relnamespace)".to_owned(),
            format!(
                "c.oid = pg_catalog.to_regclass({}) AND c.relnamespace <> pg_catalog.pg_my_temp_schema() \
                 AND c.relnamespace <> 11",
                literal(&quoted(&plan.table))
            ),
        ),
    };
    let key = literal(plan.columns[plan.key[0]].name);
    let only = match asked {
        Asked::InAnyCase => "",
        Asked::OutsideTransactions => "\n  AND pg_catalog.now() = pg_catalog.statement_timestamp()",
    };
    format!(
        "SELECT {schema}, c.relhastriggers, a.attname, a.attnum, a.atttypid, a.atttypmod, a.attcollation,\n    \
             pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' OR a.attidentity = 'a', a.attnotnull,\n    \
             a.atthasdef OR a.attidentity <> '',\n    \
             CASE WHEN a.attname = {key} THEN coalesce((\n        \
                 SELECT pg_catalog.string_agg(pg_catalog.concat_ws(\n            \
                     ';', i.indimmediate::pg_catalog.int4, i.indnkeyatts, i.indkey, i.indcollation\n        \
                 ), ',')\n        \
                 FROM pg_catalog.pg_index AS i\n        \
                 WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion\n          \
                   AND i.indpred IS NULL AND i.indexprs IS NULL\n    \
             ), '') END\n\
         FROM pg_catalog.pg_class AS c\n\
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped\n\
         WHERE {found}\n  \
           AND c.relname = {table} AND c.relkind = 'r' AND NOT c.relhasrules{only}"
    )
}

/// When a question is to be answered. Before it is known whether somebody's transaction is open, nothing is asked in it that
/// might be refused, for that would end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    InAnyCase,
    OutsideTransactions,
}

/// What the columns of the table with the quoted name `$1` are like now; no row if there is none. Asked behind a statement that
/// writes to the table, it tells what that one has met: whoever would change the table waits for the transaction's end. But in a
/// transaction that keeps its snapshot, which is the last column, it tells what the snapshot has.
pub(crate) const COLUMNS_NOW: &str = "\
SELECT a.attname::pg_catalog.text, a.atttypid, a.atttypmod, a.attcollation, a.attgenerated <> '' OR a.attidentity = 'a',
    pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

/// Whether the table `$1` of the schema `$2` (or NULL) is there, and only newer than the snapshot of the open transaction, so
/// that [`TABLE_FACTS`] does not see it: names are looked up as of now. Where the schema may not be used, that would be an
/// error.
pub(crate) const IS_NEWER_THAN_SNAPSHOT: &str = "\
SELECT pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable') AND EXISTS (
    SELECT
    FROM pg_catalog.unnest(CASE
        WHEN $2 IS NULL THEN pg_catalog.current_schemas(false)::pg_catalog.text[]
        ELSE ARRAY[$2]
    END) AS schemas(name)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident(name)), 'USAGE')
        THEN pg_catalog.to_regclass(pg_catalog.quote_ident(name) || '.' || pg_catalog.quote_ident($1))::pg_catalog.oid
    END) AS now(oid)
    WHERE now.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = now.oid)
)";

/// What lies beneath domains and arrays, one in the other however deep: of each of the types `$1`, the last (its own, of an
/// enum), the one modifier on the way that is one, and whether an array was on it. Of an enum its schema, name and labels.
pub(crate) const TYPES_BENEATH: &str = "\
WITH RECURSIVE chain(type, beneath, modifier, arrays, step) AS (
    SELECT type, type, -1, 0, 0 FROM pg_catalog.unnest($1) AS types(type)
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

/// Whether triggers may change the rows of the partitioned table `$2` in schema `$1`, as they are written: its own, or
/// those of a partition. Of what is neither a table nor partitioned nobody knows.
pub(crate) const MAY_CHANGE_ROWS: &str = "\
SELECT c.relkind <> 'p' OR EXISTS (
    SELECT
    FROM pg_catalog.pg_trigger AS g
    WHERE g.tgrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)) AND NOT g.tgisinternal
      AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0
)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2";

/// What stands in for values that rows do not have: of each column of table `$2` in schema `$1` that has something, its
/// name, that in SQL, and whether it takes no other value.
///
/// It is of the column's own type. The default of a `timestamp` may be `now()`, which has a zone; and beside it the values
/// of rows would take one for a moment, in which some have no place.
pub(crate) const COLUMN_DEFAULTS: &str = "\
SELECT a.attname::pg_catalog.text,
    CASE WHEN a.attidentity = ''
        THEN pg_catalog.format('(%s)::%s', pg_catalog.pg_get_expr(d.adbin, d.adrelid), pg_catalog.format_type(a.atttypid, -1))
        ELSE pg_catalog.format('pg_catalog.nextval(%s::pg_catalog.regclass)', (
            SELECT s.objid
            FROM pg_catalog.pg_depend AS s
            WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.deptype = 'i'
              AND s.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
              AND s.refobjid = c.oid AND s.refobjsubid = a.attnum
        ))
    END,
    a.attidentity = 'a',
    CASE WHEN a.attidentity = '' THEN pg_catalog.format_type(a.atttypid, -1) END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = $1 AND c.relname = $2 AND (a.attidentity <> '' OR a.atthasdef AND a.attgenerated = '')";

/// Whether a foreign key, and any other of its name, is no table's of itself.
pub(crate) fn refers_to_others(key: &str) -> String {
    format!(
        "SELECT coalesce(pg_catalog.bool_and(o.conrelid <> o.confrelid), false)\n\
         FROM pg_catalog.pg_constraint AS o WHERE o.contype = 'f' AND o.conname = {}",
        literal(key)
    )
}
