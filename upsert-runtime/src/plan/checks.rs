//! What schema and options must not say, by themselves or together.

use crate::fit;
use crate::options::{OnConflict, UpsertOptions};
use crate::schema::{Origin, TableSchema};
use crate::sql::{self, Dialect};

/// Options that contradict themselves or each other.
pub(super) fn check_options(options: &UpsertOptions, mistakes: &mut Vec<String>) {
    for (option, bound) in [("chunk_rows", options.chunk_rows), ("chunk_bytes", options.chunk_bytes)] {
        if bound == 0 {
            mistakes.push(format!("`{option}(0)` leaves no room for a row: the least is 1"));
        }
    }
    if options.update_columns.is_some() && options.on_conflict != OnConflict::Update {
        mistakes.push(format!(
            "`update_columns` and `OnConflict::{:?}`, which updates nothing, contradict each other: leave one of them out",
            options.on_conflict
        ));
    }
}

/// Checks the primary key and the conflict target.
pub(super) fn check_key(schema: &TableSchema<'_>, mistakes: &mut Vec<String>) {
    let columns = schema.columns;
    for (name, key) in [("primary key", schema.primary_key), ("conflict target", schema.key())] {
        if key.is_empty() {
            mistakes.push(format!("the {name} has no column"));
        }
        if let Some(position) = key.iter().find(|&&position| position >= columns.len()) {
            mistakes.push(format!("the key names column {position}, but there are {}", columns.len()));
        }
    }
    for (position, column) in columns.iter().enumerate() {
        mistakes.extend(
            fit::broken_by_key_position(schema, position)
                .map(|broken| format!("key column `{}`: {broken}", column.name)),
        );
    }
}

/// Refuses to create a table whose defaults nobody has said.
pub(super) fn check_defaults(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    for column in schema.columns {
        if let Origin::RowOrDefault(default) = column.origin
            && fit::on(&default, dialect).is_none()
        {
            mistakes.push(format!(
                "column {}: the table cannot be created, for nothing says what the column's default is in this database",
                sql::quoted(column.name)
            ));
        }
    }
}

/// Indexes share one name space with each other, and on PostgreSQL and SQLite with tables.
pub(super) fn check_index_names(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    let fold = |name: &str| if dialect == Dialect::Postgres { name.to_owned() } else { name.to_ascii_lowercase() };
    let mut taken = vec![fold(schema.table)];
    let named = schema.indexes.iter().filter(|index| index.name.is_some() || index.key().is_none());
    for index in named.filter(|index| index.has_its_columns(schema.columns.len())) {
        let name = index.name_in(schema.table, schema.columns);
        if taken.contains(&fold(&name)) {
            mistakes.push(format!(
                "index {}: the table or another index has this name: give it one with `name = \"…\"`",
                sql::quoted(&name)
            ));
        }
        taken.push(fold(&name));
    }
}

/// The rules of the database, for what the compiler has not seen: names of run time, generic structs.
pub(super) fn check_fit(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    mistakes.extend(
        fit::broken_by_table(schema, dialect)
            .map(|broken| format!("table {}: {broken}", sql::qualified(schema.schema, schema.table))),
    );
    for position in 0..fit::all_columns(schema) {
        mistakes.extend(
            fit::broken_by_column(schema, position, dialect)
                .map(|broken| format!("column {}: {broken}", sql::quoted(fit::column_at(schema, position).name))),
        );
    }
    check_index_names(schema, dialect, mistakes);
    for (position, index) in schema.indexes.iter().enumerate() {
        mistakes.extend(
            fit::broken_by_index(schema, position, dialect)
                .map(|broken| format!("index {}: {broken}", index.name.unwrap_or("without a name"))),
        );
    }
}
