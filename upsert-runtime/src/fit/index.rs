//! Rules of indexes.

use super::key::{broken_by_mysql_key, broken_by_parts};
use super::name::{Length, broken_by_table_name, is_same_name};
use crate::schema::{Index, IndexOf, TableSchema};
use crate::sql::Dialect;

/// The rule that an index breaks.
pub(crate) const fn broken_by_index(schema: &TableSchema<'_>, number: usize, dialect: Dialect) -> Option<&'static str> {
    let index = &schema.indexes[number];
    if let IndexOf::Columns(columns) = index.of {
        if let Some(broken) = broken_by_parts(schema, columns, dialect) {
            return Some(broken);
        }
        let mut part = 0;
        while part < columns.len() {
            if columns[part] >= schema.columns.len() {
                return Some("the index names a column that is not there");
            }
            if matches!(dialect, Dialect::MySql)
                && let Some(broken) = broken_by_mysql_key(&schema.columns[columns[part]])
            {
                return Some(broken);
            }
            part += 1;
        }
    }
    match (dialect, index.name) {
        (Dialect::MySql, _) if index.predicate.is_some() => {
            return Some("MySQL has no indexes of some rows only: leave out `where`, or the index");
        }
        (Dialect::MySql, _) if matches!(index.of, IndexOf::Expression(_)) => {
            return Some(
                "MariaDB has no indexes on expressions: leave out the index, or create it by hand where there are any",
            );
        }
        (Dialect::Postgres, None) if index.key().is_none() && index_name(schema, index).bytes > 63 => {
            return Some("the name of the index would have more than 63 bytes: give it one with `name = \"…\"`");
        }
        (Dialect::MySql, None) if index.key().is_none() && index_name(schema, index).characters > 64 => {
            return Some("the name of the index would have more than 64 characters: give it one with `name = \"…\"`");
        }
        (Dialect::MySql, Some(name)) if is_same_name(name, "primary", dialect) => {
            return Some("the name is that of the primary key, on MySQL always");
        }
        (_, Some(name)) => {
            if let Some(broken) = broken_by_table_name(name, dialect) {
                return Some(broken);
            }
        }
        (Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, None) => {}
    }
    let mut earlier = 0;
    while earlier < number {
        if is_same_index_name(schema.indexes[earlier].name, index.name, dialect) {
            return Some("another index of the table has the same name");
        }
        earlier += 1;
    }
    None
}

/// How long the name of an index is that is made of the names of table and columns.
const fn index_name(schema: &TableSchema<'_>, index: &Index<'_>) -> Length {
    let mut name = Length::of(schema.table).and(Length::of("_")).and(Length::of("_key"));
    if let IndexOf::Columns(columns) = index.of {
        let mut part = 0;
        while part < columns.len() {
            name = name.and(Length::of(schema.columns[columns[part]].name));
            name = name.and(Length::of(if part > 0 { "_" } else { "" }));
            part += 1;
        }
    }
    name
}

const fn is_same_index_name(left: Option<&str>, right: Option<&str>, dialect: Dialect) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => is_same_name(left, right, dialect),
        _ => false,
    }
}
