//! A few rows taken apart into their columns, each of which has values of one kind: an encoder knows which, and asks none of them.

use std::borrow::Cow;
use std::hint::black_box;
use std::mem;

use super::Rows;
use crate::schema::ColumnType;
use crate::value::Value;

/// As many rows as stay in the processor's cache while their columns are encoded one after the other; a bit tells of each
/// whether it is NULL.
pub(crate) const ROWS: usize = 64;

/// Up to 64 rows, column by column.
///
/// What puts a column's values in is generated for each struct, where the compiler knows of which kind they are: little more than a
/// copy of the field is left of it. Where the rows lie anywhere in memory, so short a loop has many of them on their way to the
/// processor's cache at once; in one that takes a whole row at a time, few would be.
#[doc(hidden)]
pub struct Block<'v> {
    columns: Vec<BlockColumn<'v>>,
}

impl<'v> Block<'v> {
    pub(crate) fn new(columns: Vec<BlockColumn<'v>>) -> Self {
        Self { columns }
    }

    /// Takes some rows, at most [`ROWS`], and forgets those that it had.
    pub(crate) fn take(&mut self, rows: &'v dyn Rows, taken: &[usize]) {
        for column in &mut self.columns {
            (column.nulls, column.rows) = (0, taken.len());
        }
        rows.fill_block(taken, self);
    }

    pub(crate) fn columns(&self) -> &[BlockColumn<'v>] {
        &self.columns
    }

    /// Puts another value in the place of one.
    pub(crate) fn put_at(&mut self, place: usize, column: usize, value: Value<'v>) {
        self.columns[column].nulls &= !bit(place);
        self.columns[column].put(place, value);
    }

    /// Puts in the values of a column, of one row after the other.
    #[inline(always)]
    pub fn fill<R: Copy>(&mut self, column: usize, rows: &[R], value: impl Fn(R) -> Value<'v>) {
        // Looked up before a value is made: what can panic while there is one keeps the compiler from taking it apart.
        let column = &mut self.columns[column];
        debug_assert_eq!(rows.len(), column.rows, "each row that is taken has a value");
        for (place, &row) in rows.iter().enumerate() {
            column.put(place, value(row));
        }
    }

    /// Looks at the beginning of each text, and of bytes, so that it is in the processor's cache. So little is done with each that
    /// many of them are on their way at once; when they are encoded, one would be waited for after the other.
    pub(crate) fn look_at_texts(&self) {
        for column in &self.columns {
            match &column.values {
                Values::Text(texts) => texts.iter().for_each(|text| _ = black_box(text.as_bytes().first().copied())),
                Values::Bytes(bytes) => bytes.iter().for_each(|bytes| _ = black_box(bytes.first().copied())),
                Values::Any(values) => values.iter().for_each(look_at),
                _ => {}
            }
        }
    }
}

/// A part of each of some rows. The list is made once for 64 of them.
#[doc(hidden)]
pub fn parts<'v, T, P>(rows: &[&'v T], part: impl Fn(&'v T) -> &'v P) -> Vec<&'v P> {
    rows.iter().map(|&row| part(row)).collect()
}

/// Looks at the beginning of a text, or of bytes, so that it is in the processor's cache.
#[inline]
pub(crate) fn look_at(value: &Value<'_>) {
    let first = match value {
        Value::Text(text) => text.as_bytes().first(),
        Value::Bytes(bytes) => bytes.first(),
        _ => None,
    };
    black_box(first.copied());
}

/// The values that some rows have in a column.
pub(crate) struct BlockColumn<'v> {
    /// Which of them are NULL, a bit each.
    nulls: u64,
    /// No row is behind so many.
    rows: usize,
    values: Values<'v>,
}

/// Values of one kind, as they are in Rust; or of any. Where a row is NULL, or there is none, they mean nothing.
pub(crate) enum Values<'v> {
    Bool([bool; ROWS]),
    SmallInt([i16; ROWS]),
    Integer([i32; ROWS]),
    BigInt([i64; ROWS]),
    Real([f32; ROWS]),
    Double([f64; ROWS]),
    Text([&'v str; ROWS]),
    Bytes([&'v [u8]; ROWS]),
    Date([i32; ROWS]),
    Timestamp([i64; ROWS]),
    TimestampTz([i64; ROWS]),
    Uuid([[u8; 16]; ROWS]),
    /// As far as they were put in.
    Any(Vec<Value<'v>>),
}

impl<'v> BlockColumn<'v> {
    /// For values of a kind, if it is a usual one.
    pub(crate) fn of(column_type: ColumnType) -> Self {
        let values = match column_type {
            ColumnType::Bool => Values::Bool([false; ROWS]),
            ColumnType::SmallInt => Values::SmallInt([0; ROWS]),
            ColumnType::Integer => Values::Integer([0; ROWS]),
            ColumnType::BigInt => Values::BigInt([0; ROWS]),
            ColumnType::Real => Values::Real([0.0; ROWS]),
            ColumnType::Double => Values::Double([0.0; ROWS]),
            ColumnType::Text => Values::Text([""; ROWS]),
            ColumnType::Bytes => Values::Bytes([&[]; ROWS]),
            ColumnType::Date => Values::Date([0; ROWS]),
            ColumnType::Timestamp => Values::Timestamp([0; ROWS]),
            ColumnType::TimestampTz => Values::TimestampTz([0; ROWS]),
            ColumnType::Uuid => Values::Uuid([[0; 16]; ROWS]),
            _ => Values::Any(Vec::new()),
        };
        Self { nulls: 0, rows: ROWS, values }
    }

    #[inline]
    pub(crate) fn values(&self) -> &Values<'v> {
        &self.values
    }

    /// Which rows are NULL, a bit each.
    pub(crate) fn nulls(&self) -> u64 {
        self.nulls
    }

    pub(crate) fn has_null(&self) -> bool {
        self.nulls != 0
    }

    #[inline]
    pub(crate) fn is_null(&self, place: usize) -> bool {
        self.nulls & bit(place) != 0
    }

    /// Puts in the value of a row, whose place must be below [`ROWS`].
    #[inline(always)]
    pub(crate) fn put(&mut self, place: usize, value: Value<'v>) {
        debug_assert!(place < ROWS, "a block has so many places");
        // Of no effect, but that no index is looked at again.
        let place = place % ROWS;
        match (&value, &mut self.values) {
            (Value::Null, Values::Any(_)) => return self.put_any(place, value),
            (Value::Null, _) => self.nulls |= bit(place),
            (Value::Bool(value), Values::Bool(values)) => values[place] = *value,
            (Value::SmallInt(value), Values::SmallInt(values)) => values[place] = *value,
            (Value::Integer(value), Values::Integer(values)) => values[place] = *value,
            (Value::BigInt(value), Values::BigInt(values)) => values[place] = *value,
            (Value::Real(value), Values::Real(values)) => values[place] = *value,
            (Value::Double(value), Values::Double(values)) => values[place] = *value,
            (Value::Text(Cow::Borrowed(value)), Values::Text(values)) => values[place] = value,
            (Value::Bytes(Cow::Borrowed(value)), Values::Bytes(values)) => values[place] = value,
            (Value::Date { days }, Values::Date(values)) => values[place] = *days,
            (Value::Timestamp { micros }, Values::Timestamp(values))
            | (Value::TimestampTz { micros }, Values::TimestampTz(values)) => values[place] = *micros,
            (Value::Uuid(value), Values::Uuid(values)) => values[place] = *value,
            _ => return self.put_any(place, value),
        }
        // It is of a kind that has nothing to drop.
        mem::forget(value);
    }

    /// What is not of the kind of the others makes all of them be of any.
    #[inline(never)]
    fn put_any(&mut self, place: usize, value: Value<'v>) {
        if matches!(value, Value::Null) {
            self.nulls |= bit(place);
        }
        if let Values::Any(values) = &mut self.values {
            values.resize(values.len().max(place + 1), Value::Null);
            values[place] = value;
            return;
        }
        let mut values: Vec<_> = (0..self.rows.max(place + 1)).map(|place| self.look_at(place, Value::clone)).collect();
        values[place] = value;
        self.values = Values::Any(values);
    }

    /// Looks at the value of a row.
    pub(crate) fn look_at<R>(&self, place: usize, look: impl FnOnce(&Value<'v>) -> R) -> R {
        let value = match &self.values {
            _ if self.is_null(place) => Value::Null,
            Values::Any(values) => return look(&values[place]),
            Values::Bool(values) => Value::Bool(values[place]),
            Values::SmallInt(values) => Value::SmallInt(values[place]),
            Values::Integer(values) => Value::Integer(values[place]),
            Values::BigInt(values) => Value::BigInt(values[place]),
            Values::Real(values) => Value::Real(values[place]),
            Values::Double(values) => Value::Double(values[place]),
            Values::Text(values) => Value::Text(Cow::Borrowed(values[place])),
            Values::Bytes(values) => Value::Bytes(Cow::Borrowed(values[place])),
            Values::Date(values) => Value::Date { days: values[place] },
            Values::Timestamp(values) => Value::Timestamp { micros: values[place] },
            Values::TimestampTz(values) => Value::TimestampTz { micros: values[place] },
            Values::Uuid(values) => Value::Uuid(values[place]),
        };
        let seen = look(&value);
        // It is of a kind that has nothing to drop.
        mem::forget(value);
        seen
    }
}

#[inline]
fn bit(place: usize) -> u64 {
    1 << place
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::value::Invalid;

    /// Values of each usual kind, and others that a column of its type may be given.
    pub(crate) fn kinds() -> Vec<(ColumnType, [Value<'static>; 3])> {
        let text = |text: &'static str| Value::Text(text.into());
        vec![
            (ColumnType::Bool, [Value::Bool(true), Value::Bool(false), Value::Bool(true)]),
            (ColumnType::Integer, [Value::Integer(7), Value::Integer(i32::MIN), Value::Integer(-1)]),
            (ColumnType::BigInt, [Value::BigInt(7), Value::BigInt(i64::MIN), Value::BigInt(-1)]),
            (ColumnType::Double, [Value::Double(0.1), Value::Double(-0.0), Value::Double(f64::INFINITY)]),
            (ColumnType::Text, [text("é"), text(""), Value::Text(Cow::Owned("made".to_owned()))]),
            (ColumnType::Text, [text("é"), text(""), text("more than eight bytes of text")]),
            (ColumnType::Date, [-1, 0, 20_000].map(|days| Value::Date { days })),
            (ColumnType::TimestampTz, [-1, 0, 1 << 50].map(|micros| Value::TimestampTz { micros })),
            (ColumnType::Uuid, [[0; 16], [1; 16], [255; 16]].map(Value::Uuid)),
            (ColumnType::SmallInt, [1, i16::MIN, -1].map(Value::SmallInt)),
            (ColumnType::Real, [0.1, -0.0, f32::INFINITY].map(Value::Real)),
            (ColumnType::Timestamp, [-1, 0, 1 << 50].map(|micros| Value::Timestamp { micros })),
            (ColumnType::Bytes, [&b"a\0"[..], b"", b"more than eight bytes"].map(|bytes| Value::Bytes(bytes.into()))),
            (ColumnType::Time, [0, 1, 1 << 30].map(|micros| Value::Time { micros })),
            (ColumnType::Array(&ColumnType::Bool), [0, 1, 2].map(|len| Value::Array(vec![Value::Bool(true); len]))),
        ]
    }

    fn values_of(column: &BlockColumn<'static>) -> Vec<Value<'static>> {
        (0..ROWS).map(|place| column.look_at(place, Value::clone)).collect()
    }

    #[test]
    fn values_come_out_as_they_were_put_in() {
        for (column_type, values) in kinds() {
            for nulls in [0, 1, 0b1010_0101, u64::MAX] {
                for wrong in [None, Some(0), Some(63)] {
                    let mut column = BlockColumn::of(column_type);
                    let expected: Vec<_> = (0..ROWS)
                        .map(|place| match wrong {
                            Some(wrong) if wrong == place => Value::Invalid(Invalid::LeapSecond),
                            _ if nulls >> place & 1 == 1 => Value::Null,
                            _ => values[place % 3].clone(),
                        })
                        .collect();
                    for (place, value) in expected.iter().enumerate() {
                        column.put(place, value.clone());
                    }
                    assert!(values_of(&column) == expected, "{column_type:?}, {nulls:b}, {wrong:?}");
                }
            }
        }
    }

    #[test]
    fn a_value_of_another_kind_takes_the_place_of_one_of_many() {
        let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
        let rows = Mixed(vec![vec![text("a")], vec![text("b")], vec![Value::Null], vec![text("d")]]);
        let mut block = Block::new(vec![BlockColumn::of(ColumnType::Text)]);
        block.take(&rows, &[0, 1, 2, 3]);
        block.put_at(1, 0, Value::Text(Cow::Owned("made".to_owned())));
        block.put_at(2, 0, text("c"));
        for (place, expected) in ["a", "made", "c", "d"].into_iter().enumerate() {
            assert!(block.columns()[0].look_at(place, |value| *value == text(expected)), "{expected}");
        }
    }

    /// Rows of all kinds at once, the first of which are NULL here and there.
    struct Mixed(Vec<Vec<Value<'static>>>);

    impl Rows for Mixed {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn value(&self, row: usize, column: usize) -> Value<'_> {
            self.0[row][column].clone()
        }

        fn size(&self, _: usize) -> usize {
            1
        }
    }

    #[test]
    fn nothing_is_left_of_rows_that_were_taken_before() {
        let kinds = kinds();
        let row = |row: usize| {
            let cell = |column: usize| match (row + column) % 7 {
                0 if row < 2 * ROWS => Value::Null,
                _ => kinds[column].1[(row + column) % 3].clone(),
            };
            (0..kinds.len()).map(cell).collect()
        };
        let rows = Mixed((0..3 * ROWS).map(row).collect());
        let mut block = Block::new(kinds.iter().map(|(column_type, _)| BlockColumn::of(*column_type)).collect());
        for taken in [0..ROWS, ROWS..2 * ROWS, 2 * ROWS..3 * ROWS, 5..9, 2..2] {
            // In another order than they lie in.
            let taken: Vec<_> = taken.rev().collect();
            block.take(&rows, &taken);
            for (number, column) in block.columns().iter().enumerate() {
                for (place, &row) in taken.iter().enumerate() {
                    assert!(column.look_at(place, |value| *value == rows.0[row][number]), "row {row}, column {number}");
                }
                assert_eq!(column.has_null(), taken.iter().any(|&row| rows.0[row][number] == Value::Null));
            }
        }
    }
}
