//! Rules of a table as a whole.

use super::all_columns;
use super::key::broken_by_parts;
use super::name::{broken_by_name, broken_by_table_name};
use super::row::{innodb_row_bytes, mysql_row_bytes, postgres_row_bytes};
use crate::schema::{ColumnType, Origin, TableSchema};
use crate::sql::Dialect;

/// The most columns of a table.
pub(crate) const fn most_columns(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Postgres => 1_600,
        Dialect::Sqlite => 2_000,
        Dialect::MySql => 1_017,
    }
}

const fn has_array(schema: &TableSchema<'_>) -> bool {
    let mut position = 0;
    while position < schema.columns.len() {
        if matches!(schema.columns[position].column_type, ColumnType::Array(_)) {
            return true;
        }
        position += 1;
    }
    false
}

const fn has_identity(schema: &TableSchema<'_>) -> bool {
    let mut position = 0;
    while position < schema.columns.len() {
        if matches!(schema.columns[position].origin, Origin::RowOrIdentity) {
            return true;
        }
        position += 1;
    }
    false
}

/// The rule that the table itself breaks.
pub(crate) const fn broken_by_table(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    if let Some(broken) = broken_by_size(schema, dialect) {
        return Some(broken);
    }
    if matches!(dialect, Dialect::Sqlite) && schema.sqlite.without_rowid && has_identity(schema) {
        return Some("a table WITHOUT ROWID gives no numbers, and a column is an `identity`: leave one of the two out");
    }
    if matches!(dialect, Dialect::Sqlite) && schema.sqlite.without_rowid && schema.primary_key.is_empty() {
        return Some("a table WITHOUT ROWID has a primary key, and no column is part of one: leave WITHOUT ROWID out");
    }
    if let Some(broken) = broken_by_parts(schema, schema.primary_key, dialect) {
        return Some(broken);
    }
    if let Some(target) = schema.conflict_target
        && let Some(broken) = broken_by_parts(schema, target, dialect)
    {
        return Some(broken);
    }
    if let Some(broken) = broken_by_table_name(schema.table, dialect) {
        return Some(broken);
    }
    match schema.schema {
        Some(name) => broken_by_name(name, dialect),
        None => None,
    }
}

/// What all columns break together: the only rules that cannot be asked before every type is known, and right.
pub(crate) const fn broken_by_size(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    if all_columns(schema) > most_columns(dialect) {
        return Some(match dialect {
            Dialect::Postgres => {
                "there are more columns than the 1600 that a table of PostgreSQL can have: make two tables of them"
            }
            Dialect::Sqlite => {
                "there are more columns than the 2000 that a table of SQLite can have: make two tables of them"
            }
            Dialect::MySql => {
                "there are more columns than the 1017 that a table of InnoDB can have: make two tables of them"
            }
        });
    }
    if matches!(dialect, Dialect::Postgres) && has_array(schema) && schema.columns.len() == most_columns(dialect) {
        return Some(
            "rows with arrays are staged, in a table of one column more than theirs, and 1600 are the most that a table of \
             PostgreSQL can have: leave one column out",
        );
    }
    if matches!(dialect, Dialect::Postgres) && postgres_row_bytes(schema) > 8_136 {
        return Some(
            "the columns together take more than the 8160 bytes that a row of PostgreSQL has room for, whatever is in them: make \
             two tables of them, or one column of many (`#[upsert(json)]`)",
        );
    }
    if matches!(dialect, Dialect::MySql) && innodb_row_bytes(schema) > 8_126 {
        return Some(
            "the columns together take more than the 8126 bytes of a row that InnoDB keeps in a page, 40 of each long text among \
             them: make two tables of them, or one column of many (`#[upsert(json)]`)",
        );
    }
    if matches!(dialect, Dialect::MySql) && mysql_row_bytes(schema) > 65_535 {
        return Some(
            "the columns together may have more than the 65535 bytes that a row of MySQL can have, 4 for each character: give \
             texts a smaller `max_len`, or none",
        );
    }
    None
}
