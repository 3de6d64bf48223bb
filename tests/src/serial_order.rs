//! Whether a table is as writers would leave it who came one after the other.

use std::collections::{BTreeMap, BTreeSet};

/// Who wrote which keys: each writer, and the keys that it wrote, all at once.
#[derive(Clone, Debug, Default)]
pub struct Writers(BTreeMap<u64, BTreeSet<i64>>);

impl Writers {
    /// Notes that a writer wrote these keys.
    pub fn note(&mut self, writer: u64, keys: impl IntoIterator<Item = i64>) {
        self.0.entry(writer).or_default().extend(keys);
    }

    /// An order of the writers that would leave each key as it is found: with whoever wrote it last. There is one exactly
    /// if no writer must come both before and after another: of all who wrote a key, the one that is found was the last.
    /// Those that are found nowhere may have come at any time before. `None` if there is no such order.
    pub fn serial_order(&self, found: &BTreeMap<i64, u64>) -> Option<Vec<u64>> {
        let keys: BTreeSet<i64> = self.0.values().flatten().copied().collect();
        assert!(keys.iter().eq(found.keys()), "other keys are found than were written");
        let mut earlier: BTreeMap<u64, BTreeSet<u64>> = found.values().map(|&last| (last, BTreeSet::new())).collect();
        for (&writer, keys) in self.0.iter().filter(|(writer, _)| found.values().any(|last| last == *writer)) {
            for last in keys.iter().map(|key| found[key]).filter(|&last| last != writer) {
                earlier.get_mut(&last)?.insert(writer);
            }
        }
        let mut order = Vec::new();
        while !earlier.is_empty() {
            let next = *earlier.iter().find(|(_, earlier)| earlier.is_empty())?.0;
            earlier.remove(&next);
            earlier.values_mut().for_each(|earlier| _ = earlier.remove(&next));
            order.push(next);
        }
        Some(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_after_the_other_would_leave_has_an_order() {
        let mut writers = Writers::default();
        writers.note(1, [1, 2, 3]);
        writers.note(2, [2, 3, 4]);
        writers.note(3, [3]);
        let order = |found: [(i64, u64); 4]| writers.serial_order(&found.into());
        assert_eq!(order([(1, 1), (2, 2), (3, 3), (4, 2)]), Some(vec![1, 2, 3]));
        assert_eq!(order([(1, 1), (2, 1), (3, 1), (4, 2)]), Some(vec![2, 1]));
        // 2 has the last word on one key, 1 on another.
        assert_eq!(order([(1, 1), (2, 1), (3, 2), (4, 2)]), None);
    }
}
