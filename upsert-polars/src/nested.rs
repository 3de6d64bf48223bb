//! Chunks whose cells are in other arrays.

use std::ops::Range;

use polars_arrow::array::{Array, FixedSizeListArray, ListArray, StructArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::offset::OffsetsBuffer;
use upsert::frame::Cells as _;
use upsert::value::{Invalid, Value};

use crate::cells::Cells;

/// A list, or an array of one length.
pub(crate) struct List {
    validity: Option<Bitmap>,
    ranges: Ranges,
    elements: Cells,
}

enum Ranges {
    Offsets(OffsetsBuffer<i64>),
    Width(usize),
}

impl List {
    /// `None` if the chunk is no list.
    pub(crate) fn new(chunk: &dyn Array) -> Option<Result<Self, String>> {
        let any = chunk.as_any();
        let (ranges, elements) = match any.downcast_ref::<ListArray<i64>>() {
            Some(list) => (Ranges::Offsets(list.offsets().clone()), list.values()),
            None => {
                let list = any.downcast_ref::<FixedSizeListArray>()?;
                (Ranges::Width(list.size()), list.values())
            }
        };
        let validity = chunk.validity().cloned();
        Some(Cells::new(&**elements).map(|elements| Self { validity, ranges, elements }))
    }

    fn range(&self, row: usize) -> Range<usize> {
        match &self.ranges {
            Ranges::Offsets(offsets) => {
                let (start, end) = offsets.start_end(row);
                start..end
            }
            Ranges::Width(width) => row * width..(row + 1) * width,
        }
    }

    pub(crate) fn value(&self, row: usize) -> Value<'_> {
        if is_null(self.validity.as_ref(), row) {
            return Value::Null;
        }
        Value::Array(self.range(row).map(|element| self.elements.value(element)).collect())
    }

    pub(crate) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        if is_null(self.validity.as_ref(), row) {
            out.push_str("null");
            return Ok(false);
        }
        self.elements.write_json_array(self.range(row), out).map(|()| true)
    }
}

/// A struct.
pub(crate) struct Object {
    validity: Option<Bitmap>,
    fields: Vec<(String, Cells)>,
}

impl Object {
    /// `None` if the chunk is no struct.
    pub(crate) fn new(chunk: &dyn Array) -> Option<Result<Self, String>> {
        let own = chunk.as_any().downcast_ref::<StructArray>()?;
        let cells = own.fields().iter().zip(own.values()).map(|(field, array)| {
            let cells = Cells::new(&**array)?;
            Ok((field.name.to_string(), cells))
        });
        let validity = chunk.validity().cloned();
        Some(cells.collect::<Result<_, String>>().map(|fields| Self { validity, fields }))
    }

    pub(crate) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        if is_null(self.validity.as_ref(), row) {
            out.push_str("null");
            return Ok(false);
        }
        out.push('{');
        for (place, (name, cells)) in self.fields.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            Value::Text(name.into()).write_json(out)?;
            out.push(':');
            cells.write_json(row, out)?;
        }
        out.push('}');
        Ok(true)
    }
}

fn is_null(validity: Option<&Bitmap>, row: usize) -> bool {
    validity.is_some_and(|validity| !validity.get_bit(row))
}

#[cfg(test)]
mod tests {
    use polars_core::prelude::{NamedFrom, Series};

    use super::*;
    use crate::chunks::Chunks;

    /// Those of the whole chunk would be looked at for each of its slices.
    #[test]
    fn the_elements_of_a_slice_are_its_own() {
        let lists = [vec![1i64, 2], vec![3], vec![], vec![4, 5]].map(|list| Series::new("".into(), list));
        let lists = Series::new("lists".into(), lists).slice(1, 3);
        let Ok(Chunks::One(Cells::List(list))) = Chunks::new(&lists.into()) else {
            unreachable!("it is a list in one chunk");
        };
        let array = |elements: &[i64]| Value::Array(elements.iter().map(|&element| Value::BigInt(element)).collect());
        assert_eq!([0, 1, 2].map(|row| list.value(row)), [array(&[3]), array(&[]), array(&[4, 5])]);
        assert!(matches!(&list.elements, Cells::Int64(elements) if elements.len() == 3));
    }
}
