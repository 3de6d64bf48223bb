//! Statements as text. Each dialect writes each statement whole in one function, so that a reader sees SQL.

pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;

#[cfg(test)]
mod snapshots;

use std::borrow::Cow;

use crate::change::ChangeKind;
use crate::evolve::Definition;
use crate::plan::UpsertPlan;
use crate::schema::{Column, EnumType, Index, IndexOf, Origin};

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

/// The statement that creates the schema of a plan, which is named. SQLite has none.
pub(crate) fn create_schema(plan: &UpsertPlan<'_>) -> String {
    let schema = plan.schema.as_deref().unwrap_or_default();
    match plan.dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)),
        Dialect::MySql => mysql::create_schema(schema),
    }
}

/// The type that a column is created with.
pub(crate) fn created_type<'s>(plan: &UpsertPlan<'_>, column: &Column<'s>) -> Cow<'s, str> {
    match plan.dialect {
        Dialect::Postgres => postgres::created_type(plan, column),
        Dialect::Sqlite => sqlite::created_type(column).into(),
        Dialect::MySql => mysql::created_type(column),
    }
}

/// Adds columns that the table lacks, with the keys and indexes that they are part of.
pub(crate) fn add_columns(plan: &UpsertPlan<'_>, columns: &[usize]) -> Vec<String> {
    match plan.dialect {
        Dialect::Postgres => postgres::add_columns(plan, columns),
        Dialect::Sqlite => sqlite::add_columns(plan, columns),
        Dialect::MySql => mysql::add_columns(plan, columns),
    }
}

/// Gives columns the types that they would be created with: empty ones any, others one that holds all that they hold. `None` if
/// nobody can say how they are defined.
pub(crate) fn change_types(
    plan: &UpsertPlan<'_>,
    kind: ChangeKind,
    columns: &[usize],
    definition: &Definition,
) -> Option<Vec<String>> {
    match plan.dialect {
        Dialect::Postgres => Some(postgres::change_types(plan, kind, columns, definition)),
        Dialect::Sqlite => sqlite::rebuild(plan, kind, columns, definition),
        Dialect::MySql => mysql::change_types(plan, kind, columns, definition),
    }
}

/// Asks whether the table has rows.
pub(crate) fn has_rows(plan: &UpsertPlan<'_>) -> String {
    match plan.dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("SELECT EXISTS (SELECT 1 FROM {})", plan.name()),
        Dialect::MySql => mysql::has_rows(plan),
    }
}

/// Whether a column has a default with which it is added to a table without rows alone.
pub(crate) fn computes_default(plan: &UpsertPlan<'_>, position: usize) -> bool {
    match (plan.dialect, plan.columns.get(position).map(|column| column.origin)) {
        (Dialect::Sqlite, Some(Origin::RowOrDefault(default))) => default.sqlite.is_some_and(sqlite::is_computed),
        _ => false,
    }
}

/// Asks whether a column holds anything but NULL.
pub(crate) fn has_values(plan: &UpsertPlan<'_>, column: &str) -> String {
    match plan.dialect {
        Dialect::Postgres | Dialect::Sqlite => {
            format!(
                "SELECT EXISTS (SELECT 1 FROM {} AS target WHERE target.{} IS NOT NULL)",
                plan.name(),
                quoted(column)
            )
        }
        Dialect::MySql => mysql::has_values(plan, column),
    }
}

/// Asks whether the table lacks an index, by its name.
pub(crate) fn lacks_index(plan: &UpsertPlan<'_>, index: &Index<'_>) -> String {
    let name = index.name_in(&plan.table, plan.columns);
    match plan.dialect {
        Dialect::Postgres => postgres::lacks_index(plan, &name),
        Dialect::Sqlite => sqlite::lacks_index(plan, &name),
        Dialect::MySql => mysql::lacks_index(plan, &name),
    }
}

/// Asks whether the table lacks an index of some columns, whatever its name: one that begins with them, or a unique one of just
/// them.
pub(crate) fn lacks_index_of(plan: &UpsertPlan<'_>, columns: &[usize], unique: bool) -> String {
    match plan.dialect {
        Dialect::Postgres => postgres::lacks_index_of(plan, columns, unique),
        Dialect::Sqlite => sqlite::lacks_index_of(plan, columns, unique),
        Dialect::MySql => mysql::lacks_index_of(plan, columns, unique),
    }
}

/// Asks whether something bears the name of an index that the table [lacks](lacks_index). Only PostgreSQL keeps an index that could
/// not be made.
pub(crate) fn has_remains(plan: &UpsertPlan<'_>, index: &Index<'_>) -> Option<String> {
    match plan.dialect {
        Dialect::Postgres => Some(postgres::has_invalid_index(plan, &index.name_in(&plan.table, plan.columns))),
        Dialect::Sqlite | Dialect::MySql => None,
    }
}

/// An index that a table lacks.
#[derive(Clone, Copy)]
pub(crate) struct Lacking<'s> {
    pub(crate) index: &'s Index<'s>,
    pub(crate) remains: Remains,
}

/// What there is of an index that a table lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remains {
    Nothing,
    /// One that could not be made, which the server keeps up to date and never uses.
    Invalid,
}

impl<'s> Lacking<'s> {
    /// One of which there is nothing.
    pub(crate) fn wholly(index: &'s Index<'s>) -> Self {
        Self { index, remains: Remains::Nothing }
    }
}

/// Creates indexes of a table that is there.
pub(crate) fn create_deferred(plan: &UpsertPlan<'_>, lacking: &[Lacking<'_>]) -> Vec<String> {
    let indexes = lacking.iter().map(|lacking| lacking.index);
    match plan.dialect {
        Dialect::Postgres => {
            let statements = lacking.iter().flat_map(|Lacking { index, remains }| {
                let drop = (*remains == Remains::Invalid).then(|| {
                    let name = index.name_in(&plan.table, plan.columns);
                    format!("DROP INDEX {}", qualified(plan.schema.as_deref(), &name))
                });
                drop.into_iter().chain([create_index(plan, index, quoted, &plan.name())])
            });
            statements.collect()
        }
        Dialect::Sqlite => {
            let name = |name: &str| qualified(plan.schema.as_deref(), name);
            indexes.map(|index| create_index(plan, index, name, &quoted(&plan.table))).collect()
        }
        Dialect::MySql => vec![mysql::add_indexes(plan, &indexes.collect::<Vec<_>>())],
    }
}

/// Whether an index goes with columns that are added: it is of one of them, or nobody can tell.
pub(crate) fn goes_with(index: &Index<'_>, added: &[usize]) -> bool {
    match index.of {
        IndexOf::Columns(columns) => index.predicate.is_some() || columns.iter().any(|column| added.contains(column)),
        IndexOf::Expression(_) => true,
    }
}

/// The statement that creates an index beside columns that are added. Of SQL nobody can tell whether it names one of them: then the
/// index may be there already.
fn add_index(plan: &UpsertPlan<'_>, index: &Index<'_>, name: impl Fn(&str) -> String, table: &str) -> String {
    let is_of_columns = matches!(index.of, IndexOf::Columns(_)) && index.predicate.is_none();
    let create = create_index(plan, index, name, table);
    if is_of_columns { create } else { create.replacen(" INDEX ", " INDEX IF NOT EXISTS ", 1) }
}

/// The keys of a table's own statement, as the dialect lists their columns: the primary key, where there is one, and what it calls
/// the others.
fn keys(plan: &UpsertPlan<'_>, primary_key: &str, unique_key: impl Fn(Option<&str>, &[usize]) -> String) -> String {
    let primary = (!plan.primary_key.is_empty()).then(|| format!("PRIMARY KEY ({primary_key})"));
    let unique = unique_keys(plan).map(|(name, columns)| unique_key(name, columns));
    let keys: Vec<String> = primary.into_iter().chain(unique).collect();
    keys.join(",\n    ")
}

/// The unique keys of a table's own statement, with their names: those of the struct, and the conflict target.
fn unique_keys<'p>(plan: &'p UpsertPlan<'_>) -> impl Iterator<Item = (Option<&'p str>, &'p [usize])> {
    let own = plan.indexes.iter().filter_map(|index| Some((index.name, index.key()?)));
    let target = (plan.key != plan.primary_key && own.clone().all(|(_, columns)| !is_same_key(columns, &plan.key)))
        .then_some((None, plan.key.as_slice()));
    own.chain(target)
}

pub(crate) fn is_same_key(left: &[usize], right: &[usize]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

/// The statement that creates an index, of a table and with a name as they stand there.
fn create_index(plan: &UpsertPlan<'_>, index: &Index<'_>, name: impl Fn(&str) -> String, table: &str) -> String {
    let Index { unique, of, predicate, .. } = *index;
    let unique = if unique { "UNIQUE " } else { "" };
    let of = match of {
        IndexOf::Columns(columns) => list(plan.names(columns)),
        IndexOf::Expression(expression) => format!("({expression})"),
    };
    let predicate = predicate.map_or_else(String::new, |predicate| format!(" WHERE {predicate}"));
    let name = name(&index.name_in(&plan.table, plan.columns));
    format!("CREATE {unique}INDEX {name} ON {table} ({of}){predicate}")
}

/// The statements behind a table's own: indexes that it has no place for.
fn create_indexes<'p>(
    plan: &'p UpsertPlan<'_>,
    name: impl Fn(&str) -> String + Copy + 'p,
    table: &'p str,
) -> impl Iterator<Item = String> + 'p {
    plan.beside_table().map(move |index| format!(";\n{}", create_index(plan, index, name, table)))
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
