//! The cells of one column, as SQLite stores them.

use std::ops::Range;

use rusqlite::Statement;
use rusqlite::types::{Null, ToSql, ValueRef};

use super::Bound;
use crate::plan::{ColumnFacts, Sent};
use crate::rows::block::{self, BlockColumn, Values};
use crate::schema::Column;
use crate::value::text::{date, time, timestamp};
use crate::value::{Invalid, Value, json};

/// The cells of a column, of one row after the other.
pub(super) struct Cells {
    /// How many rows there will be.
    rows: usize,
    /// Which cells are NULL, a bit each, a word for each block.
    nulls: Vec<u64>,
    /// Whether any is: most columns have none, and need not be looked at for each cell.
    has_null: bool,
    kind: Kind,
}

/// Of the kind that SQLite stores them as. What stands for a NULL means nothing.
enum Kind {
    /// So many, before the first value.
    Nulls(usize),
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    Texts(Strings),
    Blobs(Strings),
}

/// Texts, or bytes, one behind the other.
struct Strings {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Cells {
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, nulls: Vec::with_capacity(rows.div_ceil(block::ROWS)), has_null: false, kind: Kind::Nulls(0) }
    }

    /// When the first rows are in: the others are likely about as large. If they are not, little is lost.
    pub(super) fn make_room(&mut self, first: usize) {
        if let Kind::Texts(strings) | Kind::Blobs(strings) = &mut self.kind {
            let likely = (strings.bytes.len() / first.max(1) + 1).saturating_mul(self.rows - first);
            strings.bytes.reserve(likely.min(MOST_LIKELY_BYTES));
        }
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.nulls[row / block::ROWS] >> (row % block::ROWS) & 1 == 1
    }

    pub(super) fn get(&self, row: usize) -> Bound<'_> {
        Bound(match &self.kind {
            _ if self.is_null(row) => ValueRef::Null,
            Kind::Nulls(_) => ValueRef::Null,
            Kind::Integers(integers) => ValueRef::Integer(integers[row]),
            Kind::Reals(reals) => ValueRef::Real(reals[row]),
            Kind::Texts(texts) => ValueRef::Text(texts.get(row)),
            Kind::Blobs(blobs) => ValueRef::Blob(blobs.get(row)),
        })
    }

    /// Binds the cells of some rows: the first of them to a parameter, and each other one to the one that is a step further.
    pub(super) fn bind(
        &self,
        statement: &mut Statement<'_>,
        rows: Range<usize>,
        first: usize,
        step: usize,
    ) -> rusqlite::Result<()> {
        let some = rows.clone();
        match &self.kind {
            Kind::Nulls(_) => self.bind_each(statement, rows, first, step, some, |_| Null),
            Kind::Integers(integers) => {
                self.bind_each(statement, rows, first, step, &integers[some], |&integer| integer)
            }
            Kind::Reals(reals) => self.bind_each(statement, rows, first, step, &reals[some], |&real| real),
            Kind::Texts(texts) => {
                self.bind_each(statement, rows, first, step, texts.of(some), |text| Bound(ValueRef::Text(text)))
            }
            Kind::Blobs(blobs) => {
                self.bind_each(statement, rows, first, step, blobs.of(some), |blob| Bound(ValueRef::Blob(blob)))
            }
        }
    }

    #[inline(always)]
    fn bind_each<C, V: ToSql>(
        &self,
        statement: &mut Statement<'_>,
        rows: Range<usize>,
        first: usize,
        step: usize,
        cells: impl IntoIterator<Item = C>,
        value: impl Fn(C) -> V,
    ) -> rusqlite::Result<()> {
        // By itself: a third iterator beside the two is too much for the processor's registers.
        let mut parameter = first;
        for (row, cell) in rows.zip(cells) {
            if self.has_null && self.is_null(row) {
                statement.raw_bind_parameter(parameter, Null)?;
            } else {
                statement.raw_bind_parameter(parameter, value(cell))?;
            }
            parameter += step;
        }
        Ok(())
    }

    /// Appends the values of a block's first rows; returns their sizes, or which of them is refused.
    pub(super) fn push_block(
        &mut self,
        column: &Column<'_>,
        facts: &ColumnFacts,
        block: &BlockColumn<'_>,
        rows: usize,
    ) -> Result<u64, (usize, Invalid)> {
        self.nulls.push(block.nulls());
        self.has_null |= block.has_null();
        if facts.sets_no_limit(column)
            && (!block.has_null() || column.nullable && facts.takes_null)
            && let Some(sizes) = self.push_values(block, rows)
        {
            return Ok(sizes);
        }
        (0..rows).try_fold(0, |sizes, place| {
            let size = block.look_at(place, |value| self.push(column, facts, value).map(|()| value.size() as u64));
            size.map(|size| sizes + size).map_err(|invalid| (place, invalid))
        })
    }

    /// The same, if they are of a usual kind, and none is refused.
    fn push_values(&mut self, block: &BlockColumn<'_>, rows: usize) -> Option<u64> {
        let values = rows as u64 - u64::from(block.nulls().count_ones());
        let width = match block.values() {
            Values::Bool(flags) => {
                self.integers()?.extend(flags[..rows].iter().map(|&flag| i64::from(flag)));
                1
            }
            Values::SmallInt(integers) => {
                self.integers()?.extend(integers[..rows].iter().map(|&integer| i64::from(integer)));
                2
            }
            Values::Integer(integers) => {
                self.integers()?.extend(integers[..rows].iter().map(|&integer| i64::from(integer)));
                4
            }
            Values::BigInt(integers) => {
                self.integers()?.extend_from_slice(&integers[..rows]);
                8
            }
            Values::Real(reals) => {
                self.push_reals(reals[..rows].iter().map(|&real| f64::from(real)))?;
                4
            }
            Values::Double(reals) => {
                self.push_reals(reals[..rows].iter().copied())?;
                8
            }
            Values::Date(days) => {
                self.texts()?.push_fixed(days, rows, |days| date(i64::from(days)).ok())?;
                4
            }
            Values::Timestamp(micros) => {
                self.texts()?.push_fixed(micros, rows, |micros| without_zone(micros).ok())?;
                8
            }
            Values::TimestampTz(micros) => {
                self.texts()?.push_fixed(micros, rows, |micros| timestamp(micros).ok())?;
                8
            }
            Values::Uuid(uuids) => {
                self.blobs()?.push_fixed(uuids, rows, Some)?;
                16
            }
            Values::Text(texts) => {
                return self.texts()?.push_all(block, texts[..rows].iter().map(|text| text.as_bytes()));
            }
            Values::Bytes(bytes) => return self.blobs()?.push_all(block, bytes[..rows].iter().copied()),
            Values::Any(_) => return None,
        };
        Some(width * values)
    }

    #[inline(always)]
    fn push_reals(&mut self, values: impl Iterator<Item = f64> + Clone) -> Option<()> {
        // What stands for a NULL is one that was there before, or 0.
        if values.clone().fold(false, |any, value| any | value.is_nan()) {
            return None;
        }
        self.reals()?.extend(values);
        Some(())
    }

    #[inline(always)]
    fn push(&mut self, column: &Column<'_>, facts: &ColumnFacts, value: &Value<'_>) -> Result<(), Invalid> {
        column.check(value)?;
        facts.keeps.check(value)?;
        match (value, &facts.sent) {
            (Value::Null, _) if column.nullable && facts.takes_null => {
                self.push_null();
                Ok(())
            }
            (Value::Null, _) => Err(Invalid::Null),
            (Value::UnsignedBigInt(value), Sent::AsDigits) => self.text(value.to_string().as_bytes()),
            (Value::HugeInt(value), Sent::AsDigits) => self.text(value.to_string().as_bytes()),
            (Value::UnsignedHugeInt(value), Sent::AsDigits) => self.text(value.to_string().as_bytes()),
            (Value::Decimal(decimal), Sent::Shortest) => {
                decimal.check()?;
                self.text(decimal.shortest().as_bytes())
            }
            (Value::Uuid(bytes), Sent::AsText) => self.text(json::uuid(bytes).as_bytes()),
            (value, _) => self.push_as_it_is(value),
        }
    }

    #[inline(always)]
    fn push_as_it_is(&mut self, value: &Value<'_>) -> Result<(), Invalid> {
        match value {
            Value::Null => {
                self.push_null();
                Ok(())
            }
            Value::Invalid(invalid) => Err(*invalid),
            Value::Bool(value) => self.integer(i64::from(*value)),
            Value::SmallInt(value) => self.integer(i64::from(*value)),
            Value::Integer(value) => self.integer(i64::from(*value)),
            Value::BigInt(value) | Value::Duration { micros: value } => self.integer(*value),
            Value::UnsignedBigInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::HugeInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::UnsignedHugeInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::Real(value) => self.real(f64::from(*value)),
            Value::Double(value) => self.real(*value),
            Value::Decimal(decimal) => {
                decimal.check()?;
                self.text(decimal.to_string().as_bytes())
            }
            Value::Text(text) | Value::Json(text) => self.text(text.as_bytes()),
            Value::Bytes(bytes) => self.blob(bytes),
            Value::Uuid(bytes) => self.blob(bytes),
            Value::Inet(address) => self.text(address.to_string().as_bytes()),
            Value::Date { days } => self.text(&date(i64::from(*days))?),
            Value::Time { micros } => self.text(&time(*micros)?),
            Value::Timestamp { micros } => self.text(&without_zone(*micros)?),
            Value::TimestampTz { micros } => self.text(&timestamp(*micros)?),
            Value::Array(elements) => self.text(json::array(elements)?.as_bytes()),
        }
    }

    fn push_null(&mut self) {
        match &mut self.kind {
            Kind::Nulls(count) => *count += 1,
            Kind::Integers(integers) => integers.push(0),
            Kind::Reals(reals) => reals.push(0.0),
            Kind::Texts(strings) | Kind::Blobs(strings) => strings.push(b""),
        }
    }

    fn integer(&mut self, value: i64) -> Result<(), Invalid> {
        self.integers().ok_or(Invalid::WrongKind)?.push(value);
        Ok(())
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        if value.is_nan() {
            return Err(Invalid::NotANumber);
        }
        self.reals().ok_or(Invalid::WrongKind)?.push(value);
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Invalid> {
        check_length(text)?;
        self.texts().ok_or(Invalid::WrongKind)?.push(text);
        Ok(())
    }

    fn blob(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        check_length(bytes)?;
        self.blobs().ok_or(Invalid::WrongKind)?.push(bytes);
        Ok(())
    }

    fn integers(&mut self) -> Option<&mut Vec<i64>> {
        if let Kind::Nulls(count) = self.kind {
            self.kind = Kind::Integers(filled(count, self.rows));
        }
        if let Kind::Integers(integers) = &mut self.kind { Some(integers) } else { None }
    }

    fn reals(&mut self) -> Option<&mut Vec<f64>> {
        if let Kind::Nulls(count) = self.kind {
            self.kind = Kind::Reals(filled(count, self.rows));
        }
        if let Kind::Reals(reals) = &mut self.kind { Some(reals) } else { None }
    }

    fn texts(&mut self) -> Option<&mut Strings> {
        if let Kind::Nulls(count) = self.kind {
            self.kind = Kind::Texts(Strings { bytes: Vec::new(), ends: filled(count, self.rows) });
        }
        if let Kind::Texts(texts) = &mut self.kind { Some(texts) } else { None }
    }

    fn blobs(&mut self) -> Option<&mut Strings> {
        if let Kind::Nulls(count) = self.kind {
            self.kind = Kind::Blobs(Strings { bytes: Vec::new(), ends: filled(count, self.rows) });
        }
        if let Kind::Blobs(blobs) = &mut self.kind { Some(blobs) } else { None }
    }
}

/// What stands for so many NULLs, and room for all rows.
fn filled<T: Clone + Default>(count: usize, rows: usize) -> Vec<T> {
    let mut values = Vec::with_capacity(rows);
    values.resize(count, T::default());
    values
}

impl Strings {
    fn get(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }

    /// Those of some rows.
    #[inline(always)]
    fn of(&self, rows: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let mut start = rows.start.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.ends[rows].iter().map(move |&end| {
            let string = &self.bytes[start..end];
            start = end;
            string
        })
    }

    fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.ends.push(self.bytes.len());
    }

    /// Those of a block, if none is too long; returns their sizes.
    #[inline(always)]
    fn push_all<'v>(
        &mut self,
        block: &BlockColumn<'_>,
        strings: impl Iterator<Item = &'v [u8]> + Clone,
    ) -> Option<u64> {
        if strings.clone().any(|string| string.len() > MOST_BYTES) {
            return None;
        }
        let start = self.bytes.len();
        for (place, string) in strings.enumerate() {
            self.push(if block.is_null(place) { b"" } else { string });
        }
        Some((self.bytes.len() - start) as u64)
    }

    /// Those that some values of a block have, if all have one. They are of one width.
    #[inline(always)]
    fn push_fixed<T: Copy, const N: usize>(
        &mut self,
        values: &[T; block::ROWS],
        rows: usize,
        string: impl Fn(T) -> Option<[u8; N]>,
    ) -> Option<()> {
        let start = self.bytes.len();
        self.bytes.resize(start + rows * N, 0);
        let (strings, _) = self.bytes[start..].as_chunks_mut();
        // What stands where a value is NULL is one that was there before, or 0.
        for (place, &value) in strings.iter_mut().zip(values) {
            let Some(string) = string(value) else {
                self.bytes.truncate(start);
                return None;
            };
            *place = string;
        }
        self.ends.extend((1..=rows).map(|count| start + count * N));
        Some(())
    }
}

/// `YYYY-MM-DD HH:MM:SS.ffffff`.
#[inline(always)]
fn without_zone(micros: i64) -> Result<[u8; 26], Invalid> {
    let [text @ .., _, _, _, _, _, _] = timestamp(micros)?;
    Ok(text)
}

fn check_length(string: &[u8]) -> Result<(), Invalid> {
    if string.len() > MOST_BYTES { Err(Invalid::TooLarge) } else { Ok(()) }
}

/// No more room than this is made ahead, however large the options let a chunk be.
const MOST_LIKELY_BYTES: usize = 32 << 20;

/// SQLite's default `SQLITE_MAX_LENGTH`.
const MOST_BYTES: usize = 1_000_000_000;

#[cfg(test)]
mod tests {
    use rusqlite::types::{FromSql as _, Value as Stored};

    use super::*;
    use crate::plan::{Comparison, Keeps};
    use crate::rows::block::tests::kinds;
    use crate::schema::ColumnType;

    /// The cells of some rows, and their sizes; or which is refused, and why.
    type Pushed = Result<(Vec<Stored>, u64), (usize, Invalid)>;

    fn facts() -> ColumnFacts {
        ColumnFacts::new(Comparison::Exact, Keeps::All)
    }

    fn block(column: &Column<'_>, values: &[Value<'static>]) -> BlockColumn<'static> {
        let mut block = BlockColumn::of(column.column_type);
        values.iter().enumerate().for_each(|(place, value)| block.put(place, value.clone()));
        block
    }

    fn stored(cells: &Cells, row: usize) -> Stored {
        Stored::column_result(cells.get(row).0).expect("texts are UTF-8")
    }

    /// Block by block, as a chunk is.
    fn pushed(column: &Column<'_>, values: &[Value<'static>]) -> Pushed {
        let mut cells = Cells::new(values.len());
        let mut sizes = 0;
        for (place, of_block) in (0..).step_by(block::ROWS).zip(values.chunks(block::ROWS)) {
            let pushed = cells.push_block(column, &facts(), &block(column, of_block), of_block.len());
            sizes += pushed.map_err(|(in_block, invalid)| (place + in_block, invalid))?;
        }
        Ok(((0..values.len()).map(|row| stored(&cells, row)).collect(), sizes))
    }

    /// One by one.
    fn expected(column: &Column<'_>, values: &[Value<'static>]) -> Pushed {
        let (mut expected, mut sizes) = (Vec::new(), 0);
        for (row, value) in values.iter().enumerate() {
            let mut cells = Cells::new(1);
            cells.nulls.push(u64::from(*value == Value::Null));
            cells.push(column, &facts(), value).map_err(|invalid| (row, invalid))?;
            expected.push(stored(&cells, 0));
            sizes += value.size() as u64;
        }
        Ok((expected, sizes))
    }

    #[test]
    fn blocks_are_appended_as_their_values_are_one_by_one() {
        for (column_type, kinds) in kinds() {
            for column in [Column::new("c", column_type), Column::new("c", column_type).max_len(1000)] {
                let column = column.nullable(true);
                // Also so that the first value comes in another block than the first NULL.
                for nulls in [0_u128, 1, 0b1010, u64::MAX.into(), u128::MAX << 3, u128::MAX] {
                    for rows in [0, 1, 7, block::ROWS, 2 * block::ROWS - 3] {
                        let value =
                            |row: usize| if nulls >> row & 1 == 1 { Value::Null } else { kinds[row % 3].clone() };
                        let values: Vec<_> = (0..rows).map(value).collect();
                        assert!(
                            pushed(&column, &values) == expected(&column, &values),
                            "{column_type:?}, {nulls:b}, {rows}"
                        );
                        let count = values.iter().filter(|value| **value == Value::Null).count();
                        let (cells, _) = expected(&column, &values).expect("all are sound");
                        assert_eq!(cells.iter().filter(|cell| **cell == Stored::Null).count(), count);
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_value_that_is_refused_is_named() {
        let column = |column_type| Column::new("c", column_type);
        let double = || column(ColumnType::Double).nullable(true);
        let timestamp = |micros| Value::Timestamp { micros };
        let timestamp_tz = |micros| Value::TimestampTz { micros };
        for (column, good, bad, reason) in [
            (double(), Value::Double(0.5), Value::Double(f64::NAN), Invalid::NotANumber),
            (column(ColumnType::Real), Value::Real(0.5), Value::Real(f32::NAN), Invalid::NotANumber),
            (double(), Value::Null, Value::Double(f64::NAN), Invalid::NotANumber),
            (column(ColumnType::BigInt), Value::BigInt(1), Value::Null, Invalid::Null),
            (column(ColumnType::BigInt), Value::BigInt(1), Value::Integer(1), Invalid::WrongKind),
            (column(ColumnType::Text), Value::Text("a".into()), Value::Bytes(b"a".into()), Invalid::WrongKind),
            (column(ColumnType::Date), Value::Date { days: 1 }, Value::Date { days: i32::MAX }, Invalid::OutOfRange),
            (column(ColumnType::Timestamp), timestamp(1), timestamp(i64::MAX), Invalid::OutOfRange),
            (column(ColumnType::TimestampTz), timestamp_tz(1), timestamp_tz(i64::MIN), Invalid::OutOfRange),
            (
                column(ColumnType::Text).max_len(2),
                Value::Text("ab".into()),
                Value::Text("abc".into()),
                Invalid::TooLarge,
            ),
        ] {
            for rows in [block::ROWS, 9, 2 * block::ROWS] {
                for place in [0, 5, rows - 1] {
                    for last in [place, rows - 1] {
                        let mut values = vec![good.clone(); rows];
                        values[place..=last].fill(bad.clone());
                        assert_eq!(pushed(&column, &values), Err((place, reason)), "{column:?}, {rows}");
                        assert_eq!(expected(&column, &values), Err((place, reason)), "{column:?}, {rows}");
                    }
                }
            }
        }
    }
}
