//! The only names that generated code uses, beside those of the public API. No part of that API.

pub use crate::column_value::{ColumnValue, KeyValue};
pub use crate::schema::{Column, ColumnRef, TableSchema, Update};
pub use crate::upsertable::Upsertable;
pub use crate::value::Value;
pub use core::primitive::usize;

/// The constant by which options name a column.
#[must_use]
pub const fn column_ref(table: &'static str, position: usize, name: &'static str) -> ColumnRef {
    ColumnRef { table, position, name }
}

/// Fails to compile, at the type of the field, where it cannot be part of a key.
pub const fn key<T: KeyValue + ?Sized>() {}

/// A column that the schema does not have.
#[cold]
pub fn no_such_column(column: usize) -> ! {
    unreachable!("the schema has no column {column}")
}
