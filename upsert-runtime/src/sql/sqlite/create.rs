//! The statement that creates a table.

use crate::plan::UpsertPlan;
use crate::schema::{Column, ColumnType, GeneratedColumn, Origin};
use crate::sql::{check_labels, create_indexes, join, keys, list, literal, qualified, quoted};

/// The declared type of a column, which a STRICT table has.
pub(crate) fn created_type<'s>(column: &Column<'s>) -> &'s str {
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

/// A column as a statement defines it.
pub(super) fn definition(column: &Column<'_>) -> String {
    let null = if column.takes_null() { "" } else { " NOT NULL" };
    let default = match column.origin {
        // The rowid needs no word: it is given where it is NULL.
        Origin::Row | Origin::RowOrIdentity => String::new(),
        Origin::RowOrDefault(default) => {
            default.sqlite.map_or_else(String::new, |default| format!(" DEFAULT ({default})"))
        }
    };
    format!("{} {}{null}{default}{}", quoted(column.name), created_type(column), check(column))
}

/// The same of one that the database computes.
pub(super) fn generated(generated: &GeneratedColumn<'_>) -> String {
    let GeneratedColumn { column, expression } = generated;
    let null = if column.takes_null() { "" } else { " NOT NULL" };
    let expression = expression.sqlite.unwrap_or_default();
    format!("{} {}{null} GENERATED ALWAYS AS ({expression}) STORED", quoted(column.name), created_type(column))
}

pub(super) fn check(column: &Column<'_>) -> String {
    column.enum_type.map_or_else(String::new, |enum_type| check_labels(column, enum_type, literal))
}

/// STRICT unless the struct says otherwise, so that no value changes its type; NOT NULL on keys, which SQLite's primary keys do not imply. A single
/// integer key is the rowid itself, where there is one.
pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    let columns = plan.columns.iter().map(|column| format!("    {},\n", definition(column)));
    let generated = plan.generated.iter().map(|column| format!("    {},\n", generated(column)));
    let unique_key = |name: Option<&str>, columns: &[usize]| {
        let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quoted(name)));
        format!("{name}UNIQUE ({})", list(plan.names(columns)))
    };
    // An index is in the database of its table, whose name goes before the index's.
    let index = |name: &str| qualified(plan.schema.as_deref(), name);
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n{}{}    {}\n){}{}",
        plan.name(),
        join(columns, ""),
        join(generated, ""),
        keys(plan, &list(plan.names(plan.primary_key)), unique_key),
        plan.sqlite,
        join(create_indexes(plan, index, &quoted(&plan.table)), ""),
    )
}
