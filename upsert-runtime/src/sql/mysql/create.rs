//! The statement that creates a table.

use std::borrow::Cow;

use super::{list, literal, quoted, table};
use crate::plan::UpsertPlan;
use crate::schema::{Column, ColumnType, GeneratedColumn, Index, IndexOf, Origin};
use crate::sql::{join, keys};

/// Characters of a name.
const MOST_OF_NAME: usize = 64;
/// Characters of a column's comment, and of a table's.
const MOST_OF_COMMENT: usize = 1024;
const MOST_OF_TABLE_COMMENT: usize = 2048;

/// The type that a column is created with.
pub(crate) fn created_type<'s>(column: &Column<'s>) -> Cow<'s, str> {
    /// Characters that a column of its own has room for in a row.
    const MOST_CHARACTERS: u32 = 16_000;
    const MOST_BYTES: u32 = 64_000;
    if let Some(sql_type) = column.sql_types.mysql {
        return sql_type.into();
    }
    if let Some(enum_type) = column.enum_type {
        return format!("enum({})", join(enum_type.labels.iter().map(|label| literal(label)), ", ")).into();
    }
    let name = match (column.column_type, column.most()) {
        (ColumnType::Text, Some(characters)) if characters <= MOST_CHARACTERS => {
            return format!("varchar({characters})").into();
        }
        (ColumnType::Bytes, Some(bytes)) if bytes <= MOST_BYTES => return format!("varbinary({bytes})").into(),
        (ColumnType::Bool, _) => "boolean",
        (ColumnType::SmallInt, _) => "smallint",
        (ColumnType::Integer, _) => "int",
        (ColumnType::BigInt | ColumnType::Duration, _) => "bigint",
        (ColumnType::UnsignedBigInt, _) => "bigint unsigned",
        (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, _) => "decimal(39, 0)",
        (ColumnType::Real, _) => "float",
        (ColumnType::Double, _) => "double",
        // Which digits it has is always said by `sql_types`.
        (ColumnType::Decimal, _) => "decimal(65, 30)",
        (ColumnType::Text, _) => "longtext",
        (ColumnType::Bytes, _) => "longblob",
        (ColumnType::Date, _) => "date",
        (ColumnType::Time, _) => "time(6)",
        // `timestamp` ends in 2038 and depends on the session's zone.
        (ColumnType::Timestamp | ColumnType::TimestampTz, _) => "datetime(6)",
        (ColumnType::Uuid, _) => "binary(16)",
        (ColumnType::Inet, _) => "varbinary(16)",
        (ColumnType::Array(_) | ColumnType::Json, _) => "json",
    };
    name.into()
}

/// A column as a statement defines it, with a collation that is not the table's default.
pub(super) fn definition(column: &Column<'_>, collation: &str) -> String {
    let null = if column.takes_null() { "" } else { " NOT NULL" };
    let origin = match column.origin {
        Origin::Row => String::new(),
        Origin::RowOrDefault(default) => {
            default.mysql.map_or_else(String::new, |default| format!(" DEFAULT ({default})"))
        }
        Origin::RowOrIdentity => " AUTO_INCREMENT".to_owned(),
    };
    let comment = comment(column.comment, MOST_OF_COMMENT, " COMMENT ");
    format!("{} {}{collation}{null}{origin}{comment}", quoted(column.name), created_type(column))
}

/// The same of one that the database computes. MariaDB takes no NOT NULL here.
pub(super) fn generated(generated: &GeneratedColumn<'_>) -> String {
    let GeneratedColumn { column, expression } = generated;
    let expression = expression.mysql.unwrap_or_default();
    let comment = comment(column.comment, MOST_OF_COMMENT, " COMMENT ");
    format!("{} {} GENERATED ALWAYS AS ({expression}) STORED{comment}", quoted(column.name), created_type(column))
}

/// A comment behind a word, if the catalogue holds it: neither more characters, nor any beyond U+FFFF.
fn comment(comment: Option<&str>, most: usize, word: &str) -> String {
    let is_held = |text: &&str| text.chars().count() <= most && text.chars().all(|character| character <= '\u{FFFF}');
    comment.filter(is_held).map_or_else(String::new, |comment| format!("{word}{}", literal(comment)))
}

/// A unique key. Unless it has a name, MySQL would give it that of its first column, which another index may have.
pub(super) fn unique_key(plan: &UpsertPlan<'_>, name: Option<&str>, columns: &[usize]) -> String {
    let own_name = || {
        let name = Index::unique(IndexOf::Columns(columns)).name_in(&plan.table, plan.columns);
        (name.chars().count() <= MOST_OF_NAME).then_some(name)
    };
    let name = name.map(str::to_owned).or_else(own_name);
    let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quoted(&name)));
    format!("{name}UNIQUE ({})", list(plan, columns.iter().copied()))
}

/// An index that only helps to find rows.
pub(super) fn index(plan: &UpsertPlan<'_>, index: &Index<'_>) -> String {
    let of = match index.of {
        IndexOf::Columns(columns) => list(plan, columns.iter().copied()),
        IndexOf::Expression(expression) => format!("({expression})"),
    };
    format!("INDEX {} ({of})", quoted(&index.name_in(&plan.table, plan.columns)))
}

/// Text is compared byte by byte, as Rust does, where the server has a collation for that: then no key is equal to it that
/// is not to Rust.
pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    let columns = plan.columns.iter().map(|column| format!("    {},\n", definition(column, "")));
    let generated = plan.generated.iter().map(|column| format!("    {},\n", generated(column)));
    let indexes = plan.beside_table().map(|own| format!(",\n    {}", index(plan, own)));
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n{}{}    {}{}\n) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE {}{}",
        table(plan),
        join(columns, ""),
        join(generated, ""),
        keys(plan, &list(plan, plan.primary_key.iter().copied()), |name, columns| unique_key(plan, name, columns)),
        join(indexes, ""),
        plan.mysql.server.exact_collation(),
        comment(plan.comment, MOST_OF_TABLE_COMMENT, " COMMENT = "),
    )
}
