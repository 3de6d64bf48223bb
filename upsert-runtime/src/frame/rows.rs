//! Rows whose cells are in columns.

use std::ops::Range;

use super::Pick;
use crate::rows::Rows;
use crate::value::{Invalid, Value};

/// The cells of a frame's column. What follows from its type is decided before, and not for each cell.
pub trait Cells: Send + Sync {
    /// The cell of a row.
    fn value(&self, row: usize) -> Value<'_>;

    /// Bytes of a value where all have the same width.
    fn fixed_width(&self) -> Option<usize>;

    /// Appends the cell as JSON; false if it is NULL.
    ///
    /// # Errors
    ///
    /// As [`Value::write_json`].
    fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        let value = self.value(row);
        value.write_json(out)?;
        Ok(value != Value::Null)
    }

    /// The cell as a document.
    fn document(&self, row: usize) -> Value<'static> {
        let mut out = String::new();
        match self.write_json(row, &mut out) {
            Ok(true) => Value::Json(out.into()),
            Ok(false) => Value::Null,
            Err(invalid) => Value::Invalid(invalid),
        }
    }

    /// Appends cells as a JSON array.
    ///
    /// # Errors
    ///
    /// As [`Value::write_json`].
    fn write_json_array(&self, rows: Range<usize>, out: &mut String) -> Result<(), Invalid> {
        out.push('[');
        for row in rows.clone() {
            if row > rows.start {
                out.push(',');
            }
            self.write_json(row, out)?;
        }
        out.push(']');
        Ok(())
    }
}

/// The rows of a frame, or of a batch of one: of each column that is written its cells, and what is made of them.
pub struct FrameRows<C> {
    len: usize,
    columns: Vec<(C, Pick)>,
    /// Bytes of a row's values of fixed width.
    fixed: usize,
    /// The columns of the others.
    others: Vec<usize>,
}

impl<C: Cells> FrameRows<C> {
    /// So many rows.
    #[must_use]
    pub fn new(len: usize, columns: Vec<(C, Pick)>) -> Self {
        let widths = columns.iter().map(|(cells, _)| cells.fixed_width());
        let fixed = widths.clone().flatten().sum();
        let others = widths.enumerate().filter(|(_, width)| width.is_none()).map(|(column, _)| column).collect();
        Self { len, columns, fixed, others }
    }
}

impl<C: Cells> Rows for FrameRows<C> {
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let (cells, pick) = &self.columns[column];
        pick.value(cells.value(row))
    }

    fn size(&self, row: usize) -> usize {
        self.fixed + self.others.iter().map(|&column| self.columns[column].0.value(row).into_size()).sum::<usize>()
    }

    fn is_columnar(&self) -> bool {
        true
    }
}
