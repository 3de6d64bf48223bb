//! What the columns of a DataFrame are as columns of a table.

use polars_arrow::datatypes::ArrowDataType;
use polars_core::prelude::{CompatLevel, DataType};
use upsert::frame::FrameColumn;
use upsert::schema::ColumnType;

/// A column of this name and type.
pub(crate) fn column(name: &str, dtype: &DataType) -> FrameColumn {
    if is_deeper(dtype, DEEPEST) {
        return FrameColumn::new(name, Err(format!("its type is nested deeper than {DEEPEST} levels")));
    }
    let dtype = match arrow_type(dtype) {
        Ok(dtype) => dtype,
        Err(error) => return FrameColumn::new(name, Err(error)),
    };
    match dtype.to_storage() {
        ArrowDataType::Decimal(precision, scale) => {
            let digits = u32::try_from(*precision).unwrap_or(u32::MAX);
            FrameColumn::decimal(name, digits, i32::try_from(*scale).unwrap_or(i32::MAX))
        }
        ArrowDataType::Null => FrameColumn::null(name),
        other => FrameColumn::new(name, column_type(other)),
    }
}

/// What is nested is read level by level, by us and by Polars, on a stack that has an end.
const DEEPEST: usize = 64;

/// Whether a type is of lists in more levels than so many.
fn is_deeper(mut dtype: &DataType, levels: usize) -> bool {
    for _ in 0..=levels {
        match dtype.inner_dtype() {
            Some(inner) => dtype = inner,
            None => return false,
        }
    }
    true
}

/// What Arrow calls a type of Polars: its names are there whatever features Polars has, and those of Polars are not.
pub(crate) fn arrow_type(dtype: &DataType) -> Result<ArrowDataType, String> {
    // Extensions may be of objects too; and Polars panics where it is to say what objects are for Arrow.
    if dtype.to_physical().contains_objects() {
        return Err(no_form("objects"));
    }
    dtype.try_to_arrow(CompatLevel::newest()).map_err(|error| error.to_string())
}

/// The kind of a type's values, or why there is none.
pub(crate) fn column_type(dtype: &ArrowDataType) -> Result<ColumnType, String> {
    Ok(match dtype.to_storage() {
        ArrowDataType::Boolean => ColumnType::Bool,
        ArrowDataType::Int8 | ArrowDataType::Int16 | ArrowDataType::UInt8 => ColumnType::SmallInt,
        ArrowDataType::Int32 | ArrowDataType::UInt16 => ColumnType::Integer,
        ArrowDataType::Int64 | ArrowDataType::UInt32 => ColumnType::BigInt,
        ArrowDataType::UInt64 => ColumnType::UnsignedBigInt,
        ArrowDataType::Int128 => ColumnType::HugeInt,
        ArrowDataType::UInt128 => ColumnType::UnsignedHugeInt,
        ArrowDataType::Float16 | ArrowDataType::Float32 => ColumnType::Real,
        ArrowDataType::Float64 => ColumnType::Double,
        ArrowDataType::Decimal(..) => ColumnType::Decimal,
        ArrowDataType::Utf8View | ArrowDataType::Null => ColumnType::Text,
        // What is of labels: categoricals and enums.
        ArrowDataType::Dictionary(_, of, _) if **of == ArrowDataType::Utf8View => ColumnType::Text,
        ArrowDataType::BinaryView | ArrowDataType::LargeBinary => ColumnType::Bytes,
        ArrowDataType::Date32 => ColumnType::Date,
        ArrowDataType::Time64(_) => ColumnType::Time,
        ArrowDataType::Timestamp(_, None) => ColumnType::Timestamp,
        ArrowDataType::Timestamp(_, Some(_)) => ColumnType::TimestampTz,
        ArrowDataType::Duration(_) => ColumnType::Duration,
        ArrowDataType::LargeList(of) | ArrowDataType::FixedSizeList(of, _) => {
            column_type(of.dtype())?.array().unwrap_or(ColumnType::Json)
        }
        ArrowDataType::Struct(fields) => {
            for field in fields {
                column_type(field.dtype())?;
            }
            ColumnType::Json
        }
        // Polars makes none of the others but `Unknown`, of expressions.
        other => return Err(no_form(&format!("values of Arrow's type {other:?}"))),
    })
}

fn no_form(values: &str) -> String {
    format!("{values} have no form in a database: make them text, numbers or bytes")
}
