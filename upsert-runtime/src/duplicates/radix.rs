//! Sorting by a number, byte by byte, with no comparison whose outcome a processor would have to guess.

use crate::rows::keys::Numbered;

/// Sorts by the numbers; what has the same number stays in its order. `spare` is room to work in, left with anything.
///
/// From the last byte to the first, what has the same byte is gathered, in the order that it has so far. Bytes that are
/// the same in all numbers are passed over: keys that are counted up differ in the last few only.
pub(crate) fn sort(items: &mut [Numbered], spare: &mut Vec<Numbered>) {
    let Some(&(first, _)) = items.first() else { return };
    let differing = items.iter().fold(0, |differing, (number, _)| differing | (number ^ first));
    spare.clear();
    spare.extend_from_slice(items);
    let (mut from, mut to) = (items, &mut spare[..]);
    let mut passes = 0;
    for shift in (0..u64::BITS).step_by(8).filter(|shift| byte(differing, *shift) != 0) {
        gather(from, to, shift);
        std::mem::swap(&mut from, &mut to);
        passes += 1;
    }
    if passes % 2 == 1 {
        to.copy_from_slice(from);
    }
}

fn gather(from: &[Numbered], to: &mut [Numbered], shift: u32) {
    let mut counts = [0; 256];
    for (number, _) in from {
        counts[byte(*number, shift)] += 1;
    }
    let mut start = 0;
    let mut places = counts.map(|count| {
        let place = start;
        start += count;
        place
    });
    for item in from {
        let place = &mut places[byte(item.0, shift)];
        to[*place] = *item;
        *place += 1;
    }
}

fn byte(number: u64, shift: u32) -> usize {
    usize::from((number >> shift).to_le_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that differ in the bits of a mask, some of them more than once.
    fn numbered(mask: u64) -> Vec<Numbered> {
        let mixed = |place: u64| (place % 700).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) & mask;
        (0..1_000).map(mixed).zip((0..1_000).rev()).collect()
    }

    #[test]
    fn numbers_are_sorted_whichever_bytes_differ() {
        for mask in [0, 0xff, 0xffff, 0xff_ffff, 0xff00_0000_0000_00ff, 0x00ff_0000_ff00_0000, u64::MAX] {
            let mut items = numbered(mask);
            let mut expected = items.clone();
            expected.sort_by_key(|(number, _)| *number);
            sort(&mut items, &mut Vec::new());
            assert_eq!(items, expected, "{mask:x}");
        }
    }

    #[test]
    fn room_that_was_used_before_is_room() {
        let mut spare = numbered(u64::MAX);
        let mut items = vec![(2, 0), (1, 1), (2, 2)];
        sort(&mut items, &mut spare);
        assert_eq!(items, [(1, 1), (2, 0), (2, 2)]);
        sort(&mut [], &mut spare);
    }
}
