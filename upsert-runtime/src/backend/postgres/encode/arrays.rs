//! Rows as an array of each column.

use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::block::put_block;
use super::cell::{length, put_array_head, types};
use crate::error::Error;
use crate::feed::Chunk;
use crate::options::OnConflict;
use crate::plan::{ColumnFacts, Sent, UpsertPlan};
use crate::rows::block::BlockColumn;
use crate::schema::Column;

/// One array parameter for each column.
#[doc(hidden)]
pub struct Arrays {
    columns: Vec<Array>,
    rows: u64,
    /// Bytes of the values alone.
    values: u64,
    /// The numbers of the rows in the input, where conflicts are errors that may be about one of them.
    numbers: Vec<u64>,
}

struct Array {
    encoded: Vec<u8>,
    array_type: Type,
    /// Bytes of this array and of those behind it, with their lengths.
    rest: usize,
}

/// No more room than this is made ahead, however large the options let a chunk be.
const MOST_LIKELY_BYTES: usize = 32 << 20;

/// A driver may log its parameters.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("array_type", &self.array_type).finish_non_exhaustive()
    }
}

impl Array {
    /// Of so many rows.
    fn new(column: &Column<'_>, facts: &ColumnFacts, rows: usize) -> Self {
        let (element_type, array_type) = match facts.sent {
            Sent::AsInterval => (Type::INTERVAL, Type::INTERVAL_ARRAY),
            Sent::AsJson => (Type::JSON, Type::JSON_ARRAY),
            Sent::AsItIs | Sent::Cast(_) | Sent::AsDigits | Sent::Shortest | Sent::AsText => types(column.column_type),
        };
        let mut encoded = Vec::new();
        let rows = length(rows).expect("no chunk has more rows than a plan lets it");
        put_array_head(&mut encoded, &element_type, rows, column.nullable);
        Self { encoded, array_type, rest: 0 }
    }

    /// When the first rows are in: the others are likely about as large. If they are not, little is lost.
    fn make_room(&mut self, first: usize, rows: usize) {
        let likely = (self.encoded.len() / first.max(1) + 2).saturating_mul(rows - first);
        self.encoded.reserve(likely.min(MOST_LIKELY_BYTES));
    }
}

impl Arrays {
    pub(super) async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let rows = chunk.len();
        let columns = plan.columns.iter().zip(&plan.column_facts);
        let mut arrays: Vec<Array> = columns.map(|(column, facts)| Array::new(column, facts, rows)).collect();
        let mut values = 0;
        let append = |place: usize, of_block: usize, column: usize, block: &BlockColumn<'_>| {
            let (array, facts) = (&mut arrays[column], &plan.column_facts[column]);
            values += put_block(&mut array.encoded, &plan.columns[column], facts, block, of_block)?;
            if place == 0 {
                array.make_room(of_block, rows);
            }
            Ok(())
        };
        chunk.each_column(plan, append).await?;
        let numbers = match plan.on_conflict {
            OnConflict::Error => (0..rows).map(|place| chunk.number(chunk.pick(place).updatable)).collect(),
            OnConflict::Update | OnConflict::Ignore => Vec::new(),
        };
        let mut rest = 0;
        for array in arrays.iter_mut().rev() {
            rest += size_of::<i32>() + array.encoded.len();
            array.rest = rest;
        }
        Ok(Self { columns: arrays, rows: rows as u64, values, numbers })
    }

    pub(super) fn size(&self) -> u64 {
        self.values
    }

    pub(in crate::backend::postgres) fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of a row in the input; `place` counts from 1, as PostgreSQL does.
    pub(in crate::backend::postgres) fn number(&self, place: i64) -> Option<u64> {
        let place = usize::try_from(place.checked_sub(1)?).ok()?;
        self.numbers.get(place).copied()
    }

    pub(in crate::backend::postgres) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        (0..self.columns.len()).map(|column| self.parameter(column)).collect()
    }

    pub(in crate::backend::postgres) fn parameter(&self, column: usize) -> (&(dyn ToSql + Sync), Type) {
        let array = &self.columns[column];
        (array, array.array_type.clone())
    }
}

/// The bytes are encoded already; the statement names their type.
impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        // Once for all of them: what has to grow is copied each time.
        out.reserve(self.rest);
        out.extend_from_slice(&self.encoded);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::Dialect;
    use crate::backend::Patience;
    use crate::backend::postgres::encode::cell::encode_cell;
    use crate::feed::{Feed, Pace};
    use crate::options::UpsertOptions;
    use crate::rows::block::{self, tests::kinds};
    use crate::rows::{Bounds, Rows, Source};
    use crate::schema::{ColumnType, TableSchema, Update};
    use crate::value::{Invalid, Value};
    use crate::wait::ready;

    /// More than two blocks in a chunk, and more than two chunks in a batch; none of them ends with a block.
    const ROWS: usize = 3 * CHUNK - 20;
    const CHUNK: usize = 2 * block::ROWS + 10;

    /// A key, and values of all kinds behind it, some of which are NULL.
    #[derive(Clone)]
    struct Mixed {
        kinds: Vec<(ColumnType, [Value<'static>; 3])>,
        /// The key of a row is the row multiplied by the one, and what is left of that by the other.
        keys: (usize, usize),
        is_columnar: bool,
        /// Rows and columns.
        refused: Vec<(usize, usize)>,
    }

    impl Rows for Mixed {
        fn len(&self) -> usize {
            ROWS
        }

        fn value(&self, row: usize, column: usize) -> Value<'_> {
            if self.refused.contains(&(row, column)) {
                return Value::Invalid(Invalid::LeapSecond);
            }
            let Some(kind) = column.checked_sub(1) else {
                return Value::BigInt((row * self.keys.0 % self.keys.1).try_into().expect("it is small"));
            };
            match &self.kinds[kind].1[(row * row + column) % 3] {
                _ if (row + column).is_multiple_of(7) => Value::Null,
                value => value.clone(),
            }
        }

        fn size(&self, _: usize) -> usize {
            1
        }

        fn is_columnar(&self) -> bool {
            self.is_columnar
        }
    }

    fn encoded_as_one_by_one(plan: &UpsertPlan<'_>, rows: &Mixed) {
        let bounds = |rows| Bounds { rows, bytes: usize::MAX };
        let mut feed = Feed::new(Source::memory(rows.clone()));
        let patience = Patience::of(&UpsertOptions::new());
        while let Some(batch) = ready(feed.next(bounds(ROWS - 30), patience)).expect("it is in memory") {
            let order = ready(batch.order(plan)).expect("a key that is repeated is folded");
            let mut start = 0;
            for chunk in batch.cut(&order, bounds(CHUNK)) {
                let picks: Vec<_> = (start..start + chunk.len()).map(|place| order.pick(place)).collect();
                start += chunk.len();
                // Of the first row of which a value is refused, the first column.
                let refused = picks.iter().find_map(|pick| {
                    let row = |column: usize| pick.of(plan.takes_latest(column));
                    let column = (0..plan.columns.len()).find(|&column| rows.refused.contains(&(row(column), column)));
                    column.map(|column| (row(column), column))
                });
                let encoded = ready(Arrays::encode(plan, &chunk));
                if let Some((row, column)) = refused {
                    let error = encoded.err().expect("a value is refused");
                    assert_eq!(error.row(), Some(row as u64));
                    assert!(error.to_string().contains(&format!("`{}`", plan.columns[column].name)), "{error}");
                    continue;
                }
                let arrays = encoded.expect("all are sound");
                let mut size = 0;
                for (position, (column, facts)) in plan.columns.iter().zip(&plan.column_facts).enumerate() {
                    let mut expected = Array::new(column, facts, picks.len()).encoded;
                    for pick in &picks {
                        let row = pick.of(plan.takes_latest(position));
                        size +=
                            encode_cell(&mut expected, column, facts, &rows.value(row, position)).expect("it is sound");
                    }
                    assert!(arrays.columns[position].encoded == expected, "{}: {:?}", column.name, rows.keys);
                }
                assert_eq!((arrays.size(), arrays.rows()), (size, picks.len() as u64));
                if plan.on_conflict == OnConflict::Error {
                    let numbers: Vec<_> = picks.iter().map(|pick| pick.updatable as u64).collect();
                    assert_eq!(arrays.numbers, numbers);
                }
            }
            assert_eq!(start, order.len());
        }
        assert_eq!(feed.next_row, ROWS as u64);
    }

    /// A key and each kind twice.
    fn columns<'n>(names: &'n [String], kinds: &[(ColumnType, [Value<'static>; 3])]) -> Vec<Column<'n>> {
        // Of the rows with a key, the last one is taken, and the first.
        let others = kinds.iter().zip(names).enumerate().map(|(kind, ((column_type, _), name))| {
            let update = if kind < kinds.len() / 2 { Update::Always } else { Update::Never };
            Column::new(name, *column_type).nullable(true).update(update)
        });
        std::iter::once(Column::new("id", ColumnType::BigInt)).chain(others).collect()
    }

    #[test]
    fn others_have_a_turn_while_a_large_chunk_is_encoded() {
        let kinds = [kinds(), kinds()].concat();
        let names: Vec<String> = (0..kinds.len()).map(|kind| format!("c{kind}")).collect();
        let columns = columns(&names, &kinds);
        assert!(ROWS * columns.len() > Pace::MOST_CELLS, "{} columns", columns.len());
        let schema = TableSchema::new("mixed", &columns, &[0]);
        let options = UpsertOptions::new();
        let plan = UpsertPlan::new(&schema, &options, Dialect::Postgres).expect("the options fit");
        for is_columnar in [false, true] {
            let rows = Mixed { kinds: kinds.clone(), keys: (7_919, ROWS), is_columnar, refused: Vec::new() };
            let mut feed = Feed::new(Source::memory(rows));
            let batch = ready(feed.next(Bounds { rows: ROWS, bytes: usize::MAX }, Patience::of(&options)))
                .expect("it is in memory");
            let batch = batch.expect("it has rows");
            let order = ready(batch.order(&plan)).expect("a key that is repeated is folded");
            let chunk = batch.whole(&order);
            let mut encoding = pin!(Arrays::encode(&plan, &chunk));
            let mut turns = 0;
            while encoding.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                turns += 1;
            }
            assert!(turns > 0, "columnar: {is_columnar}");
        }
    }

    #[test]
    fn rows_of_many_blocks_are_encoded_as_their_values_are_one_by_one() {
        let kinds = [kinds(), kinds()].concat();
        let names: Vec<String> = (0..kinds.len()).map(|kind| format!("c{kind}")).collect();
        let columns = columns(&names, &kinds);
        let schema = TableSchema::new("mixed", &columns, &[0]);
        for on_conflict in [OnConflict::Update, OnConflict::Ignore, OnConflict::Error] {
            let options = UpsertOptions::new().on_conflict(on_conflict);
            let plan = UpsertPlan::new(&schema, &options, Dialect::Postgres).expect("the options fit");
            // As they came, in another order, and each key three times or more.
            for keys in [(1, ROWS), (7_919, ROWS), (7_919, 131)] {
                if on_conflict == OnConflict::Error && keys.1 < ROWS {
                    continue;
                }
                for is_columnar in [false, true] {
                    let mut rows = Mixed { kinds: kinds.clone(), keys, is_columnar, refused: Vec::new() };
                    encoded_as_one_by_one(&plan, &rows);
                    for row in [0, block::ROWS - 1, block::ROWS, CHUNK + 3, ROWS - 40, ROWS - 1] {
                        for column in [1, 5, kinds.len() / 2 + 2, kinds.len()] {
                            for others in [&[][..], &[(17, 9), (17, 3), (ROWS - 60, 2)]] {
                                rows.refused = [&[(row, column)], others].concat();
                                encoded_as_one_by_one(&plan, &rows);
                            }
                        }
                    }
                }
            }
        }
    }
}
