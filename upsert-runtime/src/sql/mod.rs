//! Statements as text. Each dialect writes each statement whole in one function, so that a reader sees SQL.

pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;

#[cfg(test)]
mod snapshots;

use crate::plan::UpsertPlan;
use crate::schema::{Column, EnumType, Index, IndexOf};

/// A database's way of writing SQL, and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL 12 and later.
    Postgres,
    /// SQLite 3.37 and later.
    Sqlite,
    /// MySQL 8 and later, MariaDB 10.5 and later.
    MySql,
}

/// The statement that creates the table of a plan.
pub(crate) fn create_table(plan: &UpsertPlan<'_>) -> String {
    match plan.dialect {
        Dialect::Postgres => postgres::create_table(plan),
        Dialect::Sqlite => sqlite::create_table(plan),
        Dialect::MySql => mysql::create_table(plan),
    }
}

/// The unique keys of a table's own statement, with their names: those of the struct, and the conflict target.
fn unique_keys<'p>(plan: &'p UpsertPlan<'_>) -> impl Iterator<Item = (Option<&'p str>, &'p [usize])> {
    let own = plan.indexes.iter().filter_map(|index| Some((index.name, index.key()?)));
    let target = (plan.key != plan.primary_key && own.clone().all(|(_, columns)| !is_same_key(columns, &plan.key)))
        .then_some((None, plan.key.as_slice()));
    own.chain(target)
}

fn is_same_key(left: &[usize], right: &[usize]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

/// The statements behind a table's own: indexes that it has no place for.
fn create_indexes<'p>(
    plan: &'p UpsertPlan<'_>,
    name: impl Fn(&str) -> String + 'p,
    table: &'p str,
) -> impl Iterator<Item = String> + 'p {
    plan.indexes.iter().filter(|index| index.key().is_none()).map(move |index| {
        let Index { unique, of, predicate, .. } = *index;
        let unique = if unique { "UNIQUE " } else { "" };
        let of = match of {
            IndexOf::Columns(columns) => list(plan.names(columns)),
            IndexOf::Expression(expression) => format!("({expression})"),
        };
        let predicate = predicate.map_or_else(String::new, |predicate| format!(" WHERE {predicate}"));
        format!(
            ";\nCREATE {unique}INDEX {} ON {table} ({of}){predicate}",
            name(&index.name_in(&plan.table, plan.columns))
        )
    })
}

/// A name as both dialects quote it. Nothing but this function puts a name into a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL quotes it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// That a column holds nothing but the labels of an enum.
fn check_labels(column: &Column<'_>, enum_type: EnumType<'_>, literal: impl Fn(&str) -> String) -> String {
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
