//! The keys of rows, read one after the other.

use std::cmp;
use std::ops::Range;

use super::Rows;
use crate::value::order::{compare, is_whole, prefix};

/// A row, behind the prefix of its key.
pub(crate) type Numbered = (u64, usize);

/// See [`Rows::keys_ascend`].
pub(crate) fn keys_ascend<R: Rows + ?Sized>(
    rows: &R,
    mut range: Range<usize>,
    before: Option<usize>,
    key: &[usize],
) -> bool {
    let mut last = before.map(|row| number(rows, row, key[0]));
    range.all(|row| {
        let value = rows.value(row, key[0]);
        let number = prefix(&value);
        let ascends = match last.map_or(cmp::Ordering::Less, |last| last.cmp(&number)) {
            cmp::Ordering::Less => true,
            cmp::Ordering::Equal => {
                let known = usize::from(is_whole(&value));
                compare_keys(rows, row - 1, row, &key[known..]).is_lt()
            }
            cmp::Ordering::Greater => false,
        };
        value.discard();
        last = Some(number);
        ascends
    })
}

/// The prefix of a row's value.
#[inline]
fn number<R: Rows + ?Sized>(rows: &R, row: usize, column: usize) -> u64 {
    let value = rows.value(row, column);
    let number = prefix(&value);
    value.discard();
    number
}

/// See [`Rows::number_keys`].
pub(crate) fn number_keys<R: Rows + ?Sized>(rows: &R, range: Range<usize>, column: usize, numbers: &mut Vec<Numbered>) {
    numbers.extend(range.map(|row| (number(rows, row, column), row)));
}

pub(crate) fn compare_keys<R: Rows + ?Sized>(rows: &R, left: usize, right: usize, key: &[usize]) -> cmp::Ordering {
    for &column in key {
        let left = rows.value(left, column);
        let right = rows.value(right, column);
        let ordering = compare(&left, &right);
        left.discard();
        right.discard();
        if ordering.is_ne() {
            return ordering;
        }
    }
    cmp::Ordering::Equal
}
