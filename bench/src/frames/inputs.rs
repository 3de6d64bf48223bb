//! The rows as DataFrames.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema};
use polars_core::prelude::{Column, DataFrame, IntoSeries, NamedFrom, Series, TimeUnit, TimeZone};

use crate::Result;
use crate::rows::{COLUMNS, Item};

pub(super) fn record_batch(items: &[Item]) -> Result<RecordBatch> {
    let seen_at = items.iter().map(|item| item.seen_at.timestamp_micros());
    let tokens = items.iter().map(|item| item.token.as_bytes());
    let arrays: [ArrayRef; 10] = [
        Arc::new(Int64Array::from_iter_values(items.iter().map(|item| item.id))),
        Arc::new(Int32Array::from_iter_values(items.iter().map(|item| item.shelf))),
        Arc::new(Int64Array::from_iter_values(items.iter().map(|item| item.serial))),
        Arc::new(StringArray::from_iter_values(items.iter().map(|item| &item.name))),
        Arc::new(items.iter().map(|item| item.note.as_deref()).collect::<StringArray>()),
        Arc::new(Float64Array::from_iter_values(items.iter().map(|item| item.weight))),
        Arc::new(items.iter().map(|item| Some(item.active)).collect::<BooleanArray>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(seen_at).with_timezone("UTC")),
        Arc::new(Date32Array::from_iter_values(items.iter().map(|item| item.made_on.to_epoch_days()))),
        Arc::new(FixedSizeBinaryArray::try_from_iter(tokens)?),
    ];
    let fields = COLUMNS.iter().zip(&arrays).map(|(name, array)| {
        let field = Field::new(*name, array.data_type().clone(), *name == "note");
        match array.data_type() {
            DataType::FixedSizeBinary(_) => {
                let name = ("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
                field.with_metadata(HashMap::from([name]))
            }
            _ => field,
        }
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), arrays.to_vec())?)
}

pub(super) fn data_frame(items: &[Item]) -> Result<DataFrame> {
    macro_rules! series {
        ($name:literal, $item:ident => $value:expr) => {
            Series::new($name.into(), items.iter().map(|$item| $value).collect::<Vec<_>>())
        };
    }
    let seen_at = series!("seen_at", item => item.seen_at.timestamp_micros());
    let zone = TimeZone::opt_try_new(Some("UTC"))?;
    let columns: [Series; 10] = [
        series!("id", item => item.id),
        series!("shelf", item => item.shelf),
        series!("serial", item => item.serial),
        series!("name", item => item.name.as_str()),
        series!("note", item => item.note.as_deref()),
        series!("weight", item => item.weight),
        series!("active", item => item.active),
        seen_at.i64()?.clone().into_datetime(TimeUnit::Microseconds, zone).into_series(),
        series!("made_on", item => item.made_on.to_epoch_days()).into_date(),
        series!("token", item => item.token.as_bytes().as_slice()),
    ];
    Ok(DataFrame::new_infer_height(columns.map(Column::from).to_vec())?)
}
