//! Rules of `max_len`.

use super::name::{Length, begins_with_ignoring_case};
use super::on;
use crate::schema::{Column, ColumnType};
use crate::sql::Dialect;

/// A rule of every database.
pub(crate) const fn broken_by_length(column: &Column<'_>) -> Option<&'static str> {
    match (column.max_len, column.column_type) {
        (Some(0), _) => {
            Some("`max_len = 0` leaves room for nothing: write the most that is to be taken, or leave it out")
        }
        (Some(max_len), ColumnType::Text) if has_longer_label(column, max_len) => {
            Some("`max_len` is less than the characters of the enum's longest label: leave it out, or make it larger")
        }
        (None, _) | (Some(_), ColumnType::Text | ColumnType::Bytes) => None,
        (Some(_), _) => Some("`max_len` is for text and bytes, and this column is neither: leave it out"),
    }
}

const fn has_longer_label(column: &Column<'_>, max_len: u32) -> bool {
    let Some(enum_type) = column.enum_type else { return false };
    let mut label = 0;
    while label < enum_type.labels.len() {
        if Length::of(enum_type.labels[label]).characters > max_len as usize {
            return true;
        }
        label += 1;
    }
    false
}

/// The most that a column of the database can be limited to, or of the type that the struct names.
pub(crate) const fn broken_by_longest(column: &Column<'_>, dialect: Dialect) -> Option<&'static str> {
    if let (Some(max_len), Some(sql_type)) = (column.max_len, on(&column.sql_types, dialect))
        && let Some(declared) = declared_length(sql_type)
        && declared < max_len as u64
    {
        return Some("`max_len` is more than the length in the column's `sql_type`: make it that, or leave it out");
    }
    match (dialect, column.column_type, column.max_len) {
        (Dialect::Postgres, ColumnType::Text, Some(max_len))
            if max_len > 10_485_760 && column.sql_types.postgres.is_none() =>
        {
            Some(
                "`max_len` is more than the 10485760 characters that a `varchar` of PostgreSQL can have: leave it out, or make \
                 it smaller",
            )
        }
        _ => None,
    }
}

/// The length in a type of text or bytes: `varchar(40)`, `character varying(40)`.
const fn declared_length(sql_type: &str) -> Option<u64> {
    const TYPES: [&str; 6] = ["varchar", "char", "character", "character varying", "varbinary", "binary"];
    let mut name = 0;
    while name < TYPES.len() {
        let start = TYPES[name].as_bytes();
        if begins_with_ignoring_case(sql_type.as_bytes(), start)
            && let [b'(', rest @ ..] = sql_type.as_bytes().split_at(start.len()).1
        {
            return number(rest);
        }
        name += 1;
    }
    None
}

const fn number(mut digits: &[u8]) -> Option<u64> {
    const MOST: u64 = 1_000_000_000;
    let (mut number, mut found) = (0, false);
    while let [digit @ b'0'..=b'9', rest @ ..] = digits {
        // Widening, which a const function can do in no other way.
        number = if number < MOST { number * 10 + (*digit - b'0') as u64 } else { MOST };
        (found, digits) = (true, rest);
    }
    if found { Some(number) } else { None }
}
