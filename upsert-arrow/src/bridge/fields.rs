//! What Arrow's fields are as columns of a table.

use upsert::frame::FrameColumn;
use upsert::schema::ColumnType;

use super::arrow_schema::{DataType, Field, Schema};

/// The columns of a schema.
pub(super) fn columns(schema: &Schema) -> Vec<FrameColumn> {
    schema.fields().iter().map(|field| column(field)).collect()
}

fn column(field: &Field) -> FrameColumn {
    if is_deeper(field.data_type(), DEEPEST) {
        return FrameColumn::new(field.name(), Err(format!("its type is nested deeper than {DEEPEST} levels")));
    }
    let decimal = |precision: u8, scale: i8| FrameColumn::decimal(field.name(), precision.into(), scale.into());
    let column = match plain(field.data_type()) {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => decimal(*precision, *scale),
        // It may have NULL, whatever the field says: it has nothing else.
        DataType::Null => return FrameColumn::null(field.name()),
        _ => FrameColumn::new(field.name(), column_type(field)),
    };
    column.nullable(field.is_nullable())
}

/// What is nested is read level by level, on a stack that has an end.
const DEEPEST: usize = 64;

/// Whether a type is nested in more levels than so many.
fn is_deeper(data_type: &DataType, levels: usize) -> bool {
    let is_deep = |inner: &DataType| levels == 0 || is_deeper(inner, levels - 1);
    match data_type {
        DataType::Dictionary(_, values) => is_deep(values),
        DataType::RunEndEncoded(_, values)
        | DataType::List(values)
        | DataType::LargeList(values)
        | DataType::ListView(values)
        | DataType::LargeListView(values)
        | DataType::FixedSizeList(values, _)
        | DataType::Map(values, _) => is_deep(values.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| is_deep(field.data_type())),
        _ => false,
    }
}

/// The type of what a dictionary, or runs, are of.
fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        other => other,
    }
}

/// Whether the field is of an extension type. RFC of Arrow's canonical extension types: the name stands in the field's metadata.
pub(super) fn is_extension(field: &Field, name: &str) -> bool {
    field.metadata().get("ARROW:extension:name").is_some_and(|own| own == name)
}

/// The kind of a field's values, or why there is none.
pub(super) fn column_type(field: &Field) -> Result<ColumnType, String> {
    Ok(match plain(field.data_type()) {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => ColumnType::SmallInt,
        DataType::Int32 | DataType::UInt16 => ColumnType::Integer,
        DataType::Int64 | DataType::UInt32 => ColumnType::BigInt,
        DataType::UInt64 => ColumnType::UnsignedBigInt,
        DataType::Float16 | DataType::Float32 => ColumnType::Real,
        DataType::Float64 => ColumnType::Double,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            ColumnType::Decimal
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if is_extension(field, "arrow.json") => {
            ColumnType::Json
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        DataType::FixedSizeBinary(16) if is_extension(field, "arrow.uuid") => ColumnType::Uuid,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ColumnType::Bytes
        }
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Time32(_) | DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(_, None) => ColumnType::Timestamp,
        DataType::Timestamp(_, Some(_)) => ColumnType::TimestampTz,
        DataType::Duration(_) => ColumnType::Duration,
        DataType::List(of)
        | DataType::LargeList(of)
        | DataType::ListView(of)
        | DataType::LargeListView(of)
        | DataType::FixedSizeList(of, _) => column_type(of)?.array().unwrap_or(ColumnType::Json),
        DataType::Struct(fields) => {
            for field in fields {
                column_type(field)?;
            }
            ColumnType::Json
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 && column_type(&fields[0]) == Ok(ColumnType::Text) => {
                column_type(&fields[1])?;
                ColumnType::Json
            }
            _ => return Err("a map whose keys are no text has no form as JSON".to_owned()),
        },
        DataType::Interval(_) => {
            return Err(
                "an interval of months or days has no fixed length, and no database keeps it: make it a duration"
                    .to_owned(),
            );
        }
        DataType::Union(..) => {
            return Err("a union is of no one type: write each of its types to a column of its own".to_owned());
        }
        other => return Err(format!("values of Arrow's type {other} cannot be stored")),
    })
}
