//! A column of a DataFrame, whose rows are in one chunk or in several.

use polars_core::prelude::Column;
use upsert::frame;
use upsert::value::Value;

use crate::cells::Cells;

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
        let mut end = 0;
        let mut chunks = Vec::new();
        let mut ends = Vec::new();
        for chunk in series.chunks().iter().filter(|chunk| !chunk.is_empty()) {
            end += chunk.len();
            ends.push(end);
            chunks.push(Cells::new(&**chunk, series.dtype())?);
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
