//! Arrays whose cells are in other arrays.

use std::ops::Range;

use upsert::frame::Cells as _;
use upsert::value::{Invalid, Value};

use super::arrow_array::cast::AsArray;
use super::arrow_array::types::{Int16Type, Int32Type, Int64Type};
use super::arrow_array::{Array, ArrayRef, RunArray};
use super::arrow_buffer::{NullBuffer, OffsetBuffer, RunEndBuffer, ScalarBuffer};
use super::arrow_schema::{DataType, Field};
use super::cells::{Cells, is_null};

/// A dictionary, or runs of equal values.
pub(super) struct Indirect {
    places: Places,
    values: Cells,
}

enum Places {
    Keys(Cells),
    Runs16(RunEndBuffer<i16>),
    Runs32(RunEndBuffer<i32>),
    Runs64(RunEndBuffer<i64>),
}

impl Indirect {
    pub(super) fn new(array: &ArrayRef, field: &Field) -> Result<Self, String> {
        let wrong = || format!("the array of column {:?} is of another type than its field says", field.name());
        // What the field says beside its type is said of the values.
        let of = |data_type: &DataType| field.clone().with_data_type(data_type.clone());
        match field.data_type() {
            DataType::Dictionary(key_type, value_type) => {
                let dictionary = array.as_any_dictionary_opt().ok_or_else(wrong)?;
                let keys = dictionary.keys().slice(0, dictionary.keys().len());
                let keys = Cells::new(&keys, &Field::new("key", (**key_type).clone(), true))?;
                let values = Cells::new(dictionary.values(), &of(value_type))?;
                Ok(Self { places: Places::Keys(keys), values })
            }
            DataType::RunEndEncoded(ends, values) => {
                let any = array.as_any();
                let (places, own) = match ends.data_type() {
                    DataType::Int16 => {
                        let runs = any.downcast_ref::<RunArray<Int16Type>>().ok_or_else(wrong)?;
                        (Places::Runs16(runs.run_ends().clone()), runs.values())
                    }
                    DataType::Int32 => {
                        let runs = any.downcast_ref::<RunArray<Int32Type>>().ok_or_else(wrong)?;
                        (Places::Runs32(runs.run_ends().clone()), runs.values())
                    }
                    DataType::Int64 => {
                        let runs = any.downcast_ref::<RunArray<Int64Type>>().ok_or_else(wrong)?;
                        (Places::Runs64(runs.run_ends().clone()), runs.values())
                    }
                    _ => return Err(wrong()),
                };
                Ok(Self { places, values: Cells::new(own, &of(values.data_type()))? })
            }
            _ => Err(wrong()),
        }
    }

    fn place(&self, row: usize) -> Option<usize> {
        match &self.places {
            Places::Keys(keys) => keys.index(row),
            Places::Runs16(runs) => Some(runs.get_physical_index(row)),
            Places::Runs32(runs) => Some(runs.get_physical_index(row)),
            Places::Runs64(runs) => Some(runs.get_physical_index(row)),
        }
    }

    pub(super) fn value(&self, row: usize) -> Value<'_> {
        self.place(row).map_or(Value::Null, |place| self.values.value(place))
    }

    pub(super) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        match self.place(row) {
            Some(place) => self.values.write_json(place, out),
            None => {
                out.push_str("null");
                Ok(false)
            }
        }
    }
}

/// A list of any kind.
pub(super) struct List {
    nulls: Option<NullBuffer>,
    ranges: Ranges,
    elements: Cells,
}

enum Ranges {
    Small(OffsetBuffer<i32>),
    Large(OffsetBuffer<i64>),
    SmallView(ScalarBuffer<i32>, ScalarBuffer<i32>),
    LargeView(ScalarBuffer<i64>, ScalarBuffer<i64>),
    Fixed(usize),
}

impl List {
    /// `None` if it is no list.
    pub(super) fn new(array: &ArrayRef, of: &Field) -> Option<Result<Self, String>> {
        let (ranges, elements) = match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list_opt::<i32>()?;
                (Ranges::Small(list.offsets().clone()), list.values())
            }
            DataType::LargeList(_) => {
                let list = array.as_list_opt::<i64>()?;
                (Ranges::Large(list.offsets().clone()), list.values())
            }
            DataType::ListView(_) => {
                let list = array.as_list_view_opt::<i32>()?;
                (Ranges::SmallView(list.offsets().clone(), list.sizes().clone()), list.values())
            }
            DataType::LargeListView(_) => {
                let list = array.as_list_view_opt::<i64>()?;
                (Ranges::LargeView(list.offsets().clone(), list.sizes().clone()), list.values())
            }
            DataType::FixedSizeList(_, length) => {
                let list = array.as_fixed_size_list_opt()?;
                (Ranges::Fixed(usize::try_from(*length).ok()?), list.values())
            }
            _ => return None,
        };
        let nulls = array.nulls().cloned();
        Some(Cells::new(elements, of).map(|elements| Self { nulls, ranges, elements }))
    }

    fn range(&self, row: usize) -> Range<usize> {
        match &self.ranges {
            Ranges::Small(offsets) => place(offsets[row])..place(offsets[row + 1]),
            Ranges::Large(offsets) => place(offsets[row])..place(offsets[row + 1]),
            Ranges::SmallView(offsets, sizes) => place(offsets[row])..place(offsets[row]) + place(sizes[row]),
            Ranges::LargeView(offsets, sizes) => place(offsets[row])..place(offsets[row]) + place(sizes[row]),
            Ranges::Fixed(length) => row * length..(row + 1) * length,
        }
    }

    pub(super) fn value(&self, row: usize) -> Value<'_> {
        if is_null(self.nulls.as_ref(), row) {
            return Value::Null;
        }
        Value::Array(self.range(row).map(|element| self.elements.value(element)).collect())
    }

    pub(super) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        if is_null(self.nulls.as_ref(), row) {
            out.push_str("null");
            return Ok(false);
        }
        self.elements.write_json_array(self.range(row), out).map(|()| true)
    }
}

fn place(offset: impl TryInto<usize>) -> usize {
    offset.try_into().ok().expect("Arrow's offsets are not negative")
}

/// A struct, or a map whose keys are text.
pub(super) struct Object {
    nulls: Option<NullBuffer>,
    members: Members,
}

enum Members {
    Fields(Vec<(String, Cells)>),
    Entries(Box<Entries>),
}

struct Entries {
    offsets: OffsetBuffer<i32>,
    keys: Cells,
    values: Cells,
}

impl Object {
    /// `None` if it is neither.
    pub(super) fn new(array: &ArrayRef) -> Option<Result<Self, String>> {
        let nulls = array.nulls().cloned();
        let members = match array.data_type() {
            DataType::Struct(fields) => {
                let own = array.as_struct_opt()?;
                let members = fields.iter().zip(own.columns());
                let members = members.map(|(field, array)| Ok((field.name().clone(), Cells::new(array, field)?)));
                members.collect::<Result<_, String>>().map(Members::Fields)
            }
            DataType::Map(entries, _) => {
                let own = array.as_map_opt()?;
                let DataType::Struct(fields) = entries.data_type() else { return None };
                let [key, value] = &**fields else { return None };
                Cells::new(own.keys(), key).and_then(|keys| {
                    let values = Cells::new(own.values(), value)?;
                    let offsets = own.offsets().clone();
                    Ok(Members::Entries(Box::new(Entries { offsets, keys, values })))
                })
            }
            _ => return None,
        };
        Some(members.map(|members| Self { nulls, members }))
    }

    pub(super) fn write_json(&self, row: usize, out: &mut String) -> Result<bool, Invalid> {
        if is_null(self.nulls.as_ref(), row) {
            out.push_str("null");
            return Ok(false);
        }
        out.push('{');
        match &self.members {
            Members::Fields(fields) => {
                for (place, (name, cells)) in fields.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    Value::Text(name.into()).write_json(out)?;
                    out.push(':');
                    cells.write_json(row, out)?;
                }
            }
            Members::Entries(entries) => {
                let Entries { offsets, keys, values } = &**entries;
                let range = place(offsets[row])..place(offsets[row + 1]);
                for entry in range.clone() {
                    if entry > range.start {
                        out.push(',');
                    }
                    keys.write_json(entry, out)?;
                    out.push(':');
                    values.write_json(entry, out)?;
                }
            }
        }
        out.push('}');
        Ok(true)
    }
}
