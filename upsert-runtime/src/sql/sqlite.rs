//! Statements for SQLite. Names are qualified and quoted; values are parameters. Quoted names stand only where SQLite
//! cannot take them for text (behind a table's name, or in a list of columns).

use super::{check_labels, create_indexes, join, list, literal, qualified, quoted, unique_keys};
use crate::options::{OnConflict, Unchanged};
use crate::plan::UpsertPlan;
use crate::schema::{Column, ColumnType, GeneratedColumn, Origin};

/// The declared type of a column of a STRICT table.
fn type_name<'s>(column: &Column<'s>) -> &'s str {
    if let Some(sql_type) = column.sql_types.sqlite {
        return sql_type;
    }
    match column.column_type {
        ColumnType::Bool
        | ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::UnsignedBigInt
        | ColumnType::Duration => "INTEGER",
        ColumnType::Real | ColumnType::Double => "REAL",
        ColumnType::HugeInt
        | ColumnType::UnsignedHugeInt
        | ColumnType::Decimal
        | ColumnType::Text
        | ColumnType::Inet
        | ColumnType::Array(_)
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Json => "TEXT",
        ColumnType::Bytes | ColumnType::Uuid => "BLOB",
    }
}

/// STRICT, so that no value changes its type; NOT NULL on keys, which SQLite's primary keys do not imply. A single
/// integer key is the rowid itself.
pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    let columns = join(
        plan.columns.iter().map(|column| {
            let null = if column.takes_null() { "" } else { " NOT NULL" };
            let default = match column.origin {
                // The rowid needs no word: it is given where it is NULL.
                Origin::Row | Origin::RowOrIdentity => String::new(),
                Origin::RowOrDefault(default) => {
                    default.sqlite.map_or_else(String::new, |default| format!(" DEFAULT ({default})"))
                }
            };
            format!("    {} {}{null}{default}{},\n", quoted(column.name), type_name(column), check(column))
        }),
        "",
    );
    let generated = plan.generated.iter().map(|GeneratedColumn { column, expression }| {
        let null = if column.takes_null() { "" } else { " NOT NULL" };
        let expression = expression.sqlite.unwrap_or_default();
        format!("    {} {}{null} GENERATED ALWAYS AS ({expression}) STORED,\n", quoted(column.name), type_name(column))
    });
    let unique = unique_keys(plan).map(|(name, columns)| {
        let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quoted(name)));
        format!(",\n    {name}UNIQUE ({})", list(plan.names(columns)))
    });
    // An index is in the database of its table, whose name goes before the index's.
    let index = |name: &str| qualified(plan.schema.as_deref(), name);
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n{columns}{}    PRIMARY KEY ({}){}\n) STRICT{}",
        plan.name(),
        join(generated, ""),
        list(plan.names(plan.primary_key)),
        join(unique, ""),
        join(create_indexes(plan, index, &quoted(&plan.table)), ""),
    )
}

fn check(column: &Column<'_>) -> String {
    column.enum_type.map_or_else(String::new, |enum_type| check_labels(column, enum_type, literal))
}

/// Writes some rows: the parameters are the values of the first row's columns, then the second's, and so on.
pub(crate) fn upsert(plan: &UpsertPlan<'_>, rows: usize) -> String {
    let columns = plan.columns.len();
    let rows = (0..rows).map(|row| {
        let parameters = (0..columns).map(|column| {
            let sent = format!("?{}", row * columns + column + 1);
            match &plan.column_facts[column].default {
                Some(default) => format!("coalesce({sent}, {})", default.sql),
                None => sent,
            }
        });
        format!("({})", join(parameters, ", "))
    });
    insert(plan, &format!("VALUES {}", join(rows, ", ")))
}

/// Whether a row with the key is there: parameter n is the value of the n-th column of the conflict target.
pub(crate) fn probe(plan: &UpsertPlan<'_>) -> String {
    let key =
        plan.names(&plan.key).enumerate().map(|(number, name)| format!("target.{} = ?{}", quoted(name), number + 1));
    format!("SELECT 1 FROM {} AS target WHERE {}", plan.name(), join(key, " AND "))
}

/// The highest rowid, NULL in an empty table. `rowid` is one of its names that no column has taken, or the column that
/// stands for it.
pub(crate) fn highest_rowid(plan: &UpsertPlan<'_>, rowid: &str) -> String {
    format!("SELECT max({rowid}) FROM {} AS target", plan.name())
}

/// A column, as a statement that reads the table names it.
pub(crate) fn column(plan: &UpsertPlan<'_>, column: usize) -> String {
    format!("target.{}", quoted(plan.columns[column].name))
}

/// How many rows have a key from `?1` to `?2`.
pub(crate) fn count_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("SELECT count(*) {}", from_between(plan, key))
}

/// How many rows have a key from `?1` to `?2`, but no more than `?3`.
pub(crate) fn count_some_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("SELECT count(*) FROM (SELECT 1 {} LIMIT ?3)", from_between(plan, key))
}

fn from_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("FROM {} AS target WHERE {} BETWEEN ?1 AND ?2", plan.name(), column(plan, key))
}

/// `OR ABORT`, so that no constraint of the table resolves its conflicts by itself: `UNIQUE … ON CONFLICT IGNORE` would
/// drop the row in silence.
fn insert(plan: &UpsertPlan<'_>, rows: &str) -> String {
    format!(
        "INSERT OR ABORT INTO {} AS target ({})\n{rows}{}",
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
            let set = plan.names(&plan.updates).map(|name| format!("{0} = excluded.{0}", quoted(name)));
            let skip = match plan.unchanged {
                Unchanged::Skip => {
                    // A column may compare without case: what is stored counts.
                    let changes = plan
                        .names(&plan.updates)
                        .map(|name| format!("target.{0} IS NOT excluded.{0} COLLATE BINARY", quoted(name)));
                    format!("\nWHERE {}", any(&changes.collect::<Vec<_>>()))
                }
                Unchanged::Rewrite => String::new(),
            };
            format!("\nON CONFLICT ({target}) DO UPDATE SET {}{skip}", join(set, ", "))
        }
    }
}

/// Whether any of the conditions holds. SQLite refuses expressions that are more than 1000 deep, and a chain of ORs is as
/// deep as it is long: so it is a chain of short ones.
fn any(conditions: &[String]) -> String {
    const SHORT: usize = 50;
    if conditions.len() <= SHORT {
        return conditions.join(" OR ");
    }
    join(conditions.chunks(SHORT).map(|some| format!("({})", some.join(" OR "))), " OR ")
}

/// Statements around the staging table of a call. Its columns are `c0`, `c1`, …, and its rowid is the number of the row in
/// the input; it lies in the connection's own temporary database, so that filling it takes no lock.
pub(crate) struct Stage<'p, 's> {
    pub(crate) plan: &'p UpsertPlan<'s>,
}

impl Stage<'_, '_> {
    pub(crate) fn name(&self) -> String {
        format!("temp.upsert_stage_{}", self.plan.call)
    }

    pub(crate) fn create(&self) -> String {
        format!("CREATE TABLE {} ({})", self.name(), self.columns())
    }

    /// Parameter n is the value of column n, the one behind the last is the row's number.
    pub(crate) fn fill(&self) -> String {
        let values = join((1..=self.plan.columns.len() + 1).map(|number| format!("?{number}")), ", ");
        format!("INSERT INTO {} ({}, rowid) VALUES ({values})", self.name(), self.columns())
    }

    /// All rows in key order, those of one key in input order: the columns, and the row's number behind them.
    pub(crate) fn read(&self) -> String {
        let key = if self.plan.exact_keys {
            join(self.plan.key.iter().map(|column| format!("c{column}, ")), "")
        } else {
            String::new()
        };
        format!("SELECT {}, rowid FROM {} ORDER BY {key}rowid", self.columns(), self.name())
    }

    /// Whoever cleans up may not know whether the table came to be.
    pub(crate) fn drop(&self) -> String {
        format!("DROP TABLE IF EXISTS {}", self.name())
    }

    fn columns(&self) -> String {
        join((0..self.plan.columns.len()).map(|column| format!("c{column}")), ", ")
    }
}
