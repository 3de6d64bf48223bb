//! Rules of `max_len`.

use super::name::Length;
use crate::schema::{Column, ColumnType};
use crate::sql::Dialect;

/// A rule of every database.
pub(crate) const fn broken_by_length(column: &Column<'_>) -> Option<&'static str> {
    match (column.max_len, column.column_type) {
        (Some(0), _) => Some("`max_len = 0` leaves room for nothing: write the most that is to be taken, or leave it out"),
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

/// The most that a column of the database can be limited to.
pub(crate) const fn broken_by_longest(column: &Column<'_>, dialect: Dialect) -> Option<&'static str> {
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
