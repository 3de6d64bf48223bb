//! Rules of what finds rows: the primary key, the conflict target, and whatever else is an index.

use super::name::begins_with_ignoring_case;
use super::row::mysql_bytes;
use crate::schema::{Column, ColumnType, Origin, TableSchema};
use crate::sql::Dialect;

/// The rule that the columns of an index break together.
pub(super) const fn broken_by_parts(
    schema: &TableSchema<'_>,
    parts: &[usize],
    dialect: Dialect,
) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres if parts.len() > 32 => {
            Some("the key has more than the 32 columns that an index of PostgreSQL can have")
        }
        Dialect::MySql if parts.len() > 16 => {
            Some("the key has more than the 16 columns that an index of MySQL can have")
        }
        Dialect::MySql if mysql_key_bytes(schema, parts) > 3_072 => Some(
            "the key may have more than the 3072 bytes that an index of InnoDB can have, 4 for each character: give its \
             columns a smaller `max_len`",
        ),
        Dialect::Postgres | Dialect::Sqlite | Dialect::MySql => None,
    }
}

/// Bytes of the longest key. Columns of which that is not known count nothing: they break a rule of their own.
pub(super) const fn mysql_key_bytes(schema: &TableSchema<'_>, parts: &[usize]) -> u64 {
    let mut bytes = 0;
    let mut part = 0;
    while part < parts.len() {
        if parts[part] < schema.columns.len() {
            bytes += mysql_bytes(&schema.columns[parts[part]]);
        }
        part += 1;
    }
    bytes
}

/// What an index of MySQL cannot have.
pub(super) const fn broken_by_mysql_key(column: &Column<'_>) -> Option<&'static str> {
    match (column.column_type, column.max_len, column.sql_types.mysql) {
        (ColumnType::Text, None, None) if column.enum_type.is_none() => {
            Some("MySQL has no keys of text without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Bytes, None, None) => {
            Some("MySQL has no keys of bytes without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Json | ColumnType::Array(_), ..) => Some("MySQL has no keys of JSON, and its arrays are JSON"),
        (.., Some(sql_type)) if has_no_limit(sql_type) => {
            Some("MySQL has no keys of a type without a limit: write `sql_type(mysql = \"varchar(255)\")`")
        }
        _ => None,
    }
}

/// Types that an index has only the beginning of.
const fn has_no_limit(sql_type: &str) -> bool {
    const TYPES: [&str; 9] =
        ["text", "tinytext", "mediumtext", "longtext", "blob", "tinyblob", "mediumblob", "longblob", "json"];
    let mut at = 0;
    while at < TYPES.len() {
        if begins_with_ignoring_case(sql_type.as_bytes(), TYPES[at].as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// The rule of every database that the key breaks.
pub(crate) const fn broken_by_key(schema: &TableSchema<'_>) -> Option<&'static str> {
    let keys = [schema.primary_key, schema.key()];
    let mut key = 0;
    while key < keys.len() {
        if keys[key].is_empty() {
            return Some("the key has no column");
        }
        let mut part = 0;
        while part < keys[key].len() {
            let position = keys[key][part];
            if position >= schema.columns.len() {
                return Some("the key names a column that is not there");
            }
            if let Some(broken) = broken_by_key_position(schema, position) {
                return Some(broken);
            }
            part += 1;
        }
        key += 1;
    }
    None
}

/// The rule that a column breaks as part of the primary key or the conflict target; nothing if it is in neither.
pub(crate) const fn broken_by_key_position(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let column = &schema.columns[position];
    if has(schema.key(), position) {
        return broken_by_key_column(column);
    }
    if !has(schema.primary_key, position) {
        return None;
    }
    // By another key the row is found: what the database gives to new rows is no part of it.
    if column.is_given_by_database() && column.column_type.can_be_key() {
        return None;
    }
    broken_by_key_column(column)
}

pub(super) const fn has(positions: &[usize], position: usize) -> bool {
    let mut at = 0;
    while at < positions.len() {
        if positions[at] == position {
            return true;
        }
        at += 1;
    }
    false
}

pub(crate) const fn broken_by_key_column(column: &Column<'_>) -> Option<&'static str> {
    match column.origin {
        Origin::RowOrIdentity => Some(
            "rows that are already there cannot be found by a number that the database is yet to give: name the columns \
             that find them with `#[upsert(conflict_target(…))]` on the struct",
        ),
        Origin::RowOrDefault(_) if column.nullable => Some(
            "rows that are already there cannot be found by a default: name the columns that find them with \
             `#[upsert(conflict_target(…))]` on the struct",
        ),
        Origin::Row | Origin::RowOrDefault(_) if column.nullable => {
            Some("it can be NULL and so cannot be in a key: NULL never equals NULL in a unique index")
        }
        Origin::Row | Origin::RowOrDefault(_) if !column.column_type.can_be_key() => {
            Some("it cannot be in a key: databases have no exact equality for floats, JSON and arrays")
        }
        Origin::Row | Origin::RowOrDefault(_) => None,
    }
}
