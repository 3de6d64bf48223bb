//! The order of the values of keys.

use std::cmp;
use std::net::IpAddr;

use super::Value;

/// The order of two key values of the same column. Text goes by its bytes, as under PostgreSQL's `COLLATE "C"` and
/// SQLite's `BINARY`. Values that no key can hold come first and are all equal; encoding refuses them.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> cmp::Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::SmallInt(left), Value::SmallInt(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) | (Value::Date { days: left }, Value::Date { days: right }) => {
            left.cmp(right)
        }
        (Value::BigInt(left), Value::BigInt(right))
        | (Value::Time { micros: left }, Value::Time { micros: right })
        | (Value::Timestamp { micros: left }, Value::Timestamp { micros: right })
        | (Value::TimestampTz { micros: left }, Value::TimestampTz { micros: right })
        | (Value::Duration { micros: left }, Value::Duration { micros: right }) => left.cmp(right),
        (Value::UnsignedBigInt(left), Value::UnsignedBigInt(right)) => left.cmp(right),
        (Value::HugeInt(left), Value::HugeInt(right)) => left.cmp(right),
        (Value::UnsignedHugeInt(left), Value::UnsignedHugeInt(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => left.compare(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Inet(left), Value::Inet(right)) => left.cmp(right),
        // Kinds that differ are a mistake of the type's, which encoding refuses; but the order must be one.
        _ => is_key(left).cmp(&is_key(right)).then_with(|| match is_key(left) {
            true => left.kind().cmp(right.kind()),
            false => cmp::Ordering::Equal,
        }),
    }
}

pub(crate) fn is_key(value: &Value<'_>) -> bool {
    !matches!(
        value,
        Value::Null | Value::Real(_) | Value::Double(_) | Value::Json(_) | Value::Array(_) | Value::Invalid(_)
    )
}

/// A number that orders as the value does, as far as 8 bytes can tell.
#[inline]
pub(crate) fn prefix(value: &Value<'_>) -> u64 {
    match value {
        Value::Bool(value) => u64::from(*value),
        Value::SmallInt(value) => signed(i64::from(*value)),
        Value::Integer(value) | Value::Date { days: value } => signed(i64::from(*value)),
        Value::BigInt(value)
        | Value::Time { micros: value }
        | Value::Timestamp { micros: value }
        | Value::TimestampTz { micros: value }
        | Value::Duration { micros: value } => signed(*value),
        Value::UnsignedBigInt(value) => *value,
        Value::HugeInt(value) => leading_bytes(&(value.cast_unsigned() ^ (1 << 127)).to_be_bytes()),
        Value::UnsignedHugeInt(value) => leading_bytes(&value.to_be_bytes()),
        // The first bit tells the families apart, as their order does.
        Value::Inet(IpAddr::V4(address)) => u64::from(address.to_bits()),
        Value::Inet(IpAddr::V6(address)) => (1 << 63) | leading_bytes(&address.octets()) >> 1,
        Value::Text(text) => leading_bytes(text.as_bytes()),
        Value::Bytes(bytes) => leading_bytes(bytes),
        Value::Uuid(bytes) => leading_bytes(bytes),
        Value::Decimal(_)
        | Value::Null
        | Value::Real(_)
        | Value::Double(_)
        | Value::Json(_)
        | Value::Array(_)
        | Value::Invalid(_) => 0,
    }
}

/// Whether a prefix is all of the value.
pub(crate) fn is_whole(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Bool(_)
            | Value::SmallInt(_)
            | Value::Integer(_)
            | Value::BigInt(_)
            | Value::UnsignedBigInt(_)
            | Value::Date { .. }
            | Value::Time { .. }
            | Value::Timestamp { .. }
            | Value::TimestampTz { .. }
            | Value::Duration { .. }
    )
}

fn signed(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

fn leading_bytes(bytes: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    let taken = bytes.len().min(8);
    prefix[..taken].copy_from_slice(&bytes[..taken]);
    u64::from_be_bytes(prefix)
}
