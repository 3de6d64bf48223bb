//! The cells of a chunk, one by one.

use std::sync::Arc;

use polars_arrow::array::{Array, BinaryArray, BinaryViewArray, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_core::prelude::{CategoricalMapping, DataType, TimeUnit};
use polars_utils::float16::pf16;
use upsert::frame;
use upsert::schema::ColumnType;
use upsert::value::{Decimal, Invalid, Value};

use crate::fields::column_type;
use crate::nested::{List, Object};

/// A chunk of a column, in the physical form that Polars gives to the column's type.
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
    Labels8(PrimitiveArray<u8>, Arc<CategoricalMapping>),
    Labels16(PrimitiveArray<u16>, Arc<CategoricalMapping>),
    Labels32(PrimitiveArray<u32>, Arc<CategoricalMapping>),
    Days(PrimitiveArray<i32>),
    Time(PrimitiveArray<i64>),
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
    /// The cells of a chunk of a column of this type.
    pub(crate) fn new(chunk: &dyn Array, dtype: &DataType) -> Result<Self, String> {
        let wrong = || format!("a chunk of type {:?} is in a column of Polars' type {dtype}", chunk.dtype());
        macro_rules! array {
            ($type:ty) => {
                chunk.as_any().downcast_ref::<$type>().ok_or_else(wrong)?.clone()
            };
        }
        Ok(match dtype {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array!(BooleanArray)),
            DataType::Int8 => Self::Int8(array!(PrimitiveArray<i8>)),
            DataType::Int16 => Self::Int16(array!(PrimitiveArray<i16>)),
            DataType::Int32 => Self::Int32(array!(PrimitiveArray<i32>)),
            DataType::Int64 => Self::Int64(array!(PrimitiveArray<i64>)),
            DataType::Int128 => Self::Int128(array!(PrimitiveArray<i128>)),
            DataType::UInt8 => Self::UInt8(array!(PrimitiveArray<u8>)),
            DataType::UInt16 => Self::UInt16(array!(PrimitiveArray<u16>)),
            DataType::UInt32 => Self::UInt32(array!(PrimitiveArray<u32>)),
            DataType::UInt64 => Self::UInt64(array!(PrimitiveArray<u64>)),
            DataType::UInt128 => Self::UInt128(array!(PrimitiveArray<u128>)),
            DataType::Float16 => Self::Float16(array!(PrimitiveArray<pf16>)),
            DataType::Float32 => Self::Float32(array!(PrimitiveArray<f32>)),
            DataType::Float64 => Self::Float64(array!(PrimitiveArray<f64>)),
            DataType::Decimal(_, scale) => {
                Self::Decimal(array!(PrimitiveArray<i128>), u32::try_from(*scale).map_err(|_| wrong())?)
            }
            DataType::String => Self::Text(array!(Utf8ViewArray)),
            DataType::Binary => Self::Bytes(array!(BinaryViewArray)),
            DataType::BinaryOffset => Self::BytesByOffset(array!(BinaryArray<i64>)),
            DataType::Categorical(_, mapping) | DataType::Enum(_, mapping) => {
                Self::labels(chunk, mapping).ok_or_else(wrong)?
            }
            DataType::Date => Self::Days(array!(PrimitiveArray<i32>)),
            DataType::Time => Self::Time(array!(PrimitiveArray<i64>)),
            DataType::Datetime(unit, None) => Self::Timestamp(array!(PrimitiveArray<i64>), *unit),
            DataType::Datetime(unit, Some(_)) => Self::TimestampTz(array!(PrimitiveArray<i64>), *unit),
            DataType::Duration(unit) => Self::Duration(array!(PrimitiveArray<i64>), *unit),
            DataType::List(of) | DataType::Array(of, _) => {
                let list = Box::new(List::new(chunk, dtype, of).ok_or_else(wrong)??);
                if column_type(dtype)? == ColumnType::Json { Self::ListAsJson(list) } else { Self::List(list) }
            }
            DataType::Struct(fields) => Self::Object(Box::new(Object::new(chunk, fields).ok_or_else(wrong)??)),
            other => match other.to_storage() {
                storage if storage != *other => Self::new(chunk, &storage)?,
                _ => return Err(wrong()),
            },
        })
    }

    /// Indices of labels are of three widths. Which one follows from how many labels there may be.
    fn labels(chunk: &dyn Array, mapping: &Arc<CategoricalMapping>) -> Option<Self> {
        let chunk = chunk.as_any();
        let mapping = || Arc::clone(mapping);
        if let Some(array) = chunk.downcast_ref::<PrimitiveArray<u8>>() {
            return Some(Self::Labels8(array.clone(), mapping()));
        }
        if let Some(array) = chunk.downcast_ref::<PrimitiveArray<u16>>() {
            return Some(Self::Labels16(array.clone(), mapping()));
        }
        chunk.downcast_ref::<PrimitiveArray<u32>>().map(|array| Self::Labels32(array.clone(), mapping()))
    }

    /// A list or struct as JSON.
    fn document(&self, row: usize) -> Value<'_> {
        let mut out = String::new();
        match self.write_json(row, &mut out) {
            Ok(true) => Value::Json(out.into()),
            Ok(false) => Value::Null,
            Err(invalid) => Value::Invalid(invalid),
        }
    }

    /// Appends the cell as JSON; false if it is NULL.
    pub(crate) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        use frame::Cells;
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
            Self::Labels8(array, mapping) => cell!(array, row, value => label(mapping, value.into())),
            Self::Labels16(array, mapping) => cell!(array, row, value => label(mapping, value.into())),
            Self::Labels32(array, mapping) => cell!(array, row, value => label(mapping, value)),
            Self::Days(array) => cell!(array, row, days => Value::Date { days }),
            Self::Time(array) => cell!(array, row, value => {
                micros(value, TimeUnit::Nanoseconds).map_or_else(Value::Invalid, time_of_day)
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
            | Self::Time(_)
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

#[inline]
fn label(mapping: &CategoricalMapping, index: u32) -> Value<'_> {
    mapping.cat_to_str(index).map_or(Value::Invalid(Invalid::WrongKind), |label| Value::Text(label.into()))
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

fn time_of_day(micros: i64) -> Value<'static> {
    if (0..MICROS_OF_DAY).contains(&micros) { Value::Time { micros } } else { Value::Invalid(Invalid::OutOfRange) }
}

/// Nothing is rounded.
#[inline]
fn micros(number: i64, unit: TimeUnit) -> Result<i64, Invalid> {
    match unit {
        TimeUnit::Milliseconds => number.checked_mul(1_000).ok_or(Invalid::OutOfRange),
        TimeUnit::Microseconds => Ok(number),
        TimeUnit::Nanoseconds if number % 1_000 == 0 => Ok(number / 1_000),
        TimeUnit::Nanoseconds => Err(Invalid::FinerThanMicrosecond),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "that is how a test fails")]
mod tests {
    use polars_core::prelude::{FrozenCategories, NamedFrom, Series};
    use upsert::frame::Cells as _;

    use super::*;

    /// Polars makes times of other days NULL where it is asked to make times; what comes from elsewhere may have them.
    #[test]
    fn a_time_of_another_day_is_refused() {
        let nanos: [i64; 5] = [-1_000, 0, 86_399_999_999_000, 86_400_000_000_000, 1];
        let times = Cells::new(&PrimitiveArray::from_slice(nanos), &DataType::Time).unwrap();
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

    #[test]
    fn a_chunk_of_another_type_is_an_error() {
        for dtype in [DataType::Int64, DataType::String, DataType::List(Box::new(DataType::Int32))] {
            let error = Cells::new(&PrimitiveArray::from_slice([1i32]), &dtype).err().unwrap();
            assert_eq!(error, format!("a chunk of type Int32 is in a column of Polars' type {dtype}"));
        }
    }

    /// An index without a label would be the mistake of whoever made the column.
    #[test]
    fn an_index_without_a_label_is_refused() {
        let labels = FrozenCategories::new(["red"]).unwrap();
        let dtype = DataType::from_frozen_categories(labels);
        let cells = Cells::new(&PrimitiveArray::from_slice([0u8, 1]), &dtype).unwrap();
        assert_eq!(cells.value(0), Value::Text("red".into()));
        assert_eq!(cells.value(1), Value::Invalid(Invalid::WrongKind));
    }

    #[test]
    fn the_elements_of_a_slice_are_its_own() {
        let lists = [vec![1i64, 2], vec![3], vec![], vec![4, 5]].map(|list| Series::new("".into(), list));
        let lists = Series::new("lists".into(), lists).slice(1, 3);
        let cells = Cells::new(&*lists.chunks()[0], lists.dtype()).unwrap();
        let array = |elements: &[i64]| Value::Array(elements.iter().map(|&element| Value::BigInt(element)).collect());
        assert_eq!([0, 1, 2].map(|row| cells.value(row)), [array(&[3]), array(&[]), array(&[4, 5])]);
    }
}
