//! The cells of a chunk, one by one.

use polars_arrow::array::{
    Array, BinaryArray, BinaryViewArray, BooleanArray, DictionaryArray, DictionaryKey, PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, IntegerType, TimeUnit};
use polars_utils::float16::pf16;
use upsert::frame;
use upsert::schema::ColumnType;
use upsert::value::{Decimal, Invalid, Value};

use crate::fields::column_type;
use crate::nested::{List, Object};

/// A chunk of a column, in the form that Arrow gives to the column's type.
pub(crate) enum Cells {
    Null,
    Bool(BooleanArray),
    Int8(PrimitiveArray<i8>),
    Int16(PrimitiveArray<i16>),
    Int32(PrimitiveArray<i32>),
    Int64(PrimitiveArray<i64>),
    Int128(PrimitiveArray<i128>),
    UInt8(PrimitiveArray<u8>),
    UInt16(PrimitiveArray<u16>),
    UInt32(PrimitiveArray<u32>),
    UInt64(PrimitiveArray<u64>),
    UInt128(PrimitiveArray<u128>),
    Float16(PrimitiveArray<pf16>),
    Float32(PrimitiveArray<f32>),
    Float64(PrimitiveArray<f64>),
    Decimal(PrimitiveArray<i128>, u32),
    Text(Utf8ViewArray),
    Bytes(BinaryViewArray),
    BytesByOffset(BinaryArray<i64>),
    Labels8(PrimitiveArray<u8>, Utf8ViewArray),
    Labels16(PrimitiveArray<u16>, Utf8ViewArray),
    Labels32(PrimitiveArray<u32>, Utf8ViewArray),
    Days(PrimitiveArray<i32>),
    Time(PrimitiveArray<i64>, TimeUnit),
    Timestamp(PrimitiveArray<i64>, TimeUnit),
    TimestampTz(PrimitiveArray<i64>, TimeUnit),
    Duration(PrimitiveArray<i64>, TimeUnit),
    List(Box<List>),
    /// A list that is no array, because its elements are.
    ListAsJson(Box<List>),
    Object(Box<Object>),
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
    /// The cells of a chunk, as its own type says.
    pub(crate) fn new(chunk: &dyn Array) -> Result<Self, String> {
        let dtype = chunk.dtype().to_storage();
        let wrong = || format!("a chunk says that it is of Arrow's type {dtype:?}, and is not");
        macro_rules! array {
            ($type:ty) => {
                chunk.as_any().downcast_ref::<$type>().ok_or_else(wrong)?.clone()
            };
        }
        macro_rules! labels {
            ($index:ty, $cells:ident) => {{
                let (indices, labels) = labels::<$index>(chunk).ok_or_else(wrong)?;
                Self::$cells(indices, labels)
            }};
        }
        let kind = column_type(dtype)?;
        Ok(match dtype {
            ArrowDataType::Null => Self::Null,
            ArrowDataType::Boolean => Self::Bool(array!(BooleanArray)),
            ArrowDataType::Int8 => Self::Int8(array!(PrimitiveArray<i8>)),
            ArrowDataType::Int16 => Self::Int16(array!(PrimitiveArray<i16>)),
            ArrowDataType::Int32 => Self::Int32(array!(PrimitiveArray<i32>)),
            ArrowDataType::Int64 => Self::Int64(array!(PrimitiveArray<i64>)),
            ArrowDataType::Int128 => Self::Int128(array!(PrimitiveArray<i128>)),
            ArrowDataType::UInt8 => Self::UInt8(array!(PrimitiveArray<u8>)),
            ArrowDataType::UInt16 => Self::UInt16(array!(PrimitiveArray<u16>)),
            ArrowDataType::UInt32 => Self::UInt32(array!(PrimitiveArray<u32>)),
            ArrowDataType::UInt64 => Self::UInt64(array!(PrimitiveArray<u64>)),
            ArrowDataType::UInt128 => Self::UInt128(array!(PrimitiveArray<u128>)),
            ArrowDataType::Float16 => Self::Float16(array!(PrimitiveArray<pf16>)),
            ArrowDataType::Float32 => Self::Float32(array!(PrimitiveArray<f32>)),
            ArrowDataType::Float64 => Self::Float64(array!(PrimitiveArray<f64>)),
            ArrowDataType::Decimal(_, scale) => {
                Self::Decimal(array!(PrimitiveArray<i128>), u32::try_from(*scale).map_err(|_| wrong())?)
            }
            ArrowDataType::Utf8View => Self::Text(array!(Utf8ViewArray)),
            ArrowDataType::BinaryView => Self::Bytes(array!(BinaryViewArray)),
            ArrowDataType::LargeBinary => Self::BytesByOffset(array!(BinaryArray<i64>)),
            ArrowDataType::Dictionary(index, _, _) => match index {
                IntegerType::UInt8 => labels!(u8, Labels8),
                IntegerType::UInt16 => labels!(u16, Labels16),
                IntegerType::UInt32 => labels!(u32, Labels32),
                _ => return Err(wrong()),
            },
            ArrowDataType::Date32 => Self::Days(array!(PrimitiveArray<i32>)),
            ArrowDataType::Time64(unit) => Self::Time(array!(PrimitiveArray<i64>), *unit),
            ArrowDataType::Timestamp(unit, None) => Self::Timestamp(array!(PrimitiveArray<i64>), *unit),
            ArrowDataType::Timestamp(unit, Some(_)) => Self::TimestampTz(array!(PrimitiveArray<i64>), *unit),
            ArrowDataType::Duration(unit) => Self::Duration(array!(PrimitiveArray<i64>), *unit),
            ArrowDataType::LargeList(_) | ArrowDataType::FixedSizeList(..) => {
                let list = Box::new(List::new(chunk).ok_or_else(wrong)??);
                if kind == ColumnType::Json { Self::ListAsJson(list) } else { Self::List(list) }
            }
            ArrowDataType::Struct(_) => Self::Object(Box::new(Object::new(chunk).ok_or_else(wrong)??)),
            _ => return Err(wrong()),
        })
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
            Self::Int128(array) => cell!(array, row, value => Value::HugeInt(value)),
            Self::UInt8(array) => cell!(array, row, value => Value::SmallInt(value.into())),
            Self::UInt16(array) => cell!(array, row, value => Value::Integer(value.into())),
            Self::UInt32(array) => cell!(array, row, value => Value::BigInt(value.into())),
            Self::UInt64(array) => cell!(array, row, value => Value::UnsignedBigInt(value)),
            Self::UInt128(array) => cell!(array, row, value => Value::UnsignedHugeInt(value)),
            Self::Float16(array) => cell!(array, row, value => Value::Real(value.0.to_f32())),
            Self::Float32(array) => cell!(array, row, value => Value::Real(value)),
            Self::Float64(array) => cell!(array, row, value => Value::Double(value)),
            Self::Decimal(array, scale) => cell!(array, row, value => Value::Decimal(Decimal::new(value, *scale))),
            Self::Text(array) => cell!(array, row, value => Value::Text(value.into())),
            Self::Bytes(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::BytesByOffset(array) => cell!(array, row, value => Value::Bytes(value.into())),
            Self::Labels8(array, labels) => cell!(array, row, value => label(labels, value.into())),
            Self::Labels16(array, labels) => cell!(array, row, value => label(labels, value.into())),
            Self::Labels32(array, labels) => cell!(array, row, value => label(labels, value)),
            Self::Days(array) => cell!(array, row, days => Value::Date { days }),
            Self::Time(array, unit) => cell!(array, row, value => {
                micros(value, *unit).map_or_else(Value::Invalid, time_of_day)
            }),
            Self::Timestamp(array, unit) => cell!(array, row, value => {
                micros(value, *unit).map_or_else(Value::Invalid, |micros| Value::Timestamp { micros })
            }),
            Self::TimestampTz(array, unit) => cell!(array, row, value => {
                micros(value, *unit).map_or_else(Value::Invalid, |micros| Value::TimestampTz { micros })
            }),
            Self::Duration(array, unit) => cell!(array, row, value => {
                micros(value, *unit).map_or_else(Value::Invalid, |micros| Value::Duration { micros })
            }),
            Self::List(list) => list.value(row),
            Self::ListAsJson(_) | Self::Object(_) => self.document(row),
        }
    }

    fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        match self {
            Self::List(list) | Self::ListAsJson(list) => list.write_json(row, out),
            Self::Object(object) => object.write_json(row, out),
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
            Self::Int32(_) | Self::UInt16(_) | Self::Float16(_) | Self::Float32(_) | Self::Days(_) => Some(4),
            Self::Int64(_)
            | Self::UInt32(_)
            | Self::UInt64(_)
            | Self::Float64(_)
            | Self::Time(..)
            | Self::Timestamp(..)
            | Self::TimestampTz(..)
            | Self::Duration(..) => Some(8),
            Self::Int128(_) | Self::UInt128(_) | Self::Decimal(..) => Some(16),
            Self::Text(_)
            | Self::Bytes(_)
            | Self::BytesByOffset(_)
            | Self::Labels8(..)
            | Self::Labels16(..)
            | Self::Labels32(..)
            | Self::List(_)
            | Self::ListAsJson(_)
            | Self::Object(_) => None,
        }
    }
}

/// The indices of a dictionary's rows, and what they stand for.
fn labels<K: DictionaryKey>(chunk: &dyn Array) -> Option<(PrimitiveArray<K>, Utf8ViewArray)> {
    let dictionary = chunk.as_any().downcast_ref::<DictionaryArray<K>>()?;
    let labels = dictionary.values().as_any().downcast_ref::<Utf8ViewArray>()?;
    Some((dictionary.keys().clone(), labels.clone()))
}

#[inline]
fn label(labels: &Utf8ViewArray, index: u32) -> Value<'_> {
    match usize::try_from(index) {
        Ok(index) if index < labels.len() => Value::Text(labels.value(index).into()),
        _ => Value::Invalid(Invalid::WrongKind),
    }
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

fn time_of_day(micros: i64) -> Value<'static> {
    if (0..MICROS_OF_DAY).contains(&micros) { Value::Time { micros } } else { Value::Invalid(Invalid::OutOfRange) }
}

/// Nothing is rounded.
#[inline]
fn micros(number: i64, unit: TimeUnit) -> Result<i64, Invalid> {
    match unit {
        TimeUnit::Second => number.checked_mul(1_000_000).ok_or(Invalid::OutOfRange),
        TimeUnit::Millisecond => number.checked_mul(1_000).ok_or(Invalid::OutOfRange),
        TimeUnit::Microsecond => Ok(number),
        TimeUnit::Nanosecond if number % 1_000 == 0 => Ok(number / 1_000),
        TimeUnit::Nanosecond => Err(Invalid::FinerThanMicrosecond),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "that is how a test fails")]
mod tests {
    use upsert::frame::Cells as _;

    use super::*;

    /// Polars makes times of other days NULL where it is asked to make times; what comes from elsewhere may have them.
    #[test]
    fn a_time_of_another_day_is_refused() {
        let nanos: [i64; 5] = [-1_000, 0, 86_399_999_999_000, 86_400_000_000_000, 1];
        let times = PrimitiveArray::from_slice(nanos).to(ArrowDataType::Time64(TimeUnit::Nanosecond));
        let times = Cells::new(&times).unwrap();
        let values: Vec<_> = (0..nanos.len()).map(|row| times.value(row)).collect();
        let expected = [
            Value::Invalid(Invalid::OutOfRange),
            Value::Time { micros: 0 },
            Value::Time { micros: MICROS_OF_DAY - 1 },
            Value::Invalid(Invalid::OutOfRange),
            Value::Invalid(Invalid::FinerThanMicrosecond),
        ];
        assert_eq!(values, expected);
    }

    /// Polars has no seconds, but Arrow has.
    #[test]
    fn seconds_are_microseconds_unless_there_are_too_many() {
        let seconds = PrimitiveArray::from_slice([-1i64, i64::MAX]).to(ArrowDataType::Duration(TimeUnit::Second));
        let cells = Cells::new(&seconds).unwrap();
        assert_eq!(cells.value(0), Value::Duration { micros: -1_000_000 });
        assert_eq!(cells.value(1), Value::Invalid(Invalid::OutOfRange));
    }

    /// Polars makes no such chunks.
    #[test]
    fn a_chunk_of_a_type_that_polars_does_not_have_is_an_error() {
        let error = Cells::new(&BinaryArray::<i32>::from_slice([b"a"])).err().unwrap();
        assert!(error.starts_with("values of Arrow's type Binary have no form in a database"), "{error}");
        let numbers = PrimitiveArray::from_slice([7i64]).boxed();
        let labels = DictionaryArray::try_from_keys(PrimitiveArray::from_slice([0u8]), numbers, false).unwrap();
        let error = Cells::new(&labels).err().unwrap();
        assert!(error.starts_with("values of Arrow's type Dictionary(UInt8, Int64, false) have no form"), "{error}");
    }

    /// An index without a label would be the mistake of whoever made the column.
    #[test]
    fn an_index_without_a_label_is_refused() {
        let cells = Cells::Labels8(PrimitiveArray::from_slice([0u8, 1]), Utf8ViewArray::from_slice_values(["red"]));
        assert_eq!(cells.value(0), Value::Text("red".into()));
        assert_eq!(cells.value(1), Value::Invalid(Invalid::WrongKind));
    }
}
