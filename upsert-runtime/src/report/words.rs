//! Words that the reports of calls and of chunks share.

use std::fmt;
use std::ops::Range;

use super::{Count, Counts, Outcome};

pub(super) const COMMITTED: &str = "committed";
pub(super) const WRITTEN: &str = "written, the caller's transaction decides";

/// An outcome, and from which row on it holds where it is not that of all rows.
pub(super) struct OutcomeFrom(pub(super) Outcome, pub(super) u64);

impl fmt::Debug for OutcomeFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(outcome @ (Outcome::NotCommitted | Outcome::InDoubt), row) => {
                write!(f, "{outcome:?} (from row {row} on)")
            }
            Self(outcome @ (Outcome::Committed | Outcome::InCallersTransaction), _) => write!(f, "{outcome:?}"),
        }
    }
}

/// A number of things, which are more than one unless it is 1.
pub(super) struct Counted(pub(super) u64, pub(super) &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, thing) = self;
        let plural = if *number == 1 { "" } else { "s" };
        write!(f, "{number} {thing}{plural}")
    }
}

/// A number of rows.
pub(super) struct Rows(pub(super) u64);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("no row"),
            rows => Counted(rows, "row").fmt(f),
        }
    }
}

/// The first and the last of some rows, of which there is at least one.
pub(crate) struct Numbers<'r>(pub(crate) &'r Range<u64>);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.0;
        match end.saturating_sub(1) {
            last if last <= *start => write!(f, "row {start} is"),
            last => write!(f, "rows {start} to {last} are"),
        }
    }
}

/// What was done with rows; what cannot happen without an option is told only if it did.
pub(super) struct Told {
    pub(super) counts: Counts,
    pub(super) duplicates: Count,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counts: Counts { inserted, updated, unchanged, ignored }, duplicates } = self;
        write!(f, "{inserted} inserted, {updated} updated, {unchanged} unchanged")?;
        for (count, what) in [(ignored, "ignored"), (duplicates, "repeated")] {
            if *count != Count::ZERO {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
