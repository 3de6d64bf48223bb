//! What the columns of a DataFrame are as columns of a table.

use polars_core::prelude::DataType;
use upsert::frame::FrameColumn;
use upsert::schema::ColumnType;

/// A column of this name and type.
pub(crate) fn column(name: &str, dtype: &DataType) -> FrameColumn {
    match &dtype.to_storage() {
        DataType::Decimal(precision, scale) => {
            let digits = u32::try_from(*precision).unwrap_or(u32::MAX);
            FrameColumn::decimal(name, digits, i32::try_from(*scale).unwrap_or(i32::MAX))
        }
        DataType::Null => FrameColumn::null(name),
        _ => FrameColumn::new(name, column_type(dtype)),
    }
}

/// The kind of a type's values, or why there is none.
pub(crate) fn column_type(dtype: &DataType) -> Result<ColumnType, String> {
    Ok(match dtype {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => ColumnType::SmallInt,
        DataType::Int32 | DataType::UInt16 => ColumnType::Integer,
        DataType::Int64 | DataType::UInt32 => ColumnType::BigInt,
        DataType::UInt64 => ColumnType::UnsignedBigInt,
        DataType::Int128 => ColumnType::HugeInt,
        DataType::UInt128 => ColumnType::UnsignedHugeInt,
        DataType::Float16 | DataType::Float32 => ColumnType::Real,
        DataType::Float64 => ColumnType::Double,
        DataType::Decimal(..) => ColumnType::Decimal,
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => ColumnType::Text,
        DataType::Binary | DataType::BinaryOffset => ColumnType::Bytes,
        DataType::Date => ColumnType::Date,
        DataType::Time => ColumnType::Time,
        DataType::Datetime(_, None) => ColumnType::Timestamp,
        DataType::Datetime(_, Some(_)) => ColumnType::TimestampTz,
        DataType::Duration(_) => ColumnType::Duration,
        DataType::List(of) | DataType::Array(of, _) => array_of(column_type(of)?).unwrap_or(ColumnType::Json),
        DataType::Struct(fields) => {
            for field in fields {
                column_type(field.dtype())?;
            }
            ColumnType::Json
        }
        // What is there only where features of Polars are on: types of extensions, and objects.
        other => match other.to_storage() {
            storage if storage != *other => column_type(&storage)?,
            _ => {
                return Err(format!(
                    "values of Polars' type {other} have no form in a database: make them text, numbers or bytes"
                ));
            }
        },
    })
}

/// Arrays of values that are no arrays and no documents themselves.
fn array_of(element: ColumnType) -> Option<ColumnType> {
    Some(ColumnType::Array(match element {
        ColumnType::Bool => &ColumnType::Bool,
        ColumnType::SmallInt => &ColumnType::SmallInt,
        ColumnType::Integer => &ColumnType::Integer,
        ColumnType::BigInt => &ColumnType::BigInt,
        ColumnType::UnsignedBigInt => &ColumnType::UnsignedBigInt,
        ColumnType::HugeInt => &ColumnType::HugeInt,
        ColumnType::UnsignedHugeInt => &ColumnType::UnsignedHugeInt,
        ColumnType::Real => &ColumnType::Real,
        ColumnType::Double => &ColumnType::Double,
        ColumnType::Decimal => &ColumnType::Decimal,
        ColumnType::Text => &ColumnType::Text,
        ColumnType::Bytes => &ColumnType::Bytes,
        ColumnType::Date => &ColumnType::Date,
        ColumnType::Time => &ColumnType::Time,
        ColumnType::Timestamp => &ColumnType::Timestamp,
        ColumnType::TimestampTz => &ColumnType::TimestampTz,
        ColumnType::Duration => &ColumnType::Duration,
        ColumnType::Uuid => &ColumnType::Uuid,
        _ => return None,
    }))
}
