//! The cells of an array, one by one.

use upsert::frame;
use upsert::frame::Cells as _;
use upsert::schema::ColumnType;
use upsert::value::{Decimal, Invalid, Value};

use super::arrow_array::cast::AsArray;
use super::arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use super::arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, PrimitiveArray, StringArray, StringViewArray,
};
use super::arrow_buffer::{ArrowNativeType, NullBuffer, ScalarBuffer};
use super::arrow_schema::{DataType, Field, TimeUnit};
use super::fields::{column_type, is_extension};
use super::nested::{Indirect, List, Object};

/// An array, of the type that it has. What follows from the type is decided once, and not for each cell.
pub(super) enum Cells {
    Null,
    Bool(BooleanArray),
    Int8(PrimitiveArray<Int8Type>),
    Int16(PrimitiveArray<Int16Type>),
    Int32(PrimitiveArray<Int32Type>),
    Int64(PrimitiveArray<Int64Type>),
    UInt8(PrimitiveArray<UInt8Type>),
    UInt16(PrimitiveArray<UInt16Type>),
    UInt32(PrimitiveArray<UInt32Type>),
    UInt64(PrimitiveArray<UInt64Type>),
    Float16(PrimitiveArray<Float16Type>),
    Float32(PrimitiveArray<Float32Type>),
    Float64(PrimitiveArray<Float64Type>),
    Decimal32(PrimitiveArray<Decimal32Type>, i8),
    Decimal64(PrimitiveArray<Decimal64Type>, i8),
    Decimal128(PrimitiveArray<Decimal128Type>, i8),
    Decimal256(PrimitiveArray<Decimal256Type>, i8),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    Json(Box<Cells>),
    Bytes(BinaryArray),
    LargeBytes(LargeBinaryArray),
    BytesView(BinaryViewArray),
    FixedBytes(FixedSizeBinaryArray),
    Uuid(FixedSizeBinaryArray),
    Days(PrimitiveArray<Date32Type>),
    Milliseconds(PrimitiveArray<Date64Type>),
    Time32(Ticks<i32>),
    Time64(Ticks<i64>),
    Timestamp(Ticks<i64>),
    TimestampTz(Ticks<i64>),
    Duration(Ticks<i64>),
    Indirect(Box<Indirect>),
    List(Box<List>),
    /// A list that is no array, because its elements are.
    ListAsJson(Box<List>),
    Object(Box<Object>),
}

/// Numbers of some unit of time.
pub(super) struct Ticks<N: ArrowNativeType> {
    numbers: ScalarBuffer<N>,
    nulls: Option<NullBuffer>,
    unit: TimeUnit,
}

impl Ticks<i64> {
    #[inline]
    fn value(&self, row: usize, made_of: impl FnOnce(i64) -> Value<'static>) -> Value<'static> {
        if is_null(self.nulls.as_ref(), row) {
            return Value::Null;
        }
        match micros(self.numbers[row], self.unit) {
            Ok(micros) => made_of(micros),
            Err(invalid) => Value::Invalid(invalid),
        }
    }
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

fn time_of_day(micros: i64) -> Value<'static> {
    if (0..MICROS_OF_DAY).contains(&micros) { Value::Time { micros } } else { Value::Invalid(Invalid::OutOfRange) }
}

/// Nothing is rounded.
fn micros(number: i64, unit: TimeUnit) -> Result<i64, Invalid> {
    match unit {
        TimeUnit::Second => number.checked_mul(1_000_000).ok_or(Invalid::OutOfRange),
        TimeUnit::Millisecond => number.checked_mul(1_000).ok_or(Invalid::OutOfRange),
        TimeUnit::Microsecond => Ok(number),
        TimeUnit::Nanosecond if number % 1_000 == 0 => Ok(number / 1_000),
        TimeUnit::Nanosecond => Err(Invalid::FinerThanMicrosecond),
    }
}

#[inline]
pub(super) fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(row))
}

/// The cell of an array, if it is not NULL.
macro_rules! cell {
    ($array:expr, $row:expr, $value:ident => $made:expr) => {
        if $array.is_null($row) {
            Value::Null
        } else {
            let $value = $array.value($row);
            $made
        }
    };
}

impl Cells {
    /// The cells of an array that is of the field's type.
    pub(super) fn new(array: &ArrayRef, field: &Field) -> Result<Self, String> {
        let wrong = || format!("the array of column {:?} is of another type than its field says", field.name());
        macro_rules! primitive {
            ($type:ty) => {
                array.as_primitive_opt::<$type>().ok_or_else(wrong)?.clone()
            };
        }
        macro_rules! ticks {
            ($type:ty, $unit:expr) => {{
                let array = primitive!($type);
                Ticks { numbers: array.values().clone(), nulls: array.nulls().cloned(), unit: $unit }
            }};
        }
        macro_rules! array {
            ($type:ty) => {
                array.as_any().downcast_ref::<$type>().ok_or_else(wrong)?.clone()
            };
        }
        let text = |cells: Self| if is_extension(field, "arrow.json") { Self::Json(Box::new(cells)) } else { cells };
        let data_type = field.data_type();
        if array.data_type() != data_type && !array.data_type().equals_datatype(data_type) {
            return Err(wrong());
        }
        Ok(match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array!(BooleanArray)),
            DataType::Int8 => Self::Int8(primitive!(Int8Type)),
            DataType::Int16 => Self::Int16(primitive!(Int16Type)),
            DataType::Int32 => Self::Int32(primitive!(Int32Type)),
            DataType::Int64 => Self::Int64(primitive!(Int64Type)),
            DataType::UInt8 => Self::UInt8(primitive!(UInt8Type)),
            DataType::UInt16 => Self::UInt16(primitive!(UInt16Type)),
            DataType::UInt32 => Self::UInt32(primitive!(UInt32Type)),
            DataType::UInt64 => Self::UInt64(primitive!(UInt64Type)),
            DataType::Float16 => Self::Float16(primitive!(Float16Type)),
            DataType::Float32 => Self::Float32(primitive!(Float32Type)),
            DataType::Float64 => Self::Float64(primitive!(Float64Type)),
            DataType::Decimal32(_, scale) => Self::Decimal32(primitive!(Decimal32Type), *scale),
            DataType::Decimal64(_, scale) => Self::Decimal64(primitive!(Decimal64Type), *scale),
            DataType::Decimal128(_, scale) => Self::Decimal128(primitive!(Decimal128Type), *scale),
            DataType::Decimal256(_, scale) => Self::Decimal256(primitive!(Decimal256Type), *scale),
            DataType::Utf8 => text(Self::Text(array!(StringArray))),
            DataType::LargeUtf8 => text(Self::LargeText(array!(LargeStringArray))),
            DataType::Utf8View => text(Self::TextView(array!(StringViewArray))),
            DataType::Binary => Self::Bytes(array!(BinaryArray)),
            DataType::LargeBinary => Self::LargeBytes(array!(LargeBinaryArray)),
            DataType::BinaryView => Self::BytesView(array!(BinaryViewArray)),
            DataType::FixedSizeBinary(16) if is_extension(field, "arrow.uuid") => {
                Self::Uuid(array!(FixedSizeBinaryArray))
            }
            DataType::FixedSizeBinary(_) => Self::FixedBytes(array!(FixedSizeBinaryArray)),
            DataType::Date32 => Self::Days(primitive!(Date32Type)),
            DataType::Date64 => Self::Milliseconds(primitive!(Date64Type)),
            DataType::Time32(unit) => Self::Time32(match unit {
                TimeUnit::Second => ticks!(Time32SecondType, *unit),
                _ => ticks!(Time32MillisecondType, *unit),
            }),
            DataType::Time64(unit) => Self::Time64(match unit {
                TimeUnit::Microsecond => ticks!(Time64MicrosecondType, *unit),
                _ => ticks!(Time64NanosecondType, *unit),
            }),
            DataType::Timestamp(unit, zone) => {
                let ticks = match unit {
                    TimeUnit::Second => ticks!(TimestampSecondType, *unit),
                    TimeUnit::Millisecond => ticks!(TimestampMillisecondType, *unit),
                    TimeUnit::Microsecond => ticks!(TimestampMicrosecondType, *unit),
                    TimeUnit::Nanosecond => ticks!(TimestampNanosecondType, *unit),
                };
                if zone.is_some() { Self::TimestampTz(ticks) } else { Self::Timestamp(ticks) }
            }
            DataType::Duration(unit) => Self::Duration(match unit {
                TimeUnit::Second => ticks!(DurationSecondType, *unit),
                TimeUnit::Millisecond => ticks!(DurationMillisecondType, *unit),
                TimeUnit::Microsecond => ticks!(DurationMicrosecondType, *unit),
                TimeUnit::Nanosecond => ticks!(DurationNanosecondType, *unit),
            }),
            DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
                Self::Indirect(Box::new(Indirect::new(array, field)?))
            }
            DataType::List(of)
            | DataType::LargeList(of)
            | DataType::ListView(of)
            | DataType::LargeListView(of)
            | DataType::FixedSizeList(of, _) => {
                let list = Box::new(List::new(array, of).ok_or_else(wrong)??);
                if column_type(field)? == ColumnType::Json { Self::ListAsJson(list) } else { Self::List(list) }
            }
            DataType::Struct(_) | DataType::Map(..) => Self::Object(Box::new(Object::new(array).ok_or_else(wrong)??)),
            _ => return Err(wrong()),
        })
    }

    /// A number that is an index: a key of a dictionary.
    pub(super) fn index(&self, row: usize) -> Option<usize> {
        match self.value(row) {
            Value::SmallInt(key) => usize::try_from(key).ok(),
            Value::Integer(key) => usize::try_from(key).ok(),
            Value::BigInt(key) => usize::try_from(key).ok(),
            Value::UnsignedBigInt(key) => usize::try_from(key).ok(),
            _ => None,
        }
    }
}

impl frame::Cells for Cells {
    #[inline]
    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(array) => cell!(array, row, value => Value::Bool(value)),
            Self::Int8(array) => cell!(array, row, value => Value::SmallInt(value.into())),
            Self::Int16(array) => cell!(array, row, value => Value::SmallInt(value)),
            Self::Int32(array) => cell!(array, row, value => Value::Integer(value)),
            Self::Int64(array) => cell!(array, row, value => Value::BigInt(value)),
            Self::UInt8(array) => cell!(array, row, value => Value::SmallInt(value.into())),
            Self::UInt16(array) => cell!(array, row, value => Value::Integer(value.into())),
            Self::UInt32(array) => cell!(array, row, value => Value::BigInt(value.into())),
            Self::UInt64(array) => cell!(array, row, value => Value::UnsignedBigInt(value)),
            Self::Float16(array) => cell!(array, row, value => Value::Real(value.into())),
            Self::Float32(array) => cell!(array, row, value => Value::Real(value)),
            Self::Float64(array) => cell!(array, row, value => Value::Double(value)),
            Self::Decimal32(array, scale) => cell!(array, row, value => decimal(value.into(), *scale)),
            Self::Decimal64(array, scale) => cell!(array, row, value => decimal(value.into(), *scale)),
            Self::Decimal128(array, scale) => cell!(array, row, value => decimal(value, *scale)),
            Self::Decimal256(array, scale) => cell!(array, row, value => match value.to_i128() {
                Some(value) => decimal(value, *scale),
                None => decimal_of_digits(&value.to_string(), *scale),
            }),
            Self::Text(array) => cell!(array, row, value => Value::Text(value.into())),
            Self::LargeText(array) => cell!(array, row, value => Value::Text(value.into())),
            Self::TextView(array) => cell!(array, row, value => Value::Text(value.into())),
            Self::Json(cells) => match cells.value(row) {
                Value::Text(document) => Value::from_text(document, ColumnType::Json).unwrap_or_else(Value::Invalid),
                other => other,
            },
            Self::Bytes(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::LargeBytes(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::BytesView(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::FixedBytes(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::Uuid(array) => cell!(array, row, value => match value.try_into() {
                Ok(bytes) => Value::Uuid(bytes),
                Err(_) => Value::Invalid(Invalid::WrongKind),
            }),
            Self::Days(array) => cell!(array, row, days => Value::Date { days }),
            Self::Milliseconds(array) => cell!(array, row, value => day_of(value)),
            Self::Time32(Ticks { numbers, nulls, unit }) => {
                if is_null(nulls.as_ref(), row) {
                    return Value::Null;
                }
                micros(numbers[row].into(), *unit).map_or_else(Value::Invalid, time_of_day)
            }
            Self::Time64(ticks) => ticks.value(row, time_of_day),
            Self::Timestamp(ticks) => ticks.value(row, |micros| Value::Timestamp { micros }),
            Self::TimestampTz(ticks) => ticks.value(row, |micros| Value::TimestampTz { micros }),
            Self::Duration(ticks) => ticks.value(row, |micros| Value::Duration { micros }),
            Self::Indirect(indirect) => indirect.value(row),
            Self::List(list) => list.value(row),
            Self::ListAsJson(_) | Self::Object(_) => self.document(row),
        }
    }

    fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        match self {
            Self::List(list) | Self::ListAsJson(list) => list.write_json(row, out),
            Self::Object(object) => object.write_json(row, out),
            Self::Indirect(indirect) => indirect.write_json(row, out),
            _ => {
                let value = self.value(row);
                value.write_json(out)?;
                Ok(value != Value::Null)
            }
        }
    }

    fn fixed_width(&self) -> Option<usize> {
        match self {
            Self::Null => Some(0),
            Self::Bool(_) => Some(1),
            Self::Int8(_) | Self::Int16(_) | Self::UInt8(_) => Some(2),
            Self::Int32(_)
            | Self::UInt16(_)
            | Self::Float16(_)
            | Self::Float32(_)
            | Self::Days(_)
            | Self::Milliseconds(_) => Some(4),
            Self::Int64(_)
            | Self::UInt32(_)
            | Self::UInt64(_)
            | Self::Float64(_)
            | Self::Time32(_)
            | Self::Time64(_)
            | Self::Timestamp(_)
            | Self::TimestampTz(_)
            | Self::Duration(_) => Some(8),
            Self::Decimal32(..) | Self::Decimal64(..) | Self::Decimal128(..) | Self::Decimal256(..) | Self::Uuid(_) => {
                Some(16)
            }
            Self::Text(_)
            | Self::LargeText(_)
            | Self::TextView(_)
            | Self::Json(_)
            | Self::Bytes(_)
            | Self::LargeBytes(_)
            | Self::BytesView(_)
            | Self::FixedBytes(_)
            | Self::Indirect(_)
            | Self::List(_)
            | Self::ListAsJson(_)
            | Self::Object(_) => None,
        }
    }
}

fn decimal(mantissa: i128, scale: i8) -> Value<'static> {
    match u32::try_from(scale) {
        Ok(scale) => Value::Decimal(Decimal::new(mantissa, scale)),
        Err(_) => decimal_of_digits(&mantissa.to_string(), scale),
    }
}

fn decimal_of_digits(digits: &str, scale: i8) -> Value<'static> {
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |digits| (true, digits));
    let decimal = Decimal::from_digits(negative, digits.to_owned(), scale.into());
    decimal.map_or(Value::Invalid(Invalid::WrongKind), Value::Decimal)
}

const MILLISECONDS_OF_DAY: i64 = 86_400_000;

/// A day that is counted in milliseconds; a time of day beside it would be lost.
fn day_of(milliseconds: i64) -> Value<'static> {
    match i32::try_from(milliseconds.div_euclid(MILLISECONDS_OF_DAY)) {
        _ if milliseconds.rem_euclid(MILLISECONDS_OF_DAY) != 0 => Value::Invalid(Invalid::TimeOfDay),
        Ok(days) => Value::Date { days },
        Err(_) => Value::Invalid(Invalid::OutOfRange),
    }
}
