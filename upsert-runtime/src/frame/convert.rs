//! Which columns of a frame can be written to which columns of a table, and how.

use crate::schema::ColumnType;
use crate::value::read::integer;
use crate::value::{Decimal, Invalid, Value, json};

/// Whether values of one type are written as another where a struct says so: integers as integers of another width (each is looked
/// at), or as decimals, `real` as `double`, text as decimals, UUIDs, addresses and JSON if it is that, arrays as JSON, and 16 bytes
/// as a UUID.
pub(super) fn is_convertible(from: ColumnType, to: ColumnType) -> bool {
    use ColumnType::{Bytes, Decimal, Double, Inet, Json, Real, Text, Uuid};
    match (from, to) {
        _ if from == to => true,
        (Real, Double) | (Text, Decimal | Uuid | Inet | Json) | (Bytes, Uuid) | (ColumnType::Array(_), Json) => true,
        (ColumnType::Array(from), ColumnType::Array(to)) => is_convertible(*from, *to),
        _ => is_integer(from) && (is_integer(to) || to == Decimal),
    }
}

/// Whether they are where it is said of the column itself: text as all that can be [read](Value::from_text), too.
pub(super) fn is_readable(from: ColumnType, to: ColumnType) -> bool {
    use ColumnType::{Bool, Date, Double, Real, Text, Time, Timestamp, TimestampTz};
    let is_read = matches!(to, Bool | Real | Double | Date | Time | Timestamp | TimestampTz) || is_integer(to);
    is_convertible(from, to) || (from == Text && is_read)
}

fn is_integer(column_type: ColumnType) -> bool {
    use ColumnType::{BigInt, HugeInt, Integer, SmallInt, UnsignedBigInt, UnsignedHugeInt};
    matches!(column_type, SmallInt | Integer | BigInt | UnsignedBigInt | HugeInt | UnsignedHugeInt)
}

/// The same value as one of another type; [`Value::Invalid`] where that does not hold it.
pub(super) fn convert(value: Value<'_>, to: ColumnType) -> Value<'_> {
    if value.fits(to) {
        return value;
    }
    let converted = match (value, to) {
        (Value::SmallInt(value), _) => integer(value.into(), to),
        (Value::Integer(value), _) => integer(value.into(), to),
        (Value::BigInt(value), _) => integer(value.into(), to),
        (Value::UnsignedBigInt(value), _) => integer(value.into(), to),
        (Value::HugeInt(value), _) => integer(value, to),
        (Value::UnsignedHugeInt(value), ColumnType::Decimal) => Ok(Value::Decimal(Decimal::from_unsigned(value, 0))),
        (Value::UnsignedHugeInt(value), _) => {
            i128::try_from(value).map_err(|_| Invalid::OutOfRange).and_then(|value| integer(value, to))
        }
        (Value::Real(value), ColumnType::Double) => Ok(Value::Double(value.into())),
        (Value::Text(text), _) => Value::from_text(text, to),
        (Value::Bytes(bytes), ColumnType::Uuid) => {
            bytes.as_ref().try_into().map(Value::Uuid).map_err(|_| Invalid::Malformed)
        }
        (Value::Array(elements), ColumnType::Array(to)) => {
            Ok(Value::Array(elements.into_iter().map(|element| convert(element, *to)).collect()))
        }
        (Value::Array(elements), ColumnType::Json) => {
            json::array(&elements).map(|document| Value::Json(document.into()))
        }
        _ => Err(Invalid::WrongKind),
    };
    converted.unwrap_or_else(Value::Invalid)
}

/// The same text, if it is one of the labels; [`Value::Invalid`] if not.
pub(super) fn label<'v>(value: Value<'v>, labels: &[&str]) -> Value<'v> {
    match value {
        Value::Text(text) if !labels.contains(&text.as_ref()) => Value::Invalid(Invalid::UnknownLabel),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_held_or_refused() {
        assert_eq!(convert(Value::BigInt(-32_768), ColumnType::SmallInt), Value::SmallInt(-32_768));
        assert_eq!(convert(Value::BigInt(32_768), ColumnType::SmallInt), Value::Invalid(Invalid::OutOfRange));
        assert_eq!(convert(Value::BigInt(-1), ColumnType::UnsignedBigInt), Value::Invalid(Invalid::OutOfRange));
        assert_eq!(
            convert(Value::UnsignedBigInt(u64::MAX), ColumnType::Decimal),
            Value::Decimal(Decimal::new(u64::MAX.into(), 0))
        );
        assert_eq!(
            convert(Value::UnsignedHugeInt(u128::MAX), ColumnType::HugeInt),
            Value::Invalid(Invalid::OutOfRange)
        );
    }
}
