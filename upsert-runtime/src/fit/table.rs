//! Rules of a table as a whole.

use super::all_columns;
use super::key::{broken_by_parts, mysql_row_bytes};
use super::name::{broken_by_name, broken_by_table_name};
use crate::schema::TableSchema;
use crate::sql::Dialect;

/// The rule that the table itself breaks.
pub(crate) const fn broken_by_table(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    let most_columns = match dialect {
        Dialect::Postgres => 1_600,
        Dialect::Sqlite => 2_000,
        Dialect::MySql => 1_017,
    };
    if all_columns(schema) > most_columns {
        return Some(match dialect {
            Dialect::Postgres => "there are more columns than the 1600 that a table of PostgreSQL can have",
            Dialect::Sqlite => "there are more columns than the 2000 that a table of SQLite can have",
            Dialect::MySql => "there are more columns than the 1017 that a table of InnoDB can have",
        });
    }
    if matches!(dialect, Dialect::MySql) && mysql_row_bytes(schema) > 65_535 {
        return Some(
            "the columns together may have more than the 65535 bytes that a row of MySQL can have, 4 for each character: give \
             texts a smaller `max_len`, or none",
        );
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
