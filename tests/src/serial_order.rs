//! Whether a table is as writers would leave it who came one after the other.

use std::collections::{BTreeMap, BTreeSet};

use upsert::OnConflict;

/// Who wrote which keys. A writer writes all its keys at once, and each row says who wrote it.
#[derive(Clone, Debug, Default)]
pub struct Writers {
    /// Of each key, those who write whatever is there,
    updating: BTreeMap<i64, BTreeSet<u64>>,
    /// and those who leave alone what is there.
    ignoring: BTreeMap<i64, BTreeSet<u64>>,
}

impl Writers {
    /// Notes that a writer wrote these keys.
    pub fn note(&mut self, writer: u64, keys: impl IntoIterator<Item = i64>, on_conflict: OnConflict) {
        let writers = match on_conflict {
            OnConflict::Update => &mut self.updating,
            OnConflict::Ignore => &mut self.ignoring,
            refusal => panic!("{refusal:?} leaves nothing to put in order"),
        };
        for key in keys {
            writers.entry(key).or_default().insert(writer);
        }
    }

    /// An order of the writers who are found that would leave each key as it is found, or `None` if there is none,
    /// because a writer would have to come both before and after another.
    ///
    /// - A key that somebody updated bears the last of those who did: all others who did came before. Whoever ignored it
    ///   may have come at any time.
    /// - A key that was only ever ignored bears the first: all others came after.
    ///
    /// Writers that are found nowhere are no matter: those who update may all have come first, and those who ignore last.
    pub fn serial_order(&self, found: &BTreeMap<i64, u64>) -> Option<Vec<u64>> {
        let written: BTreeSet<i64> = self.updating.keys().chain(self.ignoring.keys()).copied().collect();
        assert!(written.iter().eq(found.keys()), "other keys are found than were written");
        let mut earlier: BTreeMap<u64, BTreeSet<u64>> =
            found.values().map(|&writer| (writer, BTreeSet::new())).collect();
        for (key, &writer) in found {
            let (writers, is_last) = match self.updating.get(key) {
                Some(updating) => (updating, true),
                None => (&self.ignoring[key], false),
            };
            if !writers.contains(&writer) {
                return None;
            }
            for &other in writers.iter().filter(|&&other| other != writer) {
                let (first, second) = if is_last { (other, writer) } else { (writer, other) };
                if earlier.contains_key(&first)
                    && let Some(before_second) = earlier.get_mut(&second)
                {
                    before_second.insert(first);
                }
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
        writers.note(1, [1, 2, 3], OnConflict::Update);
        writers.note(2, [2, 3, 4], OnConflict::Update);
        writers.note(3, [3], OnConflict::Update);
        let order = |found: [(i64, u64); 4]| writers.serial_order(&found.into());
        assert_eq!(order([(1, 1), (2, 2), (3, 3), (4, 2)]), Some(vec![1, 2, 3]));
        assert_eq!(order([(1, 1), (2, 1), (3, 1), (4, 2)]), Some(vec![2, 1]));
        // 2 has the last word on one key, 1 on another.
        assert_eq!(order([(1, 1), (2, 1), (3, 2), (4, 2)]), None);
        // 3 never wrote it.
        assert_eq!(order([(1, 3), (2, 2), (3, 3), (4, 2)]), None);
    }

    #[test]
    fn who_leaves_alone_what_is_there_came_first_where_it_is_found() {
        let mut writers = Writers::default();
        writers.note(1, [1, 2, 3], OnConflict::Ignore);
        writers.note(2, [1, 2, 3], OnConflict::Ignore);
        writers.note(3, [3], OnConflict::Update);
        let order = |found: [(i64, u64); 3]| writers.serial_order(&found.into());
        assert_eq!(order([(1, 1), (2, 1), (3, 3)]), Some(vec![1, 3]));
        // Each came before the other.
        assert_eq!(order([(1, 1), (2, 2), (3, 3)]), None);
        // What is updated does not stay as it was.
        assert_eq!(order([(1, 1), (2, 1), (3, 1)]), None);
    }
}
