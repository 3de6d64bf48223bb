//! The only names that generated code uses, beside those of the public API. No part of that API.

pub use crate::column_value::{ColumnValue, KeyValue};
pub use crate::schema::{Column, ColumnRef, ColumnType, TableSchema, Update};
pub use crate::upsertable::Upsertable;
pub use crate::value::Value;
pub use core::option::Option;
pub use core::primitive::{bool, str, usize};

/// A column of a derived struct.
#[must_use]
pub const fn column<T: ColumnValue>(name: &'static str, update: Update) -> Column<'static> {
    Column::new(name, T::TYPE).nullable(T::NULLABLE).update(update)
}

/// The constant by which options name a column.
#[must_use]
pub const fn column_ref(table: &'static str, position: usize, name: &'static str) -> ColumnRef {
    ColumnRef { table, position, name }
}

/// Fails to compile, at the type of the field, where it cannot be stored.
pub const fn stored<T: ColumnValue + ?Sized>() {}

/// Fails to compile, at the type of the field, where it cannot be part of a key.
pub const fn key<T: KeyValue + ?Sized>() {}

/// The cell of a field.
#[inline]
pub fn value<T: ColumnValue + ?Sized>(field: &T) -> Value<'_> {
    field.value()
}

/// The size of a field's cell.
#[inline]
pub fn size<T: ColumnValue + ?Sized>(field: &T) -> usize {
    field.size()
}

/// A column that the schema does not have.
#[cold]
pub fn no_such_column(column: usize) -> ! {
    unreachable!("the schema has no column {column}")
}
