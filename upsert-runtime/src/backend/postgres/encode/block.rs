//! The values of a column, of a block of rows.

use super::cell::{database_days, database_micros, encode_cell, has_nul, length, put, put_null};
use crate::plan::ColumnFacts;
use crate::rows::block::{self, BlockColumn, Values};
use crate::schema::Column;
use crate::value::Invalid;

/// Appends the values of the first rows; returns their sizes, or which of them is refused.
pub(super) fn put_block(
    out: &mut Vec<u8>,
    column: &Column<'_>,
    facts: &ColumnFacts,
    block: &BlockColumn<'_>,
    rows: usize,
) -> Result<u64, (usize, Invalid)> {
    let start = out.len();
    if facts.sets_no_limit(column)
        && (!block.has_null() || column.nullable && facts.takes_null)
        && let Some(size) = put_values(out, block, rows)
    {
        return Ok(size);
    }
    out.truncate(start);
    (0..rows).try_fold(0, |sizes, place| {
        let size = block.look_at(place, |value| encode_cell(out, column, facts, value));
        size.map(|size| sizes + size).map_err(|invalid| (place, invalid))
    })
}

/// The same, if they are of a usual kind, and none is refused.
fn put_values(out: &mut Vec<u8>, block: &BlockColumn<'_>, rows: usize) -> Option<u64> {
    match block.values() {
        Values::Bool(values) => put_fixed::<_, 1, 5>(out, block, values, rows, |value| Some([u8::from(value)])),
        Values::SmallInt(values) => put_fixed::<_, 2, 6>(out, block, values, rows, |value| Some(value.to_be_bytes())),
        Values::Integer(values) => put_fixed::<_, 4, 8>(out, block, values, rows, |value| Some(value.to_be_bytes())),
        Values::BigInt(values) => put_fixed::<_, 8, 12>(out, block, values, rows, |value| Some(value.to_be_bytes())),
        Values::Real(values) => put_fixed::<_, 4, 8>(out, block, values, rows, |value| Some(value.to_be_bytes())),
        Values::Double(values) => put_fixed::<_, 8, 12>(out, block, values, rows, |value| Some(value.to_be_bytes())),
        Values::Date(values) => {
            put_fixed::<_, 4, 8>(out, block, values, rows, |days| database_days(days).map(i32::to_be_bytes))
        }
        Values::Timestamp(values) | Values::TimestampTz(values) => {
            put_fixed::<_, 8, 12>(out, block, values, rows, |micros| database_micros(micros).map(i64::to_be_bytes))
        }
        Values::Uuid(values) => put_fixed::<_, 16, 20>(out, block, values, rows, Some),
        Values::Text(values) => put_texts(out, block, values[..rows].iter().map(|text| text.as_bytes()), has_nul),
        Values::Bytes(values) => put_texts(out, block, values[..rows].iter().copied(), |_| false),
        Values::Any(_) => None,
    }
}

/// Values of `N` bytes, each of which takes `CELL` with its length.
#[inline(always)]
fn put_fixed<T: Copy, const N: usize, const CELL: usize>(
    out: &mut Vec<u8>,
    block: &BlockColumn<'_>,
    values: &[T; block::ROWS],
    rows: usize,
    bytes: impl Fn(T) -> Option<[u8; N]>,
) -> Option<u64> {
    let head = length(N).ok()?.to_be_bytes();
    let mut are_sound = true;
    // What stands where there is no row, or its value is NULL, is one that was there before, or 0.
    let cells: [[u8; CELL]; block::ROWS] = std::array::from_fn(|place| {
        let value = bytes(values[place]);
        are_sound &= value.is_some();
        let mut cell = [0; CELL];
        cell[..head.len()].copy_from_slice(&head);
        cell[head.len()..].copy_from_slice(&value.unwrap_or([0; N]));
        cell
    });
    let cells = are_sound.then_some(&cells[..rows])?;
    if !block.has_null() {
        out.extend_from_slice(cells.as_flattened());
        return Some((cells.len() * N) as u64);
    }
    let mut sizes = 0;
    for (place, cell) in cells.iter().enumerate() {
        if block.is_null(place) {
            put_null(out);
        } else {
            out.extend_from_slice(cell);
            sizes += N as u64;
        }
    }
    Some(sizes)
}

/// Texts or bytes.
#[inline(always)]
fn put_texts<'v>(
    out: &mut Vec<u8>,
    block: &BlockColumn<'_>,
    texts: impl Iterator<Item = &'v [u8]>,
    is_refused: impl Fn(&[u8]) -> bool,
) -> Option<u64> {
    let mut sizes = 0;
    for (place, text) in texts.enumerate() {
        if block.is_null(place) {
            put_null(out);
        } else if is_refused(text) {
            return None;
        } else {
            put(out, text).ok()?;
            sizes += text.len() as u64;
        }
    }
    Some(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparison, Keeps};
    use crate::rows::block::tests::kinds;
    use crate::schema::ColumnType;
    use crate::value::Value;

    fn facts() -> ColumnFacts {
        ColumnFacts::new(Comparison::Exact, Keeps::All)
    }

    fn put(
        column: &Column<'_>,
        facts: &ColumnFacts,
        values: &[Value<'static>],
    ) -> (Vec<u8>, Result<u64, (usize, Invalid)>) {
        let mut block = BlockColumn::of(column.column_type);
        values.iter().enumerate().for_each(|(place, value)| block.put(place, value.clone()));
        // Something stands before them.
        let mut out = vec![1, 2, 3];
        let put = put_block(&mut out, column, facts, &block, values.len());
        (out, put)
    }

    #[test]
    fn a_block_is_encoded_as_its_values_are_one_by_one() {
        for (column_type, kinds) in kinds() {
            for column in [Column::new("c", column_type), Column::new("c", column_type).max_len(1000)] {
                let column = column.nullable(true);
                let facts = facts();
                for nulls in [0, 1, 0b1010, u64::MAX] {
                    for rows in [0, 1, 7, block::ROWS] {
                        let value =
                            |row: usize| if nulls >> row & 1 == 1 { Value::Null } else { kinds[row % 3].clone() };
                        let values: Vec<_> = (0..rows).map(value).collect();
                        let (mut expected, mut size) = (vec![1, 2, 3], 0);
                        for value in &values {
                            size += encode_cell(&mut expected, &column, &facts, value)
                                .expect("it is a value of its column");
                        }
                        assert!(
                            put(&column, &facts, &values) == (expected, Ok(size)),
                            "{column_type:?}, {nulls:b}, {rows}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_value_that_is_refused_is_named() {
        let column = |column_type| Column::new("c", column_type);
        for (column, good, bad, reason) in [
            (column(ColumnType::Text), Value::Text("a".into()), Value::Text("\0".into()), Invalid::NulInText),
            (column(ColumnType::BigInt), Value::BigInt(1), Value::Null, Invalid::Null),
            (column(ColumnType::BigInt), Value::BigInt(1), Value::Integer(1), Invalid::WrongKind),
            (column(ColumnType::Date), Value::Date { days: 1 }, Value::Date { days: i32::MAX }, Invalid::OutOfRange),
            (
                column(ColumnType::TimestampTz),
                Value::TimestampTz { micros: 1 },
                Value::TimestampTz { micros: i64::MIN },
                Invalid::OutOfRange,
            ),
            (
                column(ColumnType::Text).max_len(2),
                Value::Text("ab".into()),
                Value::Text("abc".into()),
                Invalid::TooLarge,
            ),
        ] {
            for rows in [block::ROWS, 9] {
                for place in [0, 5, rows - 1] {
                    for last in [place, rows - 1] {
                        let mut values = vec![good.clone(); rows];
                        values[place..=last].fill(bad.clone());
                        assert!(
                            put(&column, &facts(), &values).1 == Err((place, reason)),
                            "{rows}, {place}: {reason:?}"
                        );
                    }
                }
            }
        }
    }
}
