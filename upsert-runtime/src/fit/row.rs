//! How much room a row takes.

use super::name::begins_with_ignoring_case;
use super::{all_columns, column_at};
use crate::schema::{Column, ColumnType, TableSchema};

/// Bytes that each row has at least, where none of its columns is NULL that need not be.
pub(super) const fn postgres_row_bytes(schema: &TableSchema<'_>) -> usize {
    let (mut bytes, mut position) = (0, 0);
    while position < all_columns(schema) {
        let column = column_at(schema, position);
        let has_own_type = column.sql_types.postgres.is_none() && column.enum_type.is_none();
        bytes += match column.column_type {
            _ if column.nullable => 0,
            // What is digits there has a few bytes at least.
            ColumnType::UnsignedBigInt | ColumnType::HugeInt | ColumnType::UnsignedHugeInt => 1,
            column_type => match column_type.fixed_width() {
                Some(width) if has_own_type => width,
                Some(_) | None => 1,
            },
        };
        position += 1;
    }
    bytes
}

/// Bytes of the longest row. Texts and bytes that are too long for a row, or have no limit, lie beside it.
pub(super) const fn mysql_row_bytes(schema: &TableSchema<'_>) -> u64 {
    const POINTER: u64 = 12;
    // A bit of each column that may be NULL.
    let mut bytes = all_columns(schema) as u64 / 8 + 1;
    let mut position = 0;
    while position < all_columns(schema) {
        let column = column_at(schema, position);
        bytes += match mysql_bytes(column) {
            long if long > 64_000 => POINTER,
            0 => POINTER,
            short if is_fixed(column) => short,
            short => short + LENGTH,
        };
        position += 1;
    }
    bytes
}

/// Bytes of the row that InnoDB must have room for in half a page, however long the values: of a long one 40 stay there.
/// ("InnoDB Row Formats" of MySQL's manual; it is what `CREATE TABLE` refuses.)
pub(super) const fn innodb_row_bytes(schema: &TableSchema<'_>) -> u64 {
    const HEADER: u64 = 5 + 6 + 7;
    const STAYS: u64 = 40;
    let mut bytes = HEADER + all_columns(schema) as u64 / 8;
    let mut position = 0;
    while position < all_columns(schema) {
        let column = column_at(schema, position);
        bytes += match mysql_bytes(column) {
            // Of a type by another name nothing is known, but that it has a byte.
            _ if column.sql_types.mysql.is_some() || column.enum_type.is_some() => 1,
            fixed if is_fixed(column) => fixed,
            short if short > 0 && short <= STAYS => short + 1,
            _ => STAYS + LENGTH,
        };
        position += 1;
    }
    bytes
}

/// Bytes before a value that tell how long it is.
const LENGTH: u64 = 2;

const fn is_fixed(column: &Column<'_>) -> bool {
    column.enum_type.is_none() && column.column_type.fixed_width().is_some()
}

pub(super) const fn mysql_bytes(column: &Column<'_>) -> u64 {
    if let Some(sql_type) = column.sql_types.mysql
        && let Some(bytes) = declared_bytes(sql_type)
    {
        return bytes;
    }
    match (column.column_type, column.most()) {
        // Widening, which a const function can do in no other way.
        (ColumnType::Text, Some(characters)) => characters as u64 * 4,
        (ColumnType::Bytes, Some(bytes)) => bytes as u64,
        (ColumnType::Inet, _) => 16,
        (ColumnType::Date, _) => 3,
        (ColumnType::Time, _) => 6,
        (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, _) => 18,
        (column_type, _) => match column_type.fixed_width() {
            Some(width) => width as u64,
            None => 0,
        },
    }
}

/// The most bytes of a `varchar(n)` or `varbinary(n)`.
const fn declared_bytes(sql_type: &str) -> Option<u64> {
    let (each, start) = if begins_with_ignoring_case(sql_type.as_bytes(), b"varchar(") {
        (4, "varchar(".len())
    } else if begins_with_ignoring_case(sql_type.as_bytes(), b"varbinary(") {
        (1, "varbinary(".len())
    } else {
        return None;
    };
    let (bytes, mut at, mut number) = (sql_type.as_bytes(), start, 0_u64);
    while at < bytes.len() && bytes[at].is_ascii_digit() && number < 1_000_000 {
        number = number * 10 + (bytes[at] - b'0') as u64;
        at += 1;
    }
    Some(number * each)
}
