//! Rust types that fit a column. One file for each crate whose types do; each says how its types are stored.

use std::borrow::Cow;

use std::sync::Arc;

use crate::schema::{ColumnType, EnumType};
use crate::value::Value;

mod array;
#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod json_floats;
mod no_key;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
mod std_types;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;
pub mod with;

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
    note = "supported are bool, all integers and floats, char, texts, bytes, std's Duration, SystemTime and IpAddr, Vec<T> and [T; N] of these, and Option of all",
    note = "types of chrono, time, jiff, uuid, rust_decimal, bigdecimal, bytes and serde_json need the feature of that name (`json` for serde_json) of `upsert`",
    note = "for a type of your own, derive `upsert::ColumnValue` (enums without data, structs of one field) or implement it",
    note = "else write `#[upsert(json)]` for what serde can serialize, `#[upsert(with = \"…\")]`, or leave the field out with `#[upsert(skip)]`; a struct of several columns derives `upsert::ColumnGroup`, and its field says `#[upsert(flatten)]`"
)]
pub trait ColumnValue {
    /// The kind of column.
    const TYPE: ColumnType;
    /// Whether the value can be NULL.
    const NULLABLE: bool = false;
    /// Whether no two of its values are NULL.
    #[doc(hidden)]
    const HAS_ONE_NULL: bool = true;
    /// The most characters or bytes that a value has, where that is known and little.
    #[doc(hidden)]
    const LONGEST: Option<u32> = None;
    /// The texts of an enum.
    const ENUM: Option<EnumType<'static>> = None;
    /// The kind of column of an array of such values.
    #[doc(hidden)]
    const ARRAY: ColumnType = ColumnType::Array(&Self::TYPE);

    /// The value as a cell. Called a few times a row; it should not allocate where it can borrow.
    fn value(&self) -> Value<'_>;

    /// About how many bytes the cell takes; bounds the size of a chunk. Cheap: it need not be exact.
    #[inline]
    fn size(&self) -> usize {
        match Self::TYPE.fixed_width() {
            Some(width) => width,
            None => self.value().into_size(),
        }
    }

    /// The value of an array of such values. Bytes are more than an array of numbers, and cannot have an implementation
    /// of their own beside that of all arrays.
    #[doc(hidden)]
    fn array(elements: &[Self]) -> Value<'_>
    where
        Self: Sized,
    {
        Value::Array(elements.iter().map(Self::value).collect())
    }
}

/// A type that may be part of a key: never NULL, equality is exact.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key, by which rows are found",
    label = "not a key type",
    note = "keys are integers, texts, bytes, dates, times, uuids, and other types whose equality is exact in databases",
    note = "a type of your own that implements `ColumnValue` by hand, and whose equality is that of its values, needs `impl upsert::KeyValue` beside that",
    note = "types of chrono, time, jiff, uuid, rust_decimal and bigdecimal need the feature of that name of `upsert`"
)]
pub trait KeyValue: ColumnValue {}

impl<T: ColumnValue> ColumnValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = {
        // `None` and `Some(None)` would be one NULL. Where the derive sees two, it says so at the type.
        assert!(
            !T::NULLABLE,
            "an `Option` of what may be NULL already: a column has one NULL, so leave one `Option` out"
        );
        true
    };
    const HAS_ONE_NULL: bool = T::HAS_ONE_NULL && !T::NULLABLE;
    const LONGEST: Option<u32> = T::LONGEST;
    const ENUM: Option<EnumType<'static>> = T::ENUM;

    #[inline]
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }

    #[inline]
    fn size(&self) -> usize {
        self.as_ref().map_or(0, T::size)
    }
}

macro_rules! stored_as_its_target {
    ($([$($parameters:tt)*] $pointer:ty),* $(,)?) => {$(
        impl<$($parameters)*> ColumnValue for $pointer {
            const TYPE: ColumnType = T::TYPE;
            const NULLABLE: bool = T::NULLABLE;
            const HAS_ONE_NULL: bool = T::HAS_ONE_NULL;
            const LONGEST: Option<u32> = T::LONGEST;
            const ENUM: Option<EnumType<'static>> = T::ENUM;

            #[inline]
            fn value(&self) -> Value<'_> {
                T::value(self)
            }

            #[inline]
            fn size(&self) -> usize {
                T::size(self)
            }
        }
    )*};
}

stored_as_its_target! {
    [T: ColumnValue + ?Sized] &T,
    [T: ColumnValue + ?Sized] Box<T>,
    [T: ColumnValue + ?Sized] Arc<T>,
    [T: ColumnValue + ToOwned + ?Sized] Cow<'_, T>,
}

impl<T: KeyValue + ?Sized> KeyValue for &T {}
impl<T: KeyValue + ?Sized> KeyValue for Box<T> {}
impl<T: KeyValue + ?Sized> KeyValue for Arc<T> {}
impl<T: KeyValue + ToOwned + ?Sized> KeyValue for Cow<'_, T> {}
