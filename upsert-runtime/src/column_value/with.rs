//! Ways to store values that are not the type's own: `#[upsert(with = "…")]`.

use crate::schema::{ColumnType, EnumType};
use crate::value::Value;

/// A way to store values of a type in a column, other than the type's own: of another crate's type, for one.
///
/// A field takes it with `#[upsert(with = "Cents")]`:
///
/// ```
/// use upsert::{ColumnAs, Upsertable, schema::ColumnType, value::{Invalid, Value}};
///
/// /// Of another crate.
/// struct Money {
///     cents: u64,
/// }
///
/// /// Money as a number of cents.
/// struct Cents;
///
/// impl ColumnAs<Money> for Cents {
///     const TYPE: ColumnType = ColumnType::BigInt;
///
///     fn value(money: &Money) -> Value<'_> {
///         i64::try_from(money.cents).map_or(Value::Invalid(Invalid::OutOfRange), Value::BigInt)
///     }
/// }
///
/// #[derive(Upsertable)]
/// struct Price {
///     #[upsert(primary_key)]
///     item: i64,
///     #[upsert(with = "Cents")]
///     amount: Money,
/// }
///
/// assert_eq!(Price::SCHEMA.columns[1].column_type, ColumnType::BigInt);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how to store `{T}`",
    label = "no `ColumnAs` for this type",
    note = "`#[upsert(json)]` needs the feature `json` of `upsert`, and a type that serde can serialize",
    note = "for `with`, implement `upsert::ColumnAs<{T}>` for `{Self}`, if that is a type of your own"
)]
pub trait ColumnAs<T: ?Sized> {
    /// The kind of column.
    const TYPE: ColumnType;
    /// Whether the value can be NULL.
    const NULLABLE: bool = false;
    /// The texts of an enum.
    const ENUM: Option<EnumType<'static>> = None;

    /// The value as a cell. Called a few times a row; it should not allocate where it can borrow.
    fn value(value: &T) -> Value<'_>;

    /// About how many bytes the cell takes; bounds the size of a chunk. Cheap: it need not be exact.
    fn size(value: &T) -> usize {
        match Self::TYPE.fixed_width() {
            Some(width) => width,
            None => Self::value(value).into_size(),
        }
    }
}

/// What serde can serialize, as a JSON document: `#[upsert(json)]`. `None` is the document `null`. It needs the feature
/// `json`.
///
/// It is what serde_json makes of it. What has no place in JSON is refused: a float that is no number (serde_json would make
/// it `null`), a map whose keys are no texts.
#[derive(Clone, Copy, Debug)]
pub enum AsJson {}

/// The same, and `None` is NULL: `#[upsert(json(nullable))]`.
#[derive(Clone, Copy, Debug)]
pub enum AsNullableJson {}

/// Times and spans of time without what is finer than a microsecond, which no database holds: cut off, towards the past.
///
/// The current time is as fine as the clock, and refused otherwise:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), upsert::Error> {
/// use std::time::SystemTime;
/// use upsert::{SqlitePool, Upsertable, UpsertOptions};
///
/// #[derive(Upsertable)]
/// struct Visit {
///     #[upsert(primary_key)]
///     id: i64,
///     #[upsert(with = "upsert::with::TruncateToMicros")]
///     at: SystemTime,
/// }
///
/// let visit = Visit { id: 1, at: SystemTime::now() };
/// Visit::aupsert(&SqlitePool::memory()?, [visit], UpsertOptions::new().create_table()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum TruncateToMicros {}

impl<T> ColumnAs<Option<T>> for TruncateToMicros
where
    Self: ColumnAs<T>,
{
    const TYPE: ColumnType = <Self as ColumnAs<T>>::TYPE;
    const NULLABLE: bool = true;

    fn value(value: &Option<T>) -> Value<'_> {
        value.as_ref().map_or(Value::Null, |value| <Self as ColumnAs<T>>::value(value))
    }
}

/// A type whose values are made anew, without what is finer than a microsecond.
macro_rules! truncated {
    ($([$($parameters:tt)*] $rust:ty: $truncate:expr),* $(,)?) => {$(
        impl<$($parameters)*> $crate::column_value::with::ColumnAs<$rust>
            for $crate::column_value::with::TruncateToMicros
        {
            const TYPE: $crate::schema::ColumnType = <$rust as $crate::column_value::ColumnValue>::TYPE;

            fn value(value: &$rust) -> $crate::value::Value<'_> {
                let truncate: fn(&$rust) -> $rust = $truncate;
                $crate::column_value::ColumnValue::value(&truncate(value)).into_owned()
            }
        }
    )*};
}
pub(super) use truncated;

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::column_value::ColumnValue;
    use crate::value::Invalid;

    fn micros(time: SystemTime) -> i64 {
        match TruncateToMicros::value(&time) {
            Value::TimestampTz { micros } => micros,
            other => unreachable!("{other:?} is no instant"),
        }
    }

    #[test]
    fn times_are_cut_towards_the_past() {
        let epoch = SystemTime::UNIX_EPOCH;
        let nanos = Duration::from_nanos;
        assert_eq!(micros(epoch), 0);
        assert_eq!(micros(epoch + nanos(1_999)), 1);
        assert_eq!(micros(epoch - nanos(1)), -1);
        assert_eq!(micros(epoch - nanos(1_000)), -1);
        assert_eq!(micros(epoch - nanos(1_001)), -2);
        assert!(matches!(TruncateToMicros::value(&nanos(5_999)), Value::Duration { micros: 5 }));
        assert!(matches!((epoch + nanos(1)).value(), Value::Invalid(Invalid::FinerThanMicrosecond)));
        assert!(matches!(TruncateToMicros::value(&None::<SystemTime>), Value::Null));
    }
}
