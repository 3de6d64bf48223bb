//! Rows in a form that borrows nothing and is ready to bind: text of dates is made, and everything lies in one buffer.
//! Made before the blocking thread sees the rows, which may borrow from the caller.

use std::mem;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::backend::Size;
use crate::error::Error;
use crate::feed::Chunk;
use crate::plan::{ColumnFacts, Sent, UpsertPlan};
use crate::rows::block::{BlockColumn, Values};
use crate::schema::Column;
use crate::value::text::{date, time, timestamp};
use crate::value::{Invalid, Value, json};

/// An encoded chunk: the cells of each row one behind the other, each a tag, a length where there is one, and its bytes. The rows lie
/// in the buffer in whatever order they were read.
#[doc(hidden)]
#[derive(Default)]
pub struct Packed {
    columns: usize,
    buffer: Vec<u8>,
    /// Where each row starts, and its number in the input.
    rows: Vec<(usize, u64)>,
    /// Bytes of the values.
    values: u64,
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

impl Size for Packed {
    fn size(&self) -> u64 {
        self.values
    }
}

impl Packed {
    pub(super) async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let columns = plan.columns.len();
        let mut packed = Self { columns, rows: vec![(0, 0); chunk.len()], ..Self::default() };
        let limits: Vec<bool> =
            plan.columns.iter().zip(&plan.column_facts).map(|(column, facts)| !facts.sets_no_limit(column)).collect();
        let mut is_first = true;
        let mut blocks = chunk.blocks_as_they_lie(plan);
        while let Some((picks, columns)) = blocks.take().await {
            for (in_block, &(place, pick)) in picks.iter().enumerate() {
                packed.rows[place] = (packed.buffer.len(), chunk.number(pick.updatable));
                for (position, values) in columns.iter().enumerate() {
                    let (column, facts) = (&plan.columns[position], &plan.column_facts[position]);
                    packed
                        .push_of_block(column, facts, limits[position], values, in_block)
                        .map_err(|invalid| chunk.refused(plan, pick, position, invalid))?;
                }
                if mem::take(&mut is_first) {
                    // The others are likely about as large; if they are not, little is lost.
                    let likely = packed.buffer.len().saturating_mul(chunk.len() - 1);
                    packed.buffer.reserve((likely.saturating_mul(17) / 16).min(MOST_LIKELY_BYTES));
                }
            }
        }
        Ok(packed)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of a row in the input.
    pub(super) fn number(&self, row: usize) -> u64 {
        self.rows[row].1
    }

    /// The cells of a row, ready to bind.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Bound<'_>> {
        let mut rest = &self.buffer[self.rows[row].0..];
        (0..self.columns).map(move |_| {
            let (tag, behind) = rest.split_first().expect("a row has all its cells");
            let value = match *tag {
                NULL => {
                    rest = behind;
                    ValueRef::Null
                }
                tag @ (INTEGER | REAL) => {
                    let (bytes, behind) = behind.split_first_chunk().expect("8 bytes were written");
                    rest = behind;
                    let value = i64::from_ne_bytes(*bytes);
                    if tag == INTEGER {
                        ValueRef::Integer(value)
                    } else {
                        ValueRef::Real(f64::from_bits(value.cast_unsigned()))
                    }
                }
                tag => {
                    let (length, behind) = behind.split_first_chunk().expect("a length was written");
                    let (bytes, behind) = behind.split_at(u32::from_ne_bytes(*length) as usize);
                    rest = behind;
                    if tag == TEXT { ValueRef::Text(bytes) } else { ValueRef::Blob(bytes) }
                }
            };
            Bound(value)
        })
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Bound<'_> {
        self.row(row).nth(column).expect("the row has this column")
    }

    /// The same, of a block: of a value of a usual kind, where the column has no limit but its type's, only that is asked.
    #[inline]
    fn push_of_block(
        &mut self,
        column: &Column<'_>,
        facts: &ColumnFacts,
        has_limit: bool,
        values: &BlockColumn<'_>,
        place: usize,
    ) -> Result<(), Invalid> {
        match values.values() {
            _ if has_limit || values.is_null(place) => {
                return values.look_at(place, |value| self.push(column, facts, value));
            }
            Values::Any(values) => return self.push(column, facts, &values[place]),
            Values::Bool(values) => self.integer(values[place].into()),
            Values::SmallInt(values) => self.integer(values[place].into()),
            Values::Integer(values) => self.integer(values[place].into()),
            Values::BigInt(values) => self.integer(values[place]),
            Values::Real(values) => self.real(values[place].into())?,
            Values::Double(values) => self.real(values[place])?,
            Values::Text(values) => self.bytes(TEXT, values[place].as_bytes())?,
            Values::Bytes(values) => self.bytes(BLOB, values[place])?,
            Values::Date(values) => self.date(values[place])?,
            Values::Timestamp(values) => self.timestamp(values[place])?,
            Values::TimestampTz(values) => self.timestamp_tz(values[place])?,
            Values::Uuid(values) => self.bytes(BLOB, &values[place])?,
        }
        self.values += values.size(place) as u64;
        Ok(())
    }

    #[inline(always)]
    fn push(&mut self, column: &Column<'_>, facts: &ColumnFacts, value: &Value<'_>) -> Result<(), Invalid> {
        column.check(value)?;
        facts.keeps.check(value)?;
        match (value, &facts.sent) {
            (Value::Null, _) if column.nullable && facts.takes_null => self.buffer.push(NULL),
            (Value::Null, _) => return Err(Invalid::Null),
            (Value::UnsignedBigInt(value), Sent::AsDigits) => self.bytes(TEXT, value.to_string().as_bytes())?,
            (Value::HugeInt(value), Sent::AsDigits) => self.bytes(TEXT, value.to_string().as_bytes())?,
            (Value::UnsignedHugeInt(value), Sent::AsDigits) => self.bytes(TEXT, value.to_string().as_bytes())?,
            (Value::Decimal(decimal), Sent::Shortest) => {
                decimal.check()?;
                self.bytes(TEXT, decimal.shortest().as_bytes())?;
            }
            (Value::Uuid(bytes), Sent::AsText) => self.bytes(TEXT, json::uuid(bytes).as_bytes())?,
            (value, _) => self.push_as_it_is(value)?,
        }
        self.values += value.size() as u64;
        Ok(())
    }

    #[inline(always)]
    fn push_as_it_is(&mut self, value: &Value<'_>) -> Result<(), Invalid> {
        match value {
            Value::Null => self.buffer.push(NULL),
            Value::Invalid(invalid) => return Err(*invalid),
            Value::Bool(value) => self.integer(i64::from(*value)),
            Value::SmallInt(value) => self.integer(i64::from(*value)),
            Value::Integer(value) => self.integer(i64::from(*value)),
            Value::BigInt(value) | Value::Duration { micros: value } => self.integer(*value),
            Value::UnsignedBigInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::HugeInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::UnsignedHugeInt(value) => self.integer(i64::try_from(*value).map_err(|_| Invalid::OutOfRange)?),
            Value::Real(value) => self.real(f64::from(*value))?,
            Value::Double(value) => self.real(*value)?,
            Value::Decimal(decimal) => {
                decimal.check()?;
                self.bytes(TEXT, decimal.to_string().as_bytes())?;
            }
            Value::Text(text) | Value::Json(text) => self.bytes(TEXT, text.as_bytes())?,
            Value::Bytes(bytes) => self.bytes(BLOB, bytes)?,
            Value::Uuid(bytes) => self.bytes(BLOB, bytes)?,
            Value::Inet(address) => self.bytes(TEXT, address.to_string().as_bytes())?,
            Value::Date { days } => self.date(*days)?,
            Value::Time { micros } => self.text(time(*micros)?),
            Value::Timestamp { micros } => self.timestamp(*micros)?,
            Value::TimestampTz { micros } => self.timestamp_tz(*micros)?,
            Value::Array(elements) => self.bytes(TEXT, json::array(elements)?.as_bytes())?,
        }
        Ok(())
    }

    fn integer(&mut self, value: i64) {
        let mut cell = [INTEGER; 9];
        cell[1..].copy_from_slice(&value.to_ne_bytes());
        self.buffer.extend_from_slice(&cell);
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        if value.is_nan() {
            return Err(Invalid::NotANumber);
        }
        let mut cell = [REAL; 9];
        cell[1..].copy_from_slice(&value.to_ne_bytes());
        self.buffer.extend_from_slice(&cell);
        Ok(())
    }

    fn date(&mut self, days: i32) -> Result<(), Invalid> {
        self.text(date(i64::from(days))?);
        Ok(())
    }

    fn timestamp(&mut self, micros: i64) -> Result<(), Invalid> {
        // Without the zone.
        let [text @ .., _, _, _, _, _, _] = timestamp(micros)?;
        self.text(text);
        Ok(())
    }

    fn timestamp_tz(&mut self, micros: i64) -> Result<(), Invalid> {
        self.text(timestamp(micros)?);
        Ok(())
    }

    /// A text of one width.
    #[inline]
    fn text<const N: usize>(&mut self, text: [u8; N]) {
        let length = u32::try_from(N).expect("it is short");
        self.buffer.reserve(5 + N);
        self.buffer.push(TEXT);
        self.buffer.extend_from_slice(&length.to_ne_bytes());
        self.buffer.extend_from_slice(&text);
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) -> Result<(), Invalid> {
        if bytes.len() > MOST_BYTES {
            return Err(Invalid::TooLarge);
        }
        let length = u32::try_from(bytes.len()).map_err(|_| Invalid::TooLarge)?;
        let mut head = [tag; 5];
        head[1..].copy_from_slice(&length.to_ne_bytes());
        self.buffer.extend_from_slice(&head);
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }
}

/// No more room than this is made ahead, however large the options let a chunk be.
const MOST_LIKELY_BYTES: usize = 32 << 20;

/// SQLite's default `SQLITE_MAX_LENGTH`.
const MOST_BYTES: usize = 1_000_000_000;

/// A cell as rusqlite binds it.
#[derive(Clone, Copy)]
pub(super) struct Bound<'p>(pub(super) ValueRef<'p>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparison, Keeps};
    use crate::rows::block::tests::kinds;
    use crate::schema::ColumnType;

    /// What is appended, and the sizes; or why it is refused.
    type Pushed = Result<(Vec<u8>, u64), Invalid>;

    fn pushed(push: impl FnOnce(&mut Packed) -> Result<(), Invalid>) -> Pushed {
        let mut packed = Packed::default();
        push(&mut packed).map(|()| (packed.buffer, packed.values))
    }

    #[test]
    fn a_value_of_a_block_is_appended_as_it_would_be_alone() {
        let refused = [
            (ColumnType::Double, Value::Double(f64::NAN), Invalid::NotANumber),
            (ColumnType::Real, Value::Real(f32::NAN), Invalid::NotANumber),
            (ColumnType::Date, Value::Date { days: i32::MAX }, Invalid::OutOfRange),
            (ColumnType::Timestamp, Value::Timestamp { micros: i64::MAX }, Invalid::OutOfRange),
            (ColumnType::TimestampTz, Value::TimestampTz { micros: i64::MIN }, Invalid::OutOfRange),
            (ColumnType::BigInt, Value::Integer(1), Invalid::WrongKind),
            (ColumnType::Text, Value::Bytes(b"a".into()), Invalid::WrongKind),
        ];
        let sound =
            kinds().into_iter().flat_map(|(column_type, values)| values.map(|value| (column_type, value, None)));
        let cases = sound.chain(refused.into_iter().map(|(column_type, value, why)| (column_type, value, Some(why))));
        for (column_type, value, why) in cases {
            for value in [value, Value::Null] {
                for (nullable, max_len) in [(true, None), (false, None), (true, Some(2)), (true, Some(1000))] {
                    let mut column = Column::new("c", column_type).nullable(nullable);
                    if let Some(max_len) = max_len {
                        column = column.max_len(max_len);
                    }
                    let facts = ColumnFacts::new(Comparison::Exact, Keeps::All);
                    let mut block = BlockColumn::of(column_type);
                    block.put(3, value.clone());
                    let alone = pushed(|packed| packed.push(&column, &facts, &value));
                    let of_block = pushed(|packed| {
                        packed.push_of_block(&column, &facts, !facts.sets_no_limit(&column), &block, 3)
                    });
                    assert_eq!(of_block, alone, "{column:?}");
                    if let (Some(why), false) = (why, value == Value::Null) {
                        assert_eq!(alone, Err(why), "{column:?}");
                    }
                }
            }
        }
    }
}
