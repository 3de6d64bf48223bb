//! What was found out of things that say all there is to find out, and that are looked at anew each time: the statement that
//! creates a table, and what its catalogue makes of it.
//!
//! So what is remembered is never old: of a table that is another one now, nothing is come upon. It belongs to no pool and to no
//! connection, which may come to another database under the same name.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub(super) struct Memory<K, V> {
    known: OnceLock<Mutex<HashMap<K, Arc<V>>>>,
}

/// More are hardly written to at a time, but by a test that makes one table after the other.
const MOST: usize = 256;

impl<K: Eq + Hash, V> Memory<K, V> {
    pub(super) const fn new() -> Self {
        Self { known: OnceLock::new() }
    }

    pub(super) fn recall(&self, key: &K) -> Option<Arc<V>> {
        self.known.get()?.lock().unwrap_or_else(PoisonError::into_inner).get(key).map(Arc::clone)
    }

    /// Forgets all others when there are too many: whoever is needed is soon known again.
    pub(super) fn remember(&self, key: K, value: &Arc<V>) {
        let mut known = self.known.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(value));
    }
}

/// A longer statement is not kept.
pub(super) const MOST_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::{MOST, Memory};
    use std::sync::Arc;

    #[test]
    fn it_takes_no_more_room_than_it_has() {
        let memory = Memory::new();
        for key in 0..3 * MOST {
            memory.remember(key, &Arc::new(key));
            assert_eq!(memory.recall(&key).as_deref(), Some(&key));
        }
        assert_eq!(memory.recall(&0), None);
        assert!((0..3 * MOST).filter(|key| memory.recall(key).is_some()).count() <= MOST);
    }
}
