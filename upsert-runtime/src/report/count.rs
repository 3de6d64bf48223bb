//! Numbers of rows.

use std::fmt;
use std::ops::{Add, AddAssign};

/// A number of rows: exact, or unknown where a database does not tell; never guessed.
///
/// Unknown are the counts of chunks that are only staged (those of a call-atomic stream, which its report knows), repeated
/// keys on SQLite where the key has a collation of its own, and all but `rows` on a partitioned table of PostgreSQL one of
/// whose triggers changes rows that were just inserted; of one whose defaults stand in for what rows do not have, inserted
/// and updated. It prints as the number or as `unknown`, compares with a `u64`, and
/// adds up (a sum with an unknown part is unknown).
///
/// ```
/// use upsert::report::Count;
///
/// let inserted = Count::exact(3);
/// assert_eq!(inserted, 3);
/// assert_eq!(inserted.get(), Some(3));
/// assert_eq!(format!("{inserted} {}", Count::UNKNOWN), "3 unknown");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Count(Option<u64>);

impl Count {
    /// The database did not tell.
    pub const UNKNOWN: Self = Self(None);
    /// No rows.
    pub const ZERO: Self = Self(Some(0));

    /// A known number.
    #[must_use]
    pub const fn exact(rows: u64) -> Self {
        Self(Some(rows))
    }

    /// The number, if it is known.
    #[must_use]
    pub const fn get(self) -> Option<u64> {
        self.0
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<u64> for Count {
    fn from(rows: u64) -> Self {
        Self::exact(rows)
    }
}

impl PartialEq<u64> for Count {
    fn eq(&self, rows: &u64) -> bool {
        self.0 == Some(*rows)
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(left, right)| left + right))
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rows) => fmt::Display::fmt(&rows, f),
            None => f.pad("unknown"),
        }
    }
}

impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Rows by what the database did with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) inserted: Count,
    pub(crate) updated: Count,
    pub(crate) unchanged: Count,
    pub(crate) ignored: Count,
}

impl Counts {
    pub(crate) const UNKNOWN: Self =
        Self { inserted: Count::UNKNOWN, updated: Count::UNKNOWN, unchanged: Count::UNKNOWN, ignored: Count::UNKNOWN };
}
