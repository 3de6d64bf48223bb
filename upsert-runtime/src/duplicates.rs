//! The order in which rows are written, and which of them stand for one key.
//!
//! Rows of a statement go in key order: parallel writers then lock in one order, and indexes are filled from left to
//! right. Rows with the same key fold into one, as if they had been written one after the other.

use std::cmp::Ordering;
use std::ops::Range;

use crate::rows::Rows;
use crate::value::Value;

/// A row to write: updatable columns come from one row of the input, the others from another, because a column that
/// is never updated keeps what the first of the repeated rows said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) updatable: usize,
    pub(crate) insert_only: usize,
}

/// Which of the rows with the same key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The last for columns that are updated, the first for those that are not.
    Latest,
    /// The first.
    First,
    /// None: a repeated key is an error.
    Refuse,
    /// Not known here: only the database can say which keys are equal, so rows stay as they came.
    LeaveToDatabase,
}

/// The rows of a range, in the order to write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they came: they are sorted already, without a repeated key, or only the database can compare them.
    Input(Range<usize>),
    /// In another order, or with repeated keys folded.
    Picked(Vec<Pick>),
}

impl Order {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Input(range) => range.len(),
            Self::Picked(picks) => picks.len(),
        }
    }

    /// The row to write at a place of the order, which must be below `len`.
    pub(crate) fn pick(&self, place: usize) -> Pick {
        match self {
            Self::Input(range) => Pick { updatable: range.start + place, insert_only: range.start + place },
            Self::Picked(picks) => picks[place],
        }
    }
}

/// Two rows with the same key where that is refused; both count from the start of `rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) row: usize,
    pub(crate) earlier: usize,
}

/// Puts the rows of a range in key order and folds repeated keys.
pub(crate) fn order(rows: &dyn Rows, range: Range<usize>, key: &[usize], fold: Fold) -> Result<Order, Repeated> {
    if fold == Fold::LeaveToDatabase || strictly_ascending(rows, range.clone(), key) {
        return Ok(Order::Input(range));
    }

    // A prefix of the first key column decides most comparisons without looking at the rows again.
    let mut sorted: Vec<(u64, usize)> = range.map(|row| (prefix(&rows.value(row, key[0])), row)).collect();
    sorted.sort_unstable_by(|(left_prefix, left), (right_prefix, right)| {
        left_prefix.cmp(right_prefix).then_with(|| compare_keys(rows, *left, *right, key)).then_with(|| left.cmp(right))
    });

    // Each group of equal keys is in input order, so its first and last rows stand at its ends.
    let mut picks: Vec<Pick> = Vec::with_capacity(sorted.len());
    let mut previous: Option<(u64, usize)> = None;
    for &(row_prefix, row) in &sorted {
        let same_key =
            previous.is_some_and(|(prefix, earlier)| prefix == row_prefix && same_keys(rows, earlier, row, key));
        match (same_key, picks.last_mut()) {
            (true, Some(pick)) => match fold {
                Fold::Latest | Fold::LeaveToDatabase => pick.updatable = row,
                Fold::First => {}
                Fold::Refuse => return Err(Repeated { row, earlier: pick.updatable }),
            },
            _ => picks.push(Pick { updatable: row, insert_only: row }),
        }
        previous = Some((row_prefix, row));
    }
    Ok(Order::Picked(picks))
}

/// Sorted input, the common case, is recognised by one cheap pass, which also proves that no key is repeated.
fn strictly_ascending(rows: &dyn Rows, mut range: Range<usize>, key: &[usize]) -> bool {
    let Some(mut previous) = range.next() else { return true };
    for row in range {
        if compare_keys(rows, previous, row, key) != Ordering::Less {
            return false;
        }
        previous = row;
    }
    true
}

/// Values that no key can hold are left apart, for encoding to refuse.
fn same_keys(rows: &dyn Rows, left: usize, right: usize, key: &[usize]) -> bool {
    compare_keys(rows, left, right, key) == Ordering::Equal
        && key.iter().all(|&column| is_key(&rows.value(left, column)))
}

fn compare_keys(rows: &dyn Rows, left: usize, right: usize, key: &[usize]) -> Ordering {
    key.iter()
        .map(|&column| compare(&rows.value(left, column), &rows.value(right, column)))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The order of two key values of the same column. Text goes by its bytes, as under PostgreSQL's `COLLATE "C"` and
/// SQLite's `BINARY`. Values that no key can hold come first and are all equal; encoding refuses them.
fn compare(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::SmallInt(left), Value::SmallInt(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) | (Value::Date { days: left }, Value::Date { days: right }) => {
            left.cmp(right)
        }
        (Value::BigInt(left), Value::BigInt(right))
        | (Value::Time { micros: left }, Value::Time { micros: right })
        | (Value::Timestamp { micros: left }, Value::Timestamp { micros: right })
        | (Value::TimestampTz { micros: left }, Value::TimestampTz { micros: right }) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        _ => is_key(left).cmp(&is_key(right)),
    }
}

fn is_key(value: &Value<'_>) -> bool {
    !matches!(value, Value::Null | Value::Real(_) | Value::Double(_) | Value::Json(_) | Value::Invalid(_))
}

/// A number that orders as the value does, as far as 8 bytes can tell.
fn prefix(value: &Value<'_>) -> u64 {
    match value {
        Value::Bool(value) => u64::from(*value),
        Value::SmallInt(value) => signed(i64::from(*value)),
        Value::Integer(value) | Value::Date { days: value } => signed(i64::from(*value)),
        Value::BigInt(value)
        | Value::Time { micros: value }
        | Value::Timestamp { micros: value }
        | Value::TimestampTz { micros: value } => signed(*value),
        Value::Text(text) => leading_bytes(text.as_bytes()),
        Value::Bytes(bytes) => leading_bytes(bytes),
        Value::Uuid(bytes) => leading_bytes(bytes),
        Value::Null | Value::Real(_) | Value::Double(_) | Value::Json(_) | Value::Invalid(_) => 0,
    }
}

fn signed(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

fn leading_bytes(bytes: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    let taken = bytes.len().min(8);
    prefix[..taken].copy_from_slice(&bytes[..taken]);
    u64::from_be_bytes(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of one integer key and one text key.
    struct Pairs(Vec<(i64, &'static str)>);

    impl Rows for Pairs {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn value(&self, row: usize, column: usize) -> Value<'_> {
            let (number, text) = self.0[row];
            if column == 0 { Value::BigInt(number) } else { Value::Text(text.into()) }
        }

        fn size(&self, _: usize) -> usize {
            16
        }
    }

    fn whole(rows: &Pairs, key: &[usize], fold: Fold) -> Result<Order, Repeated> {
        order(rows, 0..rows.len(), key, fold)
    }

    fn pick(updatable: usize, insert_only: usize) -> Pick {
        Pick { updatable, insert_only }
    }

    #[test]
    fn sorted_rows_stay_as_they_came() {
        let rows = Pairs(vec![(i64::MIN, ""), (-1, ""), (0, ""), (i64::MAX, "")]);
        assert_eq!(whole(&rows, &[0], Fold::Refuse), Ok(Order::Input(0..4)));
    }

    #[test]
    fn keys_go_in_order_of_all_their_columns() {
        let rows =
            Pairs(vec![(1, "b"), (1, "a"), (-1, "c"), (0, "same first 8 bytes, 2"), (0, "same first 8 bytes, 1")]);
        let Ok(Order::Picked(picks)) = whole(&rows, &[0, 1], Fold::Refuse) else { unreachable!("not sorted") };
        assert_eq!(picks, [pick(2, 2), pick(4, 4), pick(3, 3), pick(1, 1), pick(0, 0)]);
        let Ok(Order::Picked(picks)) = whole(&rows, &[1], Fold::Refuse) else { unreachable!("not sorted") };
        assert_eq!(picks, [pick(1, 1), pick(0, 0), pick(2, 2), pick(4, 4), pick(3, 3)]);
    }

    #[test]
    fn a_repeated_key_takes_the_latest_for_updates_and_the_first_for_the_rest() {
        let rows = Pairs(vec![(7, "first"), (5, "other"), (7, "second"), (7, "third")]);
        let latest = whole(&rows, &[0], Fold::Latest);
        assert_eq!(latest, Ok(Order::Picked(vec![pick(1, 1), pick(3, 0)])));
        let first = whole(&rows, &[0], Fold::First);
        assert_eq!(first, Ok(Order::Picked(vec![pick(1, 1), pick(0, 0)])));
    }

    #[test]
    fn a_refused_repetition_names_both_rows() {
        let rows = Pairs(vec![(7, ""), (5, ""), (7, "")]);
        assert_eq!(whole(&rows, &[0], Fold::Refuse), Err(Repeated { row: 2, earlier: 0 }));
    }

    #[test]
    fn a_range_counts_from_the_start_of_the_rows() {
        let rows = Pairs(vec![(9, ""), (2, ""), (1, "")]);
        assert_eq!(order(&rows, 1..3, &[0], Fold::Latest), Ok(Order::Picked(vec![pick(2, 2), pick(1, 1)])));
    }
}
