//! A column of a DataFrame, whose rows are in one chunk or in several.

use std::borrow::Cow;

use polars_arrow::datatypes::Field;
use polars_core::prelude::{Column, PlSmallStr};
use upsert::frame;
use upsert::value::Value;

use crate::cells::Cells;
use crate::fields::arrow_type;

/// The cells of a column.
pub(crate) enum Chunks {
    /// There are none, or the column is not written.
    None,
    One(Cells),
    /// One value in every row: it is not repeated for them.
    Same(Cells),
    /// Chunks that are not empty, and the row behind the last one of each.
    Many(Vec<Cells>, Vec<usize>),
}

impl Chunks {
    pub(crate) fn new(column: &Column) -> Result<Self, String> {
        let series = column.as_materialized_series_maintain_scalar();
        // Else all elements of a chunk of lists would be made Arrow's for each of its slices anew.
        let series = series.trim_lists_to_normalized_offsets().unwrap_or(series);
        let field = Field::new(PlSmallStr::EMPTY, arrow_type(series.dtype())?, true);
        let mut end = 0;
        let mut chunks = Vec::new();
        let mut ends = Vec::new();
        for (place, chunk) in series.chunks().iter().enumerate().filter(|(_, chunk)| !chunk.is_empty()) {
            end += chunk.len();
            ends.push(end);
            let chunk = series.to_arrow_with_field(place, Cow::Borrowed(&field), true);
            chunks.push(Cells::new(&*chunk.map_err(|error| error.to_string())?)?);
        }
        if chunks.len() > 1 {
            return Ok(Self::Many(chunks, ends));
        }
        Ok(match (chunks.pop(), column) {
            (None, _) => Self::None,
            (Some(cells), Column::Scalar(_)) => Self::Same(cells),
            (Some(cells), Column::Series(_)) => Self::One(cells),
        })
    }
}

impl frame::Cells for Chunks {
    #[inline]
    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::One(cells) => cells.value(row),
            Self::Many(chunks, ends) => {
                let chunk = ends.partition_point(|&end| end <= row);
                let start = chunk.checked_sub(1).map_or(0, |before| ends[before]);
                chunks[chunk].value(row - start)
            }
            Self::Same(cells) => cells.value(0),
            Self::None => Value::Null,
        }
    }

    fn fixed_width(&self) -> Option<usize> {
        match self {
            Self::None => Some(0),
            Self::One(cells) | Self::Same(cells) => cells.fixed_width(),
            Self::Many(chunks, _) => chunks.first().and_then(Cells::fixed_width),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "that is how a test fails")]
mod tests {
    use std::sync::Arc;

    use polars_core::prelude::*;
    use upsert::frame::Cells as _;

    use super::*;

    const TEXTS: [&str; 3] = ["in the view", "beside the view, for it is longer than twelve bytes", ""];

    /// Where a cell's text is, which is nobody's own.
    fn address(value: &Value<'_>) -> *const u8 {
        match value {
            Value::Text(Cow::Borrowed(text)) => text.as_ptr(),
            Value::Bytes(Cow::Borrowed(bytes)) => bytes.as_ptr(),
            _ => unreachable!("it is copied"),
        }
    }

    #[test]
    fn no_text_is_copied() {
        let mut texts = Series::new("s".into(), TEXTS);
        texts.append(&texts.clone()).unwrap();
        let chunks = Chunks::new(&texts.clone().into()).unwrap();
        let own = texts.str().unwrap();
        for row in 0..own.len() {
            assert_eq!(address(&chunks.value(row)), own.get(row).unwrap().as_ptr(), "row {row}");
        }

        let bytes = Series::new("s".into(), TEXTS.map(str::as_bytes));
        let chunks = Chunks::new(&bytes.clone().into()).unwrap();
        let own = bytes.binary().unwrap();
        for row in 0..own.len() {
            assert_eq!(address(&chunks.value(row)), own.get(row).unwrap().as_ptr(), "row {row}");
        }
    }

    #[test]
    fn no_label_is_copied() {
        let labels = FrozenCategories::new(TEXTS).unwrap();
        let column =
            Series::new("s".into(), TEXTS).cast(&DataType::from_frozen_categories(Arc::clone(&labels))).unwrap();
        let chunks = Chunks::new(&column.into()).unwrap();
        for row in 0..TEXTS.len() {
            assert_eq!(address(&chunks.value(row)), labels.categories().value(row).as_ptr(), "row {row}");
        }
    }

    /// Polars makes a dictionary of those that a chunk has.
    #[test]
    fn a_label_is_copied_once_for_a_chunk() {
        let categories = Categories::new("copied".into(), "".into(), CategoricalPhysical::U16);
        let texts = Series::new("s".into(), TEXTS.repeat(100));
        let column = texts.cast(&DataType::from_categories(categories)).unwrap();
        let chunks = Chunks::new(&column.into()).unwrap();
        for row in 0..100 * TEXTS.len() {
            let first = row % TEXTS.len();
            assert_eq!(chunks.value(row), Value::Text(TEXTS[first].into()), "row {row}");
            assert_eq!(address(&chunks.value(row)), address(&chunks.value(first)), "row {row}");
        }
    }

    #[test]
    fn a_value_that_is_repeated_is_there_once() {
        let column = Column::new_scalar("s".into(), Scalar::from(PlSmallStr::from_static(TEXTS[1])), 1_000_000);
        let chunks = Chunks::new(&column).unwrap();
        assert!(matches!(chunks, Chunks::Same(_)));
        assert_eq!(address(&chunks.value(0)), address(&chunks.value(999_999)));
    }
}
