//! What became of rows, from the numbers that the server tells.

use super::link::Told;
use crate::options::{OnConflict, Unchanged};
use crate::plan::UpsertPlan;
use crate::report::{Count, Counts};

/// What one statement did with rows of different keys.
///
/// The server adds 1 for a row that was inserted and 2 for one that was changed, and in its text it counts those that were
/// changed as `Duplicates`. A row that is there and stays as it is counts nothing, or 1 where the connection counts rows that
/// were found (`CLIENT_FOUND_ROWS`); then nobody can tell it from one that was inserted.
pub(super) fn counts(plan: &UpsertPlan<'_>, rows: u64, told: &Told, found_rows: bool) -> Counts {
    let zero = Counts::default();
    if plan.on_conflict == OnConflict::Error {
        return Counts { inserted: rows.into(), ..zero };
    }
    let changed = match (changed(&told.info), told.affected, rows) {
        (Some(changed), ..) => Some(changed),
        (None, 2, 1) => Some(1),
        (None, 0 | 1, 1) => Some(0),
        (None, ..) => None,
    };
    let inserted = match changed {
        Some(changed) if changed == rows => Some(0),
        Some(changed) if !found_rows => told.affected.checked_sub(2 * changed),
        _ => None,
    };
    let left = changed.zip(inserted).and_then(|(changed, inserted)| rows.checked_sub(changed + inserted));
    let [inserted, changed, left] = [inserted, changed, left].map(|known| known.map_or(Count::UNKNOWN, Count::exact));
    match (plan.on_conflict, plan.unchanged) {
        (OnConflict::Ignore, _) => Counts { inserted, ignored: left, ..zero },
        (_, Unchanged::Rewrite) if !plan.updates.is_empty() => Counts { inserted, updated: changed + left, ..zero },
        _ => Counts { inserted, updated: changed, unchanged: left, ignored: Count::ZERO },
    }
}

/// The number of `Duplicates` in a text as `Records: 3  Duplicates: 1  Warnings: 0`.
fn changed(info: &str) -> Option<u64> {
    info.split_once("Duplicates: ")?.1.split(' ').next()?.parse().ok()
}

/// Adds up what statements did.
pub(super) fn sum(left: Counts, right: Counts) -> Counts {
    let Counts { inserted, updated, unchanged, ignored } = right;
    Counts {
        inserted: left.inserted + inserted,
        updated: left.updated + updated,
        unchanged: left.unchanged + unchanged,
        ignored: left.ignored + ignored,
    }
}
