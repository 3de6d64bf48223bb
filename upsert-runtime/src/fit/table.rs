//! Rules of a table as a whole.

use super::all_columns;
use super::key::broken_by_parts;
use super::name::{broken_by_name, broken_by_table_name};
use crate::schema::TableSchema;
use crate::sql::Dialect;

/// The rule that the table itself breaks.
pub(crate) const fn broken_by_table(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    let most_columns = match dialect {
        Dialect::Postgres => 1_600,
        Dialect::Sqlite => 2_000,
        Dialect::MySql => 4_096,
    };
    if all_columns(schema) > most_columns {
        return Some(match dialect {
            Dialect::Postgres => "there are more columns than the 1600 that a table of PostgreSQL can have",
            Dialect::Sqlite => "there are more columns than the 2000 that a table of SQLite can have",
            Dialect::MySql => "there are more columns than the 4096 that a table of MySQL can have",
        });
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
