//! Statements as text. Each dialect writes each statement whole in one function, so that a reader sees SQL.

pub(crate) mod postgres;
pub(crate) mod sqlite;

#[cfg(test)]
mod snapshots;

use crate::plan::UpsertPlan;
use crate::schema::{Column, EnumType};

/// A database's way of writing SQL, and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL 12 and later.
    Postgres,
    /// SQLite 3.37 and later.
    Sqlite,
}

/// The statement that creates the table of a plan.
pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    match plan.dialect {
        Dialect::Postgres => postgres::create_table(plan),
        Dialect::Sqlite => sqlite::create_table(plan),
    }
}

/// A name as both dialects quote it. Nothing but this function puts a name into a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as both dialects quote it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// That a column holds nothing but the labels of an enum.
fn check_labels(column: &Column<'_>, enum_type: EnumType<'_>) -> String {
    let labels = join(enum_type.labels.iter().map(|label| literal(label)), ", ");
    format!(" CHECK ({} IN ({labels}))", quoted(column.name))
}

/// `"schema"."table"`, or `"table"` alone.
pub(crate) fn qualified(schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
        None => quoted(table),
    }
}

/// Quoted names, with commas between them.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    join(names.into_iter().map(quoted), ", ")
}

pub(crate) fn join(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(separator)
}
