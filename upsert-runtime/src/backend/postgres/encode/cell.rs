//! The bytes of a value.

use std::net::IpAddr;

use bytes::BufMut;
use tokio_postgres::types::Type;

use crate::backend::postgres::numeric::put_numeric;
use crate::plan::{ColumnFacts, Sent};
use crate::schema::{Column, ColumnType};
use crate::value::{Decimal, Invalid, Value};

/// The type of a value, and of an array of them.
pub(super) fn types(column_type: ColumnType) -> (Type, Type) {
    match column_type {
        ColumnType::Bool => (Type::BOOL, Type::BOOL_ARRAY),
        ColumnType::SmallInt => (Type::INT2, Type::INT2_ARRAY),
        ColumnType::Integer => (Type::INT4, Type::INT4_ARRAY),
        ColumnType::BigInt | ColumnType::Duration => (Type::INT8, Type::INT8_ARRAY),
        ColumnType::UnsignedBigInt | ColumnType::HugeInt | ColumnType::UnsignedHugeInt | ColumnType::Decimal => {
            (Type::NUMERIC, Type::NUMERIC_ARRAY)
        }
        ColumnType::Real => (Type::FLOAT4, Type::FLOAT4_ARRAY),
        ColumnType::Double => (Type::FLOAT8, Type::FLOAT8_ARRAY),
        ColumnType::Text => (Type::TEXT, Type::TEXT_ARRAY),
        ColumnType::Bytes => (Type::BYTEA, Type::BYTEA_ARRAY),
        ColumnType::Date => (Type::DATE, Type::DATE_ARRAY),
        ColumnType::Time => (Type::TIME, Type::TIME_ARRAY),
        ColumnType::Timestamp => (Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
        ColumnType::TimestampTz => (Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
        ColumnType::Uuid => (Type::UUID, Type::UUID_ARRAY),
        ColumnType::Inet => (Type::INET, Type::INET_ARRAY),
        ColumnType::Json => (Type::JSONB, Type::JSONB_ARRAY),
        // An array of arrays is an array of more dimensions; no schema has one.
        ColumnType::Array(element) => types(*element),
    }
}

/// From 1970-01-01, where our days and microseconds begin, to 2000-01-01, where PostgreSQL's do.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

// The ranges of the documentation, "Date/Time Types": 4714-11-24 BC to the end of 5874897 AD for dates, to the end of
// 294276 AD for timestamps. What lies outside, `infinity` included, is no value of ours.
const DAYS: std::ops::Range<i32> = -2_451_545..2_145_031_949;
const MICROS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
const MICROS_OF_DAY: std::ops::RangeInclusive<i64> = 0..=86_400_000_000;

pub(super) fn database_days(days: i32) -> Option<i32> {
    days.checked_sub(EPOCH_DAYS).filter(|days| DAYS.contains(days))
}

pub(super) fn database_micros(micros: i64) -> Option<i64> {
    micros.checked_sub(EPOCH_MICROS).filter(|micros| MICROS.contains(micros))
}

/// Appends a value with its length before it, or a NULL; returns the value's size. A call for each cell would take as long
/// as what is done in it.
#[inline(always)]
pub(super) fn encode_cell(
    out: &mut Vec<u8>,
    column: &Column<'_>,
    facts: &ColumnFacts,
    value: &Value<'_>,
) -> Result<u64, Invalid> {
    column.check(value)?;
    facts.keeps.check(value)?;
    match (value, &facts.sent) {
        (Value::Null, _) if column.nullable && facts.takes_null => {
            put_null(out);
            return Ok(0);
        }
        (Value::Null, _) => return Err(Invalid::Null),
        (Value::Duration { micros }, Sent::AsInterval) => {
            out.put_i32(16);
            out.put_i64(*micros);
            out.put_i32(0); // days
            out.put_i32(0); // months
        }
        (Value::Json(document), Sent::AsJson) if !has_escaped_nul(document) => put(out, document.as_bytes())?,
        (value, _) => put_value(out, column.column_type, value)?,
    }
    Ok(value.size() as u64)
}

pub(super) fn put_null(out: &mut Vec<u8>) {
    out.put_i32(-1);
}

/// Appends a value of a column type, with its length before it.
#[inline(always)]
fn put_value(out: &mut Vec<u8>, column_type: ColumnType, value: &Value<'_>) -> Result<(), Invalid> {
    match value {
        Value::Null => put_null(out),
        Value::Invalid(invalid) => return Err(*invalid),
        Value::Bool(value) => put(out, &[u8::from(*value)])?,
        Value::SmallInt(value) => put(out, &value.to_be_bytes())?,
        Value::Integer(value) => put(out, &value.to_be_bytes())?,
        Value::BigInt(value) | Value::Duration { micros: value } => put(out, &value.to_be_bytes())?,
        Value::UnsignedBigInt(value) => put_numeric(out, &Decimal::new((*value).into(), 0))?,
        Value::HugeInt(value) => put_numeric(out, &Decimal::new(*value, 0))?,
        Value::UnsignedHugeInt(value) => put_numeric(out, &Decimal::from_unsigned(*value, 0))?,
        Value::Decimal(decimal) => put_numeric(out, decimal)?,
        Value::Real(value) => put(out, &value.to_be_bytes())?,
        Value::Double(value) => put(out, &value.to_be_bytes())?,
        Value::Text(text) if has_nul(text.as_bytes()) => return Err(Invalid::NulInText),
        Value::Text(text) => put(out, text.as_bytes())?,
        Value::Bytes(bytes) => put(out, bytes)?,
        Value::Date { days } => {
            put(out, &database_days(*days).ok_or(Invalid::OutOfRange)?.to_be_bytes())?;
        }
        Value::Time { micros } if !MICROS_OF_DAY.contains(micros) => return Err(Invalid::OutOfRange),
        Value::Time { micros } => put(out, &micros.to_be_bytes())?,
        Value::Timestamp { micros } | Value::TimestampTz { micros } => {
            put(out, &database_micros(*micros).ok_or(Invalid::OutOfRange)?.to_be_bytes())?;
        }
        Value::Uuid(bytes) => put(out, bytes)?,
        Value::Inet(address) => put_address(out, *address),
        Value::Json(document) => {
            // jsonb: a version, then the text. It cannot hold an escaped NUL.
            if has_escaped_nul(document) {
                return Err(Invalid::NulInText);
            }
            out.put_i32(length(document.len() + 1)?);
            out.put_u8(1);
            out.put_slice(document.as_bytes());
        }
        Value::Array(elements) => match column_type {
            ColumnType::Array(element) => put_array(out, *element, elements)?,
            _ => return Err(Invalid::WrongKind),
        },
    }
    Ok(())
}

/// An address with all its bits: the family, the bits of its network, whether it is one, and its bytes.
fn put_address(out: &mut Vec<u8>, address: IpAddr) {
    const IPV4: u8 = 2;
    const IPV6: u8 = 3;
    match address {
        IpAddr::V4(address) => {
            out.put_i32(8);
            out.put_slice(&[IPV4, 32, 0, 4]);
            out.put_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.put_i32(20);
            out.put_slice(&[IPV6, 128, 0, 16]);
            out.put_slice(&address.octets());
        }
    }
}

fn put_array(out: &mut Vec<u8>, element_type: ColumnType, elements: &[Value<'_>]) -> Result<(), Invalid> {
    let start = out.len();
    out.put_i32(0); // its length, known at the end
    let (sent_type, _) = types(element_type);
    let has_null = elements.iter().any(|element| matches!(element, Value::Null));
    put_array_head(out, &sent_type, length(elements.len())?, has_null);
    for element in elements {
        put_value(out, element_type, element)?;
    }
    let written = length(out.len() - start - 4)?;
    out[start..start + 4].copy_from_slice(&written.to_be_bytes());
    Ok(())
}

/// What stands before the elements of an array of one dimension. An empty array has none.
pub(super) fn put_array_head(out: &mut Vec<u8>, element_type: &Type, elements: i32, has_null: bool) {
    out.put_i32(i32::from(elements > 0)); // dimensions
    out.put_i32(i32::from(has_null));
    out.put_u32(element_type.oid());
    if elements > 0 {
        out.put_i32(elements);
        out.put_i32(1); // the first index
    }
}

/// Inlined, so that the length of a number is known when this is compiled.
#[inline]
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Invalid> {
    out.extend_from_slice(&length(bytes.len())?.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Whether text holds a NUL, looked for in eight bytes at a time: text in columns is short, and most of it holds none.
#[inline]
pub(super) fn has_nul(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else { return text.contains(&0) };
    let zeros = text.as_chunks().0.iter().fold(zeros(*last), |found, word| found | zeros(*word));
    zeros != 0
}

/// Not 0 if one of the bytes is: only there does taking 1 from each byte set a high bit that was not set before, until the
/// first such byte borrows from its neighbour.
#[inline]
fn zeros(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = u64::from_ne_bytes(word);
    word.wrapping_sub(ONES) & !word & HIGH_BITS
}

/// Whether a JSON document holds the escape `\u0000`, and not an escaped backslash before `u0000`.
fn has_escaped_nul(document: &str) -> bool {
    document.match_indices("\\u0000").any(|(at, _)| {
        let backslashes = document[..at].bytes().rev().take_while(|&byte| byte == b'\\').count();
        backslashes % 2 == 0
    })
}

/// PostgreSQL gives up a connection on which a message of more than 1 GiB is announced (`MaxAllocSize`). A MiB of it is left to what is
/// around a value, and to the chunk that it ends.
const MOST_BYTES: usize = (1 << 30) - (1 << 20);

pub(super) fn length(bytes: usize) -> Result<i32, Invalid> {
    i32::try_from(bytes).ok().filter(|_| bytes <= MOST_BYTES).ok_or(Invalid::TooLarge)
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_as_long_as_no_message_may_be() {
        assert_eq!(length(MOST_BYTES).map_err(|_| ()), Ok(1_072_693_248));
        assert_eq!(length(MOST_BYTES + 1), Err(Invalid::TooLarge));
    }

    #[test]
    fn a_nul_is_found_wherever_it_stands() {
        for byte in [0x01, 0x20, 0x7f, 0x80, 0xff] {
            for length in 0..40 {
                let mut text = vec![byte; length];
                assert!(!has_nul(&text), "{length} times {byte:x}");
                for at in 0..length {
                    text[at] = 0;
                    assert!(has_nul(&text), "{length} times {byte:x}, but at {at}");
                    text[at] = byte;
                }
            }
        }
    }
}
