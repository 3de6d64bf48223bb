//! The order in which rows are written, and which of them stand for one key.
//!
//! Rows of a statement go in key order: parallel writers then lock in one order, and indexes are filled from left to
//! right. Rows with the same key fold into one, as if they had been written one after the other.

mod radix;

use std::ops::Range;
use std::{cmp, mem};

use crate::rows::Rows;
use crate::rows::keys::{Numbered, compare_keys};
use crate::value::order::is_key;

/// A row to write: updatable columns come from one row of the input, the others from another, because a column that
/// is never updated keeps what the first of the repeated rows said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) updatable: usize,
    pub(crate) insert_only: usize,
}

impl Pick {
    /// The row from which a column comes.
    pub(crate) fn of(self, latest: bool) -> usize {
        if latest { self.updatable } else { self.insert_only }
    }

    /// Whether its columns may come from two rows.
    pub(crate) fn is_of_two(self) -> bool {
        self.updatable != self.insert_only
    }
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

    /// Some places of it.
    pub(crate) fn part(&self, places: Range<usize>) -> Self {
        match self {
            Self::Input(range) => Self::Input(range.start + places.start..range.start + places.end),
            Self::Picked(picks) => Self::Picked(picks[places].to_vec()),
        }
    }
}

impl Order {
    /// The rows of a range that are not written whole, because others have their key; `None` if all are.
    pub(crate) fn folded(&self, range: &Range<usize>) -> Option<Self> {
        let Self::Picked(picks) = self else { return None };
        if picks.len() == range.len() {
            return None;
        }
        let mut written = vec![false; range.len()];
        for pick in picks.iter().filter(|pick| pick.updatable == pick.insert_only) {
            written[pick.updatable - range.start] = true;
        }
        let folded = range.clone().zip(written).filter(|(_, written)| !written);
        Some(Self::Picked(folded.map(|(row, _)| Pick { updatable: row, insert_only: row }).collect()))
    }
}

/// Two rows with the same key where that is refused; both count from the start of `rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) row: usize,
    pub(crate) earlier: usize,
}

/// Puts the rows of a range in key order and folds repeated keys, a little at a time, so that whoever runs on the same
/// thread gets a turn between two steps.
pub(crate) struct Sorter<'r> {
    rows: &'r dyn Rows,
    range: Range<usize>,
    key: &'r [usize],
    fold: Fold,
    stage: Stage,
    /// Rows with a prefix of their first key column, which decides most comparisons without looking at the rows again.
    sorted: Vec<Numbered>,
    merged: Vec<Numbered>,
    picks: Vec<Pick>,
}

/// What is being done, and how far it has come.
enum Stage {
    /// Sorted input, the common case, is recognised by one cheap pass, which also proves that no key is repeated.
    Checking { row: usize },
    /// Pieces of `STEP` rows are sorted.
    Sorting { row: usize },
    /// Sorted pieces of a width are merged in pairs; `start` is where the pair begins, the others where its halves stand.
    Merging { width: usize, start: usize, left: usize, right: usize },
    /// Groups of equal keys fold.
    Folding { place: usize },
}

/// About how many rows are looked at in one step.
pub(crate) const STEP: usize = 32_768;

impl<'r> Sorter<'r> {
    pub(crate) fn new(rows: &'r dyn Rows, range: Range<usize>, key: &'r [usize], fold: Fold) -> Self {
        Self {
            rows,
            key,
            fold,
            stage: Stage::Checking { row: range.start },
            range,
            sorted: Vec::new(),
            merged: Vec::new(),
            picks: Vec::new(),
        }
    }

    /// Goes on a little. The result comes from the last step.
    pub(crate) fn step(&mut self) -> Option<Result<Order, Repeated>> {
        match self.stage {
            Stage::Checking { row } => self.check(row),
            Stage::Sorting { row } => self.sort(row),
            Stage::Merging { width, start, left, right } => self.merge(width, start, left, right),
            Stage::Folding { place } => self.fold(place),
        }
    }

    fn check(&mut self, row: usize) -> Option<Result<Order, Repeated>> {
        let end = match self.fold {
            Fold::LeaveToDatabase => self.range.end,
            Fold::Latest | Fold::First | Fold::Refuse => (row + STEP).min(self.range.end),
        };
        let before = (row > self.range.start).then(|| row - 1);
        if self.fold != Fold::LeaveToDatabase && !self.rows.keys_ascend(row..end, before, self.key) {
            self.sorted.reserve_exact(self.range.len());
            self.stage = Stage::Sorting { row: self.range.start };
            return None;
        }
        self.stage = Stage::Checking { row: end };
        (end == self.range.end).then(|| Ok(Order::Input(self.range.clone())))
    }

    fn sort(&mut self, row: usize) -> Option<Result<Order, Repeated>> {
        let end = (row + STEP).min(self.range.end);
        let piece = self.sorted.len();
        let (rows, key) = (self.rows, self.key);
        rows.number_keys(row..end, key[0], &mut self.sorted);
        let piece = &mut self.sorted[piece..];
        radix::sort(piece, &mut self.merged);
        for same_prefix in piece.chunk_by_mut(|left, right| left.0 == right.0) {
            // Rows with equal keys stay in input order.
            same_prefix.sort_by(|left, right| compare_keys(rows, left.1, right.1, key));
        }
        self.stage = Stage::Sorting { row: end };
        if end == self.range.end {
            self.merge_pieces_of(STEP);
        }
        None
    }

    fn merge_pieces_of(&mut self, width: usize) {
        self.stage = if width < self.sorted.len() {
            self.merged.clear();
            self.merged.reserve_exact(self.sorted.len());
            Stage::Merging { width, start: 0, left: 0, right: width }
        } else {
            self.merged = Vec::new();
            self.picks.reserve_exact(self.sorted.len());
            Stage::Folding { place: 0 }
        };
    }

    fn merge(
        &mut self,
        width: usize,
        start: usize,
        mut left: usize,
        mut right: usize,
    ) -> Option<Result<Order, Repeated>> {
        let middle = (start + width).min(self.sorted.len());
        let end = (middle + width).min(self.sorted.len());
        for _ in 0..STEP {
            let takes_left = match (self.sorted[left..middle].first(), self.sorted[right..end].first()) {
                (Some(left), Some(right)) => compare_rows(self.rows, self.key, left, right).is_lt(),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let next = if takes_left { &mut left } else { &mut right };
            self.merged.push(self.sorted[*next]);
            *next += 1;
        }
        self.stage = Stage::Merging { width, start, left, right };
        if (left, right) == (middle, end) {
            if end < self.sorted.len() {
                self.stage =
                    Stage::Merging { width, start: end, left: end, right: (end + width).min(self.sorted.len()) };
            } else {
                mem::swap(&mut self.sorted, &mut self.merged);
                self.merge_pieces_of(width * 2);
            }
        }
        None
    }

    fn fold(&mut self, place: usize) -> Option<Result<Order, Repeated>> {
        // Each group of equal keys is in input order, so its first and last rows stand at its ends.
        let end = (place + STEP).min(self.sorted.len());
        for place in place..end {
            let (row_prefix, row) = self.sorted[place];
            let same_key = place
                .checked_sub(1)
                .map(|before| self.sorted[before])
                .is_some_and(|(prefix, earlier)| prefix == row_prefix && same_keys(self.rows, earlier, row, self.key));
            match (same_key, self.picks.last_mut()) {
                (true, Some(pick)) => match self.fold {
                    Fold::Latest | Fold::LeaveToDatabase => pick.updatable = row,
                    Fold::First => {}
                    Fold::Refuse => return Some(Err(Repeated { row, earlier: pick.updatable })),
                },
                _ => self.picks.push(Pick { updatable: row, insert_only: row }),
            }
        }
        self.stage = Stage::Folding { place: end };
        (end == self.sorted.len()).then(|| Ok(Order::Picked(mem::take(&mut self.picks))))
    }
}

/// Rows with equal keys go in input order.
fn compare_rows(rows: &dyn Rows, key: &[usize], left: &Numbered, right: &Numbered) -> cmp::Ordering {
    left.0.cmp(&right.0).then_with(|| compare_keys(rows, left.1, right.1, key)).then_with(|| left.1.cmp(&right.1))
}

/// Values that no key can hold are left apart, for encoding to refuse.
fn same_keys(rows: &dyn Rows, left: usize, right: usize, key: &[usize]) -> bool {
    compare_keys(rows, left, right, key) == cmp::Ordering::Equal
        && key.iter().all(|&column| is_key(&rows.value(left, column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;
    use crate::value::order::compare;

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

    fn order(rows: &Pairs, range: Range<usize>, key: &[usize], fold: Fold) -> Result<Order, Repeated> {
        let mut sorter = Sorter::new(rows, range, key, fold);
        loop {
            if let Some(result) = sorter.step() {
                return result;
            }
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
    fn many_rows_are_merged_from_sorted_pieces() {
        for len in [1, 2, STEP - 1, STEP, STEP + 1, 2 * STEP, 3 * STEP + 7, 5 * STEP + 1] {
            // Every key twice, far apart: 7 919 is a prime.
            let keys = len.div_ceil(2);
            let rows = Pairs((0..len).map(|row| (((row * 7_919) % keys).try_into().expect("small"), "")).collect());
            let mut expected: Vec<usize> = (0..len).collect();
            expected.sort_by_key(|&row| (rows.0[row].0, row));
            let mut picks: Vec<Pick> = Vec::new();
            for row in expected {
                match picks.last_mut() {
                    Some(last) if rows.0[last.insert_only].0 == rows.0[row].0 => last.updatable = row,
                    _ => picks.push(pick(row, row)),
                }
            }
            let order = whole(&rows, &[0], Fold::Latest).expect("nothing is refused");
            let got: Vec<Pick> = (0..order.len()).map(|place| order.pick(place)).collect();
            assert_eq!(got, picks, "{len} rows");
        }
    }

    /// A sort panics when it sees that the order is none.
    #[test]
    fn keys_of_unlike_kinds_have_an_order() {
        struct Mixed(usize);

        impl Rows for Mixed {
            fn len(&self) -> usize {
                self.0
            }

            fn value(&self, row: usize, _: usize) -> Value<'_> {
                match row * 7 % 5 {
                    0 => Value::BigInt(0),
                    1 => Value::UnsignedBigInt(0),
                    2 => Value::Null,
                    3 => Value::Text("".into()),
                    _ => Value::Uuid([0; 16]),
                }
            }

            fn size(&self, _: usize) -> usize {
                1
            }
        }

        let rows = Mixed(1_000);
        let mut sorter = Sorter::new(&rows, 0..1_000, &[0], Fold::Latest);
        while sorter.step().is_none() {}
        for (left, right) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)] {
            let (left, right) = (rows.value(left, 0), rows.value(right, 0));
            assert_eq!(compare(&left, &right), compare(&right, &left).reverse(), "{left:?} and {right:?}");
        }
    }

    #[test]
    fn a_range_counts_from_the_start_of_the_rows() {
        let rows = Pairs(vec![(9, ""), (2, ""), (1, "")]);
        assert_eq!(order(&rows, 1..3, &[0], Fold::Latest), Ok(Order::Picked(vec![pick(2, 2), pick(1, 1)])));
    }
}
