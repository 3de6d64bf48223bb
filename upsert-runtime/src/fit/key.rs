//! Rules of what finds rows: the primary key, the conflict target, and whatever else is an index.

use super::name::begins_with_ignoring_case;
use super::row::mysql_bytes;
use crate::schema::{Column, ColumnType, Origin, TableSchema};
use crate::sql::Dialect;

/// What a column is in the primary key.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPrimaryKey {
    Not,
    /// It has no other.
    Alone,
    First,
    Later,
}

/// Whether rows that are already there are found by a column.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindsRows {
    Yes,
    No,
}

/// Where a column stands in its table: all that its rules ask for beside the column itself.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Standing<'t> {
    pub table: &'t str,
    pub in_primary_key: InPrimaryKey,
    pub finds_rows: FindsRows,
}

impl<'t> Standing<'t> {
    pub(super) const fn of(schema: &TableSchema<'t>, position: usize) -> Self {
        let in_primary_key = match schema.primary_key {
            key if !has(key, position) => InPrimaryKey::Not,
            [_] => InPrimaryKey::Alone,
            key if key[0] == position => InPrimaryKey::First,
            _ => InPrimaryKey::Later,
        };
        let finds_rows = if has(schema.key(), position) { FindsRows::Yes } else { FindsRows::No };
        Self { table: schema.table, in_primary_key, finds_rows }
    }

    /// In no key.
    pub(crate) const fn beside_keys(table: &'t str) -> Self {
        Self { table, in_primary_key: InPrimaryKey::Not, finds_rows: FindsRows::No }
    }

    pub(super) const fn is_in_a_key(&self) -> bool {
        matches!(self.finds_rows, FindsRows::Yes) || !matches!(self.in_primary_key, InPrimaryKey::Not)
    }
}

/// The rule that the columns of an index break together.
pub(super) const fn broken_by_parts(
    schema: &TableSchema<'_>,
    parts: &[usize],
    dialect: Dialect,
) -> Option<&'static str> {
    match broken_by_number_of_parts(parts.len(), dialect) {
        None if matches!(dialect, Dialect::MySql) => broken_by_key_bytes(mysql_key_bytes(schema, parts)),
        broken => broken,
    }
}

/// How many columns an index can have.
pub(crate) const fn broken_by_number_of_parts(parts: usize, dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres if parts > 32 => {
            Some("the key has more than the 32 columns that an index of PostgreSQL can have: leave some out")
        }
        Dialect::MySql if parts > 16 => {
            Some("the key has more than the 16 columns that an index of MySQL can have: leave some out")
        }
        Dialect::Postgres | Dialect::Sqlite | Dialect::MySql => None,
    }
}

const fn broken_by_key_bytes(bytes: u64) -> Option<&'static str> {
    if bytes <= 3_072 {
        return None;
    }
    Some(
        "the key may have more than the 3072 bytes that an index of InnoDB can have, 4 for each character: give its \
         columns a smaller `max_len`",
    )
}

/// The same of columns that are known without their table.
pub(crate) const fn broken_by_bytes_of(columns: &[Column<'_>], dialect: Dialect) -> Option<&'static str> {
    let (mut bytes, mut part) = (0, 0);
    while matches!(dialect, Dialect::MySql) && part < columns.len() {
        bytes += mysql_bytes(&columns[part]);
        part += 1;
    }
    broken_by_key_bytes(bytes)
}

/// The rule that a column of an index breaks by itself.
pub(crate) const fn broken_by_indexed(column: &Column<'_>, dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::MySql => broken_by_mysql_key(column),
        Dialect::Postgres | Dialect::Sqlite => None,
    }
}

/// Bytes of the longest key. Columns of which that is not known count nothing: they break a rule of their own.
const fn mysql_key_bytes(schema: &TableSchema<'_>, parts: &[usize]) -> u64 {
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
    match (column.column_type, column.most(), column.sql_types.mysql) {
        (ColumnType::Text, None, None) if column.enum_type.is_none() => {
            Some("MySQL has no keys of text without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Bytes, None, None) => {
            Some("MySQL has no keys of bytes without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Json | ColumnType::Array(_), ..) => {
            Some("MySQL has no keys of JSON, and its arrays are JSON: leave the column out of the key or index")
        }
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
    if schema.key().is_empty() {
        return Some("the key has no column");
    }
    let keys = [schema.primary_key, schema.key()];
    let mut key = 0;
    while key < keys.len() {
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
    let standing = Standing::of(schema, position);
    if !standing.is_in_a_key() {
        return None;
    }
    match broken_by_key_origin(column, standing.finds_rows) {
        None => broken_by_key_type(column),
        broken => broken,
    }
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

/// By what the database is yet to give no row is found. By another key it is: then this is no part of it.
pub(crate) const fn broken_by_key_origin(column: &Column<'_>, finds_rows: FindsRows) -> Option<&'static str> {
    match (finds_rows, column.origin) {
        (FindsRows::Yes, Origin::RowOrIdentity) => Some(
            "rows that are already there cannot be found by a number that the database is yet to give: name the columns \
             that find them with `#[upsert(conflict_target(…))]` on the struct",
        ),
        (FindsRows::Yes, Origin::RowOrDefault(_)) if column.nullable => Some(
            "rows that are already there cannot be found by a default: name the columns that find them with \
             `#[upsert(conflict_target(…))]` on the struct",
        ),
        (FindsRows::Yes | FindsRows::No, Origin::Row | Origin::RowOrDefault(_) | Origin::RowOrIdentity) => None,
    }
}

/// What cannot be in a key, however its rows are found.
pub(crate) const fn broken_by_key_type(column: &Column<'_>) -> Option<&'static str> {
    match column.column_type {
        ColumnType::Real | ColumnType::Double => {
            return Some(
                "it cannot be in a key: databases have no exact equality for floats; use an integer of the smallest unit, or a \
                 decimal",
            );
        }
        ColumnType::Json => {
            return Some(
                "it cannot be in a key: databases have no exact equality for JSON; use a column of its own for what tells the \
                 documents from each other",
            );
        }
        ColumnType::Array(_) => {
            return Some(
                "it cannot be in a key: databases have no exact equality for arrays; use bytes, a text, or a column for each \
                 element",
            );
        }
        ColumnType::Bool
        | ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::UnsignedBigInt
        | ColumnType::HugeInt
        | ColumnType::UnsignedHugeInt
        | ColumnType::Decimal
        | ColumnType::Text
        | ColumnType::Bytes
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Duration
        | ColumnType::Uuid
        | ColumnType::Inet => {}
    }
    if column.nullable && matches!(column.origin, Origin::Row) {
        return Some(
            "it can be NULL and so cannot be in a key: NULL never equals NULL in a unique index; drop the `Option`",
        );
    }
    None
}
