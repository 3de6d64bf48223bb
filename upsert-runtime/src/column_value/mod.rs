//! Rust types that fit a column. One file for each crate whose types do; each says how its types are stored.

use std::borrow::Cow;

use crate::schema::ColumnType;
use crate::value::Value;

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "json")]
mod json;
mod std_types;
#[cfg(feature = "uuid")]
mod uuid;

/// A Rust type that fits a column.
///
/// It says what the type *is*; how a database sends it is the backend's business. Implement it for a type of your own
/// by delegating to one that has it:
///
/// ```
/// use upsert::{ColumnValue, schema::ColumnType, value::Value};
///
/// struct Celsius(f64);
///
/// impl ColumnValue for Celsius {
///     const TYPE: ColumnType = f64::TYPE;
///
///     fn value(&self) -> Value<'_> {
///         self.0.value()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "no column type holds `{Self}`",
    note = "supported are bool, i8 to i64, u8 to u32, f32, f64, String, &str, Vec<u8>, &[u8], [u8; N], and Option of all",
    note = "types of chrono, uuid and serde_json need the feature `chrono`, `uuid` or `json` of `upsert`",
    note = "leave a field out with `#[upsert(skip)]`, or implement `upsert::ColumnValue` for your own type"
)]
pub trait ColumnValue {
    /// The kind of column.
    const TYPE: ColumnType;
    /// Whether the value can be NULL.
    const NULLABLE: bool = false;

    /// The value as a cell. Called a few times a row; it should not allocate where it can borrow.
    fn value(&self) -> Value<'_>;

    /// About how many bytes the cell takes; bounds the size of a chunk. Cheap: it need not be exact.
    fn size(&self) -> usize {
        match Self::TYPE.fixed_width() {
            Some(width) => width,
            None => self.value().size(),
        }
    }
}

/// A type that may be part of a key: never NULL, equality is exact.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a primary key",
    label = "not a key type",
    note = "NULL never equals NULL in a unique index, so a nullable key would insert a new row at every run: drop the `Option`",
    note = "floats and JSON have no exact equality in databases: use an integer, text, bytes, a date, a time or a uuid"
)]
pub trait KeyValue: ColumnValue {}

impl<T: ColumnValue> ColumnValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }

    fn size(&self) -> usize {
        self.as_ref().map_or(0, T::size)
    }
}

/// A borrowed value is stored like the value.
impl<T: ColumnValue + ?Sized> ColumnValue for &T {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = T::NULLABLE;

    fn value(&self) -> Value<'_> {
        T::value(self)
    }

    fn size(&self) -> usize {
        T::size(self)
    }
}

impl<T: KeyValue + ?Sized> KeyValue for &T {}

impl<T: ColumnValue + ToOwned + ?Sized> ColumnValue for Cow<'_, T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = T::NULLABLE;

    fn value(&self) -> Value<'_> {
        T::value(self)
    }

    fn size(&self) -> usize {
        T::size(self)
    }
}

impl<T: KeyValue + ToOwned + ?Sized> KeyValue for Cow<'_, T> {}
