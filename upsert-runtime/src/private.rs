//! The only names that generated code uses, beside those of the public API. No part of that API.

pub use crate::column_value::with::{AsJson, AsNullableJson, ColumnAs};
pub use crate::column_value::{ColumnValue, KeyValue};
pub use crate::fit::{FitsDatabase, Passes, Verdict, names_differ, verdicts};
pub use crate::group::{
    ColumnGroup, GroupRefs, Place, RefsAt, column_at, concatenated, join_names, len_of_names, prefixed,
};
pub use crate::schema::{
    Column, ColumnRef, ColumnType, EnumType, GeneratedColumn, Index, IndexOf, Origin, Sql, TableSchema, Update,
};
pub use crate::sql::Dialect;
pub use crate::upsertable::Upsertable;
pub use crate::value::Value;
pub use core::marker::PhantomData;
pub use core::option::Option;
pub use core::primitive::{bool, u8, usize};

use crate::fit;

/// The constant by which options name a column.
#[must_use]
pub const fn column_ref(table: &'static str, position: usize, name: &'static str) -> ColumnRef {
    ColumnRef { table, position, name }
}

/// The text of a variant.
#[must_use]
pub fn text(label: &'static str) -> Value<'static> {
    Value::Text(label.into())
}

/// Fails to compile, at the type of the field, where it cannot be part of a key.
pub const fn key<T: KeyValue + ?Sized>() {}

/// Fails to compile, at the field, where a rule of every database is broken.
#[track_caller]
pub const fn column_is_sound(schema: &TableSchema<'_>, position: usize) {
    refuse(fit::broken_by_length(fit::column_at(schema, position)));
    refuse(fit::broken_by_origin(fit::column_at(schema, position)));
    if position < schema.columns.len() {
        refuse(fit::broken_by_key_position(schema, position));
    }
}

/// Fails to compile, at the field, where a column cannot be had in a database.
#[track_caller]
pub const fn column_fits(schema: &TableSchema<'_>, position: usize, dialect: Dialect, names_differ: bool) {
    refuse(fit::broken_by_column_unless(schema, position, dialect, names_differ));
}

/// Fails to compile, at the field of a flattened struct, where columns of it break a rule of every database.
#[track_caller]
pub const fn group_is_sound(schema: &TableSchema<'_>, from: usize, len: usize) {
    let mut lines = fit::Lines::NONE;
    let mut position = from;
    while position < from + len {
        lines = lines.of(schema, position, fit::broken_by_flattened(schema, position));
        position += 1;
    }
    refuse(lines.text());
}

/// Fails to compile, at the field of a flattened struct, where columns of it cannot be had in a database.
#[track_caller]
pub const fn group_fits(schema: &TableSchema<'_>, from: usize, len: usize, dialect: Dialect, names_differ: bool) {
    let mut lines = fit::Lines::NONE;
    let mut position = from;
    while position < from + len {
        let broken = fit::broken_by_column_unless(schema, position, dialect, names_differ);
        lines = lines.of(schema, position, broken);
        position += 1;
    }
    refuse(lines.text());
}

/// Fails to compile, at the struct, where its table cannot be had in a database.
#[track_caller]
pub const fn table_fits(schema: &TableSchema<'_>, dialect: Dialect) {
    refuse(fit::broken_by_table(schema, dialect));
}

/// Fails to compile, at the struct, where an index cannot be had in a database.
#[track_caller]
pub const fn index_fits(schema: &TableSchema<'_>, index: usize, dialect: Dialect) {
    refuse(fit::broken_by_index(schema, index, dialect));
}

#[track_caller]
#[expect(clippy::panic, reason = "it is the compiler that shows it, as an error at the caller's place")]
const fn refuse(broken: Option<&str>) {
    if let Some(broken) = broken {
        panic!("{}", broken);
    }
}

/// A column that the schema does not have.
#[cold]
pub fn no_such_column(column: usize) -> ! {
    unreachable!("the schema has no column {column}")
}
