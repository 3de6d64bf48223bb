//! Rows in PostgreSQL's binary formats: an array for each column, or the rows of a COPY.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::backend::Size;
use crate::duplicates::Pick;
use crate::error::Error;
use crate::feed::Chunk;
use crate::plan::{Keeps, UpsertPlan};
use crate::schema::{Column, ColumnType};
use crate::value::{Invalid, Value};

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
}

struct Array {
    encoded: BytesMut,
    array_type: Type,
}

/// A driver may log its parameters.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("array_type", &self.array_type).finish_non_exhaustive()
    }
}

impl Array {
    fn new(column: &Column<'_>, rows: usize) -> Self {
        let (element_type, array_type) = types(column.column_type);
        let width = column.column_type.fixed_width().unwrap_or(16);
        let mut encoded = BytesMut::with_capacity(20 + rows * (4 + width));
        encoded.put_i32(1); // dimensions
        encoded.put_i32(i32::from(column.nullable)); // whether there may be NULLs
        encoded.put_u32(element_type.oid());
        encoded.put_i32(length(rows).expect("a chunk has fewer rows than 2^31"));
        encoded.put_i32(1); // the first index
        Self { encoded, array_type }
    }
}

impl Arrays {
    /// Column by column, some rows at a time: rows that were sorted lie anywhere in memory, and so they stay in the
    /// processor's cache from one column to the next.
    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        const ROWS_AT_A_TIME: usize = 64;
        let mut arrays: Vec<Array> = plan.columns.iter().map(|column| Array::new(column, chunk.len())).collect();
        let latest: Vec<bool> = (0..arrays.len()).map(|column| plan.takes_latest(column)).collect();
        let picks: Vec<Pick> = chunk.picks().collect();
        let mut values = 0;
        for picks in picks.chunks(ROWS_AT_A_TIME) {
            for (position, (column, array)) in plan.columns.iter().zip(&mut arrays).enumerate() {
                let (keeps, latest) = (plan.column_facts[position].keeps, latest[position]);
                for pick in picks {
                    let row = if latest { pick.updatable } else { pick.insert_only };
                    values += encode_cell(&mut array.encoded, column, keeps, &chunk.value(row, position))
                        .map_err(|invalid| Error::value(chunk.number(row), column.name, invalid))?;
                }
            }
        }
        Ok(Self { columns: arrays, rows: chunk.len() as u64, values })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.columns.iter().map(|array| (array as &(dyn ToSql + Sync), array.array_type.clone())).collect()
    }
}

/// The bytes are encoded already; the statement names their type.
impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
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
    encoded: BytesMut,
    values: u64,
}

impl Copy {
    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let fields = i16::try_from(plan.columns.len() + 1).expect("a plan has at most 1600 columns");
        let mut values = 0;
        let mut encoded = BytesMut::with_capacity(chunk.len() * 16 * (plan.columns.len() + 1));
        encoded.put_slice(b"PGCOPY\n\xff\r\n\0");
        encoded.put_i32(0); // flags
        encoded.put_i32(0); // length of the header's extension
        for pick in chunk.picks() {
            let row = pick.updatable;
            encoded.put_i16(fields);
            encoded.put_i32(8);
            encoded.put_u64(chunk.number(row));
            for (position, column) in plan.columns.iter().enumerate() {
                let keeps = plan.column_facts[position].keeps;
                values += encode_cell(&mut encoded, column, keeps, &chunk.value(row, position))
                    .map_err(|invalid| Error::value(chunk.number(row), column.name, invalid))?;
            }
        }
        encoded.put_i16(-1);
        Ok(Self { encoded, values })
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.encoded.freeze()
    }
}

/// The type of a value, and of an array of them.
fn types(column_type: ColumnType) -> (Type, Type) {
    match column_type {
        ColumnType::Bool => (Type::BOOL, Type::BOOL_ARRAY),
        ColumnType::SmallInt => (Type::INT2, Type::INT2_ARRAY),
        ColumnType::Integer => (Type::INT4, Type::INT4_ARRAY),
        ColumnType::BigInt => (Type::INT8, Type::INT8_ARRAY),
        ColumnType::Real => (Type::FLOAT4, Type::FLOAT4_ARRAY),
        ColumnType::Double => (Type::FLOAT8, Type::FLOAT8_ARRAY),
        ColumnType::Text => (Type::TEXT, Type::TEXT_ARRAY),
        ColumnType::Bytes => (Type::BYTEA, Type::BYTEA_ARRAY),
        ColumnType::Date => (Type::DATE, Type::DATE_ARRAY),
        ColumnType::Time => (Type::TIME, Type::TIME_ARRAY),
        ColumnType::Timestamp => (Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
        ColumnType::TimestampTz => (Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
        ColumnType::Uuid => (Type::UUID, Type::UUID_ARRAY),
        ColumnType::Json => (Type::JSONB, Type::JSONB_ARRAY),
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

/// Appends a value with its length before it, or a NULL; returns the value's size.
fn encode_cell(out: &mut BytesMut, column: &Column<'_>, keeps: Keeps, value: &Value<'_>) -> Result<u64, Invalid> {
    if !value.fits(column.column_type) {
        return Err(Invalid::WrongKind);
    }
    keeps.check(value)?;
    match value {
        Value::Null if column.nullable => {
            out.put_i32(-1);
            return Ok(0);
        }
        Value::Null => return Err(Invalid::Null),
        Value::Invalid(invalid) => return Err(*invalid),
        Value::Bool(value) => {
            out.put_i32(1);
            out.put_u8(u8::from(*value));
        }
        Value::SmallInt(value) => {
            out.put_i32(2);
            out.put_i16(*value);
        }
        Value::Integer(value) => {
            out.put_i32(4);
            out.put_i32(*value);
        }
        Value::BigInt(value) => {
            out.put_i32(8);
            out.put_i64(*value);
        }
        Value::Real(value) => {
            out.put_i32(4);
            out.put_f32(*value);
        }
        Value::Double(value) => {
            out.put_i32(8);
            out.put_f64(*value);
        }
        Value::Text(text) => {
            if text.as_bytes().contains(&0) {
                return Err(Invalid::NulInText);
            }
            put_bytes(out, text.as_bytes())?;
        }
        Value::Bytes(bytes) => put_bytes(out, bytes)?,
        Value::Date { days } => {
            let days = days.checked_sub(EPOCH_DAYS).filter(|days| DAYS.contains(days)).ok_or(Invalid::OutOfRange)?;
            out.put_i32(4);
            out.put_i32(days);
        }
        Value::Time { micros } => {
            if !MICROS_OF_DAY.contains(micros) {
                return Err(Invalid::OutOfRange);
            }
            out.put_i32(8);
            out.put_i64(*micros);
        }
        Value::Timestamp { micros } | Value::TimestampTz { micros } => {
            let micros =
                micros.checked_sub(EPOCH_MICROS).filter(|micros| MICROS.contains(micros)).ok_or(Invalid::OutOfRange)?;
            out.put_i32(8);
            out.put_i64(micros);
        }
        Value::Uuid(bytes) => {
            out.put_i32(16);
            out.put_slice(bytes);
        }
        Value::Json(document) => {
            // jsonb: a version, then the text. It cannot hold an escaped NUL.
            if has_escaped_nul(document) {
                return Err(Invalid::NulInText);
            }
            out.put_i32(length(document.len() + 1)?);
            out.put_u8(1);
            out.put_slice(document.as_bytes());
        }
    }
    Ok(value.size() as u64)
}

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) -> Result<(), Invalid> {
    out.put_i32(length(bytes.len())?);
    out.put_slice(bytes);
    Ok(())
}

/// Whether a JSON document holds the escape `\u0000`, and not an escaped backslash before `u0000`.
fn has_escaped_nul(document: &str) -> bool {
    document.match_indices("\\u0000").any(|(at, _)| {
        let backslashes = document[..at].bytes().rev().take_while(|&byte| byte == b'\\').count();
        backslashes % 2 == 0
    })
}

fn length(bytes: usize) -> Result<i32, Invalid> {
    i32::try_from(bytes).map_err(|_| Invalid::TooLarge)
}
