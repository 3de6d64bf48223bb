//! Statements for MySQL and MariaDB. Names are qualified and quoted; values are parameters, and names that are asked for are
//! written in hexadecimal digits, which mean the same whatever `sql_mode` says of quotes and backslashes.

mod alter;
mod create;
mod questions;
mod stage;

pub(crate) use self::alter::{
    UNLOCK_TABLES, add_columns, add_indexes, change_types, changes_type_of, create_schema, default_is_not_told,
    has_rows, has_values, is_checked_by_texts, lock_table,
};
pub(crate) use self::create::{create_table, created_type};
pub(crate) use self::questions::*;
pub(crate) use self::stage::Stage;
use super::join;
use crate::options::OnConflict;
use crate::plan::{Server, UpsertPlan};

/// Whether a statement counts the rows that it finds, in a variable of the session ([`FOUND`]). Those alone do that whose answer
/// does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Counted,
    NotCounted,
}

/// Writes some rows: the parameters are the values of the first row's columns, then the second's, and so on. Through the bulk
/// protocol, that of one row writes many.
pub(crate) fn upsert(plan: &UpsertPlan<'_>, rows: usize, found: Found) -> String {
    let parameters = join((0..plan.columns.len()).map(|column| given(plan, column, parameter(plan, column))), ", ");
    let named = if plan.on_conflict != OnConflict::Error { named_rows(plan) } else { "" };
    format!(
        "INSERT INTO {} ({})\n{}{named}{}",
        table(plan),
        list(plan, 0..plan.columns.len()),
        values(&parameters, rows),
        on_duplicate_key(plan, found, |name| incoming(plan, name)),
    )
}

/// A value that is sent. MySQL takes it for one of the column's character set, and where it is none it names no row; so that is left to
/// the column itself.
fn parameter(plan: &UpsertPlan<'_>, column: usize) -> &'static str {
    let character_set = plan.mysql.column_types.get(column).and_then(|own| Some(own.rsplit_once(" CHARACTER SET ")?.1));
    let is_another = character_set.is_some_and(|name| !name.starts_with("utf8mb4 "));
    if is_another && plan.mysql.server != Server::MariaDb { "CONVERT(? USING utf8mb4)" } else { "?" }
}

/// The same row of parameters, so many times.
fn values(parameters: &str, rows: usize) -> String {
    format!("VALUES {}", join((0..rows).map(|_| format!("({parameters})")), ", "))
}

fn named_rows(plan: &UpsertPlan<'_>) -> &'static str {
    if plan.mysql.server.names_rows() { " AS upsert_rows" } else { "" }
}

/// What would have been inserted into a column, where a row is there already.
fn incoming(plan: &UpsertPlan<'_>, name: &str) -> String {
    if plan.mysql.server.names_rows() { format!("upsert_rows.{name}") } else { values_of(name) }
}

/// The same of rows that come from a query, which can have no name. MySQL goes on to take it.
fn values_of(name: &str) -> String {
    format!("VALUES({name})")
}

/// The number of the row that is there with a key, or NULL.
fn number(plan: &UpsertPlan<'_>, column: usize, key: impl Fn(usize) -> String) -> String {
    let same = plan.key.iter().map(|&part| format!("there.{} = {}", quoted(plan.columns[part].name), key(part)));
    let name = quoted(plan.columns[column].name);
    format!("(SELECT there.{name} FROM {} AS there WHERE {})", table(plan), join(same, " AND "))
}

/// The numbers of some rows, a column for each: the parameters are the values of the first row's key, then the second's, and
/// so on. Nothing is locked, as it would be by a statement that writes.
pub(crate) fn numbers(plan: &UpsertPlan<'_>, column: usize, rows: usize) -> String {
    let number = number(plan, column, |_| "?".to_owned());
    format!("SELECT {}", join((0..rows).map(|_| number.clone()), ", "))
}

/// A value that was sent; if there is none, what stands in for it.
fn given(plan: &UpsertPlan<'_>, column: usize, sent: &str) -> String {
    match &plan.column_facts[column].default {
        Some(default) => format!("coalesce({sent}, {})", default.sql),
        None => sent.to_owned(),
    }
}

/// Any unique key of the table may have found the row that is there, and MySQL does not tell which. Where there are others
/// than the conflict target, what they find is refused, by a query of two rows where one is wanted ([`TWO_ROWS`]): whatever the
/// columns make of a NULL (a number, the present time), and before a trigger can change anything.
///
/// A row that is to stay as it is gets the value that it has. `INSERT IGNORE` would do that, and make warnings of all errors.
fn on_duplicate_key(plan: &UpsertPlan<'_>, found: Found, incoming: impl Fn(&str) -> String) -> String {
    if plan.on_conflict == OnConflict::Error {
        return String::new();
    }
    let table = table(plan);
    let key: Vec<String> = plan.names(&plan.key).map(quoted).collect();
    let first = &key[0];
    let counts = (found == Found::Counted).then(|| "(@upsert_found := @upsert_found + 1) > 0".to_owned());
    let same = key.iter().map(|name| format!("{table}.{name} = {}", incoming(name)));
    let guard = plan.mysql.has_other_keys.then(|| {
        let conditions = counts.clone().into_iter().chain(same);
        format!("IF({}, 1, {TWO_ROWS})", join(conditions, " AND "))
    });
    let keeps = match guard.or(counts) {
        None if plan.updates.is_empty() => Some(format!("{first} = {table}.{first}")),
        None => None,
        Some(asked) => Some(format!("{first} = IF({asked}, {table}.{first}, {table}.{first})")),
    };
    let set = plan.names(&plan.updates).map(quoted).map(|name| format!("{name} = {}", incoming(&name)));
    format!("\nON DUPLICATE KEY UPDATE {}", join(keeps.into_iter().chain(set), ", "))
}

/// What is no value, and an error where it is looked at (`ER_SUBQUERY_NO_1_ROW`).
const TWO_ROWS: &str = "(SELECT 1 UNION ALL SELECT 2)";

/// Which of some rows are there already, a column for each: the parameters are the values of the first row's key, then the
/// second's, and so on.
pub(crate) fn are_there(plan: &UpsertPlan<'_>, rows: usize) -> String {
    let key = join(plan.names(&plan.key).map(|name| format!("{} = ?", quoted(name))), " AND ");
    let is_there = format!("EXISTS (SELECT 1 FROM {} WHERE {key})", table(plan));
    format!("SELECT {}", join((0..rows).map(|_| is_there.clone()), ", "))
}

/// A text; a backslash begins an escape here.
pub(crate) fn literal(text: &str) -> String {
    super::literal(&text.replace('\\', "\\\\"))
}

/// Nothing but this function puts a name into a statement.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The table, with its schema where that is known.
fn table(plan: &UpsertPlan<'_>) -> String {
    qualified(plan.schema.as_deref(), &plan.table)
}

fn qualified(schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
        None => quoted(table),
    }
}

fn list(plan: &UpsertPlan<'_>, columns: impl IntoIterator<Item = usize>) -> String {
    join(columns.into_iter().map(|column| quoted(plan.columns[column].name)), ", ")
}
