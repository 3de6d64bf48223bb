//! Frames of drawn rows, in drawn encodings.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryDictionaryBuilder, LargeListBuilder, ListBuilder, PrimitiveBuilder, PrimitiveDictionaryBuilder,
    StringDictionaryBuilder, StringRunBuilder,
};
use arrow_array::types::{Decimal256Type, Int8Type, Int32Type, Int64Type, UInt16Type};
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Date64Array, Decimal64Array, Decimal128Array,
    DurationMicrosecondArray, DurationNanosecondArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, LargeBinaryArray, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    Time64MicrosecondArray, Time64NanosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_schema::{Field, Schema};
use chrono::{NaiveDate, NaiveTime, Timelike};
use frames::drawn_rows::{COLUMNS, Reading};
use proptest::test_runner::TestRng;
use tests::seed::below;

/// Rows in one to three batches, some of them parts of longer ones, each column in an encoding that holds its values.
pub(crate) fn frame_of(rows: &[Reading], dice: &mut TestRng) -> Vec<RecordBatch> {
    let encodings: Vec<usize> = COLUMNS.iter().map(|_| below(dice, 12)).collect();
    let mut cuts = vec![0, rows.len()];
    cuts.extend((0..below(dice, 3)).map(|_| below(dice, rows.len() + 1)));
    cuts.sort_unstable();
    let batches = cuts.windows(2).map(|cut| {
        let part = Part { rows: &rows[cut[0]..cut[1]], all: rows, before: below(dice, 3), behind: below(dice, 3) };
        let arrays = COLUMNS.iter().zip(&encodings);
        let arrays =
            arrays.map(|((name, _), encoding)| part.column(name, *encoding).slice(part.before, part.rows.len()));
        let arrays: Vec<ArrayRef> = arrays.collect();
        let fields = COLUMNS.iter().zip(&arrays);
        let fields = fields.map(|((name, _), array)| Field::new(*name, array.data_type().clone(), true));
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays).unwrap()
    });
    batches.collect()
}

/// Rows of a batch, with others before and behind them, which are cut away.
struct Part<'r> {
    rows: &'r [Reading],
    /// Those of all batches, which share their encodings.
    all: &'r [Reading],
    before: usize,
    behind: usize,
}

impl Part<'_> {
    fn values<T: Clone>(&self, value: impl Fn(&Reading) -> Option<T>) -> Vec<Option<T>> {
        let mut values: Vec<Option<T>> = self.rows.iter().map(&value).collect();
        let other = self.all.iter().find_map(&value);
        values.splice(0..0, std::iter::repeat_n(other.clone(), self.before));
        values.extend(std::iter::repeat_n(other, self.behind));
        values
    }

    /// Whether a type holds the values of all batches.
    fn fit<N, T: TryFrom<N>>(&self, value: impl Fn(&Reading) -> Option<N>) -> bool {
        self.all.iter().filter_map(value).all(|number| T::try_from(number).is_ok())
    }

    fn column(&self, name: &str, encoding: usize) -> ArrayRef {
        match name {
            "id" => Arc::new(Int64Array::from(self.values(|row| Some(row.id)))),
            "k" => self.text(encoding, |row| Some(row.k.clone())),
            "flag" => Arc::new(BooleanArray::from(self.values(|row| row.flag))),
            "small" => self.small(encoding),
            "num" => self.num(encoding),
            "big" if encoding < 3 => dictionary(self.values(|row| row.big)),
            "big" => Arc::new(Int64Array::from(self.values(|row| row.big))),
            "huge" => Arc::new(UInt64Array::from(self.values(|row| row.huge))),
            "rough" => Arc::new(Float32Array::from(self.values(|row| row.rough))),
            "ratio" => Arc::new(Float64Array::from(self.values(|row| row.ratio))),
            "price" => self.price(encoding),
            "note" => self.text(encoding, |row| row.note.clone()),
            "raw" => self.raw(encoding),
            "day" => self.day(encoding),
            "clock" => self.clock(encoding),
            "at" => self.at(encoding),
            "seen" => self.seen(encoding),
            "span" => self.span(encoding),
            "uid" => self.uid(encoding),
            "tags" => self.tags(encoding),
            other => panic!("no column {other}"),
        }
    }

    fn text(&self, encoding: usize, value: impl Fn(&Reading) -> Option<String>) -> ArrayRef {
        let values = self.values(value);
        match encoding {
            0 | 1 => Arc::new(LargeStringArray::from(values)),
            2 | 3 => Arc::new(StringViewArray::from(values)),
            4 | 5 => {
                let mut builder = StringDictionaryBuilder::<Int8Type>::new();
                builder.extend(values);
                Arc::new(builder.finish())
            }
            6 => {
                let mut builder = StringDictionaryBuilder::<UInt16Type>::new();
                builder.extend(values);
                Arc::new(builder.finish())
            }
            7 | 8 => {
                let mut builder = StringRunBuilder::<Int32Type>::new();
                builder.extend(values);
                Arc::new(builder.finish())
            }
            _ => Arc::new(StringArray::from(values)),
        }
    }

    fn small(&self, encoding: usize) -> ArrayRef {
        let values = self.values(|row| row.small);
        match encoding {
            0..4 if self.fit::<i16, i8>(|row| row.small) => Arc::new(Int8Array::from(numbers::<_, i8>(&values))),
            4 | 5 if self.fit::<i16, u8>(|row| row.small) => Arc::new(UInt8Array::from(numbers::<_, u8>(&values))),
            6 => Arc::new(Int64Array::from(numbers::<_, i64>(&values))),
            _ => Arc::new(Int16Array::from(values)),
        }
    }

    fn num(&self, encoding: usize) -> ArrayRef {
        let values = self.values(|row| row.num);
        match encoding {
            0..4 if self.fit::<i32, u16>(|row| row.num) => Arc::new(UInt16Array::from(numbers::<_, u16>(&values))),
            4 | 5 if self.fit::<i32, u32>(|row| row.num) => Arc::new(UInt32Array::from(numbers::<_, u32>(&values))),
            6 => Arc::new(Int64Array::from(numbers::<_, i64>(&values))),
            _ => Arc::new(Int32Array::from(values)),
        }
    }

    fn price(&self, encoding: usize) -> ArrayRef {
        let values = self.values(|row| row.price.map(|price| price.mantissa()));
        match encoding {
            0..3 => {
                let mut builder = PrimitiveBuilder::<Decimal256Type>::new();
                values.into_iter().for_each(|value| builder.append_option(value.map(i256::from_i128)));
                Arc::new(builder.finish().with_precision_and_scale(20, 4).unwrap())
            }
            3..6 => Arc::new(Decimal64Array::from(numbers::<_, i64>(&values)).with_precision_and_scale(18, 4).unwrap()),
            _ => Arc::new(Decimal128Array::from(values).with_precision_and_scale(20, 4).unwrap()),
        }
    }

    fn raw(&self, encoding: usize) -> ArrayRef {
        let values = self.values(|row| row.raw.clone());
        let bytes: Vec<Option<&[u8]>> = values.iter().map(Option::as_deref).collect();
        match encoding {
            0 | 1 => Arc::new(LargeBinaryArray::from(bytes)),
            2 | 3 => Arc::new(BinaryViewArray::from(bytes)),
            4 | 5 => {
                let mut builder = BinaryDictionaryBuilder::<Int32Type>::new();
                builder.extend(bytes);
                Arc::new(builder.finish())
            }
            _ => Arc::new(BinaryArray::from(bytes)),
        }
    }

    fn day(&self, encoding: usize) -> ArrayRef {
        let epoch = NaiveDate::default();
        let days = |row: &Reading| row.day.map(|day| (day - epoch).num_days());
        match encoding {
            0..4 => Arc::new(Date64Array::from(self.values(|row| days(row).map(|days| days * 86_400_000)))),
            _ => Arc::new(Date32Array::from(numbers::<_, i32>(&self.values(days)))),
        }
    }

    fn clock(&self, encoding: usize) -> ArrayRef {
        let micros = |row: &Reading| row.clock.map(micros_of_day);
        match encoding {
            0..4 => Arc::new(Time64NanosecondArray::from(self.values(|row| micros(row).map(|micros| micros * 1_000)))),
            _ => Arc::new(Time64MicrosecondArray::from(self.values(micros))),
        }
    }

    /// In nanoseconds, where all are near enough to now.
    fn at(&self, encoding: usize) -> ArrayRef {
        let nanos = |row: &Reading| row.at.map(|at| at.and_utc().timestamp_nanos_opt());
        match encoding {
            0..6 if self.all.iter().all(|row| nanos(row) != Some(None)) => {
                Arc::new(TimestampNanosecondArray::from(self.values(|row| nanos(row).flatten())))
            }
            _ => Arc::new(TimestampMicrosecondArray::from(
                self.values(|row| row.at.map(|at| at.and_utc().timestamp_micros())),
            )),
        }
    }

    fn seen(&self, encoding: usize) -> ArrayRef {
        let micros = TimestampMicrosecondArray::from(self.values(|row| row.seen.map(|at| at.timestamp_micros())));
        Arc::new(micros.with_timezone(["UTC", "+05:30", "America/New_York"][encoding % 3]))
    }

    fn span(&self, encoding: usize) -> ArrayRef {
        let nanos = |row: &Reading| row.span.map(|span| span.num_nanoseconds());
        match encoding {
            0..6 if self.all.iter().all(|row| nanos(row) != Some(None)) => {
                Arc::new(DurationNanosecondArray::from(self.values(|row| nanos(row).flatten())))
            }
            _ => Arc::new(DurationMicrosecondArray::from(
                self.values(|row| row.span.and_then(|span| span.num_microseconds())),
            )),
        }
    }

    fn uid(&self, encoding: usize) -> ArrayRef {
        match encoding {
            0..4 => self.text(encoding, |row| row.uid.map(|uid| uid.to_string())),
            4..6 => self.text(encoding, |row| row.uid.map(|uid| uid.simple().to_string().to_uppercase())),
            _ => {
                let values = self.values(|row| row.uid.map(|uid| *uid.as_bytes()));
                Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 16).unwrap())
            }
        }
    }

    fn tags(&self, encoding: usize) -> ArrayRef {
        let values = self.values(|row| row.tags.clone());
        let elements = PrimitiveBuilder::<Int32Type>::new();
        if encoding < 4 {
            let mut builder = LargeListBuilder::new(elements);
            values.into_iter().for_each(|value| builder.append_option(value));
            Arc::new(builder.finish())
        } else {
            let mut builder = ListBuilder::new(elements);
            values.into_iter().for_each(|value| builder.append_option(value));
            Arc::new(builder.finish())
        }
    }
}

fn dictionary(values: Vec<Option<i64>>) -> ArrayRef {
    let mut builder = PrimitiveDictionaryBuilder::<Int32Type, Int64Type>::new();
    builder.extend(values);
    Arc::new(builder.finish())
}

fn numbers<N: Copy, T: TryFrom<N>>(values: &[Option<N>]) -> Vec<Option<T>> {
    values.iter().map(|value| value.map(|value| T::try_from(value).ok().unwrap())).collect()
}

fn micros_of_day(clock: NaiveTime) -> i64 {
    i64::from(clock.num_seconds_from_midnight()) * 1_000_000 + i64::from(clock.nanosecond() / 1_000)
}
