//! Rows in PostgreSQL's binary formats: an array for each column, or the rows of a COPY.

use std::borrow::Cow;
use std::net::IpAddr;
use std::{fmt, mem};

use bytes::{BufMut, Bytes, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::numeric::put_numeric;
use crate::backend::Size;
use crate::duplicates::Pick;
use crate::error::Error;
use crate::feed::Chunk;
use crate::options::OnConflict;
use crate::plan::{ColumnFacts, Keeps, Sent, UpsertPlan};
use crate::schema::{Column, ColumnType};
use crate::value::{Decimal, Invalid, Value};

/// An encoded chunk.
#[doc(hidden)]
pub enum Packet {
    Arrays(Arrays),
    Copy(Copy),
}

impl Packet {
    pub(super) fn arrays(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        Arrays::encode(plan, chunk).map(Self::Arrays)
    }

    pub(super) fn copy(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        Copy::encode(plan, chunk).map(Self::Copy)
    }
}

impl Size for Packet {
    fn size(&self) -> u64 {
        match self {
            Self::Arrays(arrays) => arrays.values,
            Self::Copy(copy) => copy.values,
        }
    }
}

/// One array parameter for each column.
#[doc(hidden)]
pub struct Arrays {
    columns: Vec<Array>,
    rows: u64,
    /// Bytes of the values alone.
    values: u64,
    /// The numbers of the rows in the input, where conflicts are errors that may be about one of them.
    numbers: Vec<u64>,
}

struct Array {
    encoded: Vec<u8>,
    array_type: Type,
    /// Bytes of this array and of those behind it, with their lengths.
    rest: usize,
}

/// As much as a chunk has unless the options say otherwise.
const MOST_LIKELY_BYTES: usize = 32 << 20;

/// A driver may log its parameters.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("array_type", &self.array_type).finish_non_exhaustive()
    }
}

impl Array {
    /// Of so many rows, with room for the first of them.
    fn new(column: &Column<'_>, facts: &ColumnFacts, rows: usize, first: usize) -> Self {
        let (element_type, array_type) = match facts.sent {
            Sent::AsInterval => (Type::INTERVAL, Type::INTERVAL_ARRAY),
            Sent::AsJson => (Type::JSON, Type::JSON_ARRAY),
            Sent::AsItIs | Sent::Cast(_) | Sent::AsDigits | Sent::Shortest | Sent::AsText => types(column.column_type),
        };
        let width = column.column_type.fixed_width().unwrap_or(16);
        let mut encoded = Vec::with_capacity(20 + first * (4 + width));
        let rows = length(rows).expect("a chunk has fewer rows than 2^31");
        put_array_head(&mut encoded, &element_type, rows, column.nullable);
        Self { encoded, array_type, rest: 0 }
    }

    /// When the first rows are in: the others are likely about as large. If they are not, little is lost.
    fn make_room(&mut self, first: usize, rows: usize) {
        let likely = (self.encoded.len() / first.max(1) + 2).saturating_mul(rows - first);
        self.encoded.reserve(likely.min(MOST_LIKELY_BYTES));
    }
}

impl Arrays {
    /// Column by column, a block of rows at a time, whose rows stay in the processor's cache from one column to the next; or all of
    /// them, where columns lie by themselves.
    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let (rows, scattered) = (chunk.len(), chunk.scattered());
        let first = if scattered.is_some() { rows } else { rows.min(Chunk::ROWS_OF_BLOCK) };
        let columns = plan.columns.iter().zip(&plan.column_facts);
        let mut arrays: Vec<Array> = columns.map(|(column, facts)| Array::new(column, facts, rows, first)).collect();
        let latest: Vec<bool> = (0..arrays.len()).map(|column| plan.takes_latest(column)).collect();
        let mut values = 0;
        let mut numbers = Vec::new();
        let mut is_first = true;
        let mut encode = |picks: &[Pick]| {
            if plan.on_conflict == OnConflict::Error {
                numbers.extend(picks.iter().map(|pick| chunk.number(pick.updatable)));
            }
            for (position, (column, array)) in plan.columns.iter().zip(&mut arrays).enumerate() {
                let (facts, latest) = (&plan.column_facts[position], latest[position]);
                let read = scattered.as_ref().map(|scattered| chunk.read(scattered, position, latest));
                let cells = Cells { out: &mut array.encoded, column, facts, chunk, position, picks, latest, read };
                values += cells.encode()?;
                if is_first {
                    array.make_room(picks.len(), rows);
                }
            }
            is_first = false;
            Ok(())
        };
        match &scattered {
            Some(_) => encode(&chunk.blocks(0).flatten().collect::<Vec<_>>())?,
            None => chunk.blocks(plan.columns.len()).try_for_each(|picks| encode(&picks))?,
        }
        let mut rest = 0;
        for array in arrays.iter_mut().rev() {
            rest += size_of::<i32>() + array.encoded.len();
            array.rest = rest;
        }
        Ok(Self { columns: arrays, rows: rows as u64, values, numbers })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of a row in the input; `place` counts from 1, as PostgreSQL does.
    pub(super) fn number(&self, place: i64) -> Option<u64> {
        let place = usize::try_from(place.checked_sub(1)?).ok()?;
        self.numbers.get(place).copied()
    }

    pub(super) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        (0..self.columns.len()).map(|column| self.parameter(column)).collect()
    }

    pub(super) fn parameter(&self, column: usize) -> (&(dyn ToSql + Sync), Type) {
        let array = &self.columns[column];
        (array, array.array_type.clone())
    }
}

/// The bytes are encoded already; the statement names their type.
impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        // Once for all of them: what has to grow is copied each time.
        out.reserve(self.rest);
        out.extend_from_slice(&self.encoded);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The rows of one COPY into the staging table, whose first column is the row's number.
#[doc(hidden)]
pub struct Copy {
    encoded: Vec<u8>,
    values: u64,
}

impl Copy {
    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let fields = i16::try_from(plan.columns.len() + 1).expect("a plan has at most 1600 columns");
        let latest: Vec<bool> = (0..plan.columns.len()).map(|column| plan.takes_latest(column)).collect();
        let mut values = 0;
        let mut encoded = Vec::with_capacity(chunk.len() * 16 * (plan.columns.len() + 1));
        encoded.put_slice(b"PGCOPY\n\xff\r\n\0");
        encoded.put_i32(0); // flags
        encoded.put_i32(0); // length of the header's extension
        for pick in chunk.blocks(plan.columns.len()).flatten() {
            encoded.put_i16(fields);
            encoded.put_i32(8);
            encoded.put_u64(chunk.number(pick.updatable));
            for (position, column) in plan.columns.iter().enumerate() {
                let row = pick.of(latest[position]);
                let facts = &plan.column_facts[position];
                values += encode_cell(&mut encoded, column, facts, &chunk.value(row, position))
                    .map_err(|invalid| Error::value(chunk.number(row), column, facts.keeps.longest(), invalid))?;
            }
        }
        encoded.put_i16(-1);
        Ok(Self { encoded, values })
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.encoded.into()
    }
}

/// The type of a value, and of an array of them.
fn types(column_type: ColumnType) -> (Type, Type) {
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

fn database_days(days: i32) -> Option<i32> {
    days.checked_sub(EPOCH_DAYS).filter(|days| DAYS.contains(days))
}

fn database_micros(micros: i64) -> Option<i64> {
    micros.checked_sub(EPOCH_MICROS).filter(|micros| MICROS.contains(micros))
}

/// The values of a column, of some rows.
struct Cells<'e> {
    out: &'e mut Vec<u8>,
    column: &'e Column<'e>,
    facts: &'e ColumnFacts,
    chunk: &'e Chunk<'e>,
    position: usize,
    picks: &'e [Pick],
    /// Which row of a pick has the value.
    latest: bool,
    /// The values, if they were read already.
    read: Option<Vec<Value<'e>>>,
}

impl Cells<'_> {
    /// Appends them; returns their sizes.
    ///
    /// What is asked of every value ([`encode_cell`]) is asked of the column, once, where it is of a usual type.
    fn encode(self) -> Result<u64, Error> {
        if self.facts.keeps != Keeps::All || self.facts.sent != Sent::AsItIs || self.column.max_len.is_some() {
            return self.each(|_, _| None);
        }
        match self.column.column_type {
            ColumnType::Bool => self.each(|out, value| match value {
                Value::Bool(value) => {
                    out.extend_from_slice(&[0, 0, 0, 1, u8::from(*value)]);
                    Some(1)
                }
                _ => None,
            }),
            ColumnType::Integer => self.fixed(|value| match value {
                Value::Integer(value) => Some(value.to_be_bytes()),
                _ => None,
            }),
            ColumnType::BigInt => self.fixed(|value| match value {
                Value::BigInt(value) => Some(value.to_be_bytes()),
                _ => None,
            }),
            ColumnType::Double => self.fixed(|value| match value {
                Value::Double(value) => Some(value.to_be_bytes()),
                _ => None,
            }),
            ColumnType::Uuid => self.fixed(|value| match value {
                Value::Uuid(bytes) => Some(*bytes),
                _ => None,
            }),
            ColumnType::Date => self.fixed(|value| match value {
                Value::Date { days } => database_days(*days).map(i32::to_be_bytes),
                _ => None,
            }),
            ColumnType::TimestampTz => self.fixed(|value| match value {
                Value::TimestampTz { micros } => database_micros(*micros).map(i64::to_be_bytes),
                _ => None,
            }),
            ColumnType::Text => self.each(|out, value| match value {
                Value::Text(Cow::Borrowed(text)) if !has_nul(text.as_bytes()) => {
                    put(out, text.as_bytes()).ok()?;
                    Some(text.len())
                }
                _ => None,
            }),
            _ => self.each(|_, _| None),
        }
    }

    /// Appends values of so many bytes; what `bytes` does not know goes the long way.
    #[inline(always)]
    fn fixed<const N: usize>(self, bytes: impl Fn(&Value<'_>) -> Option<[u8; N]>) -> Result<u64, Error> {
        let length = length(N).expect("it is a few bytes").to_be_bytes();
        self.each(|out, value| {
            let bytes = bytes(value)?;
            out.extend_from_slice(&length);
            out.extend_from_slice(&bytes);
            Some(N)
        })
    }

    /// Appends values by `put`, which returns a value's size; what it does not know goes the long way.
    #[inline(always)]
    fn each(mut self, put: impl Fn(&mut Vec<u8>, &Value<'_>) -> Option<usize>) -> Result<u64, Error> {
        let mut sizes = 0;
        for (place, pick) in self.picks.iter().enumerate() {
            let row = pick.of(self.latest);
            let value = match &mut self.read {
                Some(read) => mem::replace(&mut read[place], Value::Null),
                None => self.chunk.value(row, self.position),
            };
            sizes += match put(self.out, &value) {
                Some(size) => size as u64,
                None => encode_cell(self.out, self.column, self.facts, &value).map_err(|invalid| {
                    Error::value(self.chunk.number(row), self.column, self.facts.keeps.longest(), invalid)
                })?,
            };
            if value.owns_nothing() {
                mem::forget(value);
            }
        }
        Ok(sizes)
    }
}

/// Appends a value with its length before it, or a NULL; returns the value's size. A call for each cell would take as long
/// as what is done in it.
#[inline(always)]
fn encode_cell(out: &mut Vec<u8>, column: &Column<'_>, facts: &ColumnFacts, value: &Value<'_>) -> Result<u64, Invalid> {
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

fn put_null(out: &mut Vec<u8>) {
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
fn put_array_head(out: &mut Vec<u8>, element_type: &Type, elements: i32, has_null: bool) {
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
fn put(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Invalid> {
    out.extend_from_slice(&length(bytes.len())?.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Whether text holds a NUL, looked for in eight bytes at a time: text in columns is short, and most of it holds none.
#[inline]
fn has_nul(text: &[u8]) -> bool {
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

pub(super) fn length(bytes: usize) -> Result<i32, Invalid> {
    i32::try_from(bytes).map_err(|_| Invalid::TooLarge)
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;

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
