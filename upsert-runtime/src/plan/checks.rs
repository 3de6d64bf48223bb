//! What schema and options must not say, by themselves or together.

use super::UpsertPlan;
use crate::error::Error;
use crate::fit;
use crate::options::{OnConflict, UpsertOptions};
use crate::report::Phase;
use crate::schema::{IndexOf, Origin, TableSchema};
use crate::sql::{self, Dialect};

/// Options that contradict themselves or each other.
pub(super) fn check_options(options: &UpsertOptions, mistakes: &mut Vec<String>) {
    for (option, bound) in [("chunk_rows", options.chunk_rows), ("chunk_bytes", options.chunk_bytes)] {
        if bound == 0 {
            mistakes.push(format!("`{option}(0)` leaves no room for a row: the least is 1"));
        }
    }
    if options.allowed.defer_indexes && !options.allowed.create_table {
        mistakes.push(
            "`defer_indexes` says when the indexes of a table are created, and goes with `create_table`: add that, or leave it out"
                .to_owned(),
        );
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
        // A table without a primary key has another key by which rows are found.
        if key.is_empty() && (name == "conflict target" || schema.conflict_target.is_none()) {
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
                "column {}: the table cannot be created, for nothing says what the column's default is in this database: write `default = \"…\"`",
                sql::quoted(column.name)
            ));
        }
    }
}

/// The rules of the database, for what the compiler has not seen: names of run time, generic structs.
pub(super) fn check_fit(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    mistakes.extend(fit::broken_by_table(schema, dialect).map(|broken| {
        format!("table {}: {}", sql::qualified(schema.schema, schema.table), of_fields_and_frames(broken))
    }));
    for position in 0..fit::all_columns(schema) {
        mistakes.extend(fit::broken_by_column(schema, position, dialect).map(|broken| {
            format!("column {}: {}", sql::quoted(fit::column_at(schema, position).name), of_fields_and_frames(broken))
        }));
    }
    for (position, index) in schema.indexes.iter().enumerate() {
        let Some(broken) = fit::broken_by_index(schema, position, dialect) else { continue };
        let index_name = sql::quoted(&index.name_in(schema.table, schema.columns));
        let positions = match index.of {
            IndexOf::Columns(positions) => positions,
            IndexOf::Expression(_) => &[],
        };
        let of_one = positions.iter().filter_map(|&position| schema.columns.get(position)).find_map(|column| {
            fit::broken_by_indexed(column, dialect).map(|broken| (sql::quoted(column.name), broken))
        });
        mistakes.push(match of_one {
            Some((column, broken)) => format!("index {index_name}: column {column}: {broken}"),
            None => format!("index {index_name}: {broken}"),
        });
    }
}

/// The compiler says these words of the field that it shows. Here the column may as well be a frame's.
fn of_fields_and_frames(broken: &str) -> String {
    broken
        .replace("by `column = \"…\"`", "by `column = \"…\"` on the field or `FrameTable::rename`")
        .replace("(`#[upsert(json)]`)", "(of fields, by `#[upsert(json)]`)")
}

impl UpsertPlan<'_> {
    /// A staging table has one column more than the table, for the rows' numbers.
    pub(crate) fn check_room_to_stage(&self) -> Result<(), Error> {
        let most = fit::most_columns(self.dialect);
        if self.columns.len() < most {
            return Ok(());
        }
        let message = format!(
            "the rows are to be staged, in a table of one column more than theirs, and {most} are the most that it can have: \
             write them chunk by chunk (`Atomicity::Chunk`), or all of them from memory"
        );
        Err(Error::plan(message).during(Phase::Prepare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ColumnRef, ColumnType, Index, Update};

    /// Whoever writes a frame has no fields with attributes.
    #[test]
    fn a_name_that_is_taken_is_of_fields_and_frames() {
        let columns = [Column::new("id", ColumnType::BigInt), Column::new("ID", ColumnType::BigInt)];
        let schema = TableSchema::new("t", &columns, &[0]);
        let error =
            UpsertPlan::new(&schema, &UpsertOptions::new(), Dialect::Sqlite).expect_err("it is taken").to_string();
        assert!(error.contains("by `column = \"…\"` on the field or `FrameTable::rename`"), "{error}");
    }

    /// What finds rows is not updated; where another target does, `update = never` of the struct's own has a meaning.
    #[test]
    fn a_target_that_finds_no_rows_is_updated_unless_never() {
        let column = |name| Column::new(name, ColumnType::BigInt);
        let columns = ["id", "code", "place"].map(column);
        let kept = [columns[0], columns[1].update(Update::Never), columns[2]];
        let by_place = UpsertOptions::new().conflict_target([ColumnRef { table: "t", position: 2, name: "place" }]);
        let updates = |columns: &[Column<'_>], options: &UpsertOptions| {
            let schema = TableSchema::new("t", columns, &[0]).conflict_target(&[1]);
            UpsertPlan::new(&schema, options, Dialect::Sqlite).expect("it is sound").updates
        };
        assert_eq!(updates(&columns, &UpsertOptions::new()), [2]);
        assert_eq!(updates(&kept, &UpsertOptions::new()), [2]);
        assert_eq!(updates(&columns, &by_place), [1]);
        assert!(updates(&kept, &by_place).is_empty());
    }

    /// It is said by the column, for one of several.
    #[test]
    fn an_index_that_a_column_cannot_be_in_names_it() {
        let columns = [Column::new("id", ColumnType::BigInt), Column::new("note", ColumnType::Text)];
        let indexes = [Index::new(IndexOf::Columns(&[0, 1]))];
        let schema = TableSchema::new("t", &columns, &[0]).indexes(&indexes);
        let error = UpsertPlan::new(&schema, &UpsertOptions::new(), Dialect::MySql).expect_err("it has no limit");
        assert!(error.to_string().contains("column \"note\": MySQL has no keys of text"), "{error}");
    }

    /// It is said in our words, before the database refuses a table of one column too many.
    #[test]
    fn as_many_columns_as_a_table_can_have_are_not_staged() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql] {
            let most = fit::most_columns(dialect);
            for (columns, has_room) in [(most - 1, true), (most, false)] {
                let names: Vec<String> = (0..columns).map(|number| format!("c{number}")).collect();
                let columns: Vec<Column<'_>> = names.iter().map(|name| Column::new(name, ColumnType::Bool)).collect();
                let schema = TableSchema::new("t", &columns, &[0]);
                let plan = UpsertPlan::new(&schema, &UpsertOptions::new(), dialect).expect("a table has so many");
                assert_eq!(plan.check_room_to_stage().is_ok(), has_room, "{dialect:?}");
            }
        }
    }
}
