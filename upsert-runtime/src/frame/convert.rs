//! Which columns of a frame can be written to which columns of a table, and how.

use crate::schema::ColumnType;
use crate::value::document::is_document;
use crate::value::{Decimal, Invalid, Value};

/// Whether values of one type can be written as another without a change: integers as integers of another width (each is looked at),
/// or as decimals, `real` as `double`, text as decimals, UUIDs, addresses and JSON if it is that, and 16 bytes as a UUID.
pub(super) fn is_convertible(from: ColumnType, to: ColumnType) -> bool {
    use ColumnType::{Bytes, Decimal, Double, Inet, Json, Real, Text, Uuid};
    match (from, to) {
        _ if from == to => true,
        (Real, Double) | (Text, Decimal | Uuid | Inet | Json) | (Bytes, Uuid) => true,
        (ColumnType::Array(from), ColumnType::Array(to)) => is_convertible(*from, *to),
        _ => is_integer(from) && (is_integer(to) || to == Decimal),
    }
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
        (Value::Text(text), ColumnType::Decimal) => decimal(&text).ok_or(Invalid::ChangedByColumn),
        (Value::Text(text), ColumnType::Uuid) => uuid(&text).map(Value::Uuid).ok_or(Invalid::ChangedByColumn),
        (Value::Text(text), ColumnType::Inet) => text.parse().map(Value::Inet).map_err(|_| Invalid::ChangedByColumn),
        (Value::Text(text), ColumnType::Json) if is_document(&text) => Ok(Value::Json(text)),
        (Value::Text(_), ColumnType::Json) => Err(Invalid::NotJson),
        (Value::Bytes(bytes), ColumnType::Uuid) => {
            bytes.as_ref().try_into().map(Value::Uuid).map_err(|_| Invalid::ChangedByColumn)
        }
        (Value::Array(elements), ColumnType::Array(to)) => {
            Ok(Value::Array(elements.into_iter().map(|element| convert(element, *to)).collect()))
        }
        _ => Err(Invalid::WrongKind),
    };
    converted.unwrap_or_else(Value::Invalid)
}

fn integer(value: i128, to: ColumnType) -> Result<Value<'static>, Invalid> {
    let fitting = match to {
        ColumnType::SmallInt => value.try_into().map(Value::SmallInt),
        ColumnType::Integer => value.try_into().map(Value::Integer),
        ColumnType::BigInt => value.try_into().map(Value::BigInt),
        ColumnType::UnsignedBigInt => value.try_into().map(Value::UnsignedBigInt),
        ColumnType::UnsignedHugeInt => value.try_into().map(Value::UnsignedHugeInt),
        ColumnType::HugeInt => return Ok(Value::HugeInt(value)),
        ColumnType::Decimal => return Ok(Value::Decimal(Decimal::new(value, 0))),
        _ => return Err(Invalid::WrongKind),
    };
    fitting.map_err(|_| Invalid::OutOfRange)
}

/// A number in plain digits: `-12.50`.
fn decimal(text: &str) -> Option<Value<'static>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = i64::try_from(fraction.len()).ok()?;
    Decimal::from_digits(negative, [whole, fraction].concat(), scale).map(Value::Decimal)
}

/// 32 hexadecimal digits, in the usual groups or in none.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let grouped = text.len() == 36 && [8, 13, 18, 23].iter().all(|&place| text.as_bytes()[place] == b'-');
    if !grouped && text.len() != 32 {
        return None;
    }
    let mut digits = text.bytes().enumerate().filter(|(place, _)| !grouped || !matches!(place, 8 | 13 | 18 | 23));
    let mut digit = || digits.next().and_then(|(_, digit)| char::from(digit).to_digit(16));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(digit()? * 16 + digit()?).ok()?;
    }
    Some(bytes)
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

    #[test]
    fn text_is_what_it_says_or_refused() {
        let text = |text: &'static str, to| convert(Value::Text(text.into()), to);
        for (said, plain) in [("-12.50", "-12.50"), ("+7", "7"), (".5", "0.5"), ("3.", "3")] {
            let Value::Decimal(decimal) = text(said, ColumnType::Decimal) else { unreachable!("{said} is a number") };
            assert_eq!(decimal.to_string(), plain);
        }
        for wrong in ["", "-", ".", "1e3", "1,5", "١", "1.2.3", "--1"] {
            assert_eq!(text(wrong, ColumnType::Decimal), Value::Invalid(Invalid::ChangedByColumn), "{wrong}");
        }
        assert_eq!(text("{}", ColumnType::Json), Value::Json("{}".into()));
        assert_eq!(text("{a: 1}", ColumnType::Json), Value::Invalid(Invalid::NotJson));
        let bytes = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";
        for right in ["01234567-89ab-cdef-0123-456789abcdef", "0123456789ABCDEF0123456789abcdef"] {
            assert_eq!(text(right, ColumnType::Uuid), Value::Uuid(bytes), "{right}");
        }
        for wrong in [
            "",
            "01234567-89ab-cdef-0123-456789abcde",
            "0123456789abcdef0123456789abcde-",
            "é123456789abcdef0123456789abcde",
        ] {
            assert_eq!(text(wrong, ColumnType::Uuid), Value::Invalid(Invalid::ChangedByColumn), "{wrong}");
        }
    }
}
